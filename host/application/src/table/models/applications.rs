//! Models of `applications`.

use crate::table::{Model, Property};

pub(in crate::table) static MODELS: &[Model] = &[Model::new(
    "applications",
    "Application",
    "An application and what it listens to",
    &[
        Property::always("name", "string"),
        Property::always("channel_ids", "List[string]"),
        Property::always("bridge_ids", "List[string]"),
        Property::always("endpoint_ids", "List[string]"),
        Property::always("device_names", "List[string]"),
        Property::always("events_allowed", "List[object]"),
        Property::always("events_disallowed", "List[object]"),
    ],
)];
