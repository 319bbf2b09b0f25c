//! Who drives a channel: leases, their interruption, and what controllers are told.

use crate::{
    BridgeId, Cause, ChannelId, DialId, DialStatus, Place, PlaybackId, RecordingEnd, RecordingId, Referral,
};
use std::sync::Arc;
use std::time::Duration;

/// The right to drive one channel, valid while it is on top of the channel's control stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lease {
    /// The channel.
    pub channel: ChannelId,
    /// Grows with each lease given out on the channel; an old one never becomes valid again.
    pub epoch: u64,
}

/// Who holds a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// The dialplan.
    Dialplan,
    /// A dialplan application that drives the channel itself for a while.
    Application(Arc<str>),
    /// A plugin's call flow: its id and generation.
    Plugin(Arc<str>, u64),
}

/// Why a controller has to let go. Ordered by strength: a later one replaces an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Interruption {
    /// A time limit on the channel passed (`TIMEOUT(absolute)`).
    TimedOut,
    /// It shall go on elsewhere in the dialplan.
    Redirected,
    /// Somebody else drives it now.
    TakenOver,
    /// The host is going down.
    Shutdown,
    /// It is hung up.
    HungUp,
}

/// How a dial ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DialOutcome {
    /// That channel answered. It waits to be connected, given a place in the dialplan, or hung up.
    Answered(ChannelId),
    /// Nobody did.
    Failed {
        /// The word for `DIALSTATUS`.
        status: DialStatus,
        /// The cause of the last leg that failed.
        cause: Cause,
    },
}

/// What the switch tells those who control channels. Each is for the top lease of its channel, except as said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A dialplan task has to start for the channel.
    RunDialplan {
        /// The lease it holds.
        lease: Lease,
        /// Where it starts.
        place: Place,
    },
    /// The holder of this lease has to end and release it.
    Interrupted {
        /// Which lease.
        lease: Lease,
        /// Why.
        by: Interruption,
    },
    /// A digit came from the channel's far end.
    Digit {
        /// Which channel.
        channel: ChannelId,
        /// `0`-`9`, `*`, `#`, `A`-`D`.
        digit: char,
        /// How long it was pressed.
        length: Duration,
    },
    /// A playback is over.
    PlaybackEnded {
        /// On which channel.
        channel: ChannelId,
        /// Which one.
        playback: PlaybackId,
        /// Whether all of it was played.
        complete: bool,
    },
    /// Digits were sent.
    DigitsSent {
        /// On which channel.
        channel: ChannelId,
    },
    /// A dial is decided. With an `owner` it is for that channel's top lease, else for the desk.
    DialDone {
        /// The channel on whose behalf was dialled.
        owner: Option<ChannelId>,
        /// Which dial.
        dial: DialId,
        /// How it ended.
        outcome: DialOutcome,
    },
    /// The bridge that the channel's controller asked for is over for it.
    BridgeLeft {
        /// Which channel.
        channel: ChannelId,
        /// Which bridge.
        bridge: BridgeId,
    },
    /// A text came from the channel's far end.
    Text {
        /// Which channel.
        channel: ChannelId,
        /// The text.
        text: Arc<str>,
    },
    /// The channel's far end says how it took being sent elsewhere.
    Referred {
        /// Which channel.
        channel: ChannelId,
        /// How.
        referral: Referral,
    },
    /// A playback that was started in a bridge is over.
    BridgePlaybackEnded {
        /// In which bridge.
        bridge: BridgeId,
        /// Which one.
        playback: PlaybackId,
        /// Whether all of it was played.
        complete: bool,
    },
    /// A recording began to be written.
    RecordingStarted {
        /// Which one.
        recording: RecordingId,
    },
    /// A recording is over.
    RecordingEnded {
        /// Which one.
        recording: RecordingId,
        /// How.
        end: RecordingEnd,
    },
    /// The channel is over and will not be spoken of again; its controllers are gone.
    Ended {
        /// Which channel.
        channel: ChannelId,
    },
}
