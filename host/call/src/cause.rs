//! Why a call ended: ITU-T Q.850 causes with the field's names and texts, and the status of a dial.

use std::fmt;

/// A Q.850 cause, 0 (not given) to 127.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cause(pub u16);

macro_rules! causes {
    ($(($code:literal, $name:ident, $text:literal)),* $(,)?) => {
        #[allow(missing_docs)] // the names are the field's own
        impl Cause {
            $(pub const $name: Self = Self($code);)*
        }

        /// Code, symbolic name and text of every cause with a name.
        const TABLE: &[(u16, &str, &str)] = &[$(($code, stringify!($name), $text)),*];
    };
}

causes![
    (1, UNALLOCATED, "Unallocated (unassigned) number"),
    (2, NO_ROUTE_TRANSIT_NET, "No route to specified transmit network"),
    (3, NO_ROUTE_DESTINATION, "No route to destination"),
    (5, MISDIALLED_TRUNK_PREFIX, "Misdialed trunk prefix"),
    (6, CHANNEL_UNACCEPTABLE, "Channel unacceptable"),
    (
        7,
        CALL_AWARDED_DELIVERED,
        "Call awarded and being delivered in an established channel"
    ),
    (8, PRE_EMPTED, "Pre-empted"),
    (14, NUMBER_PORTED_NOT_HERE, "Number ported elsewhere"),
    (16, NORMAL_CLEARING, "Normal Clearing"),
    (17, USER_BUSY, "User busy"),
    (18, NO_USER_RESPONSE, "No user responding"),
    (19, NO_ANSWER, "User alerting, no answer"),
    (20, SUBSCRIBER_ABSENT, "Subscriber absent"),
    (21, CALL_REJECTED, "Call Rejected"),
    (22, NUMBER_CHANGED, "Number changed"),
    (23, REDIRECTED_TO_NEW_DESTINATION, "Redirected to new destination"),
    (26, ANSWERED_ELSEWHERE, "Answered elsewhere"),
    (27, DESTINATION_OUT_OF_ORDER, "Destination out of order"),
    (28, INVALID_NUMBER_FORMAT, "Invalid number format"),
    (29, FACILITY_REJECTED, "Facility rejected"),
    (30, RESPONSE_TO_STATUS_ENQUIRY, "Response to STATus ENQuiry"),
    (31, NORMAL_UNSPECIFIED, "Normal, unspecified"),
    (34, NORMAL_CIRCUIT_CONGESTION, "Circuit/channel congestion"),
    (38, NETWORK_OUT_OF_ORDER, "Network out of order"),
    (41, NORMAL_TEMPORARY_FAILURE, "Temporary failure"),
    (42, SWITCH_CONGESTION, "Switching equipment congestion"),
    (43, ACCESS_INFO_DISCARDED, "Access information discarded"),
    (44, REQUESTED_CHAN_UNAVAIL, "Requested channel not available"),
    (50, FACILITY_NOT_SUBSCRIBED, "Facility not subscribed"),
    (52, OUTGOING_CALL_BARRED, "Outgoing call barred"),
    (54, INCOMING_CALL_BARRED, "Incoming call barred"),
    (57, BEARERCAPABILITY_NOTAUTH, "Bearer capability not authorized"),
    (58, BEARERCAPABILITY_NOTAVAIL, "Bearer capability not available"),
    (65, BEARERCAPABILITY_NOTIMPL, "Bearer capability not implemented"),
    (66, CHAN_NOT_IMPLEMENTED, "Channel not implemented"),
    (69, FACILITY_NOT_IMPLEMENTED, "Facility not implemented"),
    (81, INVALID_CALL_REFERENCE, "Invalid call reference value"),
    (88, INCOMPATIBLE_DESTINATION, "Incompatible destination"),
    (95, INVALID_MSG_UNSPECIFIED, "Invalid message unspecified"),
    (
        96,
        MANDATORY_IE_MISSING,
        "Mandatory information element is missing"
    ),
    (97, MESSAGE_TYPE_NONEXIST, "Message type nonexist."),
    (98, WRONG_MESSAGE, "Wrong message"),
    (99, IE_NONEXIST, "Info. element nonexist or not implemented"),
    (100, INVALID_IE_CONTENTS, "Invalid information element contents"),
    (101, WRONG_CALL_STATE, "Message not compatible with call state"),
    (102, RECOVERY_ON_TIMER_EXPIRE, "Recover on timer expiry"),
    (103, MANDATORY_IE_LENGTH_ERROR, "Mandatory IE length error"),
    (111, PROTOCOL_ERROR, "Protocol error, unspecified"),
    (127, INTERWORKING, "Interworking, unspecified"),
];

