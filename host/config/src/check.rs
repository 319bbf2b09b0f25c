//! Goes through a configuration directory and says what is wrong with it.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Diagnostic, Diagnostics, Origin};
use crate::model::Config;
use crate::parse::parse;
use crate::source::{Source, plain_path};
use crate::{acl, asterisk_conf, pjsip, rtp};

/// Says what is wrong in a file the language reader has read.
pub type FileCheck = Box<dyn Fn(&Config) -> Vec<Diagnostic>>;

/// The files somebody reads, each with its check.
pub struct Checker {
    files: BTreeMap<String, FileCheck>,
}

impl Default for Checker {
    /// Knows the files of this crate.
    fn default() -> Self {
        Self {
            files: BTreeMap::new(),
        }
        .with("pjsip.conf", |config| pjsip::load(config).1)
        .with("rtp.conf", |config| rtp::load(config).1)
        .with("asterisk.conf", |config| asterisk_conf::load(config).1)
        .with("acl.conf", |config| acl::load(config).1)
    }
}

impl Checker {
    /// Adds a file, or replaces its check.
    #[must_use]
    pub fn with(mut self, file: &str, check: impl Fn(&Config) -> Vec<Diagnostic> + 'static) -> Self {
        self.files.insert(file.to_owned(), Box::new(check));
        self
    }

    /// Checks every `*.conf` of a directory: those known here for what they say, the others for
    /// their language, with a warning that nobody reads them.
    pub fn check(&self, source: &dyn Source) -> Vec<Diagnostic> {
        let mut diagnostics = Diagnostics::default();
        let mut included = BTreeSet::new();
        for (file, check) in &self.files {
            let (config, language) = parse(source, file);
            if !config.found() && is_missing(source, file) {
                continue;
            }
            included.extend(config.files().iter().map(|path| plain_path(path)));
            language
                .into_iter()
                .chain(check(&config))
                .for_each(|diagnostic| diagnostics.push(diagnostic));
        }
        for file in source.glob("*.conf") {
            if self.files.contains_key(&file) || included.contains(&plain_path(&file)) {
                continue;
            }
            let (_, language) = parse(source, &file);
            language
                .into_iter()
                .for_each(|diagnostic| diagnostics.push(diagnostic));
            diagnostics.warning(&Origin::new(file, 0), "the file is not honoured by this host");
        }
        diagnostics.into_vec()
    }
}

/// Checks a directory for the files this crate knows.
pub fn check_dir(source: &dyn Source) -> Vec<Diagnostic> {
    Checker::default().check(source)
}

fn is_missing(source: &dyn Source, file: &str) -> bool {
    source.read(file) == Err(crate::ReadError::NotFound)
}
