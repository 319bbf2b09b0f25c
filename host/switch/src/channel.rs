//! A channel inside the switch: its snapshot, who controls it, and what it hears.

use crate::join::Joining;
use crate::outgoing::Undialled;
use crate::snoop::{Snoop, Snooped};
use crate::{Switch, next};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{
    Cause, ChannelId, ChannelSnapshot, ChannelState, DialId, EventKind, Holder, Interruption, Lease, Party,
    Place, PlaybackId, Source, Step, Technology, Tone,
};

/// A lease that was given out.
pub(crate) struct Held {
    pub epoch: u64,
    pub holder: Holder,
}

/// Who answers for a channel that nobody holds a lease on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Custody {
    /// The holders of its leases.
    Leases,
    /// The dial it is a leg of.
    Leg(DialId),
    /// It answered and waits to be taken by the owner of the dial, or by the desk.
    Answered(Option<ChannelId>),
    /// The bridge it is in.
    Bridge,
}

/// What an application lets a channel hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Activity {
    Echo,
    Tone(Tone),
    Music(Arc<str>),
    Playback {
        playback: PlaybackId,
        sounds: Arc<[Arc<str>]>,
    },
}

/// Which directions of a channel nobody hears, by request.
#[derive(Clone, Copy, Default)]
pub(crate) struct Muted {
    pub inbound: bool,
    pub outbound: bool,
}

/// The pair that a Local channel is one half of.
pub(crate) struct Half {
    pub other: ChannelId,
    pub is_first: bool,
    pub optimize: bool,
}

/// What `Dial` leaves on its caller for the variables at the end of the call.
#[derive(Clone, Copy)]
pub(crate) struct DialTimes {
    pub started_at: Duration,
    pub answered_at: Duration,
}

pub(crate) struct Channel {
    pub snapshot: Arc<ChannelSnapshot>,
    /// The snapshot the world was last told; the present one may be ahead of it.
    pub told: Arc<ChannelSnapshot>,
    /// The context its endpoint belongs to, whatever brought it here.
    pub home: Arc<str>,
    /// The step it shows before and after the dialplan.
    pub idle_step: Option<Step>,
    /// Id of the oldest channel of the call, which gave the linked id.
    pub root: ChannelId,
    pub variables: BTreeMap<Arc<str>, Arc<str>>,
    pub leases: Vec<Held>,
    pub next_epoch: u64,
    pub interruption: Option<Interruption>,
    pub redirect: Option<Place>,
    pub custody: Custody,
    pub half: Option<Half>,
    pub activity: Option<Activity>,
    /// The dial under way for this channel.
    pub dial: Option<DialId>,
    /// The channel that answered that dial, until it is taken.
    pub claim: Option<ChannelId>,
    /// The leg whose early media it hears, or the caller who hears it.
    pub early: Option<ChannelId>,
    pub dial_times: Option<DialTimes>,
    /// What the driver was last told it hears.
    pub hears: Source,
    /// The far end is gone; the driver needs no telling.
    pub is_far_gone: bool,
    /// Sound came from its far end.
    pub is_heard: bool,
    /// The dialplan is ending it; its `h` extension may still run.
    pub is_winding_up: bool,
    pub absolute_at: Option<Duration>,
    pub muted: Muted,
    /// Whom to call when its controller says so; it was made without being dialled.
    pub undialled: Option<Undialled>,
    /// The dial in which its controller has it called.
    pub own_dial: Option<DialId>,
    /// Whom it is to be bridged with.
    pub joining: Option<Joining>,
    /// Somebody who does not drive it let its playback pause.
    pub is_paused: bool,
    /// How many parties sent the call on before it got here.
    pub hops: u32,
    /// Where it goes on in the dialplan when the bridge that keeps it is over.
    pub after: Option<Place>,
    /// Whom it overhears, or whispers to.
    pub snoop: Option<Snoop>,
    /// Who overhears it, or whispers to it.
    pub snooped: Snooped,
    /// We call it, and it was handed over before its far end answered.
    pub is_early: bool,
}

