//! Phones that do as they are told.

use crate::Technologies;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{
    Action, BridgeId, Cause, ChannelId, Party, PlaybackId, RecordingControl, RecordingEnd, RecordingId,
    Referral, Report, Signal, Source,
};
use ucx_switch::DialTarget;

/// How long a sound is.
const SOUND: Duration = Duration::from_secs(1);

/// How long a phone takes to do anything.
const REACTION: Duration = Duration::from_millis(50);

/// What a phone does when it is called.
#[derive(Clone, Copy, Debug)]
pub enum Phone {
    /// It rings, and answers after that long.
    Answers(Duration),
    /// It rings, answers after that long, and hangs up after that long.
    AnswersAndLeaves(Duration, Duration),
    /// It rings and nobody comes.
    Rings,
    /// It refuses at once.
    Refuses(Cause),
}

/// What a driver reports.
pub(super) enum Due {
    Signal(ChannelId, Signal),
    Report(Report),
}

#[derive(Default)]
pub(super) struct Phones {
    known: BTreeMap<String, Phone>,
    due: BTreeMap<(Duration, u64), Due>,
    next: u64,
    /// Playbacks that bridges hear.
    in_bridges: BTreeSet<PlaybackId>,
    /// When each recording began.
    recordings: BTreeMap<RecordingId, Duration>,
    /// What the drivers were asked to do, in order.
    pub actions: Vec<Action>,
}

impl Phones {
    pub fn add(&mut self, endpoint: &str, does: Phone) {
        self.known.insert(endpoint.to_owned(), does);
    }

    pub fn next_at(&self) -> Option<Duration> {
        self.due.keys().next().map(|(at, _)| *at)
    }

    pub fn due(&mut self, now: Duration) -> Option<Due> {
        let first = self.due.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }

    pub fn carry_out(&mut self, now: Duration, action: &Action) {
        self.actions.push(action.clone());
        match action {
            Action::Dial {
                channel, endpoint, ..
            } => self.ring(now, *channel, endpoint),
            Action::Hear {
                source:
                    Source::Playback {
                        playback,
                        owner,
                        sounds,
                        ..
                    },
                ..
            }
            | Action::PlayUnheard {
                playback,
                owner,
                sounds,
                ..
            } => {
                let (length, complete) = length(sounds);
                self.later(
                    now + length,
                    *owner,
                    Signal::PlaybackEnded {
                        playback: *playback,
                        complete,
                    },
                );
            }
            Action::SendDigits {
                channel,
                digits,
                length,
                gap,
            } => {
                let time = (*length + *gap) * u32::try_from(digits.len()).unwrap();
                self.later(now + time, *channel, Signal::DigitsSent);
            }
            Action::Hangup { channel, .. } => self
                .due
                .retain(|_, due| !matches!(due, Due::Signal(of, _) if of == channel)),
            Action::Mix { bridge, also, .. } => self.play_in(now, *bridge, also),
            Action::Record { recording, spec, .. } => self.record(now, *recording, spec.max_duration),
            Action::ControlRecording {
                recording,
                control: RecordingControl::Stop,
            } => self.stop_recording(now, *recording),
            Action::OpenRtp { channel, .. } => self.later(now + REACTION, *channel, Signal::Answered),
            Action::Deflect { channel, .. } => self.deflect(now, *channel),
            Action::Refer { channel, target } => self.refer(now, *channel, target),
            Action::Answer { channel } => self.later(now, *channel, Signal::Heard),
            Action::Indicate { .. }
            | Action::Hear { .. }
            | Action::ControlPlayback { .. }
            | Action::Mute { .. }
            | Action::Whisper { .. }
            | Action::Measure { .. }
            | Action::ControlRecording { .. }
            | Action::Listen { .. }
            | Action::Message { .. }
            | Action::SendText { .. }
            | Action::Hold { .. }
            | Action::AddHeader { .. }
            | Action::StopListening { .. }
            | Action::Qualify { .. }
            | Action::Register { .. }
            | Action::Notify { .. } => {}
        }
    }

    /// A phone goes where it is sent if that is `sip:there@…`; else it stays.
    fn refer(&mut self, now: Duration, channel: ChannelId, target: &str) {
        if !target.starts_with("sip:there@") {
            self.later(now + REACTION, channel, Signal::Referred(Referral::Failed(603)));
            return;
        }
        self.later(now + REACTION, channel, Signal::Referred(Referral::Accepted(202)));
        self.later(
            now + REACTION * 2,
            channel,
            Signal::Referred(Referral::Arrived(200)),
        );
    }

