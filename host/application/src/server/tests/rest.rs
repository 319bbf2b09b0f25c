//! Requests on the socket, as in the capture `ari/rest_over_websocket`.

use super::site::{Site, serve, serve_with};
use super::socket::Client;
use ucx_pbx::testing::World;

/// The reply to a text, with its times masked.
async fn ask(client: &mut Client, text: &str) -> String {
    client.send(text).await;
    let reply = client.text().await;
    let mut masked = String::new();
    let mut rest = reply.as_str();
    while let Some(at) = rest.find("20").filter(|at| rest[*at..].get(10..11) == Some("T")) {
        masked.push_str(&rest[..at]);
        masked.push('*');
        rest = &rest[at + 28..];
    }
    // The first number that begins like a year hides the times behind it.
    if let Some(at) = rest.find(r#""timestamp":"20"#) {
        let from = at + r#""timestamp":""#.len();
        return masked + &rest[..from] + "*" + &rest[from + 28..];
    }
    masked + rest
}

fn reply(ids: (&str, &str), status: &str, uri: &str, body: &str) -> String {
    let (code, reason) = status.split_once(' ').expect("a status has words");
    format!(
        r#"{{"type":"RESTResponse","transaction_id":"{}","request_id":"{}","status_code":{code},"reason_phrase":"{reason}","uri":"{uri}",{body}"application":"gold","timestamp":"*","asterisk_id":"02:00:00:00:00:01"}}"#,
        ids.0, ids.1
    )
}

fn with(body: &str) -> String {
    let body = body.replace('"', "\\\"");
    format!(r#""content_type":"application/json","message_body":"{body}","#)
}

#[test]
fn requests_are_answered_as_in_the_capture() {
    serve(async |_: &mut World, site: &Site| {
        let mut client = Client::connect(site, "app=gold").await;
        for (text, expected) in [
            (
                r#"{"type": "RESTRequest", "transaction_id": "t2", "request_id": "r2", "method": "GET", "uri": "channels"}"#,
                reply(("t2", "r2"), "200 OK", "channels", &with("[]")),
            ),
            (
                r#"{"type": "RESTRequest", "transaction_id": "t3", "request_id": "r3", "method": "GET", "uri": "channels/nope"}"#,
                reply(
                    ("t3", "r3"),
                    "404 Not Found",
                    "channels/nope",
                    &with(r#"{"message":"Channel not found"}"#),
                ),
            ),
            (
                r#"{"type": "RESTRequest", "transaction_id": "t4", "request_id": "r4", "method": "POST", "uri": "asterisk/variable", "query_strings": [{"name": "G", "value": "x"}, {"name": "variable", "value": "G"}, {"name": "value", "value": "5"}]}"#,
                reply(("t4", "r4"), "204 No Content", "asterisk/variable", ""),
            ),
            (
                r#"{"type": "RESTRequest", "transaction_id": "t5", "request_id": "r5", "method": "GET", "uri": "asterisk/variable?variable=G"}"#,
                reply(
                    ("t5", "r5"),
                    "200 OK",
                    "asterisk/variable",
                    &with(r#"{"value":"5"}"#),
                ),
            ),
            (
                r#"{"type":"RESTRequest","method":"POST","uri":"asterisk/variable","content_type":"application/x-www-form-urlencoded","message_body":"variable=F&value=form+val"}"#,
                reply(("", ""), "204 No Content", "asterisk/variable", ""),
            ),
            (
                r#"{"type":"RESTRequest","method":"GET","uri":"asterisk/variable","query_strings":[{"name":"variable","value":"F"}]}"#,
                reply(
                    ("", ""),
                    "200 OK",
                    "asterisk/variable",
                    &with(r#"{"value":"form val"}"#),
                ),
            ),
            (
                r#"{"type":"RESTRequest","method":"POST","uri":"asterisk/variable","content_type":"application/json","message_body":"{\"variable\":\"F\",\"value\":\"2\"}"}"#,
                reply(("", ""), "204 No Content", "asterisk/variable", ""),
            ),
            (
                r#"{"type": "RESTRequest", "transaction_id": "t9", "request_id": "r9", "method": "GET", "uri": "ari/asterisk/ping"}"#,
                reply(
                    ("t9", "r9"),
                    "404 Not Found",
                    "ari/asterisk/ping",
                    &with(r#"{"message":"Resource not found"}"#),
                ),
            ),
        ] {
            assert_eq!(ask(&mut client, text).await, expected, "{text}");
        }
    });
}

#[test]
fn what_is_no_request_is_answered_as_in_the_capture() {
    serve(async |_: &mut World, site: &Site| {
        let mut client = Client::connect(site, "app=gold").await;
        let bad = |ids, uri: &str, message: &str| {
            reply(
                ids,
                "400 Bad request",
                uri,
                &with(&format!(r#"{{"message":"{message}"}}"#)),
            )
        };
        for (text, expected) in [
            (
                "not json",
                reply(("", ""), "400 Failed to parse request message JSON", "", ""),
            ),
            ("{}", bad(("", ""), "", "No 'type' property.")),
            (r#"{"type":"Bogus"}"#, bad(("", ""), "", "Unknown request type.")),
            (
                r#"{"type":"RESTRequest"}"#,
                bad(("", ""), "", "Empty or missing 'uri' property."),
            ),
            (
                r#"{"type":"RESTRequest","uri":"channels"}"#,
                bad(("", ""), "channels", "Unknown or missing 'method' property."),
            ),
            (
                r#"{"type":"RESTRequest","method":"BOGUS","uri":"channels","request_id":"z"}"#,
                bad(("", "z"), "channels", "Unknown or missing 'method' property."),
            ),
            (
                r#"{"type": "RESTRequest", "transaction_id": "t14", "request_id": "r14", "method": "POST", "uri": "channels", "content_type": "application/json", "message_body": "{bad"}"#,
                bad(
                    ("t14", "r14"),
                    "channels",
                    "Unable to parse 'message_body' as 'application/json'.",
                ),
            ),
            (
                r#"{"type":"RESTRequest","method":"GET","uri":"events?app=x"}"#,
                bad(("", ""), "events", "Can't upgrade to websocket from a websocket"),
            ),
        ] {
            assert_eq!(ask(&mut client, text).await, expected, "{text}");
        }
    });
}

#[test]
fn who_may_only_look_writes_nothing_on_the_socket_either() {
    serve_with(
        "",
        "[ro]\nread_only=yes\npassword=p\n",
        async |_: &mut World, site: &Site| {
            let mut client = Client::connect_as(site, "api_key=ro:p", "app=gold").await;
            let text = r#"{"type":"RESTRequest","method":"DELETE","uri":"channels/nope"}"#;
            assert_eq!(
                ask(&mut client, text).await,
                reply(
                    ("", ""),
                    "403 Forbidden",
                    "channels/nope",
                    &with(r#"{"message":"Write access denied"}"#)
                )
            );
        },
    );
}
