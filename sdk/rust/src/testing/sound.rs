//! A sound that plays to a test's caller: it goes on by half a second for each key, and a second to its end.

use std::time::Duration;

use super::Caller;
use crate::bindings::types::{Ending, Error, Played};
use crate::playing::{Playing, Sound};

/// What passes before a key.
const BEFORE_KEY: Duration = Duration::from_millis(500);
/// What passes when no key comes.
const TO_END: Duration = Duration::from_secs(1);

/// What plays.
pub(super) struct Tape {
    stop_on: String,
    position: Duration,
    is_held: bool,
    end: Option<Played>,
}

/// What a caller hears of while something plays.
pub(super) enum Heard {
    /// A key that stops nothing.
    Key(String),
    /// The end.
    Over,
}

impl Tape {
    fn passes(&mut self, time: Duration) {
        if !self.is_held {
            self.position += time;
        }
    }

    fn ends(&mut self, ending: Ending, key: String) {
        self.end = Some(Played {
            ending,
            key,
            position: u32::try_from(self.position.as_millis()).unwrap_or(u32::MAX),
            attrs: Vec::new(),
        });
    }
}

impl Caller {
    /// Begins to play.
    pub(super) fn tape(&self, stop_on: &str, from: Duration) -> Playing {
        self.0.borrow_mut().tape = Some(Tape {
            stop_on: stop_on.to_owned(),
            position: from,
            is_held: false,
            end: None,
        });
        Playing::new(self.clone())
    }

    /// What comes next while something plays; nothing if nothing does.
    pub(super) fn hears(&self) -> Result<Option<Heard>, Error> {
        let mut state = self.0.borrow_mut();
        if state.is_gone() {
            return Err(Error::Gone);
        }
        let state = &mut *state;
        let Some(tape) = state.tape.as_mut().filter(|tape| tape.end.is_none()) else {
            return Ok(None);
        };
        let is_key = state.digits.front().is_some_and(|keys| keys.len() == 1);
        let key = if is_key { state.digits.pop_front() } else { None };
        tape.passes(if key.is_some() { BEFORE_KEY } else { TO_END });
        Ok(Some(match key {
            Some(key) if !tape.stop_on.contains(&key) => Heard::Key(key),
            Some(key) => {
                tape.ends(Ending::Key, key);
                Heard::Over
            }
            None => {
                tape.ends(Ending::Complete, String::new());
                Heard::Over
            }
        }))
    }

    fn on_tape<T>(&self, step: &str, work: impl FnOnce(&mut Tape) -> T) -> Result<T, Error> {
        if !step.is_empty() {
            self.step(step.to_owned())?;
        }
        let mut state = self.0.borrow_mut();
        let tape = state.tape.as_mut().filter(|tape| tape.end.is_none());
        tape.map(work).ok_or(Error::Gone)
    }
}

impl Sound for Caller {
    fn stop(&self) -> Result<(), Error> {
        self.on_tape("stop", |tape| tape.ends(Ending::Stopped, String::new()))
    }

    fn pause(&self) -> Result<(), Error> {
        self.on_tape("pause", |tape| tape.is_held = true)
    }

    fn resume(&self) -> Result<(), Error> {
        self.on_tape("resume", |tape| tape.is_held = false)
    }

    fn seek(&self, position: Duration) -> Result<(), Error> {
        let step = format!("seek {}", position.as_millis());
        self.on_tape(&step, |tape| tape.position = position)
    }

    fn position(&self) -> Result<Duration, Error> {
        self.on_tape("", |tape| tape.position)
    }

    fn wait(&self, _: Duration) -> Result<Played, Error> {
        let state = self.0.borrow();
        let end = state.tape.as_ref().and_then(|tape| tape.end.clone());
        end.ok_or(Error::Timeout)
    }
}
