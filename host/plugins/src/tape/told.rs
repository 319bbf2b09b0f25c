//! How do answers get onto a tape and off it again? As JSON, in which handles are numbers.

use serde_json::{Value as Json, json};
use wasmtime::component::Resource;

use super::reel::{Answer, Handles, Question};
use super::text::{Text, number, of};
use crate::bindings::calls::ucx::call::bridges::BridgeInfo;
use crate::bindings::calls::ucx::call::channels::{ChannelInfo, ConnectResult, DialResult, TransferResult};
use crate::bindings::calls::ucx::call::devices::{DeviceState, Hint};
use crate::bindings::calls::ucx::call::media::{Gathered, Played, Recorded};
use crate::bindings::ucx::host::keyvalue_extra::Versioned;
use crate::bindings::ucx::types::common::Error;
use crate::bindings::wasi::keyvalue::store;
use crate::state::GuestState;
use crate::values::Event;

/// Stands for whatever a handle of a replay would stand for.
pub(crate) struct Phantom;

/// An answer that goes onto a tape and comes back the same.
pub(crate) trait Told: Sized {
    fn told(&self, handles: &mut Handles) -> Json;
    fn read(json: &Json, state: &mut GuestState) -> Option<Self>;
}

macro_rules! told_as_text {
    ($($kind:ty),* $(,)?) => { $(
        impl Told for $kind {
            fn told(&self, _: &mut Handles) -> Json {
                self.json()
            }

            fn read(json: &Json, _: &mut GuestState) -> Option<Self> {
                Text::read(json)
            }
        }
    )* };
}

told_as_text!(
    (),
    bool,
    u32,
    u64,
    String,
    Vec<String>,
    Option<String>,
    Option<u64>,
    ChannelInfo,
    ConnectResult,
    TransferResult,
    Played,
    Gathered,
    Recorded,
    BridgeInfo,
    DeviceState,
    Option<Hint>,
    Option<Event>,
    Option<Versioned>,
    store::KeyResponse,
);

impl<T: 'static> Told for Resource<T> {
    fn told(&self, handles: &mut Handles) -> Json {
        json!({"handle": handles.give(self.rep())})
    }

    fn read(_: &Json, state: &mut GuestState) -> Option<Self> {
        let phantom = state.handles.push(Phantom).ok()?;
        state.tape.handles()?.give(phantom.rep());
        Some(Self::new_own(phantom.rep()))
    }
}

impl<T: Told> Told for Result<T, Error> {
    fn told(&self, handles: &mut Handles) -> Json {
        match self {
            Ok(value) => json!({"ok": value.told(handles)}),
            Err(error) => json!({"error": error.json()}),
        }
    }

    fn read(json: &Json, state: &mut GuestState) -> Option<Self> {
        match json.get("ok") {
            Some(value) => T::read(value, state).map(Ok),
            None => Error::read(json.get("error")?).map(Err),
        }
    }
}

impl<T: Told> Told for Result<T, store::Error> {
    fn told(&self, handles: &mut Handles) -> Json {
        match self {
            Ok(value) => json!({"ok": value.told(handles)}),
            Err(error) => json!({"error": error.json()}),
        }
    }

    fn read(json: &Json, state: &mut GuestState) -> Option<Self> {
        match json.get("ok") {
            Some(value) => T::read(value, state).map(Ok),
            None => store::Error::read(json.get("error")?).map(Err),
        }
    }
}

impl Told for DialResult {
    fn told(&self, handles: &mut Handles) -> Json {
        json!({"status": self.status.json(), "answered": self.answered.as_ref().map(|leg| leg.told(handles)),
               "cause": self.cause, "sip-code": self.sip_code, "leg": self.leg, "rang": self.rang,
               "attrs": self.attrs.json()})
    }

    fn read(json: &Json, state: &mut GuestState) -> Option<Self> {
        let answered = json.get("answered").filter(|leg| !leg.is_null());
        Some(Self {
            status: of(json, "status")?,
            cause: number(json, "cause")?,
            sip_code: number(json, "sip-code")?,
            leg: number(json, "leg")?,
            rang: number(json, "rang")?,
            attrs: of(json, "attrs")?,
            answered: match answered {
                Some(leg) => Some(Told::read(leg, state)?),
                None => None,
            },
        })
    }
}

impl GuestState {
    /// What a recording says to a question; none if it is to be asked.
    pub(crate) fn off_tape<T: Told>(&mut self, question: Option<&Question>) -> wasmtime::Result<Option<T>> {
        let Some(question) = question else { return Ok(None) };
        let said = match self.tape.answer(question) {
            Answer::Ask => return Ok(None),
            Answer::Stop(why) => return Err(wasmtime::Error::msg(why)),
            Answer::Said(said) => said,
        };
        // Whatever was waited for then, a turn ends with it.
        self.cpu.wait_begins();
        self.cpu.wait_ends(true);
        self.log_quota = Default::default();
        if let Some(words) = said.get("trap").and_then(Json::as_str) {
            return Err(wasmtime::Error::msg(words.to_owned()));
        }
        match T::read(&said, self) {
            Some(answer) => Ok(Some(answer)),
            None => Err(wasmtime::Error::msg("an answer in the recording cannot be read")),
        }
    }

    /// Writes down what was said to a question.
    pub(crate) fn onto_tape<T: Told>(&mut self, question: Option<Question>, said: &wasmtime::Result<T>) {
        let Some(question) = question else { return };
        let Some(handles) = self.tape.handles() else {
            return;
        };
        let said = match said {
            Ok(said) => said.told(handles),
            Err(error) => json!({"trap": crate::generation::short(error)}),
        };
        self.tape.answered(question, said);
    }

    /// A handle of the guest's is gone, whatever is behind it.
    pub(crate) fn drop_handle<T: 'static>(&mut self, handle: Resource<T>) -> wasmtime::Result<()> {
        self.tape.forget(handle.rep());
        if self.tape.is_replay() {
            self.handles.delete(Resource::<Phantom>::new_own(handle.rep()))?;
        } else {
            self.handles.delete(handle)?;
        }
        Ok(())
    }
}

/// Asks what stands behind a function of the guest's, unless a recording has the answer, and writes it down.
///
/// `taped!(self, "kind function", Some(handle), (arguments in words), { work })`
macro_rules! taped {
    ($state:ident, $what:literal, $handle:expr, ($($with:tt)*), $work:block) => {{
        let question = $state.tape.question($what, $handle, format_args!($($with)*));
        match $state.off_tape(question.as_ref())? {
            Some(answer) => Ok(answer),
            None => {
                let answer = async { $work }.await;
                $state.onto_tape(question, &answer);
                answer
            }
        }
    }};
    (now $state:ident, $what:literal, $handle:expr, ($($with:tt)*), $work:block) => {{
        let question = $state.tape.question($what, $handle, format_args!($($with)*));
        match $state.off_tape(question.as_ref())? {
            Some(answer) => Ok(answer),
            None => {
                let answer = $work;
                $state.onto_tape(question, &answer);
                answer
            }
        }
    }};
}
pub(crate) use taped;
