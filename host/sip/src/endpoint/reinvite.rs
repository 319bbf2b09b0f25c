//! How is a session changed while it runs? Re-INVITE from either side, crossing ones included (RFC 3261 section 14).

use std::time::Duration;

use bytes::Bytes;

use super::Endpoint;
use super::caller::{sdp_of, set_sdp};
use super::in_dialog::reinvite_owner;
use super::receive::{Answer, Received};
use crate::compose::Reply;
use crate::event::Event;
use crate::outbox::{SessionTimer, Timer};
use crate::owner::Purpose;
use crate::session::{MAX_GLARES, OwedAck, ReinviteIn, ReinviteOut, Role, SentOk, Session, SessionId, State};
use crate::spec::Refusal;
use crate::transaction::Responded;
use crate::{Method, Status};

impl Endpoint {
    /// Offers a changed session.
    pub fn reinvite(&mut self, now: Duration, session: SessionId, sdp: Bytes) -> Result<(), Refusal> {
        let found = self.session_mut(session)?;
        let is_busy = found.unacked.is_some() || found.reinvite_in.is_some() || found.reinvite_out.is_some();
        if !Self::is_established(found) || is_busy {
            return Err(Refusal::WrongState);
        }
        found.reinvite_out = Some(ReinviteOut {
            sdp,
            glares: 0,
            again: None,
        });
        let sent = self.send_reinvite(now, session);
        if sent.is_err()
            && let Some(found) = self.sessions.get_mut(session.0)
        {
            found.reinvite_out = None;
        }
        sent
    }

    fn send_reinvite(&mut self, now: Duration, id: SessionId) -> Result<(), Refusal> {
        let session = self.sessions.get_mut(id.0).ok_or(Refusal::UnknownSession)?;
        let sdp = session
            .reinvite_out
            .as_ref()
            .map(|reinvite| reinvite.sdp.clone())
            .unwrap_or_default();
        let mut request = session.dialog.request(Method::Invite);
        request.contact = Some(session.dialog.contact.clone());
        self.add_abilities(&mut request);
        if !sdp.is_empty() {
            set_sdp(&mut request, sdp);
        }
        self.send_in_dialog(now, id, request, Purpose::Reinvite)
    }

    /// The wait after a crossing is over.
    pub(super) fn send_reinvite_again(&mut self, now: Duration, id: SessionId) {
        let Some(session) = self.sessions.get_mut(id.0) else {
            return;
        };
        let is_busy = session.unacked.is_some() || session.reinvite_in.is_some();
        let Some(reinvite) = &mut session.reinvite_out else {
            return;
        };
        reinvite.again = None;
        if is_busy {
            self.arm_glare(now, id);
            return;
        }
        if self.send_reinvite(now, id).is_err() {
            self.fail_reinvite(id, Status::SERVICE_UNAVAILABLE);
        }
    }

    pub(super) fn handle_reinvite_ok(&mut self, id: SessionId, answer: Answer<'_>) {
        let Some(session) = self.sessions.get_mut(id.0) else {
            return;
        };
        session.dialog.refresh_target(&answer.response.headers);
        session.reinvite_out = None;
        session.challenges = 0;
        let tag = answer.ident.to_tag.clone().unwrap_or_default();
        let owed = OwedAck {
            invite: answer.id,
            cseq: answer.ident.cseq,
            tag,
        };
        session.tell(
            Event::ReinviteAnswered {
                session: id,
                sdp: sdp_of(answer.response),
            },
            &mut self.out,
        );
        self.send_ack(id, owed, Bytes::new());
    }

    pub(super) fn handle_reinvite_refusal(&mut self, now: Duration, id: SessionId, status: Status) {
        match status.0 {
            491 => self.arm_glare(now, id),
            408 | 481 => {
                if let Some(session) = self.sessions.get_mut(id.0) {
                    session.reinvite_out = None;
                }
                self.lose(now, id);
            }
            _ => self.fail_reinvite(id, status),
        }
    }

