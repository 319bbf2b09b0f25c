//! Models of `mailboxes`.

use crate::table::{Model, Property};

pub(in crate::table) static MODELS: &[Model] = &[Model::new(
    "mailboxes",
    "Mailbox",
    "A mailbox",
    &[
        Property::always("name", "string"),
        Property::always("old_messages", "int"),
        Property::always("new_messages", "int"),
    ],
)];
