//! How is a call of ours sent, challenged, answered, forked and refused?

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;

use super::Endpoint;
use super::receive::Answer;
use crate::compose::OutgoingRequest;
use crate::dialog::Dialog;
use crate::digest::client::{answer, pick};
use crate::digest::{Challenge, Credentials};
use crate::event::{Event, Failure};
use crate::flow::Flow;
use crate::ident::{q850_of, tag_of};
use crate::owner::Owner;
use crate::session::{
    Cancel, MAX_CHALLENGES, Offer, Outgoing, OwedAck, Role, Session, SessionId, State, Voice,
};
use crate::spec::{InviteError, InviteSpec, Refusal};
use crate::transaction::TransactionId;
use crate::{Fault, Headers, Method, Name, NameAddr, Response, Status};

impl Endpoint {
    /// Starts a call.
    pub fn invite(&mut self, now: Duration, spec: InviteSpec) -> Result<SessionId, InviteError> {
        spec.check()?;
        if !self.sessions.has_room() || !self.has_room_for_work() {
            return Err(InviteError::Full);
        }
        let flow = self.connections.current(spec.flow);
        let mut dialog = self.calling_dialog(&spec, flow);
        let request = self.invite_request(&mut dialog, &spec);
        let offer = if spec.sdp.is_some() {
            Offer::Ours
        } else {
            Offer::Theirs
        };
        let reserved = self.sessions.reserve().map(SessionId).ok_or(InviteError::Full)?;
        let owner = Owner::Invite(reserved);
        let invite = self
            .transactions
            .request(now, flow, request, owner, &mut self.out)
            .ok_or(InviteError::Full)?;
        let outgoing = Outgoing {
            invite,
            cancel: Cancel::No,
            offer,
            challenges: 0,
            early: Vec::new(),
        };
        let session = self.add_session(|id| Session {
            id,
            state: State::Outgoing(outgoing),
            role: Role::Caller,
            dialog,
            voice: Voice::Speaking,
            credentials: spec.credentials,
            unacked: None,
            reinvite_in: None,
            reinvite_out: None,
            is_referring: false,
            added: Vec::new(),
            challenges: 0,
        });
        session.ok_or(InviteError::Full)
    }

    fn calling_dialog(&mut self, spec: &InviteSpec, flow: Flow) -> Dialog {
        let local_tag = self.out.token();
        let call_id = spec
            .call_id
            .clone()
            .unwrap_or_else(|| self.out.token() + &self.out.token());
        Dialog {
            call_id,
            local: format!("{};tag={local_tag}", spec.from.value()),
            local_tag,
            remote: format!("<{}>", spec.to.as_ref().unwrap_or(&spec.request_uri)),
            remote_tag: None,
            target: spec.request_uri.clone(),
            routes: spec.routes.iter().cloned().map(NameAddr::new).collect(),
            local_cseq: self.out.random_below(32_768),
            remote_cseq: None,
            contact: self.contact_value(&spec.contact_user, &flow),
            flow,
            reach: spec.reach,
        }
    }

    fn invite_request(&self, dialog: &mut Dialog, spec: &InviteSpec) -> OutgoingRequest {
        let mut request = dialog.request(Method::Invite);
        request.contact = Some(dialog.contact.clone());
        self.add_abilities(&mut request);
        if let Some(asserted) = &spec.asserted {
            request
                .extra
                .push((Cow::Borrowed("P-Asserted-Identity"), asserted.value()));
        }
        request.extra.extend(
            spec.headers
                .iter()
                .map(|(name, value)| (Cow::Owned(name.clone()), value.clone())),
        );
        if let Some(sdp) = &spec.sdp {
            set_sdp(&mut request, sdp.clone());
        }
        request
    }

    pub(super) fn add_abilities(&self, request: &mut OutgoingRequest) {
        request.extra.push((Cow::Borrowed("Allow"), self.allow.clone()));
        if !self.supported.is_empty() {
            request
                .extra
                .push((Cow::Borrowed("Supported"), self.supported.clone()));
        }
    }

    pub(super) fn handle_invite_answer(&mut self, now: Duration, id: SessionId, answer: Answer<'_>) {
        let status = answer.response.status;
        let Some(session) = self.sessions.get_mut(id.0) else {
            if status.is_success() {
                self.dismiss_branch(now, answer);
            }
            return;
        };
        match &session.state {
            State::Outgoing(_) if status.is_provisional() => self.handle_provisional(now, id, answer),
            State::Outgoing(_) if status.is_success() => self.handle_ok(now, id, answer),
            State::Outgoing(_) => self.handle_refusal(now, id, answer),
            State::Established | State::OwesAck(_) | State::Leaving { .. } | State::Byeing => {
                let is_other = session.dialog.remote_tag != answer.ident.to_tag;
                if status.is_success() && is_other {
                    self.dismiss_branch(now, answer);
                }
            }
            State::Incoming { .. } => {}
        }
    }

