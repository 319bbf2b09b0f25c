//! A folder of this run's own, gone when the run is over.

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// A temporary folder; dropping it takes it away with all that is in it.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("ucx-adversary-{}", std::process::id()));
        std::fs::create_dir_all(&path).with_context(|| format!("making {}", path.display()))?;
        Ok(Self(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left over lies in the system's folder for such things.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Writes a file.
pub fn write(path: &Path, contents: impl AsRef<[u8]>) -> Result<()> {
    std::fs::write(path, contents).with_context(|| format!("writing {}", path.display()))
}

/// Writes a file beside its place and moves it there, so that nobody sees half of it.
pub fn place(path: &Path, contents: impl AsRef<[u8]>) -> Result<()> {
    let beside = path.with_extension("part");
    write(&beside, contents)?;
    std::fs::rename(&beside, path).with_context(|| format!("putting {} in its place", path.display()))
}
