//! Other legs: dialling, connecting, transferring, calls of the plugin's own.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::time::timeout;
use ucx_call::{Cause, ChannelId, DialStatus as Status};
use ucx_pbx::RingPolicy;
use wasmtime::component::Resource;

use super::{Answer, ms, text_of};
use crate::bindings::calls::ucx::call::channels::{
    ConnectResult, ConnectSpec, DialResult, DialSpec, DialStatus, TransferResult, TransferStatus,
};
use crate::bindings::ucx::call::routing::{Leg as Wanted, Target};
use crate::bindings::ucx::types::common::{Attr, Error};
use crate::flow::{Dialled, Dialler, Exit, Leg, Remote, Whereabouts, millis};
use crate::state::GuestState;
use crate::telephony::{self, DialEnd, DialOrder, PlayOrder, group, may_dial, text_attr};
use crate::verdict;

/// How long a leg rings whose plugin does not say.
pub(super) const RING: Duration = Duration::from_secs(30);
/// How long an answered leg of the host's own may take until its task has come.
const ARRIVAL: Duration = Duration::from_secs(10);

impl GuestState {
    /// Whether the plugin may dial these legs, and with what they carry.
    fn may_dial_all(&self, groups: &[Vec<Wanted>]) -> Result<(), Error> {
        verdict::plan(groups, &self.rights).map_err(denied)?;
        groups.iter().flatten().try_for_each(|leg| {
            let may = may_dial(&self.rights.asks.dial, &leg.to).map_err(Error::Unavailable)?;
            if may {
                Ok(())
            } else {
                Err(Error::Denied(format!("dial = [{:?}]", named(&leg.to))))
            }
        })
    }

    pub(super) async fn begin_dial(&mut self, leg: &Resource<Leg>, spec: DialSpec) -> Answer<Dialled> {
        if let Err(error) = self.may_dial_all(&spec.groups) {
            return Ok(Err(error));
        }
        let remote = match self.remote(leg).await? {
            Ok(remote) => remote,
            Err(error) => return Ok(Err(error)),
        };
        if let Err(error) = self.take_claim_in(leg).await? {
            return Ok(Err(error));
        }
        let ring_back = match self.parts(&spec.ring_back, "").await {
            Ok(parts) => parts,
            Err(error) => return Ok(Err(error)),
        };
        let number = self.next_playback();
        let is_forwarded = match text_of(&spec.attrs, "forwarding").as_str() {
            "" | "follow" => true,
            "ignore" => false,
            other => {
                let why = format!("attrs: forwarding {other:?} is none of follow, ignore");
                return Ok(Err(Error::Invalid(why)));
            }
        };
        let begun = remote.ask(move |line, deck| {
            let groups = spec
                .groups
                .iter()
                .filter(|legs| !legs.is_empty())
                .map(|legs| group(line, legs));
            let mut groups = groups.collect::<Result<Vec<_>, _>>().map_err(Error::Invalid)?;
            for leg in groups.iter_mut().flat_map(|group| &mut group.legs) {
                leg.is_forwarded = is_forwarded;
            }
            let ringing = match (spec.early_media, ring_back.is_empty()) {
                (true, _) => RingPolicy::Forward,
                (false, true) => RingPolicy::Always,
                (false, false) => RingPolicy::Never,
            };
            let order = DialOrder {
                groups,
                ringing,
                timeout: (spec.timeout > 0).then(|| ms(spec.timeout)),
                ring_back: (!ring_back.is_empty()).then(|| PlayOrder {
                    number,
                    parts: ring_back,
                    stop_on: String::new(),
                    offset: Duration::ZERO,
                    times: u32::MAX,
                    is_early: false,
                    skip: None,
                    is_told: false,
                }),
            };
            deck.dial(line, order)
        });
        let begun = self.wait(begun).await;
        Ok(begun.map(|result| Dialled {
            result,
            is_taken: false,
            by: Dialler::Leg(remote),
        }))
    }

    /// Who answered the leg's last dial gets a task of its own, so that the leg can dial again.
    async fn take_claim_in(&mut self, leg: &Resource<Leg>) -> Answer<()> {
        let owner = self.handles.get(leg)?.channel.id;
        let claim = self
            .controls
            .as_mut()
            .and_then(|controls| controls.claims.remove(&owner));
        let Some(claim) = claim else { return Ok(Ok(())) };
        let claimed = Resource::new_borrow(claim);
        match self.remote(&claimed).await? {
            // Who hung up meanwhile is no hindrance.
            Ok(_) | Err(Error::Gone | Error::NotFound) => Ok(Ok(())),
            Err(error) => Ok(Err(error)),
        }
    }

