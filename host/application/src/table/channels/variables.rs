//! Operations of `channels`: their variables.

use crate::table::{Method, Row, shared};

pub(in crate::table) static OPERATIONS: &[Row] = &[
    Row {
        method: Method::Get,
        path: "/channels/{channelId}/variable",
        resource: "channels",
        name: "getChannelVar",
        summary: "Read channel variable/function",
        parameters: &[shared::CHANNEL_ID, shared::VARIABLE],
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
            shared::CHANNEL_ID,
            shared::VARIABLE,
            shared::VALUE,
            shared::REPORT_EVENTS,
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
        parameters: &[shared::CHANNEL_ID, shared::VARIABLE_NAMES],
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
        parameters: &[shared::CHANNEL_ID, shared::VARIABLES_NEEDED],
        response: "void",
        errors: &[
            (400, "The 'variables' field is required"),
            (404, "Provided channel was not found"),
            (409, "Channel not in Stasis application"),
        ],
        is_websocket: false,
    },
];
