//! Which requests do we send outside of calls and registrations? OPTIONS to see who is there, and NOTIFY nobody subscribed to.

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
    pub fn notify(&mut self, now: Duration, mut spec: NotifySpec) -> Result<(), InviteError> {
        let states = |(name, _): &(String, String)| name.eq_ignore_ascii_case("Subscription-State");
        if !spec.headers.iter().any(states) {
            // RFC 6665 section 4.1.3 asks for one in every NOTIFY; there is no subscription this one could go on with.
            let terminated = ("Subscription-State".to_owned(), "terminated".to_owned());
            spec.headers.push(terminated);
        }
        self.send_outside(now, Method::Notify, spec)
    }

    /// Sends a text outside any call (RFC 3428); what becomes of it is not told.
    ///
    /// # Errors
    /// As for [`Self::notify`].
    pub fn message(&mut self, now: Duration, spec: NotifySpec) -> Result<(), InviteError> {
        self.send_outside(now, Method::Message, spec)
    }

    fn send_outside(&mut self, now: Duration, method: Method, spec: NotifySpec) -> Result<(), InviteError> {
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
        let sent = self
            .transactions
            .request(now, flow, request, Owner::Nobody, &mut self.out);
        sent.map(|_| ()).ok_or(InviteError::Full)
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
