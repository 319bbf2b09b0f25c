//! Calls the host makes by itself: whom to call, and where the answered channel goes.

use crate::state::{Driven, State};
use crate::{Pbx, dial_string};
use std::fmt;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::oneshot;
use ucx_call::{
    Cause, ChannelId, ChannelSnapshot, DialId, DialOutcome, DialStatus, EventKind, OriginateReport,
    OriginateTo, Party, Place, Principal, Refusal,
};
use ucx_switch::{DialLeg, DialTarget, OriginateRequest, SnoopSpec};

/// Originates that may wait for an answer at once; a further one is refused.
const ORIGINATES_MAX: usize = 10_000;

/// The field's numbers for how an originate ended.
const REASON_FAILURE: u8 = 0;
const REASON_RING_TIMEOUT: u8 = 3;
const REASON_ANSWERED: u8 = 4;
const REASON_BUSY: u8 = 5;
const REASON_CONGESTION: u8 = 8;

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
    /// Uniqueid of a Local channel's second half, instead of a made one.
    pub other_uniqueid: Option<Arc<str>>,
    /// Whether the channel goes on as soon as sound comes, before it is answered.
    pub early_media: bool,
    /// The channel whose call it belongs to, if it is not one of its own.
    pub parent: Option<ChannelId>,
    /// Whether it may go to a place that is not there; then it comes to its end there as it would in the dialplan.
    pub goes_anywhere: bool,
    /// An address to exchange RTP with, in place of what the channel names; whoever fills it in answers for the address.
    pub rtp: Option<RtpTarget>,
    /// Codecs to offer, best first, by the names of `allow`: of those the endpoint has; all it has if none is named.
    pub codecs: Vec<Arc<str>>,
    /// SIP headers to send along.
    pub headers: Vec<(Arc<str>, Arc<str>)>,
    /// What a Manager client calls its request: with it (the empty text if the client has no name for it), the end is
    /// published as [`EventKind::OriginateDecided`].
    pub request: Option<Arc<str>>,
}

impl OriginateSpec {
    /// A call without anything special about it, which may ring without end.
    pub fn new(channel: &str, to: Destination) -> Self {
        Self {
            channel: Arc::from(channel),
            to,
            timeout: None,
            caller: Party::default(),
            account: None,
            variables: Vec::new(),
            uniqueid: None,
            other_uniqueid: None,
            early_media: false,
            codecs: Vec::new(),
            parent: None,
            goes_anywhere: false,
            rtp: None,
            headers: Vec::new(),
            request: None,
        }
    }

    fn report(
        &self,
        channel: Option<Arc<ChannelSnapshot>>,
        is_success: bool,
        reason: u8,
    ) -> Option<OriginateReport> {
        let request = self.request.as_ref()?;
        let uniqueid = channel.as_ref().map(|channel| channel.uniqueid.clone());
        Some(OriginateReport {
            request: (!request.is_empty()).then(|| request.clone()),
            is_success,
            channel,
            dial_string: self.channel.clone(),
            to: match &self.to {
                Destination::Exten(place) => OriginateTo::Exten {
                    context: place.context.clone(),
                    exten: place.exten.clone(),
                },
                Destination::Application { name, data } => OriginateTo::Application {
                    name: name.clone(),
                    data: data.clone(),
                },
            },
            reason,
            uniqueid: uniqueid.or_else(|| self.uniqueid.clone()),
            caller: self.caller.clone(),
        })
    }
}

/// An address to exchange RTP with, without signalling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RtpTarget {
    /// Where it takes packets.
    pub remote: SocketAddr,
    /// What is spoken: `ulaw`, `alaw` or `slin`.
    pub codec: Arc<str>,
}

impl RtpTarget {
    fn leg(&self) -> DialLeg {
        let to = DialTarget::Rtp {
            remote: self.remote,
            codec: self.codec.clone(),
        };
        DialLeg::new(to, &format!("{}/c({})", self.remote, self.codec))
    }
}

/// What became of an originate.
#[derive(Clone, Debug)]
pub struct Originated {
    /// The channel as it was when the outcome was known; none if no channel was made.
    pub channel: Option<Arc<ChannelSnapshot>>,
    /// How the call went.
    pub outcome: DialOutcome,
}

/// The end of an originate that has begun; may be dropped if nobody wants to know.
pub struct OriginateWait(oneshot::Receiver<Result<Originated, Refusal>>);

impl Future for OriginateWait {
    type Output = Result<Originated, Refusal>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let decided = Pin::new(&mut self.0).poll(context);
        decided.map(|decided| decided.map_err(|_| Refusal::Shutdown)?)
    }
}

impl fmt::Debug for OriginateWait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OriginateWait").finish_non_exhaustive()
    }
}

/// An application that a channel runs instead of the dialplan, and with whose rights.
pub(crate) struct OnlyApplication {
    pub name: Arc<str>,
    pub data: Arc<str>,
    pub principal: Principal,
}

