//! What happens inside a call? BYE, INFO, OPTIONS and re-INVITE of the peer, and the replies to ours.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;

use super::Endpoint;
use super::caller::{open_invite, prove};
use super::receive::{Answer, Received};
use crate::compose::Reply;
use crate::dialog::CSeqCheck;
use crate::event::{EndedBy, Ending, Event};
use crate::ident::{Ident, q850_of};
use crate::owner::{Owner, Purpose};
use crate::session::{MAX_CHALLENGES, Session, SessionId, State};
use crate::spec::Refusal;
use crate::{Fault, Method, Status};

/// Bodies of INFO that are handed to the owner: digits and picture requests.
const INFO_TYPES: &[&str] = &[
    "application/dtmf-relay",
    "application/dtmf",
    "application/media_control+xml",
];

/// The content of a MESSAGE that is handed to the owner.
const TEXT_TYPE: &str = "text/plain";

impl Endpoint {
    /// Sends a digit as INFO (application/dtmf-relay).
    pub fn info_dtmf(
        &mut self,
        now: Duration,
        session: SessionId,
        digit: char,
        length: Duration,
    ) -> Result<(), Refusal> {
        let body = format!("Signal={digit}\r\nDuration={}\r\n", length.as_millis());
        self.info(now, session, "application/dtmf-relay", Bytes::from(body))
    }

    /// Sends INFO with a body.
    pub fn info(
        &mut self,
        now: Duration,
        session: SessionId,
        content_type: &str,
        body: Bytes,
    ) -> Result<(), Refusal> {
        self.tell_peer(now, session, Method::Info, (content_type, body))
    }

    /// Sends a text as MESSAGE (RFC 3428) within the call; its reply is told as that of an INFO.
    pub fn message(
        &mut self,
        now: Duration,
        session: SessionId,
        content_type: &str,
        body: Bytes,
    ) -> Result<(), Refusal> {
        self.tell_peer(now, session, Method::Message, (content_type, body))
    }

    fn tell_peer(
        &mut self,
        now: Duration,
        session: SessionId,
        method: Method,
        (content_type, body): (&str, Bytes),
    ) -> Result<(), Refusal> {
        let found = self.session_mut(session)?;
        if !Self::is_established(found) {
            return Err(Refusal::WrongState);
        }
        let mut request = found.dialog.request(method);
        request.content_type = Some(Cow::Owned(content_type.to_owned()));
        request.body = body;
        self.send_in_dialog(now, session, request, Purpose::Info)
    }

    pub(super) fn send_in_dialog(
        &mut self,
        now: Duration,
        id: SessionId,
        request: crate::compose::OutgoingRequest,
        purpose: Purpose,
    ) -> Result<(), Refusal> {
        let session = self.sessions.get(id.0).ok_or(Refusal::UnknownSession)?;
        let flow = self.dialog_flow(&session.dialog);
        let owner = Owner::InDialog(id, purpose);
        let sent = self
            .transactions
            .request(now, flow, request, owner, &mut self.out);
        sent.map(|_| ()).ok_or(Refusal::Full)
    }

    pub(super) fn handle_in_dialog(&mut self, now: Duration, received: Received<'_>) {
        let tag = received.ident.to_tag.as_ref();
        let id = tag.and_then(|tag| self.by_tag.get(tag)).copied();
        let session = id
            .and_then(|id| self.sessions.get_mut(id.0))
            .filter(|session| is_of(session, &received.ident));
        let Some(session) = session else {
            self.reply(now, received.id, &Reply::new(481));
            return;
        };
        if session.dialog.check_cseq(received.ident.cseq) == CSeqCheck::Low {
            self.reply(now, received.id, &Reply::new(500));
            return;
        }
        session.dialog.flow = *received.flow;
        let id = session.id;
        match received.request.method {
            Method::Bye => self.handle_bye(now, id, &received),
            Method::Info => self.handle_info(now, id, received),
            Method::Invite => self.handle_reinvite(now, id, received),
            Method::Message => self.handle_text(now, id, &received),
            Method::Notify => self.handle_notify(now, id, &received),
            Method::Options => {
                let reply = self.capabilities();
                self.reply(now, received.id, &reply);
            }
            Method::Ack
            | Method::Cancel
            | Method::Register
            | Method::Update
            | Method::Prack
            | Method::Refer
            | Method::Subscribe
            | Method::Publish
            | Method::Other(_) => {
                let reply = Reply::new(405).with("Allow", self.allow.clone());
                self.reply(now, received.id, &reply);
            }
        }
    }

    fn handle_bye(&mut self, now: Duration, id: SessionId, received: &Received<'_>) {
        let is_crossing = self
            .sessions
            .get(id.0)
            .is_some_and(|session| matches!(session.state, State::Byeing));
        if is_crossing && self.has_fault(Fault::CrossingByeUnanswered) {
            return;
        }
        self.reply(now, received.id, &Reply::new(200));
        let Some(session) = self.sessions.get_mut(id.0) else {
            return;
        };
        let open = match (&session.state, session.reinvite_in.take()) {
            (State::Incoming { invite, .. }, _) => Some(*invite),
            (_, reinvite) => reinvite.map(|reinvite| reinvite.id),
        };
        let ours = open_invite(session);
        let ending = Ending {
            by: EndedBy::Peer,
            q850: q850_of(&received.request.headers),
        };
        session.tell_ended(ending, &mut self.out);
        if let Some(open) = open {
            self.reply(now, open, &Reply::new(487));
        }
        if let Some(invite) = ours {
            self.transactions.remove(invite, &mut self.out);
        }
        self.remove_session(id);
    }

