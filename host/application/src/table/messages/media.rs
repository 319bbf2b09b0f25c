//! Models of messages about devices, playbacks and recordings.

use crate::table::{Model, Property};

pub(in crate::table) static MODELS: &[Model] = &[
    Model::new(
        "events",
        "DeviceStateChanged",
        "Told to applications: device state changed",
        &[Property::always("device_state", "DeviceState")],
    ),
    Model::new(
        "events",
        "PlaybackStarted",
        "Told to applications: playback started",
        &[Property::always("playback", "Playback")],
    ),
    Model::new(
        "events",
        "PlaybackContinuing",
        "Told to applications: playback continuing",
        &[Property::always("playback", "Playback")],
    ),
    Model::new(
        "events",
        "PlaybackFinished",
        "Told to applications: playback finished",
        &[Property::always("playback", "Playback")],
    ),
    Model::new(
        "events",
        "RecordingStarted",
        "Told to applications: recording started",
        &[Property::always("recording", "LiveRecording")],
    ),
    Model::new(
        "events",
        "RecordingFinished",
        "Told to applications: recording finished",
        &[Property::always("recording", "LiveRecording")],
    ),
    Model::new(
        "events",
        "RecordingFailed",
        "Told to applications: recording failed",
        &[Property::always("recording", "LiveRecording")],
    ),
];
