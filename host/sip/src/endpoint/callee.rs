//! How is an incoming call taken, rung, answered, refused and cancelled?

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;

use super::Endpoint;
use super::guard::Caller;
use super::receive::Received;
use crate::Status;
use crate::compose::Reply;
use crate::dialog::Dialog;
use crate::event::{EndedBy, Ending, Event, IncomingCall, SecurityKind};
use crate::ident::{Ident, q850_of};
use crate::outbox::{SessionTimer, Timer};
use crate::owner::{Owner, Purpose};
use crate::session::{Role, SentOk, Session, SessionId, State, Voice, reason_value};
use crate::spec::{Refusal, check_headers};
use crate::transaction::{Responded, TransactionId};
use crate::{HeaderError, NameAddr, Request, Uri};

/// Headers that may wait for a reply; a further one is refused.
const ADDED_MAX: usize = 16;

impl Endpoint {
    /// Sends 100 Trying now; without it, it goes out by itself after `Timers::trying_after`.
    pub fn trying(&mut self, now: Duration, session: SessionId) -> Result<(), Refusal> {
        let invite = self.ringing_invite(session)?;
        let is_silent = self
            .transactions
            .server(invite)
            .is_some_and(|server| !server.has_replied());
        if is_silent {
            self.reply(now, invite, &Reply::new(100));
        }
        Ok(())
    }

    /// Sends 180 Ringing.
    pub fn ring(&mut self, now: Duration, session: SessionId) -> Result<(), Refusal> {
        self.send_provisional(now, session, Reply::new(180))
    }

    /// Sends 183 Session Progress with early media.
    pub fn progress(&mut self, now: Duration, session: SessionId, sdp: Bytes) -> Result<(), Refusal> {
        self.send_provisional(now, session, Reply::new(183).with_sdp(sdp))
    }

    /// Sends a header along with the next reply to the call's INVITE, whichever that is.
    ///
    /// # Errors
    /// [`Refusal::WrongState`] if the call has had its final reply, or the header would forge others; [`Refusal::Full`].
    pub fn add_header(&mut self, session: SessionId, name: &str, value: &str) -> Result<(), Refusal> {
        let session = self.session_mut(session)?;
        let header = [(name.to_owned(), value.to_owned())];
        if !matches!(session.state, State::Incoming { .. }) || check_headers(&header).is_err() {
            return Err(Refusal::WrongState);
        }
        if session.added.len() >= ADDED_MAX {
            return Err(Refusal::Full);
        }
        session.added.extend(header);
        Ok(())
    }

    /// A reply with the headers that were to go with it.
    fn with_added(&mut self, session: SessionId, mut reply: Reply) -> Reply {
        if let Some(session) = self.sessions.get_mut(session.0) {
            let added = session.added.drain(..);
            reply
                .extra
                .extend(added.map(|(name, value)| (Cow::Owned(name), value)));
        }
        reply
    }

    fn send_provisional(&mut self, now: Duration, session: SessionId, reply: Reply) -> Result<(), Refusal> {
        let invite = self.ringing_invite(session)?;
        let contact = self.session_mut(session)?.dialog.contact.clone();
        let mut full = Reply::new(reply.status)
            .with("Contact", contact)
            .with("Allow", self.allow.clone());
        full.content_type = reply.content_type;
        full.body = reply.body;
        let full = self.with_added(session, full);
        self.reply(now, invite, &full);
        Ok(())
    }

    /// The INVITE of a session that has had no final reply; its 100 is no longer due.
    fn ringing_invite(&mut self, session: SessionId) -> Result<TransactionId, Refusal> {
        let session = self.sessions.get_mut(session.0).ok_or(Refusal::UnknownSession)?;
        let State::Incoming { invite, trying } = &mut session.state else {
            return Err(Refusal::WrongState);
        };
        let invite = *invite;
        self.out.disarm(trying);
        Ok(invite)
    }

    /// Answers with 200 and our session description.
    pub fn answer(&mut self, now: Duration, session: SessionId, sdp: Bytes) -> Result<(), Refusal> {
        let invite = self.ringing_invite(session)?;
        let contact = self.session_mut(session)?.dialog.contact.clone();
        let reply = self.ok_with_sdp(contact, sdp);
        let reply = self.with_added(session, reply);
        let Responded::Accepted(bytes) = self.reply(now, invite, &reply) else {
            return Err(Refusal::WrongState);
        };
        let t1 = self.config.timers.t1;
        let flow = self.transactions.server(invite).map(|server| server.flow);
        let Some(session) = self.sessions.get_mut(session.0) else {
            return Err(Refusal::UnknownSession);
        };
        session.state = State::Established;
        let (cseq, flow) = (
            session.dialog.remote_cseq.unwrap_or_default(),
            flow.unwrap_or(session.dialog.flow),
        );
        session.await_ack(now, SentOk { cseq, flow, bytes }, t1, &mut self.out);
        Ok(())
    }

