//! A network of endpoints and scripted peers: virtual time, loss, duplication and reordering by a seed.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::event::Event;
use crate::{
    Account, AccountId, Accounts, AorSettings, Endpoint, EndpointConfig, Flow, InviteSpec, LocalTransport,
    Party, SessionId, Transmit, TransportId, TransportKind, Uri,
};

pub(super) const SDP: &str =
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
const UDP: TransportId = TransportId(0);
const TCP: TransportId = TransportId(1);

/// A text on its way; `to` is an address, `connection` the receiver's number of it.
struct Packet {
    from: SocketAddr,
    to: SocketAddr,
    connection: Option<u64>,
    bytes: Vec<u8>,
}

/// How bad the network is.
#[derive(Clone, Copy)]
pub(super) struct Link {
    pub latency: Duration,
    pub jitter: Duration,
    pub loss_per_mille: u32,
    pub double_per_mille: u32,
}

pub(super) const CLEAN: Link = Link {
    latency: Duration::from_millis(10),
    jitter: Duration::ZERO,
    loss_per_mille: 0,
    double_per_mille: 0,
};

struct Filter {
    left: u32,
    matches: fn(&str) -> bool,
}

pub(super) struct World {
    pub now: Duration,
    pub nodes: Vec<Endpoint>,
    pub link: Link,
    addresses: Vec<SocketAddr>,
    flying: BTreeMap<(Duration, u64), Packet>,
    serial: u64,
    rng: ChaCha8Rng,
    events: Vec<Vec<Event>>,
    filters: Vec<Filter>,
    /// What addresses without an endpoint got.
    pub mail: Vec<String>,
    /// Everything sent, with the sender's node.
    pub log: Vec<(usize, String)>,
    pub keep_log: bool,
    /// The other end of each connection: its address and number.
    connections: BTreeMap<u64, (SocketAddr, u64)>,
    last_arrival: BTreeMap<u64, Duration>,
}

pub(super) fn address(node: usize) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, node as u8 + 1], 5060))
}

pub(super) fn sdp() -> Bytes {
    Bytes::from_static(SDP.as_bytes())
}

pub(super) fn config(node: usize) -> EndpointConfig {
    let local = [(UDP, TransportKind::Udp), (TCP, TransportKind::Tcp)].map(|(id, kind)| LocalTransport {
        id,
        kind,
        addr: address(node),
        advertised: address(node),
    });
    EndpointConfig::new([node as u8 + 1; 32], local.to_vec())
}

/// An endpoint that takes calls from everybody.
pub(super) fn open_endpoint(config: EndpointConfig) -> Endpoint {
    let mut endpoint = Endpoint::new(config);
    let mut accounts = Accounts::default();
    accounts.add_user(
        Account::of_user(AccountId(9), "guest", None),
        "guest",
        AorSettings::default(),
    );
    accounts.anonymous = Some("guest".into());
    endpoint.set_accounts(accounts);
    endpoint
}

impl World {
    /// Open endpoints at 10.0.0.1, 10.0.0.2, …
    pub fn new(count: usize) -> Self {
        Self::of((0..count).map(|node| open_endpoint(config(node))).collect())
    }

    pub fn of(nodes: Vec<Endpoint>) -> Self {
        let count = nodes.len();
        Self {
            now: Duration::from_secs(100),
            nodes,
            link: CLEAN,
            addresses: (0..count).map(address).collect(),
            flying: BTreeMap::new(),
            serial: 0,
            rng: ChaCha8Rng::from_seed([77; 32]),
            events: vec![Vec::new(); count],
            filters: Vec::new(),
            mail: Vec::new(),
            log: Vec::new(),
            keep_log: true,
            connections: BTreeMap::new(),
            last_arrival: BTreeMap::new(),
        }
    }

    pub fn seed(&mut self, seed: u8) {
        self.rng = ChaCha8Rng::from_seed([seed; 32]);
    }

    pub fn random(&mut self, bound: u32) -> u32 {
        self.rng.next_u32() % bound
    }

    pub fn flow(&self, from: usize, to: usize, kind: TransportKind) -> Flow {
        let transport = if kind == TransportKind::Udp { UDP } else { TCP };
        Flow {
            transport,
            kind,
            local: address(from),
            remote: address(to),
            connection: None,
        }
    }

    pub fn spec(&self, from: usize, to: usize) -> InviteSpec {
        let uri = Uri::parse(&format!("sip:bob@{}", address(to))).expect("uri");
        let mut spec = InviteSpec::new(
            uri,
            Party::new("alice", "example.com"),
            self.flow(from, to, TransportKind::Udp),
        );
        spec.sdp = Some(sdp());
        spec
    }

