//! How is a bundle taken in? Its form, its signature, its version and its asks are gates; only then is it compiled and tried.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ucx_bundle::{Bundle, Fault, Signer, Version};

use super::diff::{self, AskLine};
use super::ledger::{BUNDLE_MAX, HistoryLine, Step};
use super::trial::{CanaryRules, Trial, TrialKind};
use crate::generation::Generation;
use crate::grant::Rights;
use crate::host::{Installed, Placed, PluginHost};
use crate::loader::{Found, Refusal};
use crate::manifest::{Manifest, World};
use crate::plugin::Plugin;
use crate::report::PluginEvent;

/// What is to become of a bundle that passes the gates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Then {
    /// New calls are its own; if it asks more than the active generation, it waits for a human first.
    #[default]
    Activate,
    /// New calls are its own, whatever it asks: a human has just said so.
    Promote,
    /// It is asked beside the active one, without effect.
    Shadow,
    /// It gets a share of the calls.
    Canary(CanaryRules),
}

/// How a bundle is to be taken in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// Who says so.
    pub by: String,
    /// It need not be signed by a trusted key.
    pub is_unsigned: bool,
    /// It may be older than the newest that was ever active.
    pub is_downgrade: bool,
    /// Only a plugin of that id is taken.
    pub plugin: Option<String>,
    /// What becomes of it.
    pub then: Then,
}

/// What a bundle is, as far as that can be said without running it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// Its manifest.
    pub manifest: Manifest,
    /// SHA-256 of its component.
    pub digest: String,
    /// SHA-256 of the list of all its digests.
    pub bundle: String,
    /// Who signed it, or why nobody that counts did.
    pub signer: Result<Signer, Fault>,
    /// What it exports.
    pub exports: Vec<String>,
    /// Memory it needs at its start, in bytes.
    pub memory: u64,
    /// What it asks, held against the grant.
    pub asks: Vec<AskLine>,
    /// The lines its grant lacks, or what else stands in the way of taking it.
    pub lacks: Option<String>,
    /// Whether it says which interfaces it was built against.
    pub has_wit: bool,
    /// Whether it says what it is made of.
    pub has_sbom: bool,
}

/// Something that passed its gates up to the grant.
pub(crate) struct Taking {
    pub(crate) found: Found,
    pub(crate) rights: Arc<Rights>,
    /// The file that owns the id while it is there.
    pub(crate) home: PathBuf,
    pub(crate) by: String,
    pub(crate) then: Then,
    pub(crate) gates: Vec<&'static str>,
    /// As it came; made of the rest if it did not come as one.
    pub(crate) bundle: Option<Bundle>,
}

impl PluginHost {
    /// Takes a bundle in from a file.
    ///
    /// # Errors
    /// What [`Self::take_bundle`] refuses, and files that cannot be read.
    pub async fn take_file(&self, file: &Path, order: Order) -> Result<Installed, Refusal> {
        let bytes = self.read_bundle(file).await;
        match bytes {
            Ok(bytes) => self.take_bundle(bytes, order).await,
            Err(refusal) => Err(self.refused(file, refusal)),
        }
    }

    /// Takes a bundle in. Calls under way end where they began; if anything is wrong with it, what ran before goes on.
    ///
    /// # Errors
    /// Each gate has its own [`Refusal`].
    pub async fn take_bundle(&self, bytes: Vec<u8>, order: Order) -> Result<Installed, Refusal> {
        let taken = self.try_take(bytes, order).await;
        taken.map_err(|refusal| self.refused(Path::new("bundle"), refusal))
    }

