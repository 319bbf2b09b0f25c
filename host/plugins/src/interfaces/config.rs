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
        let Self { rights, tape, .. } = self;
        let found = tape.settings(Some(&key), || {
            let value = rights.config.get(&key).cloned();
            value.map(|value| (key.clone(), value)).into_iter().collect()
        });
        Ok(Ok(found.into_iter().next().map(|(_, value)| value)))
    }

    fn get_all(&mut self) -> wasmtime::Result<Result<Vec<(String, String)>, Error>> {
        let Self { rights, tape, .. } = self;
        Ok(Ok(tape.settings(None, || {
            let all = rights.config.iter();
            all.map(|(name, value)| (name.clone(), value.clone())).collect()
        })))
    }
}
