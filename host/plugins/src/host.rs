//! What can be done with plugins? Take them in, ask them, tell them, look at them.

mod asking;
mod config;
mod grants;
mod known;
mod load;
mod replays;
mod status;

pub use config::PluginHostConfig;
pub use load::PluginLoad;
pub use status::PluginStatus;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, Weak};

use tokio::runtime::Handle;
use tokio::sync::{Mutex, Notify};
use tokio::task::AbortHandle;
use ucx_bundle::Trust;

use crate::admission::Load;
use crate::cache::CodeCache;
use crate::calendar::Schedules;
use crate::compiler::Compiler;
use crate::engine::Engines;
use crate::flow::Visits;
use crate::generation::{Generation, short};
use crate::grant::Rights;
use crate::heard::Fed;
use crate::keyvalue::Keep;
use crate::life::grants::GrantBook;
use crate::life::ledger::{Ledger, Step};
use crate::life::quarantine::QuarantineRules;
use crate::life::taking::{Taking, Then};
use crate::loader::{Found, Loader, Refusal};
use crate::manifest::Manifest;
use crate::plugin::Plugin;
use crate::report::{PluginEvent, Reports};
use crate::resources::HostResources;
use crate::state::PluginDesk;
use crate::tape::Book;
use crate::telephony::Chains;
use crate::values::Event;

/// What [`PluginHost::install`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// The plugin's id.
    pub plugin: String,
    /// The generation that is active now.
    pub generation: u64,
    /// False if the very same component with the same manifest and rights was active already.
    pub changed: bool,
    /// Where it is now.
    pub placed: Placed,
}

/// Where a generation is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placed {
    /// New calls go to it.
    Active,
    /// It waits for a human, because it asks this beyond the active one.
    Staged(Vec<String>),
    /// It is asked beside the active one, without effect.
    Shadow,
    /// It gets a share of the calls.
    Canary,
}

/// All plugins. Guests run on the runtime it is given, never on the caller's thread.
pub struct PluginHost {
    me: Weak<Self>,
    runtime: Handle,
    pub(crate) loader: Arc<Loader>,
    tables: Option<PathBuf>,
    pub(crate) reports: Arc<Reports>,
    pub(crate) ledger: Option<Arc<Ledger>>,
    grants: GrantBook,
    /// Guards a pointer: an operator's change swaps it, an installation reads it.
    trust: RwLock<Arc<Trust>>,
    is_signed_only: bool,
    quarantine: Option<QuarantineRules>,
    /// Legs on their way to instances.
    visits: Arc<Visits>,
    /// How far plugins were told what happens.
    pub(crate) fed: Arc<Fed>,
    /// Where plugins' values are kept, if they are.
    keep: Option<Keep>,
    /// Where plugins' own folders are, if they have any.
    folders: Option<PathBuf>,
    /// Which routers are asked about calls that enter a context. Guards a pointer: a call reads it, a reload swaps it.
    pub(crate) chains: RwLock<Arc<Chains>>,
    /// Guards the map of names; calls read it, an installation of a new name writes it.
    plugins: RwLock<BTreeMap<String, Arc<Plugin>>>,
    /// Whether any of them watches events.
    listens: Arc<AtomicBool>,
    /// Rung when the folders are to be looked through again.
    changed: Arc<Notify>,
    /// Counts the grants, so that a refused component is looked at again under new ones.
    grants_edition: AtomicU64,
    /// One installation at a time, so that compiling takes one core at most.
    pub(crate) installing: Mutex<()>,
}

