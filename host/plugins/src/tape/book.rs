//! Where are decisions, runs and steps kept? In a folder of files that grow to a bound, the oldest of which go; only their owner reads them.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use super::text::Text;
use super::{ChoiceRecord, DecisionRecord, FlowRecord};

/// Decisions that may wait to be written; further ones are counted and lost.
const WAITING_MAX: usize = 4096;
/// A file that has grown to that many bytes is followed by another.
const FILE_MAX: u64 = 16 << 20;
/// Files kept.
const FILES_MAX: usize = 8;
/// The pause in which records gather, so that a busy host does not wake the writer for each: what was put in reaches the
/// disk's cache after that long.
const GATHER: Duration = Duration::from_millis(50);
/// The longest line that is read, in bytes.
const LINE_MAX: usize = 8 << 20;

/// Something that was written down of a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// A router decided.
    Decision(Box<DecisionRecord>),
    /// A selector chose agents for it.
    Choice(Box<ChoiceRecord>),
    /// A call flow led it.
    Flow(Box<FlowRecord>),
    /// What one of its legs did in the dialplan.
    Steps(StepsRecord),
}

/// The way of one leg through the dialplan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepsRecord {
    /// The call it was of.
    pub call: String,
    /// The leg, by name: `PJSIP/6001-00000001`.
    pub channel: String,
    /// The steps in order.
    pub steps: Vec<TakenStep>,
    /// Steps after these that were not kept.
    pub further: u64,
}

/// A step of the dialplan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenStep {
    /// When, by the host's clock, since 1970.
    pub at: Duration,
    /// The context.
    pub context: String,
    /// The extension.
    pub exten: String,
    /// The priority.
    pub priority: u32,
    /// The application.
    pub application: String,
    /// Its arguments.
    pub data: String,
}

impl Entry {
    /// The call it is about.
    pub fn call(&self) -> &str {
        match self {
            Self::Decision(decision) => &decision.request.call,
            Self::Choice(choice) => &choice.request.caller.call,
            Self::Flow(flow) => &flow.call,
            Self::Steps(steps) => &steps.call,
        }
    }

    /// When it began, since 1970.
    pub fn at(&self) -> Duration {
        match self {
            Self::Decision(decision) => decision.at,
            Self::Choice(choice) => choice.at,
            Self::Flow(flow) => flow.at,
            Self::Steps(steps) => steps.steps.first().map_or(Duration::ZERO, |step| step.at),
        }
    }
}

impl From<DecisionRecord> for Entry {
    fn from(record: DecisionRecord) -> Self {
        Self::Decision(Box::new(record))
    }
}

impl From<ChoiceRecord> for Entry {
    fn from(record: ChoiceRecord) -> Self {
        Self::Choice(Box::new(record))
    }
}

impl From<FlowRecord> for Entry {
    fn from(record: FlowRecord) -> Self {
        Self::Flow(Box::new(record))
    }
}

impl From<StepsRecord> for Entry {
    fn from(record: StepsRecord) -> Self {
        Self::Steps(record)
    }
}

/// Takes what is to be written down and writes it behind the caller's back.
pub(crate) struct Book {
    sender: SyncSender<Entry>,
    lost: AtomicU64,
}

