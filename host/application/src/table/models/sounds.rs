//! Models of `sounds`.

use crate::table::{Model, Property};

pub(in crate::table) static MODELS: &[Model] = &[
    Model::new(
        "sounds",
        "FormatLangPair",
        "A form of a sound",
        &[
            Property::always("language", "string"),
            Property::always("format", "string"),
        ],
    ),
    Model::new(
        "sounds",
        "Sound",
        "A sound",
        &[
            Property::always("id", "string"),
            Property::maybe("text", "string"),
            Property::always("formats", "List[FormatLangPair]"),
        ],
    ),
];
