//! What was taken in here, by whom, and which generation is active? Kept on disk, so that a restart changes nothing.
//!
//! A folder a plugin: `history.jsonl` with a line for everything that happened, `N.ucx` with what generation N was made of,
//! and `active` with the number of the one new calls go to. That number may also be changed by hand.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use ucx_bundle::{Bundle, Version};

use crate::manifest::is_id;
use crate::resources::WallClock;

/// Lines of a plugin's history that are kept in memory, and shown.
const LINES_MAX: usize = 500;
/// The longest history on disk in bytes; a longer one is cut to its last lines.
const HISTORY_MAX: u64 = 1 << 20;
/// Generations of a plugin whose bundles are kept, so that one can go back to them.
const BUNDLES_KEPT: usize = 8;
/// Plugins whose history is read at the start.
const PLUGINS_MAX: usize = 1_024;
/// The largest bundle in bytes: all its parts, and the archive's own blocks.
pub(crate) const BUNDLE_MAX: u64 =
    ucx_bundle::COMPONENT_MAX + ucx_bundle::SBOM_MAX + ucx_bundle::WIT_MAX + (1 << 20);

/// What happened to a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// It passed the gates and waits, or is about to become active.
    Staged,
    /// It answers a share of the calls, on trial.
    Canary,
    /// It is asked beside the active one, without effect.
    Shadow,
    /// It takes new calls from now on.
    Activated,
    /// It takes new calls again, after a later one.
    RolledBack,
    /// Its trial ended without it.
    Dropped,
    /// The plugin was taken out.
    Removed,
}

impl Step {
    /// The word in the history.
    pub fn word(self) -> &'static str {
        match self {
            Self::Staged => "staged",
            Self::Canary => "canary",
            Self::Shadow => "shadow",
            Self::Activated => "activated",
            Self::RolledBack => "rolled-back",
            Self::Dropped => "dropped",
            Self::Removed => "removed",
        }
    }
}

/// A line of a plugin's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct HistoryLine {
    /// When, in seconds since 1970.
    pub at: u64,
    /// Who did it: `operator`, `manager:NAME`, `folder`, `host`.
    pub by: String,
    /// What.
    pub step: Step,
    /// To which generation.
    pub generation: u64,
    /// Its version.
    pub version: String,
    /// SHA-256 of its component.
    pub digest: String,
    /// SHA-256 of the digests of its bundle.
    pub bundle: String,
    /// Where it came from.
    pub source: PathBuf,
    /// The key it is signed with, by the operator's name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    /// What it was granted, a line a list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<String>,
    /// The gates it passed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<String>,
    /// Why, if there is more to say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

#[derive(Default)]
struct Record {
    lines: VecDeque<HistoryLine>,
    active: Option<u64>,
}

/// The histories of all plugins. The lock guards the small files and what was read of them; only workers come here.
pub(crate) struct Ledger {
    folder: PathBuf,
    clock: WallClock,
    plugins: Mutex<BTreeMap<String, Record>>,
}

impl Ledger {
    /// Opens the folder, or makes it, and reads what happened so far.
    pub(crate) fn open(folder: &Path, clock: WallClock) -> Result<Self, String> {
        let sentence = |error: std::io::Error| format!("generations {}: {error}", folder.display());
        make_private(folder).map_err(sentence)?;
        let mut plugins = BTreeMap::new();
        for entry in fs::read_dir(folder)
            .map_err(sentence)?
            .flatten()
            .take(PLUGINS_MAX)
        {
            let name = entry.file_name().to_string_lossy().into_owned();
            if is_id(&name) && entry.path().is_dir() {
                plugins.insert(name, read(&entry.path()));
            }
        }
        Ok(Self {
            folder: folder.to_owned(),
            clock,
            plugins: Mutex::new(plugins),
        })
    }

    /// The folder of a plugin.
    pub(crate) fn home(&self, plugin: &str) -> PathBuf {
        self.folder.join(plugin)
    }

    /// Plugins with an active generation, and its number.
    pub(crate) fn active(&self) -> Vec<(String, u64)> {
        self.with(|plugins| {
            let active = plugins
                .iter()
                .filter_map(|(name, record)| Some((name.clone(), record.active?)));
            active.collect()
        })
    }

    /// Pointers that somebody moved by hand since they were read: the plugin and the number.
    pub(crate) fn moved(&self) -> Vec<(String, u64)> {
        self.with(|plugins| {
            let moved = plugins.iter().filter_map(|(name, record)| {
                let now = pointer(&self.home(name))?;
                (record.active.is_some_and(|active| active != now)).then(|| (name.clone(), now))
            });
            moved.collect()
        })
    }

    /// The number the next generation of a plugin gets, if its history knows better than whoever asks.
    pub(crate) fn next_number(&self, plugin: &str) -> u64 {
        self.with(|plugins| {
            let lines = plugins.get(plugin).map(|record| record.lines.iter());
            lines
                .and_then(|lines| lines.map(|line| line.generation).max())
                .map_or(1, |last| last + 1)
        })
    }

