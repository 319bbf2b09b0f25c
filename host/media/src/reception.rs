//! What is known about one incoming source: order, loss, jitter, and the report on it (RFC 3550 section 6.4, appendix A).

use crate::rtcp::{NtpTime, ReportBlock};
use crate::rtp::Header;
use std::time::Duration;

/// A jump ahead of more packets than this is a restart, not loss (RFC 3550 appendix A.1).
const MAX_DROPOUT: u16 = 3000;
/// A packet more than this behind is a restart, not late (RFC 3550 appendix A.1).
const MAX_MISORDER: u16 = 100;
const SEQUENCES_PER_CYCLE: u32 = 1 << 16;

/// How one packet stands to those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// Seen before: to be dropped.
    Duplicate,
    /// Newer than all before; this many are missing between.
    InOrder {
        /// Packets skipped.
        missing: u16,
    },
    /// Older than the newest, and not seen before.
    Late,
    /// The second packet of a new numbering: the source began anew.
    Restarted,
    /// Far from the numbering so far: to be dropped unless the next one follows it.
    Stray,
}

/// Whether a packet's timestamp says when it was sampled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timing {
    /// A digit: its timestamp stands still, so it says nothing about jitter.
    Frozen,
    /// Audio: its timestamp moves with time.
    Sampled,
}

/// The reception statistics of one source.
#[derive(Clone, Debug)]
pub struct Reception {
    ssrc: u32,
    first_sequence: u32,
    newest: u16,
    cycles: u32,
    stray: Option<u16>,
    /// Which of the 64 newest packets came; bit 0 is the newest.
    window: u64,
    received: u64,
    reported_expected: u64,
    reported_received: u64,
    transit: Option<u32>,
    /// Sixteen times the jitter, as in RFC 3550 appendix A.8.
    jitter_16: u32,
    heard_report: Option<(u32, Duration)>,
}

impl Reception {
    /// Begins with a source's first packet, which counts as received.
    #[must_use]
    pub fn new(now: Duration, header: &Header, timing: Timing) -> Self {
        let mut reception = Self {
            ssrc: header.ssrc,
            first_sequence: u32::from(header.sequence),
            newest: header.sequence,
            cycles: 0,
            stray: None,
            window: 1,
            received: 1,
            reported_expected: 0,
            reported_received: 0,
            transit: None,
            jitter_16: 0,
            heard_report: None,
        };
        reception.measure(now, header, timing);
        reception
    }

    /// Counts a packet of the same source.
    pub fn receive(&mut self, now: Duration, header: &Header, timing: Timing) -> Arrival {
        let ahead = header.sequence.wrapping_sub(self.newest);
        let arrival = if ahead == 0 {
            Arrival::Duplicate
        } else if ahead < MAX_DROPOUT {
            self.advance(header.sequence, ahead)
        } else if ahead > u16::MAX - MAX_MISORDER {
            self.fall_behind(ahead.wrapping_neg())
        } else {
            self.stray(header.sequence)
        };
        match arrival {
            Arrival::InOrder { .. } | Arrival::Restarted => {
                self.received += 1;
                self.measure(now, header, timing);
            }
            // Late packets count as received but their transit time is not a sample of the newest path.
            Arrival::Late => self.received += 1,
            Arrival::Duplicate | Arrival::Stray => {}
        }
        arrival
    }

    /// The source these figures are about.
    #[must_use]
    pub const fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// Packets received, duplicates and strays not counted.
    #[must_use]
    pub const fn received(&self) -> u64 {
        self.received
    }

