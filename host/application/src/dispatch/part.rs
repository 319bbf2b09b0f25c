//! What is asked of an application in a plugin: below `/ucx/v1/apps/NAME`, with the keys of the interface.

use super::{Dispatch, Outcome, respond};
use crate::http::connection::{Exchange, Fault};
use crate::http::percent;
use crate::http::response::Response;
use crate::operation::Failure;
use crate::settings::Settings;
use bytes::Bytes;
use std::net::SocketAddr;
use ucx_pbx::PartRequest;

/// Headers that prove who asks, or concern the connection alone; no application sees them.
const KEPT_BACK: [&str; 8] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "connection",
    "keep-alive",
    "transfer-encoding",
    "content-length",
    "upgrade",
];

impl Dispatch {
    /// Answers a request below `/ucx/v1/apps/`; `rest` is the part's name and what follows.
    pub(super) async fn part(
        &self,
        exchange: &Exchange,
        rest: &str,
        remote: SocketAddr,
        settings: &Settings,
    ) -> Outcome {
        let head = &exchange.head;
        let query = percent::fields(head.query());
        let key = match self.enter(head, &query, remote, settings) {
            Ok(key) => key,
            Err(refused) => return self.turn_away(refused, head, &query, remote, settings).await,
        };
        let fail =
            |status, why: &'static str| Outcome::from(respond(Err(Failure::new(status, why)), settings));
        if key.is_read_only && !matches!(head.method(), "GET" | "HEAD") {
            return fail(403, "Write access denied");
        }
        let body = match &exchange.body {
            Ok(body) => body.to_vec(),
            Err(Fault::BodyTooLarge) => return fail(413, "Request body too large"),
            Err(Fault::Malformed | Fault::HeadTooLarge) => return fail(400, "Error reading request body"),
        };
        let (plugin, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let headers = head.lines().filter(|(name, _)| {
            let mut kept_back = KEPT_BACK.iter();
            !kept_back.any(|kept| kept.eq_ignore_ascii_case(name))
        });
        let request = PartRequest {
            plugin: plugin.to_owned(),
            method: head.method().to_owned(),
            path: if path.is_empty() { "/" } else { path }.to_owned(),
            query: without_proof(head.query()),
            headers: headers
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            body,
            peer: remote.to_string(),
        };
        let reply = self.host.part(&key.principal, request).await;
        Response {
            own: reply.headers,
            body: Bytes::from(reply.body),
            ..Response::new(reply.status)
        }
        .into()
    }
}

/// A query without the field that proves who asks.
fn without_proof(query: &str) -> String {
    let fields = query.split('&').filter(|field| {
        let name = field.split('=').next().unwrap_or_default();
        let decoded = percent::fields(name);
        !decoded.iter().any(|(name, _)| name == "api_key")
    });
    fields.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_application_sees_no_proof() {
        assert_eq!(without_proof("a=1&api_key=x:y&b=%20"), "a=1&b=%20");
        assert_eq!(without_proof("api%5Fkey=x:y"), "");
        assert_eq!(without_proof(""), "");
    }
}
