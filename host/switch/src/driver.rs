//! What drivers bring: new calls, and signals of the channels they carry.

use crate::audio::hold_music;
use crate::channel::{Activity, Birth, Custody};
use crate::{Incoming, Switch};
use std::time::Duration;
use ucx_call::{
    Action, ChannelId, ChannelState, EventKind, Holder, Interruption, Notice, PlaybackId, Refusal, Signal,
    Technology,
};

impl Switch {
    /// Makes the channel of a call that came in, and asks for its dialplan to be run.
    ///
    /// # Errors
    /// [`Refusal::Full`] past the limit of channels; [`Refusal::Shutdown`].
    pub fn incoming(&mut self, now: Duration, incoming: Incoming) -> Result<ChannelId, Refusal> {
        if self.is_shutting_down {
            return Err(Refusal::Shutdown);
        }
        if !self.has_room(1) {
            return Err(Refusal::Full("channels"));
        }
        let name = self.pjsip_name(&incoming.endpoint);
        let id = self.create(
            now,
            Birth {
                technology: Technology::Pjsip,
                endpoint: incoming.endpoint,
                name,
                state: ChannelState::Ring,
                caller: incoming.caller,
                dialled: Some(incoming.dialled),
                place: incoming.place.clone(),
                language: incoming.language,
                account: incoming.account,
                uniqueid: None,
                parent: None,
                custody: Custody::Leases,
                protocol_id: incoming.protocol_id,
            },
        );
        for (name, value) in incoming.variables {
            self.note_variable(now, id, &name, &value);
        }
        let channel = self.channels.get_mut(&id).ok_or(Refusal::NoSuchChannel)?;
        let lease = channel.push_lease(Holder::Dialplan);
        self.notices.push_back(Notice::RunDialplan {
            lease,
            place: incoming.place,
        });
        Ok(id)
    }

    /// Takes in what a driver reports. Reports about channels that are over are passed over.
    pub fn handle_signal(&mut self, now: Duration, id: ChannelId, signal: Signal) {
        if !self.channels.contains_key(&id) {
            return;
        }
        match signal {
            Signal::Proceeding => self.leg_proceeding(now, id),
            Signal::Ringing => self.leg_ringing(now, id),
            Signal::Progress => self.leg_progress(now, id),
            Signal::Answered => self.leg_answered(now, id),
            Signal::Failed(cause) | Signal::HungUp(cause) => {
                if let Some(channel) = self.channels.get_mut(&id)
                    && std::mem::replace(&mut channel.is_far_gone, true)
                {
                    return;
                }
                self.far_end_gone(now, id, cause);
            }
            Signal::Forwarded(exten, cause) => self.leg_forwarded(now, id, &exten, cause),
            Signal::DigitBegan(digit) => self.digit_began(now, id, digit),
            Signal::DigitEnded(digit, length) => self.digit_ended(now, id, digit, length),
            Signal::Held => self.held(now, id, true),
            Signal::Unheld => self.held(now, id, false),
            Signal::Connected(party) => self.change(now, id, |snapshot| snapshot.caller = party),
            Signal::PlaybackEnded { playback, complete } => self.playback_ended(id, playback, complete),
            Signal::DigitsSent => self.notices.push_back(Notice::DigitsSent { channel: id }),
            Signal::Named(name) => self.change(now, id, |snapshot| snapshot.protocol_id = name),
            Signal::ProtocolCause(status) => self.note_protocol_cause(id, status),
            Signal::Heard => {
                if let Some(channel) = self.channels.get_mut(&id) {
                    channel.is_heard = true;
                }
                let beyond = self.linked_to(id);
                self.optimize_around(now, beyond.as_slice());
            }
            Signal::Text(text) => self.text_came(id, text),
            Signal::Referred(referral) => self.notices.push_back(Notice::Referred {
                channel: id,
                referral,
            }),
        }
        self.settle_audio();
    }

    fn held(&mut self, now: Duration, id: ChannelId, is_held: bool) {
        if self.snap(id).is_some_and(|snapshot| snapshot.is_held == is_held) {
            return;
        }
        self.change(now, id, |snapshot| snapshot.is_held = is_held);
        self.mark(id);
        let Some(channel) = self.snap(id) else { return };
        let music = hold_music();
        let kind = if is_held {
            EventKind::Held {
                channel,
                music: Some(music.clone()),
            }
        } else {
            EventKind::Unheld { channel }
        };
        self.emit(now, kind);
        if let Some(peer) = self.linked_to(id) {
            self.note_music(now, peer, is_held.then_some(music));
        }
    }

    pub(crate) fn playback_ended(&mut self, id: ChannelId, ended: PlaybackId, complete: bool) {
        let Some(channel) = self.channels.get_mut(&id) else {
            return;
        };
        let is_current =
            matches!(&channel.activity, Some(Activity::Playback { playback, .. }) if *playback == ended);
        if !is_current {
            return;
        }
        channel.activity = None;
        self.dirty.push(id);
        self.notices.push_back(Notice::PlaybackEnded {
            channel: id,
            playback: ended,
            complete,
        });
    }

    /// Takes no more calls, and asks every controller to let go.
    pub fn shutdown(&mut self, now: Duration) {
        self.is_shutting_down = true;
        let all: Vec<_> = self.channels.keys().copied().collect();
        for id in all {
            self.interrupt(now, id, Interruption::Shutdown);
        }
        self.settle_audio();
    }

    /// Tells the driver that a leg is over, unless it said so itself.
    pub(crate) fn release_leg(&mut self, id: ChannelId) {
        let Some(channel) = self.channels.get(&id) else {
            return;
        };
        let cause = channel.snapshot.cause;
        if channel.is_physical() && !channel.is_far_gone && !self.has_fault(crate::Fault::LegNotReleased) {
            self.actions.push_back(Action::Hangup { channel: id, cause });
        }
    }
}
