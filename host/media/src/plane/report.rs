//! What the host and its peers tell each other about a stream (RFC 3550 section 6).

use super::Exits;
use super::command::RtcpPort;
use super::event::{Event, Report};
use super::outbox::PacketKind;
use super::stream::{MAX_DATAGRAM_BYTES, Stream};
use crate::reception::{Reception, round_trip};
use crate::rtcp::{self, CNAME, Chunk, Goodbye, NtpTime, ReceiverReport, RtcpPacket, SenderReport};
use rand_chacha::rand_core::Rng;
use std::net::SocketAddr;
use std::time::Duration;

/// The mean time between reports; each is half to one and a half of it (RFC 3550 section 6.3.1).
const INTERVAL_MS: u32 = 5000;

impl Stream {
    /// When to report next.
    pub(super) fn next_report(now: Duration, exits: &mut Exits) -> Duration {
        let wait = INTERVAL_MS / 2 + exits.random.next_u32() % (INTERVAL_MS + 1);
        now + Duration::from_millis(u64::from(wait))
    }

    pub(super) fn report(&mut self, now: Duration, exits: &mut Exits) {
        self.send_report(now, None, exits);
    }

    pub(super) fn say_goodbye(&mut self, now: Duration, exits: &mut Exits) {
        if self.outgoing.has_sent() {
            let goodbye = Goodbye {
                sources: vec![self.outgoing.ssrc()],
                reason: Vec::new(),
            };
            self.send_report(now, Some(RtcpPacket::Goodbye(goodbye)), exits);
        }
    }

    pub(super) fn hear_report(&mut self, now: Duration, from: SocketAddr, bytes: &[u8], exits: &mut Exits) {
        let packets = rtcp::parse(bytes)
            .ok()
            .filter(|_| bytes.len() <= MAX_DATAGRAM_BYTES);
        let Some(packets) = packets else {
            self.counters.malformed += 1;
            return;
        };
        if !self.may_report(from) {
            self.counters.foreign += 1;
            return;
        }
        self.rtcp_source = Some(from);
        for packet in packets {
            match packet {
                RtcpPacket::SenderReport(report) => {
                    let about = self
                        .reception
                        .as_mut()
                        .filter(|reception| reception.ssrc() == report.ssrc);
                    if let Some(reception) = about {
                        reception.hear_report(now, report.ntp);
                    }
                    self.take_report(now, from, Report::Sender(report), exits);
                }
                RtcpPacket::ReceiverReport(report) => {
                    self.take_report(now, from, Report::Receiver(report), exits);
                }
                RtcpPacket::Goodbye(_) | RtcpPacket::Other { .. } | RtcpPacket::SourceDescription(_) => {}
            }
        }
    }

    /// Reports are taken from the peer's host only, and from nobody before the peer is known.
    fn may_report(&self, from: SocketAddr) -> bool {
        let known = [self.learning.source(), self.learning.signalled()];
        let named = match self.config.rtcp {
            RtcpPort::At(address) => Some(address),
            RtcpPort::Muxed | RtcpPort::Next => None,
        };
        known
            .into_iter()
            .chain([named])
            .flatten()
            .any(|address| address.ip() == from.ip())
    }

    fn take_report(&mut self, now: Duration, from: SocketAddr, report: Report, exits: &mut Exits) {
        let ours = self.outgoing.ssrc();
        let mut trip = None;
        if let Some(block) = report.blocks().iter().find(|block| block.ssrc == ours) {
            trip = round_trip(NtpTime::from_unix(exits.epoch + now), block);
            self.round_trip = trip.or(self.round_trip);
            self.remote_block = Some(*block);
        }
        exits.events.push(Event::ReportReceived {
            stream: self.id,
            from,
            report,
            round_trip: trip,
        });
    }

    fn send_report(&mut self, now: Duration, goodbye: Option<RtcpPacket>, exits: &mut Exits) {
        let Some(to) = self.remote_rtcp() else {
            return;
        };
        if !self.outgoing.has_sent() && self.reception.is_none() {
            return;
        }
        let report = self.compose(now, exits.epoch);
        let first = match report.clone() {
            Report::Receiver(report) => RtcpPacket::ReceiverReport(report),
            Report::Sender(report) => RtcpPacket::SenderReport(report),
        };
        let name = Chunk {
            ssrc: self.outgoing.ssrc(),
            items: vec![(CNAME, exits.cname.clone().into_bytes())],
        };
        let compound: Vec<_> = [first, RtcpPacket::SourceDescription(vec![name])]
            .into_iter()
            .chain(goodbye)
            .collect();
        let kind = match self.config.rtcp {
            RtcpPort::Muxed => PacketKind::Rtp,
            RtcpPort::At(_) | RtcpPort::Next => PacketKind::Rtcp,
        };
        exits.outbox.push(self.id, kind, to, |bytes| {
            rtcp::write(&compound, bytes)
                .expect("one block, one short name and one source are within the limits");
        });
        exits.events.push(Event::ReportSent {
            stream: self.id,
            to,
            report,
        });
    }

    fn compose(&mut self, now: Duration, epoch: Duration) -> Report {
        let ssrc = self.outgoing.ssrc();
        let blocks: Vec<_> = self
            .reception
            .iter_mut()
            .map(|reception: &mut Reception| reception.report(now))
            .collect();
        if !self.outgoing.has_sent() {
            return Report::Receiver(ReceiverReport { ssrc, blocks });
        }
        let (packets, octets) = self.outgoing.sent();
        let ntp = NtpTime::from_unix(epoch + now);
        Report::Sender(SenderReport {
            ssrc,
            ntp,
            timestamp: self.outgoing.clock(now),
            packets,
            octets,
            blocks,
        })
    }
}
