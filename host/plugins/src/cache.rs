//! Where is compiled code kept? In a folder of the host's alone, by the component's digest and the engine's.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use wasmtime::Engine;
use wasmtime::component::Component;

/// Compiled components. The folder and its files are readable by the host's user only, because what stands in them runs
/// with the host's authority.
pub(crate) struct CodeCache {
    folder: PathBuf,
}

impl CodeCache {
    /// Opens the folder, or makes it. A folder that others could write is refused.
    pub(crate) fn open(folder: &Path) -> Result<Self, String> {
        let sentence = |error: std::io::Error| format!("code cache {}: {error}", folder.display());
        if !folder.exists() {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)
                .map_err(sentence)?;
        }
        let about = fs::symlink_metadata(folder).map_err(sentence)?;
        let own = rustix::process::geteuid().as_raw();
        if !about.is_dir() || about.mode() & 0o077 != 0 || about.uid() != own {
            return Err(format!(
                "code cache {}: has to be a folder of the host's own, mode 0700",
                folder.display()
            ));
        }
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    /// The component, from the cache or else made by `compile` and put there. Slow: not for the control plane.
    pub(crate) fn component(
        &self,
        engine: &Engine,
        digest: &str,
        compile: impl FnOnce() -> wasmtime::Result<Component>,
    ) -> wasmtime::Result<Component> {
        let file = self.file(engine, digest);
        if let Some(component) = load(engine, &file) {
            return Ok(component);
        }
        let component = compile()?;
        if let Err(error) = self.keep(&file, &component) {
            tracing::warn!(%error, "compiled code could not be kept");
        }
        Ok(component)
    }

    fn file(&self, engine: &Engine, digest: &str) -> PathBuf {
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        self.folder
            .join(format!("{digest}-{:016x}.cwasm", hasher.finish()))
    }

    /// Written beside and renamed, so that a reader never sees half of it.
    fn keep(&self, file: &Path, component: &Component) -> wasmtime::Result<()> {
        let code = component.serialize()?;
        let beside = file.with_extension(format!("{}.part", std::process::id()));
        let mut part = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&beside)?;
        part.write_all(&code)?;
        fs::rename(&beside, file)?;
        Ok(())
    }
}

/// The same code for another engine of the same settings; none if that engine does not take it, as a pool that is too
/// small for it.
#[expect(unsafe_code, reason = "wasmtime trusts what it deserializes")]
pub(crate) fn again(engine: &Engine, component: &Component) -> Option<Component> {
    let code = component.serialize().ok()?;
    // SAFETY: the bytes come from a component this process compiled or loaded under the same trust, and from nowhere else.
    unsafe { Component::deserialize(engine, code) }.ok()
}

#[expect(unsafe_code, reason = "wasmtime trusts what it deserializes")]
fn load(engine: &Engine, file: &Path) -> Option<Component> {
    if !file.exists() {
        return None;
    }
    // SAFETY: the file was written by `keep`, in a folder only the host's own user can write (checked in `open`), under a
    // name that holds the engine's hash; wasmtime refuses code of another version or setting.
    let component = unsafe { Component::deserialize_file(engine, file) };
    match component {
        Ok(component) => Some(component),
        Err(error) => {
            tracing::warn!(%error, file = %file.display(), "kept code is not usable; compiling anew");
            None
        }
    }
}
