//! Models of messages about channels.

use crate::table::{Model, Property};

pub(in crate::table) static MODELS: &[Model] = &[
    Model::new(
        "events",
        "ChannelCreated",
        "Told to applications: channel created",
        &[Property::always("channel", "Channel")],
    ),
    Model::new(
        "events",
        "ChannelDestroyed",
        "Told to applications: channel destroyed",
        &[
            Property::always("cause", "int"),
            Property::always("cause_txt", "string"),
            Property::maybe("tech_cause", "int"),
            Property::always("channel", "Channel"),
        ],
    ),
    Model::new(
        "events",
        "ChannelEnteredBridge",
        "Told to applications: channel entered bridge",
        &[
            Property::always("bridge", "Bridge"),
            Property::maybe("channel", "Channel"),
        ],
    ),
    Model::new(
        "events",
        "ChannelLeftBridge",
        "Told to applications: channel left bridge",
        &[
            Property::always("bridge", "Bridge"),
            Property::always("channel", "Channel"),
        ],
    ),
    Model::new(
        "events",
        "ChannelStateChange",
        "Told to applications: channel state change",
        &[Property::always("channel", "Channel")],
    ),
    Model::new(
        "events",
        "ChannelDtmfReceived",
        "Told to applications: channel dtmf received",
        &[
            Property::always("digit", "string"),
            Property::always("duration_ms", "int"),
            Property::always("channel", "Channel"),
        ],
    ),
    Model::new(
        "events",
        "ChannelDialplan",
        "Told to applications: channel dialplan",
        &[
            Property::always("channel", "Channel"),
            Property::always("dialplan_app", "string"),
            Property::always("dialplan_app_data", "string"),
        ],
    ),
    Model::new(
        "events",
        "ChannelCallerId",
        "Told to applications: channel caller id",
        &[
            Property::always("caller_presentation", "int"),
            Property::always("caller_presentation_txt", "string"),
            Property::always("channel", "Channel"),
        ],
    ),
    Model::new(
        "events",
        "ChannelUserevent",
        "Told to applications: channel userevent",
        &[
            Property::always("eventname", "string"),
            Property::maybe("channel", "Channel"),
            Property::maybe("bridge", "Bridge"),
            Property::maybe("endpoint", "Endpoint"),
            Property::always("userevent", "object"),
        ],
    ),
    Model::new(
        "events",
        "ChannelHangupRequest",
        "Told to applications: channel hangup request",
        &[
            Property::maybe("cause", "int"),
            Property::maybe("tech_cause", "int"),
            Property::maybe("soft", "boolean"),
            Property::always("channel", "Channel"),
        ],
    ),
    Model::new(
        "events",
        "ChannelVarset",
        "Told to applications: channel varset",
        &[
            Property::always("variable", "string"),
            Property::always("value", "string"),
            Property::maybe("channel", "Channel"),
        ],
    ),
    Model::new(
        "events",
        "ChannelHold",
        "Told to applications: channel hold",
        &[
            Property::always("channel", "Channel"),
            Property::maybe("musicclass", "string"),
        ],
    ),
    Model::new(
        "events",
        "ChannelUnhold",
        "Told to applications: channel unhold",
        &[Property::always("channel", "Channel")],
    ),
    Model::new(
        "events",
        "ChannelToneDetected",
        "Told to applications: channel tone detected",
        &[Property::always("channel", "Channel")],
    ),
    Model::new(
        "events",
        "ChannelTalkingStarted",
        "Told to applications: channel talking started",
        &[Property::always("channel", "Channel")],
    ),
    Model::new(
        "events",
        "ChannelTalkingFinished",
        "Told to applications: channel talking finished",
        &[
            Property::always("channel", "Channel"),
            Property::always("duration", "int"),
        ],
    ),
];
