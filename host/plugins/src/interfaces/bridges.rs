//! `ucx:call/bridges`: bridges of the plugin's own, and the legs in them.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use ucx_call::{BridgePurpose, BridgeSnapshot, RecordingEnd, Report, VideoMode};
use ucx_pbx::{BridgeSpec as Spec, Desk, EnterSpec, Reports};
use wasmtime::component::Resource;

use super::channels::{as_loud, is_so, record_order};
use crate::bindings::calls::ucx::call::bridges::{BridgeInfo, BridgeSpec, Host, HostBridge, MemberSpec};
use crate::bindings::calls::ucx::call::media::{Ending, MediaItem, PlayOptions, RecordSpec};
use crate::bindings::ucx::types::common::Error;
use crate::flow::{Leg, desk_refused};
use crate::interfaces::media::{Playback, Recording};
use crate::state::GuestState;
use crate::tape::taped;
use crate::telephony::{self, ended, text_attr};

type Answer<T> = wasmtime::Result<Result<T, Error>>;

/// Bridges an instance may have made at a time; beyond that it is refused more.
const OWN_BRIDGES_MAX: usize = 32;
/// The same for an application, which leads many calls.
const APPLICATION_BRIDGES_MAX: usize = 512;
/// The longest name of a bridge in bytes.
const NAME_MAX: usize = 128;

/// A bridge an instance may steer. Dropped, nothing becomes of it: one that is its own ends with its last leg.
pub struct Bridge {
    snapshot: Arc<BridgeSnapshot>,
}

impl GuestState {
    fn bridge(&self, bridge: &Resource<Bridge>) -> wasmtime::Result<Arc<BridgeSnapshot>> {
        Ok(Arc::clone(&self.handles.get(bridge)?.snapshot))
    }
}

impl Host for GuestState {
    async fn adopt_bridge(&mut self, id: String) -> Answer<Resource<Bridge>> {
        taped!(self, "adopt-bridge", None, ("{id:?}"), {
            let desk = match self.desk() {
                Ok(desk) => desk,
                Err(error) => return Ok(Err(error)),
            };
            let found = self.wait(async { desk.bridge(&id).await }).await;
            match found {
                Ok(snapshot) if *snapshot.creator == *self.plugin => Ok(self
                    .handles
                    .push(Bridge { snapshot })
                    .map_err(|_| Error::Quota(None))),
                // Bridges of others are nobody's business.
                Ok(_) => Ok(Err(Error::NotFound)),
                Err(refusal) => Ok(Err(desk_refused(refusal))),
            }
        })
    }
}

impl HostBridge for GuestState {
    async fn create(&mut self, spec: BridgeSpec) -> Answer<Resource<Bridge>> {
        taped!(self, "bridge create", None, ("{spec:?}"), {
            let desk = match self.desk() {
                Ok(desk) => desk,
                Err(error) => return Ok(Err(error)),
            };
            let purpose = match purpose(&spec.kind) {
                Ok(purpose) => purpose,
                Err(error) => return Ok(Err(error)),
            };
            if spec.name.len() > NAME_MAX || spec.name.contains(char::is_control) {
                let why = format!("name: at most {NAME_MAX} bytes, none of them a control character");
                return Ok(Err(Error::Invalid(why)));
            }
            if self.has_all_its_bridges().await {
                return Ok(Err(Error::Quota(None)));
            }
            let uniqueid = uuid(self.host.next_seed());
            if let Some(controls) = &mut self.controls {
                // Before it is made, so that an instance that fails on the way leaves none behind.
                controls.bridges.0.push(uniqueid.clone());
            }
            let spec = Spec {
                uniqueid: Some(Arc::from(&*uniqueid)),
                purpose,
                name: Arc::from(spec.name),
                creator: Arc::clone(&self.plugin),
                video: VideoMode::None,
            };
            let made = self.wait(async { desk.create_bridge(spec).await }).await;
            match made {
                Ok(snapshot) => {
                    let pushed = self.handles.push(Bridge { snapshot });
                    if pushed.is_err() {
                        // Nobody would ever end it.
                        let _ = self.wait(async { desk.destroy_bridge(&uniqueid).await }).await;
                    }
                    Ok(pushed.map_err(|_| Error::Quota(None)))
                }
                Err(refusal) => {
                    if let Some(controls) = &mut self.controls {
                        controls.bridges.0.retain(|own| *own != uniqueid);
                    }
                    Ok(Err(desk_refused(refusal)))
                }
            }
        })
    }

