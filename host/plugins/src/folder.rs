//! A folder of a plugin's own: what lies in it is counted, and nothing in it leads out.
//!
//! All its instances and generations share it. Whatever changes it is done here, one after another, and is counted before it is
//! done; who reads goes straight to the file.

use std::fs::File;
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt as _};
use std::path::{Component, Path};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use cap_std::ambient_authority;
use cap_std::fs::{Dir as Within, Metadata, MetadataExt as _, OpenOptions, OpenOptionsExt as _};
use wasmtime_wasi::filesystem::{Descriptor, Dir, File as Opened};
use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;
use wasmtime_wasi::{FsPerms, OpenMode};

/// Where a guest finds its folder.
pub(crate) const DATA: &str = "/data";
/// Entries in it when the manifest asks for no other number: files, folders and whatever else.
pub(crate) const FILES_DEFAULT: u32 = 1_024;
/// The most entries a manifest may ask for.
pub(crate) const FILES_CEILING: u32 = 65_536;
/// The most bytes a manifest may ask for, in KiB.
pub(crate) const KIB_CEILING: u32 = 1 << 20;
/// Files and folders of one plugin that are open at a time, over all its instances. Fewer than the handles of a subscriber,
/// so that it is told and does not trap.
pub(crate) const OPEN_MAX: usize = 48;
/// The longest path, in bytes.
const PATH_MAX: usize = 1_024;
/// Folders within folders.
const DEPTH_MAX: usize = 32;

/// How much may lie in a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quota {
    /// Bytes of all files: their lengths, whether there is something in them or not.
    pub(crate) bytes: u64,
    /// Entries.
    pub(crate) files: u32,
}

/// A folder of a plugin's own.
pub(crate) struct DataFolder {
    root: Dir,
    usage: Mutex<Usage>,
}

/// How something is to be opened.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Opening {
    /// A link at the end of the path is followed.
    pub(crate) follows: bool,
    pub(crate) creates: bool,
    /// Only if it is not there yet.
    pub(crate) is_exclusive: bool,
    pub(crate) truncates: bool,
    /// Only if it is a folder.
    pub(crate) wants_folder: bool,
    pub(crate) reads: bool,
    pub(crate) writes: bool,
}

#[derive(Default)]
struct Usage {
    bytes: u64,
    files: u32,
    open: Vec<Handle>,
    /// Files that are gone from the folder and open still: they take their room until they are closed.
    ghosts: Vec<(u64, u64)>,
}

/// Something open, known by the handle that guests share.
struct Handle {
    file: Weak<File>,
    inode: u64,
    /// Folders above it, at most.
    depth: usize,
}

impl Usage {
    /// Forgets what was closed.
    fn sweep(&mut self) {
        self.open.retain(|handle| handle.file.strong_count() > 0);
        let Self {
            bytes, open, ghosts, ..
        } = self;
        ghosts.retain(|(inode, length)| {
            let is_open = open.iter().any(|handle| handle.inode == *inode);
            if !is_open {
                *bytes = bytes.saturating_sub(*length);
            }
            is_open
        });
    }

    /// Whether a file may become that long.
    fn admit(&self, from: u64, to: u64, quota: Quota) -> Result<(), ErrorCode> {
        let more = to.saturating_sub(from);
        if more > 0 && self.bytes.saturating_add(more) > quota.bytes {
            return Err(ErrorCode::Quota);
        }
        Ok(())
    }

    /// Whether there may be one more entry.
    fn admit_entry(&self, quota: Quota) -> Result<(), ErrorCode> {
        if self.files >= quota.files {
            return Err(ErrorCode::Quota);
        }
        Ok(())
    }

    /// A file of those particulars is now that long.
    fn resized(&mut self, about: &std::fs::Metadata, to: u64) {
        self.bytes = self.bytes.saturating_sub(about.len()).saturating_add(to);
        if about.nlink() > 0 {
            return;
        }
        if let Some((_, length)) = self.ghosts.iter_mut().find(|(inode, _)| *inode == about.ino()) {
            *length = to;
        }
    }

    /// An entry is gone.
    fn removed(&mut self, about: &Metadata) {
        self.files = self.files.saturating_sub(1);
        if !about.is_file() {
            return;
        }
        if self.open.iter().any(|handle| handle.inode == about.ino()) {
            self.ghosts.push((about.ino(), about.len()));
        } else {
            self.bytes = self.bytes.saturating_sub(about.len());
        }
    }

    fn is_room_to_open(&self) -> Result<(), ErrorCode> {
        if self.open.len() >= OPEN_MAX {
            return Err(ErrorCode::Quota);
        }
        Ok(())
    }
}

/// A path from an open folder.
struct Place {
    within: Within,
    /// Folders above what it names, at most.
    depth: usize,
}

