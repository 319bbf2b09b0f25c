//! The soft phone: one SIP user agent with its media, without sockets and without a clock.
//!
//! Call one method that takes `now`, then drain [`Phone::poll_transmit`], [`Phone::poll_need`] and
//! [`Phone::poll_event`], in this order; [`Phone::poll_timeout`] says when [`Phone::handle_timeout`] is due.

mod deeds;
mod signals;
mod sound;

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use ucx_media::{PacketKind, Plane, StreamId};
use ucx_sip::{
    Account, AccountId, Accounts, AorSettings, Endpoint, EndpointConfig, Flow, LocalTransport,
    RegistrationId, SessionId, TransportId, TransportKind,
};

use crate::call::{Call, Hold};
use crate::config::{PhoneConfig, Ports};
use crate::event::{CallId, Event, Happening};
use crate::ladder::{Arrow, Ladder};
use crate::report::CallReport;

/// Calls that are over and whose report and recording are kept; the oldest go first.
pub const MAX_ENDED: usize = 16;
/// Pairs of ports under [`Ports::From`]; also the most calls one phone may have.
pub const PORT_PAIRS: u32 = 64;
/// Packets, and events, that may wait to be drained; the oldest go first.
pub const MAX_WAITING: usize = 16_384;
/// The only socket SIP goes over.
const SIP: TransportId = TransportId(0);

/// Which of the phone's sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Socket {
    /// SIP over UDP.
    Sip,
    /// SIP over TCP; without a number the driver opens a connection and reports [`Phone::handle_connected`] or
    /// [`Phone::handle_connection_failed`].
    Connection(Option<u64>),
    /// A call's RTP.
    Rtp(StreamId),
    /// A call's RTCP.
    Rtcp(StreamId),
}

/// Bytes to put on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transmit {
    /// From which socket.
    pub socket: Socket,
    /// Where to.
    pub to: SocketAddr,
    /// What.
    pub bytes: Vec<u8>,
}

/// What the driver has to see to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// A pair of ports for a stream, told by [`Phone::handle_ports`].
    Ports { stream: StreamId },
    /// The stream's ports are no longer used.
    Release { stream: StreamId },
    /// A TCP connection is to be closed.
    Close { connection: u64 },
}

/// Why a deed was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PhoneError {
    /// There is no such call, or no call at all.
    NoSuchCall,
    /// The call's state does not allow it.
    WrongState,
    /// The number makes no SIP address.
    BadNumber(String),
    /// The character is on no key.
    BadDigit(char),
    /// The phone has as many calls as it may.
    TooManyCalls,
    /// A registration is there already.
    Registered,
    /// There is no registration.
    NotRegistered,
    /// What a table or queue below says.
    Refused(String),
}

