//! Operations of `channels`: playing to them and recording them.

use crate::table::{Method, Row, shared};

pub(in crate::table) static OPERATIONS: &[Row] = &[
    Row {
        method: Method::Post,
        path: "/channels/{channelId}/play",
        resource: "channels",
        name: "play",
        summary: "Queue media playback",
        parameters: &[
            shared::CHANNEL_ID,
            shared::MEDIA,
            shared::LANG,
            shared::OFFSETMS,
            shared::SKIPMS,
            shared::NEW_PLAYBACK_ID,
        ],
        response: "Playback",
        errors: shared::STEERED,
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/channels/{channelId}/play/{playbackId}",
        resource: "channels",
        name: "playWithId",
        summary: "Queue playback with chosen id",
        parameters: &[
            shared::CHANNEL_ID,
            shared::PLAYBACK_ID,
            shared::MEDIA,
            shared::LANG,
            shared::OFFSETMS,
            shared::SKIPMS,
        ],
        response: "Playback",
        errors: shared::STEERED,
        is_websocket: false,
    },
    Row {
        method: Method::Post,
        path: "/channels/{channelId}/record",
        resource: "channels",
        name: "record",
        summary: "Start live recording of channel",
        parameters: &[
            shared::CHANNEL_ID,
            shared::NAME,
            shared::FORMAT,
            shared::MAX_DURATION_SECONDS,
            shared::MAX_SILENCE_SECONDS,
            shared::IF_EXISTS,
            shared::BEEP,
            shared::TERMINATE_ON,
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
];