    /// Starts a call from one node to another, without running the world.
    pub fn invite(&mut self, from: usize, to: usize) -> SessionId {
        let spec = self.spec(from, to);
        self.nodes[from].invite(self.now, spec).expect("invite")
    }

    /// Drops the next `count` texts that match.
    pub fn lose(&mut self, count: u32, matches: fn(&str) -> bool) {
        self.filters.push(Filter { left: count, matches });
    }

    pub fn heal(&mut self) {
        self.filters.clear();
    }

    /// Events of a node since the last call.
    pub fn events(&mut self, node: usize) -> Vec<Event> {
        std::mem::take(&mut self.events[node])
    }

    /// Takes the first event of a node that matches.
    pub fn expect<T>(&mut self, node: usize, pick: impl Fn(&Event) -> Option<T>) -> T {
        let at = self.events[node].iter().position(|event| pick(event).is_some());
        let Some(at) = at else {
            panic!("no such event among {:#?}", self.events[node])
        };
        let event = self.events[node].remove(at);
        pick(&event).expect("just picked")
    }

    pub fn expect_incoming(&mut self, node: usize) -> SessionId {
        self.expect(node, |event| match event {
            Event::Incoming { session, .. } => Some(*session),
            _ => None,
        })
    }

    /// What a node told and nobody took yet.
    pub fn told(&self, node: usize) -> &[Event] {
        &self.events[node]
    }

    pub fn has_event(&self, node: usize, is: impl Fn(&Event) -> bool) -> bool {
        self.events[node].iter().any(is)
    }

    /// How often a text that begins so was sent by a node.
    pub fn sent(&self, node: usize, start: &str) -> usize {
        self.log
            .iter()
            .filter(|(from, text)| *from == node && text.starts_with(start))
            .count()
    }

    /// How often a node sent a status with this CSeq method.
    pub fn replied(&self, node: usize, status: u16, method: &str) -> usize {
        let start = format!("SIP/2.0 {status} ");
        let is = |text: &str| {
            text.starts_with(&start)
                && text
                    .lines()
                    .any(|line| line.starts_with("CSeq:") && line.ends_with(method))
        };
        self.log
            .iter()
            .filter(|(from, text)| *from == node && is(text))
            .count()
    }

    /// A scripted peer sends a datagram.
    pub fn inject(&mut self, from: SocketAddr, to: usize, text: &str) {
        let bytes = text.replace('\n', "\r\n").into_bytes();
        let to = address(to);
        self.put(
            self.now + self.link.latency,
            Packet {
                from,
                to,
                connection: None,
                bytes,
            },
        );
    }

    /// A scripted peer sends a datagram and the world runs until nothing flies; answers what it got.
    pub fn ask(&mut self, from: SocketAddr, to: usize, text: &str) -> Vec<String> {
        self.mail.clear();
        self.inject(from, to, text);
        self.settle();
        std::mem::take(&mut self.mail)
    }

    fn put(&mut self, at: Duration, packet: Packet) {
        self.serial += 1;
        self.flying.insert((at, self.serial), packet);
    }

    /// Collects what the endpoints want to send and tell.
    pub fn drain(&mut self) {
        for node in 0..self.nodes.len() {
            while let Some(transmit) = self.nodes[node].poll_transmit() {
                self.send(node, transmit);
            }
            while let Some(event) = self.nodes[node].poll_event() {
                self.events[node].push(event);
            }
        }
    }

    fn send(&mut self, node: usize, transmit: Transmit) {
        let text = String::from_utf8_lossy(&transmit.bytes).into_owned();
        let lost = self
            .filters
            .iter_mut()
            .find(|filter| filter.left > 0 && (filter.matches)(&text));
        let lost = lost.map(|filter| filter.left -= 1).is_some();
        if self.keep_log {
            self.log.push((node, text));
        }
        match transmit.flow.kind {
            TransportKind::Udp => {
                let is_lost = lost || self.random(1000) < self.link.loss_per_mille;
                let copies = if is_lost {
                    0
                } else {
                    1 + u32::from(self.random(1000) < self.link.double_per_mille)
                };
                for _ in 0..copies {
                    let jitter_us = self.random(self.link.jitter.as_micros() as u32 + 1);
                    let at = self.now + self.link.latency + Duration::from_micros(u64::from(jitter_us));
                    let (to, bytes) = (transmit.flow.remote, transmit.bytes.clone());
                    self.put(
                        at,
                        Packet {
                            from: address(node),
                            to,
                            connection: None,
                            bytes,
                        },
                    );
                }
            }
            TransportKind::Tcp => self.send_stream(node, transmit),
        }
    }

