//! Operations of `channels`.
use super::{At, Method, Parameter, Row};
pub(super) static OPERATIONS: &[Row] = &[
    Row {
        method: Method::Get,
        path: "/channels",
        resource: "channels",
        name: "list",
        summary: "Active channels",
        parameters: &[],
        response: "List[Channel]",
        errors: &[],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/channels",
        resource: "channels",
        name: "originate",
        summary: "Create and dial a channel into app or extension",
        parameters: &[
            Parameter::new(
                At::Query,
                "endpoint",
                "string",
                "Whom to call, as technology/resource",
            )
            .required(),
            Parameter::new(At::Query, "extension", "string", "Extension of the dialplan"),
            Parameter::new(At::Query, "context", "string", "Context of the dialplan"),
            Parameter::new(At::Query, "priority", "long", "Priority of the extension"),
            Parameter::new(
                At::Query,
                "label",
                "string",
                "Label of a priority, instead of its number",
            ),
            Parameter::new(At::Query, "app", "string", "Name of the application"),
            Parameter::new(
                At::Query,
                "appArgs",
                "string",
                "Arguments the application is given, with commas between",
            ),
            Parameter::new(At::Query, "callerId", "string", "Caller id to show"),
            Parameter::new(
                At::Query,
                "timeout",
                "int",
                "Seconds until it is given up; -1 for never",
            )
            .default("30"),
            Parameter::new(
                At::Body,
                "variables",
                "containers",
                "Object with variables to set, and their values",
            ),
            Parameter::new(At::Query, "channelId", "string", "The channel, by its id"),
            Parameter::new(
                At::Query,
                "otherChannelId",
                "string",
                "Id for the second half of a Local channel",
            ),
            Parameter::new(
                At::Query,
                "originator",
                "string",
                "Channel whose formats are taken over",
            ),
            Parameter::new(
                At::Query,
                "formats",
                "string",
                "Formats the channel may use, with commas between",
            ),
        ],
        response: "Channel",
        errors: &[
            (
                400,
                "Each object value in 'variables' must include string field 'value'",
            ),
            (409, "Channel not in Stasis application"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/channels/create",
        resource: "channels",
        name: "create",
        summary: "Create channel without dialling",
        parameters: &[
            Parameter::new(
                At::Query,
                "endpoint",
                "string",
                "Whom to call, as technology/resource",
            )
            .required(),
            Parameter::new(At::Query, "app", "string", "Name of the application").required(),
            Parameter::new(
                At::Query,
                "appArgs",
                "string",
                "Arguments the application is given, with commas between",
            ),
            Parameter::new(At::Query, "channelId", "string", "The channel, by its id"),
            Parameter::new(
                At::Query,
                "otherChannelId",
                "string",
                "Id for the second half of a Local channel",
            ),
            Parameter::new(
                At::Query,
                "originator",
                "string",
                "Channel whose formats are taken over",
            ),
            Parameter::new(
                At::Query,
                "formats",
                "string",
                "Formats the channel may use, with commas between",
            ),
            Parameter::new(
                At::Body,
                "variables",
                "containers",
                "Object with variables to set, and their values",
            ),
        ],
        response: "Channel",
        errors: &[(409, "Channel with given unique ID already exists")],
        is_websocket: false,
    },
    Row {
        method: Method::Get,
        path: "/channels/{channelId}",
        resource: "channels",
        name: "get",
        summary: "Channel details",
        parameters: &[Parameter::new(At::Path, "channelId", "string", "The channel, by its id").required()],
        response: "Channel",
        errors: &[(404, "Channel not found")],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/channels/{channelId}",
        resource: "channels",
        name: "originateWithId",
        summary: "Originate with chosen id (POST to id)",
        parameters: &[
            Parameter::new(At::Path, "channelId", "string", "The channel, by its id").required(),
            Parameter::new(
                At::Query,
                "endpoint",
                "string",
                "Whom to call, as technology/resource",
            )
            .required(),
            Parameter::new(At::Query, "extension", "string", "Extension of the dialplan"),
            Parameter::new(At::Query, "context", "string", "Context of the dialplan"),
            Parameter::new(At::Query, "priority", "long", "Priority of the extension"),
            Parameter::new(
                At::Query,
                "label",
                "string",
                "Label of a priority, instead of its number",
            ),
            Parameter::new(At::Query, "app", "string", "Name of the application"),
            Parameter::new(
                At::Query,
                "appArgs",
                "string",
                "Arguments the application is given, with commas between",
            ),
            Parameter::new(At::Query, "callerId", "string", "Caller id to show"),
            Parameter::new(
                At::Query,
                "timeout",
                "int",
                "Seconds until it is given up; -1 for never",
            )
            .default("30"),
            Parameter::new(
                At::Body,
                "variables",
                "containers",
                "Object with variables to set, and their values",
            ),
            Parameter::new(
                At::Query,
                "otherChannelId",
                "string",
                "Id for the second half of a Local channel",
            ),
            Parameter::new(
                At::Query,
                "originator",
                "string",
                "Channel whose formats are taken over",
            ),
            Parameter::new(
                At::Query,
                "formats",
                "string",
                "Formats the channel may use, with commas between",
            ),
        ],
        response: "Channel",
        errors: &[
            (400, "Uniqueid length exceeds maximum of"),
            (409, "Channel with given unique ID already exists"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Delete,
        path: "/channels/{channelId}",
        resource: "channels",
        name: "hangup",
        summary: "Hang up with reason or reason_code",
        parameters: &[
            Parameter::new(At::Path, "channelId", "string", "The channel, by its id").required(),
            Parameter::new(
                At::Query,
                "reason_code",
                "string",
                "Cause of the hangup, as a number",
            ),
            Parameter::new(At::Query, "reason", "string", "Cause of the hangup, as a word").one_of(&[
                "normal",
                "busy",
                "congestion",
                "no_answer",
                "timeout",
                "rejected",
                "unallocated",
                "normal_unspecified",
                "number_incomplete",
                "codec_mismatch",
                "interworking",
                "failure",
                "answered_elsewhere",
            ]),
        ],
        response: "void",
        errors: &[
            (400, "The reason and reason_code can't both be specified"),
            (404, "Channel not found"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/channels/{channelId}/continue",
        resource: "channels",
        name: "continueInDialplan",
        summary: "Leave Stasis to dialplan location",
        parameters: &[
            Parameter::new(At::Path, "channelId", "string", "The channel, by its id").required(),
            Parameter::new(At::Query, "context", "string", "Context of the dialplan"),
            Parameter::new(At::Query, "extension", "string", "Extension of the dialplan"),
            Parameter::new(At::Query, "priority", "int", "Priority of the extension"),
            Parameter::new(
                At::Query,
                "label",
                "string",
                "Label of a priority, instead of its number",
            ),
        ],
        response: "void",
        errors: &[
            (404, "Channel not found"),
            (409, "Channel not in Stasis application"),
            (412, "Channel in invalid state"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/channels/{channelId}/move",
        resource: "channels",
        name: "move",
        summary: "Move channel to another Stasis app",
        parameters: &[
            Parameter::new(At::Path, "channelId", "string", "The channel, by its id").required(),
            Parameter::new(At::Query, "app", "string", "Name of the application").required(),
            Parameter::new(
                At::Query,
                "appArgs",
                "string",
                "Arguments the application is given, with commas between",
            ),
        ],
        response: "void",
        errors: &[
            (404, "Channel not found"),
            (409, "Channel not in Stasis application"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/channels/{channelId}/redirect",
        resource: "channels",
        name: "redirect",
        summary: "Ask channel to redirect to endpoint (3xx)",
        parameters: &[
            Parameter::new(At::Path, "channelId", "string", "The channel, by its id").required(),
            Parameter::new(
                At::Query,
                "endpoint",
                "string",
                "Whom to call, as technology/resource",
            )
            .required(),
        ],
        response: "void",
        errors: &[
            (400, "Required parameter 'endpoint' not provided."),
            (404, "Channel not found"),
            (409, "Channel not in Stasis application"),
            (422, "Endpoint parameter does not contain tech/resource"),
            (412, "Channel in invalid state"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/channels/{channelId}/answer",
        resource: "channels",
        name: "answer",
        summary: "Answer",
        parameters: &[Parameter::new(At::Path, "channelId", "string", "The channel, by its id").required()],
        response: "void",
        errors: &[
            (404, "Channel not found"),
            (409, "Channel not in Stasis application"),
            (412, "Channel in invalid state"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/channels/{channelId}/ring",
        resource: "channels",
        name: "ring",
        summary: "Indicate ringing",
        parameters: &[Parameter::new(At::Path, "channelId", "string", "The channel, by its id").required()],
        response: "void",
        errors: &[
            (404, "Channel not found"),
            (409, "Channel not in Stasis application"),
            (412, "Channel in invalid state"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Delete,
        path: "/channels/{channelId}/ring",
        resource: "channels",
        name: "ringStop",
        summary: "Stop ringing indication",
        parameters: &[Parameter::new(At::Path, "channelId", "string", "The channel, by its id").required()],
        response: "void",
        errors: &[
            (404, "Channel not found"),
            (409, "Channel not in Stasis application"),
            (412, "Channel in invalid state"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/channels/{channelId}/progress",
        resource: "channels",
        name: "progress",
        summary: "Indicate progress",
        parameters: &[Parameter::new(At::Path, "channelId", "string", "The channel, by its id").required()],
        response: "void",
        errors: &[
            (404, "Callee not found"),
            (409, "Channel not in Stasis application"),
            (412, "Channel in invalid state"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/channels/{channelId}/dtmf",
        resource: "channels",
        name: "sendDTMF",
        summary: "Play DTMF to channel",
        parameters: &[
            Parameter::new(At::Path, "channelId", "string", "The channel, by its id").required(),
            Parameter::new(At::Query, "dtmf", "string", "Digits to send"),
            Parameter::new(
                At::Query,
                "before",
                "int",
                "Pause before the digits, in milliseconds",
            )
            .default("0"),
            Parameter::new(
                At::Query,
                "between",
                "int",
                "Pause between two digits, in milliseconds",
            )
            .default("100"),
            Parameter::new(At::Query, "duration", "int", "Length of a digit, in milliseconds").default("100"),
            Parameter::new(
                At::Query,
                "after",
                "int",
                "Pause behind the digits, in milliseconds",
            )
            .default("0"),
        ],
        response: "void",
        errors: &[
            (400, "DTMF is required"),
            (404, "Channel not found"),
            (409, "Channel not in Stasis application"),
            (412, "Channel in invalid state"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/channels/{channelId}/mute",
        resource: "channels",
        name: "mute",
        summary: "Mute direction",
        parameters: &[
            Parameter::new(At::Path, "channelId", "string", "The channel, by its id").required(),
            Parameter::new(At::Query, "direction", "string", "Which direction is meant")
                .default("both")
                .one_of(&["both", "in", "out"]),
        ],
        response: "void",
        errors: &[
            (404, "Channel not found"),
            (409, "Channel not in Stasis application"),
            (412, "Channel in invalid state"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Delete,
        path: "/channels/{channelId}/mute",
        resource: "channels",
        name: "unmute",
        summary: "Unmute direction",
        parameters: &[
            Parameter::new(At::Path, "channelId", "string", "The channel, by its id").required(),
            Parameter::new(At::Query, "direction", "string", "Which direction is meant")
                .default("both")
                .one_of(&["both", "in", "out"]),
        ],
        response: "void",
        errors: &[
            (404, "Channel not found"),
            (409, "Channel not in Stasis application"),
            (412, "Channel in invalid state"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/channels/{channelId}/hold",
        resource: "channels",
        name: "hold",
        summary: "Indicate hold",
        parameters: &[Parameter::new(At::Path, "channelId", "string", "The channel, by its id").required()],
        response: "void",
        errors: &[
            (404, "Channel not found"),
            (409, "Channel not in Stasis application"),
            (412, "Channel in invalid state"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Delete,
        path: "/channels/{channelId}/hold",
        resource: "channels",
        name: "unhold",
        summary: "Clear hold",
        parameters: &[Parameter::new(At::Path, "channelId", "string", "The channel, by its id").required()],
        response: "void",
        errors: &[
            (404, "Channel not found"),
            (409, "Channel not in Stasis application"),
            (412, "Channel in invalid state"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/channels/{channelId}/moh",
        resource: "channels",
        name: "startMoh",
        summary: "Start MOH",
        parameters: &[
            Parameter::new(At::Path, "channelId", "string", "The channel, by its id").required(),
            Parameter::new(At::Query, "mohClass", "string", "Class of music"),
        ],
        response: "void",
        errors: &[
            (404, "Channel not found"),
            (409, "Channel not in Stasis application"),
            (412, "Channel in invalid state"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Delete,
        path: "/channels/{channelId}/moh",
        resource: "channels",
        name: "stopMoh",
        summary: "Stop MOH",
        parameters: &[Parameter::new(At::Path, "channelId", "string", "The channel, by its id").required()],
        response: "void",
        errors: &[
            (404, "Channel not found"),
            (409, "Channel not in Stasis application"),
            (412, "Channel in invalid state"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/channels/{channelId}/silence",
        resource: "channels",
        name: "startSilence",
        summary: "Start silence generator",
        parameters: &[Parameter::new(At::Path, "channelId", "string", "The channel, by its id").required()],
        response: "void",
        errors: &[
            (404, "Channel not found"),
            (409, "Channel not in Stasis application"),
            (412, "Channel in invalid state"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Delete,
        path: "/channels/{channelId}/silence",
        resource: "channels",
        name: "stopSilence",
        summary: "Stop silence generator",
        parameters: &[Parameter::new(At::Path, "channelId", "string", "The channel, by its id").required()],
        response: "void",
        errors: &[
            (404, "Channel not found"),
            (409, "Channel not in Stasis application"),
            (412, "Channel in invalid state"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/channels/{channelId}/play",
        resource: "channels",
        name: "play",
        summary: "Queue media playback",
        parameters: &[
            Parameter::new(At::Path, "channelId", "string", "The channel, by its id").required(),
            Parameter::new(
                At::Query,
                "media",
                "string",
                "What to play, as URIs (sound:, recording:, number:, digits:, characters:, tone:)",
            )
            .several()
            .required(),
            Parameter::new(At::Query, "lang", "string", "Language of sounds"),
            Parameter::new(
                At::Query,
                "offsetms",
                "int",
                "Where in the sound to begin, in milliseconds",
            ),
            Parameter::new(
                At::Query,
                "skipms",
                "int",
                "How far forward and reverse go, in milliseconds",
            )
            .default("3000"),
            Parameter::new(At::Query, "playbackId", "string", "The playback, by its id"),
        ],
        response: "Playback",
        errors: &[
            (404, "Channel not found"),
            (409, "Channel not in Stasis application"),
            (412, "Channel in invalid state"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/channels/{channelId}/play/{playbackId}",
        resource: "channels",
        name: "playWithId",
        summary: "Queue playback with chosen id",
        parameters: &[
            Parameter::new(At::Path, "channelId", "string", "The channel, by its id").required(),
            Parameter::new(At::Path, "playbackId", "string", "The playback, by its id").required(),
            Parameter::new(
                At::Query,
                "media",
                "string",
                "What to play, as URIs (sound:, recording:, number:, digits:, characters:, tone:)",
            )
            .several()
            .required(),
            Parameter::new(At::Query, "lang", "string", "Language of sounds"),
            Parameter::new(
                At::Query,
                "offsetms",
                "int",
                "Where in the sound to begin, in milliseconds",
            ),
            Parameter::new(
                At::Query,
                "skipms",
                "int",
                "How far forward and reverse go, in milliseconds",
            )
            .default("3000"),
        ],
        response: "Playback",
        errors: &[
            (404, "Channel not found"),
            (409, "Channel not in Stasis application"),
            (412, "Channel in invalid state"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/channels/{channelId}/record",
        resource: "channels",
        name: "record",
        summary: "Start live recording of channel",
        parameters: &[
            Parameter::new(At::Path, "channelId", "string", "The channel, by its id").required(),
            Parameter::new(At::Query, "name", "string", "Its name").required(),
            Parameter::new(At::Query, "format", "string", "Its format").required(),
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
            (400, "max_duration_seconds cannot be negative"),
            (404, "Channel not found"),
            (409, "Recording already exists and can not be overwritten"),
            (422, "specified format is unknown on this system"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Get,
        path: "/channels/{channelId}/variable",
        resource: "channels",
        name: "getChannelVar",
        summary: "Read channel variable/function",
        parameters: &[
            Parameter::new(At::Path, "channelId", "string", "The channel, by its id").required(),
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
            (404, "Provided channel was not found"),
            (409, "Channel not in Stasis application"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/channels/{channelId}/variable",
        resource: "channels",
        name: "setChannelVar",
        summary: "Write channel variable/function",
        parameters: &[
            Parameter::new(At::Path, "channelId", "string", "The channel, by its id").required(),
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
            (404, "Channel not found"),
            (409, "Channel not in Stasis application"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Get,
        path: "/channels/{channelId}/variables",
        resource: "channels",
        name: "getChannelVars",
        summary: "Read several variables",
        parameters: &[
            Parameter::new(At::Path, "channelId", "string", "The channel, by its id").required(),
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
            (404, "Provided channel was not found"),
            (409, "Channel not in Stasis application"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/channels/{channelId}/variables",
        resource: "channels",
        name: "setChannelVars",
        summary: "Write several variables",
        parameters: &[
            Parameter::new(At::Path, "channelId", "string", "The channel, by its id").required(),
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
            (404, "Provided channel was not found"),
            (409, "Channel not in Stasis application"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/channels/{channelId}/snoop",
        resource: "channels",
        name: "snoopChannel",
        summary: "Create spy/whisper Snoop channel",
        parameters: &[
            Parameter::new(At::Path, "channelId", "string", "The channel, by its id").required(),
            Parameter::new(At::Query, "spy", "string", "Which direction is listened to")
                .default("none")
                .one_of(&["none", "both", "out", "in"]),
            Parameter::new(At::Query, "whisper", "string", "Which direction is spoken into")
                .default("none")
                .one_of(&["none", "both", "out", "in"]),
            Parameter::new(At::Query, "app", "string", "Name of the application").required(),
            Parameter::new(
                At::Query,
                "appArgs",
                "string",
                "Arguments the application is given, with commas between",
            ),
            Parameter::new(At::Query, "snoopId", "string", "Id of the new channel"),
        ],
        response: "Channel",
        errors: &[
            (400, "Invalid direction specified for spy"),
            (404, "Provided channel was not found"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/channels/{channelId}/snoop/{snoopId}",
        resource: "channels",
        name: "snoopChannelWithId",
        summary: "Snoop with chosen id",
        parameters: &[
            Parameter::new(At::Path, "channelId", "string", "The channel, by its id").required(),
            Parameter::new(At::Path, "snoopId", "string", "Id of the new channel").required(),
            Parameter::new(At::Query, "spy", "string", "Which direction is listened to")
                .default("none")
                .one_of(&["none", "both", "out", "in"]),
            Parameter::new(At::Query, "whisper", "string", "Which direction is spoken into")
                .default("none")
                .one_of(&["none", "both", "out", "in"]),
            Parameter::new(At::Query, "app", "string", "Name of the application").required(),
            Parameter::new(
                At::Query,
                "appArgs",
                "string",
                "Arguments the application is given, with commas between",
            ),
        ],
        response: "Channel",
        errors: &[
            (
                400,
                "Each object value in 'variables' must include string field 'value'",
            ),
            (404, "Channel not found"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/channels/{channelId}/dial",
        resource: "channels",
        name: "dial",
        summary: "Dial a channel made by create",
        parameters: &[
            Parameter::new(At::Path, "channelId", "string", "The channel, by its id").required(),
            Parameter::new(
                At::Query,
                "caller",
                "string",
                "Channel on whose behalf is dialled",
            ),
            Parameter::new(
                At::Query,
                "timeout",
                "int",
                "Seconds until it is given up; -1 for never",
            )
            .default("0")
            .at_least("0"),
        ],
        response: "void",
        errors: &[
            (404, "Callee not found"),
            (409, "Channel is not in the 'Down' state"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Get,
        path: "/channels/{channelId}/rtp_statistics",
        resource: "channels",
        name: "rtpstatistics",
        summary: "RTP counters",
        parameters: &[Parameter::new(At::Path, "channelId", "string", "The channel, by its id").required()],
        response: "RTPstat",
        errors: &[(404, "Channel not found")],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/channels/externalMedia",
        resource: "channels",
        name: "externalMedia",
        summary: "Create media channel to external host or websocket",
        parameters: &[
            Parameter::new(At::Query, "channelId", "string", "The channel, by its id"),
            Parameter::new(At::Query, "app", "string", "Name of the application").required(),
            Parameter::new(
                At::Body,
                "variables",
                "containers",
                "Object with variables to set, and their values",
            ),
            Parameter::new(
                At::Query,
                "external_host",
                "string",
                "Address and port of the other side",
            ),
            Parameter::new(At::Query, "encapsulation", "string", "How media is wrapped")
                .default("rtp")
                .one_of(&["rtp", "audiosocket", "none"]),
            Parameter::new(At::Query, "transport", "string", "What carries media")
                .default("udp")
                .one_of(&["udp", "tcp", "websocket"]),
            Parameter::new(At::Query, "connection_type", "string", "Which side connects")
                .default("client")
                .one_of(&["client", "server"]),
            Parameter::new(At::Query, "format", "string", "Its format").required(),
            Parameter::new(At::Query, "direction", "string", "Which direction is meant")
                .default("both")
                .one_of(&["both"]),
            Parameter::new(At::Query, "data", "string", "Text for the channel"),
            Parameter::new(At::Query, "transport_data", "string", "Text for the transport"),
        ],
        response: "Channel",
        errors: &[
            (400, "app cannot be empty"),
            (409, "Channel not in Stasis application"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/channels/{channelId}/transfer_progress",
        resource: "channels",
        name: "transfer_progress",
        summary: "Report progress of ARI-controlled transfer",
        parameters: &[
            Parameter::new(At::Path, "channelId", "string", "The channel, by its id").required(),
            Parameter::new(At::Query, "states", "string", "How far the transfer is").required(),
        ],
        response: "void",
        errors: &[
            (
                400,
                "Each object value in 'variables' must include string field 'value'",
            ),
            (404, "Channel not found"),
            (409, "Channel not in Stasis application"),
            (412, "Channel in invalid state"),
        ],
        is_websocket: false,
    },
];
