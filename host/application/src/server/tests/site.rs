//! A server on loopback, and a client that writes and reads bytes.

use crate::stasis::world::{PLAN, Rest, host};
use crate::{Application, ApplicationHandle, Settings};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use ucx_call::{Principal, PrincipalKind, Rights};
use ucx_config::parse_text;
use ucx_pbx::Registry;
use ucx_pbx::testing::{self, World};

/// How long a test waits for bytes before it fails.
const PATIENCE: Duration = Duration::from_secs(5);

/// A server.
pub struct Site {
    pub application: Application,
    pub handle: ApplicationHandle,
    pub address: SocketAddr,
}

/// The settings of the captures, with more behind the general part of http.conf and behind ari.conf.
pub fn settings(http: &str, ari: &str) -> Settings {
    let (http, _) = parse_text("http.conf", &format!("[general]\nenabled=yes\n{http}"));
    let ari = format!("[general]\nenabled=yes\n[gold]\ntype=user\npassword=goldpass\n{ari}");
    let (ari, _) = parse_text("ari.conf", &ari);
    let (settings, said) = crate::settings::load(&http, &ari, &BTreeMap::new());
    assert!(said.is_empty(), "{said:?}");
    settings
}

/// Runs a test against a server with the settings of the captures.
pub fn serve(test: impl AsyncFnOnce(&mut World, &Site)) {
    serve_with("", "", test);
}

/// The same with more settings.
pub fn serve_with(http: &str, ari: &str, test: impl AsyncFnOnce(&mut World, &Site)) {
    let settings = settings(http, ari);
    let handle = ApplicationHandle::new(Arc::from("02:00:00:00:00:01"), TimeZone::UTC);
    let mut registry = Registry::new();
    handle.register(&mut registry);
    registry.application(Rest);
    testing::run_in_real_time(PLAN, registry, async |world: &mut World| {
        handle.attach(&world.pbx).expect("the stream has room");
        let nobody = Principal::new(PrincipalKind::ApplicationKey(Arc::from("")), Rights::NONE);
        let desk = world.pbx.desk(nobody);
        let application = Application::new(handle.clone(), desk, Arc::new(host()), settings);
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("loopback has ports");
        let address = listener.local_addr().expect("it is bound");
        let (serving, delivering) = (application.clone(), application.clone());
        let server = tokio::spawn(async move { serving.serve(listener).await });
        let fan = tokio::spawn(async move { delivering.deliver().await });
        let site = Site {
            application,
            handle: handle.clone(),
            address,
        };
        test(world, &site).await;
        server.abort();
        fan.abort();
    });
}

impl Site {
    /// A new connection.
    pub async fn connect(&self) -> Wire {
        let stream = TcpStream::connect(self.address)
            .await
            .expect("the server listens");
        Wire {
            stream,
            read: Vec::new(),
        }
    }
}

/// A connection of a client.
pub struct Wire {
    pub stream: TcpStream,
    pub read: Vec<u8>,
}

impl Wire {
    /// Sends bytes.
    pub async fn send(&mut self, text: &str) {
        self.stream
            .write_all(text.as_bytes())
            .await
            .expect("the server reads");
    }

    /// Sends a request and reads the reply, with its date masked.
    pub async fn ask(&mut self, text: &str) -> String {
        self.send(text).await;
        self.receive().await
    }

    async fn more(&mut self) -> bool {
        let read = timeout(PATIENCE, self.stream.read_buf(&mut self.read)).await;
        matches!(read.expect("the server says something"), Ok(count) if count > 0)
    }

    /// Reads a head.
    pub async fn receive_head(&mut self) -> String {
        loop {
            if let Some(end) = self.read.windows(4).position(|window| window == b"\r\n\r\n") {
                let head: Vec<u8> = self.read.drain(..end + 4).collect();
                let head = String::from_utf8(head).expect("heads are text");
                return masked(&head);
            }
            let read = String::from_utf8_lossy(&self.read).into_owned();
            assert!(self.more().await, "the connection ended: {read}");
        }
    }

    /// Reads a reply.
    pub async fn receive(&mut self) -> String {
        let head = self.receive_head().await;
        let length = head
            .split("Content-Length: ")
            .nth(1)
            .and_then(|rest| rest.split("\r\n").next());
        let length = length.map_or(0, |length| length.parse().expect("lengths are numbers"));
        while self.read.len() < length {
            assert!(self.more().await, "the connection ended inside a body");
        }
        let body: Vec<u8> = self.read.drain(..length).collect();
        head + &String::from_utf8(body).expect("bodies are text")
    }

    /// Whether the server ends the connection without another word.
    pub async fn is_closed(&mut self) -> bool {
        !self.more().await && self.read.is_empty()
    }
}

fn masked(head: &str) -> String {
    let lines = head.split("\r\n").map(|line| {
        if line.starts_with("Date: ") {
            "Date: *"
        } else {
            line
        }
    });
    lines.collect::<Vec<_>>().join("\r\n")
}

/// A header that proves who asks.
pub fn basic(pair: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in pair.as_bytes().chunks(3) {
        let bits = group
            .iter()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte))
            << (8 * (3 - group.len()));
        for at in 0..=group.len() {
            let letter = LETTERS[(bits >> (18 - 6 * at) & 63) as usize];
            text.push(char::from(letter));
        }
    }
    format!("Authorization: Basic {text}\r\n")
}
