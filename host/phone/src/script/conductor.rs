//! Who carries the lines of a script out, one after the other, and says how it went? Without sockets and clock.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde_json::{Value, json};
use ucx_media::WavWriter;

use super::command::{Command, Deed, Expectation, ScriptError};
use crate::event::{CallId, Happening, ms};
use crate::phone::{Phone, PhoneError};

/// Lines that may wait; while [`Conductor::has_room`] says no, the driver reads no more.
pub const MAX_LINES: usize = 1024;
/// Events and digits that may wait to be expected; the oldest go first.
const MAX_UNEXPECTED: usize = 256;
/// How long the farewells may take at the end.
const MAX_FAREWELL: Duration = Duration::from_secs(2);

/// What the driver writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// One line of JSON, without its end.
    Line(String),
    /// A whole file.
    File {
        /// Its name as the script has it.
        path: String,
        /// Its content.
        bytes: Vec<u8>,
    },
    /// All is done.
    Quit,
}

/// A command that is not finished at once.
#[derive(Clone, Debug)]
struct Waiting {
    line: String,
    /// Nothing in particular when it only waits.
    what: Option<Expectation>,
    since: Duration,
    until: Duration,
}

/// Whether the end was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Playing,
    /// Farewells are on their way.
    Leaving {
        until: Duration,
    },
    Over,
}

/// A phone and the script that steers it.
pub struct Conductor {
    phone: Phone,
    lines: VecDeque<(String, Result<Command, ScriptError>)>,
    waiting: Option<Waiting>,
    stage: Stage,
    /// Names of events that nothing expected yet.
    unexpected: VecDeque<String>,
    /// Digits that nothing expected yet.
    digits: String,
    /// Files of recordings that run.
    files: BTreeMap<CallId, String>,
    outputs: VecDeque<Output>,
    failures: u32,
}

impl Conductor {
    /// A phone without a script.
    pub fn new(phone: Phone) -> Self {
        Self {
            phone,
            lines: VecDeque::new(),
            waiting: None,
            stage: Stage::Playing,
            unexpected: VecDeque::new(),
            digits: String::new(),
            files: BTreeMap::new(),
            outputs: VecDeque::new(),
            failures: 0,
        }
    }

    /// The phone, to be given packets and asked for them; [`Conductor::settle`] must follow.
    pub fn phone(&mut self) -> &mut Phone {
        &mut self.phone
    }

    /// Whether another line may be given.
    pub fn has_room(&self) -> bool {
        self.lines.len() < MAX_LINES
    }

    /// Commands that went wrong and expectations that were not met.
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// Takes a line; empty ones and those that begin with `#` say nothing, one too many is refused.
    pub fn handle_line(&mut self, now: Duration, line: &str) {
        let line = line.trim();
        if !self.has_room() {
            self.refuse(now, line, "too many lines wait");
        } else if !line.is_empty() && !line.starts_with('#') {
            self.lines.push_back((line.to_owned(), line.parse()));
        }
        self.settle(now);
    }

    /// There are no more lines: what is left is done, then the phone quits.
    pub fn handle_end(&mut self, now: Duration) {
        self.lines
            .push_back(("quit".to_owned(), Ok(Command::Do(Deed::Quit))));
        self.settle(now);
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Duration) {
        if self.phone.poll_timeout().is_some_and(|at| at <= now) {
            self.phone.handle_timeout(now);
        }
        self.settle(now);
    }

    /// When [`Conductor::handle_timeout`] is due next.
    pub fn poll_timeout(&self) -> Option<Duration> {
        let own = match self.stage {
            Stage::Playing => self.waiting.as_ref().map(|waiting| waiting.until),
            Stage::Leaving { until } => Some(until),
            Stage::Over => None,
        };
        own.into_iter().chain(self.phone.poll_timeout()).min()
    }

    /// The next thing to write.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Tells what happened and goes on with the script as far as it goes.
    pub fn settle(&mut self, now: Duration) {
        self.pass_events_on(now);
        loop {
            if let Some(waiting) = self.waiting.take()
                && !self.is_over(now, &waiting)
            {
                self.waiting = Some(waiting);
                return;
            }
            match self.stage {
                Stage::Playing => {}
                Stage::Leaving { until } => {
                    self.leave(now, until);
                    return;
                }
                Stage::Over => return,
            }
            let Some((line, command)) = self.lines.pop_front() else {
                return;
            };
            match command {
                Ok(command) => self.begin(now, line, command),
                Err(error) => self.refuse(now, &line, &error.to_string()),
            }
            self.pass_events_on(now);
        }
    }

