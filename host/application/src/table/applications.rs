//! Operations of `applications`.
use super::{At, Method, Parameter, Row};
pub(super) static OPERATIONS: &[Row] = &[
    Row {
        method: Method::Get,
        path: "/applications",
        resource: "applications",
        name: "list",
        summary: "Registered apps",
        parameters: &[],
        response: "List[Application]",
        errors: &[],
        is_websocket: false,
    },
    Row {
        method: Method::Get,
        path: "/applications/{applicationName}",
        resource: "applications",
        name: "get",
        summary: "One app",
        parameters: &[Parameter::new(
            At::Path,
            "applicationName",
            "string",
            "The application, by its name",
        )
        .required()],
        response: "Application",
        errors: &[(404, "Application not found")],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/applications/{applicationName}/subscription",
        resource: "applications",
        name: "subscribe",
        summary: "Subscribe app to sources",
        parameters: &[
            Parameter::new(
                At::Path,
                "applicationName",
                "string",
                "The application, by its name",
            )
            .required(),
            Parameter::new(
                At::Query,
                "eventSource",
                "string",
                "What to listen to, as URIs (channel:, bridge:, endpoint:, deviceState:)",
            )
            .several()
            .required(),
        ],
        response: "Application",
        errors: &[
            (400, "Missing parameter eventSource"),
            (404, "Application not found"),
            (422, "Event source does not exist"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Delete,
        path: "/applications/{applicationName}/subscription",
        resource: "applications",
        name: "unsubscribe",
        summary: "Unsubscribe app from sources",
        parameters: &[
            Parameter::new(
                At::Path,
                "applicationName",
                "string",
                "The application, by its name",
            )
            .required(),
            Parameter::new(
                At::Query,
                "eventSource",
                "string",
                "What to listen to, as URIs (channel:, bridge:, endpoint:, deviceState:)",
            )
            .several()
            .required(),
        ],
        response: "Application",
        errors: &[
            (400, "Missing parameter eventSource"),
            (404, "Application not found"),
            (409, "Not possible now"),
            (422, "Event source was not subscribed to"),
        ],
        is_websocket: false,
    },
    Row {
        method: Method::Put,
        path: "/applications/{applicationName}/eventFilter",
        resource: "applications",
        name: "filter",
        summary: "Set allowed/disallowed event types",
        parameters: &[
            Parameter::new(
                At::Path,
                "applicationName",
                "string",
                "The application, by its name",
            )
            .required(),
            Parameter::new(
                At::Body,
                "filter",
                "object",
                "Types of events to allow and to disallow",
            ),
        ],
        response: "Application",
        errors: &[(400, "Invalid format definition"), (404, "Application not found")],
        is_websocket: false,
    },
];
