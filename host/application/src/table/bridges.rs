//! Operations of `bridges`.
use super::{At, Method, Parameter, Row};
pub(super) static OPERATIONS: &[Row] = &[
    Row {
        method: Method::Get,
        path: "/bridges",
        resource: "bridges",
        name: "list",
        summary: "Bridges",
        parameters: &[],
        response: "List[Bridge]",
        errors: &[],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/bridges",
        resource: "bridges",
        name: "create",
        summary: "Create bridge (returns existing match for id)",
        parameters: &[
            Parameter::new(
                At::Query,
                "type",
                "string",
                "Properties of the bridge, with commas between",
            ),
            Parameter::new(At::Query, "bridgeId", "string", "The bridge, by its id"),
            Parameter::new(At::Query, "name", "string", "Its name"),
            Parameter::new(
                At::Body,
                "variables",
                "containers",
                "Object with variables to set, and their values",
            ),
        ],
        response: "Bridge",
        errors: &[(409, "Bridge with id already exists")],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/bridges/{bridgeId}",
        resource: "bridges",
        name: "createWithId",
        summary: "Create or rename bridge with id",
        parameters: &[
            Parameter::new(
                At::Query,
                "type",
                "string",
                "Properties of the bridge, with commas between",
            ),
            Parameter::new(At::Path, "bridgeId", "string", "The bridge, by its id").required(),
            Parameter::new(At::Query, "name", "string", "Its name"),
            Parameter::new(
                At::Body,
                "variables",
                "containers",
                "Object with variables to set, and their values",
            ),
        ],
        response: "Bridge",
        errors: &[(409, "Bridge with id already exists")],
        is_websocket: false,
    },
    Row {
        method: Method::Get,
        path: "/bridges/{bridgeId}",
        resource: "bridges",
        name: "get",
        summary: "Bridge details",
        parameters: &[Parameter::new(At::Path, "bridgeId", "string", "The bridge, by its id").required()],
        response: "Bridge",
        errors: &[(404, "Bridge not found")],
        is_websocket: false,
    },
    Row {
        method: Method::Delete,
        path: "/bridges/{bridgeId}",
        resource: "bridges",
        name: "destroy",
        summary: "Shut bridge down",
        parameters: &[Parameter::new(At::Path, "bridgeId", "string", "The bridge, by its id").required()],
        response: "void",
        errors: &[(404, "Bridge not found")],
        is_websocket: false,
    },
    Row {
        method: Method::Get,
        path: "/bridges/{bridgeId}/variable",
        resource: "bridges",
        name: "getBridgeVar",
        summary: "Read bridge variable",
        parameters: &[
            Parameter::new(At::Path, "bridgeId", "string", "The bridge, by its id").required(),
            Parameter::new(
                At::Query,
                "variable",
                "string",
                "Name of the variable or function",
            )
            .required(),
        ],
        response: "Variable",
        errors: &[
            (400, "Variable name is required"),
            (404, "Provided variable was not found"),
            (409, "Bridge not in Stasis application"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/bridges/{bridgeId}/variable",
        resource: "bridges",
        name: "setBridgeVar",
        summary: "Write bridge variable",
        parameters: &[
            Parameter::new(At::Path, "bridgeId", "string", "The bridge, by its id").required(),
            Parameter::new(
                At::Query,
                "variable",
                "string",
                "Name of the variable or function",
            )
            .required(),
            Parameter::new(At::Query, "value", "string", "Its new value"),
            Parameter::new(
                At::Query,
                "report_events",
                "boolean",
                "Whether the change is told as an event",
            )
            .default("False"),
        ],
        response: "void",
        errors: &[
            (400, "Variable name is required"),
            (404, "Bridge not found"),
            (409, "Bridge not in Stasis application"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Get,
        path: "/bridges/{bridgeId}/variables",
        resource: "bridges",
        name: "getBridgeVars",
        summary: "Read bridge variables",
        parameters: &[
            Parameter::new(At::Path, "bridgeId", "string", "The bridge, by its id").required(),
            Parameter::new(
                At::Query,
                "variables",
                "string",
                "Object with variables to set, and their values",
            )
            .several()
            .required(),
        ],
        response: "Variables",
        errors: &[
            (400, "At least one variable name is required"),
            (404, "Provided bridge was not found"),
            (409, "Bridge not in Stasis application"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/bridges/{bridgeId}/variables",
        resource: "bridges",
        name: "setBridgeVars",
        summary: "Write bridge variables",
        parameters: &[
            Parameter::new(At::Path, "bridgeId", "string", "The bridge, by its id").required(),
            Parameter::new(
                At::Body,
                "variables",
                "containers",
                "Object with variables to set, and their values",
            )
            .required(),
        ],
        response: "void",
        errors: &[
            (400, "The 'variables' field is required"),
            (404, "Provided bridge was not found"),
            (409, "Bridge not in Stasis application"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/bridges/{bridgeId}/addChannel",
        resource: "bridges",
        name: "addChannel",
        summary: "Add channels",
        parameters: &[
            Parameter::new(At::Path, "bridgeId", "string", "The bridge, by its id").required(),
            Parameter::new(At::Query, "channel", "string", "Channels, by their ids")
                .several()
                .required(),
            Parameter::new(At::Query, "role", "string", "What the channel does in the bridge"),
            Parameter::new(
                At::Query,
                "absorbDTMF",
                "boolean",
                "Whether digits stay with the channel",
            )
            .default("False"),
            Parameter::new(At::Query, "mute", "boolean", "Whether the channel is not heard").default("False"),
            Parameter::new(
                At::Query,
                "inhibitConnectedLineUpdates",
                "boolean",
                "Whether the other party is not shown",
            )
            .default("False"),
        ],
        response: "void",
        errors: &[
            (
                400,
                "Each object value in 'variables' must include string field 'value'",
            ),
            (404, "Bridge not found"),
            (409, "Bridge not in Stasis application"),
            (422, "specified announcer_format is unknown on this system"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/bridges/{bridgeId}/removeChannel",
        resource: "bridges",
        name: "removeChannel",
        summary: "Remove channels",
        parameters: &[
            Parameter::new(At::Path, "bridgeId", "string", "The bridge, by its id").required(),
            Parameter::new(At::Query, "channel", "string", "Channels, by their ids")
                .several()
                .required(),
        ],
        response: "void",
        errors: &[
            (
                400,
                "Each object value in 'variables' must include string field 'value'",
            ),
            (404, "Bridge not found"),
            (409, "Channel currently recording"),
            (422, "Channel not in this bridge"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/bridges/{bridgeId}/videoSource/{channelId}",
        resource: "bridges",
        name: "setVideoSource",
        summary: "Pin video source",
        parameters: &[
            Parameter::new(At::Path, "bridgeId", "string", "The bridge, by its id").required(),
            Parameter::new(At::Path, "channelId", "string", "The channel, by its id").required(),
        ],
        response: "void",
        errors: &[
            (404, "Bridge not found"),
            (409, "Bridge not in Stasis application"),
            (422, "Channel not in this bridge"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Delete,
        path: "/bridges/{bridgeId}/videoSource",
        resource: "bridges",
        name: "clearVideoSource",
        summary: "Unpin video source",
        parameters: &[Parameter::new(At::Path, "bridgeId", "string", "The bridge, by its id").required()],
        response: "void",
        errors: &[(404, "Bridge not found")],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/bridges/{bridgeId}/moh",
        resource: "bridges",
        name: "startMoh",
        summary: "MOH to bridge",
        parameters: &[
            Parameter::new(At::Path, "bridgeId", "string", "The bridge, by its id").required(),
            Parameter::new(At::Query, "mohClass", "string", "Class of music"),
        ],
        response: "void",
        errors: &[
            (404, "Bridge not found"),
            (409, "Bridge not in Stasis application"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Delete,
        path: "/bridges/{bridgeId}/moh",
        resource: "bridges",
        name: "stopMoh",
        summary: "Stop bridge MOH",
        parameters: &[Parameter::new(At::Path, "bridgeId", "string", "The bridge, by its id").required()],
        response: "void",
        errors: &[(404, "Bridge not found"), (409, "Bridge isn't playing music")],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/bridges/{bridgeId}/play",
        resource: "bridges",
        name: "play",
        summary: "Play media to bridge",
        parameters: &[
            Parameter::new(At::Path, "bridgeId", "string", "The bridge, by its id").required(),
            Parameter::new(
                At::Query,
                "media",
                "string",
                "What to play, as URIs (sound:, recording:, number:, digits:, characters:, tone:)",
            )
            .several()
            .required(),
            Parameter::new(At::Query, "announcer_format", "string", "Format of the sound"),
            Parameter::new(At::Query, "lang", "string", "Language of sounds"),
            Parameter::new(
                At::Query,
                "offsetms",
                "int",
                "Where in the sound to begin, in milliseconds",
            )
            .default("0")
            .at_least("0"),
            Parameter::new(
                At::Query,
                "skipms",
                "int",
                "How far forward and reverse go, in milliseconds",
            )
            .default("3000")
            .at_least("0"),
            Parameter::new(At::Query, "playbackId", "string", "The playback, by its id"),
        ],
        response: "Playback",
        errors: &[
            (404, "Bridge not found"),
            (409, "Bridge not in Stasis application"),
            (422, "specified announcer_format is unknown on this system"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/bridges/{bridgeId}/play/{playbackId}",
        resource: "bridges",
        name: "playWithId",
        summary: "Play with chosen id",
        parameters: &[
            Parameter::new(At::Path, "bridgeId", "string", "The bridge, by its id").required(),
            Parameter::new(At::Path, "playbackId", "string", "The playback, by its id").required(),
            Parameter::new(
                At::Query,
                "media",
                "string",
                "What to play, as URIs (sound:, recording:, number:, digits:, characters:, tone:)",
            )
            .several()
            .required(),
            Parameter::new(At::Query, "announcer_format", "string", "Format of the sound"),
            Parameter::new(At::Query, "lang", "string", "Language of sounds"),
            Parameter::new(
                At::Query,
                "offsetms",
                "int",
                "Where in the sound to begin, in milliseconds",
            )
            .default("0")
            .at_least("0"),
            Parameter::new(
                At::Query,
                "skipms",
                "int",
                "How far forward and reverse go, in milliseconds",
            )
            .default("3000")
            .at_least("0"),
        ],
        response: "Playback",
        errors: &[
            (404, "Bridge not found"),
            (409, "Bridge not in Stasis application"),
            (422, "specified announcer_format is unknown on this system"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/bridges/{bridgeId}/record",
        resource: "bridges",
        name: "record",
        summary: "Record bridge",
        parameters: &[
            Parameter::new(At::Path, "bridgeId", "string", "The bridge, by its id").required(),
            Parameter::new(At::Query, "name", "string", "Its name").required(),
            Parameter::new(At::Query, "format", "string", "Its format").required(),
            Parameter::new(At::Query, "recorder_format", "string", "Format that is taken up"),
            Parameter::new(
                At::Query,
                "maxDurationSeconds",
                "int",
                "Longest length in seconds; 0 for no limit",
            )
            .default("0")
            .at_least("0"),
            Parameter::new(
                At::Query,
                "maxSilenceSeconds",
                "int",
                "Longest silence in seconds; 0 for no limit",
            )
            .default("0")
            .at_least("0"),
            Parameter::new(At::Query, "ifExists", "string", "What to do if the name is taken")
                .default("fail")
                .one_of(&["fail", "overwrite", "append"]),
            Parameter::new(At::Query, "beep", "boolean", "Whether a beep is heard first").default("False"),
            Parameter::new(At::Query, "terminateOn", "string", "Digit that ends it")
                .default("none")
                .one_of(&["none", "any", "*", "#"]),
        ],
        response: "LiveRecording",
        errors: &[
            (400, "terminateOn invalid"),
            (404, "Bridge not found"),
            (409, "Recording already exists and can not be overwritten"),
            (422, "specified format is unknown on this system"),
        ],
        is_websocket: false,
    },
];
