//! Channels and bridges as they are at one moment: whole, immutable, shared.

use crate::{BridgeId, Cause, ChannelId, Party};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What carries a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Technology {
    /// SIP, named as in `pjsip.conf`.
    Pjsip,
    /// One half of a pair that joins a dial to the dialplan.
    Local,
    /// It overhears another channel, or whispers to it.
    Snoop,
    /// Bare RTP to an address, without signalling.
    UnicastRtp,
}

impl Technology {
    /// The word in channel names and dial strings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pjsip => "PJSIP",
            Self::Local => "Local",
            Self::Snoop => "Snoop",
            Self::UnicastRtp => "UnicastRTP",
        }
    }
}

/// How far a channel is, with the field's numbers (`ChannelState`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChannelState {
    /// Made, nothing sent yet.
    Down,
    /// We are calling out, nothing heard yet.
    Dialing,
    /// A caller waits for our answer.
    Ring,
    /// It rings at the far end.
    Ringing,
    /// Answered.
    Up,
    /// Busy.
    Busy,
}

impl ChannelState {
    /// The number clients see.
    pub fn number(self) -> u8 {
        match self {
            Self::Down => 0,
            Self::Dialing => 3,
            Self::Ring => 4,
            Self::Ringing => 5,
            Self::Up => 6,
            Self::Busy => 7,
        }
    }

    /// The word clients see.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Down => "Down",
            Self::Dialing => "Dialing",
            Self::Ring => "Ring",
            Self::Ringing => "Ringing",
            Self::Up => "Up",
            Self::Busy => "Busy",
        }
    }
}

/// A place in the dialplan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The context.
    pub context: Arc<str>,
    /// The extension; may be empty.
    pub exten: Arc<str>,
    /// The priority, from 1.
    pub priority: u32,
}

impl Place {
    /// That extension of that context at that priority.
    pub fn new(context: &str, exten: &str, priority: u32) -> Self {
        Self {
            context: Arc::from(context),
            exten: Arc::from(exten),
            priority,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{},{}", self.context, self.exten, self.priority)
    }
}

/// The application a channel is in, and what it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The application's name.
    pub application: Arc<str>,
    /// Its arguments, substituted.
    pub data: Arc<str>,
}

/// A channel at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelSnapshot {
    /// Its id inside the host.
    pub id: ChannelId,
    /// `epoch.n`, or with the system's name before it; never repeated across restarts.
    pub uniqueid: Arc<str>,
    /// The uniqueid of the oldest channel of its call.
    pub linkedid: Arc<str>,
    /// `PJSIP/6001-00000001`.
    pub name: Arc<str>,
    /// What carries it.
    pub technology: Technology,
    /// What follows the technology in its name: the endpoint (`6001`), or `1002@office` for Local.
    pub endpoint: Arc<str>,
    /// How far it is.
    pub state: ChannelState,
    /// Who is at this channel.
    pub caller: Party,
    /// Who it is connected with.
    pub connected: Party,
    /// The number that was dialled to make it, if any (DNID).
    pub dialled: Option<Arc<str>>,
    /// Language of sounds.
    pub language: Arc<str>,
    /// Account code; may be empty.
    pub account: Arc<str>,
    /// Where it is in the dialplan.
    pub place: Place,
    /// The application it is in.
    pub step: Option<Step>,
    /// Why it ended, or will end; 0 while nothing is known.
    pub cause: Cause,
    /// The status of its protocol that goes with the cause (a SIP response code), if one does.
    pub protocol_cause: Option<u16>,
    /// The bridge it is in.
    pub bridge: Option<BridgeId>,
    /// True while the far end has us on hold.
    pub is_held: bool,
    /// When it was made, since the host started.
    pub created_at: Duration,
    /// When it was answered, since the host started.
    pub answered_at: Option<Duration>,
    /// The call's name in its protocol (the Call-ID of SIP); empty while none is known.
    pub protocol_id: Arc<str>,
    /// The number the call was redirected from (RDNIS), if it was.
    pub redirecting: Option<Arc<str>>,
    /// The class of music it hears while it waits, if it hears music.
    pub music: Option<Arc<str>>,
}

/// Who made a bridge and keeps it, with the words of `BridgeType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BridgeKind {
    /// Two parties of a call; it ends when one of them leaves.
    Basic,
    /// A client made it by request; it stays until it is destroyed.
    Stasis,
}

impl BridgeKind {
    /// The word clients see.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Stasis => "stasis",
        }
    }
}

/// What members of a bridge hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BridgePurpose {
    /// Each other.
    Mixing,
    /// Music, or what an announcer says; not each other.
    Holding,
}

impl BridgePurpose {
    /// The word clients see.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mixing => "mixing",
            Self::Holding => "holding",
        }
    }
}

/// Whose picture members see, where a client asked for it; pictures themselves are not mixed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum VideoMode {
    /// Nobody said.
    #[default]
    None,
    /// Who talks.
    Talker,
    /// The channel of that uniqueid.
    Single(Arc<str>),
}

/// A bridge at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BridgeSnapshot {
    /// Its id inside the host.
    pub id: BridgeId,
    /// What clients see: a UUID, or what its maker chose.
    pub uniqueid: Arc<str>,
    /// Who made it and keeps it.
    pub kind: BridgeKind,
    /// What its members hear.
    pub purpose: BridgePurpose,
    /// How its audio is joined (`simple_bridge`, `softmix`, `holding_bridge`).
    pub technology: &'static str,
    /// Who made it; may be empty.
    pub creator: Arc<str>,
    /// Its name; may be empty.
    pub name: Arc<str>,
    /// The channels in it, in the order they came.
    pub members: Vec<ChannelId>,
    /// Their uniqueids, in the same order.
    pub member_uniqueids: Vec<Arc<str>>,
    /// When it was made, since the host started.
    pub created_at: Duration,
    /// Whose picture members see.
    pub video: VideoMode,
    /// Its variables that are shown with it, and their values.
    pub variables: Arc<[(Arc<str>, Arc<str>)]>,
}
