//! A load on real sockets: four of them at most, read and written in batches on one thread.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;

use super::{Load, LoadConfig, LoadReport, Side, Sound, Wire};
use crate::config::Identity;
use crate::driver::Clock;

/// Bytes each socket may hold for us; the system may give less.
const BUFFER_BYTES: usize = 8 << 20;
/// Datagrams read from one socket before the others and the timers have their turn.
const BATCH: usize = 64;
/// The largest datagram that is read, in bytes.
const MAX_DATAGRAM: usize = 65_536;

/// What a load is started with.
#[derive(Clone, Debug)]
pub struct LoadOptions {
    /// The host.
    pub server: SocketAddr,
    /// The domain in addresses, when that is not the server's address.
    pub domain: Option<String>,
    /// The address all sockets are bound to; the ports are any.
    pub bind: IpAddr,
    /// Who calls, in turn.
    pub callers: Vec<Identity>,
    /// Who registers and answers; nobody when the host itself answers.
    pub callees: Vec<Identity>,
    /// What is called, in turn.
    pub numbers: Vec<String>,
    /// Calls begun in a second.
    pub rate: f64,
    /// For how long calls are begun.
    pub duration: Duration,
    /// From the answer to the hangup.
    pub hold: Duration,
    /// How long callees ring; zero answers at once.
    pub ring: Duration,
    /// Whether calls carry sound.
    pub sound: Sound,
    /// The retransmission timer T1.
    pub t1: Duration,
    /// Fixes every tag and number; drawn from the system when there is none.
    pub seed: Option<[u8; 32]>,
}

impl LoadOptions {
    /// Ten calls a second for ten seconds, answered at once, ended after one, without sound.
    pub fn new(server: SocketAddr, bind: IpAddr) -> Self {
        Self {
            server,
            domain: None,
            bind,
            callers: Vec::new(),
            callees: Vec::new(),
            numbers: Vec::new(),
            rate: 10.0,
            duration: Duration::from_secs(10),
            hold: Duration::from_secs(1),
            ring: Duration::ZERO,
            sound: Sound::Silent,
            t1: Duration::from_millis(500),
            seed: None,
        }
    }
}

struct Wires {
    sockets: [UdpSocket; 4],
    addresses: [SocketAddr; 4],
}

/// The wires in the order of their sockets.
const WIRES: [Wire; 4] = [Wire::CallerSip, Wire::CalleeSip, Wire::CallerRtp, Wire::CalleeRtp];

impl Wires {
    fn bind(ip: IpAddr) -> io::Result<Self> {
        let sockets = [socket(ip)?, socket(ip)?, socket(ip)?, socket(ip)?];
        let mut addresses = [SocketAddr::new(ip, 0); 4];
        for (address, socket) in addresses.iter_mut().zip(&sockets) {
            *address = socket.local_addr()?;
        }
        Ok(Self { sockets, addresses })
    }

    fn of(&self, wire: Wire) -> &UdpSocket {
        let [caller_sip, callee_sip, caller_rtp, callee_rtp] = &self.sockets;
        match wire {
            Wire::CallerSip => caller_sip,
            Wire::CalleeSip => callee_sip,
            Wire::CallerRtp => caller_rtp,
            Wire::CalleeRtp => callee_rtp,
        }
    }

    async fn readable(&self) {
        let [first, second, third, fourth] = &self.sockets;
        tokio::select! {
            _ = first.readable() => {}
            _ = second.readable() => {}
            _ = third.readable() => {}
            _ = fourth.readable() => {}
        }
    }

    /// Sends all there is; waits for room where a socket has none.
    async fn drain(&self, load: &mut Load) {
        while let Some(transmit) = load.poll_transmit() {
            let socket = self.of(transmit.wire);
            let sent = socket.try_send_to(&transmit.bytes, transmit.to);
            if sent.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock) {
                // A packet that cannot be sent is lost, as on any network.
                drop(socket.send_to(&transmit.bytes, transmit.to).await);
            }
        }
    }
}

fn socket(ip: IpAddr) -> io::Result<UdpSocket> {
    let address = SocketAddr::new(ip, 0);
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    socket.set_recv_buffer_size(BUFFER_BYTES)?;
    socket.set_send_buffer_size(BUFFER_BYTES)?;
    socket.bind(&address.into())?;
    UdpSocket::from_std(socket.into())
}

/// CPU time of this process, user and system together.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Makes the calls and reports on them.
pub async fn load(options: LoadOptions) -> io::Result<LoadReport> {
    if !(options.rate.is_finite() && options.rate > 0.0) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "the rate must be above zero",
        ));
    }
    if options.callers.is_empty() || options.numbers.is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "a load needs callers and numbers to call",
        ));
    }
    let wires = Wires::bind(options.bind)?;
    let seed = options.seed.map_or_else(crate::cli::fresh_seed, Ok)?;
    let [caller_sip, callee_sip, caller_rtp, callee_rtp] = wires.addresses;
    let has_callees = !options.callees.is_empty();
    let callees = Side {
        identities: options.callees,
        sip: callee_sip,
        rtp: callee_rtp,
    };
    let config = LoadConfig {
        seed,
        server: options.server,
        domain: options.domain,
        callers: Side {
            identities: options.callers,
            sip: caller_sip,
            rtp: caller_rtp,
        },
        callees: has_callees.then_some(callees),
        numbers: options.numbers,
        rate: options.rate,
        duration: options.duration,
        hold: options.hold,
        ring: options.ring,
        sound: options.sound,
        t1: options.t1,
    };
    Ok(drive(config, &wires).await)
}

async fn drive(config: LoadConfig, wires: &Wires) -> LoadReport {
    let mut clock = Clock::new();
    let cpu_before = cpu_time();
    let mut load = Load::new(clock.now(), config);
    let mut buffer = vec![0; MAX_DATAGRAM];
    wires.drain(&mut load).await;
    while !load.is_over() {
        let due = clock.instant(load.poll_timeout());
        tokio::select! {
            () = wires.readable() => {}
            () = tokio::time::sleep_until(due) => {}
        }
        for wire in WIRES {
            for _ in 0..BATCH {
                let Ok((length, from)) = wires.of(wire).try_recv_from(&mut buffer) else {
                    break;
                };
                load.handle_datagram(clock.now(), wire, from, &buffer[..length]);
                wires.drain(&mut load).await;
            }
        }
        let now = clock.now();
        if load.poll_timeout().is_some_and(|at| at <= now) {
            load.handle_timeout(now);
            wires.drain(&mut load).await;
        }
    }
    let mut report = load.report();
    if report.begun > 0 {
        let cpu = cpu_time().saturating_sub(cpu_before);
        #[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^52 calls")]
        let calls = report.begun as f64;
        report.cpu_us_per_call = Some((cpu.as_secs_f64() * 1e7 / calls).round() / 10.0);
    }
    report
}
