//! What of a channel's protocol its controller can see and steer: headers, hold, another address for the far end to call.

use super::{Ending, Line};
use crate::Pbx;
use std::sync::Arc;
use ucx_call::{Action, ChannelId, ChannelState, Refusal, Technology};

/// Header lines with their names.
pub type HeaderLines = Arc<[(Arc<str>, Arc<str>)]>;

impl Pbx {
    /// A driver tells the headers of the request that made a channel. They are kept as long as the channel is there.
    pub fn keep_headers(&self, channel: ChannelId, headers: HeaderLines) {
        self.with_state(|state| {
            if !headers.is_empty() && state.switch.channel(channel).is_some() {
                state.headers.insert(channel, headers);
            }
        });
    }
}

impl Line {
    /// All header lines of the request that made the channel; none if it made none, or has no such protocol.
    pub fn header_lines(&self) -> HeaderLines {
        let channel = self.channel;
        let kept = self.pbx.with_state(|state| state.headers.get(&channel).cloned());
        kept.unwrap_or_default()
    }

    /// Has a header sent along with the next answer to the caller.
    ///
    /// # Errors
    /// [`Ending::Refused`] if the channel has had its answer, is none of a caller's, or the header would forge others.
    pub fn add_header(&mut self, name: &str, value: &str) -> Result<(), Ending> {
        if self.pjsip()? != ChannelState::Ring {
            return Err(Refusal::Conflict("only a caller who waits is still answered").into());
        }
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-.!%*_+`'~".contains(c);
        if name.is_empty() || !name.chars().all(is_name) || value.contains(['\r', '\n', '\0']) {
            return Err(Refusal::Invalid(format!("`{name}` with that value is no header")).into());
        }
        self.request(Action::AddHeader {
            channel: self.channel,
            name: Arc::from(name),
            value: Arc::from(value),
        })
    }

    /// Tells the far end that it is on hold, or is no more. What it hears meanwhile is another matter.
    ///
    /// # Errors
    /// [`Ending::Refused`] if the channel is not answered; as for [`Self::answer`]. Channels that cannot be told, are not.
    pub fn hold(&mut self, is_held: bool) -> Result<(), Ending> {
        let channel = self.channel()?;
        if channel.state != ChannelState::Up {
            return Err(Refusal::Conflict("the call is not answered").into());
        }
        if channel.technology != Technology::Pjsip {
            return Ok(());
        }
        self.request(Action::Hold {
            channel: channel.id,
            is_held,
        })
    }

    /// Asks the far end to call that address instead; [`crate::LineNotice::Referred`] follows.
    ///
    /// # Errors
    /// [`Ending::Refused`] if the channel is not answered, its technology cannot, or the address is none.
    pub fn refer(&mut self, target: &str) -> Result<(), Ending> {
        if self.pjsip()? != ChannelState::Up {
            return Err(Refusal::Conflict("the call is not answered").into());
        }
        if target.is_empty() || target.contains(|c: char| c.is_control() || "<> \"".contains(c)) {
            return Err(Refusal::Invalid(format!("`{target}` cannot be called")).into());
        }
        self.request(Action::Refer {
            channel: self.channel,
            target: Arc::from(target),
        })
    }

    /// The state of a channel that speaks SIP.
    fn pjsip(&self) -> Result<ChannelState, Ending> {
        let channel = self.channel()?;
        if channel.technology == Technology::Pjsip {
            Ok(channel.state)
        } else {
            Err(Refusal::Conflict("the channel does not speak SIP").into())
        }
    }

    fn request(&self, action: Action) -> Result<(), Ending> {
        self.pbx.request(action).map_err(Ending::Refused)
    }
}