    /// Takes a bundle that was put into a watched folder. It has to be signed; and one that was taken in once is not taken
    /// again because its file still lies there, whatever became of it since.
    ///
    /// # Errors
    /// As [`Self::take_file`].
    pub async fn take_dropped(&self, file: &Path) -> Result<Option<Installed>, Refusal> {
        let taken = async {
            let bytes = self.read_bundle(file).await?;
            let bundle = Bundle::read(&bytes).map_err(Refusal::Bundle)?;
            let id = Found::of_bundle(&bundle, None)?.manifest.id;
            let digest = bundle.digest();
            if self.history(&id).iter().any(|line| line.bundle == digest) {
                return Ok(None);
            }
            let order = Order {
                by: "folder".to_owned(),
                ..Order::default()
            };
            self.try_take(bytes, order).await.map(Some)
        };
        taken.await.map_err(|refusal| self.refused(file, refusal))
    }

    /// Says what a bundle is, without running it or changing anything.
    ///
    /// # Errors
    /// What stands in the way of even looking: its form, its digests, its manifest.
    pub async fn inspect(&self, file: &Path) -> Result<Inspection, Refusal> {
        let bundle = Bundle::read(&self.read_bundle(file).await?).map_err(Refusal::Bundle)?;
        let found = Found::of_bundle(&bundle, None)?;
        let loader = Arc::clone(&self.loader);
        let (manifest, digest) = (found.manifest.clone(), found.digest.clone());
        let (exports, memory) = self.blocking(move || loader.look(&found)).await??;
        Ok(Inspection {
            signer: self.trust().signer(&bundle, &manifest.id),
            asks: diff::asked_and_granted(&manifest, &self.loader.grant(&manifest.id)),
            lacks: self
                .loader
                .rights(&manifest)
                .err()
                .map(|refusal| refusal.to_string()),
            bundle: bundle.digest(),
            has_wit: bundle.wit().is_some(),
            has_sbom: bundle.sbom().is_some(),
            manifest,
            digest,
            exports,
            memory,
        })
    }

    async fn read_bundle(&self, file: &Path) -> Result<Vec<u8>, Refusal> {
        let path = file.to_owned();
        self.blocking(move || crate::file::read(&path, BUNDLE_MAX))
            .await?
            .map_err(Refusal::Unreadable)
    }

    async fn try_take(&self, bytes: Vec<u8>, order: Order) -> Result<Installed, Refusal> {
        let _one_at_a_time = self.installing.lock().await;
        let bundle = self
            .blocking(move || Bundle::read(&bytes))
            .await?
            .map_err(Refusal::Bundle)?;
        let mut found = Found::of_bundle(&bundle, None)?;
        let id = found.manifest.id.clone();
        if let Some(wanted) = order.plugin.filter(|wanted| *wanted != id) {
            return Err(Refusal::NotThat { wanted, id });
        }
        let version = Version::parse(&found.manifest.version).map_err(Refusal::Bundle)?;
        let mut gates = vec!["form", "digests"];
        match self.trust().signer(&bundle, &id) {
            Ok(signer) => {
                found.signer = Some(signer.name);
                gates.push("signature");
            }
            Err(Fault::Unsigned | Fault::UnknownKey(_)) if order.is_unsigned => {}
            Err(fault) => return Err(Refusal::Bundle(fault)),
        }
        let newest = self.ledger.as_ref().and_then(|ledger| ledger.newest(&id));
        if let Some(newest) = newest.filter(|newest| version.is_older_than(newest) && !order.is_downgrade) {
            return Err(Refusal::Older {
                version: version.to_string(),
                newest: newest.to_string(),
            });
        }
        gates.push("version");
        let rights = self.loader.rights(&found.manifest)?;
        let known = self.plugin(&id);
        let home = match &self.ledger {
            Some(ledger) => ledger.home(&id),
            None => PathBuf::from(ucx_bundle::file_name(&id, "")),
        };
        if let Some(other) = known.as_ref().map(|plugin| plugin.home())
            && other != home
            && other.exists()
        {
            return Err(Refusal::Taken(other));
        }
        let taking = Taking {
            found,
            rights,
            home,
            by: order.by,
            then: order.then,
            gates,
            bundle: Some(bundle),
        };
        self.take(known, taking).await
    }

