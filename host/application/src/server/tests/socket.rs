//! The socket of applications: how it begins, what comes over it, how it ends.

use super::site::{Site, Wire, serve};
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;
use ucx_pbx::testing::World;

/// A client's end of a socket.
pub struct Client(WebSocketStream<TcpStream>);

const ASK: &str = "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";

const KEY: &str = "api_key=gold:goldpass";

async fn ask(wire: &mut Wire, query: &str, headers: &str) -> String {
    wire.ask(&format!(
        "GET /ari/events?{query} HTTP/1.1\r\nHost: h\r\n{headers}\r\n"
    ))
    .await
}

impl Client {
    /// A socket of those applications.
    pub async fn connect(site: &Site, query: &str) -> Self {
        Self::connect_as(site, KEY, query).await
    }

    /// The same with another key.
    pub async fn connect_as(site: &Site, key: &str, query: &str) -> Self {
        let mut wire = site.connect().await;
        let head = ask(&mut wire, &format!("{key}&{query}"), ASK).await;
        assert_eq!(
            head,
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
        );
        Self(WebSocketStream::from_partially_read(wire.stream, wire.read, Role::Client, None).await)
    }

    /// Sends a text.
    pub async fn send(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.expect("the server reads");
    }

    /// The next message of the server, whatever it is; none when the socket has ended.
    pub async fn frame(&mut self) -> Option<Message> {
        let frame = timeout(Duration::from_secs(5), self.0.next()).await;
        frame.expect("the server says something")?.ok()
    }

    /// The next text.
    pub async fn text(&mut self) -> String {
        match self.frame().await {
            Some(Message::Text(text)) => text.to_string(),
            other => panic!("no text but {other:?}"),
        }
    }

    /// The next message.
    pub async fn told(&mut self) -> Value {
        serde_json::from_str(&self.text().await).expect("messages are JSON")
    }

    /// Types of messages up to one of that type.
    pub async fn told_until(&mut self, kind: &str) -> Vec<String> {
        let mut kinds = Vec::new();
        loop {
            let told = self.told().await["type"].as_str().unwrap_or_default().to_owned();
            let is_last = told == kind;
            kinds.push(told);
            if is_last {
                return kinds;
            }
        }
    }
}

