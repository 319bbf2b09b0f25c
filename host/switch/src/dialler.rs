//! Making the legs of a dial: their channels, what they inherit, and the first events about them.

use crate::channel::{Birth, Custody};
use crate::config::{DialLeg, DialRequest, DialTarget, RingPolicy};
use crate::dial::{Dial, Failures, Leg};
use crate::local::LocalPair;
use crate::timer::Timer;
use crate::{Switch, next};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{
    Action, ChannelId, ChannelSnapshot, ChannelState, DialId, DialStatus, EventKind, Lease, Party, Place,
    Refusal, Step, Technology,
};

/// The variables `Dial` empties before it tries, in the order the field knows.
const CLEARED: [&str; 11] = [
    "DIALSTATUS",
    "DIALEDPEERNUMBER",
    "DIALEDPEERNAME",
    "ANSWEREDTIME",
    "ANSWEREDTIME_MS",
    "DIALEDTIME",
    "DIALEDTIME_MS",
    "RINGTIME",
    "RINGTIME_MS",
    "PROGRESSTIME",
    "PROGRESSTIME_MS",
];

/// A leg whose channel is made but not yet called.
pub(crate) struct Made {
    pub channel: ChannelId,
    pub second: Option<ChannelId>,
}

impl Switch {
    /// Rings endpoints for a channel. [`ucx_call::Notice::DialDone`] tells how it ended; a channel that answered waits to be
    /// connected, and is hung up when the lease is released before that.
    ///
    /// # Errors
    /// As for [`Self::answer`]; [`Refusal::Full`] for too many legs or channels; [`Refusal::Invalid`] without a leg;
    /// [`Refusal::Conflict`] while another dial of the channel is under way.
    pub fn dial(&mut self, now: Duration, lease: Lease, request: DialRequest) -> Result<DialId, Refusal> {
        let owner = self.driven(lease)?;
        if owner.dial.is_some() || owner.claim.is_some() {
            return Err(Refusal::Conflict("the channel is dialling already"));
        }
        if request.legs.is_empty() {
            return Err(Refusal::Invalid("there is nobody to dial".into()));
        }
        if request.legs.len() > self.config.limits.legs {
            return Err(Refusal::Full("legs of one dial"));
        }
        if !self.has_room(request.legs.len() * 2) {
            return Err(Refusal::Full("channels"));
        }
        let owner = lease.channel;
        for name in CLEARED {
            self.note_variable(now, owner, name, "");
        }
        let dial = self.open_dial(now, Some(owner), &request);
        let made: Vec<_> = request
            .legs
            .iter()
            .map(|leg| self.make_leg(now, dial, owner, leg))
            .collect();
        for (leg, made) in request.legs.into_iter().zip(made) {
            if let Some(made) = made {
                self.start_leg(now, dial, Some(owner), leg, made);
            }
        }
        if request.ringing == RingPolicy::Always {
            self.ring_caller(now, owner);
        }
        self.show_single(now, dial, owner);
        if self.dials.get(&dial).is_some_and(|dial| dial.legs.is_empty()) {
            self.decide_failed(now, dial);
        }
        self.settle_audio();
        Ok(dial)
    }

    fn open_dial(&mut self, now: Duration, owner: Option<ChannelId>, request: &DialRequest) -> DialId {
        let id = DialId(next(&mut self.counters.dial));
        let deadline = request.timeout.map(|timeout| now + timeout);
        if let Some(at) = deadline {
            self.start_timer(at, Timer::Dial(id));
        }
        if let Some(channel) = owner.and_then(|owner| self.channels.get_mut(&owner)) {
            channel.dial = Some(id);
        }
        self.dials.insert(
            id,
            Dial {
                owner,
                legs: Vec::new(),
                is_single: request.legs.len() == 1,
                failures: Failures::default(),
                deadline,
                started_at: now,
                ringing: request.ringing,
                has_rung: request.ringing == RingPolicy::Always,
                has_progressed: false,
            },
        );
        id
    }

