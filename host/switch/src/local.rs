//! Pairs of Local channels: how they are made, and how they are taken out of the path when both halves are bridged.

use crate::channel::{Birth, Custody, Half};
use crate::{Switch, next};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{BridgeKind, Cause, ChannelId, ChannelState, EventKind, Party, Place, Source, Technology};

/// Where a Local pair leads, and for whom it is made.
pub(crate) struct LocalPair {
    pub exten: Arc<str>,
    pub context: Arc<str>,
    pub optimize: bool,
    pub parent: Option<ChannelId>,
    pub account: Option<Arc<str>>,
    pub uniqueid: Option<Arc<str>>,
    /// Of the second half; made from the first's if none.
    pub second_uniqueid: Option<Arc<str>>,
}

impl Switch {
    /// Makes both halves: `;1` to be dialled, `;2` to run the dialplan once [`Self::start_local`] says so.
    pub(crate) fn create_local(&mut self, now: Duration, pair: LocalPair) -> (ChannelId, ChannelId) {
        let number = next(&mut self.counters.local_name);
        let endpoint: Arc<str> = Arc::from(format!("{}@{}", pair.exten, pair.context));
        let place = Place {
            context: pair.context,
            exten: pair.exten,
            priority: 1,
        };
        let language = pair
            .parent
            .and_then(|id| self.snap(id))
            .map(|parent| parent.language.clone());
        let half = |switch: &mut Self, n: u8, state, parent| {
            let made = || pair.uniqueid.as_ref().map(|id| Arc::from(format!("{id};2")));
            let second_id = pair.second_uniqueid.clone().or_else(made);
            switch.create(
                now,
                Birth {
                    technology: Technology::Local,
                    endpoint: endpoint.clone(),
                    name: Arc::from(format!("Local/{endpoint}-{number:08x};{n}")),
                    state,
                    caller: Party::default(),
                    dialled: None,
                    place: place.clone(),
                    language: language.clone(),
                    account: pair.account.clone(),
                    uniqueid: if n == 1 { pair.uniqueid.clone() } else { second_id },
                    parent,
                    custody: Custody::Answered(None),
                    protocol_id: Arc::default(),
                },
            )
        };
        let one = half(self, 1, ChannelState::Down, pair.parent);
        let two = half(self, 2, ChannelState::Ring, Some(one));
        for (id, other, is_first) in [(one, two, true), (two, one, false)] {
            if let Some(channel) = self.channels.get_mut(&id) {
                channel.half = Some(Half {
                    other,
                    is_first,
                    optimize: pair.optimize,
                });
            }
        }
        (one, two)
    }

    /// Joins the halves and starts the dialplan on the second.
    pub(crate) fn start_local(&mut self, now: Duration, one: ChannelId, two: ChannelId, optimizable: bool) {
        let (Some(first), Some(second)) = (self.snap(one), self.snap(two)) else {
            return;
        };
        let place = second.place.clone();
        self.emit(
            now,
            EventKind::LocalBridged {
                one: first,
                two: second,
                context: place.context.clone(),
                exten: place.exten.clone(),
                optimizable,
            },
        );
        self.begin_dialplan(two, place);
    }

    /// Looks whether a Local pair can go, now that these channels are bridged.
    pub(crate) fn optimize_around(&mut self, now: Duration, channels: &[ChannelId]) {
        for &id in channels {
            let Some(half) = self.channels.get(&id).and_then(|channel| channel.half.as_ref()) else {
                continue;
            };
            let (one, two) = if half.is_first {
                (id, half.other)
            } else {
                (half.other, id)
            };
            if half.optimize && self.is_bridged(one) && self.is_bridged(two) && self.carries_sound(one, two) {
                self.optimize(now, one, two);
                return;
            }
        }
    }

    /// Somebody beyond the halves was heard, or nobody there has a voice: what may still carry no sound is not worth taking out
    /// of its path.
    fn carries_sound(&self, one: ChannelId, two: ChannelId) -> bool {
        let beyond = [one, two].map(|half| self.linked_to(half));
        let voices = beyond.into_iter().flatten().map(|id| self.voice_of(id, 0));
        let mut parties = voices.filter_map(|voice| match voice {
            Source::Channel(party) => Some(party),
            Source::Silence
            | Source::Echo
            | Source::Playback { .. }
            | Source::Tone(_)
            | Source::Music(_)
            | Source::Mix(_) => None,
        });
        let Some(first) = parties.next() else { return true };
        std::iter::once(first)
            .chain(parties)
            .any(|party| self.is_heard(party))
    }

    fn is_bridged(&self, id: ChannelId) -> bool {
        self.snap(id).is_some_and(|snapshot| snapshot.bridge.is_some())
    }

    /// Moves the channel bridged with `;1` into the place of `;2`, then lets both halves go.
    fn optimize(&mut self, now: Duration, one: ChannelId, two: ChannelId) {
        let (Some(source), Some(first), Some(second)) = (self.linked_to(one), self.snap(one), self.snap(two))
        else {
            return;
        };
        let (Some(near), Some(far), Some(moved)) = (first.bridge, second.bridge, self.snap(source)) else {
            return;
        };
        let Some(bridge) = self.bridge(far).cloned() else {
            return;
        };
        let are_calls = [near, far].iter().all(|id| {
            self.bridge(*id)
                .is_some_and(|bridge| bridge.kind == BridgeKind::Basic)
        });
        if !are_calls {
            return;
        }
        let id = next(&mut self.counters.optimization);
        self.emit(
            now,
            EventKind::LocalOptimizationBegan {
                id,
                one: first.clone(),
                two: second.clone(),
                source: moved,
                bridge,
            },
        );
        self.step_out(now, source);
        self.note_variable(now, two, "BRIDGEPEER", "");
        self.step_out(now, two);
        self.enter(now, far, source, Some(second.uniqueid.clone()));
        self.note_peers(now, far);
        self.note_variable(now, one, "BRIDGEPEER", "");
        if let (Some(one), Some(two)) = (self.snap(one), self.snap(two)) {
            self.emit(now, EventKind::LocalOptimizationEnded { id, one, two });
        }
        self.step_out(now, one);
        self.drop_bridge(now, near);
        self.let_go(now, one, two);
        self.optimize_around(now, &[source]);
    }

    /// Ends both halves of a pair that carries nothing any more.
    fn let_go(&mut self, now: Duration, one: ChannelId, two: ChannelId) {
        for id in [one, two] {
            if let Some(channel) = self.channels.get_mut(&id) {
                channel.half = None;
                channel.is_far_gone = true;
            }
        }
        self.far_end_gone(now, two, Cause::NORMAL_CLEARING);
        self.note_call_times(now, two);
        let held = self
            .channels
            .get(&one)
            .is_some_and(|channel| channel.top().is_some());
        if held {
            self.far_end_gone(now, one, Cause::NORMAL_CLEARING);
        } else {
            self.note_cause(one, Cause::NORMAL_CLEARING);
            self.end(now, one);
        }
    }
}
