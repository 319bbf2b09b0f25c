//! Sounds that can be played.

use super::store::Store;
use crate::operation::{Answer, Ctx, Failure, Operation, Reply};
use crate::request::Request;

/// What can be asked of them.
pub const OPERATIONS: &[Operation] = crate::operations!("sounds";
    "list" => list,
    "get" => get,
);

async fn list(ctx: &Ctx, request: &Request) -> Answer {
    let language = request.text("lang").map(String::from);
    let format = request.text("format").map(String::from);
    let store = store(ctx);
    let sounds = super::off_thread(move || store.sounds(language.as_deref(), format.as_deref())).await?;
    if sounds.is_empty() {
        return Err(Failure::new(404, "No sounds found that matched the query"));
    }
    Ok(Reply::json(&sounds))
}

async fn get(ctx: &Ctx, request: &Request) -> Answer {
    let id = request.path("soundId").to_owned();
    let store = store(ctx);
    let sounds = super::off_thread(move || store.sounds(None, None)).await?;
    let found = sounds.into_iter().find(|sound| sound.id == id);
    Ok(Reply::json(&found.ok_or(Failure::new(404, "Sound not found"))?))
}

fn store(ctx: &Ctx) -> Store {
    Store::new(ctx.host.directories().data.join("sounds"))
}
