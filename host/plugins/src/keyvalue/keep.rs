//! How do plugins' values outlive the host? Each plugin has a log that what changed is appended to, off the calls' path, and
//! that is written anew when most of it is of the past.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::{Entry, KeyValue, Place, Values};
use crate::digest;

/// What changed is on the disk after that long at the latest: as much as a power cut can cost.
pub(crate) const FLUSH_EVERY: Duration = Duration::from_secs(1);
/// A log is written anew when it is that much longer than twice what it holds, in bytes.
const SLACK: u64 = 1 << 20;
/// The longest log that is read, in bytes.
const LOG_MAX: u64 = 64 << 20;
/// Bytes of a record before its body: its length, and the beginning of its SHA-256.
const HEAD: usize = 12;
/// The longest body of a record, in bytes.
const BODY_MAX: usize = 1 << 20;
/// What a log begins with; the digit is the edition of its form.
const MAGIC: &[u8] = b"ucx-keyvalue-1\n";

/// The stores of all plugins in one folder. Dropped, it writes what is left.
pub(crate) struct Keep {
    shared: Arc<Shared>,
    stop: Option<Sender<()>>,
    writer: Option<JoinHandle<()>>,
}

struct Shared {
    folder: PathBuf,
    /// The logs that are open, by plugin. The lock is held while they are written, by nobody a call waits for.
    logs: Mutex<BTreeMap<String, Log>>,
}

/// The log of one plugin.
struct Log {
    store: Arc<KeyValue>,
    path: PathBuf,
    file: File,
    bytes: u64,
}

impl Keep {
    /// Opens the folder, which is made if it is missing; the error is a sentence.
    pub(crate) fn open(folder: &Path) -> Result<Self, String> {
        make(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let shared = Arc::new(Shared {
            folder: folder.to_owned(),
            logs: Mutex::default(),
        });
        let (stop, stopped) = channel();
        let writing = Arc::clone(&shared);
        let writer = std::thread::Builder::new()
            .name("keyvalue".to_owned())
            .spawn(move || {
                loop {
                    let ended = stopped.recv_timeout(FLUSH_EVERY);
                    writing.write_all();
                    if !matches!(ended, Err(RecvTimeoutError::Timeout)) {
                        return;
                    }
                }
            })
            .map_err(|error| error.to_string())?;
        Ok(Self {
            shared,
            stop: Some(stop),
            writer: Some(writer),
        })
    }

    /// The store of a plugin, with what was kept of it. Reads a file at the first time; what it cannot read it leaves alone,
    /// and that plugin's values are not kept.
    pub(crate) fn store(&self, plugin: &str) -> Arc<KeyValue> {
        let mut logs = self.shared.lock();
        if let Some(log) = logs.get(plugin) {
            return Arc::clone(&log.store);
        }
        match Log::open(&self.shared.folder.join(plugin)) {
            Ok(log) => {
                let store = Arc::clone(&log.store);
                logs.insert(plugin.to_owned(), log);
                store
            }
            Err(error) => {
                tracing::error!(plugin, %error, "a plugin's values are not kept: its log cannot be read");
                Arc::default()
            }
        }
    }

    /// Writes what is left, now.
    pub(crate) fn flush(&self) {
        self.shared.write_all();
    }
}

impl Drop for Keep {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Log>> {
        self.logs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_all(&self) {
        for (plugin, log) in self.lock().iter_mut() {
            if let Err(error) = log.write() {
                tracing::error!(plugin, %error, "a plugin's values were not written");
            }
        }
    }
}

fn make(folder: &Path) -> io::Result<()> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true).mode(0o600);
    options
}

