//! Operations of `channels`: overhearing, calling, and their media.

use crate::table::{At, Method, Parameter, Row, shared};

pub(in crate::table) static OPERATIONS: &[Row] = &[
    Row {
        method: Method::Post,
        path: "/channels/{channelId}/snoop",
        resource: "channels",
        name: "snoopChannel",
        summary: "Create spy/whisper Snoop channel",
        parameters: &[
            shared::CHANNEL_ID,
            shared::SPY,
            shared::WHISPER,
            shared::APP,
            shared::APP_ARGS,
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
            shared::CHANNEL_ID,
            Parameter::new(At::Path, "snoopId", "string", "Id of the new channel").required(),
            shared::SPY,
            shared::WHISPER,
            shared::APP,
            shared::APP_ARGS,
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
            shared::CHANNEL_ID,
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
        parameters: &[shared::CHANNEL_ID],
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
            shared::NEW_CHANNEL_ID,
            shared::APP,
            shared::VARIABLES,
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
            shared::FORMAT,
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
            shared::CHANNEL_ID,
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
