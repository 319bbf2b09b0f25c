//! The identity of one outgoing stream: one source, one numbering, one clock, whatever feeds it.

use crate::rtp::Header;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;
use std::time::Duration;

/// A relayed source that jumps further than this ahead began anew (as RFC 3550 appendix A.1).
const MAX_JUMP: i16 = 3000;
/// A relayed packet further behind than this belongs to a source that began anew.
const MAX_BEHIND: i16 = -100;
/// How far a relayed source's timestamps may run away from time before they count as begun anew: 2 s of samples.
const MAX_DRIFT: i64 = 16_000;

/// Which input feeds an outgoing stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Feed {
    /// The host makes the packets.
    Generated,
    /// Nothing was sent yet, or the last source ended.
    None,
    /// Packets of another stream pass through.
    Relayed(Mapping),
}

/// How the numbers of a relayed source become ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mapping {
    from: u32,
    ssrc: u32,
    sequence_offset: u16,
    timestamp_offset: u32,
    /// How far the source's numbers moved since it took over; a packet from before would collide with earlier ones.
    advanced: u16,
    newest: Newest,
}

/// The newest packet of a relayed source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Newest {
    sequence: u16,
    timestamp: u32,
    at: Duration,
}

/// The numbers of one outgoing stream.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    ssrc: u32,
    next_sequence: u16,
    /// Timestamp, length and time of the newest packet.
    timestamp: u32,
    samples: u32,
    sent_at: Option<Duration>,
    feed: Feed,
    packets: u32,
    octets: u32,
}

impl Outgoing {
    /// A stream with random numbers to begin with (RFC 3550 section 5.1).
    pub(crate) fn new(random: &mut ChaCha8Rng) -> Self {
        let start = random.next_u32().to_be_bytes();
        Self {
            ssrc: random.next_u32(),
            next_sequence: u16::from_be_bytes([start[0], start[1]]),
            timestamp: random.next_u32(),
            samples: 0,
            sent_at: None,
            feed: Feed::None,
            packets: 0,
            octets: 0,
        }
    }

    pub(crate) const fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// Packets and payload bytes sent, wrapping as the sender report's counts do.
    pub(crate) const fn sent(&self) -> (u32, u32) {
        (self.packets, self.octets)
    }

    /// Whether anything was sent.
    pub(crate) const fn has_sent(&self) -> bool {
        self.sent_at.is_some()
    }

    /// The media clock at `now`.
    pub(crate) fn clock(&self, now: Duration) -> u32 {
        self.timestamp.wrapping_add(self.elapsed(now))
    }

    /// The source feeding the stream stopped: whatever comes next is a new talk spurt.
    pub(crate) const fn end_spurt(&mut self) {
        self.feed = Feed::None;
    }

    /// The source that was relayed is left: should it be heard again, what it said meanwhile does not count as lost.
    pub(crate) const fn end_relay(&mut self) {
        if let Feed::Relayed(_) = self.feed {
            self.feed = Feed::None;
        }
    }

    /// The header of the next packet of generated audio, which lasts `samples`.
    pub(crate) fn audio(&mut self, now: Duration, payload_type: u8, samples: u32) -> Header {
        let continues = self.feed == Feed::Generated;
        let timestamp = if continues {
            self.timestamp.wrapping_add(self.samples)
        } else {
            self.next_timestamp(now)
        };
        self.feed = Feed::Generated;
        self.number(
            now,
            Header {
                marker: !continues,
                payload_type,
                sequence: 0,
                timestamp,
                ssrc: 0,
            },
            samples,
        )
    }

    /// The header of the first packet of a digit.
    pub(crate) fn digit(&mut self, now: Duration, payload_type: u8, samples: u32) -> Header {
        let timestamp = self.next_timestamp(now);
        // Audio after the digit is a new talk spurt.
        self.feed = Feed::None;
        self.number(
            now,
            Header {
                marker: true,
                payload_type,
                sequence: 0,
                timestamp,
                ssrc: 0,
            },
            samples,
        )
    }

