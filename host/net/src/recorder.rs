//! Files of recordings, written by a thread of their own into a folder that names cannot leave, or into another one of a few
//! that they name in full.

use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, OpenOptions};
use std::collections::BTreeMap;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use ucx_call::{IfExists, RecordingId, RecordingSpec};
use ucx_media::{Codec, WAV_HEADER_BYTES, WavWriter};

/// Pieces that may wait to be written; beyond it they are lost, and the log says so.
const JOBS_MAX: usize = 8_192;

/// What the thread tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// The file is open.
    Opened(RecordingId),
    /// The file is whole.
    Closed(RecordingId),
    /// It could not be opened or written; it is closed.
    Failed(RecordingId, &'static str),
}

enum Job {
    Open(RecordingId, Arc<RecordingSpec>),
    Write(RecordingId, Vec<i16>),
    Close(RecordingId),
    Discard(RecordingId),
}

/// The control loop's end of the thread. Dropping it finishes what is open.
pub(crate) struct Recorder {
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
    /// Without a thread, who is told at once.
    tell: Option<Box<dyn Fn(Written)>>,
}

impl Recorder {
    /// Starts the thread. The folder is made if it is not there; `others` are open to names that begin with their path.
    pub(crate) fn start(
        folder: &Path,
        others: &[PathBuf],
        tell: impl Fn(Written) + Send + 'static,
    ) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let (jobs, inbox) = sync_channel(JOBS_MAX);
        let own = Folder::open(folder)?;
        // One that is not there is nothing to write into.
        let others = others.iter().filter_map(|folder| Folder::open(folder).ok());
        let writer = Writer {
            folders: std::iter::once(own).chain(others).collect(),
            open: BTreeMap::new(),
        };
        let thread = std::thread::Builder::new()
            .name("ucx-recorder".to_owned())
            .spawn(move || writer.run(&inbox, tell))?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
            tell: None,
        })
    }

    /// One that keeps nothing and is done with everything at once, for worlds without disks.
    pub(crate) fn without_disk(tell: impl Fn(Written) + 'static) -> Self {
        Self {
            jobs: None,
            thread: None,
            tell: Some(Box::new(tell)),
        }
    }

    /// Opens a file; false if the thread does not keep up.
    pub(crate) fn open(&self, recording: RecordingId, spec: Arc<RecordingSpec>) -> bool {
        self.give(Job::Open(recording, spec))
    }

    pub(crate) fn write(&self, recording: RecordingId, samples: Vec<i16>) {
        if !samples.is_empty() && !self.give(Job::Write(recording, samples)) {
            tracing::warn!(
                recording = recording.0,
                "a recording has a hole: the disk does not keep up"
            );
        }
    }

    pub(crate) fn close(&self, recording: RecordingId) -> bool {
        self.give(Job::Close(recording))
    }

    pub(crate) fn discard(&self, recording: RecordingId) -> bool {
        self.give(Job::Discard(recording))
    }

    fn give(&self, job: Job) -> bool {
        if let Some(tell) = &self.tell {
            match job {
                Job::Open(recording, _) => tell(Written::Opened(recording)),
                Job::Close(recording) | Job::Discard(recording) => tell(Written::Closed(recording)),
                Job::Write(..) => {}
            }
            return true;
        }
        self.jobs.as_ref().is_some_and(|jobs| jobs.try_send(job).is_ok())
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // It can only have panicked, which the log says.
            let _ = thread.join();
        }
    }
}

/// How samples stand in a file.
enum Layout {
    Wav(WavWriter),
    Coded(Codec),
    Linear,
}

struct Open {
    /// Which folder it is in.
    folder: usize,
    path: PathBuf,
    file: File,
    layout: Layout,
}

/// A folder that names stay in.
struct Folder {
    path: PathBuf,
    dir: Dir,
}

impl Folder {
    fn open(path: &Path) -> io::Result<Self> {
        Ok(Self {
            path: path.to_path_buf(),
            dir: Dir::open_ambient_dir(path, ambient_authority())?,
        })
    }
}

struct Writer {
    /// The first is that of names without a path.
    folders: Vec<Folder>,
    open: BTreeMap<RecordingId, Open>,
}

impl Writer {
    fn run(mut self, inbox: &Receiver<Job>, tell: impl Fn(Written)) {
        while let Ok(job) = inbox.recv() {
            if let Some(written) = self.work(job) {
                tell(written);
            }
        }
        for (_, open) in std::mem::take(&mut self.open) {
            if let Err(error) = open.finish() {
                tracing::warn!(%error, "a recording was not finished");
            }
        }
    }

