//! Where do the answers of one instance go to, or come from? Onto a tape, or off it.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use serde_json::Value as Json;

use super::{Difference, Draft, FlowRecord, Heard, Mask};

/// Answers kept of one decision; one that hears more is not recorded.
const HEARD_MAX: usize = 256;
/// Answers kept of one run of a call flow; what comes after them is left out.
const RUN_HEARD_MAX: usize = 2_048;
/// What they may come to, in bytes.
const RUN_BYTES_MAX: usize = 1 << 20;
/// Functions about a guest's own turn, which no decision rests on.
const TURN: &str = "turn ";

/// Where the answers of one instance go to, or come from.
#[derive(Debug, Default)]
pub(crate) enum Tape {
    /// Nowhere.
    #[default]
    Off,
    /// They are written down.
    Recording(Box<Recorder>),
    /// They come from a recording.
    Replaying(Recording),
}

/// Handles by their number: the caller's is 0, and each the host gives is one more. Numbers stay the same in another
/// component that asks for the same, whatever else it holds.
#[derive(Debug, Default)]
pub(crate) struct Handles {
    numbers: BTreeMap<u32, u32>,
    next: u32,
}

impl Handles {
    /// Gives a handle its number.
    pub(crate) fn give(&mut self, rep: u32) -> u32 {
        let number = self.next;
        self.next += 1;
        self.numbers.insert(rep, number);
        number
    }

    fn number(&self, rep: u32) -> Option<u32> {
        self.numbers.get(&rep).copied()
    }
}

/// A question as it stands in a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    pub(super) what: String,
    pub(super) with: String,
}

/// What is being written down.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    heard: Vec<Heard>,
    bytes: usize,
    is_cut: bool,
    handles: Handles,
    mask: Option<Mask>,
    /// What was asked and is not answered yet.
    open: Option<Question>,
    /// The run it belongs to; none if that is a decision.
    draft: Option<Draft>,
}

impl Recorder {
    /// Of a run of a call flow. It is put away with what is known by then when it is dropped, however that comes.
    pub(crate) fn of_run(draft: Draft, mask: Option<Mask>) -> Self {
        let mut recorder = Self::default();
        recorder.mask = mask;
        recorder.draft = Some(draft);
        recorder
    }

    fn is_full(&self) -> bool {
        match self.draft {
            Some(_) => self.heard.len() >= RUN_HEARD_MAX || self.bytes >= RUN_BYTES_MAX,
            // One too many, so that too many are noticed.
            None => self.heard.len() > HEARD_MAX,
        }
    }

    fn write(&mut self, heard: impl FnOnce() -> Heard) {
        if self.is_full() {
            self.is_cut = true;
            return;
        }
        let mut heard = heard();
        if let Some(mask) = &mut self.mask {
            mask.cover(&mut heard);
        }
        if self.draft.is_some() {
            self.bytes += heard.weight();
        }
        self.heard.push(heard);
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let Some(draft) = self.draft.take() else { return };
        if let Some(question) = self.open.take() {
            self.write(|| Heard::Asked {
                what: question.what,
                with: question.with,
                answer: None,
            });
        }
        draft.put(std::mem::take(&mut self.heard), self.is_cut, self.mask.is_some());
    }
}

/// How questions find their answers in a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Order {
    /// Wherever they are: a decision does not depend on the order it asks in.
    #[default]
    Any,
    /// One after the other: what a call went through has an order.
    Strict,
}

/// What is left of a recording, and what was asked that is not in it.
#[derive(Debug, Default)]
pub(crate) struct Recording {
    heard: VecDeque<Heard>,
    order: Order,
    is_cut: bool,
    is_masked: bool,
    handles: Handles,
    /// Answers used up.
    pub(super) told: usize,
    pub(super) missing: Vec<String>,
    pub(super) difference: Option<Difference>,
    /// The recording ended in the middle of the run, and the run with it.
    pub(super) has_run_out: bool,
    /// How the run ended then.
    ended: String,
}

impl Recording {
    pub(crate) fn new(heard: Vec<Heard>) -> Self {
        Self {
            heard: heard.into(),
            ..Self::default()
        }
    }

    /// Of a run of a call flow.
    pub(crate) fn of_run(then: &FlowRecord) -> Self {
        Self {
            heard: then.heard.clone().into(),
            order: Order::Strict,
            is_cut: then.is_cut,
            is_masked: then.is_masked,
            ended: then.ending(),
            ..Self::default()
        }
    }

