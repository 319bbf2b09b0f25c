//! Operations of `sounds`.
use super::{At, Method, Parameter, Row, shared};
pub(super) static OPERATIONS: &[Row] = &[
    Row {
        method: Method::Get,
        path: "/sounds",
        resource: "sounds",
        name: "list",
        summary: "Sound files",
        parameters: &[
            shared::LANG,
            Parameter::new(At::Query, "format", "string", "Its format"),
        ],
        response: "List[Sound]",
        errors: &[],
        is_websocket: false,
    },
    Row {
        method: Method::Get,
        path: "/sounds/{soundId}",
        resource: "sounds",
        name: "get",
        summary: "One sound",
        parameters: &[Parameter::new(At::Path, "soundId", "string", "The sound, by its name").required()],
        response: "Sound",
        errors: &[],
        is_websocket: false,
    },
];
