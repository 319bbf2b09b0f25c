//! Requests about devices, hints and people.

use super::Desk;
use std::sync::Arc;
use ucx_call::{DeviceState, Refusal, Right};
use ucx_presence::{HintView, PersonView};

impl Desk {
    /// All devices with a state of their own.
    ///
    /// # Errors
    /// As for [`Self::channels`].
    pub async fn device_states(&self) -> Result<Vec<(Arc<str>, DeviceState)>, Refusal> {
        self.ask(Right::Look, |pbx| Ok(pbx.device_states())).await
    }

    /// How a device is used; `Invalid` if there is none of that name.
    ///
    /// # Errors
    /// As for [`Self::channels`].
    pub async fn device_state(&self, name: &str) -> Result<DeviceState, Refusal> {
        let name = name.to_owned();
        self.ask(Right::Look, move |pbx| Ok(pbx.device_state(&name)))
            .await
    }

    /// Sets a `Custom:` or `Stasis:` device.
    ///
    /// # Errors
    /// [`Refusal::Conflict`] for any other device; [`Refusal::Invalid`] for the state `UNKNOWN`; [`Refusal::Full`].
    pub async fn set_device_state(&self, name: &str, state: DeviceState) -> Result<(), Refusal> {
        let name = name.to_owned();
        self.ask(Right::Control, move |pbx| pbx.set_device_state(&name, state))
            .await
    }

    /// Forgets the state of a `Custom:` or `Stasis:` device; whether it had one.
    ///
    /// # Errors
    /// [`Refusal::Conflict`] for any other device; [`Refusal::Full`].
    pub async fn delete_device_state(&self, name: &str) -> Result<bool, Refusal> {
        let name = name.to_owned();
        self.ask(Right::Control, move |pbx| pbx.delete_device_state(&name))
            .await
    }

    /// All hints that are no patterns, by context and extension.
    ///
    /// # Errors
    /// As for [`Self::channels`].
    pub async fn extension_states(&self) -> Result<Vec<HintView>, Refusal> {
        self.ask(Right::Look, |pbx| Ok(pbx.extension_states())).await
    }

    /// The hint of an extension; none if it has none.
    ///
    /// # Errors
    /// As for [`Self::channels`].
    pub async fn extension_state(&self, context: &str, exten: &str) -> Result<Option<HintView>, Refusal> {
        let (context, exten) = (context.to_owned(), exten.to_owned());
        self.ask(Right::Look, move |pbx| Ok(pbx.extension_state(&context, &exten)))
            .await
    }

    /// What everybody said of their presence who said something, by name.
    ///
    /// # Errors
    /// As for [`Self::channels`].
    pub async fn presence_states(&self) -> Result<Vec<PersonView>, Refusal> {
        self.ask(Right::Look, |pbx| Ok(pbx.presence_states())).await
    }

    /// What somebody says of their presence; none if no such provider is known.
    ///
    /// # Errors
    /// As for [`Self::channels`].
    pub async fn presence_state(&self, name: &str) -> Result<Option<PersonView>, Refusal> {
        let name = name.to_owned();
        self.ask(Right::Look, move |pbx| Ok(pbx.presence_state(&name)))
            .await
    }
}
