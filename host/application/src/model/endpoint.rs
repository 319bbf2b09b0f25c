//! An endpoint, its contacts, and what is said about it.

use serde::Serialize;
use serde_json::{Map, Value};

/// Whether an endpoint can be reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EndpointState {
    /// Nothing is known.
    #[default]
    Unknown,
    /// None of its contacts can be reached.
    Offline,
    /// One can.
    Online,
}

/// An endpoint as clients see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Endpoint {
    /// Its technology (`PJSIP`).
    pub technology: String,
    /// Its name there.
    pub resource: String,
    /// Whether it can be reached.
    pub state: EndpointState,
    /// Its channels.
    pub channel_ids: Vec<String>,
}

/// A contact and whether it can be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ContactInfo<'a> {
    /// Its URI.
    pub uri: &'a str,
    /// `Reachable`, `Unreachable`, `NonQualified`, `Unknown`, `Removed`.
    pub contact_status: &'a str,
    /// The address of record it belongs to.
    pub aor: &'a str,
    /// How long its answer took, in microseconds.
    pub roundtrip_usec: String,
}

/// What became of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Peer<'a> {
    /// `Registered`, `Unregistered`, `Reachable`, `Unreachable`.
    pub peer_status: &'a str,
}

/// A text message.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TextMessage {
    /// Who sent it.
    pub from: String,
    /// To whom.
    pub to: String,
    /// The text.
    pub body: String,
    /// Headers and variables that came with it.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub variables: Map<String, Value>,
}