    fn work(&mut self, job: Job) -> Option<Written> {
        match job {
            Job::Open(recording, spec) => Some(match self.begin(&spec) {
                Ok(open) => {
                    self.open.insert(recording, open);
                    Written::Opened(recording)
                }
                Err(reason) => Written::Failed(recording, reason),
            }),
            Job::Write(recording, samples) => {
                let open = self.open.get_mut(&recording)?;
                let error = open.append(&samples).err()?;
                tracing::warn!(file = %open.path.display(), %error, "a recording cannot be written");
                self.open.remove(&recording);
                Some(Written::Failed(recording, "the file cannot be written"))
            }
            Job::Close(recording) => {
                let open = self.open.remove(&recording)?;
                Some(match open.finish() {
                    Ok(()) => Written::Closed(recording),
                    Err(_) => Written::Failed(recording, "the file cannot be written"),
                })
            }
            Job::Discard(recording) => {
                let open = self.open.remove(&recording)?;
                drop(open.file);
                // Somebody else may have taken it away already.
                let _ = self.folders[open.folder].dir.remove_file(&open.path);
                Some(Written::Closed(recording))
            }
        }
    }

    fn begin(&self, spec: &RecordingSpec) -> Result<Open, &'static str> {
        let layout = match spec.format.to_ascii_lowercase().as_str() {
            "wav" => Layout::Wav(WavWriter::new()),
            "ulaw" | "ul" | "mu" | "pcm" => Layout::Coded(Codec::Pcmu),
            "alaw" | "al" => Layout::Coded(Codec::Pcma),
            "sln" | "raw" => Layout::Linear,
            _ => return Err("there is no such format"),
        };
        let (folder, path) = self.path_of(spec)?;
        let dir = &self.folders[folder].dir;
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            dir.create_dir_all(parent)
                .map_err(|_| "the folder cannot be made")?;
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true);
        match spec.if_exists {
            IfExists::Fail => options.create_new(true),
            IfExists::Overwrite => options.create(true).truncate(true),
            IfExists::Append => options.create(true),
        };
        let file = dir.open_with(&path, &options);
        let file = file.map_err(|error| {
            if error.kind() == io::ErrorKind::AlreadyExists {
                "the file exists"
            } else {
                "the file cannot be made"
            }
        })?;
        let mut open = Open {
            folder,
            path,
            file,
            layout,
        };
        open.prepare().map_err(|_| "the file cannot be written")?;
        Ok(open)
    }

    /// A name below one of the folders: the one whose own path stands before it, else the first.
    fn path_of(&self, spec: &RecordingSpec) -> Result<(usize, PathBuf), &'static str> {
        const OUTSIDE: &str = "the name leaves the recording folder";
        let name = Path::new(&*spec.name);
        let mut folders = self.folders.iter().enumerate();
        let found = folders.find_map(|(at, folder)| Some((at, name.strip_prefix(&folder.path).ok()?)));
        let (folder, name) = found.unwrap_or((0, name));
        let is_plain = name
            .components()
            .all(|component| matches!(component, Component::Normal(_)));
        if !is_plain || name.file_name().is_none() || spec.name.contains('\0') {
            return Err(OUTSIDE);
        }
        let mut path = name.as_os_str().to_owned();
        path.push(".");
        path.push(spec.format.to_ascii_lowercase());
        Ok((folder, PathBuf::from(path)))
    }
}

impl Open {
    /// Goes to the end of what is there.
    fn prepare(&mut self) -> io::Result<()> {
        let length = self.file.seek(SeekFrom::End(0))?;
        if let Layout::Wav(wav) = &mut self.layout {
            let samples = length.saturating_sub(WAV_HEADER_BYTES as u64);
            *wav = WavWriter::continuing(u32::try_from(samples).unwrap_or(u32::MAX) & !1);
            if length < WAV_HEADER_BYTES as u64 {
                self.file.set_len(0)?;
                self.file.seek(SeekFrom::Start(0))?;
                self.file.write_all(&wav.header())?;
            }
        }
        Ok(())
    }

