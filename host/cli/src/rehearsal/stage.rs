//! Who is around the host in a rehearsal? Phones that do as the scenario says, callers with a script, sounds of a known
//! length; and what all of them did, in words.

use super::scenario::{Call, Phone, Surroundings};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{
    Action, Cause, ChannelId, Party, Place, PlaybackId, RecordingControl, RecordingEnd, RecordingId, Report,
    Signal, Source,
};
use ucx_pbx::Technologies;
use ucx_switch::DialTarget;

use super::scenario::CONTEXT;

/// How long a sound is of which the scenario says nothing.
const SOUND: Duration = Duration::from_secs(1);
/// How long phones and drivers take to do anything.
const REACTION: Duration = Duration::from_millis(50);
/// How long somebody talks who was not told how long.
const TALK: Duration = Duration::from_secs(10);
/// How long a pressed key is down.
const KEY: Duration = Duration::from_millis(100);
/// Things that are told of; later ones are done and not told.
const TOLD_MAX: usize = 10_000;

/// Something that falls due.
pub enum Due {
    Signal(ChannelId, Signal),
    Report(Report),
    /// A sound begins on a channel.
    Sound(ChannelId, PlaybackId, Arc<str>),
    /// Words, when a signal says too little.
    Told(String),
}

/// Everybody around the host. Clones are the same stage.
#[derive(Clone, Default)]
pub struct Stage(Rc<RefCell<State>>);

#[derive(Default)]
struct State {
    phones: BTreeMap<String, Phone>,
    sounds: BTreeMap<String, Duration>,
    due: BTreeMap<(Duration, u64), Due>,
    next: u64,
    recordings: BTreeMap<RecordingId, Duration>,
    /// Callers with a script.
    callers: BTreeMap<ChannelId, Caller>,
    endpoints: BTreeMap<ChannelId, Arc<str>>,
    told: Vec<(Duration, String)>,
}

/// What was seen of a caller.
#[derive(Clone, Debug, Default)]
pub struct Caller {
    pub played: Vec<String>,
    pub is_answered: bool,
    /// Where the call went on.
    pub arrived: Option<Place>,
    pub hung_up: bool,
}

impl Stage {
    pub fn new(around: &Surroundings) -> Self {
        let sounds = around
            .sounds
            .iter()
            .map(|(name, length)| (name.clone(), length.0));
        Self(Rc::new(RefCell::new(State {
            phones: around.phones.clone(),
            sounds: sounds.collect(),
            ..State::default()
        })))
    }

    /// A caller came in and will do as its script says.
    pub fn calls(&self, now: Duration, channel: ChannelId, call: &Call) {
        let mut state = self.0.borrow_mut();
        state.callers.insert(channel, Caller::default());
        state.endpoints.insert(channel, Arc::from(call.from.as_str()));
        state.tell(now, format!("{} calls {}", call.from, call.dialled));
        for press in &call.digits {
            let mut at = now + press.at.0;
            state.push(at, Due::Told(format!("{} presses {}", call.from, press.press)));
            for digit in press.press.chars() {
                state.later(at, channel, Signal::DigitBegan(digit));
                at += KEY;
                state.later(at, channel, Signal::DigitEnded(digit, KEY));
            }
        }
        if let Some(at) = call.hangs_up {
            state.later(now + at.0, channel, Signal::HungUp(Cause::NORMAL_CLEARING));
        }
    }

    /// A call goes on in the dialplan; false for one that is no caller's.
    pub fn arrived(&self, now: Duration, channel: ChannelId, place: &Place) -> bool {
        let mut state = self.0.borrow_mut();
        let Some(caller) = state.callers.get_mut(&channel) else {
            return false;
        };
        caller.arrived.get_or_insert_with(|| place.clone());
        state.tell(
            now,
            format!("goes on at {},{},{}", place.context, place.exten, place.priority),
        );
        true
    }

    /// What was seen of a caller.
    pub fn caller(&self, channel: ChannelId) -> Caller {
        self.0.borrow().callers.get(&channel).cloned().unwrap_or_default()
    }

    /// What happened, in words.
    pub fn told(&self) -> Vec<(Duration, String)> {
        self.0.borrow().told.clone()
    }

    pub fn next_at(&self) -> Option<Duration> {
        self.0.borrow().due.keys().next().map(|(at, _)| *at)
    }

