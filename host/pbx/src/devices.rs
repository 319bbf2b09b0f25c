//! Devices, hints and people as requests and the dialplan see them, and their place in the database.

use crate::Pbx;
use crate::database::path;
use std::sync::Arc;
use ucx_call::{DeviceState, ExtensionState, Refusal};
use ucx_dialplan::{FunctionError, Query, Scope};
use ucx_presence::{HintSpec, HintView, PersonView};

/// The family of the database where states of `Custom:` devices are kept.
const CUSTOM_FAMILY: &str = "CustomDevstate";

/// The same for `Stasis:` devices.
const STASIS_FAMILY: &str = "StasisDevstate";

/// The same for presences.
const PRESENCE_FAMILY: &str = "CustomPresence";

impl Pbx {
    /// How a device is used: `PJSIP/bob`, `Local/1002@office`, `Custom:door`.
    pub fn device_state(&self, name: &str) -> DeviceState {
        self.with_state(|state| {
            state
                .presence
                .device(name, &|context, exten| self.exten_exists(context, exten, 1, ""))
        })
    }

    /// All devices with a state of their own.
    pub fn device_states(&self) -> Vec<(Arc<str>, DeviceState)> {
        self.with_state(|state| {
            let known = state.presence.devices();
            known.map(|(name, state)| (name.clone(), state)).collect()
        })
    }

    /// Sets a `Custom:` or `Stasis:` device; it keeps the state when the host starts again.
    ///
    /// # Errors
    /// [`Refusal::Conflict`] for any other device; [`Refusal::Invalid`] for the state `UNKNOWN`; [`Refusal::Full`].
    pub fn set_device_state(&self, name: &str, state: DeviceState) -> Result<(), Refusal> {
        self.mutate_state(|all, _| all.presence.set_device(name, state))?;
        let (family, key) = device_row(name);
        self.database_put(family, key, state.as_str())
    }

    /// Forgets the state of a `Custom:` or `Stasis:` device; whether it had one.
    ///
    /// # Errors
    /// [`Refusal::Conflict`] for any other device; [`Refusal::Full`].
    pub fn delete_device_state(&self, name: &str) -> Result<bool, Refusal> {
        let was_set = self.mutate_state(|all, _| all.presence.delete_device(name))?;
        let (family, key) = device_row(name);
        self.database_delete(family, key)?;
        Ok(was_set)
    }

    /// All hints that are no patterns, by context and extension, and how their devices are used.
    pub fn extension_states(&self) -> Vec<HintView> {
        self.with_state(|state| state.presence.hints().collect())
    }

    /// The hint of an extension, and how its devices are used; none if it has no hint.
    pub fn extension_state(&self, context: &str, exten: &str) -> Option<HintView> {
        if let Some(view) = self.with_state(|state| state.presence.hint(context, exten)) {
            return Some(view);
        }
        let spec = self.pattern_hint(context, exten)?;
        let state = self.with_state(|state| {
            let devices = spec.devices.iter().map(|device| &**device);
            state.presence.combined(devices, &|context, exten| {
                self.exten_exists(context, exten, 1, "")
            })
        });
        Some(HintView {
            context: spec.context,
            exten: spec.exten,
            hint: spec.text,
            state,
        })
    }

    /// What somebody says of their presence; none if no such provider is known.
    pub fn presence_state(&self, name: &str) -> Option<PersonView> {
        self.with_state(|state| state.presence.person(name))
    }

    /// What everybody said who said something, by name.
    pub fn presence_states(&self) -> Vec<PersonView> {
        self.with_state(|state| state.presence.people().cloned().collect())
    }

    /// Sets what somebody says of their presence; it is kept when the host starts again.
    ///
    /// # Errors
    /// [`Refusal::Conflict`] for a name that is not `CustomPresence:…`; [`Refusal::Invalid`] for a status that is none;
    /// [`Refusal::Full`].
    pub fn set_presence_state(
        &self,
        name: &str,
        status: &str,
        subtype: &str,
        message: &str,
    ) -> Result<(), Refusal> {
        self.mutate_state(|state, _| state.presence.set_person(name, status, subtype, message))?;
        let (_, key) = name.split_once(':').unwrap_or_default();
        self.database_put(PRESENCE_FAMILY, key, &format!("{status},{subtype},{message}"))
    }

