//! What do two user agents share during a call? The dialog of RFC 3261 section 12: tags, sequence numbers, targets and routes.

use bytes::Bytes;

use crate::compose::OutgoingRequest;
use crate::flow::Flow;
use crate::ident::Ident;
use crate::{Headers, Method, NameAddr, Uri};

/// Routes one dialog may have; a peer that asks for more gets none of the further ones.
const MAX_ROUTES: usize = 16;

/// One dialog, from the time our side of it is known.
#[derive(Debug, Clone)]
pub(crate) struct Dialog {
    pub call_id: String,
    /// Our From value, with the tag.
    pub local: String,
    pub local_tag: String,
    /// The peer's value, with the tag once it is known.
    pub remote: String,
    pub remote_tag: Option<String>,
    /// Where requests go when there is no route.
    pub target: Uri,
    pub routes: Vec<NameAddr>,
    pub local_cseq: u32,
    /// The highest number the peer used.
    pub remote_cseq: Option<u32>,
    /// Our Contact value.
    pub contact: String,
    /// How the peer was last reached.
    pub flow: Flow,
    pub reach: Reach,
}

/// Whether requests follow the peer's Contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// To the address of the Contact or the first route (RFC 3261 section 12.2.1.1).
    #[default]
    Contact,
    /// Back to where the peer's messages come from, for peers behind address translation.
    Symmetric,
}

/// What a sequence number of the peer means (section 12.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CSeqCheck {
    InOrder,
    /// Lower than one already seen: 500.
    Low,
}

impl Dialog {
    /// The callee's side, when a first INVITE came in.
    pub(crate) fn of_invite(ident: &Ident, headers: &Headers, target: Uri, tag: &str, flow: Flow) -> Self {
        let mut routes = headers.record_routes().unwrap_or_default();
        routes.truncate(MAX_ROUTES);
        Self {
            call_id: ident.call_id.clone(),
            local: format!("{};tag={tag}", ident.to),
            local_tag: tag.to_owned(),
            remote: ident.from.clone(),
            remote_tag: (!ident.from_tag.is_empty()).then(|| ident.from_tag.clone()),
            target,
            routes,
            local_cseq: 0,
            remote_cseq: Some(ident.cseq),
            contact: String::new(),
            flow,
            reach: Reach::Contact,
        }
    }

    /// The caller's side, completed by a reply that makes the dialog (section 12.1.2).
    pub(crate) fn complete(&mut self, ident: &Ident, headers: &Headers, flow: Flow) {
        self.remote = ident.to.clone();
        self.remote_tag = ident.to_tag.clone();
        let mut routes = headers.record_routes().unwrap_or_default();
        routes.reverse();
        routes.truncate(MAX_ROUTES);
        self.routes = routes;
        self.flow = Flow {
            connection: flow.connection,
            ..self.flow
        };
        self.refresh_target(headers);
    }

    /// Takes the Contact of a target refresh (section 12.2.1.2).
    pub(crate) fn refresh_target(&mut self, headers: &Headers) {
        if let Ok(contact) = headers.contact() {
            self.target = contact.uri;
        }
    }

    /// Whether a peer's request names this dialog; a peer of RFC 2543 has no tag.
    pub(crate) fn is_of(&self, ident: &Ident) -> bool {
        self.call_id == ident.call_id && self.remote_tag.as_deref().unwrap_or_default() == ident.from_tag
    }

    /// Checks and remembers a sequence number of the peer.
    pub(crate) fn check_cseq(&mut self, cseq: u32) -> CSeqCheck {
        match self.remote_cseq {
            Some(seen) if cseq <= seen => CSeqCheck::Low,
            Some(_) | None => {
                self.remote_cseq = Some(cseq);
                CSeqCheck::InOrder
            }
        }
    }

    /// The URI whose host the next request goes to.
    pub(crate) fn hop(&self) -> &Uri {
        self.routes.first().map_or(&self.target, |route| &route.uri)
    }

    /// A new request inside the dialog.
    pub(crate) fn request(&mut self, method: Method) -> OutgoingRequest {
        self.local_cseq += 1;
        let cseq = self.local_cseq;
        self.request_numbered(method, cseq)
    }

    /// A request with a number already used: the ACK of a 2xx.
    pub(crate) fn request_numbered(&self, method: Method, cseq: u32) -> OutgoingRequest {
        let (uri, routes) = self.route();
        OutgoingRequest {
            method,
            uri,
            from: self.local.clone(),
            to: self.remote.clone(),
            call_id: self.call_id.clone(),
            cseq,
            contact: None,
            routes,
            extra: Vec::new(),
            content_type: None,
            body: Bytes::new(),
        }
    }

    /// The Request-URI and Route values: loose when the first route is, else strict (section 12.2.1.1).
    fn route(&self) -> (String, Vec<String>) {
        let text = |uri: &Uri| format!("<{uri}>");
        match self.routes.split_first() {
            None => (self.target.to_string(), Vec::new()),
            Some((first, _)) if first.uri.is_loose_route() => (
                self.target.to_string(),
                self.routes.iter().map(|route| text(&route.uri)).collect(),
            ),
            Some((first, rest)) => {
                let mut routes: Vec<String> = rest.iter().map(|route| text(&route.uri)).collect();
                routes.push(text(&self.target));
                (first.uri.to_string(), routes)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::{TransportId, TransportKind};

    fn dialog(routes: &[&str]) -> Dialog {
        let at = std::net::SocketAddr::from(([127, 0, 0, 1], 5060));
        Dialog {
            call_id: "c".into(),
            local: "<sip:a@a>;tag=1".into(),
            local_tag: "1".into(),
            remote: "<sip:b@b>;tag=2".into(),
            remote_tag: Some("2".into()),
            target: Uri::parse("sip:b@192.0.2.2").expect("uri"),
            routes: routes
                .iter()
                .map(|route| NameAddr::parse(route).expect("route"))
                .collect(),
            local_cseq: 7,
            remote_cseq: Some(10),
            contact: String::new(),
            flow: Flow {
                transport: TransportId(0),
                kind: TransportKind::Udp,
                local: at,
                remote: at,
                connection: None,
            },
            reach: Reach::Contact,
        }
    }

    #[test]
    fn a_loose_route_leaves_the_target_in_the_request_uri() {
        let mut dialog = dialog(&["<sip:p1;lr>", "<sip:p2;lr>"]);
        let request = dialog.request(Method::Bye);
        assert_eq!(request.uri, "sip:b@192.0.2.2");
        assert_eq!(request.routes, ["<sip:p1;lr>", "<sip:p2;lr>"]);
        assert_eq!(request.cseq, 8);
        assert_eq!(dialog.hop().to_string(), "sip:p1;lr");
    }

    #[test]
    fn a_strict_route_takes_the_request_uris_place() {
        let mut dialog = dialog(&["<sip:p1>", "<sip:p2;lr>"]);
        let request = dialog.request(Method::Bye);
        assert_eq!(request.uri, "sip:p1");
        assert_eq!(request.routes, ["<sip:p2;lr>", "<sip:b@192.0.2.2>"]);
    }

    #[test]
    fn the_peers_numbers_may_skip_but_not_fall() {
        let mut dialog = dialog(&[]);
        assert_eq!(dialog.check_cseq(15), CSeqCheck::InOrder);
        assert_eq!(dialog.check_cseq(15), CSeqCheck::Low);
        assert_eq!(dialog.check_cseq(11), CSeqCheck::Low);
        assert_eq!(dialog.check_cseq(16), CSeqCheck::InOrder);
    }
}
