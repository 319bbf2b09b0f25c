//! How does a file become a generation? Read, checked against its manifest and grant, compiled, linked and tried.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use ucx_bundle::{Bundle, Fault};
use wasmtime::component::{Component, InstancePre, Linker};

use crate::bindings::apps::exports::ucx::host::{handoff, lifecycle};
use crate::bindings::apps::exports::ucx::queue::selector;
use crate::bindings::calls::exports::ucx::call::flow;
use crate::bindings::exports::ucx::{call::router, events::subscriber};
use crate::cache::CodeCache;
use crate::compiler::{Compiler, CompilerStopped};
use crate::engine::{Engines, Pooling, fits_pool};
use crate::generation::{Generation, Tally, short};
use crate::grant::{Grant, Grants, Rights};
use crate::limits::PAGE;
use crate::manifest::{MANIFEST_MAX, Manifest, World};
use crate::report::Reports;
use crate::resources::HostResources;
use crate::state::{GuestState, PluginDesk, link};
use crate::web::{PluginWeb, WebConfig};

/// The largest component in bytes.
pub(crate) const COMPONENT_MAX: u64 = 64 << 20;
/// The custom section a manifest may stand in.
const MANIFEST_SECTION: &str = "ucx:manifest";

/// Why a component is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The file cannot be read.
    Unreadable(String),
    /// There is no manifest beside it or in it.
    NoManifest(PathBuf),
    /// The manifest is wrong.
    Manifest(String),
    /// The operator's grant does not cover what it asks; the line that would.
    NotGranted(String),
    /// It is no component, or a broken one.
    NotAComponent(String),
    /// Its own folder cannot be opened.
    NoFolder(String),
    /// It says that it is not well.
    Unwell(String),
    /// The compiler was stopped over it, or brought down.
    NotCompiled(String),
    /// It imports something the host does not have, or has otherwise.
    Import(String),
    /// It does not export what its manifest says.
    Export(String),
    /// It needs more memory at its start than it may have; in bytes.
    Memory {
        /// What it needs.
        needs: u64,
        /// What it may have.
        may: u64,
    },
    /// It fails as soon as it starts.
    Start(String),
    /// Its id is that of a plugin from another file, which is still there.
    Taken(PathBuf),
    /// The bundle is not what it has to be, or not signed by whom it has to be.
    Bundle(Fault),
    /// It is older than the newest version that was ever active here.
    Older {
        /// Its version.
        version: String,
        /// The newest.
        newest: String,
    },
    /// It is another plugin than the one that was meant.
    NotThat {
        /// The id that was meant.
        wanted: String,
        /// Its id.
        id: String,
    },
    /// What it is made of could not be kept, so that one could not come back to it.
    NotKept(String),
    /// It cannot be tried beside what runs.
    NoTrial(&'static str),
    /// There is no plugin of that id.
    NoSuchPlugin(String),
    /// There is no such generation, or nothing is kept of it; 0 for one before the active one.
    NoSuchGeneration(u64),
    /// No generation waits or is on trial.
    NothingWaits,
    /// This host takes signed bundles alone.
    SignedOnly,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(why) => write!(f, "cannot be read: {why}"),
            Self::NoManifest(path) => write!(
                f,
                "has no manifest: neither {} nor a section {MANIFEST_SECTION}",
                path.display()
            ),
            Self::Manifest(why) => write!(f, "its manifest is wrong: {why}"),
            Self::NotGranted(line) => f.write_str(line),
            Self::NotAComponent(why) => write!(f, "is no whole component: {why}"),
            Self::NotCompiled(why) => write!(f, "cannot be compiled: {why}"),
            Self::Import(why) => write!(f, "imports what the host does not serve: {why}"),
            Self::Export(why) => write!(f, "does not export what its manifest says: {why}"),
            Self::Memory { needs, may } => {
                write!(
                    f,
                    "needs {} KiB of memory at its start and may have {}",
                    needs / 1024,
                    may / 1024
                )
            }
            Self::Start(why) => write!(f, "fails at its start: {why}"),
            Self::Taken(file) => write!(f, "its id belongs to {}", file.display()),
            Self::Bundle(fault) => write!(f, "{fault}"),
            Self::Older { version, newest } => write!(
                f,
                "version {version} is older than {newest}, which was active here; --downgrade takes it all the same"
            ),
            Self::NotThat { wanted, id } => write!(f, "is the plugin {id} and not {wanted}"),
            Self::NoFolder(why) => write!(f, "its folder cannot be opened: {why}"),
            Self::Unwell(why) => write!(f, "is not well: {why}"),
            Self::NotKept(why) => write!(f, "could not be kept: {why}"),
            Self::NoTrial(why) => write!(f, "cannot be tried: {why}"),
            Self::NoSuchPlugin(id) => write!(f, "there is no plugin {id}"),
            Self::NoSuchGeneration(0) => f.write_str("there is no generation to go back to"),
            Self::NoSuchGeneration(number) => write!(f, "there is no other generation {number} to go to"),
            Self::NothingWaits => f.write_str("no generation waits or is on trial"),
            Self::SignedOnly => f.write_str("this host takes signed bundles alone ([trust] signed-only)"),
        }
    }
}