    async fn id(&mut self, bridge: Resource<Bridge>) -> wasmtime::Result<String> {
        taped!(now self, "bridge id", Some(bridge.rep()), (""), {
            Ok(self.bridge(&bridge)?.uniqueid.to_string())
        })
    }

    async fn info(&mut self, bridge: Resource<Bridge>) -> Answer<BridgeInfo> {
        taped!(self, "bridge info", Some(bridge.rep()), (""), {
            let (desk, known) = (self.desk(), self.bridge(&bridge)?);
            let desk = match desk {
                Ok(desk) => desk,
                Err(error) => return Ok(Err(error)),
            };
            let found = self.wait(async { desk.bridge(&known.uniqueid).await }).await;
            Ok(found.map(|bridge| info(&bridge)).map_err(|_| Error::Gone))
        })
    }

    async fn add(&mut self, bridge: Resource<Bridge>, member: Resource<Leg>, spec: MemberSpec) -> Answer<()> {
        let handle = self.tape.name(member.rep());
        taped!(self, "bridge add", Some(bridge.rep()), ("{handle} {spec:?}"), {
            let uniqueid = self.bridge(&bridge)?.uniqueid.clone();
            let enter = EnterSpec {
                is_announcer: spec.role == "announcer",
                is_muted: spec.muted,
                absorbs_digits: spec.absorb_digits,
                keeps_connected_line: is_so(&spec.attrs, "inhibit-connected-line"),
            };
            self.on_leg(&member, move |line, deck| {
                deck.stop_playing(line, None);
                line.enter_bridge(&uniqueid, enter).map_err(ended)
            })
            .await
        })
    }

    async fn remove(&mut self, bridge: Resource<Bridge>, member: Resource<Leg>) -> Answer<()> {
        let handle = self.tape.name(member.rep());
        taped!(self, "bridge remove", Some(bridge.rep()), ("{handle}"), {
            let id = self.bridge(&bridge)?.id;
            self.on_leg(&member, move |line, _| {
                let channel = line.channel().map_err(ended)?;
                if channel.bridge != Some(id) {
                    return Err(Error::NotFound);
                }
                line.leave_bridge().map_err(ended)
            })
            .await
        })
    }

    async fn start_play(
        &mut self,
        bridge: Resource<Bridge>,
        items: Vec<MediaItem>,
        options: PlayOptions,
    ) -> Answer<Resource<Playback>> {
        taped!(
            self,
            "bridge start-play",
            Some(bridge.rep()),
            ("{items:?} {options:?}"),
            {
                let uniqueid = self.bridge(&bridge)?.uniqueid.to_string();
                match self.play_in_bridge(&uniqueid, items, &options).await {
                    Ok(playback) => Ok(self.handles.push(playback).map_err(|_| Error::Quota(None))),
                    Err(error) => Ok(Err(error)),
                }
            }
        )
    }

    async fn start_recording(
        &mut self,
        bridge: Resource<Bridge>,
        spec: RecordSpec,
    ) -> Answer<Resource<Recording>> {
        taped!(
            self,
            "bridge start-recording",
            Some(bridge.rep()),
            ("{spec:?}"),
            {
                let uniqueid = self.bridge(&bridge)?.uniqueid.to_string();
                match self.record_in_bridge(&uniqueid, spec).await {
                    Ok(recording) => Ok(self.handles.push(recording).map_err(|_| Error::Quota(None))),
                    Err(error) => Ok(Err(error)),
                }
            }
        )
    }

    async fn start_music(&mut self, bridge: Resource<Bridge>, name: String) -> Answer<()> {
        taped!(self, "bridge start-music", Some(bridge.rep()), ("{name:?}"), {
            let class = if name.is_empty() { "default" } else { &name };
            self.bridge_music(&bridge, Some(Arc::from(class))).await
        })
    }

    async fn stop_music(&mut self, bridge: Resource<Bridge>) -> Answer<()> {
        taped!(self, "bridge stop-music", Some(bridge.rep()), (""), {
            self.bridge_music(&bridge, None).await
        })
    }

