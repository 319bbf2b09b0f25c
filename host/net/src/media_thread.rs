//! A media thread: one plane, its sockets, and nothing else to do.

use crate::media::MediaDriver;
use crate::ports::PortRange;
use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token, Waker};
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use ucx_media::{Command, Event, MAX_DATAGRAM_BYTES, PacketKind, Plane, Statistics, StreamConfig, StreamId};

/// Commands that may wait for the thread; opening a further stream is refused.
const COMMANDS_MAX: usize = 65_536;
/// Packets read from one socket before others have their turn.
const READS_MAX: usize = 32;
/// Readiness events taken at once.
const READY_MAX: usize = 1024;
/// The waker's token; streams count from 1.
const WAKER: Token = Token(0);

/// What a media thread is made of.
pub struct MediaThreadConfig {
    /// Seed of sources and sequence numbers; a secret outside of tests.
    pub seed: [u8; 32],
    /// Time since 1970 when the host started.
    pub epoch: Duration,
    /// When the host started, so that all clocks agree.
    pub started: Instant,
    /// Ports that may be used.
    pub ports: PortRange,
}

enum Order {
    Open {
        stream: StreamId,
        config: Box<StreamConfig>,
        rtp: std::net::UdpSocket,
        rtcp: std::net::UdpSocket,
    },
    Do(Command),
    Close(StreamId),
    Stop,
}

/// The control loop's end of a media thread.
pub struct MediaThread {
    orders: SyncSender<Order>,
    waker: Arc<Waker>,
    /// Orders wait that the thread was not woken for.
    is_behind: bool,
    ports: PortRange,
    thread: Option<JoinHandle<()>>,
}

impl MediaThread {
    /// Starts the thread. Its events go to `events`; those that do not fit are dropped and counted in the log.
    ///
    /// # Errors
    /// When the thread or its poll cannot be made.
    pub fn start(config: MediaThreadConfig, events: mpsc::Sender<Event>) -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
        let (orders, inbox) = sync_channel(COMMANDS_MAX);
        let ports = config.ports;
        let plane = Plane::new(config.seed).with_epoch(config.epoch);
        let worker = Worker {
            poll,
            plane,
            inbox,
            events,
            sockets: HashMap::new(),
            started: config.started,
            lost: 0,
        };
        let thread = std::thread::Builder::new()
            .name("ucx-media".to_owned())
            .spawn(move || worker.run())?;
        Ok(Self {
            orders,
            waker,
            is_behind: false,
            ports,
            thread: Some(thread),
        })
    }

    /// Leaves an order; the thread sees it with the next [`MediaDriver::flush`], as waking it costs more than the order.
    fn order(&mut self, order: Order) -> io::Result<()> {
        self.is_behind = true;
        self.orders.try_send(order).map_err(|error| match error {
            TrySendError::Full(_) => io::Error::new(io::ErrorKind::WouldBlock, "the media thread is behind"),
            TrySendError::Disconnected(_) => {
                io::Error::new(io::ErrorKind::BrokenPipe, "the media thread is gone")
            }
        })
    }

    fn tell(&mut self, order: Order) {
        if let Err(error) = self.order(order) {
            tracing::error!(%error, "media does not follow the calls");
        }
    }
}

impl MediaDriver for MediaThread {
    fn open(&mut self, stream: StreamId, at: IpAddr, config: StreamConfig) -> io::Result<SocketAddr> {
        let (rtp, rtcp) = self.ports.bind(at)?;
        let address = rtp.local_addr()?;
        for socket in [&rtp, &rtcp] {
            socket.set_nonblocking(true)?;
        }
        self.order(Order::Open {
            stream,
            config: Box::new(config),
            rtp,
            rtcp,
        })?;
        Ok(address)
    }

    fn command(&mut self, command: Command) {
        self.tell(Order::Do(command));
    }

    fn close(&mut self, stream: StreamId) {
        self.tell(Order::Close(stream));
    }

    fn flush(&mut self) {
        if std::mem::take(&mut self.is_behind)
            && let Err(error) = self.waker.wake()
        {
            tracing::error!(%error, "the media thread cannot be woken");
        }
    }
}

