//! A stream into a file, whose every byte is counted before it is written.

use std::sync::Arc;

use bytes::Bytes;
use tokio::task::JoinHandle;
use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamError, StreamResult};

use crate::folder::{DataFolder, Quota};

/// Bytes of one write.
const WRITE_MAX: usize = 64 << 10;

/// Where a stream writes.
#[derive(Clone, Copy)]
pub(super) enum WritesAt {
    /// There, and on from there.
    Place(u64),
    /// Behind whatever is there by then.
    End,
}

/// A stream into a file.
pub(super) struct Writing {
    folder: Arc<DataFolder>,
    quota: Quota,
    file: Arc<std::fs::File>,
    at: WritesAt,
    state: State,
}

enum State {
    Ready,
    Busy(JoinHandle<Result<u64, ErrorCode>>),
    Failed(ErrorCode),
    Closed,
}

impl Writing {
    pub(super) fn new(folder: Arc<DataFolder>, quota: Quota, file: Arc<std::fs::File>, at: WritesAt) -> Self {
        Self {
            folder,
            quota,
            file,
            at,
            state: State::Ready,
        }
    }

    /// The stream as it is, or how its last write failed, which is told once.
    fn check(&mut self) -> StreamResult<&State> {
        match self.state {
            State::Failed(code) => {
                self.state = State::Closed;
                Err(StreamError::LastOperationFailed(code.into()))
            }
            State::Closed => Err(StreamError::Closed),
            State::Ready | State::Busy(_) => Ok(&self.state),
        }
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Writing {
    async fn ready(&mut self) {
        let State::Busy(task) = &mut self.state else {
            return;
        };
        self.state = match task.await {
            Ok(Ok(count)) => {
                if let WritesAt::Place(place) = &mut self.at {
                    *place += count;
                }
                State::Ready
            }
            Ok(Err(code)) => State::Failed(code),
            Err(_) => State::Failed(ErrorCode::Io),
        };
    }
}

#[wasmtime_wasi::async_trait]
impl OutputStream for Writing {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        if !matches!(self.check()?, State::Ready) || bytes.len() > WRITE_MAX {
            return Err(StreamError::trap("more was written than was allowed"));
        }
        let (folder, quota) = (Arc::clone(&self.folder), self.quota);
        let (file, at) = (Arc::clone(&self.file), self.at);
        // It is done to its end, and counted, even if nobody waits for it any more.
        self.state = State::Busy(tokio::task::spawn_blocking(move || {
            let count = match at {
                WritesAt::Place(place) => folder.write_at(&file, place, &bytes, quota)?,
                WritesAt::End => folder.append(&file, &bytes, quota)?,
            };
            // A stream has no way to say that only some of it was written.
            if count < bytes.len() as u64 {
                return Err(ErrorCode::InsufficientSpace);
            }
            Ok(count)
        }));
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        self.check().map(drop)
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(match self.check()? {
            State::Ready => WRITE_MAX,
            State::Busy(_) | State::Failed(_) | State::Closed => 0,
        })
    }

    async fn cancel(&mut self) {
        // So that a guest cannot leave more of them behind than it has streams.
        self.ready().await;
        self.state = State::Closed;
    }
}
