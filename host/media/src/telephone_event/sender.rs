//! How a string of keys becomes packets, one step a tick.

use super::{EventPayload, VOLUME};
use crate::digit::Digit;
use std::collections::VecDeque;
use std::time::Duration;

/// The longest a key is pressed: what one timestamp can count, with room to spare.
pub const MAX_DIGIT_DURATION: Duration = Duration::from_secs(8);
/// The shortest: what detectors must recognise (ITU-T Q.24).
pub const MIN_DIGIT_DURATION: Duration = Duration::from_millis(40);
/// Keys that may wait; those beyond are left out.
pub(crate) const MAX_WAITING: usize = 256;
/// The final packet is sent this often (RFC 4733 section 2.5.1.4).
const END_PACKETS: u8 = 3;

/// Where in its key press a packet stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// The first: it carries the marker and fixes the timestamp.
    First,
    /// Neither first nor a repeat.
    Later,
    /// A repeated end, during which the key is already up.
    Repeat,
}

/// What to send in one tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigitStep {
    /// All keys are sent, and the pause after the last is over.
    Finished,
    /// The pause between keys: audio may pass.
    Gap,
    /// One packet.
    Packet {
        /// The key, for senders that make it audible instead.
        digit: Digit,
        /// The payload.
        payload: EventPayload,
        /// Where it stands.
        position: Position,
    },
}

#[derive(Clone, Copy, Debug)]
struct Key {
    digit: Digit,
    samples: u32,
    gap: u32,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Idle,
    Pressed { key: Key, sent: u32 },
    Released { key: Key, repeats: u8 },
    Pausing { left: u32 },
}

/// The keys waiting to be sent and the one being sent.
#[derive(Clone, Debug)]
pub struct DigitSender {
    waiting: VecDeque<Key>,
    state: State,
}

impl Default for DigitSender {
    fn default() -> Self {
        Self::new()
    }
}

impl DigitSender {
    /// A sender with nothing to do.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            waiting: VecDeque::new(),
            state: State::Idle,
        }
    }

    /// Adds keys; `duration` is kept between 40 ms and 8 s, `gap` under 8 s. Gives how many did not fit.
    pub fn send(&mut self, digits: &[Digit], duration: Duration, gap: Duration) -> usize {
        let samples = samples(duration.clamp(MIN_DIGIT_DURATION, MAX_DIGIT_DURATION));
        let gap = samples_of_gap(gap);
        let room = MAX_WAITING - self.waiting.len();
        self.waiting.extend(digits.iter().take(room).map(|digit| Key {
            digit: *digit,
            samples,
            gap,
        }));
        digits.len().saturating_sub(room)
    }

    /// Whether steps are to be taken.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        !self.waiting.is_empty() || !matches!(self.state, State::Idle)
    }

    /// Whether a key is being sent just now, so that audio has to wait.
    #[must_use]
    pub const fn is_pressing(&self) -> bool {
        matches!(self.state, State::Pressed { .. } | State::Released { .. })
    }

    /// Takes the step of one tick of `tick` samples.
    pub fn step(&mut self, tick: u32) -> DigitStep {
        match self.state {
            State::Idle => self.press_next(tick),
            State::Pressed { key, sent } => self.hold(key, sent + tick, Position::Later),
            State::Released { key, repeats: 0 } => {
                // The repeats were part of the pause already.
                self.pause(key.gap.saturating_sub(tick * u32::from(END_PACKETS - 1)), tick)
            }
            State::Released { key, repeats } => {
                self.state = State::Released {
                    key,
                    repeats: repeats - 1,
                };
                packet(key, key.samples, Position::Repeat)
            }
            State::Pausing { left } => self.pause(left, tick),
        }
    }

    fn press_next(&mut self, tick: u32) -> DigitStep {
        let Some(key) = self.waiting.pop_front() else {
            self.state = State::Idle;
            return DigitStep::Finished;
        };
        self.hold(key, tick, Position::First)
    }

    fn hold(&mut self, key: Key, sent: u32, position: Position) -> DigitStep {
        self.state = if sent >= key.samples {
            State::Released {
                key,
                repeats: END_PACKETS - 1,
            }
        } else {
            State::Pressed { key, sent }
        };
        packet(key, sent, position)
    }

    fn pause(&mut self, left: u32, tick: u32) -> DigitStep {
        if left == 0 {
            return self.press_next(tick);
        }
        self.state = State::Pausing {
            left: left.saturating_sub(tick),
        };
        DigitStep::Gap
    }
}

fn packet(key: Key, sent: u32, position: Position) -> DigitStep {
    let duration = u16::try_from(sent.min(key.samples)).unwrap_or(u16::MAX);
    let payload = EventPayload {
        event: key.digit.event(),
        end: sent >= key.samples,
        volume: VOLUME,
        duration,
    };
    DigitStep::Packet {
        digit: key.digit,
        payload,
        position,
    }
}

fn samples(duration: Duration) -> u32 {
    u32::try_from(crate::samples_in(duration)).unwrap_or(u32::MAX)
}

fn samples_of_gap(gap: Duration) -> u32 {
    samples(gap.min(MAX_DIGIT_DURATION))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(sender: &mut DigitSender) -> Vec<DigitStep> {
        let mut steps = Vec::new();
        while steps.last() != Some(&DigitStep::Finished) {
            steps.push(sender.step(160));
        }
        steps
    }

    #[test]
    fn a_key_of_60_ms_grows_ends_three_times_and_pauses() {
        let mut sender = DigitSender::new();
        sender.send(
            &crate::digits("5").expect("a key"),
            Duration::from_millis(60),
            Duration::from_millis(80),
        );

        let seen: Vec<_> = steps(&mut sender)
            .into_iter()
            .map(|step| match step {
                DigitStep::Finished => "finished".to_owned(),
                DigitStep::Gap => "gap".to_owned(),
                DigitStep::Packet {
                    digit,
                    payload,
                    position,
                } => {
                    format!("{digit} {} {} {position:?}", payload.duration, payload.end)
                }
            })
            .collect();

        let expected = [
            "5 160 false First",
            "5 320 false Later",
            "5 480 true Later",
            "5 480 true Repeat",
            "5 480 true Repeat",
            "gap",
            "gap",
            "finished",
        ];
        assert_eq!(seen, expected);
        assert!(!sender.is_busy());
    }

    #[test]
    fn keys_beyond_the_limit_are_counted_out() {
        let mut sender = DigitSender::new();
        let many = vec![Digit::FLASH; MAX_WAITING + 3];

        assert_eq!(sender.send(&many, Duration::from_millis(60), Duration::ZERO), 3);
    }

    #[test]
    fn durations_are_kept_within_what_a_packet_can_say() {
        let mut sender = DigitSender::new();
        sender.send(&[Digit::FLASH], Duration::from_secs(100), Duration::ZERO);
        sender.send(&[Digit::FLASH], Duration::ZERO, Duration::ZERO);

        let ends: Vec<u16> = steps(&mut sender)
            .into_iter()
            .filter_map(|step| match step {
                DigitStep::Packet {
                    payload,
                    position: Position::Later,
                    ..
                } if payload.end => Some(payload.duration),
                DigitStep::Packet { .. } | DigitStep::Gap | DigitStep::Finished => None,
            })
            .collect();
        assert_eq!(ends, [64_000, 320]);
    }
}
