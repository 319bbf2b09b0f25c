//! How does a plugin keep values between calls? In a bucket of its own, by key; routers only read.

use std::time::Duration;

use crate::failure::Failure;

/// A bucket of the plugin's own storage; in a unit test it is the test thread's own, and nothing in it goes away by itself.
///
/// ```
/// let store = ucx::Store::open("default").unwrap();
/// store.set("greeted", b"6001").unwrap();
/// assert_eq!(store.get("greeted").unwrap().as_deref(), Some(&b"6001"[..]));
/// store.delete("greeted").unwrap();
/// assert!(store.get("greeted").unwrap().is_none());
/// ```
#[derive(Debug)]
pub struct Store(Inner);

#[cfg(target_arch = "wasm32")]
type Inner = crate::bindings::types::Bucket;
#[cfg(not(target_arch = "wasm32"))]
type Inner = String;

impl Store {
    /// Opens the bucket of that name. The manifest has to ask for it.
    pub fn open(name: &str) -> Result<Self, Failure> {
        #[cfg(target_arch = "wasm32")]
        return crate::host::bucket(name).map(Self);
        #[cfg(not(target_arch = "wasm32"))]
        Ok(Self(name.to_owned()))
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Failure> {
        #[cfg(target_arch = "wasm32")]
        return self.0.get(key).map_err(told);
        #[cfg(not(target_arch = "wasm32"))]
        Ok(crate::testing::raw::store::value(&self.0, key))
    }

    /// Sets a value for good.
    pub fn set(&self, key: &str, value: &[u8]) -> Result<(), Failure> {
        #[cfg(target_arch = "wasm32")]
        return self.0.set(key, value).map_err(told);
        #[cfg(not(target_arch = "wasm32"))]
        {
            crate::testing::raw::store::set(&self.0, key, Some(value));
            Ok(())
        }
    }

    /// Sets a value that goes away after that time.
    pub fn set_for(&self, key: &str, value: &[u8], time: Duration) -> Result<(), Failure> {
        #[cfg(target_arch = "wasm32")]
        return crate::bindings::imports::ucx::host::keyvalue_extra::set_expiring(
            &self.0,
            key,
            value,
            crate::media::millis(time),
        )
        .map_err(told);
        #[cfg(not(target_arch = "wasm32"))]
        {
            let _never_in_a_test = time;
            self.set(key, value)
        }
    }

    /// Takes a key away; nothing happens if it is not there.
    pub fn delete(&self, key: &str) -> Result<(), Failure> {
        #[cfg(target_arch = "wasm32")]
        return self.0.delete(key).map_err(told);
        #[cfg(not(target_arch = "wasm32"))]
        {
            crate::testing::raw::store::set(&self.0, key, None);
            Ok(())
        }
    }
}

#[cfg(target_arch = "wasm32")]
fn told(error: crate::bindings::imports::wasi::keyvalue::store::Error) -> Failure {
    use crate::bindings::imports::wasi::keyvalue::store::Error;
    match error {
        Error::NoSuchStore => Failure::new("the bucket is not there any longer"),
        Error::AccessDenied => Failure::new("the bucket may only be read"),
        Error::Other(words) => Failure::new(words),
    }
}
