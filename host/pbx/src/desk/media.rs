//! Requests about what goes on beside a call: overhearing it, its media, and sending its caller elsewhere.

use super::{ChannelKey, Desk};
use crate::{Destination, Pbx};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::timeout;
use ucx_call::{
    Action, ChannelId, ChannelSnapshot, ChannelState, MediaStatistics, Refusal, Right, Technology,
};
use ucx_switch::{DialTarget, SnoopSpec, Ways};

/// How long drivers may take to say how media goes.
const MEASURE_TIME: Duration = Duration::from_secs(2);

/// Askers that may wait for that at once; a further one is refused.
const MEASURES_MAX: usize = 1_024;

impl Desk {
    /// Makes a channel that overhears another one, or whispers to it, and lets it go where it is to go at once.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`]; [`Refusal::Invalid`] without any direction; [`Refusal::Conflict`] if the uniqueid is
    /// taken; [`Refusal::Full`].
    pub async fn snoop(
        &self,
        key: impl Into<ChannelKey>,
        spies: Ways,
        whispers: Ways,
        uniqueid: Option<Arc<str>>,
        to: Destination,
    ) -> Result<Arc<ChannelSnapshot>, Refusal> {
        let (key, principal) = (key.into(), self.principal.clone());
        self.ask(Right::Control, move |pbx| {
            let of = key.find(pbx)?.id;
            let spec = SnoopSpec {
                of,
                spies,
                whispers,
                uniqueid,
            };
            pbx.snoop(&principal, spec, &to)
        })
        .await
    }

    /// How the media of a channel goes; none if it has no media.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`]; [`Refusal::Full`].
    pub async fn media_statistics(
        &self,
        key: impl Into<ChannelKey>,
    ) -> Result<Option<MediaStatistics>, Refusal> {
        let key = key.into();
        let asked = self.ask(Right::Look, move |pbx| {
            let channel = key.find(pbx)?.id;
            let (told, measured) = oneshot::channel();
            pbx.with_state(|state| {
                state.measures.retain(|(_, waits)| !waits.is_closed());
                if state.measures.len() >= MEASURES_MAX {
                    return Err(Refusal::Full("askers for how media goes"));
                }
                state.measures.push((channel, told));
                Ok(())
            })?;
            pbx.request(Action::Measure { channel })?;
            Ok(measured)
        });
        let measured = timeout(MEASURE_TIME, asked.await?).await;
        Ok(measured.ok().and_then(Result::ok).flatten())
    }

    /// Refuses the call of a channel that was not answered, and tells its caller to try `resource` of the channel's own
    /// technology instead.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`]; [`Refusal::Conflict`] if it is no caller, or was answered; [`Refusal::Invalid`] if there
    /// is no such resource.
    pub async fn deflect(&self, key: impl Into<ChannelKey>, resource: &str) -> Result<(), Refusal> {
        let (key, resource) = (key.into(), resource.to_owned());
        self.ask(Right::Control, move |pbx| {
            let channel = key.find(pbx)?;
            if channel.technology != Technology::Pjsip || channel.state != ChannelState::Ring {
                return Err(Refusal::Conflict("only a caller who waits can be sent elsewhere"));
            }
            let target = if resource.starts_with("sip:") || resource.starts_with("sips:") {
                Some(Arc::from(resource.as_str()))
            } else {
                let found = pbx.technologies().resolve(Technology::Pjsip.as_str(), &resource);
                found.into_iter().find_map(|target| match target {
                    DialTarget::Endpoint { target, .. } => Some(target),
                    DialTarget::Local { .. } | DialTarget::Rtp { .. } | DialTarget::Unavailable { .. } => {
                        None
                    }
                })
            };
            let is_plain =
                |target: &Arc<str>| !target.contains(|c: char| c.is_control() || "<> \"".contains(c));
            let target = target
                .filter(is_plain)
                .ok_or_else(|| Refusal::Invalid(format!("`{resource}` cannot be called")))?;
            pbx.request(Action::Deflect {
                channel: channel.id,
                target,
            })
        })
        .await
    }
}

impl Pbx {
    /// A driver says how the media of a channel goes; none if it has none.
    pub fn measured(&self, channel: ChannelId, statistics: Option<MediaStatistics>) {
        let waiting = self.with_state(|state| {
            let waits = state.measures.extract_if(.., |(of, _)| *of == channel);
            waits.map(|(_, told)| told).collect::<Vec<_>>()
        });
        for told in waiting {
            // Whoever asked may have given up waiting.
            let _ = told.send(statistics);
        }
    }

    /// A driver sets a variable of a channel; nothing happens if the channel is over.
    pub fn note_variable(&self, channel: ChannelId, name: &str, value: &str) {
        // It may be over by now.
        let _ = self.mutate(|switch, now| switch.set_variable(now, channel, name, value));
    }
}