    fn handle_provisional(&mut self, now: Duration, id: SessionId, answer: Answer<'_>) {
        let Some(session) = self.sessions.get_mut(id.0) else {
            return;
        };
        let State::Outgoing(outgoing) = &mut session.state else {
            return;
        };
        if let Some(tag) = &answer.ident.to_tag {
            outgoing.note_early(tag);
        }
        if let Cancel::Wanted { cause } = outgoing.cancel {
            self.send_cancel(now, id, cause);
            return;
        }
        let status = answer.response.status;
        let sdp = sdp_of(answer.response);
        let event = match status.0 {
            100 => Event::Trying { session: id },
            180..=182 => Event::Ringing {
                session: id,
                status,
                sdp,
            },
            _ => Event::Progress {
                session: id,
                status,
                sdp,
            },
        };
        session.tell(event, &mut self.out);
    }

    fn handle_ok(&mut self, now: Duration, id: SessionId, answer: Answer<'_>) {
        let is_lax = self.has_fault(Fault::CrossingOkIgnored);
        let Some(session) = self.sessions.get_mut(id.0) else {
            return;
        };
        let has_given_up =
            matches!(&session.state, State::Outgoing(outgoing) if !matches!(outgoing.cancel, Cancel::No));
        if is_lax && has_given_up {
            return;
        }
        session
            .dialog
            .complete(answer.ident, &answer.response.headers, *answer.flow);
        session.disarm_all(&mut self.out);
        let cseq = answer.ident.cseq;
        let tag = answer.ident.to_tag.clone().unwrap_or_default();
        let invite = answer.id;
        let (gave_up, cause, offer) = match &session.state {
            State::Outgoing(outgoing) => match outgoing.cancel {
                Cancel::No => (false, None, outgoing.offer),
                Cancel::Wanted { cause } => (true, cause, outgoing.offer),
                Cancel::Sent { .. } => (true, None, outgoing.offer),
            },
            State::Incoming { .. }
            | State::Established
            | State::OwesAck(_)
            | State::Leaving { .. }
            | State::Byeing => return,
        };
        let sdp = sdp_of(answer.response);
        let has_sdp = sdp.is_some();
        let answered = Event::Answered {
            session: id,
            sdp,
            headers: answer.response.headers.clone(),
        };
        if offer == Offer::Theirs && has_sdp && !gave_up {
            session.state = State::OwesAck(OwedAck { invite, cseq, tag });
            session.tell(answered, &mut self.out);
            return;
        }
        session.state = State::Established;
        session.tell(answered, &mut self.out);
        self.send_ack(id, OwedAck { invite, cseq, tag }, Bytes::new());
        if gave_up {
            self.send_bye(now, id, cause);
        }
    }

    /// Sends the answer to the peer's offer in the ACK, when our INVITE had no offer.
    pub fn acknowledge(&mut self, session: SessionId, sdp: Bytes) -> Result<(), Refusal> {
        let found = self.session_mut(session)?;
        match std::mem::replace(&mut found.state, State::Established) {
            State::OwesAck(owed) => {
                self.send_ack(session, owed, sdp);
                Ok(())
            }
            other @ (State::Incoming { .. }
            | State::Outgoing(_)
            | State::Established
            | State::Leaving { .. }
            | State::Byeing) => {
                found.state = other;
                Err(Refusal::WrongState)
            }
        }
    }

    pub(super) fn send_ack(&mut self, id: SessionId, owed: OwedAck, sdp: Bytes) {
        let Some(session) = self.sessions.get(id.0) else {
            return;
        };
        let mut ack = session.dialog.request_numbered(Method::Ack, owed.cseq);
        if !sdp.is_empty() {
            set_sdp(&mut ack, sdp);
        }
        // A proxy that challenged the INVITE sees the same answer in the ACK (section 22.3).
        if let Some(client) = self.transactions.client(owed.invite) {
            let is_proof = |name: &str| name == "Authorization" || name == "Proxy-Authorization";
            ack.extra.extend(
                client
                    .request
                    .extra
                    .iter()
                    .filter(|(name, _)| is_proof(name))
                    .cloned(),
            );
        }
        let flow = self.dialog_flow(&session.dialog);
        self.transactions
            .acknowledge(owed.invite, &owed.tag, flow, &ack, &mut self.out);
    }