#[test]
fn what_is_no_socket_is_refused() {
    serve(async |_: &mut World, site: &Site| {
        let mut wire = site.connect().await;
        let mut refused =
            async |query: &str, headers: &str| ask(&mut wire, &format!("{KEY}&{query}"), headers).await;
        let missing = refused("app=", ASK).await;
        assert!(missing.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{missing}");
        assert!(
            missing.contains("<p>HTTP request is missing param: [app]</p>\r\n"),
            "{missing}"
        );
        let plain = refused("app=gold", "").await;
        assert!(plain.starts_with("HTTP/1.1 426 Upgrade Required\r\n"), "{plain}");
        let foreign = refused("app=gold", &format!("{ASK}Sec-WebSocket-Protocol: sip, xmpp\r\n")).await;
        assert!(foreign.starts_with("HTTP/1.1 400 "), "{foreign}");
        let old = refused("app=gold", &ASK.replace("13", "6")).await;
        assert!(old.starts_with("HTTP/1.1 426 "), "{old}");
        assert!(old.contains("Sec-WebSocket-Version: 7, 8, 13"), "{old}");
        let keyless = refused("app=gold", "Upgrade: websocket\r\nConnection: Upgrade\r\n").await;
        assert!(keyless.starts_with("HTTP/1.1 400 "), "{keyless}");
        let agreed = refused(
            "app=gold",
            &format!("{ASK}Sec-WebSocket-Protocol: other, ari\r\n"),
        )
        .await;
        assert!(
            agreed.ends_with("Sec-WebSocket-Protocol: ari\r\n\r\n"),
            "{agreed}"
        );
    });
}

#[test]
fn a_call_is_told_to_its_application_in_order() {
    serve(async |world: &mut World, site: &Site| {
        let mut all = Client::connect(site, "app=all&subscribeAll=true").await;
        let mut gold = Client::connect(site, "app=gold").await;
        world.call("app");
        let kinds = all.told_until("ChannelDialplan").await;
        assert_eq!(kinds.first().map(String::as_str), Some("ChannelCreated"));
        let start = gold.told().await;
        assert_eq!(
            (&start["type"], &start["application"]),
            (&"StasisStart".into(), &"gold".into())
        );
        let id = start["channel"]["id"].as_str().unwrap_or_default();
        let mut wire = site.connect().await;
        let answer = format!("POST /ari/channels/{id}/answer?{KEY} HTTP/1.1\r\n\r\n");
        assert!(wire.ask(&answer).await.starts_with("HTTP/1.1 204 "));
        assert_eq!(gold.told().await["type"], "ChannelStateChange");
        let hangup = format!("DELETE /ari/channels/{id}?{KEY} HTTP/1.1\r\n\r\n");
        assert!(wire.ask(&hangup).await.starts_with("HTTP/1.1 204 "));
        assert_eq!(
            gold.told_until("StasisEnd").await,
            ["ChannelHangupRequest", "StasisEnd"]
        );
        all.told_until("ChannelDestroyed").await;
    });
}

#[test]
fn a_second_socket_takes_the_application() {
    serve(async |_: &mut World, site: &Site| {
        let mut first = Client::connect(site, "app=gold&subscribeAll=true").await;
        let mut second = Client::connect(site, "app=gold").await;
        assert_eq!(first.told().await["type"], "ApplicationReplaced");
        second.0.close(None).await.expect("it closes");
        while second.frame().await.is_some() {}
        is_gone(site, "gold").await;
        // The first socket stays, with nothing to say.
        first
            .0
            .send(Message::Ping(b"ping".as_slice().into()))
            .await
            .expect("it is open");
        assert_eq!(
            first.frame().await,
            Some(Message::Pong(b"ping".as_slice().into()))
        );
    });
}

async fn is_gone(site: &Site, application: &str) {
    for _ in 0..300 {
        if !site.handle.is_registered(application) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{application} is still registered");
}

#[test]
fn a_socket_may_have_several_applications() {
    serve(async |world: &mut World, site: &Site| {
        let mut client = Client::connect(site, "app=a,b&subscribeAll=yes").await;
        world.call("wait");
        let mut names = Vec::new();
        for _ in 0..2 {
            let told = client.told().await;
            assert_eq!(told["type"], "ChannelCreated");
            names.push(told["application"].as_str().unwrap_or_default().to_owned());
        }
        assert_eq!(names, ["a", "b"]);
    });
}

#[test]
fn a_client_that_does_not_read_is_given_up_and_holds_nobody() {
    serve(async |world: &mut World, site: &Site| {
        let slow = Client::connect(site, "app=slow&subscribeAll=true").await;
        let mut quick = Client::connect(site, "app=quick").await;
        let filler = "x".repeat(60_000);
        let channel = world.call("wait");
        for _ in 0..400 {
            let fields = vec![("text".into(), filler.as_str().into())];
            world
                .desk
                .user_event(Some(channel.into()), "Fill", fields)
                .await
                .expect("the desk takes it");
        }
        is_gone(site, "slow").await;
        assert!(site.handle.is_registered("quick"));
        site.handle
            .tell(0, "quick", crate::event::Message::ApplicationReplaced);
        assert_eq!(quick.told().await["type"], "ApplicationReplaced");
        drop(slow);
    });
}

#[test]
fn messages_that_are_too_long_end_the_socket() {
    serve(async |_: &mut World, site: &Site| {
        let mut client = Client::connect(site, "app=gold").await;
        let _ = client.0.send(Message::text("x".repeat(200_000))).await;
        while let Some(frame) = client.frame().await {
            assert!(!matches!(frame, Message::Text(_)), "{frame}");
        }
    });
}
