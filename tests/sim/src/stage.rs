//! What the host's drivers and the rest of the world share: the network, the media plane, and the first broken rule.

use crate::chance::derive;
use crate::network::{Network, Parcel, SIP_PORT, Weather};
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use ucx_media::{Command, Event as MediaEvent, PacketKind, Plane, StreamConfig, StreamId};
use ucx_net::{Inbound, MediaDriver, Wire};
use ucx_pbx::Pbx;
use ucx_plugins::Processors;
use ucx_sip::{Flow, Transmit, TransportId, TransportKind};

/// Where the host is.
pub(crate) const HOST: SocketAddr =
    SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1)), SIP_PORT);

/// The first and one past the last port of the host's media; each stream takes two.
const MEDIA_PORTS: (u16, u16) = (10_000, 60_000);

/// SIP messages that may wait for the control loop; as much as a socket's buffer would hold.
const INBOX_MAX: usize = 4_096;

/// What everybody stands on.
pub(crate) struct Stage {
    pub network: RefCell<Network>,
    pub media: RefCell<Media>,
    inbox: RefCell<VecDeque<Inbound>>,
    arrival: Notify,
    /// The world has something new to look at.
    pub wake: Notify,
    broken: RefCell<Option<String>>,
    /// SIP messages as lines for the log.
    pub said: RefCell<Vec<String>>,
}

/// The host's media plane and its made-up sockets.
pub(crate) struct Media {
    plane: Plane,
    sockets: BTreeMap<SocketAddr, (StreamId, PacketKind)>,
    streams: BTreeMap<StreamId, SocketAddr>,
    next_port: u16,
    events: mpsc::Sender<MediaEvent>,
}

impl Stage {
    pub(crate) fn new(seed: u64, weather: Weather, events: mpsc::Sender<MediaEvent>) -> Self {
        let media = Media {
            plane: Plane::new(derive(seed, "media")),
            sockets: BTreeMap::new(),
            streams: BTreeMap::new(),
            next_port: MEDIA_PORTS.0,
            events,
        };
        Self {
            network: RefCell::new(Network::new(seed, weather)),
            media: RefCell::new(media),
            inbox: RefCell::default(),
            arrival: Notify::new(),
            wake: Notify::new(),
            broken: RefCell::default(),
            said: RefCell::default(),
        }
    }

    /// A rule does not hold. The first one counts.
    pub(crate) fn note_broken(&self, rule: impl Into<String>) {
        self.broken.borrow_mut().get_or_insert_with(|| rule.into());
        self.wake.notify_one();
    }

    pub(crate) fn check(&self, outcome: Result<(), String>) {
        if let Err(rule) = outcome {
            self.note_broken(rule);
        }
    }

    pub(crate) fn broken(&self) -> Option<String> {
        self.broken.borrow().clone()
    }

    pub(crate) fn send(&self, now: Duration, from: SocketAddr, to: SocketAddr, bytes: Vec<u8>) {
        if to.port() == SIP_PORT {
            let text = String::from_utf8_lossy(&bytes);
            let first = text.lines().next().unwrap_or_default();
            let cseq = text
                .lines()
                .find(|line| line.starts_with("CSeq"))
                .unwrap_or_default();
            let call = text
                .lines()
                .find(|line| line.starts_with("Call-ID"))
                .unwrap_or_default();
            let line = format!("sip {} {from} {to} {first}; {cseq}; {call}", now.as_micros());
            self.said.borrow_mut().push(line);
        }
        let sent = self.network.borrow_mut().send(now, Parcel { from, to, bytes });
        self.check(sent);
    }

    /// A packet arrived at the host.
    pub(crate) fn deliver(&self, now: Duration, parcel: Parcel) {
        if parcel.to == HOST {
            let mut inbox = self.inbox.borrow_mut();
            if inbox.len() >= INBOX_MAX {
                self.note_broken("the control loop does not keep up with its messages");
                return;
            }
            let flow = Flow {
                transport: TransportId(0),
                kind: TransportKind::Udp,
                local: HOST,
                remote: parcel.from,
                connection: None,
            };
            inbox.push_back(Inbound::Datagram {
                flow,
                bytes: parcel.bytes,
            });
            self.arrival.notify_one();
            return;
        }
        let mut media = self.media.borrow_mut();
        if let Some((stream, kind)) = media.sockets.get(&parcel.to).copied() {
            media
                .plane
                .handle_datagram(now, stream, kind, parcel.from, &parcel.bytes);
            self.drain(now, &mut media);
        }
    }

