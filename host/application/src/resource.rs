//! The operations that are built, one file per resource.

mod asterisk;
mod endpoints;
mod sounds;
mod store;
mod stored_recordings;

use crate::operation::{Failure, Operation};

/// All of them.
pub const BUILT: &[&[Operation]] = &[
    asterisk::OPERATIONS,
    endpoints::OPERATIONS,
    sounds::OPERATIONS,
    stored_recordings::OPERATIONS,
];

/// Does something that may wait for the disk.
async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        tracing::error!(%error, "an operation died");
        Failure::new(500, "Internal Server Error")
    })
}
