//! Models of messages about bridges.

use crate::table::{Model, Property};

pub(in crate::table) static MODELS: &[Model] = &[
    Model::new(
        "events",
        "BridgeCreated",
        "Told to applications: bridge created",
        &[Property::always("bridge", "Bridge")],
    ),
    Model::new(
        "events",
        "BridgeDestroyed",
        "Told to applications: bridge destroyed",
        &[Property::always("bridge", "Bridge")],
    ),
    Model::new(
        "events",
        "BridgeMerged",
        "Told to applications: bridge merged",
        &[
            Property::always("bridge", "Bridge"),
            Property::always("bridge_from", "Bridge"),
        ],
    ),
    Model::new(
        "events",
        "BridgeVideoSourceChanged",
        "Told to applications: bridge video source changed",
        &[
            Property::always("bridge", "Bridge"),
            Property::maybe("old_video_source_id", "string"),
        ],
    ),
    Model::new(
        "events",
        "BridgeBlindTransfer",
        "Told to applications: bridge blind transfer",
        &[
            Property::always("channel", "Channel"),
            Property::maybe("replace_channel", "Channel"),
            Property::maybe("transferee", "Channel"),
            Property::always("exten", "string"),
            Property::always("context", "string"),
            Property::always("result", "string"),
            Property::always("is_external", "boolean"),
            Property::maybe("bridge", "Bridge"),
        ],
    ),
    Model::new(
        "events",
        "BridgeAttendedTransfer",
        "Told to applications: bridge attended transfer",
        &[
            Property::always("transferer_first_leg", "Channel"),
            Property::always("transferer_second_leg", "Channel"),
            Property::maybe("replace_channel", "Channel"),
            Property::maybe("transferee", "Channel"),
            Property::maybe("transfer_target", "Channel"),
            Property::always("result", "string"),
            Property::always("is_external", "boolean"),
            Property::maybe("transferer_first_leg_bridge", "Bridge"),
            Property::maybe("transferer_second_leg_bridge", "Bridge"),
            Property::always("destination_type", "string"),
            Property::maybe("destination_bridge", "string"),
            Property::maybe("destination_application", "string"),
            Property::maybe("destination_link_first_leg", "Channel"),
            Property::maybe("destination_link_second_leg", "Channel"),
            Property::maybe("destination_threeway_channel", "Channel"),
            Property::maybe("destination_threeway_bridge", "Bridge"),
        ],
    ),
];