    /// Another branch answered too: it is acknowledged and ended at once (section 13.2.2.4).
    fn dismiss_branch(&mut self, now: Duration, answer: Answer<'_>) {
        let Some(client) = self.transactions.client(answer.id) else {
            return;
        };
        let Ok(contact) = answer.response.headers.contact() else {
            return;
        };
        let request = &client.request;
        let mut dialog = Dialog {
            call_id: request.call_id.clone(),
            local: request.from.clone(),
            local_tag: tag_of(&request.from).unwrap_or_default().to_owned(),
            remote: request.to.clone(),
            remote_tag: None,
            target: contact.uri,
            routes: Vec::new(),
            local_cseq: request.cseq,
            remote_cseq: None,
            contact: String::new(),
            flow: client.flow,
            reach: crate::dialog::Reach::Contact,
        };
        dialog.complete(answer.ident, &answer.response.headers, *answer.flow);
        let flow = self.dialog_flow(&dialog);
        let ack = dialog.request_numbered(Method::Ack, answer.ident.cseq);
        let tag = answer.ident.to_tag.as_deref().unwrap_or_default();
        self.transactions
            .acknowledge(answer.id, tag, flow, &ack, &mut self.out);
        let bye = dialog.request(Method::Bye);
        self.transactions
            .request(now, flow, bye, Owner::Nobody, &mut self.out);
    }

    fn handle_refusal(&mut self, now: Duration, id: SessionId, answer: Answer<'_>) {
        let Some(session) = self.sessions.get_mut(id.0) else {
            return;
        };
        session.disarm_all(&mut self.out);
        let State::Outgoing(outgoing) = &mut session.state else {
            return;
        };
        let wants = matches!(outgoing.cancel, Cancel::No) && outgoing.challenges < MAX_CHALLENGES;
        if wants
            && let Some(proof) = prove(
                &self.transactions,
                answer,
                session.credentials.as_ref(),
                &mut self.out,
            )
        {
            outgoing.challenges += 1;
            session.dialog.local_cseq = proof.cseq;
            let flow = self.connections.current(session.dialog.flow);
            let owner = Owner::Invite(id);
            if let Some(invite) = self.transactions.request(now, flow, proof, owner, &mut self.out) {
                outgoing.invite = invite;
                return;
            }
        }
        let response = answer.response;
        session.tell_failed(failure_of(response), &mut self.out);
        self.remove_session(id);
    }

    /// A call of ours met silence or a broken connection.
    pub(super) fn fail_call(&mut self, id: SessionId, status: u16) {
        if let Some(session) = self.sessions.get_mut(id.0)
            && let State::Outgoing(_) = session.state
        {
            let phrase = Status(status).reason().to_owned();
            let failure = Failure {
                status: Status(status),
                phrase,
                q850: None,
                contacts: Vec::new(),
            };
            session.tell_failed(failure, &mut self.out);
            self.remove_session(id);
        }
    }
}

/// The same request again with the answer to its challenge; `None` when it was no challenge, or we cannot answer it.
pub(super) fn prove(
    transactions: &crate::transaction::Transactions,
    challenged: Answer<'_>,
    credentials: Option<&Credentials>,
    out: &mut crate::outbox::Outbox,
) -> Option<OutgoingRequest> {
    let (asks, answers) = match challenged.response.status.0 {
        401 => (Name::WwwAuthenticate, "Authorization"),
        407 => (Name::ProxyAuthenticate, "Proxy-Authorization"),
        _ => return None,
    };
    let credentials = credentials?;
    let sent = &transactions.client(challenged.id)?.request;
    let challenges = challenges_of(&challenged.response.headers, &asks);
    let challenge = pick(&challenges, credentials)?;
    let has_answered = sent.extra.iter().any(|(name, _)| name == answers);
    // The same password again would be refused again, unless only the nonce was old.
    if has_answered && !challenge.is_stale {
        return None;
    }
    let proof = answer(challenge, credentials, &sent.method, &sent.uri, &out.token())?;
    let mut request = sent.clone();
    request.cseq += 1;
    request.set_extra(answers, proof.to_string());
    Some(request)
}

fn challenges_of(headers: &Headers, name: &Name) -> Vec<Challenge> {
    headers
        .all(name)
        .filter_map(|line| Challenge::parse(&crate::lex::text(line)))
        .collect()
}

pub(super) fn set_sdp(request: &mut OutgoingRequest, sdp: Bytes) {
    request.content_type = Some(Cow::Borrowed("application/sdp"));
    request.body = sdp;
}

pub(super) fn sdp_of(response: &Response) -> Option<Bytes> {
    (!response.body.is_empty()).then(|| response.body.clone())
}

fn failure_of(response: &Response) -> Failure {
    let redirects = (300..400).contains(&response.status.0);
    let contacts = if redirects {
        response.headers.contacts().unwrap_or_default()
    } else {
        Vec::new()
    };
    Failure {
        status: response.status,
        phrase: response.reason.clone(),
        q850: q850_of(&response.headers),
        contacts: contacts.into_iter().map(|contact| contact.uri).collect(),
    }
}

/// The transaction of our INVITE while it waits for its final reply.
pub(super) fn open_invite(session: &Session) -> Option<TransactionId> {
    match &session.state {
        State::Outgoing(outgoing) => Some(outgoing.invite),
        State::Incoming { .. }
        | State::Established
        | State::OwesAck(_)
        | State::Leaving { .. }
        | State::Byeing => None,
    }
}