    /// Opens a dial for a call that the host makes itself.
    pub(crate) fn open_originate(
        &mut self,
        now: Duration,
        timeout: Option<Duration>,
        leg: DialLeg,
    ) -> DialId {
        let request = DialRequest {
            legs: vec![leg],
            timeout,
            ringing: RingPolicy::Forward,
        };
        self.open_dial(now, None, &request)
    }

    fn make_leg(&mut self, now: Duration, dial: DialId, owner: ChannelId, leg: &DialLeg) -> Option<Made> {
        let made = self.make_channel(now, dial, Some(owner), leg, None, None)?;
        let caller = self.snap(owner)?;
        let shown = leg.caller.clone().unwrap_or_else(|| caller.caller.clone());
        self.inherit(now, owner, made.channel);
        self.note_variable(now, made.channel, "DIALEDPEERNUMBER", &leg.dial_string);
        let step = Step {
            application: Arc::from("AppDial"),
            data: Arc::from("(Outgoing Line)"),
        };
        self.change(now, made.channel, |snapshot| {
            snapshot.place = Place {
                priority: 1,
                ..caller.place.clone()
            };
            snapshot.step = Some(step);
            snapshot.connected = shown;
            if snapshot.caller.number.is_none() {
                snapshot.caller.number = Some(caller.place.exten.clone());
            }
        });
        if let Some(second) = made.second {
            self.inherit(now, owner, second);
            self.note_variable(now, second, "DIALEDPEERNUMBER", &leg.dial_string);
            self.mirror_parties(now, made.channel, second);
        }
        Some(made)
    }

    /// The second half of a Local pair sees the parties of the first from the other side.
    pub(crate) fn mirror_parties(&mut self, now: Duration, one: ChannelId, two: ChannelId) {
        let Some(first) = self.snap(one) else { return };
        self.change(now, two, |snapshot| {
            snapshot.caller = first.connected.clone();
            snapshot.connected = first.caller.clone();
        });
    }

    pub(crate) fn make_channel(
        &mut self,
        now: Duration,
        dial: DialId,
        parent: Option<ChannelId>,
        leg: &DialLeg,
        uniqueid: Option<Arc<str>>,
        second_uniqueid: Option<Arc<str>>,
    ) -> Option<Made> {
        match &leg.to {
            DialTarget::Endpoint {
                endpoint,
                context,
                caller,
                language,
                account,
                ..
            } => {
                let name = self.pjsip_name(endpoint);
                let birth = Birth {
                    technology: Technology::Pjsip,
                    endpoint: endpoint.clone(),
                    name,
                    state: ChannelState::Down,
                    caller: caller.clone(),
                    dialled: None,
                    place: Place {
                        context: context.clone(),
                        exten: Arc::from("s"),
                        priority: 1,
                    },
                    language: language.clone(),
                    account: account.clone(),
                    uniqueid,
                    parent,
                    custody: Custody::Leg(dial),
                    protocol_id: Arc::default(),
                };
                Some(Made {
                    channel: self.create(now, birth),
                    second: None,
                })
            }
            DialTarget::Local {
                exten,
                context,
                optimize,
            } => {
                let (exten, context, optimize) = (exten.clone(), context.clone(), *optimize);
                let pair = LocalPair {
                    exten,
                    context,
                    optimize,
                    parent,
                    account: None,
                    uniqueid,
                    second_uniqueid,
                };
                let (one, two) = self.create_local(now, pair);
                self.keep_pair(dial, parent, (one, two));
                Some(Made {
                    channel: one,
                    second: Some(two),
                })
            }
            DialTarget::Rtp { remote, .. } => Some(Made {
                channel: self.create_rtp(now, dial, *remote, (uniqueid, parent)),
                second: None,
            }),
            DialTarget::Unavailable { cause, .. } => {
                let failures = &mut self.dials.get_mut(&dial)?.failures;
                failures.add(DialStatus::ChanUnavail, *cause);
                None
            }
        }
    }

