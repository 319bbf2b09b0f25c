//! `ucx:call/media`: playbacks and recordings under way.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;
use ucx_call::{PlaybackControl, PlaybackId, RecordingControl, RecordingId};
use ucx_pbx::Desk;
use wasmtime::component::Resource;

use crate::bindings::calls::ucx::call::media::{Host, HostPlayback, HostRecording, Played, Recorded};
use crate::bindings::ucx::types::common::{Error, Value};
use crate::flow::{Remote, desk_refused, millis};
use crate::state::GuestState;
use crate::tape::taped;
use crate::telephony;
use crate::values::Attr;

type Answer<T> = wasmtime::Result<Result<T, Error>>;

/// Something being played. Dropped, it plays on to its end.
pub struct Playback {
    place: PlayedAt,
    end: watch::Receiver<Option<telephony::Played>>,
}

enum PlayedAt {
    Leg {
        remote: Remote,
        number: u64,
    },
    Bridge {
        desk: Desk,
        bridge: String,
        playback: PlaybackId,
        began: tokio::time::Instant,
    },
}

/// Something being recorded. Dropped, it is recorded on.
pub struct Recording {
    name: String,
    place: RecordedAt,
    end: watch::Receiver<Option<telephony::Recorded>>,
}

enum RecordedAt {
    Leg(Remote, RecordingId),
    Bridge(Desk, RecordingId),
}

impl Playback {
    pub(crate) fn on_leg(
        remote: Remote,
        number: u64,
        end: watch::Receiver<Option<telephony::Played>>,
    ) -> Self {
        Self {
            place: PlayedAt::Leg { remote, number },
            end,
        }
    }

    pub(crate) fn in_bridge(
        desk: Desk,
        bridge: String,
        playback: PlaybackId,
        end: watch::Receiver<Option<telephony::Played>>,
    ) -> Self {
        Self {
            place: PlayedAt::Bridge {
                desk,
                bridge,
                playback,
                began: tokio::time::Instant::now(),
            },
            end,
        }
    }
}

impl Recording {
    pub(crate) fn on_leg(
        remote: Remote,
        id: RecordingId,
        name: String,
        end: watch::Receiver<Option<telephony::Recorded>>,
    ) -> Self {
        Self {
            name,
            place: RecordedAt::Leg(remote, id),
            end,
        }
    }

