//! What plays and is recorded at one channel or bridge, one after the other: a pure state machine of playbacks and recordings.
//!
//! Things asked for wait in one queue, as clients expect who ask for a prompt and a recording in one breath. What is to be done
//! and said comes out of [`Deck::poll`].

mod recordings;
mod views;
mod words;

pub use views::Unfinished;
pub use words::{Act, Declined, Operation, PlaySpec, RecordSpec, Saying, Step, TerminateOn};

use super::media::Media;
use crate::model::{Playback, PlaybackState, RecordingState};
use std::collections::VecDeque;
use std::sync::Arc;
use ucx_call::{PlaybackControl, PlaybackId, RecordingControl, RecordingId};
use views::view_of;

/// Things that may wait at one channel or bridge; a further one is refused.
pub const WAITING_MAX: usize = 128;

#[derive(Debug)]
enum Item {
    Play(PlaySpec),
    Record(RecordSpec),
    Act(Act),
}

#[derive(Debug)]
struct Playing {
    spec: PlaySpec,
    at: usize,
    playback: Option<PlaybackId>,
    is_paused: bool,
}

#[derive(Debug)]
struct Recording {
    spec: RecordSpec,
    recording: Option<RecordingId>,
    state: RecordingState,
    /// It ends as soon as it has begun.
    ends_by: Option<RecordingControl>,
}

#[derive(Debug)]
enum Now {
    Nothing,
    Playing(Playing),
    Recording(Recording),
}

/// The playbacks and recordings of one channel or bridge.
#[derive(Debug)]
pub struct Deck {
    target_uri: Arc<str>,
    waiting: VecDeque<Item>,
    now: Now,
    steps: VecDeque<Step>,
}

impl Deck {
    /// Nothing plays at that target (`channel:ID`, `bridge:ID`).
    pub fn new(target_uri: Arc<str>) -> Self {
        Self {
            target_uri,
            waiting: VecDeque::new(),
            now: Now::Nothing,
            steps: VecDeque::new(),
        }
    }

    /// What is to be done or said next.
    pub fn poll(&mut self) -> Option<Step> {
        self.steps.pop_front()
    }

    /// Plays something after what was asked for before.
    ///
    /// # Errors
    /// [`Declined::Full`].
    pub fn play(&mut self, spec: PlaySpec) -> Result<Playback, Declined> {
        self.has_room()?;
        let view = self.playback(&spec, 0, PlaybackState::Queued);
        self.say(Saying::PlaybackQueued(view.clone()));
        self.waiting.push_back(Item::Play(spec));
        self.go_on();
        Ok(view)
    }

    /// Lets the channel hear something else after what was asked for before.
    ///
    /// # Errors
    /// [`Declined::Full`].
    pub fn act(&mut self, act: Act) -> Result<(), Declined> {
        self.has_room()?;
        self.waiting.push_back(Item::Act(act));
        self.go_on();
        Ok(())
    }

    /// The playback that [`Step::Play`] asked for is that one; none if it could not begin.
    pub fn play_began(&mut self, playback: Option<PlaybackId>) {
        let Now::Playing(playing) = &mut self.now else {
            return;
        };
        playing.playback = playback;
        match playback {
            Some(playback) if playing.at == 0 && !playing.spec.offset.is_zero() => {
                let control = PlaybackControl::Forward(playing.spec.offset);
                self.steps.push_back(Step::ControlPlaying(playback, control));
            }
            Some(_) => {}
            None => self.finish_playing(PlaybackState::Failed),
        }
    }

    /// A playback is over.
    pub fn play_ended(&mut self, playback: PlaybackId, is_complete: bool) {
        let Now::Playing(playing) = &mut self.now else {
            return;
        };
        if playing.playback != Some(playback) {
            return;
        }
        if !is_complete {
            let uri = playing.spec.media.get(playing.at);
            // A stored recording that is not there ends its playback without a word, as clients know it.
            return match uri.map(|uri| Media::parse(uri)) {
                Some(Media::Recording(_)) => self.play_vanished(),
                Some(Media::Sounds(_) | Media::Unknown) | None => self.finish_playing(PlaybackState::Failed),
            };
        }
        if playing.at + 1 == playing.spec.media.len() {
            return self.finish_playing(PlaybackState::Done);
        }
        let view = view_of(
            &self.target_uri,
            &playing.spec,
            playing.at,
            PlaybackState::Continuing,
        );
        playing.at += 1;
        playing.playback = None;
        self.say(Saying::PlaybackContinuing(view));
        self.begin_media();
    }