impl PluginHost {
    /// Sets the host up; `runtime` is where guests and their compilation run. The error is a sentence.
    pub fn new(config: PluginHostConfig, runtime: Handle) -> Result<Arc<Self>, String> {
        let schedules = Schedules::new(&config.schedules)?;
        let ledger = config.generations.as_deref();
        let ledger = ledger.map(|folder| Ledger::open(folder, Arc::clone(&config.clock)));
        let ledger = ledger.transpose()?.map(Arc::new);
        let grants = GrantBook::open(config.grants, config.own_grants)?;
        let cache = config.cache.as_deref().map(CodeCache::open).transpose()?;
        let keep = config.keyvalue.as_deref().map(Keep::open).transpose()?;
        let book = config.decisions.as_deref().map(Book::open).transpose()?;
        let mut resources = HostResources::new(schedules, config.clock, config.seed, book);
        resources.spy = config.spy;
        resources.load = Arc::new(Load::new(runtime.metrics().num_workers()));
        resources.processors = config.processors;
        let host = Arc::new(resources);
        let reports = Arc::new(Reports::new(config.listener));
        let engines = Arc::new(Engines::new(config.interruption).map_err(|error| short(&error))?);
        let compiler = Compiler {
            program: config.compiler,
            interruption: config.interruption,
        };
        let loader = Loader::new(
            engines,
            grants.all(),
            host,
            Arc::clone(&reports),
            cache,
            config.web,
        );
        let mut loader = loader.map_err(|error| format!("{error:#}"))?;
        loader.compiler = compiler;
        let loader = Arc::new(loader);
        let host = Arc::new_cyclic(|me| Self {
            me: Weak::clone(me),
            runtime,
            loader,
            tables: config.tables,
            reports,
            ledger,
            grants,
            trust: RwLock::new(Arc::new(config.trust)),
            is_signed_only: config.is_signed_only,
            quarantine: config.quarantine,
            visits: Arc::default(),
            fed: Arc::default(),
            keep,
            folders: config.data,
            chains: RwLock::default(),
            plugins: RwLock::default(),
            listens: Arc::default(),
            changed: Arc::default(),
            grants_edition: AtomicU64::new(0),
            installing: Mutex::default(),
        });
        host.reload_tables();
        Ok(host)
    }

    /// Takes in a component, or replaces the one of the same id. Calls under way end where they began; if anything is
    /// wrong with the new one, the old one stays.
    pub async fn install(&self, wasm: &Path) -> Result<Installed, Refusal> {
        let installed = self.try_install(wasm).await;
        installed.map_err(|refusal| self.refused(wasm, refusal))
    }

    async fn try_install(&self, wasm: &Path) -> Result<Installed, Refusal> {
        let _one_at_a_time = self.installing.lock().await;
        if self.is_signed_only {
            return Err(Refusal::SignedOnly);
        }
        let (found, rights) = self.read(wasm).await?;
        let known = self.plugin(&found.manifest.id);
        if let Some(home) = known.as_ref().map(|plugin| plugin.home())
            && home != wasm
            && home.exists()
        {
            // Whoever takes another's id would take its grants and its calls.
            return Err(Refusal::Taken(home));
        }
        let active = known.as_ref().map(|plugin| plugin.active());
        let is_active = active
            .as_ref()
            .is_some_and(|active| active.digest == found.digest && active.manifest == found.manifest);
        if !is_active && self.was_left(&found, wasm, active.is_some())? {
            return Ok(Installed {
                plugin: found.manifest.id,
                generation: active.map_or(0, |active| active.number),
                changed: false,
                placed: Placed::Active,
            });
        }
        let taking = Taking {
            found,
            rights,
            home: wasm.to_owned(),
            by: "folder".to_owned(),
            then: Then::Activate,
            gates: Vec::new(),
            bundle: None,
        };
        self.take(known, taking).await
    }

    /// Whether that is what was last taken from that file, and waits, was gone back from or was taken out since: the file
    /// alone does not change that.
    fn was_left(&self, found: &Found, wasm: &Path, is_known: bool) -> Result<bool, Refusal> {
        let Some(ledger) = &self.ledger else {
            return Ok(false);
        };
        let id = &found.manifest.id;
        let last = ledger.last_from(id, wasm);
        let Some(last) = last.filter(|last| last.digest == found.digest) else {
            return Ok(false);
        };
        let was_left = is_known || ledger.is_removed(id);
        Ok(was_left && last.bundle == found.bundle()?.digest())
    }

