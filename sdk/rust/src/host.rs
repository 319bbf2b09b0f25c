//! What may a plugin ask of the host?

use crate::bindings::types::{Attr, Bucket, Error, Row};
use crate::failure::Failure;

#[cfg(target_arch = "wasm32")]
use crate::bindings::imports::{ucx::host as raw, wasi};
#[cfg(not(target_arch = "wasm32"))]
use crate::testing::raw;

/// Lines for the operator's log.
pub mod log {
    use crate::bindings::types::Level;

    /// Writes a line at that level.
    pub fn line(level: Level, text: &str) {
        #[cfg(target_arch = "wasm32")]
        crate::bindings::imports::wasi::logging::logging::log(level, "", text);
        #[cfg(not(target_arch = "wasm32"))]
        crate::testing::raw::log(level, text);
    }

    /// Something is broken beyond repair.
    pub fn critical(text: &str) {
        line(Level::Critical, text);
    }

    /// Something is broken.
    pub fn error(text: &str) {
        line(Level::Error, text);
    }

    /// Something is not as it should be.
    pub fn warn(text: &str) {
        line(Level::Warn, text);
    }

    /// Something happened.
    pub fn info(text: &str) {
        line(Level::Info, text);
    }

    /// A decision was made.
    pub fn debug(text: &str) {
        line(Level::Debug, text);
    }
}

/// A table the operator keeps.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a>(&'a str);

/// The table of that name. The manifest has to ask for it.
pub fn lookup(table: &str) -> Table<'_> {
    Table(table)
}

impl Table<'_> {
    /// The row with exactly this key.
    pub fn find(self, key: &str) -> Result<Option<Row>, Error> {
        raw::lookup::find(self.0, key)
    }

    /// The row whose key is the longest prefix of the digits.
    pub fn longest_prefix(self, digits: &str) -> Result<Option<Row>, Error> {
        raw::lookup::longest_prefix(self.0, digits)
    }
}

/// The operator's setting of that name. The manifest has to ask for it.
pub fn config(name: &str) -> Result<Option<String>, Failure> {
    #[cfg(target_arch = "wasm32")]
    return wasi::config::store::get(name).map_err(|error| match error {
        wasi::config::store::Error::Upstream(words) | wasi::config::store::Error::Io(words) => {
            Failure::new(words)
        }
    });
    #[cfg(not(target_arch = "wasm32"))]
    Ok(raw::config(name))
}

/// The secret of that name. The manifest has to ask for it.
pub fn secret(name: &str) -> Result<String, Error> {
    raw::secrets::get(name)
}

/// Whether the operator's schedule is open at that moment, in milliseconds since 1970. The manifest has to ask for it.
pub fn is_open(schedule: &str, at: u64) -> Result<bool, Error> {
    raw::calendar::is_open(schedule, at)
}

/// Adds to a counter.
pub fn count(name: &str, n: u64, labels: &[Attr]) {
    raw::metrics::count(name, n, labels);
}

/// Opens a bucket of the plugin's own storage. Routers can only read it. Not to be had in unit tests.
pub fn bucket(name: &str) -> Result<Bucket, Failure> {
    use crate::bindings::imports::wasi::keyvalue::store::{Error, open};
    open(name).map_err(|error| match error {
        Error::NoSuchStore => Failure::new(format!("there is no bucket {name}")),
        Error::AccessDenied => Failure::new(format!("bucket {name} is not granted")),
        Error::Other(words) => Failure::new(words),
    })
}
