//! What does a phone do when SIP tells it something?

use std::time::Duration;

use bytes::Bytes;
use ucx_sip::event::{EndedBy as By, Failure, IncomingCall};
use ucx_sip::{Event as Signal, SessionId, Status};

use super::{Need, Phone};
use crate::call::{Answering, State};
use crate::config::Policy;
use crate::event::{CallId, EndedBy, Happening};

/// Incompatible destination in Q.850: no common codec.
const INCOMPATIBLE: u16 = 88;

impl Phone {
    pub(super) fn handle_signal(&mut self, now: Duration, signal: Signal) {
        match signal {
            Signal::Incoming { session, call } => self.handle_incoming(now, session, *call),
            Signal::Ringing { session, status, sdp } => self.handle_ringing(now, session, status, sdp),
            Signal::Progress { session, status, sdp } => self.handle_progress(now, session, status, sdp),
            Signal::Answered { session, sdp, .. } => self.handle_answered(now, session, sdp),
            Signal::Acknowledged { session, sdp } => self.handle_acknowledged(now, session, sdp),
            Signal::Failed { session, failure } => self.handle_failure(now, session, *failure),
            Signal::Cancelled { session, q850 } => self.handle_end(now, session, EndedBy::Peer, q850),
            Signal::Ended { session, ending } => {
                let by = match ending.by {
                    By::Us => EndedBy::Us,
                    By::Peer => EndedBy::Peer,
                    By::AckMissing | By::Lost => EndedBy::Lost,
                };
                self.handle_end(now, session, by, ending.q850);
            }
            Signal::Reinvite { session, sdp } => self.handle_change(now, session, sdp),
            Signal::ReinviteAnswered { session, sdp } => self.handle_changed(now, session, sdp),
            Signal::ReinviteFailed { session, status } => {
                if let Some(call) = self.by_session.get(&session).copied() {
                    self.forget_change(call);
                    self.tell(
                        now,
                        Happening::ChangeFailed {
                            call,
                            status: status.0,
                        },
                    );
                }
            }
            Signal::Info {
                session,
                content_type,
                body,
            } => self.handle_info(now, session, &content_type, &body),
            Signal::RegistrationOk { expires_s: 0, .. } => {
                self.registration = None;
                self.tell(now, Happening::Unregistered);
            }
            Signal::RegistrationOk { expires_s, .. } => self.tell(now, Happening::Registered { expires_s }),
            Signal::RegistrationFailed { status, .. } => {
                self.registration = None;
                self.tell(now, Happening::RegisterFailed { status: status.0 });
            }
            Signal::Close { connection } => self.needs.push_back(Need::Close { connection }),
            Signal::Trying { .. }
            | Signal::InfoAnswered { .. }
            | Signal::ReferAnswered { .. }
            | Signal::Referred { .. }
            | Signal::Text { .. }
            | Signal::Registered(_)
            | Signal::Unregistered { .. }
            | Signal::Security(_)
            | Signal::OptionsReply { .. } => {}
        }
    }

    fn handle_failure(&mut self, now: Duration, session: SessionId, failure: Failure) {
        let Some(call) = self.by_session.get(&session).copied() else {
            return;
        };
        if let Some(report) = self.finish(now, call) {
            let (status, cause) = (failure.status.0, failure.q850);
            self.tell(
                now,
                Happening::Failed {
                    call,
                    status,
                    phrase: failure.phrase,
                    cause,
                    report,
                },
            );
        }
    }

