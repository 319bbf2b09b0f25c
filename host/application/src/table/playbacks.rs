//! Operations of `playbacks`.
use super::{At, Method, Parameter, Row, shared};
pub(super) static OPERATIONS: &[Row] = &[
    Row {
        method: Method::Get,
        path: "/playbacks/{playbackId}",
        resource: "playbacks",
        name: "get",
        summary: "Playback state",
        parameters: &[shared::PLAYBACK_ID],
        response: "Playback",
        errors: &[(404, "Playback not found")],
        is_websocket: false,
    },
    Row {
        method: Method::Delete,
        path: "/playbacks/{playbackId}",
        resource: "playbacks",
        name: "stop",
        summary: "Stop playback",
        parameters: &[shared::PLAYBACK_ID],
        response: "void",
        errors: &[(404, "Playback not found")],
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/playbacks/{playbackId}/control",
        resource: "playbacks",
        name: "control",
        summary: "Restart/pause/unpause/reverse/forward",
        parameters: &[
            shared::PLAYBACK_ID,
            Parameter::new(At::Query, "operation", "string", "What to do")
                .required()
                .one_of(&["restart", "pause", "unpause", "reverse", "forward"]),
        ],
        response: "void",
        errors: &[
            (400, "Missing operation"),
            (404, "Playback not found"),
            (409, "Can only while media is playing"),
        ],
        is_websocket: false,
    },
];
