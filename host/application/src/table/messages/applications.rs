//! Models of messages about applications.

use crate::table::{Model, Property};

pub(in crate::table) static MODELS: &[Model] = &[
    Model::new(
        "events",
        "ApplicationMoveFailed",
        "Told to applications: application move failed",
        &[
            Property::always("channel", "Channel"),
            Property::always("destination", "string"),
            Property::always("args", "List[string]"),
        ],
    ),
    Model::new(
        "events",
        "ApplicationRegistered",
        "Told to applications: application registered",
        &[],
    ),
    Model::new(
        "events",
        "ApplicationUnregistered",
        "Told to applications: application unregistered",
        &[],
    ),
    Model::new(
        "events",
        "ApplicationReplaced",
        "Told to applications: application replaced",
        &[],
    ),
];
