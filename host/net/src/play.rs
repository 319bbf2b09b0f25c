//! What channels and bridges hear: relays, mixes, tones, music, and sounds once they are loaded.

mod hush;

use crate::control::Control;
use crate::media::MediaDriver;
use crate::recorder::Written;
use crate::sounds::{LoadedSounds, SoundSource};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use ucx_call::{BridgeId, ChannelId, Part, PlaybackControl, PlaybackId, Report, Signal, Source, Tone};
use ucx_config::indications::Indications;
use ucx_media::{Command, MixId, Repeat, Sound, StreamId, ToneSpec};

/// Loads that may wait to be taken; their tasks wait with them.
const LOADED_MAX: usize = 64;
/// Playbacks the host makes up itself (music, beeps) are numbered from here; the switch's never get there.
const OWN_PLAYBACKS: u64 = 1 << 63;
/// How the names of tones begin where sounds are asked for.
const TONE: &str = "tone:";

/// Where something is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spot {
    Stream { stream: StreamId, channel: ChannelId },
    Mix(BridgeId),
}

/// Who is told of a playback's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    Channel(ChannelId),
    Bridge(BridgeId),
}

/// What a load is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    At { spot: Spot, playback: PlaybackId },
    Unheard { playback: PlaybackId, owner: ChannelId },
}

/// What others did for the control loop.
pub(crate) enum Finished {
    Loaded(Purpose, LoadedSounds),
    Written(Written),
    Resolved(String, Option<IpAddr>),
}

/// Sounds on their way into memory.
pub(crate) struct Loads {
    source: Rc<dyn SoundSource>,
    done: mpsc::Sender<Finished>,
    finished: mpsc::Receiver<Finished>,
    /// What is waited for; a load for another one is dropped when it comes.
    wanted: Vec<(Spot, PlaybackId)>,
    own: u64,
}

impl Loads {
    pub(crate) fn new(source: Rc<dyn SoundSource>) -> Self {
        let (done, finished) = mpsc::channel(LOADED_MAX);
        Self {
            source,
            done,
            finished,
            wanted: Vec::new(),
            own: OWN_PLAYBACKS,
        }
    }

    /// A way to tell the control loop what was done.
    pub(crate) fn teller(&self) -> mpsc::Sender<Finished> {
        self.done.clone()
    }

    pub(crate) fn start(&mut self, purpose: Purpose, sounds: Arc<[Arc<str>]>, language: Arc<str>) {
        let load = crate::sounds::load_as_loud(&*self.source, sounds, language);
        self.await_load(purpose, load);
    }

    fn start_music(&mut self, purpose: Purpose, class: Arc<str>) {
        let load = self.source.music(class);
        self.await_load(purpose, load);
    }

    fn await_load(&mut self, purpose: Purpose, load: crate::sounds::Loading) {
        if let Purpose::At { spot, playback } = purpose {
            self.wanted.push((spot, playback));
        }
        let done = self.done.clone();
        // The task ends with its load, or with the control loop that owns the receiver.
        tokio::task::spawn_local(async move {
            let loaded = load.await;
            let _ = done.send(Finished::Loaded(purpose, loaded)).await;
        });
    }

    /// The spot wants nothing any more; answers the playbacks that will not begin.
    fn forget(&mut self, spot: Spot) -> Vec<PlaybackId> {
        let forgotten = self.wanted.extract_if(.., |(wanted, _)| *wanted == spot);
        forgotten.map(|(_, playback)| playback).collect()
    }

    fn take(&mut self, spot: Spot, playback: PlaybackId) -> bool {
        let before = self.wanted.len();
        self.wanted.retain(|wanted| *wanted != (spot, playback));
        self.wanted.len() < before
    }

    fn own_playback(&mut self) -> PlaybackId {
        self.own += 1;
        PlaybackId(self.own)
    }

    /// The next load that is done. Cancel safe.
    async fn next(&mut self) -> Option<Finished> {
        self.finished.recv().await
    }
}

