//! Requests about endpoints beside their calls.

use super::Desk;
use crate::{ContactView, RegistrationView};
use std::sync::Arc;
use ucx_call::{Action, Refusal, Right};
use ucx_config::pjsip::Pjsip;

impl Desk {
    /// The endpoints as they are configured now.
    ///
    /// # Errors
    /// As for [`Self::channels`].
    pub async fn pjsip(&self) -> Result<Arc<Pjsip>, Refusal> {
        self.ask(Right::Look, |pbx| Ok(pbx.pjsip())).await
    }

    /// Where the endpoints are, by address of record and URI.
    ///
    /// # Errors
    /// As for [`Self::channels`].
    pub async fn contacts(&self) -> Result<Vec<ContactView>, Refusal> {
        self.ask(Right::Look, |pbx| Ok(pbx.contacts())).await
    }

    /// Our own registrations elsewhere, by name.
    ///
    /// # Errors
    /// As for [`Self::channels`].
    pub async fn registrations(&self) -> Result<Vec<RegistrationView>, Refusal> {
        self.ask(Right::Look, |pbx| Ok(pbx.registrations())).await
    }

    /// Asks an endpoint's contacts whether they are there; events tell what they say.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] if there is no such endpoint.
    pub async fn qualify(&self, endpoint: &str) -> Result<(), Refusal> {
        let endpoint: Arc<str> = Arc::from(endpoint);
        self.ask(Right::Look, move |pbx| {
            pbx.check_endpoint(&endpoint)?;
            pbx.request(Action::Qualify { endpoint })
        })
        .await
    }

    /// Registers with somebody else now, or gives a registration up; the name `*all` means each.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] if there is no such registration.
    pub async fn register(&self, name: &str, registers: bool) -> Result<(), Refusal> {
        let name: Arc<str> = Arc::from(name);
        self.ask(Right::Administer, move |pbx| {
            if &*name != "*all" && !pbx.pjsip().registrations.contains_key(&*name) {
                return Err(Refusal::Invalid(format!("there is no registration {name}")));
            }
            pbx.request(Action::Register { name, registers })
        })
        .await
    }

    /// Sends a NOTIFY outside any subscription to an endpoint's contacts; a header named `Content` is a line of its body.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] if there is no such endpoint, or a header has a line break in it.
    pub async fn notify(&self, endpoint: &str, headers: Vec<(Arc<str>, Arc<str>)>) -> Result<(), Refusal> {
        let endpoint: Arc<str> = Arc::from(endpoint);
        self.ask(Right::Administer, move |pbx| {
            pbx.check_endpoint(&endpoint)?;
            if headers.iter().any(is_no_header) {
                return Err(Refusal::Invalid("a header of the NOTIFY is not one line".into()));
            }
            let headers = headers.into();
            pbx.request(Action::Notify { endpoint, headers })
        })
        .await
    }
}

fn is_no_header((name, value): &(Arc<str>, Arc<str>)) -> bool {
    name.is_empty() || name.contains(|c: char| c.is_control() || c == ':') || has_break(value)
}

fn has_break(text: &str) -> bool {
    text.contains(['\r', '\n', '\0'])
}