    /// What was set before the host started, as the database has it. A row that cannot be read is passed over.
    pub(crate) fn recall_states(&self) {
        for (family, kind) in [(CUSTOM_FAMILY, "Custom:"), (STASIS_FAMILY, "Stasis:")] {
            for (row, value) in self.database_tree(family) {
                let name = format!("{kind}{}", &row[path(family, "").len() + 1..]);
                let set = value
                    .parse()
                    .map_err(|_| Refusal::Invalid(format!("{value} is no device state")))
                    .and_then(|state| self.mutate_state(|all, _| all.presence.set_device(&name, state)));
                if let Err(refusal) = set {
                    tracing::warn!(%row, %refusal, "a device state in the database was passed over");
                }
            }
        }
        for (row, value) in self.database_tree(PRESENCE_FAMILY) {
            let name = format!("CustomPresence:{}", &row[path(PRESENCE_FAMILY, "").len() + 1..]);
            let mut parts = value.splitn(3, ',').map(str::to_owned);
            let mut part = || parts.next().unwrap_or_default();
            let (status, subtype, message) = (part(), part(), part());
            let set =
                self.mutate_state(|state, _| state.presence.set_person(&name, &status, &subtype, &message));
            if let Err(refusal) = set {
                tracing::warn!(%row, %refusal, "a presence in the database was passed over");
            }
        }
    }

    /// Takes the hints of the dialplan as it is now.
    pub(crate) fn renew_hints(&self) {
        let plan = self.dialplan();
        let hints = plan
            .hints()
            .filter(|(_, extension, _)| !extension.pattern().is_pattern());
        let specs = hints.map(|(context, extension, hint)| {
            let text = self.expand_hint(&hint.text, extension.name());
            hint_spec(context.name(), extension.name(), &text)
        });
        let specs: Vec<_> = specs.collect();
        let automatic = plan.contexts().filter(|context| context.has_autohints());
        let automatic = automatic.map(|context| Arc::from(context.name())).collect();
        self.mutate_state(|state, _| state.presence.set_hints(specs, automatic));
    }

    /// The hint that a pattern gives an extension.
    fn pattern_hint(&self, context: &str, exten: &str) -> Option<HintSpec> {
        let (plan, calendar) = (self.dialplan(), self.calendar());
        let query = Query {
            context,
            exten,
            caller_id: "",
            calendar: &calendar,
        };
        let (_, hint) = plan.hint(&query)?;
        Some(hint_spec(context, exten, &self.expand_hint(&hint.text, exten)))
    }

    /// A hint with its variables: the extension and the global ones. One that is not well formed stays as written.
    fn expand_hint(&self, text: &str, exten: &str) -> String {
        let mut scope = HintScope { pbx: self, exten };
        ucx_dialplan::substitute(&mut scope, text)
            .map_or_else(|_| text.to_owned(), std::borrow::Cow::into_owned)
    }

    /// The states of an extension as the function `EXTENSION_STATE` says them.
    pub fn extension_state_word(&self, context: &str, exten: &str) -> &'static str {
        match self.extension_state(context, exten).map(|view| view.state) {
            None | Some(ExtensionState::Removed | ExtensionState::NotFound) => "UNKNOWN",
            Some(ExtensionState::Idle) => "NOT_INUSE",
            Some(ExtensionState::InUse) => "INUSE",
            Some(ExtensionState::Busy) => "BUSY",
            Some(ExtensionState::Unavailable) => "UNAVAILABLE",
            Some(ExtensionState::Ringing) => "RINGING",
            Some(ExtensionState::InUseRinging) => "RINGINUSE",
            Some(ExtensionState::OnHold) => "HOLD",
            Some(ExtensionState::InUseOnHold) => "HOLDINUSE",
        }
    }
}

fn device_row(name: &str) -> (&'static str, &str) {
    match name.split_once(':') {
        Some(("Stasis", key)) => (STASIS_FAMILY, key),
        Some((_, key)) => (CUSTOM_FAMILY, key),
        None => (CUSTOM_FAMILY, name),
    }
}

fn hint_spec(context: &str, exten: &str, text: &str) -> HintSpec {
    let devices = text.split(',').next().unwrap_or_default().split('&');
    HintSpec {
        context: Arc::from(context),
        exten: Arc::from(exten),
        text: Arc::from(text),
        devices: devices
            .map(str::trim)
            .filter(|device| !device.is_empty())
            .map(Arc::from)
            .collect(),
    }
}

/// What the text of a hint may refer to: no channel, and no function.
struct HintScope<'a> {
    pbx: &'a Pbx,
    exten: &'a str,
}

impl Scope for HintScope<'_> {
    fn variable(&mut self, name: &str) -> Option<String> {
        if name == "EXTEN" {
            return Some(self.exten.to_owned());
        }
        self.pbx.global(name).map(|value| value.to_string())
    }

    fn function(&mut self, _: &str, _: &str) -> Result<String, FunctionError> {
        Err(FunctionError::Unknown)
    }

    fn report(&mut self, problem: ucx_dialplan::Problem<'_>) {
        tracing::warn!(%problem, exten = self.exten, "a hint has a mistake in it");
    }
}