    /// Compiles, tries and keeps what passed its first gates, and puts it where it is to be.
    pub(crate) async fn take(
        &self,
        known: Option<Arc<Plugin>>,
        taking: Taking,
    ) -> Result<Installed, Refusal> {
        let Taking {
            found,
            rights,
            home,
            by,
            then,
            mut gates,
            bundle,
        } = taking;
        let id = found.manifest.id.clone();
        if let Some(same) = same_as_active(known.as_ref(), &found, &rights, then) {
            return Ok(same);
        }
        if then != Then::Activate && then != Then::Promote {
            check_trial(known.as_ref(), &found.manifest)?;
        }
        if then == Then::Shadow && !found.manifest.asks.http.is_empty() {
            return Err(Refusal::NoTrial(
                "what a shadow asks of the web would have an effect",
            ));
        }
        let number = self.next_number(known.as_ref(), &id);
        // A shadow leaves no trace in the plugin's log and figures.
        let desk = match (&known, then) {
            (Some(plugin), Then::Shadow) => Arc::new(plugin.desk.beside()),
            (Some(plugin), _) => Arc::clone(&plugin.desk),
            (None, _) => self.new_desk(&id),
        };
        let bundle = bundle.map_or_else(|| found.bundle(), Ok)?;
        let generation = self.build(found, rights, desk, number).await?;
        gates.extend(["grant", "compiled", "linked", "started"]);
        if known.is_some() && matches!(then, Then::Activate | Then::Promote) {
            self.ask_health(&generation).await?;
            gates.extend(generation.lifecycle.is_some().then_some("health"));
        }
        let line = line(&generation, &bundle, &home, &by, Step::Staged, &gates);
        if let Some(ledger) = self.ledger.clone() {
            let (name, line) = (id.clone(), line.clone());
            self.blocking(move || {
                ledger.keep(&name, number, &bundle)?;
                ledger.note(&name, line);
                Ok(())
            })
            .await?
            .map_err(Refusal::NotKept)?;
        }
        Ok(self.place(known, generation, then, line, &home))
    }

    /// What is not well does not take the place of what runs. A plugin's first generation is left to its supervisor.
    async fn ask_health(&self, generation: &Arc<Generation>) -> Result<(), Refusal> {
        let asked = Arc::clone(generation);
        let asked = self
            .runtime()
            .spawn(async move { crate::health::gate(&asked).await });
        let answer = asked.await.map_err(|error| Refusal::Unwell(error.to_string()))?;
        answer.map_err(|reason| Refusal::Unwell(reason.to_string()))
    }

    /// Puts a generation that passed all gates where it is to be.
    fn place(
        &self,
        known: Option<Arc<Plugin>>,
        generation: Arc<Generation>,
        then: Then,
        line: HistoryLine,
        home: &Path,
    ) -> Installed {
        let (id, number) = (generation.plugin.to_string(), generation.number);
        let wider = known.as_ref().map_or_else(Vec::new, |plugin| {
            diff::widened(&plugin.active().manifest, &generation.manifest)
        });
        let placed = match (known, then) {
            (Some(plugin), Then::Activate) if !wider.is_empty() => {
                self.reports.add(PluginEvent::Staged {
                    plugin: id.clone(),
                    version: generation.manifest.version.clone(),
                    generation: number,
                    widens: wider.clone(),
                });
                plugin.stage(generation);
                Placed::Staged(wider)
            }
            (Some(plugin), Then::Shadow) => {
                self.begin_trial(&plugin, TrialKind::Shadow, generation, wider, line);
                Placed::Shadow
            }
            (Some(plugin), Then::Canary(rules)) => {
                self.begin_trial(&plugin, TrialKind::Canary(rules), generation, wider, line);
                Placed::Canary
            }
            (known, _) => {
                let line = HistoryLine {
                    step: Step::Activated,
                    gates: Vec::new(),
                    ..line
                };
                self.note(&id, line);
                return self.activate(known, generation, home);
            }
        };
        Installed {
            plugin: id,
            generation: number,
            changed: true,
            placed,
        }
    }

