//! Where the host keeps its own files.

use crate::args::StateOptions;
use anyhow::{Context, Result, bail};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The state folder and what lies in it.
pub struct Places {
    folder: PathBuf,
}

impl Places {
    /// The folder the options name, else the user's own; it is made, and closed to others.
    pub fn open(options: &StateOptions) -> Result<Self> {
        let places = Self::find(options)?;
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true).mode(0o700);
        builder
            .create(&places.folder)
            .with_context(|| format!("making {}", places.folder.display()))?;
        let closed = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(&places.folder, closed)
            .with_context(|| format!("closing {} to others", places.folder.display()))?;
        Ok(places)
    }

    /// The folder, whether it is there or not.
    pub fn find(options: &StateOptions) -> Result<Self> {
        if let Some(folder) = &options.state {
            return Ok(Self {
                folder: folder.clone(),
            });
        }
        let folder = match (std::env::var_os("XDG_STATE_HOME"), std::env::var_os("HOME")) {
            (Some(state), _) => PathBuf::from(state).join("ucx"),
            (None, Some(home)) => PathBuf::from(home).join(".local/state/ucx"),
            (None, None) => bail!("there is no home folder; say --state DIR"),
        };
        Ok(Self { folder })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn control_socket(&self) -> PathBuf {
        self.folder.join("control")
    }

    pub fn secrets(&self) -> PathBuf {
        self.folder.join("secrets.toml")
    }

    pub fn plugins(&self) -> PathBuf {
        self.folder.join("plugins")
    }

    pub fn tables(&self) -> PathBuf {
        self.folder.join("tables")
    }

    /// Histories of plugins, and what their generations are made of.
    pub fn generations(&self) -> PathBuf {
        self.folder.join("generations")
    }

    /// Bundles that came over HTTP and are not installed yet.
    pub fn uploads(&self) -> PathBuf {
        self.folder.join("uploads")
    }

    /// Keys whose plugins are taken.
    pub fn trust(&self) -> PathBuf {
        self.folder.join("trust")
    }

    /// What is granted by command.
    pub fn own_grants(&self) -> PathBuf {
        self.folder.join("grants.toml")
    }

    pub fn code_cache(&self) -> PathBuf {
        self.folder.join("cache")
    }

    /// Values of plugins.
    pub fn keyvalue(&self) -> PathBuf {
        self.folder.join("keyvalue")
    }

    /// Folders of components' own.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Decisions of components, and what they rested on.
    pub fn decisions(&self) -> PathBuf {
        self.folder.join("decisions")
    }

    /// Where a running host listens, for programs that start it.
    pub fn listening(&self) -> PathBuf {
        self.folder.join("listening.json")
    }
}

/// Writes a file that only its owner may read.
pub fn write_private(path: &Path, text: &str) -> Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options
        .open(path)
        .with_context(|| format!("writing {}", path.display()))?;
    file.write_all(text.as_bytes())
        .with_context(|| format!("writing {}", path.display()))?;
    Ok(())
}
