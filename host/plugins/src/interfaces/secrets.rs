//! `ucx:host/secrets`: passwords and keys. They are in no log and no list.

use crate::bindings::ucx::host::secrets::Host;
use crate::bindings::ucx::types::common::Error;
use crate::state::GuestState;

impl Host for GuestState {
    fn get(&mut self, name: String) -> wasmtime::Result<Result<String, Error>> {
        if !self.rights.asks.secrets.contains(&name) {
            return Ok(Err(Error::Denied(format!("secrets = [{name:?}]"))));
        }
        let Self { rights, tape, .. } = self;
        Ok(tape.secret(&name, || {
            rights.secrets.get(&name).cloned().ok_or(Error::NotFound)
        }))
    }
}