    fn begin_trial(
        &self,
        plugin: &Plugin,
        kind: TrialKind,
        generation: Arc<Generation>,
        widens: Vec<String>,
        line: HistoryLine,
    ) {
        let step = match kind {
            TrialKind::Shadow => Step::Shadow,
            TrialKind::Canary(_) => Step::Canary,
        };
        self.note(
            &plugin.name,
            HistoryLine {
                step,
                gates: Vec::new(),
                ..line
            },
        );
        self.reports.add(PluginEvent::OnTrial {
            plugin: plugin.name.to_string(),
            generation: generation.number,
            kind,
        });
        plugin.try_out(Some(Arc::new(Trial::new(kind, generation, widens))));
    }

    /// The number of a plugin's next generation: never one that was used before, whatever still runs.
    pub(crate) fn next_number(&self, known: Option<&Arc<Plugin>>, id: &str) -> u64 {
        let by_history = self.ledger.as_ref().map_or(1, |ledger| ledger.next_number(id));
        known.map_or(1, |plugin| plugin.next_number()).max(by_history)
    }

    /// Writes a line of a plugin's history, if there is one.
    pub(crate) fn note(&self, plugin: &str, line: HistoryLine) {
        if let Some(ledger) = &self.ledger {
            ledger.note(plugin, line);
        }
    }

    pub(crate) fn refused(&self, file: &Path, refusal: Refusal) -> Refusal {
        self.reports.add(PluginEvent::Refused {
            file: file.to_owned(),
            reason: refusal.to_string(),
        });
        refusal
    }
}

/// The answer if the very same component with the same manifest and rights is active already.
fn same_as_active(
    known: Option<&Arc<Plugin>>,
    found: &Found,
    rights: &Arc<Rights>,
    then: Then,
) -> Option<Installed> {
    let active = known?.active();
    let is_trial = !matches!(then, Then::Activate | Then::Promote);
    let is_same =
        active.digest == found.digest && active.manifest == found.manifest && active.rights == *rights;
    (is_same && !is_trial).then(|| Installed {
        plugin: found.manifest.id.clone(),
        generation: active.number,
        changed: false,
        placed: Placed::Active,
    })
}

/// Trials are for routers, beside a generation that is one and serves the same worlds.
fn check_trial(known: Option<&Arc<Plugin>>, manifest: &Manifest) -> Result<(), Refusal> {
    let Some(plugin) = known else {
        return Err(Refusal::NoTrial("there is no active generation to try it beside"));
    };
    if !manifest.worlds.contains(&World::Router) {
        return Err(Refusal::NoTrial("only routers are tried on a share of the calls"));
    }
    if plugin.active().manifest.worlds != manifest.worlds {
        return Err(Refusal::NoTrial(
            "it serves other worlds than the active generation",
        ));
    }
    Ok(())
}

/// A line of the history about a generation.
pub(crate) fn line(
    generation: &Generation,
    bundle: &Bundle,
    source: &Path,
    by: &str,
    step: Step,
    gates: &[&'static str],
) -> HistoryLine {
    let grants = generation.manifest.asks.lists().into_iter();
    let grants = grants.filter(|(_, asked)| !asked.is_empty());
    HistoryLine {
        at: 0,
        by: by.to_owned(),
        step,
        generation: generation.number,
        version: generation.manifest.version.clone(),
        digest: generation.digest.clone(),
        bundle: bundle.digest(),
        source: source.to_owned(),
        signer: generation.signer.clone(),
        grants: grants
            .map(|(list, asked)| format!("{list} = {asked:?}").replace('{', "[").replace('}', "]"))
            .collect(),
        gates: gates.iter().map(|&gate| gate.to_owned()).collect(),
        note: String::new(),
    }
}