    /// The header of a later packet of the digit begun last, which has lasted `samples` by now.
    pub(crate) fn more_digit(&mut self, now: Duration, payload_type: u8, samples: u32) -> Header {
        let timestamp = self.timestamp;
        self.number(
            now,
            Header {
                marker: false,
                payload_type,
                sequence: 0,
                timestamp,
                ssrc: 0,
            },
            samples,
        )
    }

    /// The header for a packet of stream `from`, or `None` when it comes too late to be numbered.
    pub(crate) fn relayed(
        &mut self,
        now: Duration,
        from: u32,
        incoming: &Header,
        payload_type: u8,
        samples: u32,
    ) -> Option<Header> {
        let (mut mapping, marker) = match self.feed {
            Feed::Relayed(mapping) if mapping.from == from && mapping.ssrc == incoming.ssrc => {
                (mapping, false)
            }
            Feed::Generated | Feed::None | Feed::Relayed(_) => (self.mapping(now, from, incoming), true),
        };
        let mut ahead = incoming
            .sequence
            .wrapping_sub(mapping.newest.sequence)
            .cast_signed();
        let mut marker = marker;
        if !(MAX_BEHIND..=MAX_JUMP).contains(&ahead) {
            (mapping, marker, ahead) = (self.mapping(now, from, incoming), true, 0);
        } else if ahead > 0 && drifted(now, &mapping.newest, incoming.timestamp) {
            mapping.timestamp_offset = self.next_timestamp(now).wrapping_sub(incoming.timestamp);
            marker = true;
        }
        let sequence = incoming.sequence.wrapping_add(mapping.sequence_offset);
        if ahead < 0 && ahead.unsigned_abs() > mapping.advanced {
            return None;
        }
        let timestamp = incoming.timestamp.wrapping_add(mapping.timestamp_offset);
        if ahead > 0 || marker {
            mapping.advanced = mapping.advanced.saturating_add(ahead.unsigned_abs());
            let newest = Newest {
                sequence: incoming.sequence,
                timestamp: incoming.timestamp,
                at: now,
            };
            mapping.newest = newest;
            self.next_sequence = sequence.wrapping_add(1);
            (self.timestamp, self.samples, self.sent_at) = (timestamp, samples, Some(now));
        }
        self.feed = Feed::Relayed(mapping);
        self.packets = self.packets.wrapping_add(1);
        Some(Header {
            marker: marker || incoming.marker,
            payload_type,
            sequence,
            timestamp,
            ssrc: self.ssrc,
        })
    }

    /// A packet of stream `from` is held back: its number is given to the next one.
    pub(crate) fn skip(&mut self, now: Duration, from: u32, incoming: &Header) {
        match &mut self.feed {
            Feed::Relayed(mapping) if mapping.from == from && mapping.ssrc == incoming.ssrc => {
                let ahead = incoming
                    .sequence
                    .wrapping_sub(mapping.newest.sequence)
                    .cast_signed();
                if (1..=MAX_JUMP).contains(&ahead) {
                    mapping.sequence_offset = mapping.sequence_offset.wrapping_sub(1);
                    mapping.newest = Newest {
                        sequence: incoming.sequence,
                        timestamp: incoming.timestamp,
                        at: now,
                    };
                }
            }
            Feed::Generated | Feed::None | Feed::Relayed(_) => {}
        }
    }

    /// Counts the payload of a packet whose header was given.
    pub(crate) fn count_payload(&mut self, bytes: usize) {
        self.octets = self.octets.wrapping_add(u32::try_from(bytes).unwrap_or(0));
    }

    fn number(&mut self, now: Duration, header: Header, samples: u32) -> Header {
        let header = Header {
            sequence: self.next_sequence,
            ssrc: self.ssrc,
            ..header
        };
        self.next_sequence = self.next_sequence.wrapping_add(1);
        if header.timestamp != self.timestamp || self.sent_at.is_none() {
            self.sent_at = Some(now);
        }
        (self.timestamp, self.samples) = (header.timestamp, samples);
        self.packets = self.packets.wrapping_add(1);
        header
    }

