//! What is wrong with a bundle, a key or a signature?

use crate::KeyId;
use std::error::Error;
use std::fmt;

/// Why a bundle is not taken for what it says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The file is no bundle at all.
    NotABundle,
    /// It ends before it is whole.
    Truncated,
    /// Something stands behind its end.
    TrailingBytes,
    /// A header is not written in the one form there is.
    NotCanonical(&'static str),
    /// An entry has a name that no part of a bundle has.
    UnknownEntry(String),
    /// A part stands in it twice.
    DuplicateEntry(&'static str),
    /// A part stands before another that has to come first.
    OutOfOrder(&'static str),
    /// A part is not there.
    Missing(&'static str),
    /// A part is larger than it may be, in bytes.
    TooLarge {
        /// Its name.
        entry: &'static str,
        /// Its size.
        size: u64,
        /// The most it may have.
        max: u64,
    },
    /// A part that is a text is not UTF-8.
    NotText(&'static str),
    /// The digests are not those of the parts.
    DigestMismatch(&'static str),
    /// The digests name other parts than there are.
    DigestsIncomplete,
    /// The signature is not written as one.
    SignatureUnreadable,
    /// Nobody signed it.
    Unsigned,
    /// It is signed by a key nobody trusts.
    UnknownKey(KeyId),
    /// The key is trusted, and the signature is not its.
    BadSignature(KeyId),
    /// The key is trusted, but not for a plugin of that name.
    KeyNotFor {
        /// The key.
        key: KeyId,
        /// What the operator calls it.
        name: String,
        /// The plugin.
        plugin: String,
    },
    /// The text is no key.
    NotAKey(&'static str),
    /// The text is no version as semantic versioning has it.
    NotAVersion(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotABundle => f.write_str("is no bundle"),
            Self::Truncated => f.write_str("ends before it is whole"),
            Self::TrailingBytes => f.write_str("has bytes behind its end"),
            Self::NotCanonical(entry) => write!(f, "the header of {entry} is not in canonical form"),
            Self::UnknownEntry(name) => write!(f, "has an entry {name:?}, which no bundle has"),
            Self::DuplicateEntry(entry) => write!(f, "has {entry} twice"),
            Self::OutOfOrder(entry) => write!(f, "has {entry} in the wrong place"),
            Self::Missing(entry) => write!(f, "has no {entry}"),
            Self::TooLarge { entry, size, max } => {
                write!(f, "its {entry} has {size} bytes, more than {max}")
            }
            Self::NotText(entry) => write!(f, "its {entry} is not UTF-8"),
            Self::DigestMismatch(entry) => write!(f, "its {entry} is not the one that was packed"),
            Self::DigestsIncomplete => f.write_str("its digests are not those of its parts"),
            Self::SignatureUnreadable => f.write_str("its signature cannot be read"),
            Self::Unsigned => f.write_str("is not signed"),
            Self::UnknownKey(key) => write!(f, "is signed by the key {key}, which is not trusted here"),
            Self::BadSignature(key) => write!(f, "its signature is not that of the key {key}"),
            Self::KeyNotFor { key, name, plugin } => {
                write!(f, "the key {key} ({name}) is not trusted for the plugin {plugin}")
            }
            Self::NotAKey(why) => write!(f, "is no key: {why}"),
            Self::NotAVersion(text) => {
                write!(f, "{text:?} is no version of the form MAJOR.MINOR.PATCH")
            }
        }
    }
}

impl Error for Fault {}
