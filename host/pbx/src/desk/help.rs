//! What the dialplan can call, and what it says about itself.

use super::Desk;
use crate::Help;
use ucx_call::{Refusal, Right};

impl Desk {
    /// The applications, by name, with their help.
    ///
    /// # Errors
    /// As for [`Self::channels`].
    pub async fn applications(&self) -> Result<Vec<(&'static str, &'static Help)>, Refusal> {
        self.ask(Right::Look, |pbx| {
            let applications = pbx.registry().applications();
            Ok(applications
                .map(|application| (application.name(), application.help()))
                .collect())
        })
        .await
    }

    /// The functions, by name, with their help.
    ///
    /// # Errors
    /// As for [`Self::channels`].
    pub async fn functions(&self) -> Result<Vec<(&'static str, &'static Help)>, Refusal> {
        self.ask(Right::Look, |pbx| {
            let functions = pbx.registry().functions();
            Ok(functions
                .map(|function| (function.name(), function.help()))
                .collect())
        })
        .await
    }
}