    /// The answer that was given to the same question; it is used up.
    pub(super) fn take(
        &mut self,
        is_it: impl Fn(&Heard) -> bool,
        asked: impl FnOnce() -> String,
    ) -> Option<Heard> {
        if self.difference.is_some() || self.has_run_out {
            return None;
        }
        let place = match self.order {
            Order::Any => self.heard.iter().position(is_it),
            Order::Strict => self.heard.front().filter(|heard| is_it(heard)).map(|_| 0),
        };
        if let Some(place) = place {
            self.told += 1;
            return self.heard.remove(place);
        }
        match self.order {
            Order::Any => self.missing.push(asked()),
            Order::Strict if self.heard.is_empty() && self.is_cut => self.has_run_out = true,
            Order::Strict => {
                let now = asked();
                self.differ(now);
            }
        }
        None
    }

    /// As [`Self::take`], wherever it is: what runs beside a guest has no order with what the guest asks itself.
    pub(super) fn take_beside(
        &mut self,
        is_it: impl Fn(&Heard) -> bool,
        asked: impl FnOnce() -> String,
    ) -> Option<Heard> {
        let is_strict = self.order == Order::Strict && self.difference.is_none() && !self.has_run_out;
        match self.heard.iter().position(&is_it) {
            Some(place) if is_strict => {
                self.told += 1;
                self.heard.remove(place)
            }
            None if is_strict && self.is_cut => {
                self.has_run_out = true;
                None
            }
            None if is_strict => {
                let now = asked();
                self.differ(now);
                None
            }
            Some(_) | None => self.take(is_it, asked),
        }
    }

    /// It went another way here.
    fn differ(&mut self, now: String) {
        let then = match self.heard.front() {
            Some(heard) => heard.question(),
            None => self.ended.clone(),
        };
        self.difference.get_or_insert(Difference {
            after: self.told,
            then,
            now,
        });
    }

    /// The run ended; a difference if there was more to be asked, or it ended otherwise.
    pub(super) fn ends(&mut self, now: &str, is_same: bool) {
        let is_open = self.heard.front().is_some();
        if !self.has_run_out && (is_open || !is_same) {
            self.differ(now.to_owned());
        }
    }

    /// What was asked that is not in the recording.
    pub(crate) fn missing(self) -> Vec<String> {
        self.missing
    }
}

/// What an answer that is not read off the real world comes to.
pub(crate) enum Answer {
    /// It is to be asked for.
    Ask,
    /// This was said.
    Said(Json),
    /// The guest is stopped here, for that reason.
    Stop(String),
}

impl Tape {
    /// A decision is to be written down.
    pub(crate) fn of_decision() -> Self {
        Self::Recording(Box::default())
    }

    /// Takes what was written down of a decision; none if it was too much to be kept.
    pub(crate) fn recorded(&mut self) -> Option<Vec<Heard>> {
        match std::mem::take(self) {
            Self::Recording(mut recorder) if recorder.heard.len() <= HEARD_MAX => {
                Some(std::mem::take(&mut recorder.heard))
            }
            Self::Recording(_) | Self::Off | Self::Replaying(_) => None,
        }
    }

    /// The recording, after a replay.
    pub(crate) fn replayed(&mut self) -> Option<Recording> {
        match std::mem::take(self) {
            Self::Replaying(recording) => Some(recording),
            Self::Off | Self::Recording(_) => None,
        }
    }

    /// How the run that is being written down ended.
    pub(crate) fn run_ended(&mut self, outcome: Result<String, String>) {
        if let Self::Recording(recorder) = self
            && let Some(draft) = &mut recorder.draft
        {
            draft.outcome = outcome;
        }
    }

    /// Whether answers come from a recording.
    pub(crate) fn is_replay(&self) -> bool {
        matches!(self, Self::Replaying(_))
    }

    /// The numbers of handles, if anything is written down or read.
    pub(crate) fn handles(&mut self) -> Option<&mut Handles> {
        match self {
            Self::Off => None,
            Self::Recording(recorder) => Some(&mut recorder.handles),
            Self::Replaying(recording) => Some(&mut recording.handles),
        }
    }

    /// A handle is gone.
    pub(crate) fn forget(&mut self, rep: u32) {
        if let Some(handles) = self.handles() {
            handles.numbers.remove(&rep);
        }
    }