/// What is played in a mix, by bridge.
pub(crate) type MixPlaybacks = BTreeMap<BridgeId, Option<PlaybackId>>;

impl<M: MediaDriver> Control<M> {
    /// Takes the tones of countries.
    #[must_use]
    pub fn with_indications(mut self, indications: Indications) -> Self {
        self.indications = indications;
        self
    }

    /// The next thing others did, for [`Self::handle_finished`]. Cancel safe.
    pub(crate) async fn finished(&mut self) -> Option<Finished> {
        self.loads.next().await
    }

    pub(crate) fn handle_finished(&mut self, finished: Finished) {
        match finished {
            Finished::Loaded(purpose, loaded) => self.handle_loaded(purpose, loaded),
            Finished::Written(written) => self.handle_written(written),
            Finished::Resolved(name, address) => self.handle_resolved(&name, address),
        }
        self.settle();
    }

    fn handle_loaded(&mut self, purpose: Purpose, loaded: LoadedSounds) {
        for name in &loaded.missing {
            tracing::warn!(sound = %name, "there is no such sound");
        }
        let sounds = loaded.sounds;
        match purpose {
            Purpose::Unheard { playback, owner } => {
                let length: Duration = sounds.iter().map(|sound| sound.duration()).sum();
                if sounds.is_empty() {
                    let complete = false;
                    self.pbx
                        .signal(owner, Signal::PlaybackEnded { playback, complete });
                } else {
                    self.lost.add(self.now() + length, owner, playback);
                }
            }
            Purpose::At { spot, playback } => {
                if !self.loads.take(spot, playback) {
                    return;
                }
                let repeat = if playback.0 >= OWN_PLAYBACKS {
                    Repeat::Forever
                } else {
                    Repeat::Times(1)
                };
                if sounds.is_empty() {
                    self.playback_ended(playback, false);
                } else {
                    self.begin(spot, playback, sounds, repeat);
                }
            }
        }
    }

    fn begin(&mut self, spot: Spot, playback: PlaybackId, sounds: Vec<Arc<Sound>>, repeat: Repeat) {
        match spot {
            Spot::Stream { stream, channel } => {
                let Some(call) = self.calls.get_mut(&channel) else {
                    return;
                };
                call.playing = Some(playback);
                self.media.command(Command::Play {
                    stream,
                    playback: playback.0,
                    sounds,
                    repeat,
                });
            }
            Spot::Mix(bridge) => {
                let Some(playing) = self.mixes.get_mut(&bridge) else {
                    return;
                };
                *playing = Some(playback);
                self.media.command(Command::PlayInMix {
                    mix: MixId(bridge.0),
                    playback: playback.0,
                    sounds,
                    repeat,
                });
            }
        }
    }

    /// A short tone before a recording, where nothing else is played.
    pub(crate) fn beep(&mut self, spot: Spot) {
        let is_free = match spot {
            Spot::Stream { channel, .. } => self
                .calls
                .get(&channel)
                .is_some_and(|call| call.playing.is_none() && !call.has_tone),
            Spot::Mix(bridge) => self.mixes.get(&bridge).is_some_and(Option::is_none),
        };
        if is_free {
            let playback = self.loads.own_playback();
            self.begin(spot, playback, vec![crate::sounds::beep()], Repeat::Times(1));
        }
    }

    pub(crate) fn playback_ended(&mut self, playback: PlaybackId, complete: bool) {
        match self.owners.remove(&playback) {
            Some(Owner::Channel(owner)) => self
                .pbx
                .signal(owner, Signal::PlaybackEnded { playback, complete }),
            Some(Owner::Bridge(bridge)) => self.pbx.report(Report::BridgePlaybackEnded {
                bridge,
                playback,
                complete,
            }),
            None => {}
        }
    }

    /// A playback of a mix came to its end.
    pub(crate) fn mix_playback_ended(&mut self, mix: MixId, playback: u64, complete: bool) {
        let playback = PlaybackId(playback);
        if let Some(playing) = self.mixes.get_mut(&BridgeId(mix.0)) {
            playing.take_if(|playing| *playing == playback);
        }
        self.playback_ended(playback, complete);
    }

