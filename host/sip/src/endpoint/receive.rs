//! What is a received message for? Framing, the checks every request passes (RFC 3261 section 8.2), and who gets it.

use std::time::Duration;

use super::Endpoint;
use crate::compose::Reply;
use crate::event::{Event, Security, SecurityKind};
use crate::flow::Flow;
use crate::ident::{Ident, reply_head};
use crate::owner::Owner;
use crate::parse::{ParseError, ParseErrorKind};
use crate::transaction::{Arrival, RequestOutcome, ResponseOutcome, TransactionId, Weight};
use crate::{Message, Method, Name, Request, Response, Scheme, parse_datagram};

/// A request on its way to the one who answers it.
#[derive(Debug)]
pub(super) struct Received<'a> {
    pub flow: &'a Flow,
    pub ident: Ident,
    pub request: Request,
    pub id: TransactionId,
}

impl Endpoint {
    /// Takes a datagram.
    pub fn handle_datagram(&mut self, now: Duration, flow: &Flow, bytes: &[u8]) {
        if bytes.len() > self.config.limits.datagram {
            self.tell_security(SecurityKind::Malformed, "", flow, "");
            return;
        }
        match parse_datagram(bytes) {
            Ok(message) => self.handle_message(now, flow, message),
            Err(error) => self.handle_broken(flow, &error),
        }
    }

    /// Takes bytes of a TCP connection as they come.
    pub fn handle_stream(&mut self, now: Duration, flow: &Flow, bytes: &[u8]) {
        let Some(connection) = flow.connection else { return };
        if !self.connections.note(connection, flow) {
            self.out.tell(Event::Close { connection });
            return;
        }
        if let Some(parser) = self.connections.parser(connection) {
            parser.push(bytes);
        }
        while let Some(next) = self
            .connections
            .parser(connection)
            .and_then(|parser| parser.next())
        {
            match next {
                Ok(message) => self.handle_message(now, flow, message),
                Err(error) => self.handle_broken(flow, &error),
            }
        }
        let Some(parser) = self.connections.parser(connection) else {
            return;
        };
        let (pings, is_broken) = (parser.take_pings(), parser.is_broken());
        if pings > 0 {
            // One pong tells as much as many (RFC 5626 section 4.4.1).
            self.out.send(*flow, b"\r\n".to_vec());
        }
        if is_broken {
            self.out.tell(Event::Close { connection });
        }
    }

    fn handle_message(&mut self, now: Duration, flow: &Flow, message: Message) {
        match message {
            Message::Request(request) => self.handle_request(now, flow, request),
            Message::Response(response) => self.handle_response(now, flow, &response),
        }
    }

    fn handle_broken(&mut self, flow: &Flow, error: &ParseError) {
        if error.kind == ParseErrorKind::KeepAlive {
            return;
        }
        self.tell_security(SecurityKind::Malformed, "", flow, "");
        let tag = self.out.token();
        if let Some(response) = error.answer(&tag) {
            self.out.send(*flow, Message::Response(response).to_vec());
        }
    }

    fn handle_request(&mut self, now: Duration, flow: &Flow, request: Request) {
        // The parser has read the same fields.
        let Ok(ident) = Ident::of_request(&request) else {
            return;
        };
        let head = reply_head(&request.headers, flow, &ident);
        let is_in_call = ident
            .to_tag
            .as_ref()
            .is_some_and(|tag| self.by_tag.contains_key(tag));
        let weight = if is_in_call { Weight::InCall } else { Weight::New };
        let arrival = Arrival {
            flow,
            ident: &ident,
            head,
            weight,
        };
        let outcome = self.transactions.handle_request(now, arrival, &mut self.out);
        match outcome {
            RequestOutcome::New(id) => {
                let received = Received {
                    flow,
                    ident,
                    request,
                    id,
                };
                self.handle_new_request(now, received);
            }
            RequestOutcome::Absorbed => {}
            RequestOutcome::Cancel { own, invite } => self.handle_cancel(now, own, invite, &request),
            RequestOutcome::Merged(id) => {
                self.reply(now, id, &Reply::new(482));
            }
            RequestOutcome::Ack => self.handle_ack(now, &ident, &request),
            RequestOutcome::Full(head) => {
                self.tell_security(SecurityKind::Overload, "", flow, &ident.call_id);
                let tag = self.out.token();
                let bytes = head.write(&self.overloaded(), &tag, &self.out.user_agent);
                self.out.send(*flow, bytes);
            }
        }
    }

    /// The refusal of new work.
    pub(super) fn overloaded(&self) -> Reply {
        Reply::new(503).with("Retry-After", self.config.limits.retry_after_s.to_string())
    }

