//! Call files: a file put into the spool's folder `outgoing` asks for a call, which is tried until it is made.
//!
//! A file counts as complete when it was moved in, or closed after writing; a time of change in the future says when it is
//! for. Whoever can write there may have anything done, as the folder is the system's.

mod call_file;

use call_file::CallFile;
use notify::{RecursiveMode, Watcher};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};
use ucx_call::{DialOutcome, Principal, PrincipalKind, Right, Rights};
use ucx_pbx::{Desk, Pbx};

/// Files worked on at once; further ones wait.
const FILES_MAX: usize = 1_000;
/// Bytes of a file; a longer one is refused.
const FILE_BYTES_MAX: u64 = 64 * 1024;
/// How often the folder is looked through, for times that have come and for what a watch missed.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A watched spool; dropping it ends the watch.
pub struct Spool {
    task: JoinHandle<()>,
    _watcher: Option<notify::RecommendedWatcher>,
}

impl Spool {
    /// Watches `outgoing` below a spool; nothing if there is no such folder and none can be made.
    pub fn watch(spool: &Path, pbx: Pbx, workers: &Handle) -> Option<Self> {
        let folder = spool.join("outgoing");
        if let Err(error) = std::fs::create_dir_all(&folder) {
            tracing::warn!(%error, "no call files are taken from {}", folder.display());
            return None;
        }
        let (tell, told) = mpsc::channel(1);
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Our own looking is an event too, and would be answered by another look.
            if event.is_ok_and(|event| event.kind.is_access()) {
                return;
            }
            // One word is enough for many events.
            let _ = tell.try_send(());
        });
        let watcher = watcher.and_then(|mut watcher| {
            watcher.watch(&folder, RecursiveMode::NonRecursive)?;
            Ok(watcher)
        });
        let desk = pbx.desk(Principal::new(
            PrincipalKind::Operator,
            Rights::ALL.with(Right::System),
        ));
        let done = spool.join("outgoing_done");
        let task = workers.spawn(run(folder, done, desk, told));
        Some(Self {
            task,
            // Without a watch the folder is still looked through.
            _watcher: watcher.ok(),
        })
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(folder: PathBuf, done: PathBuf, desk: Desk, mut told: mpsc::Receiver<()>) {
    let mut under_way: BTreeSet<PathBuf> = BTreeSet::new();
    let mut calls = JoinSet::new();
    let mut is_watched = true;
    loop {
        let room = FILES_MAX - under_way.len();
        for path in due(folder.clone(), under_way.clone(), room).await {
            under_way.insert(path.clone());
            calls.spawn(serve(path, done.clone(), desk.clone()));
        }
        tokio::select! {
            word = told.recv(), if is_watched => is_watched = word.is_some(),
            Some(over) = calls.join_next(), if !calls.is_empty() => {
                if let Ok(path) = over {
                    under_way.remove(&path);
                }
            }
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// Files whose time has come, oldest name first; disk work, so on a thread for it.
async fn due(folder: PathBuf, busy: BTreeSet<PathBuf>, room: usize) -> Vec<PathBuf> {
    let look = move || {
        let mut found = BTreeSet::new();
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let Ok(about) = entry.metadata() else { continue };
            let is_due = about.modified().is_ok_and(|at| at <= SystemTime::now());
            if about.is_file() && is_due && !is_hidden(&path) && !busy.contains(&path) {
                found.insert(path);
            }
        }
        found.into_iter().take(room).collect()
    };
    tokio::task::spawn_blocking(look).await.unwrap_or_default()
}

fn is_hidden(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

/// Tries the call of a file until it is made or its tries are over.
async fn serve(path: PathBuf, done: PathBuf, desk: Desk) -> PathBuf {
    let text = {
        let path = path.clone();
        tokio::task::spawn_blocking(move || read(&path)).await
    };
    let text = match text {
        Ok(Ok(text)) => text,
        Ok(Err(error)) => {
            tracing::warn!(%error, "a call file was not read");
            String::new()
        }
        Err(_) => String::new(),
    };
    let file = match CallFile::parse(&text) {
        Ok(file) => file,
        Err(problem) => {
            tracing::warn!("the call file {} is refused: {problem}", path.display());
            finish(&path, &done, "Failed", End::Archive).await;
            return path;
        }
    };
    let mut tries = 0;
    let is_made = loop {
        tries += 1;
        mark(&path, tries, file.retry_time).await;
        if is_answered(&desk, &file).await {
            break true;
        }
        if tries > file.max_retries {
            break false;
        }
        tokio::time::sleep(file.retry_time).await;
        if !path.exists() {
            // Whoever took the file away wants no further try.
            return path;
        }
    };
    let status = if is_made { "Completed" } else { "Expired" };
    let end = match file.archives {
        _ if !file.always_goes && is_for_later(&path) => return path,
        true => End::Archive,
        false => End::Go,
    };
    finish(&path, &done, status, end).await;
    path
}

/// Notes a try behind a file's text, and when the next one would be as its time of change.
async fn mark(path: &Path, tries: u32, retry_time: Duration) {
    let path = path.to_owned();
    let work = move || -> std::io::Result<()> {
        use std::io::Write;
        let now = SystemTime::now();
        let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let mut file = std::fs::OpenOptions::new().append(true).open(&path)?;
        writeln!(
            file,
            "\nStartRetry: {} {tries} ({})",
            std::process::id(),
            since.as_secs()
        )?;
        file.set_modified(now + retry_time)
    };
    if let Ok(Err(error)) = tokio::task::spawn_blocking(work).await {
        tracing::debug!(%error, "a try was not noted in its call file");
    }
}

async fn is_answered(desk: &Desk, file: &CallFile) -> bool {
    match desk.originate(file.spec()).await {
        Ok(originated) => matches!(originated.outcome, DialOutcome::Answered(_)),
        Err(refusal) => {
            tracing::warn!(%refusal, channel = %file.channel, "the call of a call file was not made");
            false
        }
    }
}

fn read(path: &Path) -> std::io::Result<String> {
    use std::io::Read;
    let mut bytes = Vec::new();
    let mut file = std::fs::File::open(path)?.take(FILE_BYTES_MAX + 1);
    file.read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(std::io::Error::other("it is too long"));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Whether a file's time of change is yet to come.
fn is_for_later(path: &Path) -> bool {
    let changed = std::fs::metadata(path).and_then(|about| about.modified());
    changed.is_ok_and(|at| at > SystemTime::now())
}

/// What becomes of a file that is over.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Go,
    Archive,
}

/// Takes a file away, or moves it where files that are over lie, with how it went behind its text.
async fn finish(path: &Path, done: &Path, status: &'static str, end: End) {
    let (path, done) = (path.to_owned(), done.to_owned());
    let work = move || -> std::io::Result<()> {
        use std::io::Write;
        if end == End::Go {
            return std::fs::remove_file(&path);
        }
        std::fs::create_dir_all(&done)?;
        let mut file = std::fs::OpenOptions::new().append(true).open(&path)?;
        writeln!(file, "Status: {status}")?;
        drop(file);
        std::fs::rename(&path, done.join(path.file_name().unwrap_or_default()))
    };
    if let Ok(Err(error)) = tokio::task::spawn_blocking(work).await {
        tracing::debug!(%error, "a call file that is over was not put away");
    }
}
