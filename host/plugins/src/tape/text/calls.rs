//! What is said about legs, bridges and devices, as JSON.

use serde_json::{Value as Json, json};

use super::{Text, bytes, number, of, read_bytes};
use crate::bindings::calls::ucx::call::bridges::BridgeInfo;
use crate::bindings::calls::ucx::call::channels::{
    ChannelInfo, ChannelState, ConnectResult, DialStatus, TransferResult, TransferStatus,
};
use crate::bindings::calls::ucx::call::devices::{DeviceState, Hint};
use crate::bindings::calls::ucx::call::media::{Ending, Gathered, Played, Recorded};
use crate::bindings::ucx::host::keyvalue_extra::Versioned;
use crate::bindings::wasi::keyvalue::store;
use crate::values::Event;

/// A word for each case.
macro_rules! words {
    ($kind:ident { $($case:ident = $word:literal),* $(,)? }) => {
        impl Text for $kind {
            fn json(&self) -> Json {
                Json::from(match self { $( Self::$case => $word, )* })
            }

            fn read(json: &Json) -> Option<Self> {
                Some(match json.as_str()? {
                    $( $word => Self::$case, )*
                    _ => return None,
                })
            }
        }
    };
}

pub(super) use words;

words!(ChannelState {
    Down = "down",
    Dialing = "dialing",
    Ringing = "ringing",
    Progress = "progress",
    Up = "up",
    Busy = "busy",
    Ended = "ended",
    Other = "other",
});
words!(DialStatus {
    Answered = "answered",
    Busy = "busy",
    NoAnswer = "no-answer",
    Rejected = "rejected",
    Unavailable = "unavailable",
    Congestion = "congestion",
    Cancelled = "cancelled",
    Other = "other",
});
words!(TransferStatus {
    Done = "done",
    Refused = "refused",
    Other = "other",
});
words!(Ending {
    Complete = "complete",
    Key = "key",
    Stopped = "stopped",
    TimedOut = "timed-out",
    Silence = "silence",
    HungUp = "hung-up",
    Other = "other",
});
words!(DeviceState {
    Unknown = "unknown",
    NotInuse = "not-inuse",
    Inuse = "inuse",
    Busy = "busy",
    Invalid = "invalid",
    Unavailable = "unavailable",
    Ringing = "ringing",
    Ringinuse = "ringinuse",
    Onhold = "onhold",
});

/// A record, field by field: texts and further things as they are, `#` before what is a number.
macro_rules! fields {
    ($kind:ty { $($field:ident = $name:literal),* $(,)? } numbers { $($figure:ident = $word:literal),* $(,)? }) => {
        impl Text for $kind {
            fn json(&self) -> Json {
                json!({ $( $name: self.$field.json(), )* $( $word: self.$figure, )* })
            }

            fn read(json: &Json) -> Option<Self> {
                Some(Self {
                    $( $field: of(json, $name)?, )*
                    $( $figure: number(json, $word)?, )*
                })
            }
        }
    };
}

pub(super) use fields;

fields!(ChannelInfo {
    id = "id",
    call = "call",
    tenant = "tenant",
    name = "name",
    state = "state",
    caller = "caller",
    connected = "connected",
    dialled = "dialled",
    place = "place",
    language = "language",
    answered = "answered",
    held = "held",
    bridge = "bridge",
    attrs = "attrs",
} numbers { created = "created" });
fields!(ConnectResult {
    ended_by_us = "ended-by-us",
    attrs = "attrs",
} numbers { talked = "talked" });
fields!(TransferResult {
    status = "status",
    attrs = "attrs",
} numbers { sip_code = "sip-code" });
fields!(Played {
    ending = "ending",
    key = "key",
    attrs = "attrs",
} numbers { position = "position" });
fields!(Gathered {
    digits = "digits",
    ending = "ending",
    key = "key",
    attrs = "attrs",
} numbers {});
fields!(Recorded {
    name = "name",
    ending = "ending",
    key = "key",
    attrs = "attrs",
} numbers { duration = "duration" });
fields!(BridgeInfo {
    id = "id",
    kind = "kind",
    name = "name",
    channels = "channels",
    attrs = "attrs",
} numbers {});
fields!(Hint {
    devices = "devices",
    state = "state",
    presence = "presence",
    message = "message",
    attrs = "attrs",
} numbers {});
fields!(Event {
    tenant = "tenant",
    kind = "kind",
    call = "call",
    channel = "channel",
    bridge = "bridge",
    queue = "queue",
    agent = "agent",
    subject = "subject",
    attrs = "attrs",
    traceparent = "traceparent",
} numbers { seq = "seq", at = "at", edition = "edition" });
fields!(store::KeyResponse {
    keys = "keys",
    cursor = "cursor",
} numbers {});

impl Text for Versioned {
    fn json(&self) -> Json {
        json!({"value": bytes(&self.value), "version": self.version})
    }

    fn read(json: &Json) -> Option<Self> {
        Some(Self {
            value: read_bytes(json.get("value")?)?,
            version: number(json, "version")?,
        })
    }
}

impl Text for store::Error {
    fn json(&self) -> Json {
        match self {
            Self::NoSuchStore => json!(["no-such-store"]),
            Self::AccessDenied => json!(["access-denied"]),
            Self::Other(why) => json!(["other", why]),
        }
    }

    fn read(json: &Json) -> Option<Self> {
        Some(match json.get(0)?.as_str()? {
            "no-such-store" => Self::NoSuchStore,
            "access-denied" => Self::AccessDenied,
            "other" => Self::Other(String::read(json.get(1)?)?),
            _ => return None,
        })
    }
}