impl Channel {
    pub(crate) fn id(&self) -> ChannelId {
        self.snapshot.id
    }

    /// The lease that drives.
    pub(crate) fn top(&self) -> Option<Lease> {
        self.leases.last().map(|held| Lease {
            channel: self.snapshot.id,
            epoch: held.epoch,
        })
    }

    pub(crate) fn is_physical(&self) -> bool {
        match self.snapshot.technology {
            Technology::Pjsip | Technology::UnicastRtp => true,
            Technology::Local | Technology::Snoop => false,
        }
    }

    pub(crate) fn push_lease(&mut self, holder: Holder) -> Lease {
        let epoch = next(&mut self.next_epoch);
        self.leases.push(Held { epoch, holder });
        self.custody = Custody::Leases;
        Lease {
            channel: self.snapshot.id,
            epoch,
        }
    }
}

/// What a channel is born with.
pub(crate) struct Birth {
    pub technology: Technology,
    pub endpoint: Arc<str>,
    pub name: Arc<str>,
    pub state: ChannelState,
    pub caller: Party,
    pub dialled: Option<Arc<str>>,
    pub place: Place,
    pub language: Option<Arc<str>>,
    pub account: Option<Arc<str>>,
    pub uniqueid: Option<Arc<str>>,
    pub parent: Option<ChannelId>,
    pub custody: Custody,
    pub protocol_id: Arc<str>,
}

impl Switch {
    /// Whether `more` channels fit.
    pub(crate) fn has_room(&self, more: usize) -> bool {
        self.channels.len() + more <= self.config.limits.channels && !self.is_shutting_down
    }

    pub(crate) fn pjsip_name(&mut self, endpoint: &str) -> Arc<str> {
        let number = next(&mut self.counters.pjsip_name);
        Arc::from(format!("PJSIP/{endpoint}-{number:08x}"))
    }

    pub(crate) fn unsignalled_number(&mut self) -> u32 {
        next(&mut self.counters.rtp_name)
    }

    /// Makes a channel and tells the world.
    pub(crate) fn create(&mut self, now: Duration, birth: Birth) -> ChannelId {
        let number = next(&mut self.counters.channel);
        let id = ChannelId(number);
        let uniqueid = birth.uniqueid.unwrap_or_else(|| self.make_uniqueid(now, number));
        let parent = birth.parent.and_then(|parent| self.channels.get(&parent));
        let root = parent.map_or(id, |parent| parent.root);
        let linkedid = parent.map_or_else(|| uniqueid.clone(), |parent| parent.snapshot.linkedid.clone());
        let snapshot = Arc::new(ChannelSnapshot {
            id,
            uniqueid,
            linkedid,
            name: birth.name.clone(),
            technology: birth.technology,
            endpoint: birth.endpoint,
            state: birth.state,
            caller: birth.caller,
            connected: Party::default(),
            dialled: birth.dialled,
            language: birth.language.unwrap_or_else(|| self.config.language.clone()),
            account: birth.account.unwrap_or_default(),
            place: birth.place,
            step: None,
            cause: Cause::NONE,
            protocol_cause: None,
            bridge: None,
            is_held: false,
            created_at: now,
            answered_at: None,
            protocol_id: birth.protocol_id,
            redirecting: None,
            music: None,
        });
        self.names.insert(birth.name, id);
        self.channels
            .insert(id, new_channel(snapshot.clone(), root, birth.custody));
        self.emit(now, EventKind::ChannelCreated { channel: snapshot });
        id
    }

    fn make_uniqueid(&self, now: Duration, number: u64) -> Arc<str> {
        let second = self.config.epoch_s + now.as_secs();
        match self.config.system_name.as_str() {
            "" => Arc::from(format!("{second}.{number}")),
            name => Arc::from(format!("{name}-{second}.{number}")),
        }
    }

