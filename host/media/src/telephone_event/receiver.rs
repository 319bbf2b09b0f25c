//! How packets that may be lost, doubled or swapped become one beginning and one end of a key press.

use super::EventPayload;
use crate::digit::Digit;
use std::time::Duration;

/// Silence after which a pressed key counts as released: several packet intervals of the slowest senders (50 ms).
pub(crate) const RELEASED_AFTER: Duration = Duration::from_millis(250);
/// How long after a key's end packets that are not newer are taken for its repeats.
const REPEATS_WITHIN: Duration = Duration::from_secs(2);
/// The longest duration one timestamp can count (RFC 4733 section 2.5.1.3).
const SEGMENT: u32 = 0xffff;

/// What a packet, or the lack of one, changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigitChange {
    /// A key is pressed.
    Began(Digit),
    /// It is released, having been pressed this long by the sender's clock.
    Ended(Digit, Duration),
}

#[derive(Clone, Copy, Debug)]
struct Pressed {
    digit: Digit,
    /// The timestamp of the current segment.
    segment: u32,
    /// Units in segments before.
    before: u32,
    duration: u16,
    heard_at: Duration,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    Idle,
    Pressed(Pressed),
    Released {
        timestamp: u32,
        at: Duration,
    },
}

/// The receiving side of one source's digits.
#[derive(Clone, Debug, Default)]
pub struct DigitReceiver {
    state: State,
}

impl DigitReceiver {
    /// Takes a packet's timestamp and payload; at most the end of the key before, a beginning and an end come out.
    pub fn receive(
        &mut self,
        now: Duration,
        timestamp: u32,
        payload: EventPayload,
    ) -> [Option<DigitChange>; 3] {
        let Some(digit) = Digit::from_event(payload.event) else {
            return [None; 3];
        };
        let fresh = Pressed {
            digit,
            segment: timestamp,
            before: 0,
            duration: payload.duration,
            heard_at: now,
        };
        let (ended_before, began, pressed) = match self.state {
            State::Idle => (None, Some(DigitChange::Began(digit)), fresh),
            State::Released { timestamp: old, at } => {
                if !is_newer(timestamp, old) && now.saturating_sub(at) < REPEATS_WITHIN {
                    return [None; 3];
                }
                (None, Some(DigitChange::Began(digit)), fresh)
            }
            State::Pressed(pressed) if pressed.segment == timestamp => {
                let duration = pressed.duration.max(payload.duration);
                (
                    None,
                    None,
                    Pressed {
                        duration,
                        heard_at: now,
                        ..pressed
                    },
                )
            }
            State::Pressed(pressed) if !is_newer(timestamp, pressed.segment) => return [None; 3],
            State::Pressed(pressed) if pressed.digit == digit && continues(&pressed, timestamp) => (
                None,
                None,
                Pressed {
                    before: pressed.before + SEGMENT,
                    ..fresh
                },
            ),
            State::Pressed(pressed) => (Some(pressed.ended()), Some(DigitChange::Began(digit)), fresh),
        };
        if payload.end {
            self.state = State::Released { timestamp, at: now };
            [ended_before, began, Some(pressed.ended())]
        } else {
            self.state = State::Pressed(pressed);
            [ended_before, began, None]
        }
    }

    /// When a pressed key whose packets stopped coming counts as released.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        match self.state {
            State::Idle | State::Released { .. } => None,
            State::Pressed(pressed) => Some(pressed.heard_at + RELEASED_AFTER),
        }
    }

    /// Releases a key whose packets stopped coming.
    pub fn handle_timeout(&mut self, now: Duration) -> Option<DigitChange> {
        if self.poll_timeout().is_some_and(|deadline| deadline <= now) {
            self.release(now)
        } else {
            None
        }
    }

    /// Forgets the source's timestamps, since it began anew or was replaced, and releases a pressed key.
    pub fn reset(&mut self) -> Option<DigitChange> {
        let change = self.release(Duration::ZERO);
        self.state = State::Idle;
        change
    }

    const fn release(&mut self, now: Duration) -> Option<DigitChange> {
        match self.state {
            State::Idle | State::Released { .. } => None,
            State::Pressed(pressed) => {
                self.state = State::Released {
                    timestamp: pressed.segment,
                    at: now,
                };
                Some(pressed.ended())
            }
        }
    }
}

impl Pressed {
    const fn ended(&self) -> DigitChange {
        DigitChange::Ended(
            self.digit,
            crate::duration_of(self.before as u64 + self.duration as u64),
        )
    }
}

const fn is_newer(timestamp: u32, than: u32) -> bool {
    timestamp.wrapping_sub(than).cast_signed() > 0
}

