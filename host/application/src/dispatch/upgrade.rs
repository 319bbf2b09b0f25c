//! Whether a connection may become a socket of applications.

use super::{Dispatch, Key, Outcome};
use crate::http::head::Head;
use crate::http::html;
use crate::http::response::Response;
use crate::settings::Settings;
use std::time::Duration;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// The protocol sockets speak.
const PROTOCOL: &str = "ari";

/// Versions of the protocol below that are spoken.
const VERSIONS: [&str; 3] = ["7", "8", "13"];

/// Applications one socket may take.
const APPLICATIONS_MAX: usize = 64;

/// A socket to be.
#[derive(Clone, Debug)]
pub struct Upgrade {
    /// What agrees to it, as it goes over the connection.
    pub head: String,
    /// The applications it takes.
    pub applications: Vec<String>,
    /// Whether they listen to everything.
    pub subscribes_all: bool,
    /// Who asks.
    pub key: Key,
    /// How long the client may leave it full.
    pub write_timeout: Duration,
    /// Whether messages are indented.
    pub is_pretty: bool,
}

pub(super) fn upgrade(
    dispatch: &Dispatch,
    head: &Head,
    query: &[(String, String)],
    key: &Key,
    settings: &Settings,
) -> Outcome {
    let server = dispatch.server_name(settings);
    let refuse = |status, text: &str| html::error(status, text, &server);
    if !head.names("upgrade", "websocket") || !head.names("connection", "upgrade") {
        return upgrade_required(refuse(426, "This path is a WebSocket.")).into();
    }
    let Some(secret) = head
        .header("sec-websocket-key")
        .filter(|secret| !secret.is_empty())
    else {
        return refuse(400, "HTTP request is missing header: [Sec-WebSocket-Key]").into();
    };
    let version = head.header("sec-websocket-version").unwrap_or("");
    if !VERSIONS.contains(&version) {
        let response = upgrade_required(refuse(426, "This version of WebSocket is not spoken."));
        return response.with("Sec-WebSocket-Version", VERSIONS.join(", ")).into();
    }
    let has_protocols = head.header("sec-websocket-protocol").is_some();
    if has_protocols && !head.names("sec-websocket-protocol", PROTOCOL) {
        return refuse(400, "None of the protocols asked for is spoken.").into();
    }
    let value = |name: &str| {
        query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    let names = value("app")
        .unwrap_or("")
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty());
    let applications: Vec<String> = names.map(str::to_owned).collect();
    if applications.is_empty() {
        return refuse(400, "HTTP request is missing param: [app]").into();
    }
    if applications.len() > APPLICATIONS_MAX {
        return refuse(400, "A socket cannot take that many applications.").into();
    }
    let yes = ["true", "yes", "y", "t", "1", "on"];
    let subscribes_all =
        value("subscribeAll").is_some_and(|value| yes.iter().any(|word| value.eq_ignore_ascii_case(word)));
    let protocol = if has_protocols {
        "Sec-WebSocket-Protocol: ari\r\n"
    } else {
        ""
    };
    let accept = derive_accept_key(secret.as_bytes());
    Outcome::Upgrade(Box::new(Upgrade {
        head: format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n{protocol}\r\n"
        ),
        applications,
        subscribes_all,
        key: key.clone(),
        write_timeout: settings.ari.write_timeout,
        is_pretty: settings.ari.is_pretty,
    }))
}

fn upgrade_required(response: Response) -> Response {
    response.with("Upgrade", "websocket")
}
