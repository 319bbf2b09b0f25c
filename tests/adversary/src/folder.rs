//! A folder of this run's own, gone when the run is over.

use anyhow::{Context, Result};
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
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

/// Copies what is in a folder and below it to another one, which is the owner's alone.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    let mut private = DirBuilder::new();
    private.recursive(true).mode(0o700);
    private
        .create(to)
        .with_context(|| format!("making {}", to.display()))?;
    let entries = std::fs::read_dir(from).with_context(|| format!("reading {}", from.display()))?;
    for entry in entries {
        let entry = entry.context("a folder's entry")?;
        let (path, copied) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &copied)?;
        } else if !copied.exists() {
            std::fs::copy(&path, &copied).with_context(|| format!("copying {}", path.display()))?;
        }
    }
    Ok(())
}
