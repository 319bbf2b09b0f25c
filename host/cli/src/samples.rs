//! What a host reads where its operator wrote nothing: small files of ours behind those of the directory.

use ucx_config::{DirSource, MemorySource, ReadError, Source};

/// The files that stand behind every directory.
const SAMPLES: &[(&str, &str)] = &[
    ("features.conf", include_str!("samples/features.conf")),
    ("indications.conf", include_str!("samples/indications.conf")),
    ("musiconhold.conf", include_str!("samples/musiconhold.conf")),
];

/// Files of a directory, and behind them files in memory: a file of the directory replaces the one of its name.
pub struct Files {
    folder: Option<DirSource>,
    behind: MemorySource,
}

impl Files {
    pub fn new(folder: Option<DirSource>, behind: MemorySource) -> Self {
        Self { folder, behind }
    }
}

impl Source for Files {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        match self.folder.as_ref().map(|folder| folder.read(path)) {
            None | Some(Err(ReadError::NotFound)) => self.behind.read(path),
            Some(read) => read,
        }
    }

    fn glob(&self, pattern: &str) -> Vec<String> {
        match &self.folder {
            Some(folder) => folder.glob(pattern),
            None => self.behind.glob(pattern),
        }
    }
}

/// The sample files.
pub fn samples() -> MemorySource {
    SAMPLES.iter().fold(MemorySource::new(), |source, (name, text)| {
        source.with(name, text.as_bytes())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_the_directory_goes_before_the_sample() {
        let folder = std::env::temp_dir().join(format!("ucx-samples-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("features.conf"), "[general]\n").unwrap();
        let files = Files::new(Some(DirSource::new(&folder)), samples());
        assert_eq!(files.read("features.conf").unwrap(), b"[general]\n");
        assert!(!files.read("indications.conf").unwrap().is_empty());
        assert_eq!(files.read("nothing.conf"), Err(ReadError::NotFound));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn samples_are_well_formed() {
        for (name, _) in SAMPLES {
            let (config, found) = ucx_config::parse(&samples(), name);
            assert!(found.is_empty(), "{name}: {found:?}");
            assert!(config.sections().count() > 0, "{name}");
        }
    }
}
