//! Operations of `events`.
use super::{At, Method, Parameter, Row, shared};
pub(super) static OPERATIONS: &[Row] = &[
    Row {
        method: Method::Get,
        path: "/events",
        resource: "events",
        name: "eventWebsocket",
        summary: "Websocket upgrade, event stream and REST-over-websocket",
        parameters: &[
            Parameter::new(At::Query, "app", "string", "Name of the application")
                .several()
                .required(),
            Parameter::new(
                At::Query,
                "subscribeAll",
                "boolean",
                "Whether to listen to everything",
            ),
        ],
        response: "Message",
        errors: &[],
        is_websocket: true,
    },
    Row {
        method: Method::Post,
        path: "/events/user/{eventName}",
        resource: "events",
        name: "userEvent",
        summary: "Emit ChannelUserevent to app",
        parameters: &[
            Parameter::new(At::Path, "eventName", "string", "Name of the event").required(),
            shared::APPLICATION,
            Parameter::new(
                At::Query,
                "source",
                "string",
                "What the event is about, as URIs (channel:, bridge:, endpoint:, deviceState:)",
            )
            .several(),
            shared::VARIABLES,
        ],
        response: "void",
        errors: &[
            (404, "Application not found"),
            (422, "Event source was not found"),
            (400, "Missing parameter application"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/events/claim",
        resource: "events",
        name: "claimChannel",
        summary: "Win a broadcast channel",
        parameters: &[
            Parameter::new(At::Query, "channelId", "string", "The channel, by its id").required(),
            shared::APPLICATION,
        ],
        response: "void",
        errors: &[
            (404, "Channel not found or not in broadcast state"),
            (409, "Channel has already been claimed by another application"),
        ],
        is_websocket: false,
    },
];
