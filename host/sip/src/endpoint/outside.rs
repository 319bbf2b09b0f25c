//! Which requests do we send outside of calls and registrations? OPTIONS to see who is there, NOTIFY nobody subscribed to, and
//! MESSAGE.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;

use super::Endpoint;
use crate::compose::OutgoingRequest;
use crate::flow::Flow;
use crate::owner::Owner;
use crate::spec::{InviteError, NotifySpec, Party, PingSpec};
use crate::{Method, Uri};

impl Endpoint {
    /// Asks a contact whether it is alive; `OptionsReply` tells.
    pub fn ping(&mut self, now: Duration, spec: PingSpec) -> Result<(), InviteError> {
        if !self.has_room_for_work() {
            return Err(InviteError::Full);
        }
        let flow = self.connections.current(spec.flow);
        let request = self.outside(Method::Options, &spec.uri, &spec.from, &flow);
        let owner = Owner::Ping(spec.number);
        let sent = self
            .transactions
            .request(now, flow, request, owner, &mut self.out);
        sent.map(|_| ()).ok_or(InviteError::Full)
    }

    /// Sends a NOTIFY that belongs to no subscription; nobody waits for its answer.
    pub fn notify(&mut self, now: Duration, spec: NotifySpec) -> Result<(), InviteError> {
        let (flow, mut request) = self.telling(Method::Notify, spec)?;
        let states = |(name, _): &(Cow<'_, str>, String)| name.eq_ignore_ascii_case("Subscription-State");
        if !request.extra.iter().any(states) {
            // RFC 6665 section 4.1.3 asks for one in every NOTIFY; there is no subscription this one could go on with.
            let terminated = (Cow::Borrowed("Subscription-State"), "terminated".to_owned());
            request.extra.push(terminated);
        }
        let sent = self
            .transactions
            .request(now, flow, request, Owner::Nobody, &mut self.out);
        sent.map(|_| ()).ok_or(InviteError::Full)
    }

    /// Sends a text that belongs to no call (MESSAGE, RFC 3428); nobody waits for its answer.
    pub fn message_outside(&mut self, now: Duration, spec: NotifySpec) -> Result<(), InviteError> {
        let (flow, mut request) = self.telling(Method::Message, spec)?;
        // It makes no dialog, so there is nowhere to come back to (section 9 of the RFC).
        request.contact = None;
        let sent = self
            .transactions
            .request(now, flow, request, Owner::Nobody, &mut self.out);
        sent.map(|_| ()).ok_or(InviteError::Full)
    }

    /// A request with headers and a body of its sender's.
    fn telling(&mut self, method: Method, spec: NotifySpec) -> Result<(Flow, OutgoingRequest), InviteError> {
        crate::spec::check_headers(&spec.headers)?;
        if !self.has_room_for_work() {
            return Err(InviteError::Full);
        }
        let flow = self.connections.current(spec.flow);
        let mut request = self.outside(method, &spec.uri, &spec.from, &flow);
        let is_own = |name: &str| {
            ["Content-Type", "Content-Length"]
                .iter()
                .any(|own| name.eq_ignore_ascii_case(own))
        };
        let mut content_type = None;
        for (name, value) in spec.headers {
            if name.eq_ignore_ascii_case("Content-Type") {
                content_type = Some(Cow::Owned(value));
            } else if !is_own(&name) {
                request.extra.push((Cow::Owned(name), value));
            }
        }
        if !spec.body.is_empty() {
            request.content_type = Some(content_type.unwrap_or(Cow::Borrowed("text/plain")));
            request.body = spec.body;
        }
        Ok((flow, request))
    }

    fn outside(&mut self, method: Method, uri: &Uri, from: &Party, flow: &Flow) -> OutgoingRequest {
        OutgoingRequest {
            method,
            uri: uri.to_string(),
            from: format!("{};tag={}", from.value(), self.out.token()),
            to: format!("<{uri}>"),
            call_id: self.out.token() + &self.out.token(),
            cseq: self.out.random_below(32_768),
            contact: Some(self.contact_value(&from.user, flow)),
            routes: Vec::new(),
            extra: Vec::new(),
            content_type: None,
            body: Bytes::new(),
        }
    }
}
