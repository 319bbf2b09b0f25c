//! Requests for applications in plugins, behind the door of the interface.

use super::site::{Site, serve};
use super::{GOLD, head};
use ucx_pbx::testing::World;

#[test]
fn an_application_is_asked_behind_the_same_door_and_sees_no_proof() {
    serve(async |_: &mut World, site: &Site| {
        let mut wire = site.connect().await;
        let unproved = wire.ask("GET /ucx/v1/apps/desk HTTP/1.1\r\n\r\n").await;
        assert!(unproved.starts_with("HTTP/1.1 401 "), "{unproved}");
        let own = |body: &str| head("200 OK", "X-Own: yes\r\n", body.len()) + body;
        let asked =
            "GET /ucx/v1/apps/desk/a/b?x=1&api_key=gold:goldpass HTTP/1.1\r\nHost: h\r\nCookie: c\r\n";
        assert_eq!(
            wire.ask(&format!("{asked}{GOLD}\r\n")).await,
            own("desk GET /a/b x=1 0 Host")
        );
        let body = "x".repeat(100_000);
        let length = body.len();
        let asked =
            format!("POST /ucx/v1/apps/desk HTTP/1.1\r\n{GOLD}Content-Length: {length}\r\n\r\n{body}");
        assert_eq!(wire.ask(&asked).await, own("desk POST /  100000 "));
        // The operations of the interface itself have their smaller bound.
        let asked = asked.replace("/ucx/v1/apps/desk", "/ari/channels");
        let refused = wire.ask(&asked).await;
        assert!(refused.starts_with("HTTP/1.1 413 "), "{refused}");
    });
}