    /// Changes how a playback goes; one that does not run is passed over.
    pub(crate) fn control_playback(&mut self, wanted: PlaybackId, control: PlaybackControl) {
        let (playback, control) = (wanted.0, media_control(control));
        let call = self.calls.values().find(|call| call.playing == Some(wanted));
        if let Some(stream) = call.map(|call| call.stream) {
            self.media.command(Command::ControlPlay {
                stream,
                playback,
                control,
            });
            return;
        }
        let mix = self.mixes.iter().find(|(_, playing)| **playing == Some(wanted));
        if let Some(mix) = mix.map(|(bridge, _)| MixId(bridge.0)) {
            self.media.command(Command::ControlPlayInMix {
                mix,
                playback,
                control,
            });
        }
    }

    /// Lets a channel hear something else from now on.
    pub(crate) fn hear(&mut self, channel: ChannelId, source: Source) {
        let Some(stream) = self.calls.get(&channel).map(|call| call.stream) else {
            return;
        };
        self.hush(channel);
        let spot = Spot::Stream { stream, channel };
        match source {
            Source::Silence => self.media.command(Command::StopListen { stream }),
            Source::Echo => self.media.command(Command::Echo { stream }),
            Source::Channel(peer) => {
                if let Some(from) = self.calls.get(&peer).map(|call| call.stream) {
                    self.media.command(Command::Listen { from, to: stream });
                    if let Some(call) = self.calls.get_mut(&channel) {
                        call.hears = Some(peer);
                    }
                }
            }
            Source::Mix(bridge) => {
                let mix = MixId(bridge.0);
                self.media.command(Command::HearMix { stream, mix });
                if let Some(call) = self.calls.get_mut(&channel) {
                    call.hears_mix = Some(bridge);
                }
            }
            Source::Tone(tone) => {
                let tone = self.tone_of(tone);
                self.media.command(Command::StopListen { stream });
                self.media.command(Command::Tone { stream, tone });
                if let Some(call) = self.calls.get_mut(&channel) {
                    call.has_tone = true;
                }
            }
            Source::Music(class) => {
                self.media.command(Command::StopListen { stream });
                self.play_music(spot, class);
            }
            Source::Playback {
                playback,
                owner,
                sounds,
                language,
            } => {
                self.media.command(Command::StopListen { stream });
                self.owners.insert(playback, Owner::Channel(owner));
                self.play(spot, playback, sounds, language);
            }
        }
    }

    /// Says whose voices the mix of a bridge has, and what else is heard in it.
    pub(crate) fn mix(&mut self, bridge: BridgeId, members: &Arc<[Part]>, also: Source) {
        let mix = MixId(bridge.0);
        if members.is_empty() && also == Source::Silence {
            self.hush_mix(bridge);
            self.end_bridge_recordings(bridge);
            self.mixes.remove(&bridge);
            self.voices.remove(&bridge);
            self.media.command(Command::CloseMix { mix });
            return;
        }
        let is_new = !self.mixes.contains_key(&bridge);
        self.mixes.entry(bridge).or_default();
        self.set_voices(bridge, members);
        if is_new {
            // Whoever heard it while there was nothing in it was not forgotten by the switch.
            let hearers = self.calls.values().filter(|call| call.hears_mix == Some(bridge));
            for stream in hearers.map(|call| call.stream).collect::<Vec<_>>() {
                self.media.command(Command::HearMix { stream, mix });
            }
        }
        if let Source::Playback { playback, .. } = &also
            && self.is_wanted_in_mix(bridge, *playback)
        {
            return;
        }
        self.hush_mix(bridge);
        let spot = Spot::Mix(bridge);
        match also {
            Source::Playback {
                playback,
                sounds,
                language,
                ..
            } => {
                // One that a channel hears as well is the channel's.
                self.owners.entry(playback).or_insert(Owner::Bridge(bridge));
                self.play(spot, playback, sounds, language);
            }
            Source::Music(class) => self.play_music(spot, class),
            Source::Tone(tone) => {
                let tone = self.tone_of(tone);
                self.media.command(Command::ToneInMix { mix, tone });
            }
            Source::Silence | Source::Channel(_) | Source::Echo | Source::Mix(_) => {}
        }
    }

