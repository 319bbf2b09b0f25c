//! `wasi:keyvalue`: the plugin's own storage. Routers only read it.

use std::time::Duration;

use wasmtime::component::Resource;

use crate::bindings::wasi::keyvalue::{atomics, store};
use crate::keyvalue::fits;
use crate::manifest::World;
use crate::state::GuestState;
use crate::tape::taped;
use store::{Error, Host, HostBucket, KeyResponse};

/// An open bucket.
pub struct Bucket {
    name: String,
}

impl GuestState {
    pub(super) fn bucket(&self, bucket: &Resource<Bucket>) -> wasmtime::Result<String> {
        Ok(self.handles.get(bucket)?.name.clone())
    }

    /// The host's clock, in time since 1970.
    pub(super) fn now(&self) -> Duration {
        (self.host.clock)()
    }

    pub(super) fn may_write(&self) -> Result<(), Error> {
        match self.world {
            World::Router | World::AgentSelector => Err(Error::AccessDenied),
            World::EventSubscriber | World::CallFlow | World::Application => Ok(()),
        }
    }
}

/// Refuses what is longer than any key or value may be, before a byte of it is copied or written down. What is refused here
/// is refused again in a replay, without being asked for.
pub(super) fn fitting(key: &str, value: &[u8]) -> Result<(), Error> {
    fits(key, value).map_err(Error::Other)
}

/// Bytes as they stand in a recording's questions.
pub(super) fn words(value: &[u8]) -> String {
    String::from_utf8_lossy(value).into_owned()
}

impl Host for GuestState {
    fn open(&mut self, identifier: String) -> wasmtime::Result<Result<Resource<Bucket>, Error>> {
        if !self.rights.asks.buckets.contains(&identifier) {
            return Ok(Err(Error::AccessDenied));
        }
        match self.handles.push(Bucket { name: identifier }) {
            Ok(bucket) => Ok(Ok(bucket)),
            Err(_) => Ok(Err(Error::Other("too many open handles".to_owned()))),
        }
    }
}

impl HostBucket for GuestState {
    fn get(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
    ) -> wasmtime::Result<Result<Option<Vec<u8>>, Error>> {
        let name = self.bucket(&bucket)?;
        let now = self.now();
        let Self { desk, tape, .. } = self;
        Ok(Ok(tape.stored(&name, &key, || desk.store.value(&name, &key, now))))
    }

    fn set(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), Error>> {
        let name = self.bucket(&bucket)?;
        if let Err(refused) = fitting(&key, &value) {
            return Ok(Err(refused));
        }
        let words = words(&value);
        taped!(now self, "bucket set", None, ("{name}: {key} {words:?}"), {
            Ok(self.may_write().and_then(|()| {
                self.desk
                    .store
                    .set(&name, &key, value, self.now(), None)
                    .map_err(Error::Other)
            }))
        })
    }

    fn delete(&mut self, bucket: Resource<Bucket>, key: String) -> wasmtime::Result<Result<(), Error>> {
        let name = self.bucket(&bucket)?;
        taped!(now self, "bucket delete", None, ("{name}: {key}"), {
            Ok(self.may_write().map(|()| self.desk.store.delete(&name, &key)))
        })
    }

    fn exists(&mut self, bucket: Resource<Bucket>, key: String) -> wasmtime::Result<Result<bool, Error>> {
        let name = self.bucket(&bucket)?;
        taped!(now self, "bucket exists", None, ("{name}: {key}"), {
            Ok(Ok(self.desk.store.exists(&name, &key, self.now())))
        })
    }

    fn list_keys(
        &mut self,
        bucket: Resource<Bucket>,
        cursor: Option<u64>,
    ) -> wasmtime::Result<Result<KeyResponse, Error>> {
        let name = self.bucket(&bucket)?;
        taped!(now self, "bucket list-keys", None, ("{name}: {cursor:?}"), {
            let (keys, cursor) = self.desk.store.keys(&name, cursor.unwrap_or(0), self.now());
            Ok(Ok(KeyResponse { keys, cursor }))
        })
    }

    fn drop(&mut self, bucket: Resource<Bucket>) -> wasmtime::Result<()> {
        self.handles.delete(bucket)?;
        Ok(())
    }
}

impl atomics::Host for GuestState {
    fn increment(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
        delta: u64,
    ) -> wasmtime::Result<Result<u64, Error>> {
        let name = self.bucket(&bucket)?;
        taped!(now self, "bucket increment", None, ("{name}: {key} {delta}"), {
            Ok(self.may_write().and_then(|()| {
                self.desk
                    .store
                    .increment(&name, &key, delta, self.now())
                    .map_err(Error::Other)
            }))
        })
    }
}
