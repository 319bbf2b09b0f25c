//! The way from a handle to its leg: to the task that serves it, or into one if it waits to be taken.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;
use ucx_call::{ChannelId, ChannelSnapshot, Refusal};
use ucx_pbx::{ChannelKey, Desk, Line};
use wasmtime::component::Resource;

use super::Answer;
use crate::bindings::ucx::types::common::Error;
use crate::flow::{Expected, Leg, Remote, Visit, Whereabouts, desk_refused};
use crate::grant::fits;
use crate::state::GuestState;
use crate::telephony::Deck;

/// How long a leg that is taken over may take to come.
pub(crate) const ARRIVAL: Duration = Duration::from_secs(10);

/// Asks about a leg before it is taken.
type May = Box<dyn FnOnce(&ChannelSnapshot) -> Result<(), Refusal> + Send>;

impl GuestState {
    /// The instance's way to the host's calls.
    pub(crate) fn desk(&self) -> Result<Desk, Error> {
        self.controls
            .as_ref()
            .map(|controls| controls.desk.clone())
            .ok_or(Error::Gone)
    }

    /// Does something at once in the task of a leg.
    pub(crate) async fn on_leg<T: Send + 'static>(
        &mut self,
        leg: &Resource<Leg>,
        work: impl FnOnce(&mut Line, &mut Deck) -> Result<T, Error> + Send + 'static,
    ) -> Answer<T> {
        match self.remote(leg).await? {
            Ok(remote) => Ok(self.wait(remote.ask(work)).await),
            Err(error) => Ok(Err(error)),
        }
    }

    /// The way to the task of a leg. One that waits to be taken gets a task.
    pub(crate) async fn remote(&mut self, leg: &Resource<Leg>) -> Answer<Remote> {
        let id = match self.handles.get(leg)?.whereabouts() {
            Ok(Whereabouts::Served(remote)) => return Ok(Ok(remote)),
            Ok(Whereabouts::Claimed) => self.handles.get(leg)?.channel.id,
            Err(error) => return Ok(Err(error)),
        };
        match self.summon(ChannelKey::Id(id), Box::new(|_| Ok(()))).await {
            Ok(served) => {
                let leg = self.handles.get(leg)?;
                leg.is_served_by(served);
                Ok(leg.whereabouts().and_then(|place| match place {
                    Whereabouts::Served(remote) => Ok(remote),
                    Whereabouts::Claimed => Err(Error::Gone),
                }))
            }
            Err(error) => Ok(Err(error)),
        }
    }

    /// Takes a leg the grant gives, by its id.
    pub(super) async fn take_over(&mut self, id: String) -> Result<Leg, Error> {
        if let Some(taken) = self.take_own(&id).await {
            return taken;
        }
        let adopt = self.rights.asks.adopt.clone();
        if adopt.is_empty() {
            return Err(Error::Denied("adopt = [\"…\"]".to_owned()));
        }
        let may: May = Box::new(move |channel| {
            let step = channel.step.as_ref().map_or("", |step| &step.application);
            if fits(&adopt, &channel.place.context) || fits(&adopt, step) {
                Ok(())
            } else {
                Err(Refusal::NoSuchChannel)
            }
        });
        self.summon(ChannelKey::Name(Arc::from(id)), may).await
    }

    /// Takes a leg that is meant for this application: one its last instance left, or one that waits for it.
    async fn take_own(&mut self, id: &str) -> Option<Result<Leg, Error>> {
        let controls = self.controls.as_ref()?;
        let plugin = controls.application.clone()?;
        let (events, generation) = (Arc::clone(&controls.events), controls.generation);
        let scope = controls.desk.principal().scope.clone();
        if let Some(kept) = plugin.stage.take_kept(id) {
            let principal = controls.desk.principal().clone();
            let leg = Leg::served(kept.channel, kept.remote.clone());
            let taken = kept.remote.ask(move |line, deck| {
                deck.tell_to(events);
                line.act_for(principal);
                Ok(())
            });
            return Some(self.wait(taken).await.map(|()| leg));
        }
        let taker = plugin.stage.take_offer(id)?;
        let (sender, arrived) = oneshot::channel();
        let visit = Visit {
            plugin: Arc::clone(&self.plugin),
            generation,
            events,
            scope,
            leg: sender,
        };
        if taker.send(visit).is_err() {
            return Some(Err(Error::Gone));
        }
        let arrived = self.wait(timeout(ARRIVAL, arrived)).await;
        Some(match arrived {
            Ok(Ok(leg)) => Ok(leg),
            Ok(Err(_)) => Err(Error::Gone),
            Err(_) => Err(Error::Timeout),
        })
    }

    /// Takes a leg out of whatever it does, into a task that serves this instance.
    async fn summon(&mut self, key: ChannelKey, may: May) -> Result<Leg, Error> {
        let plugin = Arc::clone(&self.plugin);
        let Some(controls) = &self.controls else {
            return Err(Error::Gone);
        };
        let desk = controls.desk.clone();
        let mut expected = controls.expect(&plugin);
        let data = format!("{plugin}@{}", expected.number);
        self.wait(async {
            desk.take_over(key, "Wasm", &data, may)
                .await
                .map_err(desk_refused)?;
            match timeout(ARRIVAL, expected.arrives()).await {
                Ok(Some(leg)) => Ok(leg),
                Ok(None) => Err(Error::Gone),
                Err(_) => Err(Error::Timeout),
            }
        })
        .await
    }

    /// The leg of a call that was made before under the same key, from whoever of the plugin's instances has it.
    pub(super) async fn take_again(&mut self, id: ChannelId) -> Result<Leg, Error> {
        let may: May = Box::new(|channel| match channel.bridge {
            Some(_) => Err(Refusal::Conflict(
                "the call made with this key is connected already",
            )),
            None => Ok(()),
        });
        match self.summon(ChannelKey::Id(id), may).await {
            Err(Error::NotFound) => Err(Error::Gone),
            summoned => summoned,
        }
    }

    /// A leg that waits under that number until its task comes.
    pub(crate) fn expect_leg(&self) -> Result<(String, Expected), Error> {
        let Some(controls) = &self.controls else {
            return Err(Error::Gone);
        };
        let expected = controls.expect(&self.plugin);
        Ok((format!("{}@{}", self.plugin, expected.number), expected))
    }

    /// Whether it is the call the instance leads.
    pub(super) fn is_caller(&self, id: ChannelId) -> bool {
        self.controls
            .as_ref()
            .is_some_and(|controls| controls.caller == Some(id))
    }
}
