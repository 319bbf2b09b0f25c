//! Models of `bridges`.

use crate::table::{Model, Property};

pub(in crate::table) static MODELS: &[Model] = &[Model::new(
    "bridges",
    "Bridge",
    "Where channels meet",
    &[
        Property::always("id", "string"),
        Property::always("technology", "string"),
        Property::always("bridge_type", "string").one_of(&["mixing", "holding"]),
        Property::always("bridge_class", "string"),
        Property::always("creator", "string"),
        Property::always("name", "string"),
        Property::always("channels", "List[string]"),
        Property::maybe("video_mode", "string"),
        Property::maybe("video_source_id", "string"),
        Property::always("creationtime", "Date"),
        Property::maybe("bridgevars", "object"),
    ],
)];
