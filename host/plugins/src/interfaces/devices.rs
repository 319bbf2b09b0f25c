//! `ucx:call/devices`: states of devices, hints, global variables, events of the plugin's own.

use std::sync::Arc;

use ucx_call::{DeviceState as State, ExtensionState, Refusal};
use ucx_pbx::{HintView, PersonView};

use crate::bindings::calls::ucx::call::devices::{DeviceState, Hint, Host, MailboxCounts};
use crate::bindings::ucx::types::common::{Attr, Error};
use crate::flow::desk_refused;
use crate::state::GuestState;
use crate::tape::taped;
use crate::telephony::text_attr;

const MAILBOXES: &str = "mailboxes are not built into this host";

/// The longest value of a global variable in bytes.
const GLOBAL_MAX: usize = 64 << 10;

type Answer<T> = wasmtime::Result<Result<T, Error>>;

impl Host for GuestState {
    async fn get_state(&mut self, device: String) -> Answer<DeviceState> {
        taped!(self, "get-state", None, ("{device:?}"), {
            let desk = match self.desk() {
                Ok(desk) => desk,
                Err(error) => return Ok(Err(error)),
            };
            let state = self.wait(async { desk.device_state(&device).await }).await;
            Ok(state.map(state_of).map_err(desk_refused))
        })
    }

    async fn set_state(&mut self, device: String, state: DeviceState) -> Answer<()> {
        taped!(self, "set-state", None, ("{device:?} {state:?}"), {
            if !crate::grant::fits(&self.rights.asks.devices, &device) {
                return Ok(Err(Error::Denied(format!("devices = [{device:?}]"))));
            }
            let desk = match self.desk() {
                Ok(desk) => desk,
                Err(error) => return Ok(Err(error)),
            };
            let set = self
                .wait(async { desk.set_device_state(&device, given(state)).await })
                .await;
            Ok(set.map_err(desk_refused))
        })
    }

    async fn get_hint(&mut self, context: String, exten: String) -> Answer<Option<Hint>> {
        taped!(self, "get-hint", None, ("{context:?} {exten:?}"), {
            let desk = match self.desk() {
                Ok(desk) => desk,
                Err(error) => return Ok(Err(error)),
            };
            let found = self
                .wait(async {
                    let Some(hint) = desk.extension_state(&context, &exten).await? else {
                        return Ok::<_, Refusal>(None);
                    };
                    // Who is behind it stands after its devices.
                    let person = match hint.hint.split_once(',') {
                        Some((_, person)) => desk.presence_state(person.trim()).await?,
                        None => None,
                    };
                    Ok(Some((hint, person)))
                })
                .await;
            Ok(found
                .map_err(desk_refused)
                .map(|found| found.map(|(hint, person)| hint_of(&hint, person))))
        })
    }

    async fn get_mailbox(&mut self, _: String) -> Answer<MailboxCounts> {
        Ok(Err(Error::Unavailable(MAILBOXES.to_owned())))
    }

    async fn set_mailbox(&mut self, _: String, _: MailboxCounts) -> Answer<()> {
        Ok(Err(Error::Unavailable(MAILBOXES.to_owned())))
    }

    async fn publish(&mut self, name: String, attrs: Vec<Attr>) -> Answer<()> {
        taped!(self, "publish", None, ("{name:?} {attrs:?}"), {
            let desk = match self.desk() {
                Ok(desk) => desk,
                Err(error) => return Ok(Err(error)),
            };
            let fields = match super::fields::fields(&name, &attrs) {
                Ok(fields) => fields,
                Err(error) => return Ok(Err(error)),
            };
            let published = self
                .wait(async { desk.user_event(None, &name, fields).await })
                .await;
            Ok(published.map_err(desk_refused))
        })
    }

    async fn get_global(&mut self, name: String) -> Answer<Option<String>> {
        taped!(self, "get-global", None, ("{name:?}"), {
            if !self.rights.asks.globals.contains(&name) {
                return Ok(Err(Error::Denied(format!("globals = [{name:?}]"))));
            }
            let desk = match self.desk() {
                Ok(desk) => desk,
                Err(error) => return Ok(Err(error)),
            };
            let value = self.wait(async { desk.variable(None, &name).await }).await;
            Ok(value.map_err(desk_refused))
        })
    }

    async fn set_global(&mut self, name: String, value: String) -> Answer<()> {
        taped!(self, "set-global", None, ("{name:?} {value:?}"), {
            if !self.rights.asks.globals.contains(&name) {
                return Ok(Err(Error::Denied(format!("globals = [{name:?}]"))));
            }
            if value.len() > GLOBAL_MAX {
                return Ok(Err(Error::Invalid(format!("value: at most {GLOBAL_MAX} bytes"))));
            }
            let desk = match self.desk() {
                Ok(desk) => desk,
                Err(error) => return Ok(Err(error)),
            };
            let set = self
                .wait(async { desk.set_variable(None, &name, &value).await })
                .await;
            Ok(set.map_err(desk_refused))
        })
    }
}

fn hint_of(hint: &HintView, person: Option<PersonView>) -> Hint {
    let word = |of: fn(&PersonView) -> &Arc<str>| {
        let said = person.as_ref().map(of);
        said.map(ToString::to_string).unwrap_or_default()
    };
    let subtype = word(|person| &person.subtype);
    Hint {
        devices: hint.hint.to_string(),
        state: state_of_exten(hint.state),
        presence: word(|person| &person.status),
        message: word(|person| &person.message),
        attrs: if subtype.is_empty() {
            Vec::new()
        } else {
            vec![text_attr("subtype", &subtype)]
        },
    }
}

fn state_of(state: State) -> DeviceState {
    match state {
        State::Unknown => DeviceState::Unknown,
        State::NotInUse => DeviceState::NotInuse,
        State::InUse => DeviceState::Inuse,
        State::Busy => DeviceState::Busy,
        State::Invalid => DeviceState::Invalid,
        State::Unavailable => DeviceState::Unavailable,
        State::Ringing => DeviceState::Ringing,
        State::RingInUse => DeviceState::Ringinuse,
        State::OnHold => DeviceState::Onhold,
    }
}

/// The state of all devices of a hint together.
fn state_of_exten(state: ExtensionState) -> DeviceState {
    match state {
        ExtensionState::Removed | ExtensionState::NotFound => DeviceState::Unknown,
        ExtensionState::Idle => DeviceState::NotInuse,
        ExtensionState::InUse => DeviceState::Inuse,
        ExtensionState::Busy => DeviceState::Busy,
        ExtensionState::Unavailable => DeviceState::Unavailable,
        ExtensionState::Ringing => DeviceState::Ringing,
        ExtensionState::InUseRinging => DeviceState::Ringinuse,
        ExtensionState::OnHold | ExtensionState::InUseOnHold => DeviceState::Onhold,
    }
}

fn given(state: DeviceState) -> State {
    match state {
        DeviceState::Unknown => State::Unknown,
        DeviceState::NotInuse => State::NotInUse,
        DeviceState::Inuse => State::InUse,
        DeviceState::Busy => State::Busy,
        DeviceState::Invalid => State::Invalid,
        DeviceState::Unavailable => State::Unavailable,
        DeviceState::Ringing => State::Ringing,
        DeviceState::Ringinuse => State::RingInUse,
        DeviceState::Onhold => State::OnHold,
    }
}
