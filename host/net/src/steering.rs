//! What a controller wants of a SIP leg beside its media: hold, another address to call, a header in the next reply.

use crate::call::Offer;
use crate::control::Control;
use crate::media::MediaDriver;
use bytes::Bytes;
use std::sync::Arc;
use ucx_call::{Action, ChannelId, Referral, Signal};
use ucx_pbx::Agreed;
use ucx_sip::sdp::Direction;
use ucx_sip::{Name, SessionId, Status};

/// Header lines of an INVITE that are kept; of more the first.
const HEADERS_MAX: usize = 64;
/// The longest value that is kept, in bytes; longer ones are left out.
const VALUE_MAX: usize = 1_024;

impl<M: MediaDriver> Control<M> {
    /// Does what is steered here; any other action is passed over.
    pub(crate) fn steer(&mut self, action: &Action) {
        if let Action::Refer { channel, target } = action {
            self.refer(*channel, target);
        } else if let Action::Hold { channel, is_held } = action {
            self.hold(*channel, *is_held);
        } else if let Action::AddHeader { channel, name, value } = action {
            self.add_header(*channel, name, value);
        }
    }

    /// Asks the peer to call somebody else.
    fn refer(&mut self, channel: ChannelId, target: &str) {
        let Some(session) = self.calls.get(&channel).and_then(|call| call.session) else {
            return;
        };
        let now = self.now();
        if let Err(error) = self.sip.refer(now, session, target) {
            tracing::debug!(%error, "a peer cannot be sent elsewhere");
            let failed = Referral::Failed(Status::SERVER_INTERNAL_ERROR.0);
            self.pbx.signal(channel, Signal::Referred(failed));
        }
    }

    pub(crate) fn refer_answered(&mut self, session: SessionId, status: Status) {
        let taken = if status.is_success() {
            Referral::Accepted(status.0)
        } else {
            Referral::Failed(status.0)
        };
        self.tell_referred(session, taken);
    }

    pub(crate) fn referred(&mut self, session: SessionId, status: Status) {
        let ended = if status.is_success() {
            Referral::Arrived(status.0)
        } else {
            Referral::Failed(status.0)
        };
        self.tell_referred(session, ended);
    }

    fn tell_referred(&mut self, session: SessionId, referral: Referral) {
        if let Some(channel) = self.call_of(session).map(|call| call.channel) {
            self.pbx.signal(channel, Signal::Referred(referral));
        }
    }

    /// Tells the peer by re-INVITE that it is on hold (RFC 3264 section 8.4), or is no more.
    fn hold(&mut self, channel: ChannelId, is_held: bool) {
        let now = self.now();
        let Some(call) = self.calls.get_mut(&channel) else {
            return;
        };
        let direction = if is_held {
            Direction::SendOnly
        } else {
            Direction::SendRecv
        };
        let (Some(session), Offer::Done) = (call.session, &call.offer) else {
            return;
        };
        let before = std::mem::replace(&mut call.local.direction, direction);
        if before == direction {
            return;
        }
        let offer = call.make_offer();
        if let Err(error) = self.sip.reinvite(now, session, offer) {
            tracing::debug!(%error, "a peer cannot be told that it is on hold");
            if let Some(call) = self.calls.get_mut(&channel) {
                call.local.direction = before;
                call.offer = Offer::Done;
            }
        }
    }

    /// The peer's answer to a re-INVITE of ours.
    pub(crate) fn reinvite_answered(&mut self, session: SessionId, sdp: Option<&Bytes>) {
        self.conclude(session, sdp);
        self.reinvite_over(session);
    }

    /// A re-INVITE of ours came to nothing: the session goes on as it was.
    pub(crate) fn reinvite_failed(&mut self, session: SessionId) {
        if let Some(call) = self.call_of(session) {
            call.local.direction = Direction::SendRecv;
        }
        self.reinvite_over(session);
    }

    fn reinvite_over(&mut self, session: SessionId) {
        if let Some(call) = self.call_of(session)
            && matches!(call.offer, Offer::Ours { .. })
        {
            call.offer = Offer::Done;
        }
    }

    /// Sends a header along with the next reply to the caller.
    fn add_header(&mut self, channel: ChannelId, name: &str, value: &str) {
        let Some(session) = self.calls.get(&channel).and_then(|call| call.session) else {
            return;
        };
        if let Err(error) = self.sip.add_header(session, name, value) {
            tracing::warn!(name, %error, "a header was not sent along");
        }
    }

    /// Tells what is known of a channel's far end.
    pub(crate) fn tell_far_end(&self, channel: ChannelId) {
        if let Some(call) = self.calls.get(&channel) {
            let agreed = Agreed {
                peer: call.peer,
                codecs: call.spoken(),
            };
            self.pbx.keep_agreed(channel, agreed);
        }
    }
}

/// The header lines of an INVITE, or of the answer to ours, that are kept for whoever leads the call; never its credentials.
pub(crate) fn kept(headers: &ucx_sip::Headers) -> Arc<[(Arc<str>, Arc<str>)]> {
    let is_kept = |name: &Name, value: &[u8]| {
        !matches!(name, Name::Authorization | Name::ProxyAuthorization) && value.len() <= VALUE_MAX
    };
    headers
        .iter()
        .filter(|(name, value)| is_kept(name, value))
        .take(HEADERS_MAX)
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value);
            (Arc::from(name.as_str()), Arc::from(&*value))
        })
        .collect()
}