    fn append(&mut self, samples: &[i16]) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(samples.len() * 2);
        match &mut self.layout {
            Layout::Wav(wav) => {
                wav.append(samples, &mut bytes);
            }
            Layout::Coded(codec) => codec.encode(samples, &mut bytes),
            Layout::Linear => bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes())),
        }
        self.file.write_all(&bytes)
    }

    fn finish(mut self) -> io::Result<()> {
        if let Layout::Wav(wav) = &self.layout {
            self.file.seek(SeekFrom::Start(0))?;
            self.file.write_all(&wav.header())?;
        }
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use ucx_media::Sound;

    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("ucx-recorder-{name}-{}", std::process::id()));
            let _ = std::fs::remove_dir_all(&path);
            Self(path)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    fn spec(name: &str, format: &str, if_exists: IfExists) -> Arc<RecordingSpec> {
        Arc::new(RecordingSpec {
            name: Arc::from(name),
            format: Arc::from(format),
            max_duration: None,
            max_silence: None,
            if_exists,
            beep: false,
        })
    }

    /// Records the samples and answers what was told, until the file is closed or refused.
    fn record(folder: &Scratch, spec: Arc<RecordingSpec>, samples: &[i16], discards: bool) -> Vec<Written> {
        let (tell, told) = std::sync::mpsc::channel();
        let recorder = Recorder::start(&folder.0, &[], move |written| {
            let _ = tell.send(written);
        })
        .expect("a folder");
        let id = RecordingId(1);
        assert!(recorder.open(id, spec));
        recorder.write(id, samples.to_vec());
        if discards {
            recorder.discard(id);
        } else {
            recorder.close(id);
        }
        drop(recorder);
        let mut all = Vec::new();
        while let Ok(written) = told.recv_timeout(Duration::from_secs(5)) {
            all.push(written);
        }
        all
    }

    const WELL: [Written; 2] = [Written::Opened(RecordingId(1)), Written::Closed(RecordingId(1))];

    #[test]
    fn another_folder_is_reached_by_its_path_and_not_left() {
        let (folder, other) = (Scratch::new("own"), Scratch::new("other"));
        std::fs::create_dir_all(&other.0).expect("a folder");
        let others = [other.0.clone(), other.0.join("missing")];
        let (tell, told) = std::sync::mpsc::channel();
        let recorder = Recorder::start(&folder.0, &others, move |written| {
            let _ = tell.send(written);
        })
        .expect("a folder");
        let name = |rest: &str| format!("{}/{rest}", other.0.display());
        let wishes = [
            name("a"),
            name("../a"),
            name("missing/a"),
            "/etc/a".to_owned(),
            "plain".to_owned(),
        ];
        for (number, wish) in (0..).zip(wishes) {
            let id = RecordingId(number);
            assert!(recorder.open(id, spec(&wish, "sln", IfExists::Overwrite)));
            recorder.write(id, vec![1, 2]);
            recorder.close(id);
        }
        drop(recorder);
        let refused: Vec<u64> = told
            .try_iter()
            .filter_map(|written| match written {
                Written::Failed(id, _) => Some(id.0),
                Written::Opened(_) | Written::Closed(_) => None,
            })
            .collect();
        assert_eq!(refused, [1, 3]);
        let length = |path: PathBuf| std::fs::metadata(path).map(|file| file.len()).ok();
        assert_eq!(length(other.0.join("a.sln")), Some(4));
        assert_eq!(length(other.0.join("missing/a.sln")), Some(4));
        assert_eq!(length(folder.0.join("plain.sln")), Some(4));
    }

    #[test]
    fn each_format_is_read_back_as_it_was_written() {
        let folder = Scratch::new("formats");
        let samples: Vec<i16> = vec![0, 8031, -8031, 124];
        for format in ["wav", "ulaw", "alaw", "sln"] {
            assert_eq!(
                record(&folder, spec("sub/a", format, IfExists::Fail), &samples, false),
                WELL
            );
            let bytes = std::fs::read(folder.0.join(format!("sub/a.{format}"))).expect("a file");
            let sound = Sound::from_file(format, &bytes).expect("a sound");
            for (heard, said) in sound.samples().iter().zip(&samples) {
                assert!((heard - said).abs() <= 300, "{format}: {heard} {said}");
            }
            assert_eq!(sound.samples().len(), samples.len(), "{format}");
        }
    }

    #[test]
    fn what_is_there_is_kept_replaced_or_continued() {
        let folder = Scratch::new("exists");
        let length = || {
            let bytes = std::fs::read(folder.0.join("r.wav")).expect("a file");
            Sound::from_file("wav", &bytes).expect("a sound").samples().len()
        };
        assert_eq!(
            record(&folder, spec("r", "wav", IfExists::Append), &[1; 10], false),
            WELL
        );
        let refused = record(&folder, spec("r", "wav", IfExists::Fail), &[1; 99], false);
        assert_eq!(refused, [Written::Failed(RecordingId(1), "the file exists")]);
        assert_eq!(length(), 10);
        assert_eq!(
            record(&folder, spec("r", "wav", IfExists::Append), &[1; 5], false),
            WELL
        );
        assert_eq!(length(), 15);
        assert_eq!(
            record(&folder, spec("r", "wav", IfExists::Overwrite), &[1; 3], false),
            WELL
        );
        assert_eq!(length(), 3);
        assert_eq!(
            record(&folder, spec("gone", "wav", IfExists::Fail), &[1; 3], true),
            WELL
        );
        assert!(!folder.0.join("gone.wav").exists());
    }

    #[test]
    fn no_name_leaves_the_folder() {
        let folder = Scratch::new("names");
        for name in ["../x", "/etc/x", "a/../../x", "", ".", "a/..", "x\0y"] {
            let told = record(&folder, spec(name, "wav", IfExists::Overwrite), &[1], false);
            assert!(matches!(told[..], [Written::Failed(..)]), "{name:?}: {told:?}");
        }
        let outside = Scratch::new("outside");
        std::fs::create_dir_all(&outside.0).expect("a folder");
        std::os::unix::fs::symlink(&outside.0, folder.0.join("link")).expect("a link");
        let told = record(&folder, spec("link/x", "wav", IfExists::Overwrite), &[1], false);
        assert!(matches!(told[..], [Written::Failed(..)]), "{told:?}");
        assert_eq!(std::fs::read_dir(&outside.0).expect("a folder").count(), 0);
        let own = folder.0.join("inside").display().to_string();
        assert_eq!(
            record(&folder, spec(&own, "wav", IfExists::Fail), &[1], false),
            WELL
        );
        let told = record(&folder, spec("x", "exe", IfExists::Fail), &[1], false);
        assert_eq!(told, [Written::Failed(RecordingId(1), "there is no such format")]);
    }
}