    /// Both sides asked at once: the one who made the call waits longer (section 14.1).
    fn arm_glare(&mut self, now: Duration, id: SessionId) {
        let Some(session) = self.sessions.get_mut(id.0) else {
            return;
        };
        if !Self::is_established(session) {
            return;
        }
        let Some(reinvite) = &mut session.reinvite_out else {
            return;
        };
        reinvite.glares += 1;
        if reinvite.glares > MAX_GLARES {
            self.fail_reinvite(id, Status(491));
            return;
        }
        let wait_ms = match session.role {
            Role::Caller => 2_100 + 10 * self.out.random_below(190),
            Role::Callee => 10 * self.out.random_below(200),
        };
        let at = now + Duration::from_millis(u64::from(wait_ms));
        reinvite.again = Some(self.out.arm(at, Timer::Session(id, SessionTimer::Glare)));
    }

    fn fail_reinvite(&mut self, id: SessionId, status: Status) {
        if let Some(session) = self.sessions.get_mut(id.0)
            && session.reinvite_out.take().is_some()
        {
            session.tell(Event::ReinviteFailed { session: id, status }, &mut self.out);
        }
    }

    pub(super) fn handle_reinvite(&mut self, now: Duration, id: SessionId, received: Received<'_>) {
        let Some(session) = self.sessions.get_mut(id.0) else {
            return;
        };
        if let Some(refusal) = hindrance(session).or_else(|| Self::inspect_body(&received.request)) {
            let wait_s = self.out.random_below(10);
            let reply = if refusal.status == 500 {
                refusal.with("Retry-After", wait_s.to_string())
            } else {
                refusal
            };
            self.reply(now, received.id, &reply);
            return;
        }
        let target = received.request.headers.contact().ok().map(|contact| contact.uri);
        session.reinvite_in = Some(ReinviteIn {
            id: received.id,
            cseq: received.ident.cseq,
            target,
        });
        let body = received.request.body;
        let sdp = (!body.is_empty()).then_some(body);
        session.tell(Event::Reinvite { session: id, sdp }, &mut self.out);
        self.transactions.adopt(received.id, reinvite_owner(id));
    }

    /// Accepts the peer's change with our answer, or with our offer when it asked for one.
    pub fn answer_reinvite(&mut self, now: Duration, session: SessionId, sdp: Bytes) -> Result<(), Refusal> {
        let t1 = self.config.timers.t1;
        let found = self.session_mut(session)?;
        let reinvite = found.reinvite_in.take().ok_or(Refusal::WrongState)?;
        if let Some(target) = reinvite.target {
            found.dialog.target = target;
        }
        let contact = found.dialog.contact.clone();
        let reply = self.ok_with_sdp(contact, sdp);
        let flow = self.transactions.server(reinvite.id).map(|server| server.flow);
        let (Responded::Accepted(bytes), Some(flow)) = (self.reply(now, reinvite.id, &reply), flow) else {
            return Err(Refusal::WrongState);
        };
        if let Some(found) = self.sessions.get_mut(session.0) {
            found.await_ack(
                now,
                SentOk {
                    cseq: reinvite.cseq,
                    flow,
                    bytes,
                },
                t1,
                &mut self.out,
            );
        }
        Ok(())
    }

    /// Refuses the peer's change, 488 for one that cannot be accepted; the session goes on as it was.
    pub fn reject_reinvite(
        &mut self,
        now: Duration,
        session: SessionId,
        status: Status,
    ) -> Result<(), Refusal> {
        let reinvite = self
            .session_mut(session)?
            .reinvite_in
            .take()
            .ok_or(Refusal::WrongState)?;
        let status = if (300..700).contains(&status.0) {
            status.0
        } else {
            488
        };
        self.reply(now, reinvite.id, &Reply::new(status));
        Ok(())
    }
}

/// Why the peer may not change the session now (section 14.2).
fn hindrance(session: &Session) -> Option<Reply> {
    match session.state {
        State::Established | State::OwesAck(_) => {}
        State::Incoming { .. } => return Some(Reply::new(500)),
        State::Outgoing(_) => return Some(Reply::new(491)),
        State::Leaving { .. } | State::Byeing => return Some(Reply::new(481)),
    }
    if session.reinvite_in.is_some() {
        return Some(Reply::new(500));
    }
    let owes_ack = matches!(session.state, State::OwesAck(_));
    // Between our 491 and our second try the peer's own request has its turn.
    let is_out = session
        .reinvite_out
        .as_ref()
        .is_some_and(|reinvite| reinvite.again.is_none());
    (owes_ack || is_out || session.unacked.is_some()).then(|| Reply::new(491))
}