    async fn destroy(&mut self, bridge: Resource<Bridge>) -> Answer<()> {
        taped!(self, "bridge destroy", Some(bridge.rep()), (""), {
            let (desk, known) = (self.desk(), self.bridge(&bridge)?);
            let desk = match desk {
                Ok(desk) => desk,
                Err(error) => return Ok(Err(error)),
            };
            let ended = self
                .wait(async { desk.destroy_bridge(&known.uniqueid).await })
                .await;
            if let Some(controls) = &mut self.controls {
                controls.bridges.0.retain(|own| **own != *known.uniqueid);
            }
            Ok(ended.map_err(|_| Error::Gone))
        })
    }

    async fn drop(&mut self, bridge: Resource<Bridge>) -> wasmtime::Result<()> {
        self.drop_handle(bridge)
    }
}

impl GuestState {
    /// Whether it has as many bridges as it may; those that ended by themselves do not count.
    async fn has_all_its_bridges(&mut self) -> bool {
        let Some(controls) = &self.controls else {
            return true;
        };
        let most = match controls.application {
            Some(_) => APPLICATION_BRIDGES_MAX,
            None => OWN_BRIDGES_MAX,
        };
        if controls.bridges.0.len() < most {
            return false;
        }
        let (known, desk) = (controls.bridges.0.clone(), controls.desk.clone());
        let living = self
            .wait(async {
                let mut living = Vec::with_capacity(known.len());
                for uniqueid in known {
                    if desk.bridge(&uniqueid).await.is_ok() {
                        living.push(uniqueid);
                    }
                }
                living
            })
            .await;
        let is_full = living.len() >= most;
        if let Some(controls) = &mut self.controls {
            controls.bridges.0 = living;
        }
        is_full
    }

    async fn bridge_music(&mut self, bridge: &Resource<Bridge>, class: Option<Arc<str>>) -> Answer<()> {
        let (desk, known) = (self.desk(), self.bridge(bridge)?);
        let desk = match desk {
            Ok(desk) => desk,
            Err(error) => return Ok(Err(error)),
        };
        let changed = self
            .wait(async { desk.bridge_music(&known.uniqueid, class).await })
            .await;
        Ok(changed.map(drop).map_err(desk_refused))
    }

    async fn play_in_bridge(
        &mut self,
        uniqueid: &str,
        items: Vec<MediaItem>,
        options: &PlayOptions,
    ) -> Result<Playback, Error> {
        let desk = self.desk()?;
        // The bridge has a language of its own to look names up in.
        let parts = as_loud(self.parts(&items, "").await?, &options.attrs);
        let [sounds] = parts.as_slice() else {
            let why = "items: sounds, or one tone, are played in a bridge";
            return Err(Error::Invalid(why.to_owned()));
        };
        let begun = self
            .wait(async {
                let reports = desk.reports().await.map_err(desk_refused)?;
                let playback = desk.bridge_play(uniqueid, sounds, &options.language).await;
                playback.map(|playback| (playback, reports)).map_err(desk_refused)
            })
            .await;
        let (playback, reports) = begun?;
        let (sender, end) = watch::channel(None);
        tokio::spawn(hear_playback(reports, playback, sender));
        Ok(Playback::in_bridge(desk, uniqueid.to_owned(), playback, end))
    }

    async fn record_in_bridge(&mut self, uniqueid: &str, spec: RecordSpec) -> Result<Recording, Error> {
        let desk = self.desk()?;
        let number = self.next_playback();
        let (name, order) = record_order(&self.plugin, &format!("{uniqueid}-{number}"), spec, false)?;
        let begun = self
            .wait(async {
                let reports = desk.reports().await?;
                let recording = desk.bridge_record(uniqueid, order.spec).await?;
                Ok((recording, reports))
            })
            .await;
        let (recording, reports) = begun.map_err(desk_refused)?;
        let (sender, end) = watch::channel(None);
        tokio::spawn(hear_recording(reports, recording, sender));
        Ok(Recording::in_bridge(desk, recording, name, end))
    }
}