    fn leave(&mut self, now: Duration, until: Duration) {
        if now >= until || self.phone.load().sessions == 0 && !self.phone.is_registered() {
            self.stage = Stage::Over;
            self.outputs.push_back(Output::Quit);
        }
    }

    fn pass_events_on(&mut self, now: Duration) {
        while let Some(event) = self.phone.poll_event() {
            self.outputs.push_back(Output::Line(event.to_json()));
            let value = serde_json::to_value(&event.what).unwrap_or_default();
            if let Some(name) = value.get("event").and_then(Value::as_str) {
                if self.unexpected.len() == MAX_UNEXPECTED {
                    self.unexpected.pop_front();
                }
                self.unexpected.push_back(name.to_owned());
            }
            match event.what {
                Happening::DigitHeard { digit, .. } => {
                    if self.digits.len() >= MAX_UNEXPECTED {
                        self.digits.remove(0);
                    }
                    self.digits.push(digit);
                }
                Happening::Ended { call, .. } | Happening::Failed { call, .. } => {
                    self.write_recording(now, call)
                }
                Happening::Registered { .. }
                | Happening::RegisterFailed { .. }
                | Happening::Unregistered
                | Happening::IncomingCall { .. }
                | Happening::Ringing { .. }
                | Happening::Progress { .. }
                | Happening::Answered { .. }
                | Happening::ToneHeard { .. }
                | Happening::ToneLost { .. }
                | Happening::DigitsSent { .. }
                | Happening::Held { .. }
                | Happening::Resumed { .. }
                | Happening::Changed { .. }
                | Happening::ChangeFailed { .. } => {}
            }
        }
    }

    fn begin(&mut self, now: Duration, line: String, command: Command) {
        let (what, patience) = match command {
            Command::Do(deed) => {
                match self.act(now, deed) {
                    Ok(more) => self.answer(now, &line, more),
                    Err(error) => self.refuse(now, &line, &error.to_string()),
                }
                return;
            }
            Command::Wait { time } => (None, time),
            Command::Expect { what, within } => (Some(what), within),
        };
        self.waiting = Some(Waiting {
            line,
            what,
            since: now,
            until: now + patience,
        });
    }

    /// Does a deed; gives what the answer says besides.
    fn act(&mut self, now: Duration, deed: Deed) -> Result<Value, PhoneError> {
        let phone = &mut self.phone;
        match deed {
            Deed::Register { expires } => phone.register(now, expires)?,
            Deed::Unregister => phone.unregister(now)?,
            Deed::Call { number } => return Ok(json!({ "call": phone.call(now, &number)? })),
            Deed::Answer { call } => phone.answer(now, one(phone, call)?)?,
            Deed::Reject { status, call } => phone.reject(now, one(phone, call)?, status)?,
            Deed::Hangup { call } => phone.hangup(now, one(phone, call)?)?,
            Deed::Hold { call } => phone.hold(now, one(phone, call)?)?,
            Deed::Unhold { call } => phone.unhold(now, one(phone, call)?)?,
            Deed::Tone { hz, call } => self.play(now, hz, call)?,
            Deed::Digits { digits, call } => phone.send_digits(now, one(phone, call)?, &digits)?,
            Deed::Record { file, call } => {
                let call = one(phone, call)?;
                phone.record(now, call)?;
                self.files.insert(call, file);
            }
            Deed::RecordOff { call } => {
                let call = one(phone, call)?;
                self.write_recording(now, call);
            }
            Deed::Policy(policy) => phone.set_policy(policy),
            Deed::Stats { call } => {
                let call = call.or_else(|| phone.latest()).ok_or(PhoneError::NoSuchCall)?;
                let report = phone.report(now, call).ok_or(PhoneError::NoSuchCall)?;
                return Ok(json!({ "stats": report, "text": report.to_string() }));
            }
            Deed::Ladder => return Ok(json!({ "text": phone.ladder().to_string() })),
            Deed::Quit => self.quit(now),
        }
        Ok(Value::Null)
    }

    fn play(&mut self, now: Duration, hz: Option<u16>, call: Option<CallId>) -> Result<(), PhoneError> {
        if let Some(call) = call {
            return self.phone.play(now, call, hz);
        }
        self.phone.set_tone(hz);
        let calls: Vec<CallId> = self.phone.calls().collect();
        calls
            .into_iter()
            .try_for_each(|call| self.phone.play(now, call, hz))
    }

