//! Models of `asterisk`.

use crate::table::{Model, Property};

pub(in crate::table) static MODELS: &[Model] = &[
    Model::new(
        "asterisk",
        "BuildInfo",
        "How the program was built",
        &[
            Property::always("os", "string"),
            Property::always("kernel", "string"),
            Property::always("options", "string"),
            Property::always("machine", "string"),
            Property::always("date", "string"),
            Property::always("user", "string"),
        ],
    ),
    Model::new(
        "asterisk",
        "SystemInfo",
        "Version and name of the host",
        &[
            Property::always("version", "string"),
            Property::always("entity_id", "string"),
        ],
    ),
    Model::new(
        "asterisk",
        "SetId",
        "Who the program runs as",
        &[
            Property::always("user", "string"),
            Property::always("group", "string"),
        ],
    ),
    Model::new(
        "asterisk",
        "ConfigInfo",
        "Settings of the host",
        &[
            Property::always("name", "string"),
            Property::always("default_language", "string"),
            Property::maybe("max_channels", "int"),
            Property::maybe("max_open_files", "int"),
            Property::maybe("max_load", "double"),
            Property::always("setid", "SetId"),
        ],
    ),
    Model::new(
        "asterisk",
        "StatusInfo",
        "Times of the host",
        &[
            Property::always("startup_time", "Date"),
            Property::always("last_reload_time", "Date"),
        ],
    ),
    Model::new(
        "asterisk",
        "AsteriskInfo",
        "Everything about the host",
        &[
            Property::maybe("build", "BuildInfo"),
            Property::maybe("system", "SystemInfo"),
            Property::maybe("config", "ConfigInfo"),
            Property::maybe("status", "StatusInfo"),
        ],
    ),
    Model::new(
        "asterisk",
        "AsteriskPing",
        "The host is there",
        &[
            Property::always("asterisk_id", "string"),
            Property::always("ping", "string"),
            Property::always("timestamp", "string"),
        ],
    ),
    Model::new(
        "asterisk",
        "Module",
        "A module",
        &[
            Property::always("name", "string"),
            Property::always("description", "string"),
            Property::always("use_count", "int"),
            Property::always("status", "string"),
            Property::always("support_level", "string"),
        ],
    ),
    Model::new(
        "asterisk",
        "LogChannel",
        "Where logs go",
        &[
            Property::always("channel", "string"),
            Property::always("type", "string"),
            Property::always("status", "string"),
            Property::always("configuration", "string"),
        ],
    ),
    Model::new(
        "asterisk",
        "Variable",
        "The value of a variable",
        &[Property::always("value", "string")],
    ),
    Model::new(
        "asterisk",
        "ConfigTuple",
        "One setting of an object",
        &[
            Property::always("attribute", "string"),
            Property::always("value", "string"),
        ],
    ),
];