    fn handle_info(&mut self, now: Duration, id: SessionId, received: Received<'_>) {
        let content_type = received.request.headers.content_type().unwrap_or_default();
        let is_known = INFO_TYPES.contains(&content_type.as_str());
        if !received.request.body.is_empty() && !is_known {
            self.reply(
                now,
                received.id,
                &Reply::new(415).with("Accept", INFO_TYPES.join(", ")),
            );
            return;
        }
        self.reply(now, received.id, &Reply::new(200));
        if is_known && let Some(session) = self.sessions.get(id.0) {
            let body = received.request.body;
            session.tell(
                Event::Info {
                    session: id,
                    content_type,
                    body,
                },
                &mut self.out,
            );
        }
    }

    /// A text within the call; other kinds of content are for nobody here.
    fn handle_text(&mut self, now: Duration, id: SessionId, received: &Received<'_>) {
        let content_type = received.request.headers.content_type().unwrap_or_default();
        if content_type != TEXT_TYPE {
            let reply = Reply::new(415).with("Accept", TEXT_TYPE.to_owned());
            self.reply(now, received.id, &reply);
            return;
        }
        self.reply(now, received.id, &Reply::new(200));
        if let Some(session) = self.sessions.get(id.0) {
            let body = received.request.body.clone();
            session.tell(Event::Text { session: id, body }, &mut self.out);
        }
    }

    pub(super) fn handle_in_dialog_answer(
        &mut self,
        now: Duration,
        id: SessionId,
        purpose: Purpose,
        answer: Answer<'_>,
    ) {
        let status = answer.response.status;
        if status.is_provisional() {
            return;
        }
        if purpose == Purpose::Reinvite && status.is_success() {
            self.handle_reinvite_ok(id, answer);
            return;
        }
        if self.retry_with_proof(now, id, purpose, answer) {
            return;
        }
        match purpose {
            Purpose::Bye => self.remove_session(id),
            Purpose::Reinvite => self.handle_reinvite_refusal(now, id, status),
            Purpose::Info => {
                self.tell_info_answered(id, status);
                if status.0 == 481 {
                    self.lose(now, id);
                }
            }
            Purpose::Refer => {
                self.refer_answered(id, status);
                if status.0 == 481 {
                    self.lose(now, id);
                }
            }
        }
    }

    fn retry_with_proof(
        &mut self,
        now: Duration,
        id: SessionId,
        purpose: Purpose,
        answer: Answer<'_>,
    ) -> bool {
        let Some(session) = self.sessions.get_mut(id.0) else {
            return false;
        };
        if answer.response.status.is_success() {
            session.challenges = 0;
            return false;
        }
        if session.challenges >= MAX_CHALLENGES {
            return false;
        }
        let Some(mut proof) = prove(
            &self.transactions,
            answer,
            session.credentials.as_ref(),
            &mut self.out,
        ) else {
            return false;
        };
        session.challenges += 1;
        session.dialog.local_cseq += 1;
        proof.cseq = session.dialog.local_cseq;
        self.send_in_dialog(now, id, proof, purpose).is_ok()
    }

    fn tell_info_answered(&mut self, id: SessionId, status: Status) {
        if let Some(session) = self.sessions.get(id.0) {
            session.tell(Event::InfoAnswered { session: id, status }, &mut self.out);
        }
    }

    pub(super) fn handle_silence_in_dialog(
        &mut self,
        now: Duration,
        id: SessionId,
        purpose: Purpose,
        status: u16,
    ) {
        match purpose {
            Purpose::Bye => self.remove_session(id),
            Purpose::Info => self.tell_info_answered(id, Status(status)),
            Purpose::Refer => self.refer_answered(id, Status(status)),
            Purpose::Reinvite => {
                if let Some(session) = self.sessions.get_mut(id.0) {
                    session.reinvite_out = None;
                }
                self.lose(now, id);
            }
        }
    }

    /// The dialog is gone on the other side (section 12.2.1.2).
    pub(super) fn lose(&mut self, now: Duration, id: SessionId) {
        let Some(session) = self.sessions.get_mut(id.0) else {
            return;
        };
        if Self::is_established(session) {
            session.tell_ended(
                Ending {
                    by: EndedBy::Lost,
                    q850: None,
                },
                &mut self.out,
            );
            self.send_bye(now, id, None);
        }
    }
}

/// Whether a request belongs to this session, also in an early dialog of a call of ours.
fn is_of(session: &Session, ident: &Ident) -> bool {
    match &session.state {
        State::Outgoing(outgoing) => {
            session.dialog.call_id == ident.call_id && outgoing.early.contains(&ident.from_tag)
        }
        State::Incoming { .. }
        | State::Established
        | State::OwesAck(_)
        | State::Leaving { .. }
        | State::Byeing => session.dialog.is_of(ident),
    }
}

pub(super) fn reinvite_owner(id: SessionId) -> Owner {
    Owner::InDialog(id, Purpose::Reinvite)
}
