//! What a channel hears: relays, tones, and sounds once they are loaded.

use crate::control::Control;
use crate::media::MediaDriver;
use crate::sounds::{LoadedSounds, SoundSource};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use ucx_call::{ChannelId, PlaybackId, Signal, Source, Tone};
use ucx_media::{Command, Repeat, StreamId, ToneSpec};

/// Loads that may wait to be taken; their tasks wait with them.
const LOADED_MAX: usize = 64;

/// What a load is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Stream {
        stream: StreamId,
        channel: ChannelId,
        playback: PlaybackId,
        owner: ChannelId,
    },
    Unheard {
        playback: PlaybackId,
        owner: ChannelId,
    },
}

/// Sounds on their way into memory.
pub(crate) struct Loads {
    source: Rc<dyn SoundSource>,
    done: mpsc::Sender<(Purpose, LoadedSounds)>,
    finished: mpsc::Receiver<(Purpose, LoadedSounds)>,
    /// Streams of calls under way; a load for another one is dropped when it comes.
    wanted: Vec<(StreamId, PlaybackId)>,
}

impl Loads {
    pub(crate) fn new(source: Rc<dyn SoundSource>) -> Self {
        let (done, finished) = mpsc::channel(LOADED_MAX);
        Self {
            source,
            done,
            finished,
            wanted: Vec::new(),
        }
    }

    pub(crate) fn start(&mut self, purpose: Purpose, sounds: Arc<[Arc<str>]>, language: Arc<str>) {
        if let Purpose::Stream { stream, playback, .. } = purpose {
            self.wanted.push((stream, playback));
        }
        let (load, done) = (self.source.load(sounds, language), self.done.clone());
        // The task ends with its load, or with the control loop that owns the receiver.
        tokio::task::spawn_local(async move {
            let loaded = load.await;
            let _ = done.send((purpose, loaded)).await;
        });
    }

    /// The stream wants nothing any more; answers the playbacks that will not begin.
    pub(crate) fn forget(&mut self, stream: StreamId) -> Vec<PlaybackId> {
        let forgotten = self.wanted.extract_if(.., |(wanted, _)| *wanted == stream);
        forgotten.map(|(_, playback)| playback).collect()
    }

    fn take(&mut self, stream: StreamId, playback: PlaybackId) -> bool {
        let before = self.wanted.len();
        self.wanted.retain(|wanted| *wanted != (stream, playback));
        self.wanted.len() < before
    }

    /// The next load that is done. Cancel safe.
    pub(crate) async fn next(&mut self) -> Option<(Purpose, LoadedSounds)> {
        self.finished.recv().await
    }
}

impl<M: MediaDriver> Control<M> {
    /// The next load that is done, for [`Self::handle_loaded`]. Cancel safe.
    pub(crate) async fn loaded(&mut self) -> Option<(Purpose, LoadedSounds)> {
        self.loads.next().await
    }

    pub(crate) fn handle_loaded(&mut self, purpose: Purpose, loaded: LoadedSounds) {
        for name in &loaded.missing {
            tracing::warn!(sound = %name, "there is no such sound");
        }
        let is_there = !loaded.sounds.is_empty();
        match purpose {
            Purpose::Unheard { playback, owner } => {
                let length: Duration = loaded.sounds.iter().map(|sound| sound.duration()).sum();
                if is_there {
                    self.lost.add(self.now() + length, owner, playback);
                } else {
                    self.pbx.signal(
                        owner,
                        Signal::PlaybackEnded {
                            playback,
                            complete: false,
                        },
                    );
                }
            }
            Purpose::Stream {
                stream,
                channel,
                playback,
                owner,
            } => {
                if !self.loads.take(stream, playback) {
                    return;
                }
                if is_there {
                    let sounds = loaded.sounds;
                    self.media.command(Command::Play {
                        stream,
                        playback: playback.0,
                        sounds,
                        repeat: Repeat::Times(1),
                    });
                    if let Some(call) = self.calls.get_mut(&channel) {
                        call.playing = Some(playback);
                    }
                } else {
                    self.owners.remove(&playback);
                    self.pbx.signal(
                        owner,
                        Signal::PlaybackEnded {
                            playback,
                            complete: false,
                        },
                    );
                }
            }
        }
        self.settle();
    }

    pub(crate) fn playback_ended(&mut self, playback: PlaybackId, complete: bool) {
        if let Some(owner) = self.owners.remove(&playback) {
            self.pbx
                .signal(owner, Signal::PlaybackEnded { playback, complete });
        }
    }

    /// Lets a channel hear something else from now on.
    pub(crate) fn hear(&mut self, channel: ChannelId, source: Source) {
        let Some(stream) = self.calls.get(&channel).map(|call| call.stream) else {
            return;
        };
        self.hush(channel);
        match source {
            Source::Silence | Source::Music(_) | Source::Mix(_) => {
                self.media.command(Command::StopListen { stream });
            }
            Source::Echo => self.media.command(Command::Echo { stream }),
            Source::Channel(peer) => {
                if let Some(from) = self.calls.get(&peer).map(|call| call.stream) {
                    self.media.command(Command::Listen { from, to: stream });
                }
            }
            Source::Tone(tone) => {
                self.media.command(Command::StopListen { stream });
                self.media.command(Command::Tone {
                    stream,
                    tone: tone_spec(tone),
                });
                if let Some(call) = self.calls.get_mut(&channel) {
                    call.has_tone = true;
                }
            }
            Source::Playback {
                playback,
                owner,
                sounds,
                language,
            } => {
                self.media.command(Command::StopListen { stream });
                self.owners.insert(playback, owner);
                self.loads.start(
                    Purpose::Stream {
                        stream,
                        channel,
                        playback,
                        owner,
                    },
                    sounds,
                    language,
                );
            }
        }
    }

    /// Ends what the host itself plays to a channel.
    fn hush(&mut self, channel: ChannelId) {
        let Some(call) = self.calls.get_mut(&channel) else {
            return;
        };
        let stream = call.stream;
        if let Some(playback) = call.playing.take() {
            self.owners.remove(&playback);
            self.media.command(Command::StopPlay {
                stream,
                playback: playback.0,
            });
        }
        if std::mem::take(&mut call.has_tone) {
            self.media.command(Command::StopTone { stream });
        }
        self.forget_playbacks(stream);
    }

    /// Playbacks that wait for their sounds on a stream will not begin.
    pub(crate) fn forget_playbacks(&mut self, stream: StreamId) {
        for playback in self.loads.forget(stream) {
            self.owners.remove(&playback);
        }
    }
}

fn tone_spec(tone: Tone) -> ToneSpec {
    match tone {
        Tone::Ringing => ToneSpec::ringback(),
        Tone::Busy => ToneSpec::busy(),
        Tone::Congestion => ToneSpec::congestion(),
    }
}
