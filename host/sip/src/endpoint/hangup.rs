//! How does a call end? CANCEL, BYE or a refusal, whichever its state asks for (RFC 3261 sections 9, 13.3, 15).

use std::borrow::Cow;
use std::time::Duration;

use super::Endpoint;
use super::caller::open_invite;
use crate::event::{EndedBy, Ending};
use crate::outbox::{SessionTimer, Timer};
use crate::owner::{Owner, Purpose};
use crate::session::{Cancel, OwedAck, SessionId, State, reason_value, status_for_cause};
use crate::spec::Refusal;
use crate::{Method, Status};

impl Endpoint {
    /// Ends a call in whatever state it is; `cause` is told to the peer as Q.850. The last event is out when it returns.
    pub fn hangup(&mut self, now: Duration, session: SessionId, cause: Option<u16>) -> Result<(), Refusal> {
        let found = self.session_mut(session)?;
        if let State::Incoming { .. } = found.state {
            let status = cause.map_or(603, status_for_cause);
            return self.reject(now, session, Status(status), cause);
        }
        let ending = Ending {
            by: EndedBy::Us,
            q850: cause,
        };
        let Some(found) = self.sessions.get_mut(session.0) else {
            return Err(Refusal::UnknownSession);
        };
        found.tell_ended(ending, &mut self.out);
        match &mut found.state {
            State::Outgoing(outgoing) => {
                let is_heard = self
                    .transactions
                    .client(outgoing.invite)
                    .is_some_and(crate::transaction::ClientTransaction::is_proceeding);
                outgoing.cancel = Cancel::Wanted { cause };
                if is_heard {
                    self.send_cancel(now, session, cause);
                }
            }
            State::Established if found.unacked.is_some() => found.state = State::Leaving { cause },
            State::OwesAck(owed) => {
                let owed = OwedAck {
                    invite: owed.invite,
                    cseq: owed.cseq,
                    tag: std::mem::take(&mut owed.tag),
                };
                self.send_ack(session, owed, bytes::Bytes::new());
                self.send_bye(now, session, cause);
            }
            State::Established => self.send_bye(now, session, cause),
            State::Incoming { .. } | State::Leaving { .. } | State::Byeing => {}
        }
        Ok(())
    }

    /// Sends CANCEL and starts waiting for what it brings.
    pub(super) fn send_cancel(&mut self, now: Duration, id: SessionId, cause: Option<u16>) {
        let wait = self.config.timers.timeout();
        let Some(session) = self.sessions.get_mut(id.0) else {
            return;
        };
        let State::Outgoing(outgoing) = &mut session.state else {
            return;
        };
        let reason = reason_value(cause);
        self.transactions
            .cancel(now, outgoing.invite, reason.as_deref(), &mut self.out);
        let unanswered = self
            .out
            .arm(now + wait, Timer::Session(id, SessionTimer::CancelUnanswered));
        outgoing.cancel = Cancel::Sent {
            unanswered: Some(unanswered),
        };
    }

    /// The peer neither refused nor answered in 64*T1 after our CANCEL: the INVITE counts as cancelled (section 9.1).
    pub(super) fn abandon_cancelled(&mut self, id: SessionId) {
        if let Some(invite) = self.sessions.get(id.0).and_then(open_invite) {
            self.transactions.remove(invite, &mut self.out);
            self.remove_session(id);
        }
    }

    /// Sends BYE; the session stays until its reply.
    pub(super) fn send_bye(&mut self, now: Duration, id: SessionId, cause: Option<u16>) {
        let Some(session) = self.sessions.get_mut(id.0) else {
            return;
        };
        session.stop_repeating(&mut self.out);
        if let Some(reinvite) = &mut session.reinvite_out {
            self.out.disarm(&mut reinvite.again);
        }
        session.state = State::Byeing;
        let mut bye = session.dialog.request(Method::Bye);
        if let Some(reason) = reason_value(cause) {
            bye.extra.push((Cow::Borrowed("Reason"), reason));
        }
        let pending = session.reinvite_in.take();
        if let Some(reinvite) = pending {
            self.reply(now, reinvite.id, &crate::compose::Reply::new(487));
        }
        let Some(session) = self.sessions.get(id.0) else {
            return;
        };
        let flow = self.dialog_flow(&session.dialog);
        let owner = Owner::InDialog(id, Purpose::Bye);
        if self
            .transactions
            .request(now, flow, bye, owner, &mut self.out)
            .is_none()
        {
            self.remove_session(id);
        }
    }
}