    async fn read(&self, wasm: &Path) -> Result<(Found, Arc<Rights>), Refusal> {
        let path = wasm.to_owned();
        let found = self.blocking(move || Found::read(&path)).await??;
        let rights = self.loader.rights(&found.manifest)?;
        Ok((found, rights))
    }

    /// Compiles, links and starts it once.
    pub(crate) async fn build(
        &self,
        found: Found,
        rights: Arc<Rights>,
        desk: Arc<PluginDesk>,
        number: u64,
    ) -> Result<Arc<Generation>, Refusal> {
        let loader = Arc::clone(&self.loader);
        let generation = Arc::new(
            self.blocking(move || loader.build(&found, rights, desk, number))
                .await??,
        );
        let trial = Arc::clone(&generation);
        let tried = self.runtime.spawn(async move { trial.try_out().await }).await;
        tried.map_err(|error| Refusal::Start(error.to_string()))??;
        Ok(generation)
    }

    /// What all generations of a plugin share that is not there yet, with the values that were kept of it.
    pub(crate) fn new_desk(&self, plugin: &str) -> Arc<PluginDesk> {
        let store = self.keep.as_ref().map(|keep| keep.store(plugin));
        let folder = self.folders.as_ref().map(|folders| folders.join(plugin));
        Arc::new(PluginDesk::of(store.unwrap_or_default(), folder))
    }

    /// Writes plugins' values that are not on the disk yet, for a host that ends. Writes files.
    pub fn save_values(&self) {
        if let Some(keep) = &self.keep {
            keep.flush();
        }
    }

    /// Checks a component as [`install`](Self::install) does, up to starting it once, and leaves everything as it is.
    pub async fn check(&self, wasm: &Path) -> Result<Manifest, Refusal> {
        let (found, rights) = self.read(wasm).await?;
        let manifest = found.manifest.clone();
        self.build(found, rights, Arc::default(), 0).await?;
        Ok(manifest)
    }