impl Log {
    fn open(folder: &Path) -> io::Result<Self> {
        make(folder)?;
        let path = folder.join("log");
        let bytes = match std::fs::metadata(&path) {
            Ok(about) if about.len() > LOG_MAX => return Err(io::Error::other("it is too long")),
            Ok(_) => std::fs::read(&path)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let mut values = Values::kept();
        let good = if bytes.is_empty() {
            0
        } else {
            let body = bytes
                .strip_prefix(MAGIC)
                .ok_or_else(|| io::Error::other("it is none of this host's"))?;
            MAGIC.len() + read(body, &mut values)
        };
        // What was read has not changed.
        values.changed = Some(std::collections::BTreeSet::new());
        // A record that was not written to its end is as if it had never been.
        let file = options().append(true).open(&path)?;
        file.set_len(good as u64)?;
        let mut log = Self {
            store: Arc::new(KeyValue::of(values)),
            path,
            file,
            bytes: good as u64,
        };
        if good == 0 {
            log.file.write_all(MAGIC)?;
            log.bytes = MAGIC.len() as u64;
        }
        Ok(log)
    }

    /// Appends what changed, or writes all anew if the log is mostly of the past; then it is on the disk.
    fn write(&mut self) -> io::Result<()> {
        let (changed, live) = self.store.take_changes();
        if changed.is_empty() {
            return Ok(());
        }
        if self.bytes > 2 * live as u64 + SLACK {
            return self.write_anew();
        }
        let mut text = Vec::new();
        for (place, entry) in &changed {
            text.extend(record(place, entry.as_ref()));
        }
        let written = self.file.write_all(&text).and_then(|()| self.file.sync_data());
        match written {
            Ok(()) => {
                self.bytes += text.len() as u64;
                Ok(())
            }
            Err(error) => {
                // Half a record would hide those behind it; what changed is tried again.
                let _ = self.file.set_len(self.bytes);
                self.store.give_back(changed.into_keys());
                Err(error)
            }
        }
    }

    fn write_anew(&mut self) -> io::Result<()> {
        let mut text = MAGIC.to_vec();
        for (place, entry) in self.store.all() {
            text.extend(record(&place, Some(&entry)));
        }
        let beside = self.path.with_extension("new");
        let written = (|| {
            let mut file = options().write(true).truncate(true).open(&beside)?;
            file.write_all(&text)?;
            file.sync_all()?;
            std::fs::rename(&beside, &self.path)?;
            // The name as well is to outlive a power cut.
            if let Some(folder) = self.path.parent() {
                File::open(folder)?.sync_all()?;
            }
            options().append(true).open(&self.path)
        })();
        match written {
            Ok(file) => {
                self.file = file;
                self.bytes = text.len() as u64;
                Ok(())
            }
            Err(error) => {
                let all = self.store.all();
                self.store.give_back(all.into_iter().map(|(place, _)| place));
                Err(error)
            }
        }
    }
}

/// A value that was set, or is gone.
fn record(place: &Place, entry: Option<&Entry>) -> Vec<u8> {
    let mut body = Vec::new();
    let mut text = |text: &[u8]| {
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        body.extend(length.to_be_bytes());
        body.extend(text);
    };
    text(place.0.as_bytes());
    text(place.1.as_bytes());
    if let Some(entry) = entry {
        let ends = entry.ends.map_or(u64::MAX, |ends| {
            u64::try_from(ends.as_millis()).unwrap_or(u64::MAX - 1)
        });
        body.extend(entry.version.to_be_bytes());
        body.extend(ends.to_be_bytes());
        body.extend(&entry.value);
    }
    let mut whole = Vec::with_capacity(HEAD + body.len());
    whole.extend(u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes());
    whole.extend(&digest::sha256(&body)[..HEAD - 4]);
    whole.extend(body);
    whole
}

/// Reads records up to the first that is not whole; how many bytes that was.
fn read(bytes: &[u8], values: &mut Values) -> usize {
    let mut rest = bytes;
    while let Some((head, after)) = rest.split_at_checked(HEAD) {
        let mut length = [0; 4];
        length.copy_from_slice(&head[..4]);
        let length = u32::from_be_bytes(length) as usize;
        let Some(body) = after.get(..length).filter(|_| length <= BODY_MAX) else {
            break;
        };
        if digest::sha256(body)[..HEAD - 4] != head[4..] || apply(body, values).is_none() {
            break;
        }
        rest = &after[length..];
    }
    bytes.len() - rest.len()
}

fn apply(body: &[u8], values: &mut Values) -> Option<()> {
    let (bucket, rest) = text(body)?;
    let (key, rest) = text(rest)?;
    let place = (bucket, key);
    if rest.is_empty() {
        values.remove(&place);
        return Some(());
    }
    let (version, rest) = rest.split_first_chunk::<8>()?;
    let (ends, value) = rest.split_first_chunk::<8>()?;
    let ends = u64::from_be_bytes(*ends);
    let entry = Entry {
        value: value.to_vec(),
        version: u64::from_be_bytes(*version),
        ends: (ends != u64::MAX).then(|| Duration::from_millis(ends)),
    };
    values.put(place, entry);
    Some(())
}

fn text(bytes: &[u8]) -> Option<(String, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (text, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    Some((String::from_utf8(text.to_vec()).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Folder;

    const NOW: Duration = Duration::from_secs(100);

    fn set(store: &KeyValue, key: &str, value: &str) {
        store.set("a", key, value.as_bytes().to_vec(), NOW, None).unwrap();
    }

    fn value(store: &KeyValue, key: &str) -> Option<String> {
        store
            .value("a", key, NOW)
            .map(|value| String::from_utf8(value).unwrap())
    }

    #[test]
    fn values_outlive_their_host() {
        let folder = Folder::new("keep");
        let version = {
            let keep = Keep::open(&folder.0).unwrap();
            let store = keep.store("p");
            set(&store, "stays", "1");
            set(&store, "goes", "2");
            let soon = NOW + Duration::from_secs(1);
            store.set("a", "ends", b"3".to_vec(), NOW, Some(soon)).unwrap();
            keep.flush();
            store.delete("a", "goes");
            set(&store, "stays", "4");
            store.versioned("a", "stays", NOW).unwrap().1
        };
        let keep = Keep::open(&folder.0).unwrap();
        let store = keep.store("p");
        assert_eq!(store.versioned("a", "stays", NOW), Some((b"4".to_vec(), version)));
        assert_eq!(
            (value(&store, "goes"), value(&store, "ends").as_deref()),
            (None, Some("3"))
        );
        assert!(!store.exists("a", "ends", NOW + Duration::from_secs(2)));
        assert!(store.swap("a", "new", 0, Vec::new(), NOW).unwrap().unwrap() > version);
        assert_eq!(value(&keep.store("q"), "stays"), None);
    }

    #[test]
    fn a_log_that_breaks_off_anywhere_gives_what_was_whole() {
        let folder = Folder::new("torn");
        {
            let keep = Keep::open(&folder.0).unwrap();
            let store = keep.store("p");
            set(&store, "one", "1");
            keep.flush();
            set(&store, "two", "2");
        }
        let path = folder.0.join("p/log");
        let whole = std::fs::read(&path).unwrap();
        let first = MAGIC.len() + (whole.len() - MAGIC.len()) / 2;
        for end in MAGIC.len()..=whole.len() {
            std::fs::write(&path, &whole[..end]).unwrap();
            let keep = Keep::open(&folder.0).unwrap();
            let store = keep.store("p");
            assert_eq!(value(&store, "one").is_some(), end >= first, "{end}");
            assert_eq!(value(&store, "two").is_some(), end == whole.len(), "{end}");
            // What comes next is not hidden behind the torn part.
            set(&store, "three", "3");
            drop((store, keep));
            assert_eq!(
                value(&Keep::open(&folder.0).unwrap().store("p"), "three").unwrap(),
                "3"
            );
        }
        std::fs::write(&path, b"something else").unwrap();
        let keep = Keep::open(&folder.0).unwrap();
        set(&keep.store("p"), "x", "1");
        drop(keep);
        assert_eq!(std::fs::read(&path).unwrap(), b"something else");
    }

    #[test]
    fn a_log_does_not_grow_with_what_is_gone() {
        let folder = Folder::new("compact");
        let keep = Keep::open(&folder.0).unwrap();
        let store = keep.store("p");
        for n in 0..40 {
            store.set("a", "big", vec![n; 200 << 10], NOW, None).unwrap();
            keep.flush();
        }
        let length = std::fs::metadata(folder.0.join("p/log")).unwrap().len();
        assert!(length < 2 << 20, "{length}");
        drop((store, keep));
        let store = Keep::open(&folder.0).unwrap().store("p");
        assert_eq!(store.value("a", "big", NOW).unwrap()[0], 39);
    }
}
