//! Calls the host makes by itself: whom to call, and where the answered channel goes.

use crate::state::{Driven, State};
use crate::{Pbx, dial_string};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use ucx_call::{
    Cause, ChannelId, ChannelSnapshot, DialOutcome, DialStatus, Party, Place, Principal, Refusal,
};
use ucx_switch::OriginateRequest;

/// Originates that may wait for an answer at once; a further one is refused.
const ORIGINATES_MAX: usize = 10_000;

/// Where an originated channel goes when it has answered.
#[derive(Clone, Debug)]
pub enum Destination {
    /// To that place in the dialplan.
    Exten(Place),
    /// Into one application, after which it is hung up.
    Application {
        /// The application's name.
        name: Arc<str>,
        /// Its arguments.
        data: Arc<str>,
    },
}

/// A call to make.
#[derive(Clone, Debug)]
pub struct OriginateSpec {
    /// Whom to call: `Technology/resource`; of several the first.
    pub channel: Arc<str>,
    /// Where the channel goes then.
    pub to: Destination,
    /// How long it may ring; without end if none.
    pub timeout: Option<Duration>,
    /// Who to show as the caller.
    pub caller: Party,
    /// Account code.
    pub account: Option<Arc<str>>,
    /// Variables of the channel, and functions to write on it (`CHANNEL(language)`).
    pub variables: Vec<(Arc<str>, Arc<str>)>,
    /// Uniqueid to use instead of a made one.
    pub uniqueid: Option<Arc<str>>,
}

/// What became of an originate.
#[derive(Clone, Debug)]
pub struct Originated {
    /// The channel as it was when the outcome was known; none if no channel was made.
    pub channel: Option<Arc<ChannelSnapshot>>,
    /// How the call went.
    pub outcome: DialOutcome,
}

pub(crate) type Reply = oneshot::Sender<Result<Originated, Refusal>>;

/// An originate that waits for its answer.
pub(crate) struct Pending {
    to: Destination,
    reply: Reply,
    channel: ChannelId,
}

impl Pbx {
    /// Begins an originate; the reply comes when it is decided.
    pub(crate) fn originate(&self, principal: &Principal, spec: OriginateSpec, reply: Reply) {
        let request = match self
            .check_originate(principal, &spec)
            .and_then(|()| self.originate_request(&spec))
        {
            Ok(request) => request,
            Err(refusal) => return answer(reply, Err(refusal)),
        };
        let begun = self.mutate_state(|state, now| match state.switch.originate(now, request) {
            Ok((dial, channel)) => {
                state.originates.insert(
                    dial,
                    Pending {
                        to: spec.to.clone(),
                        reply,
                        channel,
                    },
                );
                Some(channel)
            }
            Err(refusal) => {
                answer(reply, Err(refusal));
                None
            }
        });
        let Some(channel) = begun else { return };
        for (name, value) in spec.variables.iter().filter(|(name, _)| name.contains('(')) {
            if let Err(reason) = self.assign(Some(channel), principal, name, value) {
                tracing::warn!(%name, %reason, "a variable of an originate was not set");
            }
        }
    }

    fn check_originate(&self, principal: &Principal, spec: &OriginateSpec) -> Result<(), Refusal> {
        match &spec.to {
            Destination::Exten(place) => {
                if !self.exten_exists(&place.context, &place.exten, place.priority, spec.caller.number()) {
                    return Err(Refusal::NoSuchExtension);
                }
            }
            Destination::Application { name, .. } => {
                let needs = self
                    .registry()
                    .find_application(name)
                    .and_then(|application| application.needs());
                if let Some(right) = needs.filter(|right| !principal.rights.has(*right)) {
                    return Err(Refusal::Denied(right));
                }
            }
        }
        Ok(())
    }

    fn originate_request(&self, spec: &OriginateSpec) -> Result<OriginateRequest, Refusal> {
        self.has_room()?;
        if self.originates() >= ORIGINATES_MAX {
            return Err(Refusal::Full("originates waiting for an answer"));
        }
        let legs = dial_string::legs(self.technologies(), &spec.channel).map_err(Refusal::Invalid)?;
        let leg = legs.into_iter().next().ok_or(Refusal::NoSuchChannel)?;
        let plain = spec.variables.iter().filter(|(name, _)| !name.contains('('));
        Ok(OriginateRequest {
            leg,
            timeout: spec.timeout,
            caller: spec.caller.clone(),
            account: spec.account.clone(),
            variables: plain.cloned().collect(),
            uniqueid: spec.uniqueid.clone(),
        })
    }
}

impl State {
    /// An originate is decided: an answered channel goes where it was to go, and whoever asked is told.
    pub(crate) fn originate_done(&mut self, now: Duration, pending: Pending, mut outcome: DialOutcome) {
        let Pending { to, reply, channel } = pending;
        let channel = match outcome {
            DialOutcome::Answered(answered) => answered,
            DialOutcome::Failed { .. } => channel,
        };
        let snapshot = self.switch.channel(channel).cloned();
        if let (DialOutcome::Answered(_), Some(snapshot)) = (&outcome, &snapshot) {
            let (place, application) = match to {
                Destination::Exten(place) => (place, None),
                Destination::Application { name, data } => (snapshot.place.clone(), Some((name, data))),
            };
            self.driven.insert(
                channel,
                Driven {
                    application,
                    ..Driven::default()
                },
            );
            if let Err(refusal) = self.switch.start_dialplan(now, channel, place) {
                tracing::warn!(channel = %snapshot.name, %refusal, "an originated channel could not enter the dialplan");
                self.driven.remove(&channel);
                let cause = Cause::NORMAL_TEMPORARY_FAILURE;
                // It may be gone by itself, which is as well.
                let _ = self.switch.hangup(now, channel, cause);
                outcome = DialOutcome::Failed {
                    status: DialStatus::Congestion,
                    cause,
                };
            }
        }
        answer(
            reply,
            Ok(Originated {
                channel: snapshot,
                outcome,
            }),
        );
    }
}

fn answer(reply: Reply, result: Result<Originated, Refusal>) {
    // Whoever asked may have given up waiting.
    let _ = reply.send(result);
}
