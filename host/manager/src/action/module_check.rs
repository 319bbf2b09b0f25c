//! ModuleCheck: whether a module runs.

use super::{Action, Call, Work, modules, required};
use crate::event::Classes;
use crate::{Outcome, Reply};

pub(super) static ACTION: Action = Action {
    name: "ModuleCheck",
    synopsis: "Say whether a module runs.",
    arguments: &[required("Module", "Its name, without an ending.")],
    classes: &[Classes::SYSTEM],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let name = call.request.text("Module");
    // Only who may look learns it.
    call.desk.counts().await?;
    match modules::find(&call, name) {
        Some(module) if module.is_running => Ok(Reply::success(call.request).line("Version", "").end()),
        Some(_) | None => Err("Module not loaded".into()),
    }
}