    fn play_vanished(&mut self) {
        if let Now::Playing(playing) = std::mem::replace(&mut self.now, Now::Nothing) {
            self.say(Saying::PlaybackGone(playing.spec.id));
        }
        self.go_on();
    }

    /// Ends a playback, or takes it out of the queue. It is over at once.
    ///
    /// # Errors
    /// [`Declined::Unknown`].
    pub fn stop(&mut self, id: &str) -> Result<(), Declined> {
        if let Now::Playing(playing) = &self.now
            && &*playing.spec.id == id
        {
            if let Some(playback) = playing.playback {
                self.steps.push_back(Step::StopPlaying(playback));
            }
            self.finish_playing(PlaybackState::Done);
            return Ok(());
        }
        let at = self.waiting_at(id).ok_or(Declined::Unknown)?;
        if let Some(Item::Play(spec)) = self.waiting.remove(at) {
            let view = self.playback(&spec, 0, PlaybackState::Done);
            self.say(Saying::PlaybackFinished(view));
        }
        Ok(())
    }

    /// Changes how a playback goes.
    ///
    /// # Errors
    /// [`Declined::Unknown`]; [`Declined::NotNow`] if it waits.
    pub fn control(&mut self, id: &str, operation: Operation) -> Result<(), Declined> {
        let playing = match &mut self.now {
            Now::Playing(playing) if &*playing.spec.id == id => playing,
            Now::Nothing | Now::Playing(_) | Now::Recording(_) => {
                return Err(match self.waiting_at(id) {
                    Some(_) => Declined::NotNow,
                    None => Declined::Unknown,
                });
            }
        };
        let playback = playing.playback.ok_or(Declined::NotNow)?;
        let skip = playing.spec.skip;
        let was_paused = playing.is_paused;
        let control = match operation {
            Operation::Restart => PlaybackControl::Restart,
            Operation::Pause => PlaybackControl::Pause,
            Operation::Unpause => PlaybackControl::Unpause,
            Operation::Reverse => PlaybackControl::Reverse(skip),
            Operation::Forward => PlaybackControl::Forward(skip),
        };
        match operation {
            Operation::Pause => playing.is_paused = true,
            Operation::Unpause => playing.is_paused = false,
            Operation::Restart | Operation::Reverse | Operation::Forward => {}
        }
        let goes_on = was_paused && operation == Operation::Unpause;
        let view = view_of(
            &self.target_uri,
            &playing.spec,
            playing.at,
            PlaybackState::Playing,
        );
        self.steps.push_back(Step::ControlPlaying(playback, control));
        if goes_on {
            self.say(Saying::PlaybackStarted(view));
        }
        Ok(())
    }

    /// A digit came from the far end; it may end a recording.
    pub fn digit(&mut self, digit: char) {
        let Now::Recording(now) = &self.now else { return };
        let ends = match now.spec.terminate_on {
            TerminateOn::None => false,
            TerminateOn::Any => true,
            TerminateOn::Digit(wanted) => wanted == digit,
        };
        if let (true, Some(recording)) = (ends, now.recording) {
            let stop = Step::ControlRecording(recording, RecordingControl::Stop);
            self.steps.push_back(stop);
        }
    }

    /// Whether something plays.
    pub fn is_playing(&self) -> bool {
        matches!(self.now, Now::Playing(_))
    }

    /// Whether nothing plays, is recorded or waits.
    pub fn is_idle(&self) -> bool {
        matches!(self.now, Now::Nothing) && self.waiting.is_empty() && self.steps.is_empty()
    }

    /// Whether something is to be done or said.
    pub fn has_steps(&self) -> bool {
        !self.steps.is_empty()
    }

    /// Whether something is recorded or waits to be.
    pub fn is_recording(&self) -> bool {
        matches!(self.now, Now::Recording(_))
            || self.waiting.iter().any(|item| matches!(item, Item::Record(_)))
    }