    /// Waits until a dial is decided, at most that long; whoever answered comes as a leg.
    pub(super) async fn dial_result(
        &mut self,
        dialled: &mut Dialled,
        time: Option<Duration>,
    ) -> Answer<DialResult> {
        if dialled.is_taken {
            return Ok(Err(Error::Gone));
        }
        let mut result = dialled.result.clone();
        let end = self
            .wait(async {
                let decided = result.wait_for(Option::is_some);
                let decided = match time {
                    Some(time) => timeout(time, decided).await.map_err(|_| Error::Timeout)?,
                    None => decided.await,
                };
                decided
                    .ok()
                    .and_then(|decided| decided.clone())
                    .ok_or(Error::Gone)
            })
            .await;
        let end = match end {
            Ok(end) => end,
            Err(error) => return Ok(Err(error)),
        };
        dialled.is_taken = true;
        let answered = match &end.answered {
            Some(peer) => match &mut dialled.by {
                Dialler::Leg(remote) => Some(Leg::claimed(Arc::clone(peer), remote.clone())),
                Dialler::Host { leg, .. } => match leg.take() {
                    Some(mut leg) => self.wait(timeout(ARRIVAL, leg.arrives())).await.ok().flatten(),
                    None => None,
                },
                Dialler::Again { .. } => match self.take_again(peer.id).await {
                    Ok(leg) => Some(leg),
                    Err(error) => return Ok(Err(error)),
                },
            },
            None => None,
        };
        let is_claimed = matches!(dialled.by, Dialler::Leg(_));
        match answered.map(|leg| self.handles.push(leg)).transpose() {
            Ok(answered) => {
                if let (true, Some(leg), Some(controls)) = (is_claimed, &answered, &mut self.controls)
                    && let Some(owner) = end.owner
                {
                    controls.claims.insert(owner, leg.rep());
                }
                Ok(Ok(result_of(&end, answered)))
            }
            Err(_) => Ok(Err(Error::Quota(None))),
        }
    }

    pub(super) async fn wait_for_dial(
        &mut self,
        dialing: &Resource<Dialled>,
        time: Duration,
    ) -> Answer<DialResult> {
        // Taken out while it is waited for, because what it gives goes into the same table.
        let handle = self.handles.get_mut(dialing)?;
        let (_, nothing) = watch::channel(None);
        let empty = Dialled {
            result: nothing,
            is_taken: true,
            by: match &handle.by {
                Dialler::Leg(remote) => Dialler::Leg(remote.clone()),
                Dialler::Host { cancel, .. } => Dialler::Host {
                    leg: None,
                    cancel: Arc::clone(cancel),
                },
                Dialler::Again { cancel } => Dialler::Again {
                    cancel: Arc::clone(cancel),
                },
            },
        };
        let mut dialled = std::mem::replace(handle, empty);
        let result = self.dial_result(&mut dialled, Some(time)).await;
        *self.handles.get_mut(dialing)? = dialled;
        result
    }

    pub(super) async fn connect_legs(
        &mut self,
        leg: &Resource<Leg>,
        peer: &Resource<Leg>,
        spec: ConnectSpec,
    ) -> Answer<ConnectResult> {
        let remote = match self.remote(leg).await? {
            Ok(remote) => remote,
            Err(error) => return Ok(Err(error)),
        };
        let other = match self.give_out_of_hand(peer, Some(leg)).await? {
            Ok(other) => other,
            Err(error) => return Ok(Err(error)),
        };
        let begun = self
            .wait(remote.ask(move |line, deck| deck.connect(line, other)))
            .await;
        let mut end = match begun {
            Ok(end) => end,
            Err(error) => return Ok(Err(error)),
        };
        self.handles.get(peer)?.give_away();
        let limit = (spec.max > 0).then(|| ms(spec.max));
        let began = tokio::time::Instant::now();
        let ended = self
            .wait(async {
                let over = end.wait_for(Option::is_some);
                match limit {
                    Some(limit) => timeout(limit, over).await.ok(),
                    None => Some(over.await),
                }
                .map(|over| over.map(|over| *over).map_err(|_| Error::Gone))
            })
            .await;
        Ok(match ended {
            Some(Ok(Some(connected))) => Ok(connection(false, connected.talked, "hangup")),
            Some(Ok(None) | Err(_)) => Err(Error::Gone),
            None => {
                let ended = remote.ask(|line, deck| {
                    deck.disconnect(line);
                    Ok(())
                });
                let ended = self.wait(ended).await;
                ended.map(|()| connection(true, began.elapsed(), "limit"))
            }
        })
    }

    /// A leg that can be taken: one that answered a dial of `by` as it is, any other is given out of hand.
    async fn give_out_of_hand(
        &mut self,
        leg: &Resource<Leg>,
        by: Option<&Resource<Leg>>,
    ) -> Answer<ChannelId> {
        let id = self.handles.get(leg)?.channel.id;
        if self.is_caller(id) {
            let why = "the call that is led is connected with others, not others with it";
            return Ok(Err(Error::Conflict(why.to_owned())));
        }
        if let Some(by) = by {
            let owner = self.handles.get(by)?.channel.id;
            let is_its_claim = self
                .controls
                .as_ref()
                .is_some_and(|controls| controls.claims.get(&owner) == Some(&leg.rep()));
            let is_claimed = matches!(self.handles.get(leg)?.whereabouts(), Ok(Whereabouts::Claimed));
            if is_its_claim && is_claimed {
                return Ok(Ok(id));
            }
        }
        let remote = match self.remote(leg).await? {
            Ok(remote) => remote,
            Err(error) => return Ok(Err(error)),
        };
        Ok(self.wait(surrender(remote)).await.map(|()| id))
    }