    fn send_stream(&mut self, node: usize, transmit: Transmit) {
        let flow = transmit.flow;
        let own = match flow.connection {
            Some(own) => own,
            None if !self.addresses.contains(&flow.remote) => {
                self.nodes[node].handle_connection_failed(self.now, &flow);
                return;
            }
            None => {
                self.serial += 2;
                let (own, other) = (self.serial - 1, self.serial);
                self.connections.insert(own, (flow.remote, other));
                self.connections.insert(other, (address(node), own));
                self.nodes[node].handle_connected(
                    self.now,
                    &Flow {
                        connection: Some(own),
                        ..flow
                    },
                );
                own
            }
        };
        let Some((to, other)) = self.connections.get(&own).copied() else {
            return;
        };
        let at =
            (self.now + self.link.latency).max(self.last_arrival.get(&other).copied().unwrap_or_default());
        self.last_arrival.insert(other, at);
        self.put(
            at,
            Packet {
                from: address(node),
                to,
                connection: Some(other),
                bytes: transmit.bytes,
            },
        );
    }

    /// Breaks every connection of a node.
    pub fn break_connections(&mut self) {
        for (own, (address_of_other, other)) in std::mem::take(&mut self.connections) {
            let Some(node) = self.addresses.iter().position(|own| *own == address_of_other) else {
                continue;
            };
            let _ = own;
            self.nodes[node].handle_connection_closed(self.now, other);
        }
        self.drain();
    }

    fn deliver(&mut self, packet: Packet) {
        let Some(node) = self.addresses.iter().position(|own| *own == packet.to) else {
            self.mail
                .push(String::from_utf8_lossy(&packet.bytes).into_owned());
            return;
        };
        let (transport, kind) = match packet.connection {
            Some(_) => (TCP, TransportKind::Tcp),
            None => (UDP, TransportKind::Udp),
        };
        let flow = Flow {
            transport,
            kind,
            local: packet.to,
            remote: packet.from,
            connection: packet.connection,
        };
        match kind {
            TransportKind::Udp => self.nodes[node].handle_datagram(self.now, &flow, &packet.bytes),
            // Pieces show that framing does not depend on how bytes arrive.
            TransportKind::Tcp => {
                for piece in packet.bytes.chunks(100) {
                    self.nodes[node].handle_stream(self.now, &flow, piece);
                }
            }
        }
    }

    fn next_at(&self, with_timers: bool) -> Option<Duration> {
        let packet = self.flying.first_key_value().map(|((at, _), _)| *at);
        let timer = self
            .nodes
            .iter()
            .filter_map(Endpoint::poll_timeout)
            .min()
            .filter(|_| with_timers);
        packet.into_iter().chain(timer).min()
    }

    fn step(&mut self, at: Duration) {
        self.now = self.now.max(at);
        while let Some(entry) = self.flying.first_entry() {
            if entry.key().0 > self.now {
                break;
            }
            let packet = entry.remove();
            self.deliver(packet);
            self.drain();
        }
        for node in 0..self.nodes.len() {
            self.nodes[node].handle_timeout(self.now);
        }
        self.drain();
    }

    /// Runs until nothing flies; timers fire only on the way.
    pub fn settle(&mut self) {
        self.drain();
        while let Some(at) = self.next_at(false) {
            self.step(at);
        }
    }

    pub fn run_for(&mut self, time: Duration) {
        self.drain();
        let end = self.now + time;
        while let Some(at) = self.next_at(true).filter(|at| *at <= end) {
            self.step(at);
        }
        self.now = end;
    }

    /// Runs long enough for every transaction to end, and sees that nothing is left.
    pub fn assert_all_over(&mut self) {
        self.run_for(Duration::from_secs(120));
        for (node, endpoint) in self.nodes.iter().enumerate() {
            let load = endpoint.load();
            assert_eq!(
                (load.sessions, load.transactions),
                (0, 0),
                "node {node}: {load:?}"
            );
            assert!(endpoint.is_consistent(), "node {node}");
        }
    }

    /// An answered call between two nodes.
    pub fn answered(&mut self, from: usize, to: usize) -> (SessionId, SessionId) {
        let caller = self.invite(from, to);
        self.settle();
        let callee = self.expect_incoming(to);
        self.nodes[to].ring(self.now, callee).expect("ring");
        self.settle();
        self.nodes[to].answer(self.now, callee, sdp()).expect("answer");
        self.settle();
        (caller, callee)
    }
}

/// The one header line of a text.
pub(super) fn header<'a>(text: &'a str, name: &str) -> &'a str {
    let line = text.lines().find(|line| {
        line.to_lowercase()
            .starts_with(&format!("{}:", name.to_lowercase()))
    });
    line.map_or("", |line| line[name.len() + 1..].trim())
}
