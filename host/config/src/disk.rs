//! Configuration files on disk: the only I/O of this crate.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::source::{ReadError, Source, alternatives, is_pattern, name_matches};

/// The largest file read, in bytes; a larger one is refused whole.
pub const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;
/// The most paths one pattern may name; what sorts behind them is not read.
pub const MAX_MATCHES: usize = 10_000;

/// A configuration directory, opened with the operator's own authority: links and absolute
/// paths in `#include` lead where they lead.
#[derive(Debug, Clone)]
pub struct DirSource {
    root: PathBuf,
}

impl DirSource {
    /// Reads below this directory.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn expand(&self, pattern: &str) -> Vec<String> {
        let mut found = vec![if pattern.starts_with('/') {
            "/".to_owned()
        } else {
            String::new()
        }];
        for segment in pattern.split('/').filter(|segment| !segment.is_empty()) {
            found = found
                .iter()
                .flat_map(|base| self.step(base, segment))
                .take(MAX_MATCHES)
                .collect();
        }
        found.retain(|path| self.root.join(path).is_file());
        found
    }

    /// The paths one segment of a pattern leads to from a directory, sorted.
    fn step(&self, base: &str, segment: &str) -> Vec<String> {
        let joined = |name: &str| match base {
            "" | "/" => format!("{base}{name}"),
            _ => format!("{base}/{name}"),
        };
        if !is_pattern(segment) {
            let path = joined(segment);
            return if self.root.join(&path).exists() {
                vec![path]
            } else {
                Vec::new()
            };
        }
        let Ok(listing) = fs::read_dir(self.root.join(base)) else {
            return Vec::new();
        };
        let names = listing.filter_map(|item| item.ok()?.file_name().into_string().ok());
        let mut found: Vec<String> = names
            .filter(|name| name_matches(segment, name))
            .map(|name| joined(&name))
            .collect();
        found.sort();
        found
    }
}

impl Source for DirSource {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        let path = self.root.join(path);
        // A named pipe would wait for its writer for ever.
        if !fs::metadata(&path).map_err(read_error)?.is_file() {
            return Err(ReadError::Other("it is not a regular file".to_owned()));
        }
        let mut content = Vec::new();
        let file = File::open(&path).map_err(read_error)?;
        file.take(MAX_FILE_BYTES + 1)
            .read_to_end(&mut content)
            .map_err(read_error)?;
        if content.len() as u64 > MAX_FILE_BYTES {
            return Err(ReadError::TooLarge);
        }
        Ok(content)
    }

    fn glob(&self, pattern: &str) -> Vec<String> {
        let mut found: Vec<String> = alternatives(pattern)
            .iter()
            .flat_map(|pattern| self.expand(pattern))
            .collect();
        found.sort();
        found.dedup();
        found.truncate(MAX_MATCHES);
        found
    }
}

fn read_error(error: std::io::Error) -> ReadError {
    if error.kind() == ErrorKind::NotFound {
        return ReadError::NotFound;
    }
    ReadError::Other(error.to_string())
}