    /// Whether the playback runs in the mix already, or waits for its sounds: other members do not begin it anew.
    fn is_wanted_in_mix(&self, bridge: BridgeId, playback: PlaybackId) -> bool {
        self.mixes.get(&bridge) == Some(&Some(playback))
            || self.loads.wanted.contains(&(Spot::Mix(bridge), playback))
    }

    fn play(&mut self, spot: Spot, playback: PlaybackId, sounds: Arc<[Arc<str>]>, language: Arc<str>) {
        if let [only] = &*sounds
            && let Some(tone) = only.strip_prefix(TONE)
        {
            match self.named_tone(tone).map(|tone| tone.sounds()) {
                Some((sounds, repeat)) => self.begin(spot, playback, sounds, repeat),
                None => self.playback_ended(playback, false),
            }
            return;
        }
        self.loads.start(Purpose::At { spot, playback }, sounds, language);
    }

    /// Lets the time of a playback pass that a channel without media is to hear. A tone that repeats has no end.
    pub(crate) fn play_unheard(
        &mut self,
        playback: PlaybackId,
        owner: ChannelId,
        sounds: Arc<[Arc<str>]>,
        language: Arc<str>,
    ) {
        if let [only] = &*sounds
            && let Some(tone) = only.strip_prefix(TONE)
        {
            match self.named_tone(tone).map(|tone| tone.sounds()) {
                Some((_, Repeat::Forever | Repeat::Last)) => {}
                Some((sounds, Repeat::Times(times))) => {
                    let length: Duration = sounds.iter().map(|sound| sound.duration()).sum();
                    self.lost.add(self.now() + length * times, owner, playback);
                }
                None => self.pbx.signal(
                    owner,
                    Signal::PlaybackEnded {
                        playback,
                        complete: false,
                    },
                ),
            }
            return;
        }
        self.loads
            .start(Purpose::Unheard { playback, owner }, sounds, language);
    }

    fn play_music(&mut self, spot: Spot, class: Arc<str>) {
        let playback = self.loads.own_playback();
        self.loads.start_music(Purpose::At { spot, playback }, class);
    }

    /// `ring`, `ring;tonezone=us`, or a cadence itself.
    fn named_tone(&self, text: &str) -> Option<ToneSpec> {
        let (name, zone) = match text.split_once(';') {
            Some((name, rest)) => (name, rest.strip_prefix("tonezone=")),
            None => (text, None),
        };
        let cadence = self.indications.tone(zone, name).unwrap_or(name);
        let tone = cadence.parse();
        tone.inspect_err(|error| tracing::warn!(tone = text, %error, "there is no such tone"))
            .ok()
    }

    fn tone_of(&self, tone: Tone) -> ToneSpec {
        let (name, usual): (_, fn() -> ToneSpec) = match tone {
            Tone::Ringing => ("ring", ToneSpec::ringback),
            Tone::Busy => ("busy", ToneSpec::busy),
            Tone::Congestion => ("congestion", ToneSpec::congestion),
        };
        let own = self
            .indications
            .tone(None, name)
            .and_then(|cadence| cadence.parse().ok());
        own.unwrap_or_else(usual)
    }
}

fn media_control(control: PlaybackControl) -> ucx_media::PlaybackControl {
    use ucx_media::PlaybackControl as Media;
    match control {
        PlaybackControl::Pause => Media::Pause,
        PlaybackControl::Unpause => Media::Unpause,
        PlaybackControl::Restart => Media::Restart,
        PlaybackControl::Forward(by) => Media::Forward(by),
        PlaybackControl::Reverse(by) => Media::Reverse(by),
    }
}
