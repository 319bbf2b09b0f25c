//! The typed way in for everybody who is not on the control thread: one method per request, each with its principal.

use crate::originate::{OriginateSpec, Originated};
use crate::{Pbx, SubscribeSpec, Subscription};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};
use ucx_call::{
    BridgeSnapshot, Cause, ChannelId, ChannelSnapshot, EventKind, Place, Principal, Refusal, Right,
};
use ucx_dialplan::Dialplan;

/// Requests that may wait for the control thread; a further one is refused at once.
pub(crate) const JOBS_MAX: usize = 8_192;

/// A request on its way to the control thread.
pub(crate) type Job = Box<dyn FnOnce(&Pbx) + Send>;

/// How a request names a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChannelKey {
    /// By its id inside the host.
    Id(ChannelId),
    /// By its name or uniqueid.
    Name(Arc<str>),
}

impl From<ChannelId> for ChannelKey {
    fn from(id: ChannelId) -> Self {
        Self::Id(id)
    }
}

impl From<&str> for ChannelKey {
    fn from(name: &str) -> Self {
        Self::Name(Arc::from(name))
    }
}

impl ChannelKey {
    fn find(&self, pbx: &Pbx) -> Result<Arc<ChannelSnapshot>, Refusal> {
        let found = pbx.with_switch(|switch| match self {
            Self::Id(id) => switch.channel(*id).cloned(),
            Self::Name(name) => match switch.channel_by_name(name) {
                Some(id) => switch.channel(id).cloned(),
                None => switch
                    .channels()
                    .find(|channel| channel.uniqueid == *name)
                    .cloned(),
            },
        });
        found.ok_or(Refusal::NoSuchChannel)
    }
}

/// How much is going on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Channels that live.
    pub channels: usize,
    /// Calls they belong to.
    pub calls: usize,
    /// Bridges that live.
    pub bridges: usize,
    /// Channels that entered the dialplan since the host started.
    pub processed: u64,
}

/// A handle of one principal; cheap to clone, usable on any thread.
#[derive(Clone)]
pub struct Desk {
    jobs: mpsc::Sender<Job>,
    principal: Principal,
}

impl Desk {
    pub(crate) fn new(jobs: mpsc::Sender<Job>, principal: Principal) -> Self {
        Self { jobs, principal }
    }

    /// Who asks.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// A handle for another principal; for an interface that serves several.
    #[must_use]
    pub fn of(&self, principal: Principal) -> Self {
        Self {
            jobs: self.jobs.clone(),
            principal,
        }
    }

    /// All channels, oldest first.
    ///
    /// # Errors
    /// [`Refusal::Denied`] without the right, [`Refusal::Full`] when too many requests wait, [`Refusal::Shutdown`] when
    /// the host is gone; so for all that follow.
    pub async fn channels(&self) -> Result<Vec<Arc<ChannelSnapshot>>, Refusal> {
        self.ask(Right::Look, |pbx| {
            Ok(pbx.with_switch(|switch| switch.channels().cloned().collect()))
        })
        .await
    }

    /// One channel.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`].
    pub async fn channel(&self, key: impl Into<ChannelKey>) -> Result<Arc<ChannelSnapshot>, Refusal> {
        let key = key.into();
        self.ask(Right::Look, move |pbx| key.find(pbx)).await
    }

    /// All bridges, oldest first.
    ///
    /// # Errors
    /// As for [`Self::channels`].
    pub async fn bridges(&self) -> Result<Vec<Arc<BridgeSnapshot>>, Refusal> {
        self.ask(Right::Look, |pbx| {
            Ok(pbx.with_switch(|switch| switch.bridges().cloned().collect()))
        })
        .await
    }

    /// How much is going on.
    ///
    /// # Errors
    /// As for [`Self::channels`].
    pub async fn counts(&self) -> Result<Counts, Refusal> {
        self.ask(Right::Look, |pbx| {
            let processed = pbx.calls();
            Ok(pbx.with_switch(|switch| {
                let calls: BTreeSet<_> = switch.channels().map(|channel| &channel.linkedid).collect();
                Counts {
                    channels: switch.channels().count(),
                    calls: calls.len(),
                    bridges: switch.bridges().count(),
                    processed,
                }
            }))
        })
        .await
    }

    /// How long the host has run.
    ///
    /// # Errors
    /// As for [`Self::channels`].
    pub async fn uptime(&self) -> Result<Duration, Refusal> {
        self.ask(Right::Look, |pbx| Ok(pbx.now())).await
    }

    /// Hangs a channel up.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`].
    pub async fn hangup(&self, key: impl Into<ChannelKey>, cause: Cause) -> Result<(), Refusal> {
        let key = key.into();
        self.ask(Right::Control, move |pbx| {
            let channel = key.find(pbx)?.id;
            pbx.mutate(|switch, now| switch.hangup(now, channel, cause))
        })
        .await
    }

    /// Sends a channel to another place of the dialplan.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`], [`Refusal::NoSuchExtension`], [`Refusal::Conflict`].
    pub async fn redirect(&self, key: impl Into<ChannelKey>, place: Place) -> Result<(), Refusal> {
        let key = key.into();
        self.ask(Right::Control, move |pbx| {
            let channel = key.find(pbx)?;
            let caller = channel.caller.number();
            if !pbx.exten_exists(&place.context, &place.exten, place.priority, caller) {
                return Err(Refusal::NoSuchExtension);
            }
            pbx.mutate(|switch, now| switch.redirect(now, channel.id, place))
        })
        .await
    }