    fn handle_incoming(&mut self, now: Duration, session: SessionId, incoming: IncomingCall) {
        let refusal = match self.config.policy {
            Policy::Busy => Some(486),
            Policy::Reject { status } => Some(status),
            Policy::Answer { .. } | Policy::Ring if !self.has_room() => Some(486),
            Policy::Answer { .. } | Policy::Ring => None,
        };
        let answer = match self.config.policy {
            Policy::Answer { after } => Answering::At(now + after),
            Policy::Busy | Policy::Reject { .. } | Policy::Ring => Answering::Open,
        };
        let user = |address: &ucx_sip::NameAddr| {
            let user = address.uri.user_decoded().map(|user| user.into_owned());
            user.unwrap_or_else(|| address.uri.host.to_string())
        };
        let (from, to) = (user(&incoming.from), user(&incoming.to));
        let id = self.add_call(now, State::Incoming { answer });
        self.by_session.insert(session, id);
        self.tell(
            now,
            Happening::IncomingCall {
                call: id,
                from: from.clone(),
                display: incoming.from.display.clone(),
                to,
            },
        );
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        call.session = Some(session);
        call.peer = from;
        call.offer = incoming.sdp;
        let stream = call.stream;
        if let Some(status) = refusal {
            // The session is new, and its end comes as an event.
            let _ = self.endpoint.reject(now, session, Status(status), None);
            return;
        }
        self.ask_for_ports(now, stream);
        if answer == Answering::At(now) {
            // What went wrong was told to the caller; the session's end comes as an event.
            let _ = self.answer_now(now, id);
            return;
        }
        call_rang(self, now, id);
        // The session is new and has had no reply.
        let _ = self.endpoint.ring(now, session);
    }

    fn handle_ringing(&mut self, now: Duration, session: SessionId, status: Status, sdp: Option<Bytes>) {
        let Some(call) = self.by_session.get(&session).copied() else {
            return;
        };
        call_rang(self, now, call);
        self.take_early_answer(now, call, sdp);
        self.tell(
            now,
            Happening::Ringing {
                call,
                status: status.0,
            },
        );
    }

    fn handle_progress(&mut self, now: Duration, session: SessionId, status: Status, sdp: Option<Bytes>) {
        let Some(call) = self.by_session.get(&session).copied() else {
            return;
        };
        call_rang(self, now, call);
        let early_media = self.take_early_answer(now, call, sdp);
        self.tell(
            now,
            Happening::Progress {
                call,
                status: status.0,
                early_media,
            },
        );
    }

    /// Listens to early media; says whether there is any. What cannot be read is left to the final answer.
    fn take_early_answer(&mut self, now: Duration, id: CallId, sdp: Option<Bytes>) -> bool {
        let agreement = self.calls.get_mut(&id).and_then(|call| call.agreement.as_mut());
        let (Some(agreement), Some(sdp)) = (agreement, sdp) else {
            return false;
        };
        let is_agreed = agreement.take_answer(&sdp).is_ok();
        if is_agreed {
            self.configure(now, id);
        }
        is_agreed
    }

    fn handle_answered(&mut self, now: Duration, session: SessionId, sdp: Option<Bytes>) {
        let Some((id, call)) = self.of_session(session) else {
            return;
        };
        call.state = State::Up;
        call.answered_at = Some(now);
        call.is_confirmed = true;
        let setup = now.saturating_sub(call.begun_at);
        if !self.conclude(now, id, sdp) {
            // The call cannot be heard, so it is ended; its end comes as an event.
            let _ = self.endpoint.hangup(now, session, Some(INCOMPATIBLE));
            return;
        }
        self.play_own(now, id);
        self.tell(
            now,
            Happening::Answered {
                call: id,
                setup_ms: Some(setup),
            },
        );
    }

    fn handle_acknowledged(&mut self, now: Duration, session: SessionId, sdp: Option<Bytes>) {
        let Some((id, call)) = self.of_session(session) else {
            return;
        };
        let is_first = !std::mem::replace(&mut call.is_confirmed, true);
        if sdp.is_some() && !self.conclude(now, id, sdp) {
            // As above.
            let _ = self.endpoint.hangup(now, session, Some(INCOMPATIBLE));
            return;
        }
        if is_first {
            self.play_own(now, id);
            self.tell(
                now,
                Happening::Answered {
                    call: id,
                    setup_ms: None,
                },
            );
        }
    }