const fn continues(pressed: &Pressed, timestamp: u32) -> bool {
    timestamp.wrapping_sub(pressed.segment) == SEGMENT
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telephone_event::{DigitSender, DigitStep};
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{Rng, SeedableRng};

    fn digit(key: char) -> Digit {
        Digit::try_from(key).expect("a key")
    }

    fn event(key: char, duration: u16) -> EventPayload {
        EventPayload {
            event: digit(key).event(),
            end: false,
            volume: 10,
            duration,
        }
    }

    fn end(key: char, duration: u16) -> EventPayload {
        EventPayload {
            end: true,
            ..event(key, duration)
        }
    }

    fn changes(receiver: &mut DigitReceiver, packets: &[(u64, u32, EventPayload)]) -> Vec<DigitChange> {
        let mut changes = Vec::new();
        for (at_ms, timestamp, payload) in packets {
            changes.extend(
                receiver
                    .receive(Duration::from_millis(*at_ms), *timestamp, *payload)
                    .into_iter()
                    .flatten(),
            );
        }
        changes
    }

    fn pressed(key: char, lasted_ms: u64) -> [DigitChange; 2] {
        [
            DigitChange::Began(digit(key)),
            DigitChange::Ended(digit(key), Duration::from_millis(lasted_ms)),
        ]
    }

    #[test]
    fn three_end_packets_are_one_end() {
        let packets = [
            (0, 1000, event('5', 160)),
            (20, 1000, event('5', 320)),
            (40, 1000, end('5', 480)),
            (40, 1000, end('5', 480)),
            (40, 1000, end('5', 480)),
        ];

        assert_eq!(changes(&mut DigitReceiver::default(), &packets), pressed('5', 60));
    }

    #[test]
    fn a_lone_end_packet_is_a_whole_key_press() {
        assert_eq!(
            changes(&mut DigitReceiver::default(), &[(0, 9, end('#', 800))]),
            pressed('#', 100)
        );
    }

    #[test]
    fn a_new_timestamp_ends_a_key_whose_ends_were_lost() {
        let packets = [
            (0, 1000, event('1', 480)),
            (100, 1800, event('1', 160)),
            (120, 1800, end('1', 320)),
        ];

        let expected = [pressed('1', 60), pressed('1', 40)].concat();
        assert_eq!(changes(&mut DigitReceiver::default(), &packets), expected);
    }

    #[test]
    fn late_packets_of_an_earlier_key_are_ignored() {
        let packets = [
            (0, 1000, end('1', 480)),
            (60, 1800, event('2', 160)),
            (61, 1000, end('1', 480)),
            (80, 1800, end('2', 320)),
            (81, 1800, event('2', 240)),
        ];

        let expected = [pressed('1', 60), pressed('2', 40)].concat();
        assert_eq!(changes(&mut DigitReceiver::default(), &packets), expected);
    }

    #[test]
    fn a_key_whose_packets_stop_is_released_by_the_clock() {
        let mut receiver = DigitReceiver::default();
        changes(
            &mut receiver,
            &[(0, 1000, event('7', 160)), (20, 1000, event('7', 320))],
        );

        let deadline = receiver.poll_timeout().expect("a key is pressed");
        assert_eq!(receiver.handle_timeout(deadline - Duration::from_millis(1)), None);
        assert_eq!(receiver.handle_timeout(deadline), Some(pressed('7', 40)[1]));
        assert_eq!(receiver.poll_timeout(), None);
        assert_eq!(changes(&mut receiver, &[(280, 1000, end('7', 480))]), []);
    }

    #[test]
    fn a_key_held_past_one_segment_is_still_one_key() {
        let packets = [
            (0, 0xffff_0000, event('0', 0xffff)),
            (20, 0xffff_ffff, event('0', 160)),
            (40, 0xffff_ffff, end('0', 1 + 160)),
        ];

        let lasted = Duration::from_micros((0xffff + 161) * 125);
        let expected = [
            DigitChange::Began(digit('0')),
            DigitChange::Ended(digit('0'), lasted),
        ];
        assert_eq!(changes(&mut DigitReceiver::default(), &packets), expected);
    }

    #[test]
    fn events_that_are_no_key_are_ignored() {
        let fax = EventPayload {
            event: 36,
            end: true,
            volume: 0,
            duration: 160,
        };
        assert_eq!(changes(&mut DigitReceiver::default(), &[(0, 9, fax)]), []);
    }

    /// A sender's packets for `1234567890*#`, as (timestamp, payload), 20 ms apart.
    fn dialled() -> Vec<(u32, EventPayload)> {
        let mut sender = DigitSender::new();
        let keys = crate::digits("1234567890*#").expect("keys");
        sender.send(&keys, Duration::from_millis(100), Duration::from_millis(60));
        let (mut packets, mut timestamp, mut clock) = (Vec::new(), 0, 0x8000_0000u32);
        loop {
            match sender.step(160) {
                DigitStep::Packet {
                    payload, position, ..
                } => {
                    timestamp = if position == super::super::Position::First {
                        clock
                    } else {
                        timestamp
                    };
                    packets.push((timestamp, payload));
                }
                DigitStep::Gap => {}
                DigitStep::Finished => return packets,
            }
            clock = clock.wrapping_add(160);
        }
    }

    #[test]
    fn each_key_is_heard_once_under_loss_doubling_and_swapping() {
        for seed in 0..200u8 {
            let mut random = ChaCha8Rng::from_seed([seed; 32]);
            let mut network: Vec<(u64, u32, EventPayload)> = Vec::new();
            let mut run_of_losses = 0;
            for (at, (timestamp, payload)) in (0..).step_by(20).zip(dialled()) {
                // A quarter is lost, but never five in a row, which would be a whole key.
                if random.next_u32().is_multiple_of(4) && run_of_losses < 4 {
                    run_of_losses += 1;
                    continue;
                }
                run_of_losses = 0;
                let delay = u64::from(random.next_u32() % 35);
                network.push((at + delay, timestamp, payload));
                if random.next_u32().is_multiple_of(5) {
                    network.push((at + delay + 5, timestamp, payload));
                }
            }
            network.sort_by_key(|(at, ..)| *at);

            let mut receiver = DigitReceiver::default();
            let mut all = changes(&mut receiver, &network);
            all.extend(receiver.handle_timeout(Duration::from_secs(60)));

            let began: String = all
                .iter()
                .filter_map(|change| match change {
                    DigitChange::Began(digit) => Some(char::from(*digit)),
                    DigitChange::Ended(..) => None,
                })
                .collect();
            assert_eq!(began, "1234567890*#", "seed {seed}");
            assert_eq!(all.len(), 24, "every beginning has its end, seed {seed}");
        }
    }
}