impl std::error::Error for Refusal {}

/// A component's bytes and manifest, as found.
pub(crate) struct Found {
    pub(crate) wasm: Vec<u8>,
    pub(crate) manifest: Manifest,
    /// The manifest as it is written.
    pub(crate) text: String,
    pub(crate) digest: String,
    /// Who signed it, by the operator's name for the key.
    pub(crate) signer: Option<String>,
}

impl Found {
    /// What stands in a bundle.
    pub(crate) fn of_bundle(bundle: &Bundle, signer: Option<String>) -> Result<Self, Refusal> {
        Ok(Self {
            wasm: bundle.component().to_vec(),
            manifest: Manifest::parse(bundle.manifest()).map_err(Refusal::Manifest)?,
            text: bundle.manifest().to_owned(),
            digest: crate::digest::hex(&crate::digest::sha256(bundle.component())),
            signer,
        })
    }

    /// As a bundle that nobody signed, to be kept.
    pub(crate) fn bundle(&self) -> Result<Bundle, Refusal> {
        Bundle::new(self.text.clone(), self.wasm.clone(), None, None).map_err(Refusal::Bundle)
    }

    /// Reads `NAME.wasm` and its manifest: `NAME.toml`, or else the component's own section.
    pub(crate) fn read(path: &Path) -> Result<Self, Refusal> {
        let wasm = crate::file::read(path, COMPONENT_MAX).map_err(Refusal::Unreadable)?;
        let beside = path.with_extension("toml");
        let text = if std::fs::symlink_metadata(&beside).is_ok() {
            let bytes = crate::file::read(&beside, MANIFEST_MAX as u64).map_err(Refusal::Manifest)?;
            String::from_utf8(bytes).map_err(|_| Refusal::Manifest("not UTF-8".to_owned()))?
        } else {
            embedded(&wasm).ok_or(Refusal::NoManifest(beside))?
        };
        let manifest = Manifest::parse(&text).map_err(Refusal::Manifest)?;
        let digest = crate::digest::hex(&crate::digest::sha256(&wasm));
        Ok(Self {
            wasm,
            manifest,
            text,
            digest,
            signer: None,
        })
    }
}

/// The manifest of a component, from beside it or from inside.
///
/// # Errors
/// A [`Refusal`] if the component or its manifest cannot be read.
pub fn manifest_of(wasm: &Path) -> Result<Manifest, Refusal> {
    Found::read(wasm).map(|found| found.manifest)
}

/// The text of the manifest's custom section among the outermost sections.
fn embedded(wasm: &[u8]) -> Option<String> {
    let mut rest = wasm.get(8..)?;
    while let Some((&id, after)) = rest.split_first() {
        let (length, after) = leb(after)?;
        let body = after.get(..length)?;
        rest = after.get(length..)?;
        if id != 0 {
            continue;
        }
        let (name_length, body) = leb(body)?;
        if body.get(..name_length)? == MANIFEST_SECTION.as_bytes() {
            let text = body.get(name_length..)?;
            return (text.len() <= MANIFEST_MAX).then(|| String::from_utf8(text.to_vec()).ok())?;
        }
    }
    None
}

/// An unsigned LEB128 of up to 32 bits.
fn leb(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0_usize;
    for (n, &byte) in bytes.iter().take(5).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * n);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[n + 1..]));
        }
    }
    None
}

/// Turns files into generations; one for the host.
pub(crate) struct Loader {
    pub(crate) engines: Arc<Engines>,
    /// Guards a pointer: an operator's change swaps it, an installation reads it.
    grants: RwLock<Arc<Grants>>,
    pub(crate) host: Arc<HostResources>,
    pub(crate) reports: Arc<Reports>,
    cache: Option<CodeCache>,
    pub(crate) compiler: Compiler,
    web: WebConfig,
    pooled: Linker<GuestState>,
    roomy: Linker<GuestState>,
}