/// Waits for a bridge's playback to end, as long as anybody wants to know.
async fn hear_playback(
    mut reports: Reports,
    playback: ucx_call::PlaybackId,
    end: watch::Sender<Option<telephony::Played>>,
) {
    let began = tokio::time::Instant::now();
    loop {
        let report = tokio::select! {
            report = reports.recv() => report,
            () = end.closed() => return,
        };
        match report {
            Some(Report::BridgePlaybackEnded {
                playback: ended,
                complete,
                ..
            }) if ended == playback => {
                end.send_replace(Some(telephony::Played {
                    ending: if complete {
                        Ending::Complete
                    } else {
                        Ending::Stopped
                    },
                    key: None,
                    position: began.elapsed(),
                    has_failed: false,
                }));
                return;
            }
            Some(
                Report::BridgePlaybackEnded { .. }
                | Report::RecordingStarted { .. }
                | Report::RecordingEnded { .. },
            ) => {}
            None => return,
        }
    }
}

/// Waits for a bridge's recording to end, as long as anybody wants to know.
async fn hear_recording(
    mut reports: Reports,
    recording: ucx_call::RecordingId,
    sender: watch::Sender<Option<telephony::Recorded>>,
) {
    loop {
        let report = tokio::select! {
            report = reports.recv() => report,
            () = sender.closed() => return,
        };
        match report {
            Some(Report::RecordingEnded {
                recording: ended,
                end,
            }) if ended == recording => {
                sender.send_replace(Some(match end {
                    RecordingEnd::Done {
                        duration, by_silence, ..
                    } => Ok((
                        if by_silence {
                            Ending::Silence
                        } else {
                            Ending::Complete
                        },
                        None,
                        duration,
                    )),
                    RecordingEnd::Cancelled => Err("it was thrown away"),
                    RecordingEnd::Failed(why) => Err(why),
                }));
                return;
            }
            Some(
                Report::RecordingEnded { .. }
                | Report::RecordingStarted { .. }
                | Report::BridgePlaybackEnded { .. },
            ) => {}
            None => return,
        }
    }
}

fn purpose(kind: &str) -> Result<BridgePurpose, Error> {
    let words = || kind.split(',').map(str::trim).filter(|word| !word.is_empty());
    let known = ["mixing", "holding", "dtmf_events", "proxy_media"];
    if let Some(word) = words().find(|word| !known.contains(word)) {
        return Err(Error::Invalid(format!(
            "kind: {word:?} is none of {}",
            known.join(", ")
        )));
    }
    Ok(if words().any(|word| word == "holding") {
        BridgePurpose::Holding
    } else {
        BridgePurpose::Mixing
    })
}

fn info(bridge: &BridgeSnapshot) -> BridgeInfo {
    BridgeInfo {
        id: bridge.uniqueid.to_string(),
        kind: match bridge.purpose {
            BridgePurpose::Mixing => "mixing",
            BridgePurpose::Holding => "holding",
        }
        .to_owned(),
        name: bridge.name.to_string(),
        channels: bridge.member_uniqueids.iter().map(ToString::to_string).collect(),
        attrs: vec![text_attr("technology", bridge.technology)],
    }
}

/// The bridges an instance made. With it those end that no leg is in.
pub(crate) struct OwnBridges(pub(crate) Vec<String>, pub(crate) Desk);

/// A UUID of version 4 from chance.
fn uuid(chance: [u8; 32]) -> String {
    let mut text = String::with_capacity(36);
    for (place, byte) in chance.into_iter().take(16).enumerate() {
        let byte = match place {
            6 => (byte & 0x0f) | 0x40,
            8 => (byte & 0x3f) | 0x80,
            _ => byte,
        };
        if matches!(place, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

/// How long the legs of an instance that is gone have time to leave its bridges.
const LEFT_AFTER: Duration = Duration::from_secs(1);

impl Drop for OwnBridges {
    fn drop(&mut self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        if self.0.is_empty() {
            return;
        }
        let (bridges, desk) = (std::mem::take(&mut self.0), self.1.clone());
        runtime.spawn(async move {
            tokio::time::sleep(LEFT_AFTER).await;
            for uniqueid in bridges {
                let is_empty = desk
                    .bridge(&uniqueid)
                    .await
                    .is_ok_and(|bridge| bridge.members.is_empty());
                if is_empty {
                    // It may have ended by itself, which is as well.
                    let _ = desk.destroy_bridge(&uniqueid).await;
                }
            }
        });
    }
}