impl Drop for MediaThread {
    fn drop(&mut self) {
        // A thread that is gone already needs no order.
        let _ = self.order(Order::Stop);
        self.flush();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Sockets {
    rtp: UdpSocket,
    rtcp: UdpSocket,
}

struct Worker {
    poll: Poll,
    plane: Plane,
    inbox: Receiver<Order>,
    events: mpsc::Sender<Event>,
    sockets: HashMap<StreamId, Sockets>,
    started: Instant,
    lost: u64,
}

fn token(stream: StreamId, kind: PacketKind) -> Token {
    let odd = match kind {
        PacketKind::Rtp => 0,
        PacketKind::Rtcp => 1,
    };
    Token(stream.0 as usize * 2 + odd)
}

fn stream_of(token: Token) -> (StreamId, PacketKind) {
    let kind = if token.0.is_multiple_of(2) {
        PacketKind::Rtp
    } else {
        PacketKind::Rtcp
    };
    (StreamId(u32::try_from(token.0 / 2).unwrap_or(u32::MAX)), kind)
}

impl Worker {
    fn run(mut self) {
        let mut ready = Events::with_capacity(READY_MAX);
        let mut buffer = vec![0; MAX_DATAGRAM_BYTES];
        loop {
            let now = self.started.elapsed();
            let wait = self.plane.poll_timeout().map(|due| due.saturating_sub(now));
            if let Err(error) = self.poll.poll(&mut ready, wait)
                && error.kind() != io::ErrorKind::Interrupted
            {
                tracing::error!(%error, "the media thread cannot wait for its sockets");
                return;
            }
            if !self.obey() {
                return;
            }
            for event in &ready {
                if event.token() != WAKER {
                    self.read(event.token(), &mut buffer);
                }
            }
            let now = self.started.elapsed();
            if self.plane.poll_timeout().is_some_and(|due| due <= now) {
                self.plane.handle_timeout(now);
                self.drain();
            }
        }
    }

    /// Does what was ordered; false to stop.
    fn obey(&mut self) -> bool {
        while let Ok(order) = self.inbox.try_recv() {
            let now = self.started.elapsed();
            match order {
                Order::Stop => return false,
                Order::Open {
                    stream,
                    config,
                    rtp,
                    rtcp,
                } => self.open(now, stream, config, rtp, rtcp),
                Order::Do(command) => {
                    if let Err(refusal) = self.plane.handle_command(now, command) {
                        tracing::debug!(%refusal, "a media command has no effect");
                    }
                }
                Order::Close(stream) => self.close(now, stream),
            }
            self.drain();
        }
        true
    }

    fn open(
        &mut self,
        now: Duration,
        stream: StreamId,
        config: Box<StreamConfig>,
        rtp: std::net::UdpSocket,
        rtcp: std::net::UdpSocket,
    ) {
        let (mut rtp, mut rtcp) = (UdpSocket::from_std(rtp), UdpSocket::from_std(rtcp));
        let registry = self.poll.registry();
        for (socket, kind) in [(&mut rtp, PacketKind::Rtp), (&mut rtcp, PacketKind::Rtcp)] {
            if let Err(error) = registry.register(socket, token(stream, kind), Interest::READABLE) {
                tracing::error!(%error, "a media socket cannot be watched");
            }
        }
        if let Err(refusal) = self.plane.handle_command(now, Command::Open { stream, config }) {
            tracing::warn!(%refusal, "a media stream was not opened");
            return;
        }
        self.sockets.insert(stream, Sockets { rtp, rtcp });
    }

    fn close(&mut self, now: Duration, stream: StreamId) {
        // Its goodbye leaves before the sockets close.
        if self.plane.handle_command(now, Command::Close { stream }).is_ok() {
            self.drain();
        }
        if let Some(mut sockets) = self.sockets.remove(&stream) {
            let registry = self.poll.registry();
            let _ = registry.deregister(&mut sockets.rtp);
            let _ = registry.deregister(&mut sockets.rtcp);
        }
    }

    fn read(&mut self, token: Token, buffer: &mut [u8]) {
        let (stream, kind) = stream_of(token);
        let mut is_dry = false;
        while !is_dry {
            for _ in 0..READS_MAX {
                let Some(sockets) = self.sockets.get(&stream) else {
                    return;
                };
                let socket = match kind {
                    PacketKind::Rtp => &sockets.rtp,
                    PacketKind::Rtcp => &sockets.rtcp,
                };
                match socket.recv_from(buffer) {
                    Ok((length, from)) => {
                        let now = self.started.elapsed();
                        self.plane
                            .handle_datagram(now, stream, kind, from, &buffer[..length]);
                        self.drain();
                    }
                    // Readiness is edge-triggered: what is left unread would not be told again.
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        is_dry = true;
                        break;
                    }
                    // The far end refused an earlier packet; nothing is wrong with the socket.
                    Err(_) => {}
                }
            }
            // A flooded socket must not starve the others: timers and orders are looked at in between.
            if !is_dry && !self.obey() {
                return;
            }
        }
    }

    fn drain(&mut self) {
        while let Some(transmit) = self.plane.poll_transmit() {
            let Some(sockets) = self.sockets.get(&transmit.stream) else {
                continue;
            };
            let socket = match transmit.kind {
                PacketKind::Rtp => &sockets.rtp,
                PacketKind::Rtcp => &sockets.rtcp,
            };
            // What the kernel does not take now is late anyway.
            let _ = socket.send_to(self.plane.bytes(&transmit), transmit.to);
        }
        while let Some(event) = self.plane.poll_event() {
            match &event {
                // Nothing follows from this, and telling it would wake the control loop.
                Event::Closed { stream, statistics } => {
                    tell_closed(*stream, statistics);
                    continue;
                }
                Event::DigitBegan { .. }
                | Event::DigitEnded { .. }
                | Event::DigitsSent { .. }
                | Event::PlaybackEnded { .. }
                | Event::RtpTimeout { .. }
                | Event::ReportReceived { .. }
                | Event::ReportSent { .. }
                | Event::Measured { .. }
                | Event::MixPlaybackEnded { .. }
                | Event::MixRecorded { .. }
                | Event::Recorded { .. }
                | Event::RemoteLearned { .. } => {}
            }
            if self.events.try_send(event).is_err() {
                self.lost += 1;
                if self.lost.is_power_of_two() {
                    tracing::warn!(
                        lost = self.lost,
                        "the control loop does not keep up with media events"
                    );
                }
            }
        }
    }
}

/// Writes down how a stream went.
fn tell_closed(stream: StreamId, statistics: &Statistics) {
    tracing::debug!(
        stream = stream.0,
        sent = statistics.sent_packets,
        received = statistics.received_packets,
        lost = statistics.lost_packets,
        foreign = statistics.counters.foreign,
        malformed = statistics.counters.malformed,
        unknown_payload = statistics.counters.unknown_payload,
        "a media stream was closed"
    );
}
