//! The configuration language of the telephony field: what its files say, and where they say it.
//!
//! [`parse`] turns a file and everything it includes into a [`Config`] of sections and entries,
//! each with its file and line. The typed readers ([`pjsip`], [`rtp`], [`asterisk_conf`]) turn that into
//! structs. Neither ever fails as a whole: what is wrong is a [`Diagnostic`].

pub mod acl;
pub mod asterisk_conf;
pub mod check;
mod diagnostic;
pub mod disk;
pub mod edit;
mod header;
pub mod indications;
mod line;
mod model;
pub mod musiconhold;
pub mod options;
mod parse;
pub mod pjsip;
mod print;
mod qualifier;
pub mod rtp;
mod source;
pub mod value;

#[cfg(test)]
mod tests;

pub use diagnostic::{Diagnostic, Diagnostics, MAX_DIAGNOSTICS, Origin, Severity};
pub use disk::DirSource;
pub use model::{Config, Entry, Operator, Section};
pub use parse::{Limits, parse, parse_text, parse_with};
pub use source::{MemorySource, ReadError, Source};

/// Reads arbitrary bytes as every file this crate knows, for fuzzers: it must return, whatever they are.
#[doc(hidden)]
pub fn fuzz(data: &[u8]) {
    let limits = Limits {
        entries: 10_000,
        entry_bytes: 1 << 20,
        value_bytes: 1 << 12,
        ..Limits::default()
    };
    // What stands behind a zero byte is a second file the first may include.
    let (first, second) = match data.iter().position(|byte| *byte == 0) {
        Some(end) => (&data[..end], &data[end + 1..]),
        None => (data, &[][..]),
    };
    let source = MemorySource::new().with("a", first).with("b", second);
    let (config, _) = parse_with(&source, "a", &limits);
    let (pjsip, _) = pjsip::load(&config);
    for endpoint in pjsip.endpoints.values() {
        assert_eq!(endpoint.settings.text("CONTEXT"), endpoint.context);
    }
    let _ = (
        rtp::load(&config),
        asterisk_conf::load(&config),
        acl::load(&config),
        indications::load(&config),
        musiconhold::load(&config),
        edit::Document::parse(&String::from_utf8_lossy(first)).to_string(),
        config.to_string(),
    );
}
