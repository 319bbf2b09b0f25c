//! `ucx:host/lookup`: the operator's tables.

use crate::bindings::ucx::host::lookup::{Host, Row};
use crate::bindings::ucx::types::common::Error;
use crate::state::GuestState;
use crate::tables::Table;
use crate::tape::How;

/// Keys of one `find-many`.
const KEYS_MAX: usize = 256;

impl GuestState {
    fn rows(
        &mut self,
        name: &str,
        how: How,
        keys: &[String],
        row: impl Fn(&Table, &str) -> Option<Row>,
    ) -> Result<Vec<Option<Row>>, Error> {
        let Self {
            rights, host, tape, ..
        } = self;
        if !rights.asks.tables.contains(name) {
            return Err(Error::Denied(format!("tables = [{name:?}]")));
        }
        tape.rows(name, how, keys, || {
            let table = host.tables.by_name(name).ok_or(Error::NotFound)?;
            Ok(keys.iter().map(|key| row(&table, key)).collect())
        })
    }
}

impl Host for GuestState {
    fn find(&mut self, table: String, key: String) -> wasmtime::Result<Result<Option<Row>, Error>> {
        let found = self.rows(&table, How::Find, &[key], |table, key| table.find(key).cloned());
        Ok(found.map(|rows| rows.into_iter().next().flatten()))
    }

    fn longest_prefix(
        &mut self,
        table: String,
        digits: String,
    ) -> wasmtime::Result<Result<Option<Row>, Error>> {
        let found = self.rows(&table, How::LongestPrefix, &[digits], |table, digits| {
            table.longest_prefix(digits).cloned()
        });
        Ok(found.map(|rows| rows.into_iter().next().flatten()))
    }

    fn find_many(
        &mut self,
        table: String,
        keys: Vec<String>,
    ) -> wasmtime::Result<Result<Vec<Option<Row>>, Error>> {
        if keys.len() > KEYS_MAX {
            return Ok(Err(Error::Invalid(format!("at most {KEYS_MAX} keys at a time"))));
        }
        Ok(self.rows(&table, How::FindMany, &keys, |table, key| {
            table.find(key).cloned()
        }))
    }
}