    /// Makes the channel of bare RTP.
    fn create_rtp(
        &mut self,
        now: Duration,
        dial: DialId,
        remote: SocketAddr,
        (uniqueid, parent): (Option<Arc<str>>, Option<ChannelId>),
    ) -> ChannelId {
        let number = self.unsignalled_number();
        let birth = Birth {
            technology: Technology::UnicastRtp,
            endpoint: Arc::from(remote.to_string()),
            name: Arc::from(format!("UnicastRTP/{remote}-0x{number:012x}")),
            state: ChannelState::Down,
            caller: Party::default(),
            dialled: None,
            place: Place::new("default", "s", 1),
            language: None,
            account: None,
            uniqueid,
            parent,
            custody: Custody::Leg(dial),
            protocol_id: Arc::default(),
        };
        self.create(now, birth)
    }

    /// Calls a leg whose channel is made.
    pub(crate) fn start_leg(
        &mut self,
        now: Duration,
        dial: DialId,
        owner: Option<ChannelId>,
        leg: DialLeg,
        made: Made,
    ) {
        let channel = made.channel;
        let Some(peer) = self.snap(channel) else { return };
        if let Some(dial) = self.dials.get_mut(&dial) {
            dial.legs.push(Leg {
                channel,
                dial_string: leg.dial_string.clone(),
                is_forwarded: leg.is_forwarded,
                goes_early: leg.goes_early,
            });
        }
        match (leg.to, made.second) {
            (DialTarget::Local { optimize, .. }, Some(second)) => {
                self.announce_leg(now, owner, &peer, leg.dial_string, Some((second, optimize)));
            }
            (DialTarget::Endpoint { endpoint, target, .. }, _) => {
                self.announce_leg(now, owner, &peer, leg.dial_string, None);
                let (caller, headers) = (peer.connected.clone(), leg.headers);
                self.actions.push_back(Action::Dial {
                    channel,
                    endpoint,
                    target,
                    caller,
                    parent: owner,
                    headers,
                    codecs: leg.codecs,
                });
            }
            (DialTarget::Rtp { remote, codec }, _) => {
                self.announce_leg(now, owner, &peer, leg.dial_string, None);
                self.actions.push_back(Action::OpenRtp {
                    channel,
                    remote,
                    codec,
                });
            }
            (DialTarget::Local { .. } | DialTarget::Unavailable { .. }, _) => {}
        }
    }

    pub(crate) fn announce_leg(
        &mut self,
        now: Duration,
        owner: Option<ChannelId>,
        peer: &Arc<ChannelSnapshot>,
        dial_string: Arc<str>,
        second: Option<(ChannelId, bool)>,
    ) {
        if let Some((second, optimize)) = second {
            self.start_local(now, peer.id, second, optimize);
        }
        let caller = owner.and_then(|owner| self.snap(owner));
        self.emit(
            now,
            EventKind::DialStarted {
                caller,
                peer: peer.clone(),
                dial_string,
            },
        );
    }

    /// A caller with one leg is shown whom it reaches before the answer.
    fn show_single(&mut self, now: Duration, dial: DialId, owner: ChannelId) {
        let Some(entry) = self.dials.get(&dial) else {
            return;
        };
        let (true, [leg]) = (entry.is_single, entry.legs.as_slice()) else {
            return;
        };
        let Some(peer) = self.snap(leg.channel) else {
            return;
        };
        if peer.technology != Technology::Local {
            self.update_connected(now, owner, peer.caller.clone());
        }
    }

    /// Tells a channel whom it is connected with, and whoever is behind it through a Local pair.
    pub(crate) fn update_connected(&mut self, now: Duration, id: ChannelId, party: Party) {
        let mut id = id;
        for _ in 0..self.config.limits.leases {
            self.change(now, id, |snapshot| snapshot.connected = party.clone());
            let half = self.channels.get(&id).and_then(|channel| channel.half.as_ref());
            let Some(first) = half.filter(|half| !half.is_first).map(|half| half.other) else {
                return;
            };
            // Its change of state will tell.
            self.note(first, |snapshot| snapshot.caller = party.clone());
            let Some(Custody::Leg(dial)) = self.channels.get(&first).map(|channel| channel.custody) else {
                return;
            };
            let Some(entry) = self.dials.get(&dial) else {
                return;
            };
            match (entry.is_single, entry.owner) {
                (true, Some(owner)) => id = owner,
                (false, _) | (_, None) => return,
            }
        }
    }
}