    fn deflect(&mut self, now: Duration, channel: ChannelId) {
        self.later(now, channel, Signal::ProtocolCause(302));
        let cause = Cause::REDIRECTED_TO_NEW_DESTINATION;
        self.later(now, channel, Signal::HungUp(cause));
    }

    fn ring(&mut self, now: Duration, channel: ChannelId, endpoint: &str) {
        let ringing_at = now + REACTION;
        match self
            .known
            .get(endpoint)
            .copied()
            .expect("only phones that are there are called")
        {
            Phone::Answers(after) => {
                self.later(ringing_at, channel, Signal::Ringing);
                self.later(now + after, channel, Signal::Answered);
            }
            Phone::AnswersAndLeaves(after, talk) => {
                self.later(ringing_at, channel, Signal::Ringing);
                self.later(now + after, channel, Signal::Answered);
                self.later(
                    now + after + talk,
                    channel,
                    Signal::HungUp(Cause::NORMAL_CLEARING),
                );
            }
            Phone::Rings => self.later(ringing_at, channel, Signal::Ringing),
            Phone::Refuses(cause) => self.later(ringing_at, channel, Signal::Failed(cause)),
        }
    }

    fn play_in(&mut self, now: Duration, bridge: BridgeId, also: &Source) {
        let Source::Playback { playback, sounds, .. } = also else {
            return;
        };
        if self.in_bridges.insert(*playback) {
            let (length, complete) = length(sounds);
            let ended = Report::BridgePlaybackEnded {
                bridge,
                playback: *playback,
                complete,
            };
            self.push(now + length, Due::Report(ended));
        }
    }

    fn record(&mut self, now: Duration, recording: RecordingId, most: Option<Duration>) {
        self.recordings.insert(recording, now);
        self.push(
            now + REACTION,
            Due::Report(Report::RecordingStarted { recording }),
        );
        if let Some(most) = most {
            self.push(now + most, Due::Report(self.recorded(recording, now + most)));
        }
    }

    fn stop_recording(&mut self, now: Duration, recording: RecordingId) {
        self.due.retain(
            |_, due| !matches!(due, Due::Report(Report::RecordingEnded { recording: of, .. }) if *of == recording),
        );
        self.push(now, Due::Report(self.recorded(recording, now)));
    }

    fn recorded(&self, recording: RecordingId, until: Duration) -> Report {
        let began_at = self.recordings.get(&recording).copied().unwrap_or(until);
        Report::RecordingEnded {
            recording,
            end: RecordingEnd::Done {
                duration: until - began_at,
                talking: until - began_at,
                silence: Duration::ZERO,
                by_silence: false,
            },
        }
    }

    fn later(&mut self, at: Duration, channel: ChannelId, signal: Signal) {
        self.push(at, Due::Signal(channel, signal));
    }

    fn push(&mut self, at: Duration, due: Due) {
        self.next += 1;
        self.due.insert((at, self.next), due);
    }
}

/// How long sounds are, and whether all can be played.
fn length(sounds: &[Arc<str>]) -> (Duration, bool) {
    if sounds.iter().any(|sound| &**sound == "missing") {
        return (REACTION, false);
    }
    (SOUND * u32::try_from(sounds.len()).unwrap(), true)
}

/// Which phones there are.
pub(super) struct Directory(pub Rc<RefCell<Phones>>);

impl Technologies for Directory {
    fn resolve(&self, technology: &str, resource: &str) -> Vec<DialTarget> {
        let endpoint: Arc<str> = Arc::from(resource);
        if technology != "PJSIP" {
            return vec![crate::dial_string::unknown(resource)];
        }
        if !self.0.borrow().known.contains_key(resource) {
            return vec![DialTarget::Unavailable {
                endpoint,
                cause: Cause::SUBSCRIBER_ABSENT,
            }];
        }
        vec![DialTarget::Endpoint {
            target: Arc::from(format!("sip:{resource}@192.0.2.1")),
            context: Arc::from("main"),
            caller: Party::new("", resource),
            endpoint,
            language: None,
            account: None,
        }]
    }
}