    pub(super) fn ok_with_sdp(&self, contact: String, sdp: Bytes) -> Reply {
        Reply::new(200)
            .with("Allow", self.allow.clone())
            .with("Contact", contact)
            .with_some(
                "Supported",
                (!self.supported.is_empty()).then(|| self.supported.clone()),
            )
            .with_sdp(sdp)
    }

    /// Refuses with a status of 300 to 699 and, when given, a `Reason: Q.850` cause.
    pub fn reject(
        &mut self,
        now: Duration,
        session: SessionId,
        status: Status,
        cause: Option<u16>,
    ) -> Result<(), Refusal> {
        let invite = self.ringing_invite(session)?;
        let status = if (300..700).contains(&status.0) {
            status.0
        } else {
            500
        };
        let reply = Reply::new(status).with_some("Reason", reason_value(cause));
        let reply = self.with_added(session, reply);
        self.reply(now, invite, &reply);
        if let Some(session) = self.sessions.get_mut(session.0) {
            session.tell_ended(
                Ending {
                    by: EndedBy::Us,
                    q850: cause,
                },
                &mut self.out,
            );
        }
        self.remove_session(session);
        Ok(())
    }

    /// Refuses with 302 and says where to try instead.
    pub fn redirect(&mut self, now: Duration, session: SessionId, target: &str) -> Result<(), Refusal> {
        let invite = self.ringing_invite(session)?;
        self.reply(
            now,
            invite,
            &Reply::new(302).with("Contact", format!("<{target}>")),
        );
        if let Some(session) = self.sessions.get_mut(session.0) {
            let ending = Ending {
                by: EndedBy::Us,
                q850: None,
            };
            session.tell_ended(ending, &mut self.out);
        }
        self.remove_session(session);
        Ok(())
    }

    pub(super) fn handle_invite(&mut self, now: Duration, received: Received<'_>) {
        if !self.sessions.has_room() {
            let reply = self.overloaded();
            self.reply(now, received.id, &reply);
            self.tell_security(SecurityKind::Overload, "", received.flow, &received.ident.call_id);
            return;
        }
        // We call on behalf of callers: a call that went round too often ends here.
        if received.request.headers.max_forwards() == Ok(Some(0)) {
            self.reply(now, received.id, &Reply::new(483));
            return;
        }
        let Some(caller) = self.guard(now, &received) else {
            return;
        };
        if let Some(refusal) = Self::inspect_body(&received.request) {
            self.reply(now, received.id, &refusal);
            return;
        }
        let (contact, addresses) = (
            received.request.headers.contact(),
            addresses_of(&received.request),
        );
        let (contact, (from, to)) = match (contact, addresses) {
            (Ok(contact), Ok(addresses)) => (contact.uri, addresses),
            (Err(error), _) | (_, Err(error)) => {
                let sentence = format!("Bad Request ({error})");
                self.reply(
                    now,
                    received.id,
                    &Reply {
                        reason: Some(sentence),
                        ..Reply::new(400)
                    },
                );
                return;
            }
        };
        let invited = Invited { contact, from, to };
        self.admit(now, received, &caller, invited);
    }

    /// Makes the session of a call that passed every check, and tells it.
    fn admit(&mut self, now: Duration, received: Received<'_>, caller: &Caller, invited: Invited) {
        let Invited { contact, from, to } = invited;
        let Received {
            flow,
            ident,
            request,
            id,
        } = received;
        let tag = self
            .transactions
            .server(id)
            .map(|server| server.tag.clone())
            .unwrap_or_default();
        let mut dialog = Dialog::of_invite(&ident, &request.headers, contact.clone(), &tag, *flow);
        dialog.contact = self.contact_value(&self.config.contact_user, flow);
        dialog.local_cseq = self.out.random_below(32_768);
        dialog.reach = caller.reach;
        let Some(session) = self.add_session(|session| Session::incoming(session, id, dialog)) else {
            return;
        };
        self.transactions.adopt(id, Owner::Invite(session));
        self.arm_trying(now, session);
        let call = IncomingCall {
            uri: request.uri,
            from,
            to,
            contact: Some(contact),
            account: caller.account,
            flow: *flow,
            sdp: (!request.body.is_empty()).then_some(request.body),
            call_id: ident.call_id,
            headers: request.headers,
        };
        self.out.tell(Event::Incoming {
            session,
            call: Box::new(call),
        });
    }