    fn mapping(&self, now: Duration, from: u32, incoming: &Header) -> Mapping {
        Mapping {
            from,
            ssrc: incoming.ssrc,
            sequence_offset: self.next_sequence.wrapping_sub(incoming.sequence),
            timestamp_offset: self.next_timestamp(now).wrapping_sub(incoming.timestamp),
            advanced: 0,
            newest: Newest {
                sequence: incoming.sequence,
                timestamp: incoming.timestamp,
                at: now,
            },
        }
    }

    /// The clock moves by the time that passed, but never back into what was sent.
    fn next_timestamp(&self, now: Duration) -> u32 {
        self.timestamp.wrapping_add(self.elapsed(now).max(self.samples))
    }

    fn elapsed(&self, now: Duration) -> u32 {
        let since = self
            .sent_at
            .map_or(Duration::ZERO, |sent_at| now.saturating_sub(sent_at));
        #[expect(clippy::cast_possible_truncation, reason = "the media clock wraps at 32 bits")]
        let samples = crate::samples_in(since) as u32;
        samples
    }
}

fn drifted(now: Duration, newest: &Newest, timestamp: u32) -> bool {
    let moved = i64::from(timestamp.wrapping_sub(newest.timestamp).cast_signed());
    let elapsed = i64::try_from(crate::samples_in(now.saturating_sub(newest.at))).unwrap_or(i64::MAX);
    (moved - elapsed).abs() > MAX_DRIFT
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng;

    const FRAME: Duration = Duration::from_millis(20);

    fn outgoing() -> Outgoing {
        Outgoing::new(&mut ChaCha8Rng::from_seed([3; 32]))
    }

    fn incoming(sequence: u16, timestamp: u32) -> Header {
        Header {
            marker: false,
            payload_type: 0,
            sequence,
            timestamp,
            ssrc: 99,
        }
    }

    #[test]
    fn generated_frames_follow_one_another_by_their_length() {
        let mut outgoing = outgoing();
        let first = outgoing.audio(FRAME, 0, 160);
        let second = outgoing.audio(FRAME * 2 + Duration::from_millis(3), 0, 160);

        assert_eq!((first.marker, second.marker), (true, false));
        assert_eq!(second.sequence, first.sequence.wrapping_add(1));
        assert_eq!(second.timestamp, first.timestamp.wrapping_add(160));
    }

    #[test]
    fn a_pause_moves_the_clock_by_its_length() {
        let mut outgoing = outgoing();
        let first = outgoing.audio(Duration::ZERO, 0, 160);
        outgoing.end_spurt();
        let second = outgoing.audio(Duration::from_secs(3), 0, 160);

        assert!(second.marker);
        assert_eq!(second.timestamp, first.timestamp.wrapping_add(24_000));
    }

    #[test]
    fn loss_and_disorder_of_a_relayed_source_pass_as_they_are() {
        let mut outgoing = outgoing();
        let base = outgoing
            .relayed(FRAME, 1, &incoming(65_534, 0), 0, 160)
            .expect("numbered");
        let skipped = outgoing
            .relayed(FRAME * 4, 1, &incoming(1, 480), 0, 160)
            .expect("numbered");
        let late = outgoing
            .relayed(FRAME * 4, 1, &incoming(0, 320), 0, 160)
            .expect("numbered");
        let next = outgoing
            .relayed(FRAME * 5, 1, &incoming(2, 640), 0, 160)
            .expect("numbered");

        let numbers = [base, skipped, late, next].map(|header| {
            (
                header.sequence.wrapping_sub(base.sequence),
                header.timestamp.wrapping_sub(base.timestamp),
            )
        });
        assert_eq!(numbers, [(0, 0), (3, 480), (2, 320), (4, 640)]);
    }

    #[test]
    fn a_switch_within_a_frame_does_not_overlap_it() {
        let mut outgoing = outgoing();
        let played = outgoing.audio(Duration::ZERO, 0, 160);
        let early = Duration::from_millis(5);
        let relayed = outgoing
            .relayed(early, 1, &incoming(10, 0), 0, 160)
            .expect("numbered");

        assert_eq!(relayed.timestamp, played.timestamp.wrapping_add(160));
    }

    #[test]
    fn a_packet_from_before_the_switch_is_not_numbered() {
        let mut outgoing = outgoing();
        outgoing.audio(Duration::ZERO, 0, 160);
        outgoing
            .relayed(FRAME, 1, &incoming(10, 0), 0, 160)
            .expect("numbered");

        assert_eq!(outgoing.relayed(FRAME, 1, &incoming(9, 0), 0, 160), None);
    }

    #[test]
    fn a_source_is_numbered_for_as_long_as_it_lasts() {
        let mut outgoing = outgoing();
        let mut last = outgoing
            .relayed(FRAME, 1, &incoming(7, 0), 0, 160)
            .expect("numbered");
        for n in 1..200_000u32 {
            let incoming = incoming((n + 7) as u16, n * 160);
            let next = outgoing
                .relayed(FRAME * (n + 1), 1, &incoming, 0, 160)
                .expect("numbered");
            assert_eq!(next.sequence, last.sequence.wrapping_add(1));
            assert_eq!(next.timestamp, last.timestamp.wrapping_add(160));
            last = next;
        }
    }

    #[test]
    fn a_held_back_packet_leaves_no_hole() {
        let mut outgoing = outgoing();
        let first = outgoing
            .relayed(FRAME, 1, &incoming(10, 0), 0, 160)
            .expect("numbered");
        outgoing.skip(FRAME * 2, 1, &incoming(11, 160));
        let next = outgoing
            .relayed(FRAME * 3, 1, &incoming(12, 320), 0, 160)
            .expect("numbered");

        assert_eq!(next.sequence, first.sequence.wrapping_add(1));
        assert_eq!(next.timestamp, first.timestamp.wrapping_add(320));
    }

    #[test]
    fn a_source_that_resets_its_numbers_does_not_reset_ours() {
        let mut outgoing = outgoing();
        let first = outgoing
            .relayed(FRAME, 1, &incoming(10, 1_000_000), 0, 160)
            .expect("numbered");
        let jumped = outgoing
            .relayed(FRAME * 2, 1, &incoming(30_000, 5), 0, 160)
            .expect("numbered");
        let clock_reset = outgoing
            .relayed(FRAME * 3, 1, &incoming(30_001, 900_000), 0, 160)
            .expect("numbered");

        assert_eq!(jumped.sequence, first.sequence.wrapping_add(1));
        assert_eq!(jumped.timestamp, first.timestamp.wrapping_add(160));
        assert_eq!(clock_reset.sequence, first.sequence.wrapping_add(2));
        assert_eq!(clock_reset.timestamp, first.timestamp.wrapping_add(320));
    }

    #[test]
    fn a_digit_keeps_its_timestamp_and_audio_after_it_does_not_overlap() {
        let mut outgoing = outgoing();
        let audio = outgoing.audio(Duration::ZERO, 0, 160);
        let digit = outgoing.digit(FRAME, 101, 160);
        let more = outgoing.more_digit(FRAME * 2, 101, 320);
        let after = outgoing.audio(FRAME * 3, 0, 160);

        assert_eq!(digit.timestamp, audio.timestamp.wrapping_add(160));
        assert_eq!(
            (digit.marker, more.marker, more.timestamp),
            (true, false, digit.timestamp)
        );
        assert_eq!(after.timestamp, digit.timestamp.wrapping_add(320));
        assert_eq!(after.sequence, audio.sequence.wrapping_add(3));
    }
}