    /// Decisions that were not written down, because the disk was too slow.
    pub fn decisions_lost(&self) -> u64 {
        self.loader.host.book.as_ref().map_or(0, Book::lost)
    }

    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        self.runtime
            .spawn_blocking(work)
            .await
            .map_err(|error| Refusal::NotAComponent(error.to_string()))
    }

    pub(crate) fn activate(
        &self,
        known: Option<Arc<Plugin>>,
        generation: Arc<Generation>,
        home: &Path,
    ) -> Installed {
        let id = generation.plugin.to_string();
        let (plugin, replaced) = match known {
            Some(plugin) => {
                let replaced = plugin.swap(Arc::clone(&generation));
                plugin.move_to(home);
                (plugin, Some(replaced))
            }
            None => {
                let plugin = Arc::new(Plugin::new(
                    Arc::clone(&generation),
                    home,
                    self.quarantine,
                    self.ledger.clone(),
                ));
                self.plugins
                    .write()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert(id.clone(), Arc::clone(&plugin));
                (plugin, None)
            }
        };
        self.tend_subscriber(&plugin, &generation);
        self.reports.add(PluginEvent::Activated {
            plugin: id.clone(),
            version: generation.manifest.version.clone(),
            generation: generation.number,
            replaced,
        });
        Installed {
            plugin: id,
            generation: generation.number,
            changed: true,
            placed: Placed::Active,
        }
    }

    /// A worker empties the mailbox as long as the active generation watches.
    fn tend_subscriber(&self, plugin: &Arc<Plugin>, generation: &Generation) {
        if generation.subscriber.is_some() || generation.serve.is_some() {
            self.listens.store(true, Ordering::SeqCst);
        }
        self.tend_application(plugin);
        if generation.subscriber.is_none() {
            plugin.set_worker(None);
        } else if !plugin.has_worker() {
            let work = crate::subscriber::work(Arc::clone(plugin), Arc::clone(&self.reports));
            plugin.set_worker(Some(self.runtime.spawn(work).abort_handle()));
        }
    }

    /// Takes a plugin out. Calls under way end as they began; answers whether there was one.
    pub fn remove(&self, plugin: &str) -> bool {
        self.remove_by(plugin, "host")
    }

    /// As [`Self::remove`], and its history says who wanted it.
    pub fn remove_by(&self, plugin: &str, by: &str) -> bool {
        let removed = self
            .plugins
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(plugin);
        let Some(removed) = removed else { return false };
        removed.set_worker(None);
        removed.stage.close();
        let active = removed.active();
        self.note_step(plugin, &active, Step::Removed, by, "");
        active.retire();
        true
    }

    /// Stops every call flow of a plugin at once: the calls it leads get its fallback. Answers whether there is such a plugin.
    pub fn stop_flows(&self, plugin: &str) -> bool {
        let found = self.plugin(plugin);
        if let Some(plugin) = &found {
            plugin.stop_flows();
        }
        found.is_some()
    }

    /// The host's things that guests reach.
    pub(crate) fn resources(&self) -> &HostResources {
        &self.loader.host
    }

    /// Puts an event into the mailbox of every plugin that may hear it. Never waits.
    pub fn deliver(&self, event: &Event) {
        for plugin in self
            .plugins
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
        {
            let active = plugin.active();
            if active.subscriber.is_some() && active.rights.hears(&event.kind) {
                plugin.mailbox.push(event.clone());
            }
            if active.serve.is_some() && active.rights.hears(&event.kind) {
                plugin.stage.inbox.push(event.clone());
            }
        }
    }

    /// Does something on the runtime of the guests: what reads files or compiles has no business on the caller's thread.
    pub async fn on_workers<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(Arc<Self>) -> F,
    ) -> Result<T, String> {
        let done = self.runtime.spawn(work(Arc::clone(self))).await;
        done.map_err(|error| error.to_string())
    }

    /// Whether any active plugin watches events; asked by who feeds them, so that nothing is kept for nobody.
    pub(crate) fn is_listening(&self) -> bool {
        if !self.has_subscriber() {
            self.listens.store(false, Ordering::SeqCst);
        }
        // Whoever came in between is seen by the second look.
        let listens = self.has_subscriber();
        if listens {
            self.listens.store(true, Ordering::SeqCst);
        }
        listens
    }

    /// Whether any active plugin watches events, to be looked at from anywhere.
    pub(crate) fn listens(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.listens)
    }

    fn has_subscriber(&self) -> bool {
        let plugins = self.plugins.read().unwrap_or_else(PoisonError::into_inner);
        plugins
            .values()
            .map(|plugin| plugin.active())
            .any(|active| active.subscriber.is_some() || active.serve.is_some())
    }

    /// Reads the lookup tables whose files changed. Reads files: not for the control plane.
    pub fn reload_tables(&self) {
        let Some(folder) = &self.tables else { return };
        for change in self.loader.host.tables.reload(folder) {
            self.reports.add(change.into());
        }
    }

    /// Legs on their way to instances.
    pub(crate) fn visits(&self) -> Arc<Visits> {
        Arc::clone(&self.visits)
    }

    pub(crate) fn reports(&self) -> Arc<Reports> {
        Arc::clone(&self.reports)
    }

    /// The bell to ring when the folders are to be looked through again.
    pub(crate) fn changed(&self) -> &Arc<Notify> {
        &self.changed
    }

    /// Counts the changes of the grants.
    pub(crate) fn grants_edition(&self) -> u64 {
        self.grants_edition.load(Ordering::SeqCst)
    }

    pub(crate) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    pub(crate) fn tables_folder(&self) -> Option<&Path> {
        self.tables.as_deref()
    }

    pub(crate) fn plugin(&self, name: &str) -> Option<Arc<Plugin>> {
        self.plugins
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
            .cloned()
    }
}

impl Drop for PluginHost {
    fn drop(&mut self) {
        for plugin in self
            .plugins
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
        {
            plugin.set_worker(None);
        }
    }
}

/// Calls a question off when nobody waits for its answer any more.
pub(crate) struct CalledOff(pub(crate) AbortHandle);

impl Drop for CalledOff {
    fn drop(&mut self) {
        self.0.abort();
    }
}
