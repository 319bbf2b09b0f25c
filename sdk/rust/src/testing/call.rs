//! A caller that does as a test tells it, and remembers what it was told.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use super::sound::{Heard, Tape};
use crate::bindings::flow::ucx::call::channels as raw;
use crate::bindings::types::{
    Attr, ChannelInfo, ChannelState, DialSpec, DialStatus, Ending, Error, Event, GatherSpec, Gathered,
    Location, MediaItem, Party, Played, RecordSpec, Recorded, Target,
};
use crate::call::{Channel, Connected, DialEnd, Line};
use crate::playing::Playing;
use crate::values::attr;

#[derive(Default)]
pub(super) struct State {
    pub(super) steps: Vec<String>,
    pub(super) digits: VecDeque<String>,
    texts: VecDeque<String>,
    /// What plays.
    pub(super) tape: Option<Tape>,
    dials: VecDeque<DialStatus>,
    variables: BTreeMap<String, String>,
    leaves_after: Option<usize>,
}

impl State {
    pub(super) fn is_gone(&self) -> bool {
        self.leaves_after.is_some_and(|steps| self.steps.len() >= steps)
    }
}

/// A caller for a flow's unit test.
///
/// ```
/// use ucx::prelude::*;
/// let caller = ucx::testing::Caller::default().presses("1").dials(DialStatus::Busy);
/// let call = caller.channel();
/// assert_eq!(call.gather(digits(1).prompt("menu")).unwrap().digits, "1");
/// assert!(call.dial(Dial::to([endpoint("6001")])).unwrap().answered.is_none());
/// assert_eq!(caller.steps(), ["gather menu", "dial 6001"]);
/// ```
#[derive(Clone, Default)]
pub struct Caller(pub(super) Rc<RefCell<State>>);

impl Caller {
    /// Presses these digits when it is asked for some next; nothing at all if there are none.
    pub fn presses(self, digits: &str) -> Self {
        self.0.borrow_mut().digits.push_back(digits.to_owned());
        self
    }

    /// Sends this text when one is waited for.
    pub fn writes(self, text: &str) -> Self {
        self.0.borrow_mut().texts.push_back(text.to_owned());
        self
    }

    /// The next dial ends like that; one nobody spoke of is answered.
    pub fn dials(self, status: DialStatus) -> Self {
        self.0.borrow_mut().dials.push_back(status);
        self
    }

    /// A variable of the call.
    pub fn variable(self, name: &str, value: &str) -> Self {
        self.0
            .borrow_mut()
            .variables
            .insert(name.to_owned(), value.to_owned());
        self
    }

    /// Hangs up after so many things were done.
    pub fn leaves_after(self, steps: usize) -> Self {
        self.0.borrow_mut().leaves_after = Some(steps);
        self
    }

    /// The leg a flow is handed.
    pub fn channel(&self) -> Channel {
        Channel::new(self.clone())
    }

    /// What was done to it so far.
    pub fn steps(&self) -> Vec<String> {
        self.0.borrow().steps.clone()
    }

    pub(super) fn step(&self, step: String) -> Result<(), Error> {
        let mut state = self.0.borrow_mut();
        if state.is_gone() {
            return Err(Error::Gone);
        }
        state.steps.push(step);
        Ok(())
    }
}

fn names(items: &[MediaItem]) -> String {
    let name = |item: &MediaItem| match item {
        MediaItem::File(name) | MediaItem::Tone(name) | MediaItem::Recording(name) => name.clone(),
        MediaItem::Digits(text) | MediaItem::Characters(text) | MediaItem::Phonetic(text) => text.clone(),
        MediaItem::Number(spoken) => spoken.number.to_string(),
        MediaItem::Date(spoken) => spoken.at.to_string(),
        MediaItem::Url(url) => url.clone(),
        MediaItem::Silence(time) => format!("{time} ms"),
        MediaItem::Other(other) => other.name.clone(),
    };
    items.iter().map(name).collect::<Vec<_>>().join("&")
}

fn target(to: &Target) -> String {
    match to {
        Target::Endpoint(name) | Target::Uri(name) | Target::DialString(name) => name.clone(),
        Target::Trunk(to) => format!("{}@{}", to.number, to.trunk),
        Target::Location(place) => format!("{}@{}", place.exten, place.context),
        Target::Queue(name) | Target::Conference(name) | Target::Voicemail(name) => name.clone(),
        Target::Flow(flow) => flow.flow.clone(),
        Target::Other(other) => other.name.clone(),
    }
}

impl Line for Caller {
    fn info(&self) -> ChannelInfo {
        ChannelInfo {
            id: "1".to_owned(),
            call: "1".to_owned(),
            tenant: String::new(),
            name: "PJSIP/6001-00000001".to_owned(),
            state: ChannelState::Up,
            caller: Party::number("6001"),
            connected: None,
            dialled: "100".to_owned(),
            place: Location {
                context: "default".to_owned(),
                exten: "100".to_owned(),
                priority: "1".to_owned(),
            },
            language: "en".to_owned(),
            created: 0,
            answered: None,
            held: false,
            bridge: None,
            attrs: Vec::new(),
        }
    }

    fn ring(&self) -> Result<(), Error> {
        self.step("ring".to_owned())
    }

    fn progress(&self) -> Result<(), Error> {
        self.step("progress".to_owned())
    }

