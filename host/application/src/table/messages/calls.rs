//! Models of messages about calls, stays in applications, texts and requests over the socket.

use crate::table::{Model, Property};

pub(in crate::table) static MODELS: &[Model] = &[
    Model::new(
        "events",
        "Dial",
        "Told to applications: dial",
        &[
            Property::maybe("caller", "Channel"),
            Property::always("peer", "Channel"),
            Property::maybe("forward", "string"),
            Property::maybe("forwarded", "Channel"),
            Property::maybe("dialstring", "string"),
            Property::always("dialstatus", "string"),
        ],
    ),
    Model::new(
        "events",
        "StasisEnd",
        "Told to applications: stasis end",
        &[Property::always("channel", "Channel")],
    ),
    Model::new(
        "events",
        "StasisStart",
        "Told to applications: stasis start",
        &[
            Property::always("args", "List[string]"),
            Property::always("channel", "Channel"),
            Property::maybe("replace_channel", "Channel"),
        ],
    ),
    Model::new(
        "events",
        "TextMessageReceived",
        "Told to applications: text message received",
        &[
            Property::always("message", "TextMessage"),
            Property::maybe("endpoint", "Endpoint"),
        ],
    ),
    Model::new(
        "events",
        "ChannelConnectedLine",
        "Told to applications: channel connected line",
        &[Property::always("channel", "Channel")],
    ),
    Model::new(
        "events",
        "ChannelTransfer",
        "Told to applications: channel transfer",
        &[
            Property::maybe("state", "string"),
            Property::always("refer_to", "ReferTo"),
            Property::always("referred_by", "ReferredBy"),
        ],
    ),
    Model::new(
        "events",
        "RESTResponse",
        "Told to applications: rest response",
        &[
            Property::always("transaction_id", "string"),
            Property::always("request_id", "string"),
            Property::always("status_code", "int"),
            Property::always("reason_phrase", "string"),
            Property::always("uri", "string"),
            Property::maybe("content_type", "string"),
            Property::maybe("message_body", "string"),
        ],
    ),
    Model::new(
        "events",
        "CallBroadcast",
        "Told to applications: call broadcast",
        &[
            Property::always("channel", "Channel"),
            Property::maybe("caller", "string"),
            Property::maybe("called", "string"),
        ],
    ),
    Model::new(
        "events",
        "CallClaimed",
        "Told to applications: call claimed",
        &[
            Property::always("channel", "Channel"),
            Property::always("winner_app", "string"),
        ],
    ),
];
