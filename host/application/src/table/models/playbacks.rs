//! Models of `playbacks`.

use crate::table::{Model, Property};

pub(in crate::table) static MODELS: &[Model] = &[Model::new(
    "playbacks",
    "Playback",
    "Something being played",
    &[
        Property::always("id", "string"),
        Property::always("media_uri", "string"),
        Property::maybe("next_media_uri", "string"),
        Property::always("target_uri", "string"),
        Property::maybe("language", "string"),
        Property::always("state", "string").one_of(&["queued", "playing", "continuing", "done", "failed"]),
    ],
)];