impl fmt::Display for PhoneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchCall => f.write_str("there is no such call"),
            Self::WrongState => f.write_str("the call's state does not allow it"),
            Self::BadNumber(number) => write!(f, "{number:?} makes no SIP address"),
            Self::BadDigit(digit) => write!(f, "{digit:?} is on no key"),
            Self::TooManyCalls => f.write_str("the phone has as many calls as it may"),
            Self::Registered => f.write_str("the phone is registered already"),
            Self::NotRegistered => f.write_str("the phone is not registered"),
            Self::Refused(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for PhoneError {}

/// What is left of a call that is over.
#[derive(Debug)]
struct Ended {
    report: CallReport,
    recorded: Option<Vec<i16>>,
}

/// One soft phone.
pub struct Phone {
    config: PhoneConfig,
    endpoint: Endpoint,
    plane: Plane,
    random: ChaCha8Rng,
    calls: BTreeMap<CallId, Call>,
    by_session: BTreeMap<SessionId, CallId>,
    by_stream: BTreeMap<StreamId, CallId>,
    next_call: u32,
    next_stream: u32,
    registration: Option<RegistrationId>,
    ended: VecDeque<Ended>,
    ladder: Ladder,
    transmits: VecDeque<Transmit>,
    needs: VecDeque<Need>,
    events: VecDeque<Event>,
}

impl Phone {
    /// A phone that has done nothing yet.
    pub fn new(config: PhoneConfig) -> Self {
        let mut random = ChaCha8Rng::from_seed(config.seed);
        let local = LocalTransport {
            id: SIP,
            kind: config.transport,
            addr: config.sip,
            advertised: config.sip,
        };
        let mut endpoint_config = EndpointConfig::new(seed(&mut random), vec![local]);
        endpoint_config.user_agent = "ucx phone".to_owned();
        endpoint_config.contact_user.clone_from(&config.identity.user);
        let mut endpoint = Endpoint::new(endpoint_config);
        endpoint.set_accounts(whoever_calls());
        Self {
            endpoint,
            plane: Plane::new(seed(&mut random)),
            random,
            calls: BTreeMap::new(),
            by_session: BTreeMap::new(),
            by_stream: BTreeMap::new(),
            next_call: 1,
            next_stream: 0,
            registration: None,
            ended: VecDeque::new(),
            ladder: Ladder::new(&config.identity.user),
            transmits: VecDeque::new(),
            needs: VecDeque::new(),
            events: VecDeque::new(),
            config,
        }
    }

    /// Takes a datagram that came to one of the phone's sockets.
    pub fn handle_datagram(&mut self, now: Duration, socket: Socket, from: SocketAddr, bytes: &[u8]) {
        match socket {
            Socket::Sip => {
                self.ladder.note(now, Arrow::Received, from, bytes);
                let flow = self.flow(from, None);
                self.endpoint.handle_datagram(now, &flow, bytes);
            }
            Socket::Rtp(stream) => {
                if let Some(call) = self.by_stream.get(&stream).and_then(|id| self.calls.get_mut(id)) {
                    let event_payload = call
                        .agreement
                        .as_ref()
                        .and_then(|agreement| agreement.event_payload());
                    call.meter.hear(now, event_payload, bytes);
                }
                self.plane
                    .handle_datagram(now, stream, PacketKind::Rtp, from, bytes);
            }
            Socket::Rtcp(stream) => self
                .plane
                .handle_datagram(now, stream, PacketKind::Rtcp, from, bytes),
            // Streams come by `handle_stream`.
            Socket::Connection(_) => {}
        }
        self.settle(now);
    }

    /// Takes bytes of a TCP connection as they come.
    pub fn handle_stream(&mut self, now: Duration, connection: u64, from: SocketAddr, bytes: &[u8]) {
        self.ladder.note(now, Arrow::Received, from, bytes);
        let flow = self.flow(from, Some(connection));
        self.endpoint.handle_stream(now, &flow, bytes);
        self.settle(now);
    }

    /// A connection is open, asked for or not.
    pub fn handle_connected(&mut self, now: Duration, connection: u64, peer: SocketAddr) {
        let flow = self.flow(peer, Some(connection));
        self.endpoint.handle_connected(now, &flow);
        self.settle(now);
    }

    /// The connection that was asked for could not be opened.
    pub fn handle_connection_failed(&mut self, now: Duration, peer: SocketAddr) {
        let flow = self.flow(peer, None);
        self.endpoint.handle_connection_failed(now, &flow);
        self.settle(now);
    }

    /// A connection is gone.
    pub fn handle_connection_closed(&mut self, now: Duration, connection: u64) {
        self.endpoint.handle_connection_closed(now, connection);
        self.settle(now);
    }

    /// The RTP address of a stream, RTCP on the next port; `None` when there is none to be had.
    pub fn handle_ports(&mut self, now: Duration, stream: StreamId, rtp: Option<SocketAddr>) {
        self.take_ports(now, stream, rtp);
        self.settle(now);
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Duration) {
        self.endpoint.handle_timeout(now);
        self.plane.handle_timeout(now);
        let due: Vec<CallId> = self
            .calls
            .values()
            .filter(|call| call.due_at().is_some_and(|at| at <= now))
            .map(|call| call.id)
            .collect();
        for id in due {
            self.handle_due(now, id);
        }
        self.settle(now);
    }

    /// When [`Phone::handle_timeout`] is due next.
    pub fn poll_timeout(&self) -> Option<Duration> {
        let calls = self.calls.values().filter_map(Call::due_at);
        let below = [self.endpoint.poll_timeout(), self.plane.poll_timeout()];
        below.into_iter().flatten().chain(calls).min()
    }

    /// The next packet to send.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transmits.pop_front()
    }

    /// The next thing to see to.
    pub fn poll_need(&mut self) -> Option<Need> {
        self.needs.pop_front()
    }

    /// The next thing that happened.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Which of its sockets a local address is, for drivers that make addresses up.
    pub fn socket_at(&self, local: SocketAddr) -> Option<Socket> {
        if local == self.config.sip {
            return Some(Socket::Sip);
        }
        self.calls.values().find_map(|call| {
            let rtp = call.agreement.as_ref()?.audio();
            let is_rtcp = rtp.ip() == local.ip() && rtp.port().checked_add(1) == Some(local.port());
            match rtp == local {
                true => Some(Socket::Rtp(call.stream)),
                false => is_rtcp.then_some(Socket::Rtcp(call.stream)),
            }
        })
    }

    /// The SIP messages sent and received.
    pub fn ladder(&self) -> &Ladder {
        &self.ladder
    }

    /// The calls that live, oldest first.
    pub fn calls(&self) -> impl DoubleEndedIterator<Item = CallId> + '_ {
        self.calls.keys().copied()
    }

    /// The frequencies heard in a call just now, in Hz.
    pub fn tones(&self, call: CallId) -> Vec<u16> {
        self.calls
            .get(&call)
            .map(|call| call.tones().collect())
            .unwrap_or_default()
    }

    /// The figures of a call that lives, or of one of the last [`MAX_ENDED`] that are over.
    pub fn report(&self, now: Duration, call: CallId) -> Option<CallReport> {
        let live = self.calls.get(&call).map(|call| call.report(now, &self.plane));
        live.or_else(|| {
            self.ended
                .iter()
                .find(|ended| ended.report.call == call)
                .map(|ended| ended.report.clone())
        })
    }

    /// The newest call, whether it lives or is over.
    pub fn latest(&self) -> Option<CallId> {
        self.next_call.checked_sub(1).filter(|id| *id > 0).map(CallId)
    }

    /// Whether there is a registration, granted or asked for.
    pub fn is_registered(&self) -> bool {
        self.registration.is_some()
    }

    /// Sessions, transactions and timers that are left; all are 0 some time after the last call.
    pub fn load(&self) -> ucx_sip::Load {
        self.endpoint.load()
    }

    fn flow(&self, remote: SocketAddr, connection: Option<u64>) -> Flow {
        Flow {
            transport: SIP,
            kind: self.config.transport,
            local: self.config.sip,
            remote,
            connection,
        }
    }

    fn tell(&mut self, now: Duration, what: Happening) {
        push(&mut self.events, Event { what, at: now });
    }

    /// Passes everything that follows from the last input on, until all is quiet.
    fn settle(&mut self, now: Duration) {
        loop {
            if let Some(event) = self.endpoint.poll_event() {
                self.handle_signal(now, event);
            } else if let Some(event) = self.plane.poll_event() {
                self.handle_sound(now, event);
            } else {
                break;
            }
        }
        while let Some(transmit) = self.endpoint.poll_transmit() {
            let to = transmit.flow.remote;
            self.ladder.note(now, Arrow::Sent, to, &transmit.bytes);
            let socket = match transmit.flow.kind {
                TransportKind::Udp => Socket::Sip,
                TransportKind::Tcp => Socket::Connection(transmit.flow.connection),
            };
            push(
                &mut self.transmits,
                Transmit {
                    socket,
                    to,
                    bytes: transmit.bytes,
                },
            );
        }
        while let Some(transmit) = self.plane.poll_transmit() {
            let bytes = self.plane.bytes(&transmit).to_vec();
            let socket = match transmit.kind {
                PacketKind::Rtp => Socket::Rtp(transmit.stream),
                PacketKind::Rtcp => Socket::Rtcp(transmit.stream),
            };
            push(
                &mut self.transmits,
                Transmit {
                    socket,
                    to: transmit.to,
                    bytes,
                },
            );
        }
    }

    /// Names the next stream so that under [`Ports::From`] its ports are free.
    fn fresh_stream(&mut self) -> StreamId {
        loop {
            let stream = StreamId(self.next_stream);
            self.next_stream = self.next_stream.wrapping_add(1);
            let pair = stream.0 % PORT_PAIRS;
            if self.by_stream.keys().all(|used| used.0 % PORT_PAIRS != pair) {
                return stream;
            }
        }
    }

    fn has_room(&self) -> bool {
        self.calls.len() < self.config.max_calls.min(PORT_PAIRS as usize)
    }

    /// Asks for the ports of a stream, or takes the next of its own.
    fn ask_for_ports(&mut self, now: Duration, stream: StreamId) {
        match self.config.ports {
            Ports::Ask => self.needs.push_back(Need::Ports { stream }),
            Ports::From(first) => {
                let offset = (stream.0 % PORT_PAIRS) * 2;
                let port = u16::try_from(offset)
                    .ok()
                    .and_then(|offset| first.port().checked_add(offset));
                self.take_ports(now, stream, port.map(|port| SocketAddr::new(first.ip(), port)));
            }
        }
    }

    /// Takes a call out of the tables; gives its report.
    fn finish(&mut self, now: Duration, id: CallId) -> Option<Box<CallReport>> {
        let mut call = self.calls.remove(&id)?;
        let report = call.report(now, &self.plane);
        let recorded = call.tape.take().map(|tape| tape.finish(now));
        if call.agreement.is_some() {
            // The stream was opened with the agreement, so it is there.
            let _ = self
                .plane
                .handle_command(now, ucx_media::Command::Close { stream: call.stream });
        }
        if let Some(session) = call.session {
            self.by_session.remove(&session);
        }
        self.by_stream.remove(&call.stream);
        if self.config.ports == Ports::Ask {
            self.needs.push_back(Need::Release { stream: call.stream });
        }
        if self.ended.len() == MAX_ENDED {
            self.ended.pop_front();
        }
        self.ended.push_back(Ended {
            report: report.clone(),
            recorded,
        });
        Some(Box::new(report))
    }

    fn call_mut(&mut self, id: CallId) -> Result<&mut Call, PhoneError> {
        self.calls.get_mut(&id).ok_or(PhoneError::NoSuchCall)
    }
}

fn push<T>(waiting: &mut VecDeque<T>, thing: T) {
    if waiting.len() == MAX_WAITING {
        waiting.pop_front();
    }
    waiting.push_back(thing);
}

fn seed(random: &mut ChaCha8Rng) -> [u8; 32] {
    let mut seed = [0; 32];
    random.fill_bytes(&mut seed);
    seed
}

/// A phone takes calls from anybody: whoever reaches its address is its host.
pub(crate) fn whoever_calls() -> Accounts {
    const ANYBODY: &str = "anybody";
    let mut accounts = Accounts::default();
    let account = Account {
        is_known_by_user: false,
        ..Account::of_user(AccountId(0), ANYBODY, None)
    };
    accounts.add_user(
        account,
        ANYBODY,
        AorSettings {
            max_contacts: 0,
            ..AorSettings::default()
        },
    );
    accounts.anonymous = Some(ANYBODY.to_owned());
    accounts
}

impl Hold {
    pub(crate) fn is_holding(self) -> bool {
        match self {
            Self::Holding => true,
            Self::Talking => false,
        }
    }
}