    /// Ends all that plays or waits. The recording that is being written is stopped and handed out with how to tell its end,
    /// which comes later.
    pub fn clear(&mut self) -> Option<Unfinished> {
        let waiting = std::mem::take(&mut self.waiting);
        let unfinished = match std::mem::replace(&mut self.now, Now::Nothing) {
            Now::Nothing => None,
            Now::Playing(playing) => {
                if let Some(playback) = playing.playback {
                    self.steps.push_back(Step::StopPlaying(playback));
                }
                let view = self.playback(&playing.spec, playing.at, PlaybackState::Failed);
                self.say(Saying::PlaybackFinished(view));
                None
            }
            Now::Recording(Recording {
                spec,
                recording: Some(recording),
                state,
                ..
            }) => {
                let stop = Step::ControlRecording(recording, RecordingControl::Stop);
                self.steps.push_back(stop);
                Some(Unfinished {
                    recording,
                    is_started: state != RecordingState::Queued,
                    target_uri: self.target_uri.clone(),
                    spec,
                })
            }
            Now::Recording(Recording { spec, .. }) => {
                self.say_nothing_recorded(&spec);
                None
            }
        };
        for item in waiting {
            match item {
                Item::Play(spec) => {
                    let view = self.playback(&spec, 0, PlaybackState::Failed);
                    self.say(Saying::PlaybackFinished(view));
                }
                Item::Record(spec) => self.say_nothing_recorded(&spec),
                Item::Act(_) => {}
            }
        }
        unfinished
    }

    fn has_room(&self) -> Result<(), Declined> {
        (self.waiting.len() < WAITING_MAX)
            .then_some(())
            .ok_or(Declined::Full)
    }

    fn waiting_at(&self, id: &str) -> Option<usize> {
        let is_meant = |item: &Item| matches!(item, Item::Play(spec) if &*spec.id == id);
        self.waiting.iter().position(is_meant)
    }

    fn go_on(&mut self) {
        if !matches!(self.now, Now::Nothing) {
            return;
        }
        while let Some(Item::Act(act)) = self.waiting.pop_front_if(|item| matches!(item, Item::Act(_))) {
            self.steps.push_back(Step::Act(act));
        }
        match self.waiting.pop_front() {
            None | Some(Item::Act(_)) => {}
            Some(Item::Play(spec)) => {
                self.now = Now::Playing(Playing {
                    spec,
                    at: 0,
                    playback: None,
                    is_paused: false,
                });
                self.begin_media();
            }
            Some(Item::Record(spec)) => {
                self.steps.push_back(Step::Record(spec.spec.clone()));
                self.now = Now::Recording(Recording {
                    spec,
                    recording: None,
                    state: RecordingState::Queued,
                    ends_by: None,
                });
            }
        }
    }

    fn begin_media(&mut self) {
        let Now::Playing(playing) = &self.now else { return };
        let Some(uri) = playing.spec.media.get(playing.at) else {
            return self.finish_playing(PlaybackState::Failed);
        };
        let media = Media::parse(uri);
        let view = view_of(
            &self.target_uri,
            &playing.spec,
            playing.at,
            PlaybackState::Playing,
        );
        let language = playing.spec.language.clone();
        self.say(Saying::PlaybackStarted(view));
        match media {
            Media::Sounds(sounds) if sounds.is_empty() => self.finish_playing(PlaybackState::Failed),
            Media::Sounds(sounds) => self.steps.push_back(Step::Play(sounds, language)),
            Media::Recording(name) => self.steps.push_back(Step::PlayRecording(name)),
            Media::Unknown => self.play_vanished(),
        }
    }

    fn finish_playing(&mut self, state: PlaybackState) {
        if let Now::Playing(playing) = std::mem::replace(&mut self.now, Now::Nothing) {
            let view = self.playback(&playing.spec, playing.at, state);
            self.say(Saying::PlaybackFinished(view));
        }
        self.go_on();
    }

    fn playback(&self, spec: &PlaySpec, at: usize, state: PlaybackState) -> Playback {
        view_of(&self.target_uri, spec, at, state)
    }

    fn say(&mut self, saying: Saying) {
        self.steps.push_back(Step::Say(saying));
    }
}

#[cfg(test)]
mod tests;
