//! `wasi:config/store`: the operator's settings, of those the manifest asks for.

use crate::bindings::wasi::config::store::{Error, Host};
use crate::state::GuestState;

impl Host for GuestState {
    fn get(&mut self, key: String) -> wasmtime::Result<Result<Option<String>, Error>> {
        if !self.rights.asks.config.contains(&key) {
            return Ok(Err(Error::Upstream(format!(
                "the manifest does not ask for config = [{key:?}]"
            ))));
        }
        Ok(Ok(self.rights.config.get(&key).cloned()))
    }

    fn get_all(&mut self) -> wasmtime::Result<Result<Vec<(String, String)>, Error>> {
        Ok(Ok(self
            .rights
            .config
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()))
    }
}
