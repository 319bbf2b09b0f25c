//! `ucx:host/keyvalue-extra`: values that expire, and writes that lose a race.

use std::time::Duration;

use wasmtime::component::Resource;

use super::keyvalue::{Bucket, fitting, words};
use crate::bindings::ucx::host::keyvalue_extra::{Host, Versioned};
use crate::bindings::wasi::keyvalue::store::Error;
use crate::state::GuestState;
use crate::tape::taped;

impl Host for GuestState {
    fn set_expiring(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
        value: Vec<u8>,
        ttl: u32,
    ) -> wasmtime::Result<Result<(), Error>> {
        let name = self.bucket(&bucket)?;
        if let Err(refused) = fitting(&key, &value) {
            return Ok(Err(refused));
        }
        let words = words(&value);
        taped!(now self, "bucket set-expiring", None, ("{name}: {key} {words:?} {ttl}"), {
            let now = self.now();
            let ends = now + Duration::from_millis(ttl.into());
            Ok(self.may_write().and_then(|()| {
                self.desk
                    .store
                    .set(&name, &key, value, now, Some(ends))
                    .map_err(Error::Other)
            }))
        })
    }

    fn get_versioned(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
    ) -> wasmtime::Result<Result<Option<Versioned>, Error>> {
        let name = self.bucket(&bucket)?;
        taped!(now self, "bucket get-versioned", None, ("{name}: {key}"), {
            let found = self.desk.store.versioned(&name, &key, self.now());
            Ok(Ok(found.map(|(value, version)| Versioned { value, version })))
        })
    }

    fn swap(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
        expected: u64,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<Option<u64>, Error>> {
        let name = self.bucket(&bucket)?;
        if let Err(refused) = fitting(&key, &value) {
            return Ok(Err(refused));
        }
        let words = words(&value);
        taped!(now self, "bucket swap", None, ("{name}: {key} {expected} {words:?}"), {
            Ok(self.may_write().and_then(|()| {
                self.desk
                    .store
                    .swap(&name, &key, expected, value, self.now())
                    .map_err(Error::Other)
            }))
        })
    }
}