    fn arm_trying(&mut self, now: Duration, id: SessionId) {
        let at = now + self.config.timers.trying_after;
        let handle = self.out.arm(at, Timer::Session(id, SessionTimer::Trying));
        if let Some(session) = self.sessions.get_mut(id.0)
            && let State::Incoming { trying, .. } = &mut session.state
        {
            *trying = Some(handle);
        }
    }

    pub(super) fn handle_cancel(
        &mut self,
        now: Duration,
        own: TransactionId,
        invite: Option<TransactionId>,
        request: &Request,
    ) {
        let Some((invite, server)) = invite.and_then(|id| Some((id, self.transactions.server(id)?))) else {
            self.reply(now, own, &Reply::new(481));
            return;
        };
        let (owner, is_open) = (server.owner, server.is_open());
        self.reply(now, own, &Reply::new(200));
        if !is_open {
            return;
        }
        self.reply(now, invite, &Reply::new(487));
        match owner {
            Owner::Invite(id) => {
                if let Some(session) = self.sessions.get_mut(id.0) {
                    let q850 = q850_of(&request.headers);
                    session.tell_last(Event::Cancelled { session: id, q850 }, &mut self.out);
                }
                self.remove_session(id);
            }
            Owner::InDialog(id, Purpose::Reinvite) => {
                if let Some(session) = self.sessions.get_mut(id.0) {
                    session.reinvite_in = None;
                }
            }
            Owner::InDialog(_, Purpose::Bye | Purpose::Info | Purpose::Refer)
            | Owner::Nobody
            | Owner::Registration(_)
            | Owner::Ping(_) => {}
        }
    }

    /// An ACK that belongs to no refusal: it acknowledges a 2xx, or nothing.
    pub(super) fn handle_ack(&mut self, now: Duration, ident: &Ident, request: &Request) {
        let Some(id) = ident
            .to_tag
            .as_ref()
            .and_then(|tag| self.by_tag.get(tag))
            .copied()
        else {
            return;
        };
        let Some(session) = self.sessions.get_mut(id.0) else {
            return;
        };
        if !session.dialog.is_of(ident) || session.unacked.as_ref().is_none_or(|ok| ok.cseq != ident.cseq) {
            return;
        }
        session.stop_repeating(&mut self.out);
        match session.state {
            State::Leaving { cause } => self.send_bye(now, id, cause),
            State::Incoming { .. }
            | State::Outgoing(_)
            | State::Established
            | State::OwesAck(_)
            | State::Byeing => {
                let sdp = (!request.body.is_empty()).then(|| request.body.clone());
                session.tell(Event::Acknowledged { session: id, sdp }, &mut self.out);
            }
        }
    }

    /// 64*T1 passed since our 2xx (section 13.3.1.4).
    pub(super) fn handle_missing_ack(&mut self, now: Duration, id: SessionId) {
        let Some(session) = self.sessions.get_mut(id.0) else {
            return;
        };
        session.stop_repeating(&mut self.out);
        match session.state {
            State::Leaving { cause } => self.send_bye(now, id, cause),
            State::Established => {
                session.tell_ended(
                    Ending {
                        by: EndedBy::AckMissing,
                        q850: None,
                    },
                    &mut self.out,
                );
                self.send_bye(now, id, None);
            }
            State::Incoming { .. } | State::Outgoing(_) | State::OwesAck(_) | State::Byeing => {}
        }
    }
}

/// The addresses of an INVITE.
struct Invited {
    contact: Uri,
    from: NameAddr,
    to: NameAddr,
}

impl Session {
    fn incoming(id: SessionId, invite: TransactionId, dialog: Dialog) -> Self {
        Self {
            id,
            state: State::Incoming { invite, trying: None },
            role: Role::Callee,
            dialog,
            voice: Voice::Speaking,
            credentials: None,
            unacked: None,
            reinvite_in: None,
            reinvite_out: None,
            is_referring: false,
            added: Vec::new(),
            challenges: 0,
        }
    }
}

fn addresses_of(request: &Request) -> Result<(NameAddr, NameAddr), HeaderError> {
    Ok((request.headers.from()?, request.headers.to()?))
}
