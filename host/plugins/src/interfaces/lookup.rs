//! `ucx:host/lookup`: the operator's tables.

use std::sync::Arc;

use crate::bindings::ucx::host::lookup::{Host, Row};
use crate::bindings::ucx::types::common::Error;
use crate::state::GuestState;
use crate::tables::Table;

/// Keys of one `find-many`.
const KEYS_MAX: usize = 256;

impl GuestState {
    fn table(&self, name: &str) -> Result<Arc<Table>, Error> {
        if !self.rights.asks.tables.contains(name) {
            return Err(Error::Denied(format!("tables = [{name:?}]")));
        }
        self.host.tables.by_name(name).ok_or(Error::NotFound)
    }
}

impl Host for GuestState {
    fn find(&mut self, table: String, key: String) -> wasmtime::Result<Result<Option<Row>, Error>> {
        Ok(self.table(&table).map(|table| table.find(&key).cloned()))
    }

    fn longest_prefix(
        &mut self,
        table: String,
        digits: String,
    ) -> wasmtime::Result<Result<Option<Row>, Error>> {
        Ok(self
            .table(&table)
            .map(|table| table.longest_prefix(&digits).cloned()))
    }

    fn find_many(
        &mut self,
        table: String,
        keys: Vec<String>,
    ) -> wasmtime::Result<Result<Vec<Option<Row>>, Error>> {
        if keys.len() > KEYS_MAX {
            return Ok(Err(Error::Invalid(format!("at most {KEYS_MAX} keys at a time"))));
        }
        Ok(self
            .table(&table)
            .map(|table| keys.iter().map(|key| table.find(key).cloned()).collect()))
    }
}
