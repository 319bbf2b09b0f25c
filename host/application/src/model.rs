//! What clients see of things, as JSON: fields in the order and with the presence the field's captures show.

mod application;
mod bridge;
mod channel;
mod device;
mod endpoint;
mod host;
mod media;
mod statistics;

pub use application::Application;
pub use bridge::Bridge;
pub use channel::{CallerId, Channel, Dialplan, Variables};
pub use device::DeviceState;
pub use endpoint::{ContactInfo, Endpoint, EndpointState, Peer, TextMessage};
pub use host::{
    AsteriskInfo, AsteriskPing, BuildInfo, ConfigInfo, ConfigTuple, LogChannel, Module, SetId, StatusInfo,
    SystemInfo, Variable,
};
pub use media::{
    FormatLangPair, LiveRecording, Mailbox, Playback, PlaybackState, RecordingState, Sound, StoredRecording,
};
pub use statistics::RtpStatistics;
