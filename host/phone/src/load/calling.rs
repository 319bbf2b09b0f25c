//! How are the calls of a load begun, answered and ended?

use std::cmp::Reverse;
use std::time::Duration;

use bytes::Bytes;
use ucx_sip::event::{EndedBy, IncomingCall};
use ucx_sip::sdp::{self, Negotiated};
use ucx_sip::{Event as Signal, InviteSpec, Party, SessionId, Status, Uri};

use super::{Load, Outgoing, Phase, Sound, Task, Wire};

/// Normal clearing in Q.850.
const NORMAL_CLEARING: u16 = 16;
/// Counted for a call that could not be begun here: a full table, or a number that makes no address.
const NOT_BEGUN: u16 = 0;

impl Load {
    pub(super) fn begin_call(&mut self, now: Duration) {
        let turn = self.begun;
        self.begun += 1;
        let session = self
            .invite_spec(turn)
            .and_then(|spec| self.callers.endpoint.invite(now, spec).ok());
        let Some(session) = session else {
            self.tally.fail(NOT_BEGUN);
            return;
        };
        self.outgoing.insert(
            session,
            Outgoing {
                begun_at: now,
                has_rung: false,
                stream: None,
            },
        );
    }

    fn invite_spec(&self, turn: u64) -> Option<InviteSpec> {
        let number = in_turn(&self.config.numbers, turn)?;
        let identity = in_turn(&self.callers.side.identities, turn)?;
        let domain = self.domain();
        let address = Uri::parse(&format!("sip:{number}@{domain}"))?;
        let from = Party {
            display: identity.display.clone(),
            user: identity.user.clone(),
            host: domain,
        };
        let mut spec = InviteSpec::new(address, from, self.callers.flow(self.config.server));
        spec.sdp = Some(self.offer.clone());
        spec.credentials = identity.credentials();
        Some(spec)
    }

    pub(super) fn handle_task(&mut self, now: Duration, at: Duration, task: Task) {
        match task {
            Task::Answer(session) => self.answer(now, session),
            // A call that ended before needs no hangup.
            Task::Hangup(session) => drop(self.callers.endpoint.hangup(now, session, Some(NORMAL_CLEARING))),
            Task::Frame(stream) => {
                if let Some(next) = self.sounds.send(now, at, stream) {
                    self.tasks.push(Reverse((next, Task::Frame(stream))));
                }
            }
        }
    }

    /// Follows both endpoints until they are quiet.
    pub(super) fn settle(&mut self, now: Duration) {
        loop {
            if let Some(signal) = self.callers.endpoint.poll_event() {
                self.handle_caller(now, signal);
            } else if let Some(signal) = self
                .callees
                .as_mut()
                .and_then(|callees| callees.endpoint.poll_event())
            {
                self.handle_callee(now, signal);
            } else {
                break;
            }
        }
        match self.phase {
            Phase::Registering { waits_for: 0, .. } | Phase::Leaving { waits_for: 0, .. } => self.go_on(now),
            Phase::Draining { .. } if self.outgoing.is_empty() && self.incoming.is_empty() => self.go_on(now),
            Phase::Registering { .. }
            | Phase::Calling { .. }
            | Phase::Draining { .. }
            | Phase::Leaving { .. }
            | Phase::Over => {}
        }
    }

    fn handle_caller(&mut self, now: Duration, signal: Signal) {
        match signal {
            Signal::Ringing { session, .. } | Signal::Progress { session, .. } => {
                if let Some(call) = self.outgoing.get_mut(&session)
                    && !std::mem::replace(&mut call.has_rung, true)
                {
                    self.tally.post_dial.note(now.saturating_sub(call.begun_at));
                }
            }
            Signal::Answered { session, sdp, .. } => self.handle_answered(now, session, sdp),
            Signal::Failed { session, failure } => {
                if self.outgoing.remove(&session).is_some() {
                    self.tally.fail(failure.status.0);
                }
            }
            Signal::Ended { session, ending } => {
                if let Some(call) = self.outgoing.remove(&session) {
                    match ending.by {
                        EndedBy::Us => self.tally.completed += 1,
                        EndedBy::Peer | EndedBy::AckMissing | EndedBy::Lost => self.tally.dropped += 1,
                    }
                    self.sounds.end(call.stream);
                }
            }
            Signal::Reinvite { session, sdp } => {
                let answer = sdp.as_deref().map_or(Some(self.offer.clone()), |offer| {
                    answer_to(offer, &self.callers.local).map(|(answer, _)| answer)
                });
                // A session that ended meanwhile says so by itself.
                let _ = match answer {
                    Some(answer) => self.callers.endpoint.answer_reinvite(now, session, answer),
                    None => self.callers.endpoint.reject_reinvite(now, session, Status(488)),
                };
            }
            // The callees' endpoint deals with these, or nobody has to.
            Signal::Incoming { .. }
            | Signal::Trying { .. }
            | Signal::Acknowledged { .. }
            | Signal::Cancelled { .. }
            | Signal::ReinviteAnswered { .. }
            | Signal::ReinviteFailed { .. }
            | Signal::Info { .. }
            | Signal::InfoAnswered { .. }
            | Signal::ReferAnswered { .. }
            | Signal::Referred { .. }
            | Signal::Text { .. }
            | Signal::Registered(_)
            | Signal::Unregistered { .. }
            | Signal::RegistrationOk { .. }
            | Signal::RegistrationFailed { .. }
            | Signal::Security(_)
            | Signal::OptionsReply { .. }
            | Signal::Close { .. } => {}
        }
    }

