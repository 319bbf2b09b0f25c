//! How devices are used, one by one and together behind an extension, with the field's names and numbers.

use std::str::FromStr;

/// How a device is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeviceState {
    /// Nothing is known.
    #[default]
    Unknown,
    /// Reachable, in no call.
    NotInUse,
    /// In a call.
    InUse,
    /// Takes no more calls.
    Busy,
    /// There is no such device.
    Invalid,
    /// It cannot be reached.
    Unavailable,
    /// It rings.
    Ringing,
    /// In a call, and it rings.
    RingInUse,
    /// All its calls are on hold.
    OnHold,
}

impl DeviceState {
    /// Each with the field's word, in the order of its numbers.
    pub const ALL: [(Self, &'static str); 9] = [
        (Self::Unknown, "UNKNOWN"),
        (Self::NotInUse, "NOT_INUSE"),
        (Self::InUse, "INUSE"),
        (Self::Busy, "BUSY"),
        (Self::Invalid, "INVALID"),
        (Self::Unavailable, "UNAVAILABLE"),
        (Self::Ringing, "RINGING"),
        (Self::RingInUse, "RINGINUSE"),
        (Self::OnHold, "ONHOLD"),
    ];

    /// The word clients see.
    pub fn as_str(self) -> &'static str {
        Self::ALL[self as usize].1
    }
}

/// The text is no device state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoDeviceState;

impl FromStr for DeviceState {
    type Err = NoDeviceState;

    fn from_str(text: &str) -> Result<Self, NoDeviceState> {
        let found = Self::ALL.iter().find(|(_, word)| word.eq_ignore_ascii_case(text));
        found.map(|(state, _)| *state).ok_or(NoDeviceState)
    }
}

/// How the devices behind a hint are used, together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExtensionState {
    /// The extension has no hint any more (-2).
    Removed,
    /// There is no such hint (-1).
    NotFound,
    /// None is in a call (0).
    Idle,
    /// One is (1).
    InUse,
    /// All are busy (2).
    Busy,
    /// None can be reached (4).
    Unavailable,
    /// One rings (8).
    Ringing,
    /// One rings and one is in a call (9).
    InUseRinging,
    /// All calls are on hold (16).
    OnHold,
    /// One is in a call and another on hold (17).
    InUseOnHold,
}

impl ExtensionState {
    /// The number clients see.
    pub fn number(self) -> i8 {
        match self {
            Self::Removed => -2,
            Self::NotFound => -1,
            Self::Idle => 0,
            Self::InUse => 1,
            Self::Busy => 2,
            Self::Unavailable => 4,
            Self::Ringing => 8,
            Self::InUseRinging => 9,
            Self::OnHold => 16,
            Self::InUseOnHold => 17,
        }
    }

    /// The word clients see.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Removed | Self::NotFound => "Unknown",
            Self::Idle => "Idle",
            Self::InUse => "InUse",
            Self::Busy => "Busy",
            Self::Unavailable => "Unavailable",
            Self::Ringing => "Ringing",
            Self::InUseRinging => "InUse&Ringing",
            Self::OnHold => "Hold",
            Self::InUseOnHold => "InUse&Hold",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_states_match_both_ways() {
        for (state, word) in DeviceState::ALL {
            assert_eq!((state.as_str(), word.parse()), (word, Ok(state)));
        }
        assert_eq!("ringinuse".parse(), Ok(DeviceState::RingInUse));
        assert_eq!("".parse::<DeviceState>(), Err(NoDeviceState));
    }
}