    /// The next signal or report that is due; what is due of words and sounds is noted on the way.
    pub fn due(&self, now: Duration) -> Option<Due> {
        let mut state = self.0.borrow_mut();
        loop {
            let first = state.due.first_entry()?;
            let at = first.key().0;
            if at > now {
                return None;
            }
            match first.remove() {
                Due::Told(words) => state.tell(at, words),
                Due::Sound(channel, _, sound) => state.sound(at, channel, &sound),
                Due::Signal(channel, signal) => {
                    state.note(at, channel, &signal);
                    return Some(Due::Signal(channel, signal));
                }
                report @ Due::Report(_) => return Some(report),
            }
        }
    }

    /// Carries out what the host wants of its drivers.
    pub fn carry_out(&self, now: Duration, action: &Action) {
        self.0.borrow_mut().carry_out(now, action);
    }
}

impl State {
    #[allow(
        clippy::wildcard_enum_match_arm,
        reason = "a rehearsal answers what has an answer; the rest is for real drivers"
    )]
    fn carry_out(&mut self, now: Duration, action: &Action) {
        match action {
            Action::Dial {
                channel, endpoint, ..
            } => self.ring(now, *channel, endpoint),
            Action::Hear { channel, source } => self.hear(now, *channel, source),
            Action::PlayUnheard {
                playback,
                owner,
                sounds,
                ..
            } => {
                self.play(now, *owner, *owner, *playback, sounds);
            }
            Action::Mix {
                bridge,
                also:
                    Source::Playback {
                        playback,
                        owner,
                        sounds,
                        ..
                    },
                ..
            } => {
                let (end, complete) = self.play_sounds(now, *owner, *playback, sounds);
                let (bridge, playback) = (*bridge, *playback);
                self.push(
                    end,
                    Due::Report(Report::BridgePlaybackEnded {
                        bridge,
                        playback,
                        complete,
                    }),
                );
            }
            Action::SendDigits {
                channel,
                digits,
                length,
                gap,
            } => {
                let keys = u32::try_from(digits.len()).unwrap_or(u32::MAX);
                self.later(
                    now + (*length + *gap).saturating_mul(keys),
                    *channel,
                    Signal::DigitsSent,
                );
            }
            Action::Hangup { channel, .. } => self.forget(*channel),
            Action::Record { recording, spec, .. } => self.record(now, *recording, spec.max_duration),
            Action::ControlRecording {
                recording,
                control: RecordingControl::Stop,
            } => {
                self.stop_recording(now, *recording);
            }
            Action::OpenRtp { channel, .. } => self.later(now + REACTION, *channel, Signal::Answered),
            Action::Deflect { channel, .. } => self.deflect(now, *channel),
            Action::Answer { channel } => self.answer(now, *channel),
            _ => {}
        }
    }

    fn deflect(&mut self, now: Duration, channel: ChannelId) {
        self.later(now, channel, Signal::ProtocolCause(302));
        let cause = Cause::REDIRECTED_TO_NEW_DESTINATION;
        self.later(now, channel, Signal::HungUp(cause));
    }

    fn answer(&mut self, now: Duration, channel: ChannelId) {
        if let Some(caller) = self.callers.get_mut(&channel) {
            caller.is_answered = true;
            self.tell(now, "is answered".to_owned());
        }
        self.later(now, channel, Signal::Heard);
    }

    fn ring(&mut self, now: Duration, channel: ChannelId, endpoint: &Arc<str>) {
        self.endpoints.insert(channel, endpoint.clone());
        let ringing_at = now + REACTION;
        let Some(phone) = self.phones.get(&**endpoint).copied() else {
            return self.later(ringing_at, channel, Signal::Failed(Cause::SUBSCRIBER_ABSENT));
        };
        if let Some(cause) = phone.refuses {
            return self.later(ringing_at, channel, Signal::Failed(Cause(cause)));
        }
        self.later(ringing_at, channel, Signal::Ringing);
        let Some(after) = phone.answers else { return };
        let answered_at = now + after.0.max(REACTION);
        self.later(answered_at, channel, Signal::Answered);
        let talk = phone.talks.map_or(TALK, |talk| talk.0);
        self.later(
            answered_at + talk,
            channel,
            Signal::HungUp(Cause::NORMAL_CLEARING),
        );
    }

    fn hear(&mut self, now: Duration, channel: ChannelId, source: &Source) {
        let playing = match source {
            Source::Playback { playback, .. } => Some(*playback),
            Source::Silence
            | Source::Channel(_)
            | Source::Echo
            | Source::Tone(_)
            | Source::Music(_)
            | Source::Mix(_) => None,
        };
        // What was still to come of another playback is not heard any more.
        self.due.retain(|_, due| {
            !matches!(due, Due::Sound(of, playback, _) if *of == channel && Some(*playback) != playing)
        });
        if let Source::Playback {
            playback,
            owner,
            sounds,
            ..
        } = source
        {
            self.play(now, channel, *owner, *playback, sounds);
        }
    }

    fn play(
        &mut self,
        now: Duration,
        hearer: ChannelId,
        owner: ChannelId,
        playback: PlaybackId,
        sounds: &[Arc<str>],
    ) {
        let (end, complete) = self.play_sounds(now, hearer, playback, sounds);
        self.later(end, owner, Signal::PlaybackEnded { playback, complete });
    }

    /// Sounds one after another; when they end, and whether all were there.
    fn play_sounds(
        &mut self,
        now: Duration,
        hearer: ChannelId,
        playback: PlaybackId,
        sounds: &[Arc<str>],
    ) -> (Duration, bool) {
        let mut at = now;
        let mut complete = true;
        // How loud they are is none of a rehearsal's matter.
        let plain = |sound: &Arc<str>| Arc::from(ucx_call::loudness(sound).0);
        let sounds: Vec<Arc<str>> = sounds.iter().map(plain).collect();
        for sound in &sounds {
            let length = self.sounds.get(&**sound).copied().unwrap_or(SOUND);
            if length.is_zero() {
                complete = false;
                continue;
            }
            if at == now {
                self.sound(at, hearer, sound);
            } else {
                self.push(at, Due::Sound(hearer, playback, sound.clone()));
            }
            at += length;
        }
        (at.max(now + REACTION), complete)
    }

    fn sound(&mut self, at: Duration, hearer: ChannelId, sound: &str) {
        if let Some(caller) = self.callers.get_mut(&hearer) {
            caller.played.push(sound.to_owned());
        }
        let who = self.name(hearer);
        self.tell(at, format!("{who} hears {sound}"));
    }

    fn record(&mut self, now: Duration, recording: RecordingId, most: Option<Duration>) {
        self.recordings.insert(recording, now);
        self.push(
            now + REACTION,
            Due::Report(Report::RecordingStarted { recording }),
        );
        if let Some(most) = most {
            let report = self.recorded(recording, now + most);
            self.push(now + most, Due::Report(report));
        }
    }

    fn stop_recording(&mut self, now: Duration, recording: RecordingId) {
        self.due.retain(|_, due| {
            !matches!(due, Due::Report(Report::RecordingEnded { recording: of, .. }) if *of == recording)
        });
        let report = self.recorded(recording, now);
        self.push(now, Due::Report(report));
    }

    fn recorded(&self, recording: RecordingId, until: Duration) -> Report {
        let began_at = self.recordings.get(&recording).copied().unwrap_or(until);
        let duration = until.saturating_sub(began_at);
        let end = RecordingEnd::Done {
            duration,
            talking: duration,
            silence: Duration::ZERO,
            by_silence: false,
        };
        Report::RecordingEnded { recording, end }
    }

    /// A channel is over: nobody does anything on it any more.
    fn forget(&mut self, channel: ChannelId) {
        self.due.retain(|_, due| match due {
            Due::Signal(of, _) | Due::Sound(of, _, _) => *of != channel,
            Due::Report(_) | Due::Told(_) => true,
        });
    }

    #[allow(clippy::wildcard_enum_match_arm, reason = "the other signals need no words")]
    fn note(&mut self, at: Duration, channel: ChannelId, signal: &Signal) {
        let who = self.name(channel);
        match signal {
            Signal::Ringing => self.tell(at, format!("{who} rings")),
            Signal::Answered => self.tell(at, format!("{who} answers")),
            Signal::Failed(cause) => {
                self.tell(at, format!("{who} does not take the call (cause {})", cause.0))
            }
            Signal::HungUp(_) => {
                if let Some(caller) = self.callers.get_mut(&channel) {
                    caller.hung_up = true;
                }
                self.tell(at, format!("{who} hangs up"));
            }
            _ => {}
        }
    }

    fn name(&self, channel: ChannelId) -> Arc<str> {
        self.endpoints
            .get(&channel)
            .cloned()
            .unwrap_or_else(|| Arc::from("somebody"))
    }

    fn tell(&mut self, at: Duration, words: String) {
        if self.told.len() < TOLD_MAX {
            self.told.push((at, words));
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

/// Whoever is named can be called; whether anybody is there shows then.
impl Technologies for Stage {
    fn resolve(&self, _: &str, resource: &str) -> Vec<DialTarget> {
        vec![DialTarget::Endpoint {
            target: Arc::from(format!("sip:{resource}@192.0.2.1")),
            context: Arc::from(CONTEXT),
            caller: Party::new("", resource),
            endpoint: Arc::from(resource),
            language: None,
            account: None,
        }]
    }
}
