//! How steadily do the far end's frames come? Counted on the packets themselves, before anything interprets them.

use std::time::Duration;

use ucx_media::rtp::{Header, Packet};
use ucx_media::{Arrival, Reception, Timing};

/// A longer time without a frame is a hole.
pub const HOLE: Duration = Duration::from_millis(40);
/// How far a timestamp may run from the clock between two frames before it counts as reset, in units of 8 kHz: 1 s.
const MAX_TIMESTAMP_SLIP: u32 = 8000;

/// What is counted about the frames of one call.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    /// Frames that came, duplicates and strays included.
    pub received: u64,
    /// Times longer than [`HOLE`] without a frame.
    pub holes: u64,
    /// The longest time between two frames.
    pub largest_gap: Duration,
    /// Frames that came after a newer one.
    pub out_of_order: u64,
    /// Frames that came twice.
    pub duplicates: u64,
    /// How often the source changed.
    pub ssrc_changes: u64,
    /// How often the numbering or the timestamps began anew inside one source.
    pub resets: u64,
    /// Datagrams that were no RTP.
    pub malformed: u64,
    /// When the first frame came.
    pub first_at: Option<Duration>,
    /// When the last one came; nothing while none is expected.
    last_at: Option<Duration>,
    source: Option<Source>,
    /// Frames lost of earlier sources and numberings.
    lost_earlier: u64,
}

#[derive(Clone, Debug)]
struct Source {
    reception: Reception,
    /// Timestamp and arrival of the newest audio frame.
    newest: Option<(u32, Duration)>,
}

impl Meter {
    /// Takes a datagram of the RTP port; `event_payload` is the payload type of digits.
    pub fn hear(&mut self, now: Duration, event_payload: Option<u8>, datagram: &[u8]) {
        let Ok(packet) = Packet::parse(datagram) else {
            self.malformed += 1;
            return;
        };
        self.received += 1;
        self.first_at.get_or_insert(now);
        if let Some(last) = self.last_at.replace(now) {
            let gap = now.saturating_sub(last);
            self.largest_gap = self.largest_gap.max(gap);
            self.holes += u64::from(gap > HOLE);
        }
        let header = packet.header;
        let timing = if event_payload == Some(header.payload_type) {
            Timing::Frozen
        } else {
            Timing::Sampled
        };
        self.follow(now, &header, timing);
    }

    /// No frames are expected from now on, so that what comes next ends no hole.
    pub fn pause(&mut self) {
        self.last_at = None;
        if let Some(source) = &mut self.source {
            source.newest = None;
        }
    }

    /// Frames that should have come and did not.
    pub fn lost(&self) -> u64 {
        self.lost_earlier + self.source.as_ref().map_or(0, |source| source.reception.lost())
    }

    /// The jitter of the present source.
    pub fn jitter(&self) -> Duration {
        let units = self.source.as_ref().map_or(0, |source| source.reception.jitter());
        ucx_media::duration_of(u64::from(units))
    }

    fn follow(&mut self, now: Duration, header: &Header, timing: Timing) {
        let known = self
            .source
            .as_mut()
            .filter(|source| source.reception.ssrc() == header.ssrc);
        let Some(source) = known else {
            let lost = self.lost();
            let newest = (timing == Timing::Sampled).then_some((header.timestamp, now));
            let fresh = Source {
                reception: Reception::new(now, header, timing),
                newest,
            };
            if self.source.replace(fresh).is_some() {
                self.ssrc_changes += 1;
                self.lost_earlier = lost;
            }
            return;
        };
        let lost_before = source.reception.lost();
        match source.reception.receive(now, header, timing) {
            Arrival::Duplicate => self.duplicates += 1,
            Arrival::Late => self.out_of_order += 1,
            Arrival::Stray => {}
            Arrival::Restarted => {
                self.resets += 1;
                self.lost_earlier += lost_before;
                source.newest = (timing == Timing::Sampled).then_some((header.timestamp, now));
            }
            Arrival::InOrder { .. } if timing == Timing::Sampled => {
                let newest = source.newest.replace((header.timestamp, now));
                self.resets +=
                    u64::from(newest.is_some_and(|newest| is_reset(newest, header.timestamp, now)));
            }
            Arrival::InOrder { .. } => {}
        }
    }
}

