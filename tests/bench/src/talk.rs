//! Held calls with sound, from a process of its own: steady packets both ways, some of them sent back to be timed.
//!
//! The same packets go through the host, through a bare forwarder, or from socket to socket, so that the three compare.
//! The process spins instead of sleeping: waking up would be timed with the packets.

use crate::generate::seed;
use crate::report::quantile;
use anyhow::{Context, Result, bail};
use clap::Args;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};
use ucx_phone::load::{Side, Sound, Wire};
use ucx_phone::{Identity, Load, LoadConfig};

const FRAME: Duration = Duration::from_millis(20);
/// A header and 20 ms of G.711.
const PACKET_BYTES: usize = 172;
const DATAGRAM_MAX: usize = 2048;
/// Marks packets the far side sends back.
const MARK: &[u8; 4] = b"time";
/// Calls whose packets are timed.
const TIMED: usize = 4;
/// Calls are begun at this rate before the sound starts.
const CALLS_PER_S: f64 = 100.0;
/// After the last call was begun it has so long to be answered.
const ANSWER: Duration = Duration::from_secs(1);
/// Packets timed from socket to socket.
const DIRECT: u32 = 2_000;
/// Packets of the first moments are not counted: the host still learns where they come from.
const SETTLING: Duration = Duration::from_millis(500);

/// What the process is told.
#[derive(Args)]
pub struct Options {
    /// The host; without it, `through` is waited for on standard input
    #[arg(long)]
    server: Option<SocketAddr>,
    #[arg(long)]
    calls: usize,
    #[arg(long)]
    talk_ms: u64,
    #[arg(long)]
    seed: u64,
}

/// The process: prints `addresses CALLER CALLEE`, `steady`, `over` and then its figures as JSON.
pub fn run(options: &Options) -> Result<()> {
    let mut talk = Talk::bind(options)?;
    println!(
        "addresses {} {}",
        talk.caller_rtp.local_addr()?,
        talk.callee_rtp.local_addr()?
    );
    let direct = talk.direct()?;
    match options.server {
        Some(server) => talk.call(server)?,
        None => talk.through_what_is_told()?,
    }
    let (callers, callees) = (talk.toward_caller_leg.len(), talk.toward_callee_leg.len());
    if callers != options.calls || callees != options.calls {
        bail!(
            "of {} calls {callers} were answered, {callees} reached the callee",
            options.calls
        );
    }
    talk.speak(SETTLING);
    println!("steady");
    talk.tally = Tally::default();
    talk.speak(Duration::from_millis(options.talk_ms));
    println!("over");
    let tally = std::mem::take(&mut talk.tally);
    let us = |values: &[f64], part| quantile(values, part) * 1e6;
    let json = serde_json::json!({
        "sent": tally.sent,
        "received": tally.received,
        "round_trips": tally.round_trips_s.len(),
        "p50_us": us(&tally.round_trips_s, 0.5),
        "p99_us": us(&tally.round_trips_s, 0.99),
        "direct_p50_us": us(&direct, 0.5),
    });
    println!("{json}");
    talk.end();
    Ok(())
}

#[derive(Default)]
struct Tally {
    sent: u64,
    received: u64,
    round_trips_s: Vec<f64>,
}

struct Talk {
    caller_sip: UdpSocket,
    callee_sip: UdpSocket,
    caller_rtp: UdpSocket,
    callee_rtp: UdpSocket,
    began: Instant,
    calls: usize,
    hold: Duration,
    seed: u64,
    load: Option<Load>,
    /// The host's ports, by Call-ID: where callers send to.
    toward_caller_leg: BTreeMap<String, SocketAddr>,
    /// Where callees send to.
    toward_callee_leg: BTreeMap<String, SocketAddr>,
    /// Where timed packets go back to; these streams have no packets of their own, or two sequences would mix.
    echoes: BTreeSet<SocketAddr>,
    frames: u32,
    tally: Tally,
}

impl Talk {
    fn bind(options: &Options) -> Result<Self> {
        let socket = || -> io::Result<UdpSocket> {
            let socket = UdpSocket::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
            socket.set_nonblocking(true)?;
            Ok(socket)
        };
        let talk = Duration::from_millis(options.talk_ms) + SETTLING + ANSWER * 3;
        #[expect(clippy::cast_precision_loss, reason = "there are hundreds of calls")]
        let begin = Duration::from_secs_f64(options.calls as f64 / CALLS_PER_S);
        Ok(Self {
            caller_sip: socket()?,
            callee_sip: socket()?,
            caller_rtp: socket()?,
            callee_rtp: socket()?,
            began: Instant::now(),
            calls: options.calls,
            hold: talk + begin,
            seed: options.seed,
            load: None,
            toward_caller_leg: BTreeMap::new(),
            toward_callee_leg: BTreeMap::new(),
            echoes: BTreeSet::new(),
            frames: 0,
            tally: Tally::default(),
        })
    }