    fn answer(&self) -> Result<(), Error> {
        self.step("answer".to_owned())
    }

    fn hangup(&self, cause: u16) -> Result<(), Error> {
        self.step(format!("hangup {cause}"))?;
        self.0.borrow_mut().leaves_after = Some(0);
        Ok(())
    }

    fn play(&self, items: &[MediaItem], stop_on: &str, _: Duration) -> Result<Played, Error> {
        self.step(format!("play {}", names(items)))?;
        let mut state = self.0.borrow_mut();
        // Whoever presses the next key that may end it does so at once.
        let key = state
            .digits
            .front()
            .filter(|keys| keys.len() == 1 && stop_on.contains(keys.as_str()));
        if let Some(key) = key.cloned() {
            state.digits.pop_front();
            return Ok(Played {
                ending: Ending::Key,
                key,
                position: 500,
                attrs: Vec::new(),
            });
        }
        Ok(Played {
            ending: Ending::Complete,
            key: String::new(),
            position: 1_000,
            attrs: Vec::new(),
        })
    }

    fn start_play(&self, items: &[MediaItem], stop_on: &str, from: Duration) -> Result<Playing, Error> {
        self.step(format!("start {}", names(items)))?;
        Ok(self.tape(stop_on, from))
    }

    fn gather(&self, spec: &GatherSpec) -> Result<Gathered, Error> {
        self.step(format!("gather {}", names(&spec.prompt)))?;
        let digits = self.0.borrow_mut().digits.pop_front().unwrap_or_default();
        let ending = if digits.is_empty() {
            Ending::TimedOut
        } else {
            Ending::Complete
        };
        Ok(Gathered {
            digits,
            ending,
            key: String::new(),
            attrs: Vec::new(),
        })
    }

    fn record(&self, spec: &RecordSpec) -> Result<Recorded, Error> {
        self.step(format!("record {}", spec.name))?;
        Ok(Recorded {
            name: spec.name.clone(),
            duration: 1_000,
            ending: Ending::Key,
            key: "#".to_owned(),
            attrs: Vec::new(),
        })
    }

    fn send_digits(&self, digits: &str) -> Result<(), Error> {
        self.step(format!("send {digits}"))
    }

    fn music(&self, class: Option<&str>) -> Result<(), Error> {
        self.step(format!("music {}", class.unwrap_or("off")))
    }

    fn dial(&self, spec: &DialSpec) -> Result<DialEnd, Error> {
        let groups: Vec<String> = spec
            .groups
            .iter()
            .map(|legs| {
                legs.iter()
                    .map(|leg| target(&leg.to))
                    .collect::<Vec<_>>()
                    .join("&")
            })
            .collect();
        self.step(format!("dial {}", groups.join(" then ")))?;
        let status = self
            .0
            .borrow_mut()
            .dials
            .pop_front()
            .unwrap_or(DialStatus::Answered);
        let is_answered = status == DialStatus::Answered;
        Ok(DialEnd {
            status,
            answered: is_answered.then(|| Self::default().channel()),
            cause: if is_answered { 0 } else { 17 },
            leg: 0,
            rang: Duration::from_secs(1),
        })
    }

    fn connect(&self, _: &Channel, _: Duration) -> Result<Connected, Error> {
        self.step("connect".to_owned())?;
        Ok(Connected {
            ended_by_us: false,
            talked: Duration::from_secs(10),
        })
    }

    fn variable(&self, name: &str) -> Result<Option<String>, Error> {
        Ok(self.0.borrow().variables.get(name).cloned())
    }

    fn set_variable(&self, name: &str, value: &str) -> Result<(), Error> {
        self.step(format!("set {name}={value}"))?;
        self.0
            .borrow_mut()
            .variables
            .insert(name.to_owned(), value.to_owned());
        Ok(())
    }

    fn set_caller(&self, caller: &Party) -> Result<(), Error> {
        self.step(format!(
            "caller {} {}",
            caller.number,
            caller.name.as_deref().unwrap_or("-")
        ))
    }

    fn user_event(&self, name: &str, _: &[Attr]) -> Result<(), Error> {
        self.step(format!("event {name}"))
    }

    fn subroutine(&self, place: &Location, args: &[String]) -> Result<String, Error> {
        self.step(format!(
            "gosub {},{},{}({})",
            place.context,
            place.exten,
            place.priority,
            args.join(",")
        ))?;
        Ok(String::new())
    }

    fn execute(&self, application: &str, args: &str) -> Result<(), Error> {
        self.step(format!("{application}({args})"))
    }

    fn next_event(&self, _: Duration) -> Result<Option<Event>, Error> {
        let told = |kind: &str, name: &str, text: String| Event {
            attrs: vec![attr(name, text)],
            ..super::event(1, kind)
        };
        if let Some(heard) = self.hears()? {
            return Ok(Some(match heard {
                Heard::Key(key) => told("channel.dtmf", "digit", key),
                Heard::Over => told("playback.ended", "ending", String::new()),
            }));
        }
        self.step("next event".to_owned())?;
        let text = self.0.borrow_mut().texts.pop_front();
        Ok(text.map(|text| told("channel.text", "text", text)))
    }

    fn handle(&self) -> Option<&raw::Channel> {
        None
    }
}
