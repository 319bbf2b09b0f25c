//! Models of `recordings`.

use crate::table::{Model, Property};

pub(in crate::table) static MODELS: &[Model] = &[
    Model::new(
        "recordings",
        "StoredRecording",
        "A recording that is kept",
        &[
            Property::always("name", "string"),
            Property::always("format", "string"),
        ],
    ),
    Model::new(
        "recordings",
        "LiveRecording",
        "A recording that runs",
        &[
            Property::always("name", "string"),
            Property::always("format", "string"),
            Property::always("target_uri", "string"),
            Property::always("state", "string").one_of(&[
                "queued",
                "recording",
                "paused",
                "done",
                "failed",
                "canceled",
            ]),
            Property::maybe("duration", "int"),
            Property::maybe("talking_duration", "int"),
            Property::maybe("silence_duration", "int"),
            Property::maybe("cause", "string"),
        ],
    ),
];
