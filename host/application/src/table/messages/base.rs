//! What all messages are.

use crate::table::{Model, Property};

pub(in crate::table) static MODELS: &[Model] = &[
    Model::new(
        "events",
        "Message",
        "What goes over the socket",
        &[
            Property::always("type", "string"),
            Property::maybe("asterisk_id", "string"),
        ],
    )
    .told_by("type")
    .with_sub_types(&["MissingParams", "Event"]),
    Model::new(
        "events",
        "MissingParams",
        "A parameter is missing",
        &[Property::always("params", "List[string]")],
    ),
    Model::new(
        "events",
        "Event",
        "A message about something that happened",
        &[
            Property::always("application", "string"),
            Property::always("timestamp", "Date"),
        ],
    )
    .with_sub_types(&[
        "DeviceStateChanged",
        "PlaybackStarted",
        "PlaybackContinuing",
        "PlaybackFinished",
        "RecordingStarted",
        "RecordingFinished",
        "RecordingFailed",
        "ApplicationMoveFailed",
        "ApplicationRegistered",
        "ApplicationUnregistered",
        "ApplicationReplaced",
        "BridgeCreated",
        "BridgeDestroyed",
        "BridgeMerged",
        "BridgeVideoSourceChanged",
        "BridgeBlindTransfer",
        "BridgeAttendedTransfer",
        "ChannelCreated",
        "ChannelDestroyed",
        "ChannelEnteredBridge",
        "ChannelLeftBridge",
        "ChannelStateChange",
        "ChannelDtmfReceived",
        "ChannelDialplan",
        "ChannelCallerId",
        "ChannelUserevent",
        "ChannelHangupRequest",
        "ChannelVarset",
        "ChannelHold",
        "ChannelUnhold",
        "ChannelToneDetected",
        "ChannelTalkingStarted",
        "ChannelTalkingFinished",
        "ContactStatusChange",
        "PeerStatusChange",
        "EndpointStateChange",
        "Dial",
        "StasisEnd",
        "StasisStart",
        "TextMessageReceived",
        "ChannelConnectedLine",
        "ChannelTransfer",
        "RESTResponse",
        "CallBroadcast",
        "CallClaimed",
    ]),
];
