//! Models of `deviceStates`.

use crate::table::{Model, Property};

pub(in crate::table) static MODELS: &[Model] = &[Model::new(
    "deviceStates",
    "DeviceState",
    "A device and how it is used",
    &[
        Property::always("name", "string"),
        Property::always("state", "string").one_of(&[
            "UNKNOWN",
            "NOT_INUSE",
            "INUSE",
            "BUSY",
            "INVALID",
            "UNAVAILABLE",
            "RINGING",
            "RINGINUSE",
            "ONHOLD",
        ]),
    ],
)];
