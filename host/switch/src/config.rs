//! What the switch is told at its start, and the shapes of requests.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{BridgePurpose, Cause, ChannelId, Party, Place, VideoMode};

/// Settings of a switch.
#[derive(Clone, Debug)]
pub struct SwitchConfig {
    /// When the host started, in seconds since 1970; the first part of each uniqueid is counted from here.
    pub epoch_s: u64,
    /// Put before uniqueids as `NAME-`, if not empty.
    pub system_name: String,
    /// Seed of bridge ids.
    pub seed: [u8; 32],
    /// Language of sounds where a channel has none of its own.
    pub language: Arc<str>,
    /// Bounds.
    pub limits: Limits,
}

impl Default for SwitchConfig {
    fn default() -> Self {
        Self {
            epoch_s: 0,
            system_name: String::new(),
            seed: [0; 32],
            language: Arc::from("en"),
            limits: Limits::default(),
        }
    }
}

/// Bounds of the switch's tables. A request past one is refused with [`ucx_call::Refusal::Full`].
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Channels at once; further calls are refused.
    pub channels: usize,
    /// Variables of one channel; further ones are not set.
    pub variables: usize,
    /// Bytes of one variable's value; longer ones are cut at a character.
    pub value_bytes: usize,
    /// Legs of one dial; the request is refused.
    pub legs: usize,
    /// Leases on one channel; the request is refused.
    pub leases: usize,
    /// Bridges that clients made; a further one is refused.
    pub bridges: usize,
    /// Members of such a bridge; a further one is refused.
    pub members: usize,
    /// Recordings at once; a further one is refused.
    pub recordings: usize,
    /// Channels that overhear or whisper to the same one; a further one is refused.
    pub snoops: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            channels: 20_000,
            variables: 1_000,
            value_bytes: 65_536,
            legs: 64,
            leases: 32,
            bridges: 10_000,
            members: 256,
            recordings: 4_096,
            snoops: 8,
        }
    }
}

/// A bridge to make.
#[derive(Clone, Debug)]
pub struct BridgeSpec {
    /// What clients call it; a UUID is made if none.
    pub uniqueid: Option<Arc<str>>,
    /// What its members hear.
    pub purpose: BridgePurpose,
    /// Its name; may be empty.
    pub name: Arc<str>,
    /// Who makes it.
    pub creator: Arc<str>,
    /// Whose picture members see.
    pub video: VideoMode,
}

/// How a channel enters such a bridge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EnterSpec {
    /// In a holding bridge: all others hear it.
    pub is_announcer: bool,
    /// Nobody hears it.
    pub is_muted: bool,
    /// Digits from its far end do not go to the others.
    pub absorbs_digits: bool,
    /// Nobody is told whom it is connected with.
    pub keeps_connected_line: bool,
}

/// A channel that is to be taken out of what it does and bridged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joiner {
    /// Which one.
    pub channel: ChannelId,
    /// What it hears first.
    pub sounds: Option<Arc<[Arc<str>]>>,
    /// Where it goes on in the dialplan when the bridge is over; it is hung up without one.
    pub after: Option<Place>,
}

impl Joiner {
    /// That channel, without more.
    pub fn new(channel: ChannelId) -> Self {
        Self {
            channel,
            sounds: None,
            after: None,
        }
    }
}

/// A call that came in from an endpoint.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// The endpoint's name.
    pub endpoint: Arc<str>,
    /// Where its dialplan starts.
    pub place: Place,
    /// Who calls.
    pub caller: Party,
    /// The number that was dialled.
    pub dialled: Arc<str>,
    /// Language, if not the switch's own.
    pub language: Option<Arc<str>>,
    /// Account code.
    pub account: Option<Arc<str>>,
    /// The call's name in its protocol (the Call-ID of SIP).
    pub protocol_id: Arc<str>,
    /// Variables to set at birth.
    pub variables: Vec<(Arc<str>, Arc<str>)>,
}