    /// The newest version that was ever active.
    pub(crate) fn newest(&self, plugin: &str) -> Option<Version> {
        self.with(|plugins| {
            let lines = plugins.get(plugin)?.lines.iter();
            let active = lines.filter(|line| line.step == Step::Activated);
            active
                .filter_map(|line| Version::parse(&line.version).ok())
                .max_by(Version::precedence)
        })
    }

    /// What was last taken from that source.
    pub(crate) fn last_from(&self, plugin: &str, source: &Path) -> Option<HistoryLine> {
        self.with(|plugins| {
            let mut lines = plugins.get(plugin)?.lines.iter().rev();
            let staged = lines.find(|line| line.step == Step::Staged && line.source == source);
            staged.cloned()
        })
    }

    /// Whether the last that happened to a plugin is that it was taken out.
    pub(crate) fn is_removed(&self, plugin: &str) -> bool {
        self.with(|plugins| {
            let last = plugins.get(plugin).and_then(|record| record.lines.back());
            last.is_some_and(|line| line.step == Step::Removed)
        })
    }

    /// The line with which a generation came in.
    pub(crate) fn staged(&self, plugin: &str, generation: u64) -> Option<HistoryLine> {
        self.with(|plugins| {
            let mut lines = plugins.get(plugin)?.lines.iter();
            let staged = lines.find(|line| line.generation == generation && line.step == Step::Staged);
            staged.cloned()
        })
    }

    /// The generation that was active before that one.
    pub(crate) fn before(&self, plugin: &str, generation: u64) -> Option<u64> {
        self.with(|plugins| {
            let lines = plugins.get(plugin)?.lines.iter().rev();
            let mut active = lines.filter(|line| matches!(line.step, Step::Activated | Step::RolledBack));
            active
                .find(|line| line.generation < generation)
                .map(|line| line.generation)
        })
    }

    /// Everything that happened, oldest first.
    pub(crate) fn history(&self, plugin: &str) -> Vec<HistoryLine> {
        self.with(|plugins| {
            plugins
                .get(plugin)
                .map(|record| record.lines.iter().cloned().collect())
                .unwrap_or_default()
        })
    }

    /// Keeps what a generation is made of.
    pub(crate) fn keep(&self, plugin: &str, generation: u64, bundle: &Bundle) -> Result<(), String> {
        let home = self.home(plugin);
        let sentence = |error: std::io::Error| format!("generation {generation} could not be kept: {error}");
        make_private(&home).map_err(sentence)?;
        replace(&home.join(format!("{generation}.ucx")), &bundle.to_bytes()).map_err(sentence)
    }

    /// What a generation is made of.
    pub(crate) fn bundle(&self, plugin: &str, generation: u64) -> Result<Bundle, String> {
        let path = self.home(plugin).join(format!("{generation}.ucx"));
        let bytes = crate::file::read(&path, BUNDLE_MAX)?;
        Bundle::read(&bytes).map_err(|fault| fault.to_string())
    }

    /// Writes a line of what happened, with the time it has now; moves the pointer if the step does.
    pub(crate) fn note(&self, plugin: &str, mut line: HistoryLine) {
        line.at = (self.clock)().as_secs();
        self.with(|plugins| {
            let record = plugins.entry(plugin.to_owned()).or_default();
            match line.step {
                Step::Activated | Step::RolledBack => record.active = Some(line.generation),
                Step::Removed => record.active = None,
                Step::Staged | Step::Canary | Step::Shadow | Step::Dropped => {}
            }
            let home = self.home(plugin);
            let written = append(&home, &line).and_then(|()| point(&home, record.active));
            if let Err(error) = written {
                // What runs is right all the same; a restart would begin with what is on disk.
                tracing::error!(plugin, %error, "the history of a plugin could not be written");
            }
            if record.lines.len() >= LINES_MAX {
                record.lines.pop_front();
            }
            record.lines.push_back(line);
            tidy(&home, record);
        });
    }

    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<String, Record>) -> T) -> T {
        work(&mut self.plugins.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn make_private(folder: &Path) -> std::io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

/// Reads a plugin's folder; what cannot be read of it is told and left out.
fn read(home: &Path) -> Record {
    let text = crate::file::read(&home.join("history.jsonl"), 2 * HISTORY_MAX).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let mut lines = VecDeque::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        match serde_json::from_str::<HistoryLine>(line) {
            Ok(line) => lines.push_back(line),
            Err(error) => tracing::warn!(file = %home.display(), %error, "a line of a history was left out"),
        }
        if lines.len() > LINES_MAX {
            lines.pop_front();
        }
    }
    Record {
        lines,
        active: pointer(home),
    }
}

fn pointer(home: &Path) -> Option<u64> {
    let text = crate::file::read(&home.join("active"), 32).ok()?;
    String::from_utf8(text).ok()?.trim().parse().ok()
}

fn point(home: &Path, active: Option<u64>) -> std::io::Result<()> {
    let path = home.join("active");
    match active {
        Some(number) => replace(&path, format!("{number}\n").as_bytes()),
        None if path.exists() => fs::remove_file(path),
        None => Ok(()),
    }
}

fn append(home: &Path, line: &HistoryLine) -> std::io::Result<()> {
    make_private(home)?;
    let path = home.join("history.jsonl");
    let mut text = serde_json::to_string(line)?;
    text.push('\n');
    if fs::metadata(&path).is_ok_and(|about| about.len() > HISTORY_MAX) {
        let old = fs::read_to_string(&path)?;
        let skipped = old.lines().count().saturating_sub(LINES_MAX);
        let kept: String = old.lines().skip(skipped).flat_map(|line| [line, "\n"]).collect();
        return replace(&path, (kept + &text).as_bytes());
    }
    let mut file = fs::OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())
}