    pub(crate) fn media_due_at(&self) -> Option<Duration> {
        self.media.borrow().plane.poll_timeout()
    }

    pub(crate) fn handle_media_timeout(&self, now: Duration) {
        let mut media = self.media.borrow_mut();
        if media.plane.poll_timeout().is_some_and(|at| at <= now) {
            media.plane.handle_timeout(now);
            self.drain(now, &mut media);
        }
    }

    /// Media streams that are open.
    pub(crate) fn streams(&self) -> usize {
        self.media.borrow().streams.len()
    }

    fn drain(&self, now: Duration, media: &mut Media) {
        while let Some(transmit) = media.plane.poll_transmit() {
            let Some(rtp) = media.streams.get(&transmit.stream).copied() else {
                continue;
            };
            let from = match transmit.kind {
                PacketKind::Rtp => rtp,
                PacketKind::Rtcp => above(rtp),
            };
            self.send(now, from, transmit.to, media.plane.bytes(&transmit).to_vec());
        }
        while let Some(event) = media.plane.poll_event() {
            if media.events.try_send(event).is_err() {
                self.note_broken("the control loop does not keep up with media events");
            }
        }
    }
}

fn above(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip(), address.port() + 1)
}

impl Media {
    fn free_port(&mut self) -> Option<SocketAddr> {
        for _ in MEDIA_PORTS.0..MEDIA_PORTS.1 {
            let address = SocketAddr::new(HOST.ip(), self.next_port);
            self.next_port = if self.next_port + 2 < MEDIA_PORTS.1 {
                self.next_port + 2
            } else {
                MEDIA_PORTS.0
            };
            if !self.sockets.contains_key(&address) {
                return Some(address);
            }
        }
        None
    }
}

/// The control loop's SIP socket.
pub(crate) struct SimWire {
    pub stage: Rc<Stage>,
    pub pbx: Pbx,
    /// The processors it has to share with components, in a host that is wrong.
    pub shares: Option<Processors>,
}

impl Wire for SimWire {
    async fn recv(&mut self) -> Inbound {
        // The loop comes here after each of its steps.
        self.stage
            .check(self.pbx.with_switch(|switch| switch.check_invariants()));
        if let Some(shares) = &self.shares {
            shares(Duration::ZERO).await;
        }
        loop {
            if let Some(inbound) = self.try_recv() {
                return inbound;
            }
            self.stage.arrival.notified().await;
        }
    }

    fn try_recv(&mut self) -> Option<Inbound> {
        self.stage.inbox.borrow_mut().pop_front()
    }

    fn send(&mut self, transmit: Transmit) {
        self.stage
            .send(self.pbx.now(), HOST, transmit.flow.remote, transmit.bytes);
        self.stage.wake.notify_one();
    }

    fn close(&mut self, _connection: u64) {
        self.stage
            .note_broken("a connection is closed in a world without any");
    }
}

/// The control loop's way to the media plane.
pub(crate) struct SimMedia {
    pub stage: Rc<Stage>,
    pub pbx: Pbx,
}

impl SimMedia {
    fn act(&self, command: Command) {
        let now = self.pbx.now();
        let mut media = self.stage.media.borrow_mut();
        // A command that came too late for its stream has no effect, as on the real thread.
        let _ = media.plane.handle_command(now, command);
        self.stage.drain(now, &mut media);
        self.stage.wake.notify_one();
    }
}

impl MediaDriver for SimMedia {
    fn open(&mut self, stream: StreamId, _at: IpAddr, config: StreamConfig) -> io::Result<SocketAddr> {
        let full = || io::Error::new(io::ErrorKind::AddrInUse, "no port is free");
        let address = {
            let mut media = self.stage.media.borrow_mut();
            let address = media.free_port().ok_or_else(full)?;
            media.sockets.insert(address, (stream, PacketKind::Rtp));
            media.sockets.insert(above(address), (stream, PacketKind::Rtcp));
            if media.streams.insert(stream, address).is_some() {
                self.stage.note_broken("a media stream is opened twice");
            }
            address
        };
        self.act(Command::Open {
            stream,
            config: Box::new(config),
        });
        Ok(address)
    }

    fn command(&mut self, command: Command) {
        self.act(command);
    }

    fn close(&mut self, stream: StreamId) {
        self.act(Command::Close { stream });
        let mut media = self.stage.media.borrow_mut();
        match media.streams.remove(&stream) {
            Some(address) => {
                media.sockets.remove(&address);
                media.sockets.remove(&above(address));
            }
            None => self
                .stage
                .note_broken("a media stream is closed that is not open"),
        }
    }
}