    /// Makes a call; answers when it is decided.
    ///
    /// # Errors
    /// [`Refusal::NoSuchExtension`], [`Refusal::NoSuchChannel`] if the endpoint cannot be called, [`Refusal::Invalid`].
    pub async fn originate(&self, spec: OriginateSpec) -> Result<Originated, Refusal> {
        self.check(Right::Originate)?;
        let (reply, answer) = oneshot::channel();
        let principal = self.principal.clone();
        self.send(Box::new(move |pbx| pbx.originate(&principal, spec, reply)))?;
        answer.await.map_err(|_| Refusal::Shutdown)?
    }

    /// The value of `NAME` or `FUNCTION(args)` on a channel, or globally; none if it is not set.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`]; [`Refusal::Invalid`] if a function has no value.
    pub async fn variable(&self, key: Option<ChannelKey>, name: &str) -> Result<Option<String>, Refusal> {
        let (name, principal) = (name.to_owned(), self.principal.clone());
        self.ask(Right::Look, move |pbx| {
            let channel = key
                .map(|key| key.find(pbx))
                .transpose()?
                .map(|channel| channel.id);
            pbx.evaluate(channel, &principal, &name).map_err(Refusal::Invalid)
        })
        .await
    }

    /// Sets `NAME` or writes `FUNCTION(args)` on a channel, or globally.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`]; [`Refusal::Invalid`] if it cannot be set.
    pub async fn set_variable(
        &self,
        key: Option<ChannelKey>,
        name: &str,
        value: &str,
    ) -> Result<(), Refusal> {
        let (name, value, principal) = (name.to_owned(), value.to_owned(), self.principal.clone());
        self.ask(Right::Variables, move |pbx| {
            let channel = key
                .map(|key| key.find(pbx))
                .transpose()?
                .map(|channel| channel.id);
            pbx.assign(channel, &principal, &name, &value)
                .map_err(Refusal::Invalid)
        })
        .await
    }

    /// All variables of a channel as they were set, or all global ones; sorted by name.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`].
    pub async fn variables(&self, key: Option<ChannelKey>) -> Result<Vec<(Arc<str>, Arc<str>)>, Refusal> {
        self.ask(Right::Look, move |pbx| {
            let channel = key.map(|key| key.find(pbx)).transpose()?;
            Ok(pbx.with_switch(|switch| match channel {
                Some(channel) => switch.variables(channel.id),
                None => switch
                    .globals()
                    .map(|(name, value)| (name.clone(), value.clone()))
                    .collect(),
            }))
        })
        .await
    }

    /// Publishes an event of the asker's own, about a channel or about nothing in particular.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`].
    pub async fn user_event(
        &self,
        key: Option<ChannelKey>,
        name: &str,
        fields: Vec<(Arc<str>, Arc<str>)>,
    ) -> Result<(), Refusal> {
        let name = name.to_owned();
        self.ask(Right::UserEvents, move |pbx| {
            let channel = key
                .map(|key| key.find(pbx))
                .transpose()?
                .map(|channel| channel.id);
            pbx.mutate(|switch, now| switch.user_event(now, channel, &name, fields.into()))
        })
        .await
    }

    /// Puts an event of one of the host's own parts (contacts, security, plugins) into the stream.
    ///
    /// # Errors
    /// As for [`Self::channels`].
    pub async fn publish(&self, kind: EventKind) -> Result<(), Refusal> {
        self.ask(Right::Administer, move |pbx| {
            pbx.publish(kind);
            Ok(())
        })
        .await
    }

    /// Reads the event stream from here on.
    ///
    /// # Errors
    /// [`Refusal::Full`] past the bound on readers.
    pub async fn subscribe(&self, spec: SubscribeSpec) -> Result<Subscription, Refusal> {
        self.ask(Right::Look, move |pbx| pbx.subscribe(spec)).await
    }

    /// The dialplan as it is now.
    ///
    /// # Errors
    /// As for [`Self::channels`].
    pub async fn dialplan(&self) -> Result<Arc<Dialplan>, Refusal> {
        self.ask(Right::Look, |pbx| Ok(pbx.dialplan())).await
    }

    /// Puts another dialplan in place of the present one, for every step from now on.
    ///
    /// # Errors
    /// As for [`Self::channels`].
    pub async fn replace_dialplan(&self, dialplan: Arc<Dialplan>) -> Result<(), Refusal> {
        self.ask(Right::Administer, move |pbx| {
            pbx.set_dialplan(dialplan);
            Ok(())
        })
        .await
    }

    /// Does something on the control thread and answers what it said.
    async fn ask<T: Send + 'static>(
        &self,
        needs: Right,
        work: impl FnOnce(&Pbx) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        self.check(needs)?;
        let (reply, answer) = oneshot::channel();
        self.send(Box::new(move |pbx| {
            // Whoever asked may have given up waiting.
            let _ = reply.send(work(pbx));
        }))?;
        answer.await.map_err(|_| Refusal::Shutdown)?
    }

    fn check(&self, needs: Right) -> Result<(), Refusal> {
        if self.principal.rights.has(needs) {
            Ok(())
        } else {
            Err(Refusal::Denied(needs))
        }
    }

    fn send(&self, job: Job) -> Result<(), Refusal> {
        self.jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => Refusal::Full("requests waiting at the desk"),
            TrySendError::Closed(_) => Refusal::Shutdown,
        })
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk")
            .field("principal", &self.principal)
            .finish_non_exhaustive()
    }
}