    pub(crate) fn in_bridge(
        desk: Desk,
        id: RecordingId,
        name: String,
        end: watch::Receiver<Option<telephony::Recorded>>,
    ) -> Self {
        Self {
            name,
            place: RecordedAt::Bridge(desk, id),
            end,
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn end(&self) -> watch::Receiver<Option<telephony::Recorded>> {
        self.end.clone()
    }
}

/// How playing ended, as the guest sees it.
pub(crate) fn played(end: &telephony::Played) -> Played {
    let failed = end.has_failed.then(|| Attr {
        name: "failed".to_owned(),
        value: Value::Boolean(true),
    });
    Played {
        ending: end.ending,
        key: end.key.map(String::from).unwrap_or_default(),
        position: millis(end.position),
        attrs: failed.into_iter().collect(),
    }
}

/// How recording ended, as the guest sees it.
pub(crate) fn recorded(name: &str, end: telephony::Recorded) -> Result<Recorded, Error> {
    let (ending, key, duration) =
        end.map_err(|why| Error::Unavailable(format!("nothing was recorded: {why}")))?;
    Ok(Recorded {
        name: name.to_owned(),
        duration: millis(duration),
        ending,
        key: key.map(String::from).unwrap_or_default(),
        attrs: Vec::new(),
    })
}

impl Host for GuestState {}

impl HostPlayback for GuestState {
    async fn stop(&mut self, playback: Resource<Playback>) -> Answer<()> {
        taped!(self, "playback stop", Some(playback.rep()), (""), {
            match &self.handles.get(&playback)?.place {
                PlayedAt::Leg { remote, number } => {
                    let (remote, number) = (remote.clone(), *number);
                    let stopped = remote.ask(move |line, deck| {
                        if deck.is_playing(number) {
                            deck.stop_playing(line, None);
                        }
                        Ok(())
                    });
                    Ok(self.wait(stopped).await)
                }
                PlayedAt::Bridge {
                    desk,
                    bridge,
                    playback,
                    ..
                } => {
                    let (desk, bridge, playback) = (desk.clone(), bridge.clone(), *playback);
                    let stopped = self
                        .wait(async { desk.bridge_stop(&bridge, playback).await })
                        .await;
                    Ok(stopped.map_err(desk_refused))
                }
            }
        })
    }

    async fn pause(&mut self, playback: Resource<Playback>) -> Answer<()> {
        taped!(self, "playback pause", Some(playback.rep()), (""), {
            self.hold_playback(&playback, true).await
        })
    }

    async fn resume(&mut self, playback: Resource<Playback>) -> Answer<()> {
        taped!(self, "playback resume", Some(playback.rep()), (""), {
            self.hold_playback(&playback, false).await
        })
    }

    async fn seek(&mut self, playback: Resource<Playback>, position: u32) -> Answer<()> {
        taped!(self, "playback seek", Some(playback.rep()), ("{position:?}"), {
            let position = Duration::from_millis(position.into());
            match &self.handles.get(&playback)?.place {
                PlayedAt::Leg { remote, number } => {
                    let (remote, number) = (remote.clone(), *number);
                    let sought = remote.ask(move |line, deck| {
                        if !deck.is_playing(number) {
                            return Err(Error::Gone);
                        }
                        deck.seek(line, position)
                    });
                    Ok(self.wait(sought).await)
                }
                PlayedAt::Bridge { desk, playback, .. } => {
                    let (desk, playback) = (desk.clone(), *playback);
                    let sought = self
                        .wait(async {
                            desk.control_playback(playback, PlaybackControl::Restart).await?;
                            desk.control_playback(playback, PlaybackControl::Forward(position))
                                .await
                        })
                        .await;
                    Ok(sought.map_err(desk_refused))
                }
            }
        })
    }

    async fn position(&mut self, playback: Resource<Playback>) -> Answer<u32> {
        taped!(self, "playback position", Some(playback.rep()), (""), {
            let handle = self.handles.get(&playback)?;
            if let Some(end) = &*handle.end.borrow() {
                return Ok(Ok(millis(end.position)));
            }
            match &handle.place {
                PlayedAt::Leg { remote, number } => {
                    let (remote, number) = (remote.clone(), *number);
                    let position = remote.ask(move |_, deck| {
                        let position = deck.position().filter(|_| deck.is_playing(number));
                        position.map(millis).ok_or(Error::Gone)
                    });
                    Ok(self.wait(position).await)
                }
                PlayedAt::Bridge { began, .. } => Ok(Ok(millis(began.elapsed()))),
            }
        })
    }

    async fn wait(&mut self, playback: Resource<Playback>, time: u32) -> Answer<Played> {
        taped!(self, "playback wait", Some(playback.rep()), ("{time:?}"), {
            let end = self.handles.get(&playback)?.end.clone();
            Ok(self.end_within(end, time).await.map(|end| played(&end)))
        })
    }

    async fn drop(&mut self, playback: Resource<Playback>) -> wasmtime::Result<()> {
        self.drop_handle(playback)
    }
}

impl HostRecording for GuestState {
    async fn name(&mut self, recording: Resource<Recording>) -> wasmtime::Result<String> {
        taped!(now self, "recording name", Some(recording.rep()), (""), {
            Ok(self.handles.get(&recording)?.name.clone())
        })
    }

    async fn stop(&mut self, recording: Resource<Recording>) -> Answer<Recorded> {
        taped!(self, "recording stop", Some(recording.rep()), (""), {
            let end = self.handles.get(&recording)?.end.clone();
            // One that is over by itself has its result all the same.
            if end.borrow().is_none()
                && let Err(error) = self.steer_recording(&recording, RecordingControl::Stop).await?
            {
                return Ok(Err(error));
            }
            let name = self.handles.get(&recording)?.name.clone();
            let end = self.end_within(end, u32::MAX).await;
            Ok(end.and_then(|end| recorded(&name, end)))
        })
    }

    async fn discard(&mut self, recording: Resource<Recording>) -> Answer<()> {
        taped!(self, "recording discard", Some(recording.rep()), (""), {
            self.steer_recording(&recording, RecordingControl::Cancel).await
        })
    }

    async fn pause(&mut self, recording: Resource<Recording>) -> Answer<()> {
        taped!(self, "recording pause", Some(recording.rep()), (""), {
            self.steer_recording(&recording, RecordingControl::Pause).await
        })
    }

    async fn resume(&mut self, recording: Resource<Recording>) -> Answer<()> {
        taped!(self, "recording resume", Some(recording.rep()), (""), {
            self.steer_recording(&recording, RecordingControl::Unpause).await
        })
    }

    async fn mask(&mut self, recording: Resource<Recording>, on: bool) -> Answer<()> {
        taped!(self, "recording mask", Some(recording.rep()), ("{on:?}"), {
            let how = if on {
                RecordingControl::Mute
            } else {
                RecordingControl::Unmute
            };
            self.steer_recording(&recording, how).await
        })
    }

    async fn wait(&mut self, recording: Resource<Recording>, time: u32) -> Answer<Recorded> {
        taped!(self, "recording wait", Some(recording.rep()), ("{time:?}"), {
            let handle = self.handles.get(&recording)?;
            let (name, end) = (handle.name.clone(), handle.end.clone());
            let end = self.end_within(end, time).await;
            Ok(end.and_then(|end| recorded(&name, end)))
        })
    }

    async fn drop(&mut self, recording: Resource<Recording>) -> wasmtime::Result<()> {
        self.drop_handle(recording)
    }
}

impl GuestState {
    async fn hold_playback(&mut self, playback: &Resource<Playback>, is_held: bool) -> Answer<()> {
        match &self.handles.get(playback)?.place {
            PlayedAt::Leg { remote, number } => {
                let (remote, number) = (remote.clone(), *number);
                let held = remote.ask(move |line, deck| {
                    if !deck.is_playing(number) {
                        return Err(Error::Gone);
                    }
                    deck.hold_playing(line, is_held)
                });
                Ok(self.wait(held).await)
            }
            PlayedAt::Bridge { desk, playback, .. } => {
                let (desk, playback) = (desk.clone(), *playback);
                let how = if is_held {
                    PlaybackControl::Pause
                } else {
                    PlaybackControl::Unpause
                };
                let held = self
                    .wait(async { desk.control_playback(playback, how).await })
                    .await;
                Ok(held.map_err(desk_refused))
            }
        }
    }

    async fn steer_recording(
        &mut self,
        recording: &Resource<Recording>,
        how: RecordingControl,
    ) -> Answer<()> {
        match &self.handles.get(recording)?.place {
            RecordedAt::Leg(remote, id) => {
                let (remote, id) = (remote.clone(), *id);
                let steered = remote.ask(move |line, deck| deck.control_recording(line, id, how));
                Ok(self.wait(steered).await)
            }
            RecordedAt::Bridge(desk, id) => {
                let (desk, id) = (desk.clone(), *id);
                let steered = self.wait(async { desk.control_recording(id, how).await }).await;
                Ok(steered.map_err(desk_refused))
            }
        }
    }

    /// Waits for an end that long.
    async fn end_within<T: Clone + Send + Sync>(
        &mut self,
        mut end: watch::Receiver<Option<T>>,
        time: u32,
    ) -> Result<T, Error> {
        self.wait(async {
            let ended = end.wait_for(Option::is_some);
            match timeout(Duration::from_millis(time.into()), ended).await {
                Ok(Ok(end)) => end.clone().ok_or(Error::Gone),
                Ok(Err(_)) => Err(Error::Gone),
                Err(_) => Err(Error::Timeout),
            }
        })
        .await
    }
}
