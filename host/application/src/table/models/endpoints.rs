//! Models of `endpoints`.

use crate::table::{Model, Property};

pub(in crate::table) static MODELS: &[Model] = &[
    Model::new(
        "endpoints",
        "Endpoint",
        "Somebody outside who can be called",
        &[
            Property::always("technology", "string"),
            Property::always("resource", "string"),
            Property::maybe("state", "string").one_of(&["unknown", "offline", "online"]),
            Property::always("channel_ids", "List[string]"),
        ],
    ),
    Model::new(
        "endpoints",
        "TextMessage",
        "A text message",
        &[
            Property::always("from", "string"),
            Property::always("to", "string"),
            Property::always("body", "string"),
            Property::maybe("variables", "object"),
        ],
    ),
];