    fn handle_new_request(&mut self, now: Duration, received: Received<'_>) {
        if let Some(refusal) = self.inspect(&received) {
            self.reply(now, received.id, &refusal);
            return;
        }
        if received.ident.to_tag.is_some() {
            self.handle_in_dialog(now, received);
            return;
        }
        match received.request.method {
            Method::Invite => self.handle_invite(now, received),
            Method::Register => self.handle_register(now, received),
            Method::Options => {
                let reply = self.capabilities();
                self.reply(now, received.id, &reply);
            }
            // Requests that only have a meaning inside a dialog.
            Method::Bye | Method::Info | Method::Update | Method::Prack | Method::Notify => {
                self.reply(now, received.id, &Reply::new(481));
            }
            Method::Ack | Method::Cancel => {}
            // Texts outside of calls are for nobody here.
            Method::Message => {
                self.reply(now, received.id, &Reply::new(404));
            }
            Method::Refer | Method::Subscribe | Method::Publish | Method::Other(_) => {
                let reply = Reply::new(405).with("Allow", self.allow.clone());
                self.reply(now, received.id, &reply);
            }
        }
    }

    /// Method and header inspection (sections 8.2.1 and 8.2.2).
    fn inspect(&self, received: &Received<'_>) -> Option<Reply> {
        let request = &received.request;
        if let Method::Other(_) = request.method {
            return Some(Reply::new(501).with("Allow", self.allow.clone()));
        }
        // What a REFER of ours leads to comes within its call, however little is allowed.
        let is_told = request.method == Method::Notify && received.ident.to_tag.is_some();
        if !is_told && !self.config.allow.contains(&request.method) {
            return Some(Reply::new(405).with("Allow", self.allow.clone()));
        }
        match request.uri.scheme {
            Scheme::Sip | Scheme::Sips | Scheme::Tel => {}
            Scheme::Other(_) => return Some(Reply::new(416)),
        }
        if !request.headers.has(&Name::Require) {
            return None;
        }
        let required = request.headers.tokens(&Name::Require);
        let known = |token: &String| {
            self.config
                .supported
                .iter()
                .any(|own| own.eq_ignore_ascii_case(token))
        };
        let unsupported: Vec<String> = required.into_iter().filter(|token| !known(token)).collect();
        (!unsupported.is_empty()).then(|| Reply::new(420).with("Unsupported", unsupported.join(", ")))
    }

    /// The reply to OPTIONS (section 11.2).
    pub(super) fn capabilities(&self) -> Reply {
        Reply::new(200)
            .with("Allow", self.allow.clone())
            .with("Accept", "application/sdp")
            .with("Accept-Language", "en")
            .with_some(
                "Supported",
                (!self.supported.is_empty()).then(|| self.supported.clone()),
            )
    }

    /// Refuses a body that is no session description (section 8.2.3).
    pub(super) fn inspect_body(request: &Request) -> Option<Reply> {
        let encoding = request.headers.text(&Name::ContentEncoding);
        if encoding.is_some_and(|encoding| !encoding.trim().eq_ignore_ascii_case("identity")) {
            return Some(Reply::new(415).with("Accept-Encoding", "identity"));
        }
        if request.body.is_empty() {
            return None;
        }
        match request.headers.content_type().as_deref() {
            Some("application/sdp") => None,
            Some(_) => Some(Reply::new(415).with("Accept", "application/sdp")),
            None => Some(Reply {
                reason: Some("Missing Content-Type header".to_owned()),
                ..Reply::new(400)
            }),
        }
    }

    fn handle_response(&mut self, now: Duration, flow: &Flow, response: &Response) {
        let Ok(ident) = Ident::of_headers(&response.headers) else {
            return;
        };
        let status = response.status.0;
        match self
            .transactions
            .handle_response(now, &ident, status, &mut self.out)
        {
            ResponseOutcome::Deliver { id, owner } => {
                let answer = Answer {
                    flow,
                    ident: &ident,
                    response,
                    id,
                };
                self.deliver(now, owner, answer);
            }
            ResponseOutcome::Absorbed | ResponseOutcome::Stray => {}
        }
    }

    fn deliver(&mut self, now: Duration, owner: Owner, answer: Answer<'_>) {
        match owner {
            Owner::Nobody => {}
            Owner::Invite(session) => self.handle_invite_answer(now, session, answer),
            Owner::InDialog(session, purpose) => self.handle_in_dialog_answer(now, session, purpose, answer),
            Owner::Registration(id) => self.handle_register_answer(now, id, answer),
            Owner::Ping(ping) if answer.response.status.is_final() => {
                self.out.tell(Event::OptionsReply {
                    ping,
                    status: Some(answer.response.status),
                });
            }
            Owner::Ping(_) => {}
        }
    }

    pub(super) fn tell_security(&mut self, kind: SecurityKind, account: &str, flow: &Flow, call_id: &str) {
        self.out.tell(Event::Security(Security {
            kind,
            account: account.to_owned(),
            flow: *flow,
            call_id: call_id.to_owned(),
        }));
    }
}

/// A reply on its way to the one who asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answer<'a> {
    pub flow: &'a Flow,
    pub ident: &'a Ident,
    pub response: &'a Response,
    pub id: TransactionId,
}