/// Writes a file in one step: whoever reads it meanwhile sees the old one or the new one.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&part, path)
}

/// Takes old bundles away; the active one and the latest stay.
fn tidy(home: &Path, record: &Record) {
    let Ok(entries) = fs::read_dir(home) else { return };
    let mut numbers: Vec<u64> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            name.strip_suffix(".ucx")?.parse().ok()
        })
        .collect();
    numbers.sort_unstable();
    let surplus = numbers.len().saturating_sub(BUNDLES_KEPT);
    for number in numbers.into_iter().take(surplus) {
        if record.active != Some(number) {
            // It may have been taken away by hand.
            let _ = fs::remove_file(home.join(format!("{number}.ucx")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Folder;
    use std::sync::Arc;
    use std::time::Duration;

    fn line(step: Step, generation: u64, version: &str) -> HistoryLine {
        HistoryLine {
            at: 0,
            by: "operator".to_owned(),
            step,
            generation,
            version: version.to_owned(),
            digest: "d".to_owned(),
            bundle: "b".to_owned(),
            source: PathBuf::from("/x.ucx"),
            signer: None,
            grants: Vec::new(),
            gates: Vec::new(),
            note: String::new(),
        }
    }

    fn open(folder: &Folder) -> Ledger {
        Ledger::open(
            &folder.0.join("generations"),
            Arc::new(|| Duration::from_secs(77)),
        )
        .unwrap()
    }

    #[test]
    fn history_and_pointer_survive() {
        let folder = Folder::new("ledger");
        let ledger = open(&folder);
        for (step, generation, version) in [
            (Step::Staged, 1, "1.0.0"),
            (Step::Activated, 1, "1.0.0"),
            (Step::Staged, 2, "1.10.0"),
            (Step::Activated, 2, "1.10.0"),
            (Step::RolledBack, 1, "1.0.0"),
            (Step::Staged, 3, "2.0.0"),
        ] {
            ledger.note("p", line(step, generation, version));
        }
        let again = open(&folder);
        assert_eq!(again.history("p"), ledger.history("p"));
        assert_eq!(again.history("p")[0].at, 77);
        assert_eq!(again.active(), [("p".to_owned(), 1)]);
        assert_eq!(again.next_number("p"), 4);
        // Version 2 was never active.
        assert_eq!(again.newest("p"), Version::parse("1.10.0").ok());
        assert_eq!(again.before("p", 2), Some(1));
        again.note("p", line(Step::Removed, 1, "1.0.0"));
        assert_eq!(open(&folder).active(), []);
        assert_eq!(open(&folder).next_number("p"), 4);
    }

    #[test]
    fn a_pointer_moved_by_hand_is_seen_and_a_spoilt_line_left_out() {
        let folder = Folder::new("ledger-hand");
        let ledger = open(&folder);
        ledger.note("p", line(Step::Activated, 2, "1.0.0"));
        assert_eq!(ledger.moved(), []);
        folder.write("generations/p/active", "1\n");
        assert_eq!(ledger.moved(), [("p".to_owned(), 1)]);
        let history = folder.0.join("generations/p/history.jsonl");
        let whole = fs::read_to_string(&history).unwrap();
        fs::write(&history, format!("{{\"at\": 1\n{whole}")).unwrap();
        assert_eq!(open(&folder).history("p").len(), 1);
        folder.write("generations/p/active", "not a number");
        assert_eq!(open(&folder).active(), []);
    }

    #[test]
    fn old_bundles_go_and_the_active_one_stays() {
        let folder = Folder::new("ledger-bundles");
        let ledger = open(&folder);
        let bundle = Bundle::new("id = 'p'".to_owned(), vec![1], None, None).unwrap();
        for number in 1..=12 {
            ledger.keep("p", number, &bundle).unwrap();
            let step = if number == 1 {
                Step::Activated
            } else {
                Step::Staged
            };
            ledger.note("p", line(step, number, "1.0.0"));
        }
        assert_eq!(ledger.bundle("p", 1), Ok(bundle.clone()));
        assert!(ledger.bundle("p", 2).is_err());
        assert_eq!(ledger.bundle("p", 12), Ok(bundle));
        let path = folder.0.join("generations/p/12.ucx");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