    /// Packets that should have come by now but did not.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.expected().saturating_sub(self.received)
    }

    /// Interarrival jitter in timestamp units.
    #[must_use]
    pub const fn jitter(&self) -> u32 {
        self.jitter_16 >> 4
    }

    /// The highest sequence number, with the number of cycles in the upper half.
    #[must_use]
    pub const fn highest_sequence(&self) -> u32 {
        self.cycles | self.newest as u32
    }

    /// Keeps the time of the source's sender report, to be echoed in the next report block.
    pub const fn hear_report(&mut self, now: Duration, sent: NtpTime) {
        self.heard_report = Some((sent.middle(), now));
    }

    /// The report block for now; the loss fraction is that since the last call.
    pub fn report(&mut self, now: Duration) -> ReportBlock {
        let expected = self.expected();
        let interval_expected = expected.saturating_sub(self.reported_expected);
        let interval_received = self.received.saturating_sub(self.reported_received);
        let interval_lost = interval_expected.saturating_sub(interval_received);
        self.reported_expected = expected;
        self.reported_received = self.received;
        let fraction = (interval_lost << 8)
            .checked_div(interval_expected)
            .unwrap_or(0)
            .min(255);
        let lost =
            i64::try_from(expected).unwrap_or(i64::MAX) - i64::try_from(self.received).unwrap_or(i64::MAX);
        let (last_report, delay) = self.heard_report.map_or((0, 0), |(middle, at)| {
            (
                middle,
                u32::try_from(now.saturating_sub(at).as_micros() * 65536 / 1_000_000).unwrap_or(u32::MAX),
            )
        });
        ReportBlock {
            ssrc: self.ssrc,
            fraction_lost: u8::try_from(fraction).unwrap_or(u8::MAX),
            cumulative_lost: i32::try_from(lost).unwrap_or(i32::MAX),
            highest_sequence: self.highest_sequence(),
            jitter: self.jitter(),
            last_report,
            delay_since_last_report: delay,
        }
    }

    fn expected(&self) -> u64 {
        u64::from(self.highest_sequence().wrapping_sub(self.first_sequence)) + 1
    }

    fn advance(&mut self, sequence: u16, ahead: u16) -> Arrival {
        if sequence < self.newest {
            self.cycles = self.cycles.wrapping_add(SEQUENCES_PER_CYCLE);
        }
        self.newest = sequence;
        self.stray = None;
        self.window = self.window.checked_shl(u32::from(ahead)).unwrap_or(0) | 1;
        Arrival::InOrder { missing: ahead - 1 }
    }

    const fn fall_behind(&mut self, behind: u16) -> Arrival {
        // Older than the window: it cannot be told from a duplicate, and is too late to be of use.
        if behind >= 64 || self.window & (1 << behind) != 0 {
            return Arrival::Duplicate;
        }
        self.window |= 1 << behind;
        Arrival::Late
    }

    const fn stray(&mut self, sequence: u16) -> Arrival {
        if let Some(expected) = self.stray
            && expected == sequence
        {
            self.first_sequence = sequence as u32;
            self.newest = sequence;
            self.cycles = 0;
            self.stray = None;
            self.window = 1;
            self.received = 0;
            self.reported_expected = 0;
            self.reported_received = 0;
            self.transit = None;
            return Arrival::Restarted;
        }
        self.stray = Some(sequence.wrapping_add(1));
        Arrival::Stray
    }

    fn measure(&mut self, now: Duration, header: &Header, timing: Timing) {
        match timing {
            Timing::Frozen => {}
            Timing::Sampled => {
                #[expect(clippy::cast_possible_truncation, reason = "the media clock wraps at 32 bits")]
                let arrival = crate::samples_in(now) as u32;
                let transit = arrival.wrapping_sub(header.timestamp);
                if let Some(before) = self.transit {
                    let difference = transit.wrapping_sub(before).cast_signed().unsigned_abs();
                    self.jitter_16 = self
                        .jitter_16
                        .wrapping_add(difference)
                        .wrapping_sub((self.jitter_16.wrapping_add(8)) >> 4);
                }
                self.transit = Some(transit);
            }
        }
    }
}