impl Book {
    /// Opens the folder, which is made if it is missing; the error is a sentence.
    pub(crate) fn open(folder: &Path) -> Result<Self, String> {
        let mut pages = Pages::open(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let (sender, receiver) = sync_channel(WAITING_MAX);
        std::thread::Builder::new()
            .name("decisions".to_owned())
            .spawn(move || pages.write_all(&receiver))
            .map_err(|error| error.to_string())?;
        Ok(Self {
            sender,
            lost: AtomicU64::new(0),
        })
    }

    /// Takes what was decided or done; never waits.
    pub(crate) fn put(&self, record: impl Into<Entry>) {
        if self.sender.try_send(record.into()).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Decisions that were not written, because the disk was too slow.
    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

/// The files, and the one that is written.
struct Pages {
    folder: PathBuf,
    number: u64,
    file: BufWriter<File>,
    bytes: u64,
}

impl Pages {
    fn open(folder: &Path) -> io::Result<Self> {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        let number = numbers(folder)?.last().map_or(1, |last| last + 1);
        let file = BufWriter::new(create(folder, number)?);
        Ok(Self {
            folder: folder.to_owned(),
            number,
            file,
            bytes: 0,
        })
    }

    fn write_all(&mut self, records: &Receiver<Entry>) {
        while let Ok(first) = records.recv() {
            std::thread::sleep(GATHER);
            for record in std::iter::once(first).chain(records.try_iter()) {
                if let Err(error) = self.write(&record) {
                    tracing::warn!(%error, "a decision was not recorded");
                }
            }
            if let Err(error) = self.file.flush() {
                tracing::warn!(%error, "decisions were not recorded");
            }
        }
    }

    fn write(&mut self, record: &Entry) -> io::Result<()> {
        let mut line = record.json().to_string();
        line.push('\n');
        if self.bytes + line.len() as u64 > FILE_MAX && self.bytes > 0 {
            self.turn()?;
        }
        self.bytes += line.len() as u64;
        self.file.write_all(line.as_bytes())
    }

    fn turn(&mut self) -> io::Result<()> {
        self.number += 1;
        self.file = BufWriter::new(create(&self.folder, self.number)?);
        self.bytes = 0;
        let all = numbers(&self.folder)?;
        for old in all.iter().take(all.len().saturating_sub(FILES_MAX)) {
            std::fs::remove_file(path(&self.folder, *old))?;
        }
        Ok(())
    }
}

fn path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("decisions-{number:06}.jsonl"))
}

fn create(folder: &Path, number: u64) -> io::Result<File> {
    OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(path(folder, number))
}

/// The numbers of the files, oldest first.
fn numbers(folder: &Path) -> io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        let number: Option<u64> = name
            .to_str()
            .and_then(|name| name.strip_prefix("decisions-")?.strip_suffix(".jsonl"))
            .and_then(|number| number.parse().ok());
        numbers.extend(number);
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// The decisions of routers a folder holds, as [`read_entries`] finds them.
///
/// # Errors
/// As [`read_entries`].
pub fn read_decisions(folder: &Path, call: Option<&str>) -> io::Result<(Vec<DecisionRecord>, usize)> {
    let (entries, unread) = read_entries(folder, call)?;
    let decisions = entries.into_iter().filter_map(|entry| match entry {
        Entry::Decision(decision) => Some(*decision),
        Entry::Choice(_) | Entry::Flow(_) | Entry::Steps(_) => None,
    });
    Ok((decisions.collect(), unread))
}

/// What a folder holds, in the order it was written: of one call, or all. A line that is cut off or no record is passed
/// over; the number of such lines is the second value.
///
/// # Errors
/// What the system says when the folder or a file in it cannot be read.
pub fn read_entries(folder: &Path, call: Option<&str>) -> io::Result<(Vec<Entry>, usize)> {
    let (mut found, mut unread) = (Vec::new(), 0);
    for number in numbers(folder)? {
        let mut file = BufReader::new(File::open(path(folder, number))?);
        let mut line = Vec::new();
        while read_line(&mut file, &mut line)? {
            // Most lines are of other calls, and need not be taken apart for that to be seen.
            let is_wanted = |line: &[u8]| {
                call.is_none_or(|call| line.windows(call.len()).any(|part| part == call.as_bytes()))
            };
            if !is_wanted(&line) {
                continue;
            }
            let record = serde_json::from_slice(&line)
                .ok()
                .and_then(|json| Entry::read(&json));
            match record {
                Some(record) if call.is_none_or(|call| record.call() == call) => found.push(record),
                Some(_) => {}
                None => unread += 1,
            }
        }
    }
    Ok((found, unread))
}

/// The next line without its end; false if there is none. What is too long is cut off, and then no record.
fn read_line(file: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let mut is_any = false;
    loop {
        let part = file.fill_buf()?;
        if part.is_empty() {
            return Ok(is_any);
        }
        is_any = true;
        let end = part.iter().position(|&byte| byte == b'\n');
        let taken = end.unwrap_or(part.len());
        let room = LINE_MAX.saturating_sub(line.len());
        line.extend_from_slice(&part[..taken.min(room)]);
        let used = taken + usize::from(end.is_some());
        file.consume(used);
        if end.is_some() {
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Folder;
    use crate::values::RouteRequest;
    use std::os::unix::fs::PermissionsExt;

    fn record(call: &str, bytes: usize) -> Entry {
        Entry::from(DecisionRecord {
            plugin: "p".to_owned(),
            version: "1".to_owned(),
            digest: "0".repeat(bytes),
            generation: 1,
            at: Duration::ZERO,
            took: Duration::ZERO,
            seed: [0; 32],
            request: RouteRequest::new(call, "100"),
            heard: Vec::new(),
            outcome: Err("none".to_owned()),
        })
    }

    #[test]
    fn what_is_put_in_is_found_by_its_call() {
        let folder = Folder::new("book");
        let place = folder.0.join("decisions");
        let mut pages = Pages::open(&place).unwrap();
        for call in ["1.1", "1.10", "1.1"] {
            pages.write(&record(call, 0)).unwrap();
        }
        drop(pages);
        // Another start of the host writes another file, and a crash leaves half a line.
        let mut pages = Pages::open(&place).unwrap();
        pages.write(&record("1.1", 0)).unwrap();
        pages.file.write_all(b"{\"plugin\": \"1.1").unwrap();
        drop(pages);
        let (found, unread) = read_decisions(&place, Some("1.1")).unwrap();
        assert_eq!((found.len(), unread), (3, 1));
        assert_eq!(read_decisions(&place, None).unwrap().0.len(), 4);
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&place), 0o700);
        assert_eq!(mode(&path(&place, 1)), 0o600);
    }

    #[test]
    fn the_oldest_files_go() {
        let folder = Folder::new("book-old");
        let mut pages = Pages::open(&folder.0).unwrap();
        for n in 0..FILES_MAX + 3 {
            pages.write(&record(&format!("call-{n}"), 1024)).unwrap();
            pages.bytes = FILE_MAX;
        }
        drop(pages);
        let (found, _) = read_decisions(&folder.0, None).unwrap();
        assert_eq!(found.len(), FILES_MAX);
        assert_eq!(found[0].request.call, "call-3");
    }
}
