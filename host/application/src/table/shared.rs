//! Parameters and errors that several operations have.

use super::{At, Parameter};

/// Of operations that steer a channel.
pub(super) const STEERED: &[(u16, &str)] = &[
    (404, "Channel not found"),
    (409, "Channel not in Stasis application"),
    (412, "Channel in invalid state"),
];

pub(super) const ANNOUNCER_FORMAT: Parameter =
    Parameter::new(At::Query, "announcer_format", "string", "Format of the sound");
pub(super) const APP: Parameter =
    Parameter::new(At::Query, "app", "string", "Name of the application").required();
pub(super) const APPLICATION: Parameter =
    Parameter::new(At::Query, "application", "string", "Name of the application").required();
pub(super) const APPLICATION_NAME: Parameter = Parameter::new(
    At::Path,
    "applicationName",
    "string",
    "The application, by its name",
)
.required();
pub(super) const APP_ARGS: Parameter = Parameter::new(
    At::Query,
    "appArgs",
    "string",
    "Arguments the application is given, with commas between",
);
pub(super) const APP_MAYBE: Parameter = Parameter::new(At::Query, "app", "string", "Name of the application");
pub(super) const BEEP: Parameter =
    Parameter::new(At::Query, "beep", "boolean", "Whether a beep is heard first").default("False");
pub(super) const BODY: Parameter = Parameter::new(At::Query, "body", "string", "The text");
pub(super) const BRIDGE_ID: Parameter =
    Parameter::new(At::Path, "bridgeId", "string", "The bridge, by its id").required();
pub(super) const CALLER_ID: Parameter = Parameter::new(At::Query, "callerId", "string", "Caller id to show");
pub(super) const CHANNEL: Parameter =
    Parameter::new(At::Query, "channel", "string", "Channels, by their ids")
        .several()
        .required();
pub(super) const CHANNEL_ID: Parameter =
    Parameter::new(At::Path, "channelId", "string", "The channel, by its id").required();
pub(super) const CONFIG_CLASS: Parameter =
    Parameter::new(At::Path, "configClass", "string", "Kind of configuration").required();
pub(super) const CONTEXT: Parameter =
    Parameter::new(At::Query, "context", "string", "Context of the dialplan");
pub(super) const DEVICE_NAME: Parameter =
    Parameter::new(At::Path, "deviceName", "string", "The device, by its name").required();
pub(super) const DIRECTION: Parameter =
    Parameter::new(At::Query, "direction", "string", "Which direction is meant")
        .default("both")
        .one_of(&["both", "in", "out"]);
pub(super) const ENDPOINT: Parameter = Parameter::new(
    At::Query,
    "endpoint",
    "string",
    "Whom to call, as technology/resource",
)
.required();
pub(super) const EVENT_SOURCE: Parameter = Parameter::new(
    At::Query,
    "eventSource",
    "string",
    "What to listen to, as URIs (channel:, bridge:, endpoint:, deviceState:)",
)
.several()
.required();
pub(super) const EXTENSION: Parameter =
    Parameter::new(At::Query, "extension", "string", "Extension of the dialplan");
pub(super) const FORMAT: Parameter = Parameter::new(At::Query, "format", "string", "Its format").required();
pub(super) const FORMATS: Parameter = Parameter::new(
    At::Query,
    "formats",
    "string",
    "Formats the channel may use, with commas between",
);
pub(super) const FROM: Parameter = Parameter::new(At::Query, "from", "string", "From whom").required();
pub(super) const ID: Parameter = Parameter::new(At::Path, "id", "string", "The object, by its id").required();
pub(super) const IF_EXISTS: Parameter =
    Parameter::new(At::Query, "ifExists", "string", "What to do if the name is taken")
        .default("fail")
        .one_of(&["fail", "overwrite", "append"]);
pub(super) const LABEL: Parameter = Parameter::new(
    At::Query,
    "label",
    "string",
    "Label of a priority, instead of its number",
);
pub(super) const LANG: Parameter = Parameter::new(At::Query, "lang", "string", "Language of sounds");
pub(super) const LOG_CHANNEL_NAME: Parameter =
    Parameter::new(At::Path, "logChannelName", "string", "The log, by its name").required();
pub(super) const MAILBOX_NAME: Parameter =
    Parameter::new(At::Path, "mailboxName", "string", "The mailbox, by its name").required();
pub(super) const MAX_DURATION_SECONDS: Parameter = Parameter::new(
    At::Query,
    "maxDurationSeconds",
    "int",
    "Longest length in seconds; 0 for no limit",
)
.default("0")
.at_least("0");
pub(super) const MAX_SILENCE_SECONDS: Parameter = Parameter::new(
    At::Query,
    "maxSilenceSeconds",
    "int",
    "Longest silence in seconds; 0 for no limit",
)
.default("0")
.at_least("0");
pub(super) const MEDIA: Parameter = Parameter::new(
    At::Query,
    "media",
    "string",
    "What to play, as URIs (sound:, recording:, number:, digits:, characters:, tone:)",
)
.several()
.required();
pub(super) const MODULE_NAME: Parameter =
    Parameter::new(At::Path, "moduleName", "string", "The module, by its name").required();