/// Whether a newer frame's timestamp does not follow from the one before and the time between them.
fn is_reset((before, at): (u32, Duration), timestamp: u32, now: Duration) -> bool {
    let moved = timestamp.wrapping_sub(before);
    let elapsed = u32::try_from(ucx_media::samples_in(now.saturating_sub(at))).unwrap_or(u32::MAX);
    let is_backward = moved == 0 || moved >= 1 << 31;
    is_backward || moved.abs_diff(elapsed) > MAX_TIMESTAMP_SLIP
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sender {
        meter: Meter,
        now: Duration,
    }

    impl Sender {
        fn new() -> Self {
            Self {
                meter: Meter::default(),
                now: Duration::from_secs(1),
            }
        }

        fn send(&mut self, after_ms: u64, ssrc: u32, sequence: u16, timestamp: u32) {
            self.now += Duration::from_millis(after_ms);
            let header = Header {
                marker: false,
                payload_type: 0,
                sequence,
                timestamp,
                ssrc,
            };
            let mut bytes = header.to_bytes().to_vec();
            bytes.extend([0xff; 160]);
            self.meter.hear(self.now, Some(101), &bytes);
        }
    }

    #[test]
    fn steady_frames_leave_no_mark() {
        let mut sender = Sender::new();
        for n in 0..100u16 {
            sender.send(20, 7, 65_500u16.wrapping_add(n), u32::from(n) * 160);
        }

        let meter = sender.meter;
        assert_eq!((meter.received, meter.lost(), meter.holes), (100, 0, 0));
        assert_eq!((meter.resets, meter.ssrc_changes, meter.out_of_order), (0, 0, 0));
        assert_eq!(meter.largest_gap, Duration::from_millis(20));
        assert_eq!(meter.first_at, Some(Duration::from_millis(1020)));
    }

    #[test]
    fn a_hole_is_more_than_two_frames_and_a_pause_is_none() {
        let mut sender = Sender::new();
        sender.send(20, 7, 0, 0);
        sender.send(40, 7, 1, 320);
        sender.send(60, 7, 4, 800);
        sender.meter.pause();
        sender.send(5000, 7, 5, 960);

        assert_eq!((sender.meter.holes, sender.meter.lost()), (1, 2));
        assert_eq!(sender.meter.largest_gap, Duration::from_millis(60));
    }

    #[test]
    fn order_duplicates_and_new_sources_are_told_apart() {
        let mut sender = Sender::new();
        for sequence in [0, 2, 1, 1, 3] {
            sender.send(20, 7, sequence, u32::from(sequence) * 160);
        }
        sender.send(20, 8, 3000, 0);

        let meter = sender.meter;
        assert_eq!(
            (meter.out_of_order, meter.duplicates, meter.ssrc_changes),
            (1, 1, 1)
        );
        assert_eq!((meter.lost(), meter.resets), (0, 0));
    }

    #[test]
    fn a_clock_set_back_and_a_numbering_begun_anew_are_resets() {
        let mut sender = Sender::new();
        sender.send(20, 7, 0, 100_000);
        sender.send(20, 7, 1, 100_160);
        sender.send(20, 7, 2, 0);
        assert_eq!(sender.meter.resets, 1);
        sender.send(20, 7, 30_000, 160);
        sender.send(20, 7, 30_001, 320);
        assert_eq!(sender.meter.resets, 2);
        sender.send(20, 7, 30_002, 480);
        assert_eq!(sender.meter.resets, 2);
    }
}
