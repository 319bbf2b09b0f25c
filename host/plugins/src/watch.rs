//! When is a component on disk taken? When its file, or its manifest's, has changed and lies still; tables the same.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecursiveMode, Watcher};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::host::PluginHost;

/// A file has to look the same over this time before it is taken.
const STILL: Duration = Duration::from_millis(150);
/// The folders are looked through this often even if the system reports nothing, as some file systems do not.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// A folder being watched; dropping it ends the watching.
pub struct Watch {
    _watcher: notify::RecommendedWatcher,
    task: JoinHandle<()>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl PluginHost {
    /// Takes in every component of the folder (`NAME.wasm`, with `NAME.toml` beside it or in it) and every signed bundle
    /// (`NAME.ucx`), and from then on what changes there, and in the folder of tables. A component whose file goes away
    /// stays. The error is a sentence.
    pub fn watch(self: &Arc<Self>, folder: &Path) -> Result<Watch, String> {
        let changed = Arc::clone(self.changed());
        let bell = Arc::clone(&changed);
        let ring = move |told: notify::Result<notify::Event>| {
            if !told.is_ok_and(|event| is_only_read(&event.kind)) {
                bell.notify_one();
            }
        };
        let mut watcher = notify::recommended_watcher(ring).map_err(|error| error.to_string())?;
        for folder in [Some(folder), self.tables_folder()].into_iter().flatten() {
            watcher
                .watch(folder, RecursiveMode::NonRecursive)
                .map_err(|error| format!("cannot watch {}: {error}", folder.display()))?;
        }
        let task = self
            .runtime()
            .spawn(follow(Arc::downgrade(self), folder.to_owned(), changed));
        Ok(Watch {
            _watcher: watcher,
            task,
        })
    }
}

/// What a component's files look like from outside.
type Look = [Option<(u64, SystemTime)>; 2];

async fn follow(host: Weak<PluginHost>, folder: PathBuf, changed: Arc<Notify>) {
    // What each component looked like when it was last tried, and under which grants.
    let mut taken: BTreeMap<PathBuf, (Look, u64)> = BTreeMap::new();
    if let Some(host) = host.upgrade() {
        // What was active before a restart comes first, so that a file that was gone back from is known for one.
        host.restore().await;
    }
    loop {
        let before = looks(&folder);
        tokio::time::sleep(STILL).await;
        let still = looks(&folder);
        let Some(host) = host.upgrade() else { return };
        host.follow_pointers().await;
        let edition = host.grants_edition();
        let tables = Arc::clone(&host);
        let _ = host
            .runtime()
            .spawn_blocking(move || tables.reload_tables())
            .await;
        let mut restless = before.len() != still.len();
        for (path, look) in still {
            if before.get(&path) != Some(&look) {
                restless = true;
            } else if taken.get(&path) != Some(&(look, edition)) {
                // A refusal is reported by `install`, and the file is looked at again when it changes.
                if is_bundle(&path) {
                    let _ = host.take_dropped(&path).await;
                } else {
                    let _ = host.install(&path).await;
                }
                taken.insert(path, (look, edition));
            }
        }
        drop(host);
        if !restless {
            let _ = tokio::time::timeout(LOOK_EVERY, changed.notified()).await;
        }
    }
}

/// Whether somebody only read. So does the host when it looks through a folder, which would make it look again without end.
fn is_only_read(kind: &EventKind) -> bool {
    matches!(kind, EventKind::Access(access) if *access != AccessKind::Close(AccessMode::Write))
}

fn is_bundle(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "ucx")
}

fn looks(folder: &Path) -> BTreeMap<PathBuf, Look> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return BTreeMap::new();
    };
    let paths = entries.flatten().map(|entry| entry.path());
    let is_component = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "wasm");
    let components = paths.filter(|path| is_component(path) || is_bundle(path));
    components
        .map(|path| (path.clone(), [look(&path), look(&path.with_extension("toml"))]))
        .collect()
}

fn look(path: &Path) -> Option<(u64, SystemTime)> {
    let about = std::fs::metadata(path).ok()?;
    Some((about.len(), about.modified().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use notify::event::{CreateKind, DataChange, ModifyKind};

    #[test]
    fn reading_is_no_change_and_writing_is_one() {
        let read = [
            AccessKind::Open(AccessMode::Any),
            AccessKind::Read,
            AccessKind::Close(AccessMode::Read),
        ];
        assert!(read.map(EventKind::Access).iter().all(is_only_read));
        let changes = [
            EventKind::Access(AccessKind::Close(AccessMode::Write)),
            EventKind::Create(CreateKind::File),
            EventKind::Modify(ModifyKind::Data(DataChange::Any)),
            EventKind::Any,
        ];
        assert!(!changes.iter().any(is_only_read));
    }
}
