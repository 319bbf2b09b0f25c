//! A host, one peer that speaks SIP to it, and media commands written down instead of carried out.

use crate::control::{Control, ControlConfig};
use crate::directory::SharedDirectory;
use crate::media::MediaDriver;
use crate::sounds::{LoadedSounds, Loading, MemorySounds, SoundSource};
use std::cell::RefCell;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{Action, ChannelId, EventKind};
use ucx_media::{Command, Sound, StreamConfig, StreamId};
use ucx_pbx::{Delivery, Pbx, PbxConfig, SubscribeSpec, Subscription};
use ucx_sip::{Endpoint, EndpointConfig, Flow, LocalTransport, TransportId, TransportKind};

pub(super) const HOST: SocketAddr = SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 5060);
pub(super) const PEER: SocketAddr = SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 5072);

/// Writes commands down.
#[derive(Clone, Default)]
pub(super) struct Paper(pub Rc<RefCell<Vec<Command>>>);

impl MediaDriver for Paper {
    fn open(&mut self, stream: StreamId, at: IpAddr, _config: StreamConfig) -> io::Result<SocketAddr> {
        Ok(SocketAddr::new(
            at,
            10_000 + 2 * u16::try_from(stream.0).expect("few"),
        ))
    }

    fn command(&mut self, command: Command) {
        self.0.borrow_mut().push(command);
    }

    fn close(&mut self, _stream: StreamId) {}
}

/// One sound and one piece of music.
pub(super) struct OneSound(MemorySounds);

impl SoundSource for OneSound {
    fn load(&self, names: Arc<[Arc<str>]>, language: Arc<str>) -> Loading {
        self.0.load(names, language)
    }

    fn music(&self, class: Arc<str>) -> Loading {
        let piece = (*class == *"default").then(|| Arc::new(Sound::from_samples(&[7; 800])));
        Box::pin(std::future::ready(LoadedSounds {
            missing: if piece.is_none() { vec![class] } else { Vec::new() },
            sounds: piece.into_iter().collect(),
        }))
    }
}

pub(super) struct World {
    pub control: Control<Paper>,
    pub pbx: Pbx,
    pub peer: Endpoint,
    pub peer_events: Vec<ucx_sip::Event>,
    pub directory: SharedDirectory,
    pub paper: Paper,
    /// Whether the peer gets what is sent to it.
    pub is_deaf: bool,
    /// First lines of what the host sent.
    pub sent: Vec<String>,
    events: Subscription,
}

fn transport(at: SocketAddr) -> LocalTransport {
    LocalTransport {
        id: TransportId(0),
        kind: TransportKind::Udp,
        addr: at,
        advertised: at,
    }
}

pub(super) fn flow(local: SocketAddr, remote: SocketAddr) -> Flow {
    Flow {
        transport: TransportId(0),
        kind: TransportKind::Udp,
        local,
        remote,
        connection: None,
    }
}

pub(super) fn pjsip(text: &str) -> ucx_config::pjsip::Pjsip {
    let text = format!("[udp]\ntype=transport\nprotocol=udp\nbind=127.0.0.1\n{text}");
    let (config, _) = ucx_config::parse_text("pjsip.conf", &text);
    let (pjsip, diagnostics) = ucx_config::pjsip::load(&config);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    pjsip
}

impl World {
    /// A host with that pjsip.conf. Needs a paused clock and a local set.
    pub(super) fn new(text: &str) -> Self {
        let directory = SharedDirectory::default();
        let accounts = {
            let mut directory = directory.0.borrow_mut();
            directory.set_local(vec![transport(HOST)]);
            directory.load(&pjsip(text))
        };
        let mut sip = Endpoint::new(EndpointConfig::new([1; 32], vec![transport(HOST)]));
        sip.set_accounts(accounts);
        let mut peer = Endpoint::new(EndpointConfig::new([2; 32], vec![transport(PEER)]));
        peer.set_accounts(ucx_sip::Accounts::default());
        let pbx = Pbx::new(PbxConfig {
            technologies: Box::new(directory.clone()),
            ..PbxConfig::default()
        });
        let events = pbx.subscribe(SubscribeSpec::all("test")).expect("the first");
        let paper = Paper::default();
        let beep = MemorySounds::default().with("hello", Sound::from_samples(&[1; 1600]));
        let control = Control::new(ControlConfig {
            pbx: pbx.clone(),
            sip,
            media: paper.clone(),
            directory: directory.clone(),
            sounds: Rc::new(OneSound(beep)),
            media_address: None,
        });
        Self {
            control,
            pbx,
            peer,
            peer_events: Vec::new(),
            directory,
            paper,
            is_deaf: false,
            sent: Vec::new(),
            events,
        }
    }