/// An originate that waits for its answer.
pub(crate) struct Pending {
    spec: OriginateSpec,
    principal: Principal,
    reply: oneshot::Sender<Result<Originated, Refusal>>,
    channel: ChannelId,
    is_local: bool,
    /// When its time is up, since the host started.
    until: Option<Duration>,
}

impl Pbx {
    /// Begins an originate: the channel, and its end when it is decided.
    pub(crate) fn originate(
        &self,
        principal: &Principal,
        spec: OriginateSpec,
    ) -> Result<(Arc<ChannelSnapshot>, OriginateWait), Refusal> {
        let begun = self
            .check_originate(principal, &spec)
            .and_then(|()| self.originate_request(&spec))
            .and_then(|request| self.begin_calls(principal, 1).map(|()| request))
            .and_then(|request| self.begin_originate(principal, &spec, request));
        if let Err(refusal) = &begun {
            self.report_refusal(&spec, refusal);
        }
        let (dial, channel, wait) = begun?;
        self.count_channel(principal, channel.id);
        for (name, value) in spec.variables.iter().filter(|(name, _)| name.contains('(')) {
            if let Err(reason) = self.assign(Some(channel.id), principal, name, value) {
                tracing::warn!(%name, %reason, "a variable of an originate was not set");
            }
        }
        let channel = self.channel(channel.id).unwrap_or(channel);
        self.mutate(|switch, now| switch.call_prepared(now, dial, channel.id));
        Ok((channel, wait))
    }

    fn begin_originate(
        &self,
        principal: &Principal,
        spec: &OriginateSpec,
        request: OriginateRequest,
    ) -> Result<(DialId, Arc<ChannelSnapshot>, OriginateWait), Refusal> {
        let (reply, answer) = oneshot::channel();
        let is_local = matches!(request.leg.to, DialTarget::Local { .. });
        self.mutate_state(|state, now| {
            let (dial, channel) = state.switch.prepare_originate(now, request)?;
            let pending = Pending {
                spec: spec.clone(),
                principal: principal.clone(),
                reply,
                channel,
                is_local,
                until: spec.timeout.map(|timeout| now + timeout),
            };
            state.originates.insert(dial, pending);
            let snapshot = state.switch.channel(channel).cloned();
            Ok((
                dial,
                snapshot.ok_or(Refusal::NoSuchChannel)?,
                OriginateWait(answer),
            ))
        })
    }

    /// Makes the channel of a call that its controller will make, and lets it enter the dialplan.
    pub(crate) fn create_channel(
        &self,
        principal: &Principal,
        spec: &OriginateSpec,
    ) -> Result<Arc<ChannelSnapshot>, Refusal> {
        self.check_originate(principal, spec)?;
        let request = self.originate_request(spec)?;
        self.begin_calls(principal, 1)?;
        let channel = self.mutate(|switch, now| switch.create_outgoing(now, request))?;
        self.count_channel(principal, channel);
        for (name, value) in spec.variables.iter().filter(|(name, _)| name.contains('(')) {
            if let Err(reason) = self.assign(Some(channel), principal, name, value) {
                tracing::warn!(%name, %reason, "a variable of a channel was not set");
            }
        }
        let snapshot = self.channel(channel).ok_or(Refusal::NoSuchChannel)?;
        self.mutate_state(|state, now| state.send_on(now, &spec.to, principal, &snapshot))?;
        self.channel(channel).ok_or(Refusal::NoSuchChannel)
    }

    /// Makes a channel that overhears another one or whispers to it, and lets it enter the dialplan.
    pub(crate) fn snoop(
        &self,
        principal: &Principal,
        spec: SnoopSpec,
        to: &Destination,
    ) -> Result<Arc<ChannelSnapshot>, Refusal> {
        self.has_room()?;
        self.check_destination(principal, to, "")?;
        let channel = self.mutate(|switch, now| switch.create_snoop(now, spec))?;
        let snapshot = self.channel(channel).ok_or(Refusal::NoSuchChannel)?;
        self.mutate_state(|state, now| state.send_on(now, to, principal, &snapshot))?;
        Ok(snapshot)
    }

    /// A call that could not even begin is decided as well, unless the request itself is refused.
    fn report_refusal(&self, spec: &OriginateSpec, refusal: &Refusal) {
        if matches!(
            refusal,
            Refusal::Invalid(_) | Refusal::NoSuchExtension | Refusal::Denied(_)
        ) {
            return;
        }
        if let Some(report) = spec.report(None, false, REASON_FAILURE) {
            self.publish(EventKind::OriginateDecided(Arc::new(report)));
        }
    }

    fn check_originate(&self, principal: &Principal, spec: &OriginateSpec) -> Result<(), Refusal> {
        self.check_originate_to(principal, &spec.channel)?;
        if let Destination::Exten(place) = &spec.to
            && spec.goes_anywhere
        {
            return self.check_context(principal, &place.context);
        }
        self.check_destination(principal, &spec.to, spec.caller.number())
    }