    /// The snapshot of a channel that is known to exist in this step, else none.
    pub(crate) fn snap(&self, id: ChannelId) -> Option<Arc<ChannelSnapshot>> {
        self.channels.get(&id).map(|channel| channel.snapshot.clone())
    }

    /// Changes a channel's snapshot; the world hears of it if it is another one now.
    pub(crate) fn change(&mut self, now: Duration, id: ChannelId, edit: impl FnOnce(&mut ChannelSnapshot)) {
        let Some(channel) = self.channels.get_mut(&id) else {
            return;
        };
        let mut new = (*channel.snapshot).clone();
        edit(&mut new);
        if new == *channel.told {
            return;
        }
        let new = Arc::new(new);
        channel.snapshot = new.clone();
        let old = std::mem::replace(&mut channel.told, new.clone());
        self.emit(now, EventKind::ChannelChanged { old, new });
    }

    /// Changes a channel's snapshot without a word: the next [`Self::change`] tells of it as well.
    pub(crate) fn note(&mut self, id: ChannelId, edit: impl FnOnce(&mut ChannelSnapshot)) {
        if let Some(channel) = self.channels.get_mut(&id) {
            edit(Arc::make_mut(&mut channel.snapshot));
        }
    }

    /// Changes what only the end of the channel will show.
    pub(crate) fn note_cause(&mut self, id: ChannelId, cause: Cause) {
        self.amend(id, |snapshot| snapshot.cause = cause);
    }

    /// As [`Self::note_cause`], for the status of the channel's own protocol.
    pub(crate) fn note_protocol_cause(&mut self, id: ChannelId, status: u16) {
        self.amend(id, |snapshot| snapshot.protocol_cause = Some(status));
    }

    /// Changes what is no news by itself: it counts as told.
    pub(crate) fn amend(&mut self, id: ChannelId, edit: impl Fn(&mut ChannelSnapshot)) {
        let Some(channel) = self.channels.get_mut(&id) else {
            return;
        };
        let is_told = Arc::ptr_eq(&channel.told, &channel.snapshot);
        edit(Arc::make_mut(&mut channel.snapshot));
        if is_told {
            channel.told = channel.snapshot.clone();
        } else {
            edit(Arc::make_mut(&mut channel.told));
        }
    }

    /// Joins the calls of two channels: both carry the linked id of the older one from now on.
    pub(crate) fn link(&mut self, now: Duration, a: ChannelId, b: ChannelId) {
        let (Some(one), Some(two)) = (self.channels.get(&a), self.channels.get(&b)) else {
            return;
        };
        if one.root == two.root {
            return;
        }
        let (older, root) = if one.root < two.root {
            (one, one.root)
        } else {
            (two, two.root)
        };
        let (linkedid, other) = (
            older.snapshot.linkedid.clone(),
            if older.id() == a { two } else { one }.root,
        );
        let moved: Vec<_> = self
            .channels
            .values()
            .filter(|c| c.root == other)
            .map(Channel::id)
            .collect();
        for id in moved {
            if let Some(channel) = self.channels.get_mut(&id) {
                channel.root = root;
            }
            self.change(now, id, |snapshot| snapshot.linkedid = linkedid.clone());
        }
    }
}

fn new_channel(snapshot: Arc<ChannelSnapshot>, root: ChannelId, custody: Custody) -> Channel {
    Channel {
        told: snapshot.clone(),
        home: snapshot.place.context.clone(),
        idle_step: None,
        snapshot,
        root,
        variables: BTreeMap::new(),
        leases: Vec::new(),
        next_epoch: 1,
        interruption: None,
        redirect: None,
        custody,
        half: None,
        activity: None,
        dial: None,
        claim: None,
        early: None,
        dial_times: None,
        hears: Source::Silence,
        is_far_gone: false,
        is_heard: false,
        is_winding_up: false,
        absolute_at: None,
        muted: Muted::default(),
        undialled: None,
        own_dial: None,
        joining: None,
        is_paused: false,
        hops: 0,
        after: None,
        snoop: None,
        snooped: Snooped::default(),
        is_early: false,
    }
}