/// Where a leg goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DialTarget {
    /// An endpoint that can be called now.
    Endpoint {
        /// Its name.
        endpoint: Arc<str>,
        /// Where exactly, as the technology resolved it (a SIP URI).
        target: Arc<str>,
        /// The endpoint's context.
        context: Arc<str>,
        /// The endpoint's own caller id.
        caller: Party,
        /// Language, if not the switch's own.
        language: Option<Arc<str>>,
        /// Account code.
        account: Option<Arc<str>>,
    },
    /// The dialplan, through a pair of Local channels.
    Local {
        /// Extension.
        exten: Arc<str>,
        /// Context.
        context: Arc<str>,
        /// Whether the pair may be taken out of the path (no `/n`).
        optimize: bool,
    },
    /// An address to exchange RTP with, which counts as answered as soon as the driver is ready.
    Rtp {
        /// Where it takes packets.
        remote: SocketAddr,
        /// What is spoken: `ulaw`, `alaw` or `slin`.
        codec: Arc<str>,
    },
    /// An endpoint that cannot be called now; no channel is made.
    Unavailable {
        /// Its name.
        endpoint: Arc<str>,
        /// Why.
        cause: Cause,
    },
}

/// Directions of a channel, as its far end is concerned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ways {
    /// What the far end says.
    pub said: bool,
    /// What the far end hears.
    pub heard: bool,
}

impl Ways {
    /// Whether there is any.
    pub fn any(self) -> bool {
        self.said || self.heard
    }
}

/// A channel to make that overhears another one, or whispers to it.
#[derive(Clone, Debug)]
pub struct SnoopSpec {
    /// Which one.
    pub of: ChannelId,
    /// What is overheard: whoever is linked with the new channel hears it.
    pub spies: Ways,
    /// Where what the new channel is given to hear is added: to what the far end says, or to what it hears.
    pub whispers: Ways,
    /// Uniqueid to use instead of a made one.
    pub uniqueid: Option<Arc<str>>,
}

/// One leg to be tried.
#[derive(Clone, Debug)]
pub struct DialLeg {
    /// Where to.
    pub to: DialTarget,
    /// As it stood in the dial string after the technology.
    pub dial_string: Arc<str>,
    /// Who to show as the caller; the caller's own identity if none.
    pub caller: Option<Party>,
    /// SIP headers to send along.
    pub headers: Arc<[(Arc<str>, Arc<str>)]>,
    /// Codecs to offer, best first: of those the endpoint has; all it has if none is named.
    pub codecs: Arc<[Arc<str>]>,
    /// Whether the call goes on where its far end sends it; else that counts as refused.
    pub is_forwarded: bool,
    /// Whether a call that the host makes by itself is decided as soon as sound comes, before it is answered.
    pub goes_early: bool,
}

impl DialLeg {
    /// A plain leg.
    pub fn new(to: DialTarget, dial_string: &str) -> Self {
        Self {
            to,
            dial_string: Arc::from(dial_string),
            caller: None,
            headers: Arc::from([]),
            codecs: Arc::from([]),
            is_forwarded: true,
            goes_early: false,
        }
    }
}

/// When the caller is told that it rings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RingPolicy {
    /// When a leg says so.
    #[default]
    Forward,
    /// At once, whatever the legs say, and without their early media.
    Always,
    /// Not at all, and without the legs' early media: the caller's controller lets it hear something meanwhile.
    Never,
}

/// Legs to be rung together for a caller.
#[derive(Clone, Debug)]
pub struct DialRequest {
    /// The legs; the first to answer wins.
    pub legs: Vec<DialLeg>,
    /// How long they may ring; without end if none.
    pub timeout: Option<Duration>,
    /// What the caller is told.
    pub ringing: RingPolicy,
}

/// A call the host makes by itself.
#[derive(Clone, Debug)]
pub struct OriginateRequest {
    /// Whom to call.
    pub leg: DialLeg,
    /// How long it may ring.
    pub timeout: Option<Duration>,
    /// Shown to the called party, and the channel's own identity.
    pub caller: Party,
    /// Account code.
    pub account: Option<Arc<str>>,
    /// Variables of the channel.
    pub variables: Vec<(Arc<str>, Arc<str>)>,
    /// Uniqueid to use instead of a made one; refused if it is taken.
    pub uniqueid: Option<Arc<str>>,
    /// Uniqueid of the second half, if the channel is a Local one.
    pub second_uniqueid: Option<Arc<str>>,
    /// The channel whose call it belongs to, if it is not one of its own.
    pub parent: Option<ChannelId>,
    /// It is a Local channel whose extension does not exist: its halves are shown, and it fails.
    pub leads_nowhere: bool,
    /// The caller is shown before the variables are set, not after.
    pub is_caller_first: bool,
}
