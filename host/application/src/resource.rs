//! The operations that are built, one file per resource.

mod applications;
mod asterisk;
mod bridge_variables;
mod bridges;
mod channels;
mod device_states;
mod drive;
mod endpoints;
mod events;
mod live_recordings;
mod mailboxes;
mod media;
mod objects;
mod playbacks;
mod shown;
mod sounds;
mod store;
mod stored_recordings;

use crate::operation::{Failure, Operation};

/// All of them.
pub const BUILT: &[&[Operation]] = &[
    applications::OPERATIONS,
    asterisk::OPERATIONS,
    bridge_variables::OPERATIONS,
    bridges::OPERATIONS,
    channels::OPERATIONS[0],
    channels::OPERATIONS[1],
    channels::OPERATIONS[2],
    channels::OPERATIONS[3],
    channels::OPERATIONS[4],
    channels::OPERATIONS[5],
    channels::OPERATIONS[6],
    channels::OPERATIONS[7],
    device_states::OPERATIONS,
    endpoints::OPERATIONS,
    events::OPERATIONS,
    live_recordings::OPERATIONS,
    mailboxes::OPERATIONS,
    objects::OPERATIONS,
    playbacks::OPERATIONS,
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

#[cfg(test)]
mod tests;