    fn quit(&mut self, now: Duration) {
        let calls: Vec<CallId> = self.phone.calls().collect();
        for call in calls {
            // A call that ends by itself meanwhile is as good.
            let _ = self.phone.hangup(now, call);
        }
        // A phone that is not registered has nothing to take back.
        let _ = self.phone.unregister(now);
        self.stage = Stage::Leaving {
            until: now + MAX_FAREWELL,
        };
    }

    fn write_recording(&mut self, now: Duration, call: CallId) {
        let Some(path) = self.files.remove(&call) else {
            return;
        };
        let samples = self.phone.take_recording(now, call).unwrap_or_default();
        let mut writer = WavWriter::new();
        let mut data = Vec::new();
        writer.append(&samples, &mut data);
        let mut bytes = writer.header().to_vec();
        bytes.append(&mut data);
        self.outputs.push_back(Output::File { path, bytes });
    }

    /// Whether a waiting command is over; says how it went.
    fn is_over(&mut self, now: Duration, waiting: &Waiting) -> bool {
        let is_met = waiting.what.as_ref().is_some_and(|what| self.is_met(what));
        if is_met {
            let waited = ms(now.saturating_sub(waiting.since));
            self.answer(now, &waiting.line, json!({ "waited_ms": waited }));
            return true;
        }
        if now < waiting.until {
            return false;
        }
        match &waiting.what {
            None => self.answer(now, &waiting.line, Value::Null),
            Some(what) => {
                let reason = self.disappointment(what);
                self.refuse(now, &waiting.line, &reason);
            }
        }
        true
    }

    /// Whether an expectation is met; what met it is used up.
    fn is_met(&mut self, what: &Expectation) -> bool {
        match what {
            Expectation::Tone { hz, call } => self.heard(*call).contains(hz),
            Expectation::Silence { call } => self.heard(*call).is_empty(),
            Expectation::Digits(digits) => {
                let Some(at) = self.digits.find(digits.as_str()) else {
                    return false;
                };
                self.digits.drain(..at + digits.len());
                true
            }
            Expectation::Event(event) => {
                let is_it = |name: &String| match *event {
                    "over" => name == "ended" || name == "failed",
                    event => name == event,
                };
                let Some(at) = self.unexpected.iter().position(is_it) else {
                    return false;
                };
                self.unexpected.drain(..=at);
                true
            }
        }
    }

    /// Why an expectation was not met.
    fn disappointment(&self, what: &Expectation) -> String {
        match what {
            Expectation::Tone { call, .. } | Expectation::Silence { call } => {
                let tones: Vec<String> = self.heard(*call).iter().map(|hz| format!("{hz} Hz")).collect();
                match tones.is_empty() {
                    true => "no tone is heard".to_owned(),
                    false => format!("heard is {}", tones.join(" and ")),
                }
            }
            Expectation::Digits(_) => format!("the digits heard are {:?}", self.digits),
            Expectation::Event(_) => {
                let names: Vec<&str> = self.unexpected.iter().map(String::as_str).collect();
                match names.is_empty() {
                    true => "nothing happened".to_owned(),
                    false => format!("what happened is {}", names.join(", ")),
                }
            }
        }
    }

    fn heard(&self, call: Option<CallId>) -> Vec<u16> {
        one(&self.phone, call)
            .map(|call| self.phone.tones(call))
            .unwrap_or_default()
    }

    fn answer(&mut self, now: Duration, line: &str, more: Value) {
        let mut object = json!({ "event": "ok", "command": line, "at_ms": ms(now) });
        if let (Some(object), Value::Object(more)) = (object.as_object_mut(), more) {
            object.extend(more);
        }
        self.outputs.push_back(Output::Line(object.to_string()));
    }

    fn refuse(&mut self, now: Duration, line: &str, reason: &str) {
        self.failures += 1;
        let object = json!({ "event": "error", "command": line, "reason": reason, "at_ms": ms(now) });
        self.outputs.push_back(Output::Line(object.to_string()));
    }
}

/// The call that is named, or the newest one that lives.
fn one(phone: &Phone, call: Option<CallId>) -> Result<CallId, PhoneError> {
    call.or_else(|| phone.calls().next_back())
        .ok_or(PhoneError::NoSuchCall)
}
