//! The typed way in for everybody who is not on the control thread: one method per request, each with its principal.

mod bridges;
mod channels;
mod database;
mod devices;
mod endpoints;
mod help;
mod media;

use crate::function::Evaluated;
use crate::line::wait_for;
use crate::{Pbx, SubscribeSpec, Subscription};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};
use ucx_call::{BridgeSnapshot, ChannelId, ChannelSnapshot, EventKind, Principal, Refusal, Right};
use ucx_dialplan::Dialplan;

/// Requests that may wait for the control thread; a further one is refused at once.
pub(crate) const JOBS_MAX: usize = 8_192;

/// How often a change of the dialplan is tried while others change it as well.
const EDITS_MAX: usize = 8;

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
    pub(crate) fn find(&self, pbx: &Pbx) -> Result<Arc<ChannelSnapshot>, Refusal> {
        let found = match self {
            Self::Id(id) => pbx.channel(*id),
            Self::Name(name) => pbx.find_channel(name),
        };
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

    /// The value of `NAME` or `FUNCTION(args)` on a channel, or globally; none if it is not set.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`]; [`Refusal::Invalid`] if a function has no value.
    pub async fn variable(&self, key: Option<ChannelKey>, name: &str) -> Result<Option<String>, Refusal> {
        let (name, principal) = (name.to_owned(), self.principal.clone());
        let evaluated = self.ask(Right::Look, move |pbx| {
            let channel = key
                .map(|key| key.find(pbx))
                .transpose()?
                .map(|channel| channel.id);
            pbx.evaluate(channel, &principal, &name).map_err(Refusal::Invalid)
        });
        match evaluated.await? {
            Evaluated::Known(value) => Ok(value),
            Evaluated::Waits(work) => wait_for(work).await.map(Some).map_err(Refusal::Invalid),
        }
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

    /// For each of those channels, in their order, the values of those names (`NAME` or `FUNCTION(args)`) with the asker's
    /// rights; the empty text where there is none, or none at once.
    ///
    /// # Errors
    /// As for [`Self::channels`].
    pub async fn shown_variables(
        &self,
        channels: Vec<ChannelId>,
        names: Arc<[Arc<str>]>,
    ) -> Result<Vec<Vec<(Arc<str>, Arc<str>)>>, Refusal> {
        let principal = self.principal.clone();
        self.ask(Right::Look, move |pbx| {
            let value = |channel, name: &Arc<str>| match pbx.evaluate(Some(channel), &principal, name) {
                Ok(Evaluated::Known(Some(value))) => Arc::from(value),
                Ok(Evaluated::Known(None) | Evaluated::Waits(_)) | Err(_) => Arc::default(),
            };
            let shown = |channel: ChannelId| {
                names
                    .iter()
                    .map(|name| (name.clone(), value(channel, name)))
                    .collect()
            };
            Ok(channels.into_iter().map(shown).collect())
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

    /// Changes the dialplan from now on; its globals stay as they are.
    ///
    /// # Errors
    /// [`Refusal::Denied`] without the right to the system, because what is added runs with the dialplan's rights; what
    /// `edit` refuses; [`Refusal::Conflict`] if others change it all the time.
    pub async fn edit_dialplan<T>(
        &self,
        edit: impl Fn(&mut Dialplan) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        self.check(Right::System)?;
        for _ in 0..EDITS_MAX {
            let old = self.ask(Right::System, |pbx| Ok(pbx.dialplan())).await?;
            // The copy is made here, so that the control thread does not wait for it.
            let mut new = Dialplan::clone(&old);
            let answer = edit(&mut new)?;
            let new = Arc::new(new);
            if self
                .ask(Right::System, move |pbx| Ok(pbx.swap_dialplan(&old, new)))
                .await?
            {
                return Ok(answer);
            }
        }
        Err(Refusal::Conflict("the dialplan is being changed by others"))
    }

    /// Does something on the control thread and answers what it said.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        needs: impl Into<Needs>,
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

    fn check(&self, needs: impl Into<Needs>) -> Result<(), Refusal> {
        let Needs(first, other) = needs.into();
        let rights = &self.principal.rights;
        if rights.has(first) || rights.has(other) {
            Ok(())
        } else {
            Err(Refusal::Denied(first))
        }
    }

    fn send(&self, job: Job) -> Result<(), Refusal> {
        self.jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => Refusal::Full("requests waiting at the desk"),
            TrySendError::Closed(_) => Refusal::Shutdown,
        })
    }
}

/// The right a request needs, or another one that will do.
#[derive(Clone, Copy)]
pub(crate) struct Needs(Right, Right);

/// Calls that are not one's own are steered by those who may, and by those who may reach the system anyway.
const STEERING: Needs = Needs(Right::Control, Right::System);

impl From<Right> for Needs {
    fn from(right: Right) -> Self {
        Self(right, right)
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk")
            .field("principal", &self.principal)
            .finish_non_exhaustive()
    }
}
