//! The configuration language of the telephony field: what its files say, and where they say it.
//!
//! [`parse`] turns a file and everything it includes into a [`Config`] of sections and entries,
//! each with its file and line. The typed readers ([`pjsip`], [`rtp`], [`asterisk_conf`]) turn that into
//! structs. Neither ever fails as a whole: what is wrong is a [`Diagnostic`].

mod diagnostic;
pub mod disk;
mod header;
mod line;
mod model;
mod parse;
mod print;
mod qualifier;
mod source;
pub mod value;

#[cfg(test)]
mod tests;

pub use diagnostic::{Diagnostic, Diagnostics, MAX_DIAGNOSTICS, Origin, Severity};
pub use disk::DirSource;
pub use model::{Config, Entry, Operator, Section};
pub use parse::{Limits, parse, parse_text, parse_with};
pub use source::{MemorySource, ReadError, Source};