    /// Times packets from one socket to the other and back, without anything between.
    fn direct(&self) -> Result<Vec<f64>> {
        let (caller, callee) = (self.caller_rtp.local_addr()?, self.callee_rtp.local_addr()?);
        let packet = [0; PACKET_BYTES];
        let mut buffer = [0; DATAGRAM_MAX];
        let mut times = Vec::new();
        for _ in 0..DIRECT {
            let began = Instant::now();
            self.caller_rtp.send_to(&packet, callee)?;
            while self.callee_rtp.recv_from(&mut buffer).is_err() {}
            self.callee_rtp.send_to(&packet, caller)?;
            while self.caller_rtp.recv_from(&mut buffer).is_err() {}
            times.push(began.elapsed().as_secs_f64());
        }
        Ok(times)
    }

    /// Makes the calls and learns the host's ports from what goes over the wire.
    fn call(&mut self, server: SocketAddr) -> Result<()> {
        let side = |user, sip: &UdpSocket, rtp: &UdpSocket| -> Result<Side> {
            Ok(Side {
                identities: vec![Identity::new(user)],
                sip: sip.local_addr()?,
                rtp: rtp.local_addr()?,
            })
        };
        #[expect(clippy::cast_precision_loss, reason = "there are hundreds of calls")]
        // Half a call less, so that rounding does not begin one more.
        let duration = Duration::from_secs_f64((self.calls as f64 - 0.5) / CALLS_PER_S);
        let config = LoadConfig {
            seed: seed(self.seed),
            server,
            domain: None,
            callers: side("caller", &self.caller_sip, &self.caller_rtp)?,
            callees: Some(side("callee", &self.callee_sip, &self.callee_rtp)?),
            numbers: vec!["100".to_owned()],
            rate: CALLS_PER_S,
            duration,
            hold: self.hold,
            ring: Duration::ZERO,
            sound: Sound::Silent,
            t1: Duration::from_millis(500),
        };
        let mut load = Load::new(self.began.elapsed(), config);
        flush(&mut load, &self.caller_sip, &self.callee_sip);
        self.load = Some(load);
        let until = Instant::now() + duration + ANSWER;
        while Instant::now() < until {
            self.signal();
            std::thread::sleep(Duration::from_micros(200));
        }
        Ok(())
    }

    /// Takes the forwarder's addresses from standard input.
    fn through_what_is_told(&mut self) -> Result<()> {
        let mut line = String::new();
        io::stdin()
            .read_line(&mut line)
            .context("reading the forwarder's addresses")?;
        for (number, address) in line.trim().split(',').enumerate() {
            let address = address
                .parse()
                .with_context(|| format!("no address: {address}"))?;
            let side = if number.is_multiple_of(2) {
                &mut self.toward_caller_leg
            } else {
                &mut self.toward_callee_leg
            };
            side.insert(number.to_string(), address);
        }
        Ok(())
    }

    /// Gives the calls what arrived, and does what is due for them.
    fn signal(&mut self) {
        let now = self.began.elapsed();
        let Some(load) = &mut self.load else { return };
        let mut buffer = [0; DATAGRAM_MAX];
        for (wire, socket) in [
            (Wire::CallerSip, &self.caller_sip),
            (Wire::CalleeSip, &self.callee_sip),
        ] {
            while let Ok((length, from)) = socket.recv_from(&mut buffer) {
                if let Some((call, port)) = media_of(&buffer[..length]) {
                    let side = match wire {
                        Wire::CallerSip | Wire::CallerRtp => &mut self.toward_caller_leg,
                        Wire::CalleeSip | Wire::CalleeRtp => &mut self.toward_callee_leg,
                    };
                    side.insert(call, SocketAddr::new(from.ip(), port));
                }
                load.handle_datagram(now, wire, from, &buffer[..length]);
            }
        }
        if load.poll_timeout().is_some_and(|due| due <= now) {
            load.handle_timeout(now);
        }
        flush(load, &self.caller_sip, &self.callee_sip);
    }

    /// Sends every stream's packet every 20 ms, one after the other at equal distances, and hears what comes.
    fn speak(&mut self, time: Duration) {
        let targets = |side: &BTreeMap<String, SocketAddr>| side.values().copied().collect::<Vec<_>>();
        let (callers, callees) = (targets(&self.toward_caller_leg), targets(&self.toward_callee_leg));
        let slots = u32::try_from(callers.len() + callees.len()).expect("there are hundreds of calls");
        let (began, mut slot) = (Instant::now(), 0_u32);
        let signalling_every = Duration::from_millis(5);
        let mut signalled_at = began;
        while began.elapsed() < time {
            if began.elapsed() >= FRAME * slot / slots {
                self.send(&callers, &callees, slot % slots, slot / slots);
                slot += 1;
            }
            self.hear();
            if signalled_at.elapsed() > signalling_every {
                signalled_at = Instant::now();
                self.signal();
            }
        }
        self.frames += slot / slots + 1;
        // What is under way still arrives.
        let until = Instant::now() + FRAME;
        while Instant::now() < until {
            self.hear();
        }
    }