impl Loader {
    pub(crate) fn new(
        engines: Arc<Engines>,
        grants: Grants,
        host: Arc<HostResources>,
        reports: Arc<Reports>,
        cache: Option<CodeCache>,
        web: WebConfig,
    ) -> wasmtime::Result<Self> {
        let mut pooled = Linker::new(engines.pooled());
        let mut roomy = Linker::new(engines.roomy());
        link(&mut pooled)?;
        link(&mut roomy)?;
        Ok(Self {
            engines,
            grants: RwLock::new(Arc::new(grants)),
            host,
            reports,
            cache,
            compiler: Compiler::default(),
            web,
            pooled,
            roomy,
        })
    }

    /// Grants something else from now on.
    pub(crate) fn set_grants(&self, grants: Grants) {
        *self.grants.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(grants);
    }

    /// The rights of a component with this manifest.
    pub(crate) fn rights(&self, manifest: &Manifest) -> Result<Arc<Rights>, Refusal> {
        Rights::new(manifest, &self.grant(&manifest.id))
            .map(Arc::new)
            .map_err(Refusal::NotGranted)
    }

    /// What the operator gives a plugin.
    pub(crate) fn grant(&self, id: &str) -> Grant {
        let grants = Arc::clone(&self.grants.read().unwrap_or_else(PoisonError::into_inner));
        grants.plugins.get(id).cloned().unwrap_or_default()
    }

    /// What a component exports, and the memory it needs at its start in bytes; slow, as [`Self::build`].
    pub(crate) fn look(&self, found: &Found) -> Result<(Vec<String>, u64), Refusal> {
        let component = self.compile(Pooling::Roomy, found)?;
        let exports = component.component_type();
        let exports = exports
            .exports(self.engines.roomy())
            .map(|(name, _)| name.to_owned());
        Ok((exports.collect(), initial_memory(&component)))
    }

    /// Compiles and links; slow, and to be called where blocking is no harm. The generation has not run yet.
    pub(crate) fn build(
        &self,
        found: &Found,
        rights: Arc<Rights>,
        desk: Arc<PluginDesk>,
        number: u64,
    ) -> Result<Generation, Refusal> {
        let pre = self.link(found, &rights)?;
        if rights.data.is_some() {
            desk.open_folder().map_err(Refusal::NoFolder)?;
        }
        let manifest = found.manifest.clone();
        let router = router::GuestIndices::new(&pre);
        let subscriber = subscriber::GuestIndices::new(&pre);
        let flow = flow::GuestIndices::new(&pre);
        let selector = selector::GuestIndices::new(&pre);
        let serve = pre
            .component()
            .get_export_index(None, "serve")
            .ok_or_else(|| wasmtime::Error::msg("no function `serve`"));
        for world in &manifest.worlds {
            let missing = match world {
                World::Router => router.as_ref().err(),
                World::EventSubscriber => subscriber.as_ref().err(),
                World::CallFlow => flow.as_ref().err(),
                World::Application => serve.as_ref().err(),
                World::AgentSelector => selector.as_ref().err(),
            };
            if let Some(error) = missing {
                return Err(Refusal::Export(format!(
                    "{}; it exports {}",
                    short(error),
                    exports(&pre)
                )));
            }
        }
        let wanted = |world| manifest.worlds.contains(&world);
        let plugin: Arc<str> = manifest.id.as_str().into();
        let web = PluginWeb::new(
            Arc::clone(&plugin),
            rights.http.clone(),
            rights.http_private.clone(),
            self.web.clone(),
        );
        Ok(Generation {
            plugin,
            web: Arc::new(web),
            number,
            router: router.ok().filter(|_| wanted(World::Router)),
            subscriber: subscriber.ok().filter(|_| wanted(World::EventSubscriber)),
            flow: flow.ok().filter(|_| wanted(World::CallFlow)),
            selector: selector.ok().filter(|_| wanted(World::AgentSelector)),
            serve: serve.ok().filter(|_| wanted(World::Application)),
            lifecycle: lifecycle::GuestIndices::new(&pre).ok(),
            handoff: handoff::GuestIndices::new(&pre).ok(),
            manifest,
            rights,
            digest: found.digest.clone(),
            signer: found.signer.clone(),
            pre,
            engines: Arc::clone(&self.engines),
            host: Arc::clone(&self.host),
            desk,
            reports: Arc::clone(&self.reports),
            tally: Tally::default(),
            stops: tokio::sync::Notify::new(),
            warm: Mutex::default(),
        })
    }