pub(super) const MOH_CLASS: Parameter = Parameter::new(At::Query, "mohClass", "string", "Class of music");
pub(super) const NAME: Parameter = Parameter::new(At::Query, "name", "string", "Its name").required();
pub(super) const NAME_MAYBE: Parameter = Parameter::new(At::Query, "name", "string", "Its name");
pub(super) const NEW_CHANNEL_ID: Parameter =
    Parameter::new(At::Query, "channelId", "string", "The channel, by its id");
pub(super) const NEW_PLAYBACK_ID: Parameter =
    Parameter::new(At::Query, "playbackId", "string", "The playback, by its id");
pub(super) const OBJECT_TYPE: Parameter =
    Parameter::new(At::Path, "objectType", "string", "Type of the object").required();
pub(super) const OFFSETMS: Parameter = Parameter::new(
    At::Query,
    "offsetms",
    "int",
    "Where in the sound to begin, in milliseconds",
);
pub(super) const OFFSETMS_FROM_ZERO: Parameter = Parameter::new(
    At::Query,
    "offsetms",
    "int",
    "Where in the sound to begin, in milliseconds",
)
.default("0")
.at_least("0");
pub(super) const ORIGINATOR: Parameter = Parameter::new(
    At::Query,
    "originator",
    "string",
    "Channel whose formats are taken over",
);
pub(super) const OTHER_CHANNEL_ID: Parameter = Parameter::new(
    At::Query,
    "otherChannelId",
    "string",
    "Id for the second half of a Local channel",
);
pub(super) const PLAYBACK_ID: Parameter =
    Parameter::new(At::Path, "playbackId", "string", "The playback, by its id").required();
pub(super) const PRIORITY: Parameter =
    Parameter::new(At::Query, "priority", "long", "Priority of the extension");
pub(super) const RECORDING_NAME: Parameter =
    Parameter::new(At::Path, "recordingName", "string", "The recording, by its name").required();
pub(super) const REFER_TO: Parameter =
    Parameter::new(At::Query, "refer_to", "string", "Whom to call instead").required();
pub(super) const REPORT_EVENTS: Parameter = Parameter::new(
    At::Query,
    "report_events",
    "boolean",
    "Whether the change is told as an event",
)
.default("False");
pub(super) const RESOURCE: Parameter = Parameter::new(At::Path, "resource", "string", "Name of the endpoint");
pub(super) const SKIPMS: Parameter = Parameter::new(
    At::Query,
    "skipms",
    "int",
    "How far forward and reverse go, in milliseconds",
)
.default("3000");
pub(super) const SKIPMS_FROM_ZERO: Parameter = Parameter::new(
    At::Query,
    "skipms",
    "int",
    "How far forward and reverse go, in milliseconds",
)
.default("3000")
.at_least("0");
pub(super) const SPY: Parameter =
    Parameter::new(At::Query, "spy", "string", "Which direction is listened to")
        .default("none")
        .one_of(&["none", "both", "out", "in"]);
pub(super) const TECH: Parameter = Parameter::new(At::Path, "tech", "string", "Technology");
pub(super) const TERMINATE_ON: Parameter =
    Parameter::new(At::Query, "terminateOn", "string", "Digit that ends it")
        .default("none")
        .one_of(&["none", "any", "*", "#"]);
pub(super) const TIMEOUT: Parameter = Parameter::new(
    At::Query,
    "timeout",
    "int",
    "Seconds until it is given up; -1 for never",
)
.default("30");
pub(super) const TO: Parameter = Parameter::new(At::Query, "to", "string", "To whom").required();
pub(super) const TO_SELF: Parameter = Parameter::new(
    At::Query,
    "to_self",
    "boolean",
    "Whether it goes to the endpoint itself",
)
.default("False");
pub(super) const TYPE: Parameter = Parameter::new(
    At::Query,
    "type",
    "string",
    "Properties of the bridge, with commas between",
);
pub(super) const VALUE: Parameter = Parameter::new(At::Query, "value", "string", "Its new value");
pub(super) const VARIABLE: Parameter = Parameter::new(
    At::Query,
    "variable",
    "string",
    "Name of the variable or function",
)
.required();
pub(super) const VARIABLES: Parameter = Parameter::new(
    At::Body,
    "variables",
    "containers",
    "Object with variables to set, and their values",
);
pub(super) const VARIABLES_NEEDED: Parameter = Parameter::new(
    At::Body,
    "variables",
    "containers",
    "Object with variables to set, and their values",
)
.required();
pub(super) const VARIABLE_NAMES: Parameter = Parameter::new(
    At::Query,
    "variables",
    "string",
    "Object with variables to set, and their values",
)
.several()
.required();
pub(super) const WHISPER: Parameter =
    Parameter::new(At::Query, "whisper", "string", "Which direction is spoken into")
        .default("none")
        .one_of(&["none", "both", "out", "in"]);