impl DataFolder {
    /// Opens a folder, which is made if it is missing, and counts what lies in it. Reads files; the error is a sentence.
    pub(crate) fn open(path: &Path) -> Result<Self, String> {
        let opened = || -> io::Result<Self> {
            std::fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(path)?;
            let within = Within::open_ambient_dir(path, ambient_authority())?;
            let mut usage = Usage::default();
            count(&within, 0, &mut usage)?;
            let root = Dir::new(
                within.into_std_file(),
                FsPerms::ReadWrite,
                OpenMode::READ | OpenMode::WRITE,
                false,
            );
            Ok(Self {
                root,
                usage: Mutex::new(usage),
            })
        };
        opened().map_err(|error| format!("{}: {error}", path.display()))
    }

    /// The folder itself, as guests hold it.
    pub(crate) fn root(&self) -> Descriptor {
        Descriptor::Dir(self.root.clone())
    }

    fn usage(&self) -> MutexGuard<'_, Usage> {
        let mut usage = self.usage.lock().unwrap_or_else(PoisonError::into_inner);
        usage.sweep();
        usage
    }

    fn place(&self, usage: &Usage, at: &Dir, path: &str) -> Result<Place, ErrorCode> {
        if path.len() > PATH_MAX {
            return Err(ErrorCode::NameTooLong);
        }
        let above = if Arc::ptr_eq(&at.dir, &self.root.dir) {
            0
        } else {
            let same = |handle: &&Handle| std::ptr::eq(handle.file.as_ptr(), Arc::as_ptr(&at.dir));
            usage
                .open
                .iter()
                .find(same)
                .map_or(DEPTH_MAX, |handle| handle.depth)
        };
        let below = Path::new(path).components();
        let below = below.filter(|part| matches!(part, Component::Normal(_))).count();
        Ok(Place {
            within: Within::from_std_file(at.dir.try_clone()?),
            depth: above + below,
        })
    }

    /// Opens a file or folder below `at`; a new one is counted.
    pub(crate) fn open_at(
        &self,
        at: &Dir,
        path: &str,
        how: Opening,
        quota: Quota,
    ) -> Result<Descriptor, ErrorCode> {
        let mut usage = self.usage();
        usage.is_room_to_open()?;
        let place = self.place(&usage, at, path)?;
        let (file, is_folder) = match place.found(path, how.follows)? {
            Some(about) if about.is_dir() => (place.folder(path, how)?, true),
            Some(about) if about.is_file() => (place.file(path, how)?, false),
            // A pipe or a device, which a guest cannot have made.
            Some(_) => return Err(ErrorCode::NotPermitted),
            None => (place.new_file(path, how, &mut usage, quota)?, false),
        };
        let about = file.metadata()?;
        if how.truncates && about.len() > 0 {
            file.set_len(0)?;
            usage.resized(&about, 0);
        }
        let mut mode = OpenMode::empty();
        mode.set(OpenMode::READ, how.reads || !how.writes);
        mode.set(OpenMode::WRITE, how.writes);
        let (opened, file) = if is_folder {
            let folder = Dir::new(file, FsPerms::ReadWrite, mode, false);
            let handle = Arc::downgrade(&folder.dir);
            (Descriptor::Dir(folder), handle)
        } else {
            let file = Opened::new(file, FsPerms::ReadWrite, mode, false);
            let handle = Arc::downgrade(&file.file);
            (Descriptor::File(file), handle)
        };
        usage.open.push(Handle {
            file,
            inode: about.ino(),
            depth: place.depth,
        });
        Ok(opened)
    }

    /// Writes all of it there; answers how much of it could be.
    pub(crate) fn write_at(
        &self,
        file: &File,
        at: u64,
        bytes: &[u8],
        quota: Quota,
    ) -> Result<u64, ErrorCode> {
        let mut usage = self.usage();
        let about = file.metadata()?;
        write(&mut usage, file, &about, at, bytes, quota)
    }

    /// Writes all of it behind what is there.
    pub(crate) fn append(&self, file: &File, bytes: &[u8], quota: Quota) -> Result<u64, ErrorCode> {
        let mut usage = self.usage();
        let about = file.metadata()?;
        write(&mut usage, file, &about, about.len(), bytes, quota)
    }

    /// Makes a file that long.
    pub(crate) fn set_size(&self, file: &File, to: u64, quota: Quota) -> Result<(), ErrorCode> {
        let mut usage = self.usage();
        let about = file.metadata()?;
        usage.admit(about.len(), to, quota)?;
        file.set_len(to)?;
        usage.resized(&about, to);
        Ok(())
    }

    /// Makes a folder.
    pub(crate) fn create_folder(&self, at: &Dir, path: &str, quota: Quota) -> Result<(), ErrorCode> {
        let mut usage = self.usage();
        let place = self.place(&usage, at, path)?;
        place.is_shallow()?;
        usage.admit_entry(quota)?;
        place.within.create_dir(path)?;
        usage.files += 1;
        Ok(())
    }

    /// Takes an empty folder out.
    pub(crate) fn remove_folder(&self, at: &Dir, path: &str) -> Result<(), ErrorCode> {
        let mut usage = self.usage();
        let place = self.place(&usage, at, path)?;
        let about = place.within.symlink_metadata(path)?;
        place.within.remove_dir(path)?;
        usage.removed(&about);
        Ok(())
    }

    /// Takes a file out; while it is open its room stays taken.
    pub(crate) fn remove_file(&self, at: &Dir, path: &str) -> Result<(), ErrorCode> {
        let mut usage = self.usage();
        let place = self.place(&usage, at, path)?;
        let about = place.within.symlink_metadata(path)?;
        if about.is_dir() {
            return Err(ErrorCode::IsDirectory);
        }
        place.within.remove_file(path)?;
        usage.removed(&about);
        Ok(())
    }

    /// Gives something another name, in place of what had it. A folder does not get deeper by it.
    pub(crate) fn rename(&self, at: &Dir, path: &str, to: &Dir, new: &str) -> Result<(), ErrorCode> {
        let mut usage = self.usage();
        let from = self.place(&usage, at, path)?;
        let to = self.place(&usage, to, new)?;
        to.is_shallow()?;
        let moved = from.within.symlink_metadata(path)?;
        if moved.is_dir() && to.depth > from.depth {
            return Err(ErrorCode::NotPermitted);
        }
        let replaced = to.within.symlink_metadata(new).ok();
        from.within.rename(path, &to.within, new)?;
        if let Some(replaced) = replaced.filter(|replaced| replaced.ino() != moved.ino()) {
            usage.removed(&replaced);
        }
        Ok(())
    }
}

