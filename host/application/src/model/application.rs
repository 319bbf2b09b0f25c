//! An application: what it listens to and which messages it lets through.

use serde::Serialize;
use serde_json::Value;

/// An application that is registered.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Application {
    /// Its name.
    pub name: String,
    /// Channels it listens to.
    pub channel_ids: Vec<String>,
    /// Bridges it listens to.
    pub bridge_ids: Vec<String>,
    /// Endpoints (`PJSIP/alice`) and technologies it listens to.
    pub endpoint_ids: Vec<String>,
    /// Devices it listens to.
    pub device_names: Vec<String>,
    /// Types of messages that alone come through, as objects with a `type`; none means all.
    pub events_allowed: Vec<Value>,
    /// Types of messages that do not come through.
    pub events_disallowed: Vec<Value>,
}
