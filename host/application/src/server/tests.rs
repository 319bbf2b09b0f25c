//! The server over loopback, byte by byte against the captures under `ari/` and `http/`.

mod measure;
mod part;
mod rest;
mod site;
mod socket;

use site::{Site, basic, serve, serve_with};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{Event, EventKind};
use ucx_pbx::testing::World;

const GOLD: &str = "Authorization: Basic Z29sZDpnb2xkcGFzcw==\r\n";

fn head(status: &str, headers: &str, length: usize) -> String {
    format!(
        "HTTP/1.1 {status}\r\nServer: Asterisk/22.5.0\r\nDate: *\r\nCache-Control: no-cache, no-store\r\n{headers}Content-Length: {length}\r\n\r\n"
    )
}

const JSON: &str = "Content-type: application/json\r\n";

#[test]
fn refusals_are_those_of_the_captures() {
    serve(async |_: &mut World, site: &Site| {
        let mut wire = site.connect().await;
        let realm = format!("WWW-Authenticate: Basic realm=\"Asterisk REST Interface\"\r\n{JSON}");
        let unproved = head("401 Unauthorized", &realm, 37) + r#"{"message":"Authentication required"}"#;
        for request in [
            "GET /ari/channels HTTP/1.1\r\n\r\n".to_owned(),
            "OPTIONS /ari/channels HTTP/1.1\r\n\r\n".to_owned(),
            "GET /ari/channels?api_key=gold:wrong HTTP/1.1\r\n\r\n".to_owned(),
            "GET /ari/channels?api_key=nobody:goldpass HTTP/1.1\r\n\r\n".to_owned(),
            format!("GET /ari/channels HTTP/1.1\r\n{}\r\n", basic("gold:goldpas")),
            "GET /ari/channels HTTP/1.1\r\nAuthorization: Digest x\r\n\r\n".to_owned(),
        ] {
            assert_eq!(wire.ask(&request).await, unproved, "{request}");
        }
        let missing = head("404 Not Found", JSON, 32) + r#"{"message":"Resource not found"}"#;
        for path in [
            "/ari/nope",
            "/ari/channels/a/b/c",
            "/ari/api-docs/nope.json",
            "/ari",
        ] {
            assert_eq!(
                wire.ask(&format!("GET {path} HTTP/1.1\r\n{GOLD}\r\n")).await,
                missing
            );
        }
        let wrong = head(
            "405 Method Not Allowed",
            &format!("Allow: OPTIONS,GET,POST\r\n{JSON}"),
            28,
        ) + r#"{"message":"Invalid method"}"#;
        for method in ["PATCH", "PUT"] {
            assert_eq!(
                wire.ask(&format!("{method} /ari/channels HTTP/1.1\r\n{GOLD}\r\n"))
                    .await,
                wrong
            );
        }
        assert_eq!(
            wire.ask(&format!(
                "OPTIONS /ari/channels/nope/answer HTTP/1.1\r\n{GOLD}\r\n"
            ))
            .await,
            head("204 No Content", "Allow: OPTIONS,POST\r\n", 0)
        );
        let slash = wire
            .ask(&format!("GET /ari/channels/ HTTP/1.1\r\n{GOLD}\r\n"))
            .await;
        assert!(
            slash.ends_with(r#"{"message":"ARI URLs do not end with a slash. Try /ari/channels"}"#),
            "{slash}"
        );
        let unbuilt = wire
            .ask(&format!(
                "POST /ari/channels/x/transfer_progress HTTP/1.1\r\nContent-Length: 0\r\n{GOLD}\r\n"
            ))
            .await;
        assert!(
            unbuilt.starts_with("HTTP/1.1 501 Not Implemented\r\n"),
            "{unbuilt}"
        );
    });
}

#[test]
fn requests_are_served_one_after_the_other_on_one_connection() {
    serve(async |_: &mut World, site: &Site| {
        let mut wire = site.connect().await;
        let by_key = "GET /ari/channels?api_key=gold:goldpass HTTP/1.1\r\nHost: h\r\n\r\n";
        let empty = head("200 OK", JSON, 2) + "[]";
        assert_eq!(wire.ask(by_key).await, empty);
        // Two at once, and an empty line between them.
        wire.send(&format!("{by_key}\r\n{by_key}")).await;
        assert_eq!(wire.receive().await, empty);
        assert_eq!(wire.receive().await, empty);
        let last = wire.ask(&by_key.replace("Host: h", "Connection: close")).await;
        assert_eq!(
            last,
            empty.replace("Cache-Control", "Connection: close\r\nCache-Control")
        );
        assert!(wire.is_closed().await);
        let mut wire = site.connect().await;
        let old = wire.ask(&by_key.replace("HTTP/1.1", "HTTP/1.0")).await;
        assert!(old.contains("\r\nConnection: close\r\n"), "{old}");
        assert!(wire.is_closed().await);
    });
}

#[test]
fn a_head_alone_is_all_that_head_gets() {
    serve(async |_: &mut World, site: &Site| {
        let mut wire = site.connect().await;
        wire.send(&format!(
            "HEAD /ari/channels HTTP/1.1\r\n{GOLD}\r\nGET /ari/asterisk/ping HTTP/1.1\r\n{GOLD}\r\n"
        ))
        .await;
        let head = wire.receive_head().await;
        assert!(head.starts_with("HTTP/1.1 405 "), "{head}");
        let next = wire.receive().await;
        assert!(next.starts_with("HTTP/1.1 200 OK\r\n"), "{next}");
    });
}

#[test]
fn bodies_come_in_every_form() {
    serve(async |_: &mut World, site: &Site| {
        let mut wire = site.connect().await;
        let done = head("204 No Content", "", 0);
        let form = "Content-Type: application/x-www-form-urlencoded\r\n";
        let json = "Content-Type: application/json; charset=utf-8\r\n";
        let path = "POST /ari/asterisk/variable";
        for (query, headers, body, value) in [
            (
                "?variable=Z&value=1+2",
                "Content-Length: 0\r\n".to_owned(),
                "",
                "1 2",
            ),
            (
                "",
                format!("{form}Content-Length: 18\r\n"),
                "variable=Z&value=3",
                "3",
            ),
            (
                "?value=q",
                format!("{form}Content-Length: 18\r\n"),
                "variable=Z&value=4",
                "4",
            ),
            (
                "?value=q",
                format!("{json}Content-Length: 28\r\n"),
                r#"{"variable":"Z","value":"5"}"#,
                "5",
            ),
            (
                "?variable=Z",
                format!("{form}Transfer-Encoding: chunked\r\n"),
                "6\r\nvalue=\r\n3\r\n%41\r\n0\r\n\r\n",
                "A",
            ),
        ] {
            let asked = format!("{path}{query} HTTP/1.1\r\n{GOLD}{headers}\r\n{body}");
            assert_eq!(wire.ask(&asked).await, done, "{asked}");
            let read = wire
                .ask(&format!(
                    "GET /ari/asterisk/variable?variable=Z HTTP/1.1\r\n{GOLD}\r\n"
                ))
                .await;
            assert!(
                read.ends_with(&format!("{{\"value\":\"{value}\"}}")),
                "{asked}: {read}"
            );
        }
        let broken = wire
            .ask(&format!(
                "{path}?variable=Z HTTP/1.1\r\n{GOLD}{json}Content-Length: 3\r\n\r\na=1"
            ))
            .await;
        assert_eq!(
            broken,
            head("400 Bad Request", JSON, 40) + r#"{"message":"Error parsing request body"}"#
        );
    });
}

#[test]
fn what_is_too_large_or_no_request_is_refused_and_ends_the_connection() {
    serve(async |_: &mut World, site: &Site| {
        let long = "x".repeat(20_000);
        for (request, status) in [
            (
                format!("POST /ari/channels HTTP/1.1\r\n{GOLD}Content-Length: 40961\r\n\r\n"),
                "413 Request Entity Too Large",
            ),
            (
                format!("POST /ari/channels HTTP/1.1\r\n{GOLD}Transfer-Encoding: chunked\r\n\r\nA001\r\n"),
                "413 Request Entity Too Large",
            ),
            (
                format!("GET /{long} HTTP/1.1\r\n\r\n"),
                "413 Request Entity Too Large",
            ),
            (
                format!("GET / HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(65)),
                "413 Request Entity Too Large",
            ),
            ("nonsense\r\n\r\n".to_owned(), "400 Bad Request"),
            (
                "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned(),
                "400 Bad Request",
            ),
        ] {
            let mut wire = site.connect().await;
            let answer = wire.ask(&request).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{answer}");
            assert!(answer.contains("\r\nConnection: close\r\n"), "{answer}");
            assert!(wire.is_closed().await);
        }
    });
}

#[test]
fn a_client_that_waits_is_told_to_go_on() {
    serve(async |_: &mut World, site: &Site| {
        let mut wire = site.connect().await;
        wire.send(&format!(
            "POST /ari/asterisk/variable HTTP/1.1\r\n{GOLD}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 18\r\nExpect: 100-continue\r\n\r\n"
        ))
        .await;
        assert_eq!(wire.receive_head().await, "HTTP/1.1 100 Continue\r\n\r\n");
        wire.send("variable=Z&value=3").await;
        assert!(wire.receive().await.starts_with("HTTP/1.1 204 "));
    });
}

#[test]
fn pages_outside_the_interface_are_html() {
    serve_with("prefix=/pbx\n", "", async |_: &mut World, site: &Site| {
        let mut wire = site.connect().await;
        let missing = wire.ask("GET /nosuch HTTP/1.1\r\n\r\n").await;
        assert!(
            missing.starts_with(&head("404 Not Found", "Content-type: text/html\r\n", 247)),
            "{missing}"
        );
        assert!(
            missing.ends_with("<address>Asterisk/22.5.0</address>\r\n</body></html>\r\n"),
            "{missing}"
        );
        let status = wire.ask("GET /pbx/httpstatus HTTP/1.1\r\n\r\n").await;
        assert!(status.contains("<td><b>/pbx</b></td>"), "{status}");
        let docs = wire
            .ask(&format!(
                "GET /pbx/ari/api-docs/sounds.json HTTP/1.1\r\nHost: me:8088\r\n{GOLD}\r\n"
            ))
            .await;
        assert!(docs.contains(r#""basePath":"http://me:8088/pbx/ari""#), "{docs}");
    });
}

#[test]
fn who_may_only_look_writes_nothing() {
    serve_with(
        "",
        "[ro]\nread_only=yes\npassword=ro:pass\n",
        async |_: &mut World, site: &Site| {
            let mut wire = site.connect().await;
            let key = basic("ro:ro:pass");
            assert!(
                wire.ask(&format!("GET /ari/channels HTTP/1.1\r\n{key}\r\n"))
                    .await
                    .ends_with("[]")
            );
            let refused = head("403 Forbidden", JSON, 33) + r#"{"message":"Write access denied"}"#;
            for request in [
                "POST /ari/channels?endpoint=Local/a@b&app=gold",
                "DELETE /ari/channels/nope",
            ] {
                assert_eq!(
                    wire.ask(&format!("{request} HTTP/1.1\r\n{key}\r\n")).await,
                    refused
                );
            }
        },
    );
}

#[test]
fn addresses_that_are_not_let_in_are_refused() {
    serve_with(
        "",
        "[far]\npassword=p\ndeny=127.0.0.0/8\n",
        async |_: &mut World, site: &Site| {
            let mut wire = site.connect().await;
            let answer = wire.ask("GET /ari/channels?api_key=far:p HTTP/1.1\r\n\r\n").await;
            assert_eq!(
                answer,
                head("403 Forbidden", JSON, 34) + r#"{"message":"Access denied by ACL"}"#
            );
        },
    );
    serve_with("deny=127.0.0.0/8\n", "", async |_: &mut World, site: &Site| {
        assert!(site.connect().await.is_closed().await);
    });
}

#[test]
fn web_pages_of_allowed_origins_are_answered_so() {
    serve_with(
        "",
        "[general](+)\nallowed_origins=http://a,http://b\n",
        async |_: &mut World, site: &Site| {
            let mut wire = site.connect().await;
            let ask = |origin: &str| {
                format!(
                    "OPTIONS /ari/channels HTTP/1.1\r\n{GOLD}Origin: {origin}\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: X-A, X-B\r\n\r\n"
                )
            };
            let headers = "Access-Control-Allow-Origin: http://b\r\nAccess-Control-Allow-Credentials: true\r\nAllow: OPTIONS,GET,POST\r\nAccess-Control-Allow-Methods: OPTIONS,GET,POST\r\nAccess-Control-Allow-Headers: X-A, X-B\r\n";
            assert_eq!(
                wire.ask(&ask("http://b")).await,
                head("204 No Content", headers, 0)
            );
            assert_eq!(
                wire.ask(&ask("http://evil")).await,
                head("204 No Content", "Allow: OPTIONS,GET,POST\r\n", 0)
            );
        },
    );
}

#[test]
fn connections_have_their_limits() {
    serve_with(
        "session_limit=2\nsession_inactivity=200\nsession_keep_alive=100\n",
        "",
        async |_: &mut World, site: &Site| {
            let mut slow = site.connect().await;
            slow.send("GET /ari/chan").await;
            let mut idle = site.connect().await;
            assert!(
                idle.ask(&format!("GET /ari/channels HTTP/1.1\r\n{GOLD}\r\n"))
                    .await
                    .ends_with("[]")
            );
            assert!(idle.is_closed().await);
            assert!(slow.is_closed().await);
            tokio::time::sleep(Duration::from_millis(20)).await;
            let mut late = site.connect().await;
            assert!(
                late.ask(&format!("GET /ari/channels HTTP/1.1\r\n{GOLD}\r\n"))
                    .await
                    .ends_with("[]")
            );
        },
    );
}

#[test]
fn who_has_proved_nothing_gives_way_to_an_operator() {
    serve_with(
        "session_limit=3\nsession_inactivity=60000\nsession_keep_alive=60000\n",
        "",
        async |_: &mut World, site: &Site| {
            let ping = format!("GET /ari/asterisk/ping HTTP/1.1\r\n{GOLD}\r\n");
            let mut operator = site.connect().await;
            assert!(operator.ask(&ping).await.starts_with("HTTP/1.1 200 "));
            let silent = site.connect().await;
            let mut kept = Vec::new();
            let mut stranger = site.connect().await;
            let elsewhere = stranger.ask("GET /ari/channels HTTP/1.1\r\n\r\n").await;
            assert!(elsewhere.starts_with("HTTP/1.1 401 "), "{elsewhere}");
            for mut oldest in [silent, stranger] {
                let mut next = site.connect().await;
                assert!(next.ask(&ping).await.starts_with("HTTP/1.1 200 "));
                assert!(oldest.is_closed().await);
                kept.push(next);
            }
            // Now everybody is somebody.
            assert!(site.connect().await.is_closed().await);
            assert!(operator.ask(&ping).await.starts_with("HTTP/1.1 200 "));
        },
    );
}

#[test]
fn wrong_proofs_wait_and_are_told() {
    serve(async |world: &mut World, site: &Site| {
        let mut wire = site.connect().await;
        let began_at = std::time::Instant::now();
        for key in ["gold:wrong", "nobody:goldpass"] {
            let refused = wire
                .ask(&format!("GET /ari/channels?api_key={key} HTTP/1.1\r\n\r\n"))
                .await;
            assert!(refused.starts_with("HTTP/1.1 401 "), "{refused}");
        }
        assert!(began_at.elapsed() >= Duration::from_secs(2));
        let told = |event: &Arc<Event>| {
            let EventKind::Security(told) = &event.kind else {
                return None;
            };
            (told.service == "ARI").then(|| format!("{} {}", told.kind.name(), told.account))
        };
        let told: Vec<_> = world.record().events.iter().filter_map(told).collect();
        assert_eq!(told, ["InvalidPassword gold", "InvalidAccountID nobody"]);
    });
}

#[test]
fn settings_that_are_read_again_hold_from_the_next_request_on() {
    serve(async |_: &mut World, site: &Site| {
        let mut wire = site.connect().await;
        let ping = format!("GET /ari/asterisk/ping HTTP/1.1\r\n{GOLD}\r\n");
        assert!(wire.ask(&ping).await.contains(r#"{"ping":"pong","timestamp":""#));
        site.application
            .reload(site::settings("", "[general](+)\npretty=yes\n"));
        let pretty = wire.ask(&ping).await;
        assert!(pretty.contains("{\n  \"ping\": \"pong\",\n"), "{pretty}");
        let mut other = site::settings("", "");
        other.ari.users.clear();
        site.application.reload(other);
        assert!(wire.ask(&ping).await.starts_with("HTTP/1.1 401 "));
    });
}
