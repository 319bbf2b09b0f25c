//! `wasi:filesystem`: the one folder a plugin may have, found at `/data`.
//!
//! Looking and reading is the library's. Laid over it is everything that changes something, so that it is counted first, and a
//! bound on what an instance holds open.

mod writing;

use std::collections::BTreeSet;
use std::sync::Arc;

use wasmtime::component::{HasData, Linker, Resource};
use wasmtime_wasi::OpenMode;
use wasmtime_wasi::filesystem::{Descriptor, Dir, File, WasiFilesystemCtxView, WasiFilesystemView};
use wasmtime_wasi::p2::bindings::filesystem::preopens;
use wasmtime_wasi::p2::bindings::filesystem::types::{
    self, Advice, DescriptorFlags, DescriptorStat, DescriptorType, DirectoryEntry, ErrorCode, HostDescriptor,
    HostDirectoryEntryStream, MetadataHashValue, NewTimestamp, OpenFlags, PathFlags,
};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, FsError, FsResult, ReaddirIterator};

use super::network::Net;
use crate::folder::{DATA, DataFolder, Opening, Quota};
use crate::state::GuestState;
use writing::{WritesAt, Writing};

/// Streams of files that one instance may hold.
const STREAMS_MAX: usize = 32;
/// Lists of a folder's entries that it may.
const LISTINGS_MAX: usize = 16;

/// What one instance holds of its folder.
#[derive(Default)]
pub(crate) struct Files {
    /// The handles of streams that are of files.
    pub(crate) streams: BTreeSet<u32>,
    listings: usize,
}

/// An instance, seen from its files.
pub(crate) struct Desk<'a>(&'a mut GuestState);

struct Kept;

impl HasData for Kept {
    type Data<'a> = Desk<'a>;
}

/// Lays these functions over those of the library.
pub(crate) fn link(linker: &mut Linker<GuestState>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    types::add_to_linker::<_, Kept>(linker, |state| Desk(state))?;
    preopens::add_to_linker::<_, Kept>(linker, |state| Desk(state))?;
    linker.allow_shadowing(false);
    Ok(())
}

impl Desk<'_> {
    fn library(&mut self) -> WasiFilesystemCtxView<'_> {
        WasiFilesystemView::filesystem(self.0)
    }

    fn folder(&self) -> Result<(Arc<DataFolder>, Quota), ErrorCode> {
        self.0.folder().ok_or(ErrorCode::NotPermitted)
    }

    fn dir(&self, descriptor: &Resource<Descriptor>) -> FsResult<Dir> {
        match self.0.handles.get(descriptor)? {
            Descriptor::Dir(dir) => Ok(dir.clone()),
            Descriptor::File(_) => Err(ErrorCode::NotDirectory.into()),
        }
    }

    /// A file that was opened to be written.
    fn file(&self, descriptor: &Resource<Descriptor>) -> FsResult<File> {
        match self.0.handles.get(descriptor)? {
            Descriptor::File(file) if file.open_mode.contains(OpenMode::WRITE) => Ok(file.clone()),
            Descriptor::File(_) | Descriptor::Dir(_) => Err(ErrorCode::BadDescriptor.into()),
        }
    }

    /// Changes something in the folder, off this thread. It is done to its end, and counted, even if nobody waits for it any
    /// more.
    async fn change<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&DataFolder, Quota) -> Result<T, ErrorCode> + Send + 'static,
    ) -> FsResult<T> {
        let (folder, quota) = self.folder()?;
        let began = Net(self.0).begin().await;
        let done = tokio::task::spawn_blocking(move || work(&folder, quota)).await;
        Net(self.0).end(began);
        Ok(done.map_err(FsError::trap)??)
    }

    /// Waits for the library's work as for any other.
    async fn look<T>(&mut self, work: impl AsyncFnOnce(&mut WasiFilesystemCtxView<'_>) -> T) -> T {
        let began = Net(self.0).begin().await;
        let seen = work(&mut self.library()).await;
        Net(self.0).end(began);
        seen
    }

    fn is_room_for_stream(&self) -> FsResult<()> {
        if self.0.files.streams.len() >= STREAMS_MAX {
            return Err(ErrorCode::Quota.into());
        }
        Ok(())
    }

    fn writing(
        &mut self,
        descriptor: &Resource<Descriptor>,
        at: WritesAt,
    ) -> FsResult<Resource<DynOutputStream>> {
        let file = self.file(descriptor)?;
        let (folder, quota) = self.folder()?;
        self.is_room_for_stream()?;
        let stream: DynOutputStream = Box::new(Writing::new(folder, quota, file.file, at));
        let stream = self.0.handles.push(stream)?;
        self.0.files.streams.insert(stream.rep());
        Ok(stream)
    }
}