    fn send(&mut self, callers: &[SocketAddr], callees: &[SocketAddr], slot: u32, frame: u32) {
        let (stream, from_caller) = (slot as usize / 2, slot.is_multiple_of(2));
        let (socket, targets) = if from_caller {
            (&self.caller_rtp, callers)
        } else {
            (&self.callee_rtp, callees)
        };
        if !from_caller && self.echoes.contains(&targets[stream]) {
            return;
        }
        let is_timed = from_caller && stream < TIMED;
        let packet = packet(slot, self.frames + frame, is_timed.then(|| self.began.elapsed()));
        if socket.send_to(&packet, targets[stream]).is_ok() {
            self.tally.sent += 1;
        }
    }

    fn hear(&mut self) {
        let mut buffer = [0; DATAGRAM_MAX];
        while let Ok((length, from)) = self.callee_rtp.recv_from(&mut buffer) {
            self.tally.received += 1;
            if is_marked(&buffer[..length]) {
                self.echoes.insert(from);
                if self.callee_rtp.send_to(&buffer[..length], from).is_ok() {
                    self.tally.sent += 1;
                }
            }
        }
        while let Ok((length, _)) = self.caller_rtp.recv_from(&mut buffer) {
            self.tally.received += 1;
            if is_marked(&buffer[..length]) {
                let sent_at = u64::from_be_bytes(buffer[16..24].try_into().expect("eight bytes are eight"));
                let taken = self.began.elapsed().saturating_sub(Duration::from_nanos(sent_at));
                self.tally.round_trips_s.push(taken.as_secs_f64());
            }
        }
    }

    /// Lets the calls end and the callee take its registration back.
    fn end(&mut self) {
        let until = self.began + self.hold + Duration::from_secs(10);
        while self.load.as_ref().is_some_and(|load| !load.is_over()) && Instant::now() < until {
            self.signal();
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

fn flush(load: &mut Load, caller_sip: &UdpSocket, callee_sip: &UdpSocket) {
    while let Some(transmit) = load.poll_transmit() {
        let socket = match transmit.wire {
            Wire::CallerSip | Wire::CallerRtp => caller_sip,
            Wire::CalleeSip | Wire::CalleeRtp => callee_sip,
        };
        // A packet that cannot be sent is lost, as on any network.
        let _ = socket.send_to(&transmit.bytes, transmit.to);
    }
}

/// The Call-ID and audio port of a message that describes the host's media.
fn media_of(bytes: &[u8]) -> Option<(String, u16)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let after = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
    let call = after("Call-ID: ").or_else(|| after("i: "))?;
    let port = after("m=audio ")?.split(' ').next()?.parse().ok()?;
    Some((call.trim().to_owned(), port))
}

fn packet(stream: u32, frame: u32, timed_at: Option<Duration>) -> [u8; PACKET_BYTES] {
    let mut packet = [0xff; PACKET_BYTES];
    packet[0] = 0x80;
    packet[1] = 0;
    packet[2..4].copy_from_slice(&((frame & 0xffff) as u16).to_be_bytes());
    packet[4..8].copy_from_slice(&(frame.wrapping_mul(160)).to_be_bytes());
    packet[8..12].copy_from_slice(&(stream + 1).to_be_bytes());
    if let Some(at) = timed_at {
        packet[12..16].copy_from_slice(MARK);
        let nanos = u64::try_from(at.as_nanos()).unwrap_or(u64::MAX);
        packet[16..24].copy_from_slice(&nanos.to_be_bytes());
    }
    packet
}

fn is_marked(packet: &[u8]) -> bool {
    packet.len() == PACKET_BYTES && packet[12..16] == *MARK
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_port_is_read_from_its_sdp() {
        let message = "SIP/2.0 200 OK\r\nCall-ID: abc\r\n\r\nv=0\r\nm=audio 10042 RTP/AVP 0\r\n";
        assert_eq!(media_of(message.as_bytes()), Some(("abc".to_owned(), 10042)));
        assert_eq!(media_of(b"SIP/2.0 100 Trying\r\nCall-ID: abc\r\n\r\n"), None);
    }

    #[test]
    fn a_timed_packet_is_known_again() {
        let timed = packet(3, 70_000, Some(Duration::from_nanos(77)));
        assert!(is_marked(&timed) && !is_marked(&packet(3, 1, None)));
        assert_eq!(timed[16..24], 77_u64.to_be_bytes());
        assert_eq!(timed[2..4], 4_464_u16.to_be_bytes());
    }
}
