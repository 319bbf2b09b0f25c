//! What does a phone do with what it hears, and with the ports it hears on?

use std::net::SocketAddr;
use std::time::Duration;

use rand_chacha::rand_core::Rng;
use ucx_media::{Command, Event as Sound, Sides, StreamConfig, StreamId};

use super::Phone;
use crate::call::{Answering, State, ToneChange};
use crate::event::{CallId, EndedBy, Happening};
use crate::sdp::Agreement;

/// The name of the tap that hears the far end.
const EAR: u64 = 1;
/// Told for a call that had no ports.
const NO_PORTS: u16 = 503;

impl Phone {
    pub(super) fn take_ports(&mut self, now: Duration, stream: StreamId, rtp: Option<SocketAddr>) {
        let Some(id) = self.by_stream.get(&stream).copied() else {
            return;
        };
        let Some(rtp) = rtp else {
            self.give_up_without_ports(now, id);
            return;
        };
        let session_id = u64::from(self.random.next_u32());
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        call.agreement = Some(Agreement::new(rtp, session_id, &self.config.formats));
        let config = Box::new(StreamConfig::default());
        for command in [
            Command::Open { stream, config },
            Command::Record {
                stream,
                tap: EAR,
                sides: Sides::Inbound,
            },
        ] {
            // The stream's name is fresh and its first tap fits.
            let _ = self.plane.handle_command(now, command);
        }
        match call.state.clone() {
            State::Wanted { number } => {
                if let Err(error) = self.send_invite(now, id, &number) {
                    self.fail(now, id, error.to_string());
                }
            }
            // What went wrong was told to the caller; the session's end comes as an event.
            State::Incoming {
                answer: Answering::Due,
            } => drop(self.answer_now(now, id)),
            State::Incoming {
                answer: Answering::At(_) | Answering::Open,
            }
            | State::Calling
            | State::Up => {}
        }
    }

    fn give_up_without_ports(&mut self, now: Duration, id: CallId) {
        match self.calls.get(&id).and_then(|call| call.session) {
            // The session's end comes as an event.
            Some(session) => drop(
                self.endpoint
                    .reject(now, session, ucx_sip::Status(NO_PORTS), None),
            ),
            None => self.fail(now, id, "no ports for RTP".to_owned()),
        }
    }

    fn fail(&mut self, now: Duration, id: CallId, phrase: String) {
        if let Some(report) = self.finish(now, id) {
            self.tell(
                now,
                Happening::Failed {
                    call: id,
                    status: NO_PORTS,
                    phrase,
                    cause: None,
                    report,
                },
            );
        }
    }

    /// Sets the stream up for what both sides agreed on.
    pub(super) fn configure(&mut self, now: Duration, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        let Some(agreement) = &call.agreement else {
            return;
        };
        let Some(agreed) = agreement.agreed() else {
            return;
        };
        let config = Box::new(agreement.stream_config());
        let is_held = agreed.is_held;
        let direction = agreed.direction;
        let command = Command::Configure {
            stream: call.stream,
            config,
            remote: agreed.remote,
        };
        // The stream was opened with the agreement.
        let _ = self.plane.handle_command(now, command);
        if call.direction.replace(direction) != Some(direction) {
            call.meter.pause();
        }
        if call.is_held != is_held {
            call.is_held = is_held;
            let what = if is_held {
                Happening::Held { call: id }
            } else {
                Happening::Resumed { call: id }
            };
            self.tell(now, what);
        }
    }

    pub(super) fn handle_due(&mut self, now: Duration, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        let changes = call.hear_nothing(now);
        let is_answered = matches!(call.state, State::Incoming { answer: Answering::At(at) } if at <= now);
        self.tell_tones(now, id, changes);
        if is_answered {
            // What went wrong was told to the caller; the session's end comes as an event.
            let _ = self.answer_now(now, id);
        }
    }

    pub(super) fn handle_sound(&mut self, now: Duration, event: Sound) {
        match event {
            Sound::Recorded {
                stream, at, samples, ..
            } => {
                let Some(id) = self.by_stream.get(&stream).copied() else {
                    return;
                };
                let Some(call) = self.calls.get_mut(&id) else {
                    return;
                };
                let changes = call.hear(at, &samples);
                self.tell_tones(now, id, changes);
            }
            Sound::DigitEnded {
                stream,
                digit,
                duration,
            } => {
                if let Some(call) = self.by_stream.get(&stream).copied() {
                    let digit = char::from(digit);
                    self.tell(
                        now,
                        Happening::DigitHeard {
                            call,
                            digit,
                            duration_ms: duration,
                        },
                    );
                }
            }
            Sound::DigitsSent { stream } => {
                if let Some(call) = self.by_stream.get(&stream).copied() {
                    self.tell(now, Happening::DigitsSent { call });
                }
            }
            Sound::Closed { .. }
            | Sound::DigitBegan { .. }
            | Sound::PlaybackEnded { .. }
            | Sound::Measured { .. }
            | Sound::MixPlaybackEnded { .. }
            | Sound::MixRecorded { .. }
            | Sound::RemoteLearned { .. }
            | Sound::ReportReceived { .. }
            | Sound::ReportSent { .. }
            | Sound::RtpTimeout { .. } => {}
        }
    }

    fn tell_tones(&mut self, now: Duration, id: CallId, changes: Vec<ToneChange>) {
        let begun_at = self.calls.get(&id).map_or(now, |call| call.begun_at);
        for change in changes {
            let what = match change {
                ToneChange::Began { hz, since } => Happening::ToneHeard {
                    call: id,
                    hz,
                    after_ms: since.saturating_sub(begun_at),
                },
                ToneChange::Ended { hz, lasted } => Happening::ToneLost {
                    call: id,
                    hz,
                    lasted_ms: lasted,
                },
            };
            self.tell(now, what);
        }
    }

    pub(super) fn tell_ended(&mut self, now: Duration, id: CallId, by: EndedBy, cause: Option<u16>) {
        if let Some(report) = self.finish(now, id) {
            self.tell(
                now,
                Happening::Ended {
                    call: id,
                    by,
                    cause,
                    report,
                },
            );
        }
    }
}