    /// A text that is digits of the caller's or may be: covered if such are not written down.
    pub(crate) fn covered(&self, digits: &str) -> String {
        let is_masked = match self {
            Self::Off => false,
            Self::Recording(recorder) => recorder.mask.is_some(),
            Self::Replaying(recording) => recording.is_masked,
        };
        if is_masked {
            super::mask::crossed(digits)
        } else {
            digits.to_owned()
        }
    }

    /// A handle as it stands in a question.
    pub(crate) fn name(&mut self, rep: u32) -> String {
        match self.handles().and_then(|handles| handles.number(rep)) {
            Some(number) => number.to_string(),
            None => "?".to_owned(),
        }
    }

    /// A question about that handle, or none, if anything is written down or read.
    pub(crate) fn question(
        &mut self,
        what: &str,
        handle: Option<u32>,
        with: fmt::Arguments<'_>,
    ) -> Option<Question> {
        let is_run = match self {
            Self::Off => return None,
            Self::Recording(recorder) => recorder.draft.is_some(),
            Self::Replaying(recording) => recording.order == Order::Strict,
        };
        if !is_run && what.starts_with(TURN) {
            return None;
        }
        let what = match (handle, what.split_once(' ')) {
            (Some(rep), Some((kind, function))) => format!("{kind} {} {function}", self.name(rep)),
            (Some(_) | None, _) => what.to_owned(),
        };
        let question = Question {
            what,
            with: with.to_string(),
        };
        if let Self::Recording(recorder) = self {
            recorder.open = Some(question.clone());
        }
        Some(question)
    }

    /// What a recording says to a question.
    pub(crate) fn answer(&mut self, question: &Question) -> Answer {
        let Self::Replaying(recording) = self else {
            return Answer::Ask;
        };
        let is_it = |heard: &Heard| {
            matches!(heard, Heard::Asked { what, with, .. }
                if *what == question.what && *with == question.with)
        };
        let words = || {
            let heard = Heard::Asked {
                what: question.what.clone(),
                with: question.with.clone(),
                answer: None,
            };
            heard.question()
        };
        match (recording.take(is_it, words), recording.order) {
            (
                Some(Heard::Asked {
                    answer: Some(said), ..
                }),
                _,
            ) => Answer::Said(said),
            (Some(_), _) => {
                recording.has_run_out = true;
                Answer::Stop("the recorded run ended here".to_owned())
            }
            (None, Order::Any) => Answer::Ask,
            (None, Order::Strict) => Answer::Stop("the recording goes on otherwise".to_owned()),
        }
    }

    /// Writes down what was said to a question.
    pub(crate) fn answered(&mut self, question: Question, said: Json) {
        if let Self::Recording(recorder) = self {
            recorder.open = None;
            recorder.write(|| Heard::Asked {
                what: question.what,
                with: question.with,
                answer: Some(said),
            });
        }
    }

    pub(super) fn write(&mut self, heard: impl FnOnce() -> Heard) {
        if let Self::Recording(recorder) = self {
            recorder.write(heard);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::{WebError, WebRequest};
    use std::time::Duration;

    fn web(url: &str) -> WebRequest {
        WebRequest {
            method: "GET".to_owned(),
            url: url.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
            timeout: Duration::ZERO,
        }
    }

    fn heard(url: &str) -> Heard {
        Heard::Web {
            request: crate::tape::asked(&web(url)),
            answer: Err(WebError::Unavailable(url.to_owned())),
        }
    }

    #[test]
    fn what_runs_beside_a_flow_is_told_out_of_order_and_what_it_asks_itself_is_not() {
        let then = FlowRecord {
            heard: vec![heard("b"), heard("a"), heard("c")],
            is_cut: false,
            ..crate::tape::text::tests::run()
        };
        let said = |url: &str| Some(Err(WebError::Unavailable(url.to_owned())));
        let mut tape = Tape::Replaying(Recording::of_run(&then));
        assert_eq!(tape.exchange(&web("a")), said("a"));
        assert_eq!(tape.exchange(&web("b")), said("b"));
        assert_eq!(tape.web(&web("c")), said("c"));
        let recording = tape.replayed().unwrap();
        assert_eq!((recording.told, recording.difference), (3, None));
        // What was never asked is a difference, here as everywhere.
        let mut tape = Tape::Replaying(Recording::of_run(&then));
        assert_ne!(tape.exchange(&web("d")), said("d"));
        let difference = tape.replayed().unwrap().difference.unwrap();
        assert_eq!((difference.after, difference.now.as_str()), (0, "GET d"));
    }
}
