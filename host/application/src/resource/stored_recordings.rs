//! Recordings that are kept.

use super::store::{CopyError, Store};
use crate::operation::{Answer, Ctx, Failure, Operation, Reply};
use crate::request::Request;

/// What can be asked of them.
pub const OPERATIONS: &[Operation] = crate::operations!("recordings";
    "listStored" => list,
    "getStored" => get,
    "getStoredFile" => file,
    "copyStored" => copy,
    "deleteStored" => delete,
);

async fn list(ctx: &Ctx, _: &Request) -> Answer {
    let store = store(ctx);
    let stored = super::off_thread(move || store.recordings()).await?;
    Ok(Reply::json(&stored))
}

async fn get(ctx: &Ctx, request: &Request) -> Answer {
    let (store, name) = (store(ctx), name(request));
    let stored = super::off_thread(move || store.recording(&name)).await?;
    Ok(Reply::json(&stored.ok_or_else(not_found)?))
}

async fn file(ctx: &Ctx, request: &Request) -> Answer {
    let (store, name) = (store(ctx), name(request));
    match super::off_thread(move || store.read(&name)).await? {
        Ok(Some((kind, body))) => Ok(Reply::file(kind, body)),
        Ok(None) => Err(not_found()),
        Err(error) => {
            tracing::warn!(%error, "a recording could not be read");
            Err(Failure::new(403, "Recording could not be opened"))
        }
    }
}

async fn copy(ctx: &Ctx, request: &Request) -> Answer {
    let to = request.text("destinationRecordingName").map(String::from);
    let to = to.ok_or(Failure::new(400, "Invalid destination recording name").because("Bad request"))?;
    let (store, name) = (store(ctx), name(request));
    match super::off_thread(move || store.copy(&name, &to)).await? {
        Ok(stored) => Ok(Reply::json(&stored)),
        Err(CopyError::NotFound) => Err(not_found()),
        Err(CopyError::Exists) => Err(Failure::new(
            409,
            "A recording with the same name already exists on the system",
        )),
        Err(CopyError::Forbidden) => Err(Failure::new(403, "Destination file path is forbidden")),
        Err(CopyError::Failed(error)) => {
            tracing::warn!(%error, "a recording could not be copied");
            Err(Failure::new(500, "Copy failed"))
        }
    }
}

async fn delete(ctx: &Ctx, request: &Request) -> Answer {
    let (store, name) = (store(ctx), name(request));
    match super::off_thread(move || store.delete(&name)).await? {
        Ok(true) => Ok(Reply::NO_CONTENT),
        Ok(false) => Err(not_found()),
        Err(error) => {
            tracing::warn!(%error, "a recording could not be deleted");
            Err(Failure::new(500, "Delete failed"))
        }
    }
}

/// Where recordings are.
pub fn store(ctx: &Ctx) -> Store {
    Store::new(ctx.host.directories().spool.join("recording"))
}

fn name(request: &Request) -> String {
    request.path("recordingName").to_owned()
}

fn not_found() -> Failure {
    Failure::new(404, "Recording not found")
}