    pub(super) async fn transfer_leg(&mut self, leg: &Resource<Leg>, to: Target) -> Answer<TransferResult> {
        if let Target::Uri(uri) = &to {
            return self.send_away(leg, uri.clone()).await;
        }
        if let Target::Location(place) = to {
            let sent = self.send_to_dialplan(leg, place).await?;
            return Ok(sent.map(|()| transferred(TransferStatus::Done, 0, "")));
        }
        let spec = DialSpec {
            groups: vec![vec![Wanted {
                to,
                ring: 0,
                caller: None,
                headers: Vec::new(),
                attrs: Vec::new(),
            }]],
            timeout: millis(RING),
            early_media: true,
            ring_back: Vec::new(),
            attrs: Vec::new(),
        };
        let mut dialled = match self.begin_dial(leg, spec).await? {
            Ok(dialled) => dialled,
            Err(error) => return Ok(Err(error)),
        };
        let result = match self.dial_result(&mut dialled, None).await? {
            Ok(result) => result,
            Err(error) => return Ok(Err(error)),
        };
        match result.answered {
            Some(peer) => {
                let joined = self.join_parties(leg, &peer).await;
                self.handles.delete(peer)?;
                joined
            }
            None => {
                let word = word(result.status);
                Ok(Ok(transferred(TransferStatus::Refused, 0, word)))
            }
        }
    }

    pub(super) async fn join_parties(
        &mut self,
        leg: &Resource<Leg>,
        consulted: &Resource<Leg>,
    ) -> Answer<TransferResult> {
        let remote = match self.remote(leg).await? {
            Ok(remote) => remote,
            Err(error) => return Ok(Err(error)),
        };
        let other = match self.give_out_of_hand(consulted, None).await? {
            Ok(other) => other,
            Err(error) => return Ok(Err(error)),
        };
        let left = self.wait(remote.leave(Exit::Connect(other))).await;
        self.handles.get(leg)?.give_away();
        self.handles.get(consulted)?.give_away();
        Ok(left.map(|()| transferred(TransferStatus::Done, 0, "")))
    }
}

/// Has a leg given out of hand.
pub(crate) async fn surrender(remote: Remote) -> Result<(), Error> {
    let (told, given) = oneshot::channel();
    remote.leave(Exit::Surrender(told)).await?;
    given.await.unwrap_or(Err(Error::Gone))
}

pub(super) fn denied(why: String) -> Error {
    match why.split_once("needs ") {
        Some((_, line)) => Error::Denied(line.to_owned()),
        None => Error::Invalid(why),
    }
}

/// A destination as a grant may name it.
pub(super) fn named(to: &Target) -> String {
    telephony::dial_string(to).unwrap_or_default()
}

fn result_of(end: &DialEnd, answered: Option<Resource<Leg>>) -> DialResult {
    let status = match end.status {
        Status::Answer if answered.is_some() => DialStatus::Answered,
        Status::Answer | Status::NoAnswer => DialStatus::NoAnswer,
        Status::Busy => DialStatus::Busy,
        Status::Congestion => DialStatus::Congestion,
        Status::ChanUnavail | Status::InvalidArgs => DialStatus::Unavailable,
        Status::Cancel => DialStatus::Cancelled,
    };
    let status = match (status, end.cause) {
        (DialStatus::NoAnswer, Cause::CALL_REJECTED) => DialStatus::Rejected,
        (status, _) => status,
    };
    DialResult {
        status,
        answered,
        cause: end.cause.0,
        sip_code: end.sip_code,
        leg: end.leg,
        rang: millis(end.rang),
        attrs: vec![text_attr("status", end.status.as_str())],
    }
}

fn word(status: DialStatus) -> &'static str {
    match status {
        DialStatus::Answered => "answered",
        DialStatus::Busy => "busy",
        DialStatus::NoAnswer => "no-answer",
        DialStatus::Rejected => "rejected",
        DialStatus::Unavailable => "unavailable",
        DialStatus::Congestion => "congestion",
        DialStatus::Cancelled => "cancelled",
        DialStatus::Other => "other",
    }
}

fn connection(ended_by_us: bool, talked: Duration, reason: &str) -> ConnectResult {
    ConnectResult {
        ended_by_us,
        talked: millis(talked),
        attrs: vec![text_attr("reason", reason)],
    }
}

pub(super) fn transferred(status: TransferStatus, sip_code: u16, why: &str) -> TransferResult {
    let attrs: Vec<Attr> = if why.is_empty() {
        Vec::new()
    } else {
        vec![text_attr("status", why)]
    };
    TransferResult {
        status,
        sip_code,
        attrs,
    }
}