    /// Lets both sides speak until they have nothing to say.
    pub(super) fn settle(&mut self) {
        loop {
            self.control.settle();
            let now = self.pbx.now();
            let mut is_quiet = true;
            while let Some(transmit) = self.control.poll_transmit() {
                is_quiet = false;
                let text = String::from_utf8_lossy(&transmit.bytes).into_owned();
                self.sent.push(text.lines().next().unwrap_or_default().to_owned());
                if !self.is_deaf && transmit.flow.remote == PEER {
                    self.peer.handle_datagram(now, &flow(PEER, HOST), &transmit.bytes);
                }
            }
            while let Some(event) = self.peer.poll_event() {
                self.peer_events.push(event);
            }
            while let Some(transmit) = self.peer.poll_transmit() {
                is_quiet = false;
                let from = flow(HOST, PEER);
                self.control.sip().handle_datagram(now, &from, &transmit.bytes);
            }
            if is_quiet {
                return;
            }
        }
    }

    /// Lets time pass, stopping wherever something is due.
    pub(super) async fn run(&mut self, time: Duration) {
        let end = self.pbx.now() + time;
        self.settle();
        loop {
            let now = self.pbx.now();
            let due = self
                .control
                .poll_timeout()
                .into_iter()
                .chain(self.peer.poll_timeout());
            let next = due.min().unwrap_or(end).min(end);
            tokio::time::sleep(next.saturating_sub(now).max(Duration::from_millis(1))).await;
            self.control.handle_timeout();
            self.peer.handle_timeout(self.pbx.now());
            self.settle();
            if self.pbx.now() >= end {
                return;
            }
        }
    }

    /// Takes what loads and files did meanwhile.
    pub(super) async fn finish(&mut self) {
        let wait = tokio::time::timeout(Duration::from_secs(5), self.control.finished());
        let finished = wait.await.expect("it is done").expect("the loop lives");
        self.control.handle_finished(finished);
        self.settle();
    }

    /// What was published since, each event as a word or two; others than those of doors and contacts are left out.
    pub(super) fn told(&mut self) -> Vec<String> {
        let mut told = Vec::new();
        while let Some(delivery) = self.events.try_recv() {
            let Delivery::Event(event) = delivery else {
                panic!("a gap");
            };
            told.extend(word(&event.kind));
        }
        told
    }

    /// Calls the endpoint, which does not answer, and gives the channel.
    pub(super) fn dial(&mut self, number: u64, endpoint: &str) -> ChannelId {
        self.is_deaf = true;
        let channel = ChannelId(number);
        self.dial_as(channel, endpoint, &[]);
        channel
    }

    /// Calls the endpoint and offers those codecs.
    pub(super) fn dial_as(&mut self, channel: ChannelId, endpoint: &str, codecs: &[&str]) {
        self.control.handle_action(Action::Dial {
            channel,
            endpoint: Arc::from(endpoint),
            target: Arc::from(format!("sip:bob@{PEER}")),
            caller: ucx_call::Party::default(),
            parent: None,
            headers: Arc::from([]),
            codecs: codecs.iter().map(|name| Arc::from(*name)).collect(),
        });
        self.settle();
    }

    pub(super) fn commands(&self) -> Vec<Command> {
        std::mem::take(&mut *self.paper.0.borrow_mut())
    }
}

fn word(kind: &EventKind) -> Option<String> {
    if let EventKind::Security(event) = kind {
        return Some(format!(
            "{} {} {}",
            event.kind.name(),
            event.account,
            event.session.is_empty()
        ));
    }
    if let EventKind::EndpointStatus {
        endpoint,
        is_reachable,
        ..
    } = kind
    {
        return Some(format!("{endpoint} reachable {is_reachable}"));
    }
    if let EventKind::ContactAdded { contact, .. } = kind {
        return Some(format!("added {contact}"));
    }
    if let EventKind::ContactRemoved { reason, .. } = kind {
        return Some(format!("removed {reason}"));
    }
    if let EventKind::ContactStatus { status, .. } = kind {
        return Some((*status).to_owned());
    }
    if let EventKind::RegistrationChanged { name, status, .. } = kind {
        return Some(format!("{name} {status}"));
    }
    None
}
