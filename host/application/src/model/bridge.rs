//! A bridge.

use super::channel::{Variables, no_variables, variables};
use crate::clock::{Clock, Stamp};
use serde::{Serialize, Serializer};
use std::sync::Arc;
use ucx_call::{BridgeSnapshot, VideoMode};

/// A bridge as clients see it.
#[derive(Clone, Debug, Serialize)]
pub struct Bridge<'a> {
    id: &'a str,
    technology: &'a str,
    bridge_type: &'static str,
    bridge_class: &'static str,
    creator: &'a str,
    name: &'a str,
    #[serde(serialize_with = "texts")]
    channels: &'a [Arc<str>],
    creationtime: Stamp,
    video_mode: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    video_source_id: Option<&'a str>,
    #[serde(skip_serializing_if = "no_variables", serialize_with = "variables")]
    bridgevars: &'a Variables,
}

impl<'a> Bridge<'a> {
    /// The bridge of that snapshot.
    pub fn new(bridge: &'a BridgeSnapshot, clock: &Clock) -> Self {
        let (video_mode, video_source_id) = match &bridge.video {
            VideoMode::None => ("none", None),
            VideoMode::Talker => ("talker", None),
            VideoMode::Single(source) => ("single", Some(&**source)),
        };
        Self {
            id: &bridge.uniqueid,
            technology: bridge.technology,
            bridge_type: bridge.purpose.as_str(),
            bridge_class: bridge.kind.as_str(),
            creator: &bridge.creator,
            name: &bridge.name,
            channels: &bridge.member_uniqueids,
            creationtime: clock.stamp(bridge.created_at),
            video_mode,
            video_source_id,
            bridgevars: &bridge.variables,
        }
    }
}

/// Shared texts as a list.
pub(super) fn texts<S: Serializer>(texts: &[Arc<str>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(texts.iter().map(|text| &**text))
}
