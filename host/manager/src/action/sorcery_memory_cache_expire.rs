//! SorceryMemoryCacheExpire: forgets a cache of objects; there are no such caches.

use super::{Action, Call, Work, required};
use crate::Outcome;
use crate::event::Classes;

pub(super) static ACTION: Action = Action {
    name: "SorceryMemoryCacheExpire",
    synopsis: "Forget what a cache of objects holds.",
    arguments: &[required("Cache", "The cache's name.")],
    classes: &[Classes::SYSTEM],
    work: Work::Desk(|call| Box::pin(run(call))),
};

#[allow(clippy::unused_async)] // all actions have one shape
async fn run(call: Call<'_>) -> Outcome {
    let missing = "SorceryMemoryCacheExpire requires that a cache name be provided.";
    call.request.filled("Cache").ok_or(missing)?;
    Err("The provided cache does not exist".into())
}