    /// Takes the final answer to our offer; without one an early answer stands. Says whether there is an agreement.
    fn conclude(&mut self, now: Duration, id: CallId, sdp: Option<Bytes>) -> bool {
        let Some(agreement) = self.calls.get_mut(&id).and_then(|call| call.agreement.as_mut()) else {
            return false;
        };
        let is_agreed = match sdp {
            Some(sdp) => agreement.take_answer(&sdp).is_ok(),
            None => agreement.agreed().is_some(),
        };
        agreement.settle();
        if is_agreed {
            self.configure(now, id);
        }
        is_agreed
    }

    /// The peer changes the session: on hold, off hold, elsewhere.
    fn handle_change(&mut self, now: Duration, session: SessionId, sdp: Option<Bytes>) {
        let Some((id, call)) = self.of_session(session) else {
            return;
        };
        let direction = call.hold.direction();
        let Some(agreement) = call.agreement.as_mut() else {
            return;
        };
        let answer = match &sdp {
            Some(offer) => agreement.answer(offer, direction),
            None => Ok(agreement.offer(direction)),
        };
        // A session that ended meanwhile says so by itself.
        match answer {
            Ok(answer) => {
                let _ = self.endpoint.answer_reinvite(now, session, answer);
                if sdp.is_some() {
                    self.configure(now, id);
                }
            }
            Err(_) => drop(self.endpoint.reject_reinvite(now, session, Status(488))),
        }
    }

    fn handle_changed(&mut self, now: Duration, session: SessionId, sdp: Option<Bytes>) {
        let Some((id, call)) = self.of_session(session) else {
            return;
        };
        let Some(wanted) = call.wanted.take() else {
            return;
        };
        if self.conclude(now, id, sdp) {
            if let Some(call) = self.calls.get_mut(&id) {
                call.hold = wanted;
            }
            self.tell(
                now,
                Happening::Changed {
                    call: id,
                    holding: wanted.is_holding(),
                },
            );
        } else {
            self.tell(
                now,
                Happening::ChangeFailed {
                    call: id,
                    status: 488,
                },
            );
        }
    }

    fn handle_end(&mut self, now: Duration, session: SessionId, by: EndedBy, cause: Option<u16>) {
        if let Some(call) = self.by_session.get(&session).copied() {
            self.tell_ended(now, call, by, cause);
        }
    }

    /// Digits by INFO: `application/dtmf-relay` names the key, `application/dtmf` is the key.
    fn handle_info(&mut self, now: Duration, session: SessionId, content_type: &str, body: &[u8]) {
        let Some(call) = self.by_session.get(&session).copied() else {
            return;
        };
        let body = String::from_utf8_lossy(body);
        let field = |name: &str| {
            body.lines().find_map(|line| {
                let (own, value) = line.split_once('=')?;
                own.trim()
                    .eq_ignore_ascii_case(name)
                    .then(|| value.trim().to_owned())
            })
        };
        let key = match content_type {
            "application/dtmf-relay" => field("signal"),
            "application/dtmf" => Some(body.trim().to_owned()),
            _ => None,
        };
        if let Some(digit) = key.and_then(|key| key.chars().next()) {
            let duration_ms = field("duration")
                .and_then(|ms| ms.parse().ok())
                .map_or(Duration::ZERO, Duration::from_millis);
            self.tell(
                now,
                Happening::DigitHeard {
                    call,
                    digit,
                    duration_ms,
                },
            );
        }
    }

    fn of_session(&mut self, session: SessionId) -> Option<(CallId, &mut crate::call::Call)> {
        let id = self.by_session.get(&session).copied()?;
        Some((id, self.calls.get_mut(&id)?))
    }
}

/// Notes when a call first rang.
fn call_rang(phone: &mut Phone, now: Duration, id: CallId) {
    if let Some(call) = phone.calls.get_mut(&id) {
        call.rang_at.get_or_insert(now);
    }
}