impl preopens::Host for Desk<'_> {
    fn get_directories(&mut self) -> wasmtime::Result<Vec<(Resource<Descriptor>, String)>> {
        let Some((folder, _)) = self.0.folder() else {
            return Ok(Vec::new());
        };
        let root = self.0.handles.push(folder.root())?;
        Ok(vec![(root, DATA.to_owned())])
    }
}

impl types::Host for Desk<'_> {
    fn convert_error_code(&mut self, error: FsError) -> wasmtime::Result<ErrorCode> {
        types::Host::convert_error_code(&mut self.library(), error)
    }

    fn filesystem_error_code(
        &mut self,
        error: Resource<wasmtime::Error>,
    ) -> wasmtime::Result<Option<ErrorCode>> {
        if let Some(code) = self.0.handles.get(&error)?.downcast_ref::<ErrorCode>() {
            return Ok(Some(*code));
        }
        types::Host::filesystem_error_code(&mut self.library(), error)
    }
}

impl HostDescriptor for Desk<'_> {
    async fn advise(
        &mut self,
        file: Resource<Descriptor>,
        at: u64,
        length: u64,
        advice: Advice,
    ) -> FsResult<()> {
        self.look(async |library| library.advise(file, at, length, advice).await)
            .await
    }

    async fn sync_data(&mut self, it: Resource<Descriptor>) -> FsResult<()> {
        self.look(async |library| library.sync_data(it).await).await
    }

    async fn sync(&mut self, it: Resource<Descriptor>) -> FsResult<()> {
        self.look(async |library| library.sync(it).await).await
    }

    async fn get_flags(&mut self, it: Resource<Descriptor>) -> FsResult<DescriptorFlags> {
        self.look(async |library| library.get_flags(it).await).await
    }

    async fn get_type(&mut self, it: Resource<Descriptor>) -> FsResult<DescriptorType> {
        self.look(async |library| library.get_type(it).await).await
    }

    async fn set_size(&mut self, file: Resource<Descriptor>, to: u64) -> FsResult<()> {
        let file = self.file(&file)?;
        self.change(move |folder, quota| folder.set_size(&file.file, to, quota))
            .await
    }

    async fn set_times(
        &mut self,
        it: Resource<Descriptor>,
        seen: NewTimestamp,
        changed: NewTimestamp,
    ) -> FsResult<()> {
        self.look(async |library| library.set_times(it, seen, changed).await)
            .await
    }

    async fn read(&mut self, file: Resource<Descriptor>, most: u64, at: u64) -> FsResult<(Vec<u8>, bool)> {
        self.look(async |library| library.read(file, most, at).await)
            .await
    }

    async fn write(&mut self, file: Resource<Descriptor>, bytes: Vec<u8>, at: u64) -> FsResult<u64> {
        let file = self.file(&file)?;
        self.change(move |folder, quota| folder.write_at(&file.file, at, &bytes, quota))
            .await
    }

    async fn read_directory(&mut self, dir: Resource<Descriptor>) -> FsResult<Resource<ReaddirIterator>> {
        if self.0.files.listings >= LISTINGS_MAX {
            return Err(ErrorCode::Quota.into());
        }
        let listing = self
            .look(async |library| library.read_directory(dir).await)
            .await?;
        self.0.files.listings += 1;
        Ok(listing)
    }

    async fn create_directory_at(&mut self, dir: Resource<Descriptor>, path: String) -> FsResult<()> {
        let dir = self.dir(&dir)?;
        self.change(move |folder, quota| folder.create_folder(&dir, &path, quota))
            .await
    }

    async fn stat(&mut self, it: Resource<Descriptor>) -> FsResult<DescriptorStat> {
        self.look(async |library| library.stat(it).await).await
    }

    async fn stat_at(
        &mut self,
        dir: Resource<Descriptor>,
        flags: PathFlags,
        path: String,
    ) -> FsResult<DescriptorStat> {
        self.look(async |library| library.stat_at(dir, flags, path).await)
            .await
    }

    async fn set_times_at(
        &mut self,
        dir: Resource<Descriptor>,
        flags: PathFlags,
        path: String,
        seen: NewTimestamp,
        changed: NewTimestamp,
    ) -> FsResult<()> {
        self.look(async |library| library.set_times_at(dir, flags, path, seen, changed).await)
            .await
    }

    /// There are no second names: each file is counted once.
    async fn link_at(
        &mut self,
        _: Resource<Descriptor>,
        _: PathFlags,
        _: String,
        _: Resource<Descriptor>,
        _: String,
    ) -> FsResult<()> {
        Err(ErrorCode::NotPermitted.into())
    }

    async fn open_at(
        &mut self,
        dir: Resource<Descriptor>,
        path_flags: PathFlags,
        path: String,
        open_flags: OpenFlags,
        flags: DescriptorFlags,
    ) -> FsResult<Resource<Descriptor>> {
        let synced = DescriptorFlags::FILE_INTEGRITY_SYNC
            | DescriptorFlags::DATA_INTEGRITY_SYNC
            | DescriptorFlags::REQUESTED_WRITE_SYNC;
        if flags.intersects(synced) {
            return Err(ErrorCode::Unsupported.into());
        }
        let how = Opening {
            follows: path_flags.contains(PathFlags::SYMLINK_FOLLOW),
            creates: open_flags.contains(OpenFlags::CREATE),
            is_exclusive: open_flags.contains(OpenFlags::EXCLUSIVE),
            truncates: open_flags.contains(OpenFlags::TRUNCATE),
            wants_folder: open_flags.contains(OpenFlags::DIRECTORY),
            reads: flags.contains(DescriptorFlags::READ),
            writes: flags.contains(DescriptorFlags::WRITE),
        };
        let dir = self.dir(&dir)?;
        let opened = self
            .change(move |folder, quota| folder.open_at(&dir, &path, how, quota))
            .await?;
        Ok(self.0.handles.push(opened)?)
    }

    fn drop(&mut self, it: Resource<Descriptor>) -> wasmtime::Result<()> {
        HostDescriptor::drop(&mut self.library(), it)
    }

    async fn readlink_at(&mut self, dir: Resource<Descriptor>, path: String) -> FsResult<String> {
        self.look(async |library| library.readlink_at(dir, path).await)
            .await
    }

    async fn remove_directory_at(&mut self, dir: Resource<Descriptor>, path: String) -> FsResult<()> {
        let dir = self.dir(&dir)?;
        self.change(move |folder, _| folder.remove_folder(&dir, &path))
            .await
    }

    async fn rename_at(
        &mut self,
        dir: Resource<Descriptor>,
        path: String,
        to: Resource<Descriptor>,
        new: String,
    ) -> FsResult<()> {
        let (dir, to) = (self.dir(&dir)?, self.dir(&to)?);
        self.change(move |folder, _| folder.rename(&dir, &path, &to, &new))
            .await
    }

    /// Nothing in the folder stands for something else.
    async fn symlink_at(&mut self, _: Resource<Descriptor>, _: String, _: String) -> FsResult<()> {
        Err(ErrorCode::NotPermitted.into())
    }

    async fn unlink_file_at(&mut self, dir: Resource<Descriptor>, path: String) -> FsResult<()> {
        let dir = self.dir(&dir)?;
        self.change(move |folder, _| folder.remove_file(&dir, &path))
            .await
    }

    fn read_via_stream(&mut self, file: Resource<Descriptor>, at: u64) -> FsResult<Resource<DynInputStream>> {
        self.is_room_for_stream()?;
        let stream = self.library().read_via_stream(file, at)?;
        self.0.files.streams.insert(stream.rep());
        Ok(stream)
    }

    fn write_via_stream(
        &mut self,
        file: Resource<Descriptor>,
        at: u64,
    ) -> FsResult<Resource<DynOutputStream>> {
        self.writing(&file, WritesAt::Place(at))
    }

    fn append_via_stream(&mut self, file: Resource<Descriptor>) -> FsResult<Resource<DynOutputStream>> {
        self.writing(&file, WritesAt::End)
    }

    async fn is_same_object(
        &mut self,
        one: Resource<Descriptor>,
        other: Resource<Descriptor>,
    ) -> wasmtime::Result<bool> {
        self.look(async |library| library.is_same_object(one, other).await)
            .await
    }

    async fn metadata_hash(&mut self, it: Resource<Descriptor>) -> FsResult<MetadataHashValue> {
        self.look(async |library| library.metadata_hash(it).await).await
    }

    async fn metadata_hash_at(
        &mut self,
        dir: Resource<Descriptor>,
        flags: PathFlags,
        path: String,
    ) -> FsResult<MetadataHashValue> {
        self.look(async |library| library.metadata_hash_at(dir, flags, path).await)
            .await
    }
}

impl HostDirectoryEntryStream for Desk<'_> {
    async fn read_directory_entry(
        &mut self,
        listing: Resource<ReaddirIterator>,
    ) -> FsResult<Option<DirectoryEntry>> {
        self.library().read_directory_entry(listing).await
    }

    fn drop(&mut self, listing: Resource<ReaddirIterator>) -> wasmtime::Result<()> {
        self.0.files.listings = self.0.files.listings.saturating_sub(1);
        HostDirectoryEntryStream::drop(&mut self.library(), listing)
    }
}
