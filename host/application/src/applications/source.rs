//! What an application can listen to, and how clients write it.

use std::sync::Arc;

/// One of the four kinds of sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Channels.
    Channel,
    /// Bridges.
    Bridge,
    /// Endpoints.
    Endpoint,
    /// Devices.
    Device,
}

impl Kind {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Channel, Self::Bridge, Self::Endpoint, Self::Device];

    /// What clients see where all of a kind are listened to.
    fn all_id(self) -> &'static str {
        match self {
            Self::Channel => "__AST_CHANNEL_ALL_TOPIC",
            Self::Bridge => "__AST_BRIDGE_ALL_TOPIC",
            Self::Endpoint => "__AST_ENDPOINT_ALL_TOPIC",
            Self::Device => "__AST_DEVICE_STATE_ALL_TOPIC",
        }
    }
}

/// Something to listen to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The channel of that uniqueid.
    Channel(Arc<str>),
    /// The bridge of that uniqueid.
    Bridge(Arc<str>),
    /// That endpoint (`PJSIP/alice`), or all of a technology (`PJSIP`).
    Endpoint(Arc<str>),
    /// That device (`PJSIP/alice`, `Stasis:lamp`).
    Device(Arc<str>),
    /// All of a kind.
    Every(Kind),
}

/// The text is no source: its scheme is none of the four.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadSource;

impl Source {
    /// Reads `channel:ID`, `bridge:ID`, `endpoint:TECHNOLOGY[/NAME]` or `deviceState:NAME`; nothing behind the colon means
    /// all of the kind.
    ///
    /// # Errors
    /// [`BadSource`] for any other scheme.
    pub fn parse(uri: &str) -> Result<Self, BadSource> {
        let (scheme, id) = uri.split_once(':').ok_or(BadSource)?;
        let (kind, source): (Kind, fn(Arc<str>) -> Self) = match scheme {
            "channel" => (Kind::Channel, Self::Channel),
            "bridge" => (Kind::Bridge, Self::Bridge),
            "endpoint" => (Kind::Endpoint, Self::Endpoint),
            "deviceState" => (Kind::Device, Self::Device),
            _ => return Err(BadSource),
        };
        Ok(if id.is_empty() {
            Self::Every(kind)
        } else {
            source(Arc::from(id))
        })
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Channel(_) => Kind::Channel,
            Self::Bridge(_) => Kind::Bridge,
            Self::Endpoint(_) => Kind::Endpoint,
            Self::Device(_) => Kind::Device,
            Self::Every(kind) => *kind,
        }
    }

    /// What clients see of it.
    pub fn id(&self) -> &str {
        match self {
            Self::Channel(id) | Self::Bridge(id) | Self::Endpoint(id) | Self::Device(id) => id,
            Self::Every(kind) => kind.all_id(),
        }
    }
}