    fn link(&self, found: &Found, rights: &Rights) -> Result<InstancePre<GuestState>, Refusal> {
        let (component, linker) = self.component(found, rights)?;
        let needs = initial_memory(&component);
        if needs > rights.memory as u64 {
            return Err(Refusal::Memory {
                needs,
                may: rights.memory as u64,
            });
        }
        linker
            .instantiate_pre(&component)
            .map_err(|error| Refusal::Import(format!("{error:#}")))
    }

    /// The component for the pool if it fits, else for the engine without one. It is compiled once: both engines run the
    /// same code, and the pool says of finished code whether it takes it.
    fn component(&self, found: &Found, rights: &Rights) -> Result<(Component, &Linker<GuestState>), Refusal> {
        let roomy = self.compile(Pooling::Roomy, found)?;
        let pooled = fits_pool(&roomy, rights.memory)
            .then(|| crate::cache::again(self.engines.of(Pooling::Pooled), &roomy))
            .flatten();
        Ok(match pooled {
            Some(component) => (component, &self.pooled),
            None => (roomy, &self.roomy),
        })
    }

    fn compile(&self, pooling: Pooling, found: &Found) -> Result<Component, Refusal> {
        let engine = self.engines.of(pooling);
        let compile = || self.compiler.component(engine, pooling, &found.wasm);
        let compiled = match &self.cache {
            Some(cache) => cache.component(engine, &found.digest, compile),
            None => compile(),
        };
        compiled.map_err(|error| match error.downcast_ref::<CompilerStopped>() {
            Some(stopped) => Refusal::NotCompiled(stopped.to_string()),
            None => Refusal::NotAComponent(short(&error)),
        })
    }
}

impl Generation {
    /// Starts an instance once and throws it away: a component that cannot start is found out before a call needs it.
    pub(crate) async fn try_out(&self) -> Result<(), Refusal> {
        let (world, turn) = if self.router.is_some() || self.selector.is_some() {
            (World::Router, self.rights.router)
        } else if self.subscriber.is_some() {
            (World::EventSubscriber, self.rights.batch)
        } else if self.flow.is_some() {
            (World::CallFlow, self.rights.flow)
        } else {
            (World::Application, self.rights.batch)
        };
        let mut store = self
            .store(world, turn)
            .map_err(|error| Refusal::Start(short(&error)))?;
        let cpu = Arc::clone(&store.data().cpu);
        let tried = match world {
            World::CallFlow | World::Application => {
                self.turns(&cpu, turn, self.rights.waits, self.instance(&mut store))
                    .await
            }
            World::Router | World::EventSubscriber | World::AgentSelector => {
                self.turn(&cpu, turn, self.instance(&mut store)).await
            }
        };
        match tried {
            Ok(_) => Ok(()),
            Err(stopped) => Err(Refusal::Start(stopped.reason(&store).to_string())),
        }
    }
}

fn initial_memory(component: &Component) -> u64 {
    let needs = component.resources_required();
    let pages = needs.and_then(|needs| needs.max_initial_memory_size).unwrap_or(0);
    pages.saturating_mul(PAGE)
}

fn exports(pre: &InstancePre<GuestState>) -> String {
    let names: Vec<String> = pre
        .component()
        .component_type()
        .exports(pre.engine())
        .map(|(name, _)| name.to_owned())
        .collect();
    if names.is_empty() {
        "nothing".to_owned()
    } else {
        names.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_embedded_manifest_is_found_after_other_sections() {
        let mut wasm = b"\0asm\x0d\0\x01\0".to_vec();
        wasm.extend([1, 3, 9, 9, 9]);
        wasm.extend([0, 6, 4]);
        wasm.extend(b"nameX");
        let text = "id = 'x'";
        wasm.extend([
            0,
            (1 + MANIFEST_SECTION.len() + text.len()) as u8,
            MANIFEST_SECTION.len() as u8,
        ]);
        wasm.extend(MANIFEST_SECTION.bytes());
        wasm.extend(text.bytes());
        assert_eq!(embedded(&wasm).as_deref(), Some(text));
        for end in 0..wasm.len() {
            let _ = embedded(&wasm[..end]);
        }
        assert_eq!(embedded(&wasm[..wasm.len() - 1]), None);
    }
}
