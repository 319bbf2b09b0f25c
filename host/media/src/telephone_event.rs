//! Digits as RTP packets (RFC 4733): one key press out of many packets, and many packets out of one key press.

mod receiver;
mod sender;

pub use receiver::{DigitChange, DigitReceiver};
pub(crate) use sender::MAX_WAITING;
pub use sender::{DigitSender, DigitStep, MAX_DIGIT_DURATION, MIN_DIGIT_DURATION, Position};

/// The power every digit is announced with: -10 dBm0.
pub const VOLUME: u8 = 10;

/// The four bytes of a telephone-event payload (RFC 4733 section 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventPayload {
    /// The event code.
    pub event: u8,
    /// Whether the event is over.
    pub end: bool,
    /// Power in dBm0 without its sign, 0 to 63.
    pub volume: u8,
    /// How long the event has lasted, in timestamp units.
    pub duration: u16,
}

impl EventPayload {
    /// Reads the first event of a payload; `None` when it is too short for one.
    #[must_use]
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let [event, flags, high, low] = *payload.first_chunk::<4>()?;
        Some(Self {
            event,
            end: flags & 0x80 != 0,
            volume: flags & 0x3f,
            duration: u16::from_be_bytes([high, low]),
        })
    }

    /// The payload.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 4] {
        let [high, low] = self.duration.to_be_bytes();
        [
            self.event,
            (u8::from(self.end) << 7) | (self.volume & 0x3f),
            high,
            low,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payload_bits_stand_where_the_rfc_draws_them() {
        let payload = EventPayload {
            event: 9,
            end: true,
            volume: 7,
            duration: 1600,
        };

        assert_eq!(payload.to_bytes(), [9, 0x87, 0x06, 0x40]);
        assert_eq!(EventPayload::parse(&[9, 0x87, 0x06, 0x40]), Some(payload));
        assert_eq!(EventPayload::parse(&[9, 0x87, 0x06]), None);
    }
}