    fn check_destination(
        &self,
        principal: &Principal,
        to: &Destination,
        caller: &str,
    ) -> Result<(), Refusal> {
        match to {
            Destination::Exten(place) => {
                self.check_context(principal, &place.context)?;
                if !self.exten_exists(&place.context, &place.exten, place.priority, caller) {
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
                self.check_application(principal, name)?;
            }
        }
        Ok(())
    }

    fn originate_request(&self, spec: &OriginateSpec) -> Result<OriginateRequest, Refusal> {
        self.has_room()?;
        if self.originates() >= ORIGINATES_MAX {
            return Err(Refusal::Full("originates waiting for an answer"));
        }
        let mut leg = match &spec.rtp {
            Some(target) => target.leg(),
            None => {
                let legs = dial_string::legs(self.technologies(), &spec.channel).map_err(Refusal::Invalid)?;
                legs.into_iter().next().ok_or(Refusal::NoSuchChannel)?
            }
        };
        if !spec.headers.is_empty() {
            leg.headers = spec.headers.clone().into();
        }
        if !spec.codecs.is_empty() {
            leg.codecs = spec.codecs.clone().into();
        }
        leg.goes_early = spec.early_media;
        let plain = spec.variables.iter().filter(|(name, _)| !name.contains('('));
        let leads_nowhere = match &leg.to {
            DialTarget::Local { exten, context, .. } => {
                !self.exten_exists(context, exten, 1, spec.caller.number())
            }
            DialTarget::Endpoint { .. } | DialTarget::Rtp { .. } | DialTarget::Unavailable { .. } => false,
        };
        Ok(OriginateRequest {
            parent: spec.parent,
            leads_nowhere,
            // Manager clients see it last.
            is_caller_first: spec.request.is_none(),
            leg,
            timeout: spec.timeout,
            caller: spec.caller.clone(),
            account: spec.account.clone(),
            variables: plain.cloned().collect(),
            uniqueid: spec.uniqueid.clone(),
            second_uniqueid: spec.other_uniqueid.clone(),
        })
    }
}

impl State {
    /// An originate is decided: an answered channel goes where it was to go, and whoever asked is told.
    pub(crate) fn originate_done(&mut self, now: Duration, pending: Pending, mut outcome: DialOutcome) {
        let channel = match outcome {
            DialOutcome::Answered(answered) => answered,
            DialOutcome::Failed { .. } => pending.channel,
        };
        let snapshot = self.switch.channel(channel).cloned();
        if let (DialOutcome::Answered(_), Some(snapshot)) = (&outcome, &snapshot)
            && let Err(refusal) = self.send_on(now, &pending.spec.to, &pending.principal, snapshot)
        {
            tracing::warn!(channel = %snapshot.name, %refusal, "an originated channel could not enter the dialplan");
            outcome = DialOutcome::Failed {
                status: DialStatus::Congestion,
                cause: Cause::NORMAL_TEMPORARY_FAILURE,
            };
        }
        let report = match &outcome {
            DialOutcome::Answered(_) => pending.spec.report(snapshot.clone(), true, REASON_ANSWERED),
            DialOutcome::Failed { status, .. } => {
                let reason = pending.reason(now, *status);
                pending.spec.report(None, false, reason)
            }
        };
        if let Some(report) = report {
            self.switch
                .publish(now, EventKind::OriginateDecided(Arc::new(report)));
        }
        // Whoever asked may have given up waiting.
        let _ = pending.reply.send(Ok(Originated {
            channel: snapshot,
            outcome,
        }));
    }

    /// Lets a channel nobody controls enter the dialplan, or its one application. If it cannot, it is hung up.
    fn send_on(
        &mut self,
        now: Duration,
        to: &Destination,
        principal: &Principal,
        channel: &ChannelSnapshot,
    ) -> Result<(), Refusal> {
        let (place, application) = match to {
            Destination::Exten(place) => (place.clone(), None),
            Destination::Application { name, data } => {
                let only = OnlyApplication {
                    name: name.clone(),
                    data: data.clone(),
                    principal: principal.clone(),
                };
                (channel.place.clone(), Some(only))
            }
        };
        let driven = Driven {
            application,
            ..Driven::default()
        };
        self.driven.insert(channel.id, driven);
        let started = self.switch.start_dialplan(now, channel.id, place);
        if started.is_err() {
            self.driven.remove(&channel.id);
            // It may be gone by itself, which is as well.
            let _ = self
                .switch
                .hangup(now, channel.id, Cause::NORMAL_TEMPORARY_FAILURE);
        }
        started
    }
}

impl Pending {
    /// The field's number for a failure. Of endpoints it tells no more than that they did not answer.
    fn reason(&self, now: Duration, status: DialStatus) -> u8 {
        let is_time_up = status == DialStatus::NoAnswer && self.until.is_some_and(|until| until <= now);
        match status {
            _ if is_time_up => REASON_RING_TIMEOUT,
            DialStatus::Busy if self.is_local => REASON_BUSY,
            DialStatus::Congestion if self.is_local => REASON_CONGESTION,
            DialStatus::Answer
            | DialStatus::Busy
            | DialStatus::Congestion
            | DialStatus::NoAnswer
            | DialStatus::ChanUnavail
            | DialStatus::Cancel
            | DialStatus::InvalidArgs => REASON_FAILURE,
        }
    }
}