    fn handle_answered(&mut self, now: Duration, session: SessionId, sdp: Option<Bytes>) {
        let Some(call) = self.outgoing.get_mut(&session) else {
            return;
        };
        self.tally.answered += 1;
        self.tally.setup.note(now.saturating_sub(call.begun_at));
        self.tasks
            .push(Reverse((now + self.config.hold, Task::Hangup(session))));
        if self.config.sound == Sound::Rtp
            && let Some(remote) = sdp.and_then(|sdp| {
                let answer = sdp::parse(&sdp).ok()?;
                let audio = answer.audio()?;
                let ip = answer.connection_of(audio)?.ip()?;
                Some((ip, audio.port).into())
            })
        {
            let stream = self.sounds.begin(Wire::CallerRtp, remote);
            call.stream = Some(stream);
            self.tasks.push(Reverse((now, Task::Frame(stream))));
        }
    }

    fn handle_callee(&mut self, now: Duration, signal: Signal) {
        match signal {
            Signal::Incoming { session, call } => self.handle_incoming(now, session, *call),
            Signal::Ended { session, .. } | Signal::Cancelled { session, .. } => {
                if let Some((_, stream)) = self.incoming.remove(&session) {
                    self.sounds.end(stream);
                }
            }
            Signal::Reinvite { session, sdp } => self.handle_callee_reinvite(now, session, sdp),
            Signal::RegistrationOk { .. } => self.count_registration(Outcome::Taken),
            Signal::RegistrationFailed { .. } => self.count_registration(Outcome::Refused),
            // The callers' endpoint deals with these, or nobody has to.
            Signal::Trying { .. }
            | Signal::Ringing { .. }
            | Signal::Progress { .. }
            | Signal::Answered { .. }
            | Signal::Acknowledged { .. }
            | Signal::Failed { .. }
            | Signal::ReinviteAnswered { .. }
            | Signal::ReinviteFailed { .. }
            | Signal::Info { .. }
            | Signal::InfoAnswered { .. }
            | Signal::ReferAnswered { .. }
            | Signal::Referred { .. }
            | Signal::Text { .. }
            | Signal::Registered(_)
            | Signal::Unregistered { .. }
            | Signal::Security(_)
            | Signal::OptionsReply { .. }
            | Signal::Close { .. } => {}
        }
    }

    fn handle_callee_reinvite(&mut self, now: Duration, session: SessionId, sdp: Option<Bytes>) {
        let Some(callees) = &mut self.callees else {
            return;
        };
        let answer = sdp.and_then(|offer| answer_to(&offer, &callees.local));
        // A session that ended meanwhile says so by itself.
        let _ = match answer {
            Some((answer, _)) => callees.endpoint.answer_reinvite(now, session, answer),
            None => callees.endpoint.reject_reinvite(now, session, Status(488)),
        };
    }

    fn count_registration(&mut self, outcome: Outcome) {
        match &mut self.phase {
            Phase::Registering { waits_for, .. } => {
                *waits_for = waits_for.saturating_sub(1);
                match outcome {
                    Outcome::Taken => self.tally.registered += 1,
                    Outcome::Refused => self.tally.refused_registrations += 1,
                }
            }
            Phase::Leaving { waits_for, .. } => *waits_for = waits_for.saturating_sub(1),
            Phase::Calling { .. } | Phase::Draining { .. } | Phase::Over => {}
        }
    }

    fn handle_incoming(&mut self, now: Duration, session: SessionId, call: IncomingCall) {
        self.tally.incoming += 1;
        let Some(callees) = &mut self.callees else {
            return;
        };
        let Some(offer) = call.sdp else {
            // The session is new and has had no reply.
            let _ = callees.endpoint.reject(now, session, Status(488), None);
            return;
        };
        self.incoming.insert(session, (offer, None));
        if self.config.ring.is_zero() {
            self.answer(now, session);
            return;
        }
        // The session is new and has had no reply.
        let _ = callees.endpoint.ring(now, session);
        self.tasks
            .push(Reverse((now + self.config.ring, Task::Answer(session))));
    }

    fn answer(&mut self, now: Duration, session: SessionId) {
        let (Some(callees), Some((offer, stream))) = (&mut self.callees, self.incoming.get_mut(&session))
        else {
            return;
        };
        let Some((answer, agreed)) = answer_to(offer, &callees.local) else {
            // The session is there and has had no final reply.
            let _ = callees.endpoint.reject(now, session, Status(488), None);
            return;
        };
        if callees.endpoint.answer(now, session, answer).is_err() {
            return;
        }
        self.tally.accepted += 1;
        if self.config.sound == Sound::Rtp
            && let Some(remote) = agreed.remote
        {
            let number = self.sounds.begin(Wire::CalleeRtp, remote);
            *stream = Some(number);
            self.tasks.push(Reverse((now, Task::Frame(number))));
        }
    }
}

/// How a registration ended.
#[derive(Clone, Copy, Debug)]
enum Outcome {
    Refused,
    Taken,
}

fn in_turn<T>(things: &[T], turn: u64) -> Option<&T> {
    let count = u64::try_from(things.len()).ok().filter(|count| *count > 0)?;
    things.get(usize::try_from(turn % count).ok()?)
}

fn answer_to(offer: &[u8], local: &sdp::Local) -> Option<(Bytes, Negotiated)> {
    let offer = sdp::parse(offer).ok()?;
    let answer = sdp::answer(&offer, local).ok()?;
    Some((Bytes::from(answer.session.to_string()), answer.audio))
}