impl Cause {
    /// No cause was given.
    pub const NONE: Self = Self(0);

    /// The SIP status that the cause stands for, if it stands for one (captures `causes/dialplan_unanswered`).
    pub fn sip_status(self) -> Option<u16> {
        Some(match self {
            Self::UNALLOCATED | Self::NO_ROUTE_TRANSIT_NET | Self::NO_ROUTE_DESTINATION => 404,
            Self::USER_BUSY => 486,
            Self::NO_USER_RESPONSE => 408,
            Self::NO_ANSWER | Self::SUBSCRIBER_ABSENT | Self::NORMAL_UNSPECIFIED => 480,
            Self::CALL_REJECTED => 403,
            Self::NUMBER_CHANGED => 410,
            Self::DESTINATION_OUT_OF_ORDER => 502,
            Self::INVALID_NUMBER_FORMAT => 484,
            Self::NORMAL_CIRCUIT_CONGESTION | Self::SWITCH_CONGESTION => 503,
            Self::NETWORK_OUT_OF_ORDER | Self::INTERWORKING => 500,
            Self::BEARERCAPABILITY_NOTAVAIL => 488,
            _ => return None,
        })
    }

    /// The text that goes with the number, as in `Cause-txt`; `Unknown` for numbers without one.
    pub fn text(self) -> &'static str {
        TABLE
            .iter()
            .find(|row| row.0 == self.0)
            .map_or("Unknown", |row| row.2)
    }

    /// The symbolic name, for example `USER_BUSY`; none for numbers without one.
    pub fn name(self) -> Option<&'static str> {
        TABLE.iter().find(|row| row.0 == self.0).map(|row| row.1)
    }

    /// Reads a number or a symbolic name (`17`, `USER_BUSY`, `busy`), as `Hangup()` takes it.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(code) = text.parse::<u16>() {
            return (code <= 127).then_some(Self(code));
        }
        let upper = text.to_ascii_uppercase().replace('-', "_");
        let name = upper.strip_prefix("AST_CAUSE_").unwrap_or(&upper);
        match name {
            "NORMAL" => Some(Self::NORMAL_CLEARING),
            "BUSY" => Some(Self::USER_BUSY),
            "CONGESTION" => Some(Self::NORMAL_CIRCUIT_CONGESTION),
            _ => TABLE.iter().find(|row| row.1 == name).map(|row| Self(row.0)),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How an attempt to reach somebody ended, with the words of `DIALSTATUS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialStatus {
    /// Somebody answered.
    Answer,
    /// Busy.
    Busy,
    /// The network failed.
    Congestion,
    /// Nobody took it in time.
    NoAnswer,
    /// Nobody there: not registered, no such endpoint.
    ChanUnavail,
    /// Called off: the caller hung up, or somebody else answered.
    Cancel,
    /// The arguments made no sense.
    InvalidArgs,
}

impl DialStatus {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answer => "ANSWER",
            Self::Busy => "BUSY",
            Self::Congestion => "CONGESTION",
            Self::NoAnswer => "NOANSWER",
            Self::ChanUnavail => "CHANUNAVAIL",
            Self::Cancel => "CANCEL",
            Self::InvalidArgs => "INVALIDARGS",
        }
    }

    /// The status a leg that failed with that cause stands for (capture `causes/callee_sip_codes`).
    pub fn from_cause(cause: Cause) -> Self {
        match cause {
            Cause::USER_BUSY => Self::Busy,
            Cause::NORMAL_CIRCUIT_CONGESTION | Cause::SWITCH_CONGESTION => Self::Congestion,
            _ => Self::NoAnswer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_read_by_number_name_and_common_word() {
        assert_eq!(Cause::parse("17"), Some(Cause::USER_BUSY));
        assert_eq!(Cause::parse("user_busy"), Some(Cause::USER_BUSY));
        assert_eq!(
            Cause::parse("AST_CAUSE_CONGESTION"),
            Some(Cause::NORMAL_CIRCUIT_CONGESTION)
        );
        assert_eq!(Cause::parse("128"), None);
        assert_eq!(Cause::parse("nonsense"), None);
    }

    #[test]
    fn texts_are_the_ones_clients_compare() {
        assert_eq!(Cause(16).text(), "Normal Clearing");
        assert_eq!(Cause(102).text(), "Recover on timer expiry");
        assert_eq!(Cause(120).text(), "Unknown");
    }
}