fn write(
    usage: &mut Usage,
    file: &File,
    about: &std::fs::Metadata,
    at: u64,
    bytes: &[u8],
    quota: Quota,
) -> Result<u64, ErrorCode> {
    let end = at
        .checked_add(bytes.len() as u64)
        .ok_or(ErrorCode::FileTooLarge)?;
    if bytes.is_empty() {
        return Ok(0);
    }
    usage.admit(about.len(), end, quota)?;
    let mut done = 0;
    let mut failed = None;
    while let Some(rest) = bytes.get(done..).filter(|rest| !rest.is_empty()) {
        match file.write_at(rest, at + done as u64) {
            Ok(0) => break,
            Ok(count) => done += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                failed = Some(error);
                break;
            }
        }
    }
    let done = done as u64;
    if done > 0 {
        usage.resized(about, about.len().max(at + done));
    }
    match failed {
        Some(error) if done == 0 => Err(error.into()),
        Some(_) | None => Ok(done),
    }
}

impl Place {
    fn is_shallow(&self) -> Result<(), ErrorCode> {
        if self.depth > DEPTH_MAX {
            return Err(ErrorCode::NameTooLong);
        }
        Ok(())
    }

    /// What is there, if anything is.
    fn found(&self, path: &str, follows: bool) -> Result<Option<Metadata>, ErrorCode> {
        let found = if follows {
            self.within.metadata(path)
        } else {
            self.within.symlink_metadata(path)
        };
        match found {
            Ok(about) if about.is_symlink() => Err(ErrorCode::Loop),
            Ok(about) => Ok(Some(about)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn folder(&self, path: &str, how: Opening) -> Result<File, ErrorCode> {
        if how.creates && how.is_exclusive {
            return Err(ErrorCode::Exist);
        }
        if how.writes || how.truncates || how.creates {
            return Err(ErrorCode::IsDirectory);
        }
        Ok(self.within.open_dir(path)?.into_std_file())
    }

    fn file(&self, path: &str, how: Opening) -> Result<File, ErrorCode> {
        if how.creates && how.is_exclusive {
            return Err(ErrorCode::Exist);
        }
        if how.wants_folder {
            return Err(ErrorCode::NotDirectory);
        }
        let mut options = OpenOptions::new();
        options
            .read(how.reads || !how.writes)
            .write(how.writes || how.truncates);
        Ok(self.within.open_with(path, &options)?.into_std())
    }

    fn new_file(&self, path: &str, how: Opening, usage: &mut Usage, quota: Quota) -> Result<File, ErrorCode> {
        if !how.creates {
            return Err(ErrorCode::NoEntry);
        }
        if how.wants_folder {
            return Err(ErrorCode::Invalid);
        }
        self.is_shallow()?;
        usage.admit_entry(quota)?;
        let mut options = OpenOptions::new();
        options
            .read(how.reads || !how.writes)
            .write(true)
            .create_new(true)
            .mode(0o600);
        let file = self.within.open_with(path, &options)?.into_std();
        usage.files += 1;
        Ok(file)
    }
}

/// Counts what lies in a folder, links not followed.
fn count(within: &Within, depth: usize, usage: &mut Usage) -> io::Result<()> {
    for entry in within.entries()? {
        let entry = entry?;
        let about = entry.metadata()?;
        usage.files = usage.files.saturating_add(1);
        if about.is_file() {
            usage.bytes = usage.bytes.saturating_add(about.len());
        }
        if about.is_dir() {
            // Guests make none that deep.
            if depth > DEPTH_MAX {
                return Err(io::Error::other("there are folders in it too deep to be counted"));
            }
            count(&entry.open_dir()?, depth + 1, usage)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
