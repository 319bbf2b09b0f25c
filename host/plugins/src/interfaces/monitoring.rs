//! `ucx:call/monitoring`: letting the party on one leg listen in on another one. What is overheard comes by a channel of the
//! host's own, which the listening leg is connected with.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;
use ucx_call::{ChannelId, ChannelSnapshot, EventKind};
use ucx_pbx::{ChannelKey, Destination, Ways};
use wasmtime::component::Resource;

use super::channels::{ARRIVAL, surrender};
use crate::bindings::calls::ucx::call::channels::Side;
use crate::bindings::calls::ucx::call::monitoring::{Host, HostSpying, SpyMode};
use crate::bindings::ucx::types::common::{Attr, Error};
use crate::flow::{Leg, Remote, Whereabouts, desk_refused};
use crate::grant::fits;
use crate::state::GuestState;
use crate::tape::taped;
use crate::telephony::Connected;

type Answer<T> = wasmtime::Result<Result<T, Error>>;

/// Listening in under way. Dropped, it ends.
pub struct Spying {
    /// The way to the leg that listens.
    listener: Remote,
    watched: String,
    mode: SpyMode,
    hear: Side,
    end: watch::Receiver<Option<Connected>>,
}

impl Spying {
    fn is_over(&self) -> bool {
        // Whoever told its end is gone as well: so is the leg.
        self.end.borrow().is_some() || self.end.has_changed().is_err()
    }

    fn stop(&self) {
        if !self.is_over() {
            self.listener.farewell(|line, deck| deck.disconnect(line));
        }
    }
}

impl Drop for Spying {
    fn drop(&mut self) {
        self.stop();
    }
}

/// What is overheard, and where the listener is heard.
fn ways(mode: SpyMode, hear: Side) -> (Ways, Ways) {
    let (said, heard) = match hear {
        Side::Spoken => (true, false),
        Side::Heard => (false, true),
        Side::Both => (true, true),
    };
    let whispers = match mode {
        SpyMode::Listen => Ways::default(),
        SpyMode::Whisper => Ways {
            said: false,
            heard: true,
        },
        SpyMode::Barge => Ways {
            said: true,
            heard: true,
        },
    };
    (Ways { said, heard }, whispers)
}

fn word(mode: SpyMode) -> &'static str {
    match mode {
        SpyMode::Listen => "listen",
        SpyMode::Whisper => "whisper",
        SpyMode::Barge => "barge",
    }
}

impl Host for GuestState {
    async fn spy(
        &mut self,
        listener: Resource<Leg>,
        watched: String,
        mode: SpyMode,
        hear: Side,
        _: Vec<Attr>,
    ) -> Answer<Resource<Spying>> {
        let handle = self.tape.name(listener.rep());
        taped!(self, "spy", None, ("{handle} {watched:?} {mode:?} {hear:?}"), {
            let remote = match self.remote(&listener).await? {
                Ok(remote) => remote,
                Err(error) => return Ok(Err(error)),
            };
            let overheard = match self.overhear(&watched, mode, hear).await {
                Ok(overheard) => overheard,
                Err(error) => return Ok(Err(error)),
            };
            let begun = self.listen_in(&remote, overheard, &watched, mode).await;
            let spying = begun.map(|end| Spying {
                listener: remote,
                watched,
                mode,
                hear,
                end,
            });
            Ok(spying.and_then(|spying| self.handles.push(spying).map_err(|_| Error::Quota(None))))
        })
    }
}

impl HostSpying for GuestState {
    async fn set_mode(&mut self, spying: Resource<Spying>, mode: SpyMode) -> Answer<()> {
        taped!(self, "spying set-mode", Some(spying.rep()), ("{mode:?}"), {
            let watched = self.handles.get(&spying)?.watched.clone();
            self.listen_otherwise(&spying, watched, mode).await
        })
    }

    async fn switch_to(&mut self, spying: Resource<Spying>, watched: String) -> Answer<()> {
        taped!(self, "spying switch-to", Some(spying.rep()), ("{watched:?}"), {
            let mode = self.handles.get(&spying)?.mode;
            self.listen_otherwise(&spying, watched, mode).await
        })
    }

    async fn stop(&mut self, spying: Resource<Spying>) -> wasmtime::Result<()> {
        taped!(now self, "spying stop", Some(spying.rep()), (""), {
            self.handles.get(&spying)?.stop();
            Ok(())
        })
    }

    async fn wait(&mut self, spying: Resource<Spying>, time: u32) -> Answer<()> {
        taped!(self, "spying wait", Some(spying.rep()), ("{time:?}"), {
            let mut end = self.handles.get(&spying)?.end.clone();
            let over = self.wait(async {
                let over = end.wait_for(Option::is_some);
                match timeout(Duration::from_millis(time.into()), over).await {
                    Ok(Ok(_)) => Ok(()),
                    Ok(Err(_)) => Err(Error::Gone),
                    Err(_) => Err(Error::Timeout),
                }
            });
            Ok(over.await)
        })
    }