/// The round trip a report block on us shows (RFC 3550 section 6.4.1); none before a sender report was echoed.
#[must_use]
pub fn round_trip(arrived: NtpTime, block: &ReportBlock) -> Option<Duration> {
    if block.last_report == 0 {
        return None;
    }
    let units = arrived
        .middle()
        .wrapping_sub(block.last_report)
        .wrapping_sub(block.delay_since_last_report);
    // A peer whose clock runs fast can claim to have held the report longer than it was away.
    (units < 1 << 31).then(|| Duration::from_micros(u64::from(units) * 1_000_000 / 65536))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Duration = Duration::from_millis(20);

    fn header(sequence: u16, timestamp: u32) -> Header {
        Header {
            marker: false,
            payload_type: 0,
            sequence,
            timestamp,
            ssrc: 7,
        }
    }

    fn begun_at(sequence: u16) -> Reception {
        Reception::new(Duration::ZERO, &header(sequence, 0), Timing::Sampled)
    }

    fn receive(reception: &mut Reception, sequence: u16) -> Arrival {
        reception.receive(Duration::ZERO, &header(sequence, 0), Timing::Frozen)
    }

    #[test]
    fn loss_is_counted_and_its_fraction_is_since_the_last_report() {
        let mut reception = begun_at(65_534);
        for sequence in [65_535, 0, 3] {
            receive(&mut reception, sequence);
        }

        let first = reception.report(Duration::ZERO);
        receive(&mut reception, 4);
        let second = reception.report(Duration::ZERO);

        assert_eq!(
            (first.cumulative_lost, first.fraction_lost),
            (2, (2 * 256 / 6) as u8)
        );
        assert_eq!(first.highest_sequence, 0x0001_0003);
        assert_eq!((second.cumulative_lost, second.fraction_lost), (2, 0));
    }

    #[test]
    fn late_packets_heal_loss_and_duplicates_do_not() {
        let mut reception = begun_at(10);

        assert_eq!(receive(&mut reception, 13), Arrival::InOrder { missing: 2 });
        assert_eq!(receive(&mut reception, 12), Arrival::Late);
        assert_eq!(receive(&mut reception, 12), Arrival::Duplicate);
        assert_eq!(receive(&mut reception, 13), Arrival::Duplicate);
        assert_eq!(reception.lost(), 1);
    }

    #[test]
    fn a_jump_needs_a_second_packet_to_be_believed() {
        let mut reception = begun_at(10);

        assert_eq!(receive(&mut reception, 40_000), Arrival::Stray);
        assert_eq!(receive(&mut reception, 11), Arrival::InOrder { missing: 0 });
        assert_eq!(receive(&mut reception, 40_000), Arrival::Stray);
        assert_eq!(receive(&mut reception, 40_001), Arrival::Restarted);
        assert_eq!((reception.lost(), reception.highest_sequence()), (0, 40_001));
    }

    #[test]
    fn steady_packets_have_no_jitter_and_a_swing_of_4_ms_converges_to_it() {
        let mut steady = begun_at(0);
        let mut swinging = begun_at(0);
        for n in 1u16..400 {
            let header = header(n, u32::from(n) * 160);
            let on_time = FRAME * u32::from(n);
            steady.receive(on_time, &header, Timing::Sampled);
            let late = if n.is_multiple_of(2) {
                Duration::ZERO
            } else {
                Duration::from_millis(4)
            };
            swinging.receive(on_time + late, &header, Timing::Sampled);
        }

        assert_eq!(steady.jitter(), 0);
        assert!(
            (30..=33).contains(&swinging.jitter()),
            "4 ms are 32 units, found {}",
            swinging.jitter()
        );
    }

    #[test]
    fn the_rfc_example_of_a_round_trip_is_6_125_s() {
        // RFC 3550 figure 2: A = 0xb710:8000, DLSR = 0x0005:4000, LSR = 0xb705:2000.
        let block = ReportBlock {
            last_report: 0xb705_2000,
            delay_since_last_report: 0x0005_4000,
            ..ReportBlock::default()
        };

        let trip = round_trip(NtpTime(0xb710_8000 << 16), &block);

        assert_eq!(trip, Some(Duration::from_millis(6125)));
    }

    #[test]
    fn the_delay_since_a_heard_report_is_echoed() {
        let mut reception = begun_at(0);
        reception.hear_report(Duration::from_secs(1), NtpTime(0x1111_2222_3333_4444));

        let block = reception.report(Duration::from_millis(3500));

        assert_eq!(
            (block.last_report, block.delay_since_last_report),
            (0x2222_3333, 0x0002_8000)
        );
    }
}
