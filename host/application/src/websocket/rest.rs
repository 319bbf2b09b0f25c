//! Requests that come on the socket (`RESTRequest`), and their replies (`RESTResponse`).

use crate::clock::Stamp;
use crate::dispatch::{Dispatch, Upgrade};
use crate::http::percent;
use crate::operation::{Answer, Failure, JSON, reason, to_json};
use crate::request::Request;
use crate::router::Route;
use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value};

/// A request on the socket.
pub(super) struct Asked {
    transaction_id: String,
    request_id: String,
    /// Its URI, without the query.
    path: String,
    what: Result<What, Failure>,
}

struct What {
    method: String,
    fields: Vec<(String, String)>,
    content_type: Option<String>,
    body: String,
}

/// Methods that can be asked for.
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "DELETE", "OPTIONS"];

impl Asked {
    /// Reads a message of a client; what is wrong with it is the reply.
    pub(super) fn parse(text: &str) -> Self {
        let message = match serde_json::from_str::<Value>(text) {
            Ok(Value::Object(message)) => message,
            Ok(_) => Map::new(),
            Err(_) => {
                return Self {
                    transaction_id: String::new(),
                    request_id: String::new(),
                    path: String::new(),
                    // The field has no body here, and the sentence as the words beside the status.
                    what: Err(Failure::new(400, "").because("Failed to parse request message JSON")),
                };
            }
        };
        let uri = text_of(&message, "uri");
        let path = uri.split_once('?').map_or(uri.as_str(), |(path, _)| path);
        Self {
            transaction_id: text_of(&message, "transaction_id"),
            request_id: text_of(&message, "request_id"),
            path: path.to_owned(),
            what: what(&message, &uri),
        }
    }
}

fn what(message: &Map<String, Value>, uri: &str) -> Result<What, Failure> {
    let bad = |message: &'static str| Err(Failure::new(400, message).because("Bad request"));
    match message.get("type").and_then(Value::as_str) {
        None | Some("") => return bad("No 'type' property."),
        Some("RESTRequest") => {}
        Some(_) => return bad("Unknown request type."),
    }
    if uri.is_empty() {
        return bad("Empty or missing 'uri' property.");
    }
    let method = text_of(message, "method");
    if !METHODS.contains(&method.as_str()) {
        return bad("Unknown or missing 'method' property.");
    }
    let mut fields = percent::fields(uri.split_once('?').map_or("", |(_, query)| query));
    if let Some(Value::Array(pairs)) = message.get("query_strings") {
        let pairs = pairs
            .iter()
            .filter_map(Value::as_object)
            .take(percent::FIELDS_MAX);
        fields.extend(pairs.map(|pair| (text_of(pair, "name"), text_of(pair, "value"))));
    }
    let content_type = message.get("content_type").and_then(Value::as_str);
    Ok(What {
        method,
        fields,
        content_type: content_type.map(str::to_owned),
        body: text_of(message, "message_body"),
    })
}

fn text_of(object: &Map<String, Value>, key: &str) -> String {
    object.get(key).and_then(Value::as_str).unwrap_or("").to_owned()
}

/// Does what was asked, and writes the reply.
pub(super) async fn answer(dispatch: &Dispatch, upgrade: &Upgrade, asked: Asked) -> Bytes {
    let Asked {
        transaction_id,
        request_id,
        path,
        what,
    } = asked;
    let answer = match what {
        Ok(what) => run(dispatch, upgrade, &path, what).await,
        Err(failure) => Err(failure),
    };
    let (status_code, reason_phrase, content_type, body) = match answer {
        Ok(reply) => (reply.status, reason(reply.status), reply.content_type, reply.body),
        Err(failure) if failure.message.is_empty() => (failure.status, failure.reason, None, Bytes::new()),
        Err(failure) => (failure.status, failure.reason, Some(JSON), failure.body()),
    };
    let clock = dispatch.handle.clock();
    to_json(&Response {
        kind: "RESTResponse",
        transaction_id: &transaction_id,
        request_id: &request_id,
        status_code,
        reason_phrase,
        uri: &path,
        content_type,
        message_body: std::str::from_utf8(&body).ok().filter(|body| !body.is_empty()),
        application: upgrade.applications.first().map_or("", String::as_str),
        timestamp: clock.stamp(clock.now()),
        asterisk_id: dispatch.handle.entity_id(),
    })
}

async fn run(dispatch: &Dispatch, upgrade: &Upgrade, path: &str, what: What) -> Answer {
    if upgrade.key.is_read_only && !matches!(what.method.as_str(), "GET" | "OPTIONS") {
        return Err(Failure::new(403, "Write access denied"));
    }
    let (target, parameters) = match dispatch.router.route(&what.method, path) {
        Route::Found(target, parameters) => (target, parameters),
        Route::NotFound => return Err(Failure::new(404, "Resource not found")),
        Route::WrongMethod(_) if what.method == "OPTIONS" => return Ok(crate::operation::Reply::NO_CONTENT),
        Route::WrongMethod(_) => return Err(Failure::new(405, "Invalid method")),
    };
    if target.row.is_websocket {
        let message = "Can't upgrade to websocket from a websocket";
        return Err(Failure::new(400, message).because("Bad request"));
    }
    let content_type = what.content_type.as_deref();
    let unreadable = |status| {
        let kind = content_type.unwrap_or("");
        let message = format!("Unable to parse 'message_body' as '{kind}'.");
        Failure::new(status, message).because("Bad request")
    };
    if !what.body.is_empty() && content_type.is_some_and(|kind| !is_readable(kind)) {
        return Err(unreadable(400));
    }
    let mut request = Request::new(parameters, what.fields, content_type, what.body.as_bytes())
        .map_err(|failure| unreadable(failure.status))?;
    request.application = upgrade.applications.first().cloned();
    let reply = dispatch.run(target, &request, &upgrade.key).await?;
    if reply.content_type.is_some_and(|kind| kind != JSON) {
        return Err(Failure::new(406, "Files cannot be sent over a socket"));
    }
    Ok(reply)
}

/// Whether a body of that kind can hold parameters.
fn is_readable(content_type: &str) -> bool {
    let kind = content_type
        .split_once(';')
        .map_or(content_type, |(kind, _)| kind)
        .trim();
    [JSON, "application/x-www-form-urlencoded"]
        .iter()
        .any(|readable| kind.eq_ignore_ascii_case(readable))
}

#[derive(Serialize)]
struct Response<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    transaction_id: &'a str,
    request_id: &'a str,
    status_code: u16,
    reason_phrase: &'a str,
    uri: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_body: Option<&'a str>,
    application: &'a str,
    timestamp: Stamp,
    asterisk_id: &'a str,
}