    async fn drop(&mut self, spying: Resource<Spying>) -> wasmtime::Result<()> {
        self.drop_handle(spying)
    }
}

impl GuestState {
    /// Connects a leg with what is to be overheard; how it ends.
    async fn listen_in(
        &mut self,
        listener: &Remote,
        overheard: ChannelId,
        watched: &str,
        mode: SpyMode,
    ) -> Result<watch::Receiver<Option<Connected>>, Error> {
        let (plugin, id) = (self.plugin.clone(), watched.to_owned());
        let generation = self.controls.as_ref().map_or(0, |controls| controls.generation);
        let begun = listener.ask(move |line, deck| {
            let end = deck.connect(line, overheard)?;
            let told = line.channel().ok().zip(line.pbx().find_channel(&id));
            if let Some((listener, channel)) = told {
                tracing::info!(%plugin, generation, channel = %channel.name, listener = %listener.name, mode = word(mode), "a call is listened in on");
                line.pbx().publish(EventKind::PluginListens {
                    plugin,
                    generation,
                    channel,
                    listener,
                    mode: word(mode),
                });
            }
            Ok(end)
        });
        self.wait(begun).await
    }

    /// Listens on in another way, or to somebody else. If there is nothing to be overheard, it goes on as it is.
    async fn listen_otherwise(
        &mut self,
        spying: &Resource<Spying>,
        watched: String,
        mode: SpyMode,
    ) -> Answer<()> {
        let under_way = self.handles.get(spying)?;
        if under_way.is_over() {
            return Ok(Err(Error::Gone));
        }
        let (listener, hear) = (under_way.listener.clone(), under_way.hear);
        let overheard = match self.overhear(&watched, mode, hear).await {
            Ok(overheard) => overheard,
            Err(error) => return Ok(Err(error)),
        };
        let left = listener.ask(|line, deck| {
            deck.disconnect(line);
            Ok(())
        });
        if let Err(error) = self.wait(left).await {
            return Ok(Err(error));
        }
        let begun = self.listen_in(&listener, overheard, &watched, mode).await;
        Ok(match begun {
            Ok(end) => {
                let under_way = self.handles.get_mut(spying)?;
                under_way.end = end;
                under_way.watched = watched;
                under_way.mode = mode;
                Ok(())
            }
            Err(error) => Err(error),
        })
    }

    /// A channel that overhears another one and waits to be connected.
    async fn overhear(&mut self, watched: &str, mode: SpyMode, hear: Side) -> Result<ChannelId, Error> {
        let desk = self.desk()?;
        let watched = self.may_watch(watched).await?;
        let (data, mut expected) = self.expect_leg()?;
        let to = Destination::Application {
            name: "Wasm".into(),
            data: data.into(),
        };
        let (spies, whispers) = ways(mode, hear);
        let made = self
            .wait(async {
                let made = desk.snoop(watched, spies, whispers, None, to).await;
                let made = made.map_err(desk_refused)?;
                match timeout(ARRIVAL, expected.arrives()).await {
                    Ok(Some(leg)) => Ok((made.id, leg)),
                    Ok(None) => Err(Error::Gone),
                    Err(_) => Err(Error::Timeout),
                }
            })
            .await;
        let (id, leg) = made?;
        match leg.whereabouts()? {
            Whereabouts::Served(remote) => self.wait(surrender(remote)).await.map(|()| id),
            Whereabouts::Claimed => Err(Error::Gone),
        }
    }

    /// The channel of that id, if others may be let to listen in on it.
    async fn may_watch(&mut self, id: &str) -> Result<ChannelId, Error> {
        let desk = self.desk()?;
        let monitor = self.rights.asks.monitor.clone();
        if monitor.is_empty() {
            return Err(Error::Denied("monitor = [\"…\"]".to_owned()));
        }
        let key = ChannelKey::Name(id.into());
        let found = self.wait(async { desk.channel(key).await }).await;
        let channel = found.map_err(desk_refused)?;
        if is_watched(&monitor, &channel) {
            Ok(channel.id)
        } else {
            Err(Error::NotFound)
        }
    }
}

/// Whether a list names the channel, its context or the application it is in.
fn is_watched(list: &std::collections::BTreeSet<String>, channel: &ChannelSnapshot) -> bool {
    let step = channel.step.as_ref().map_or("", |step| &step.application);
    fits(list, &channel.name) || fits(list, &channel.place.context) || fits(list, step)
}
