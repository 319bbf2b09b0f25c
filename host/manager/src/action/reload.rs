//! Reload: reads the configuration again.

use super::{Action, Call, Work, modules, optional};
use crate::event::Classes;
use crate::{Outcome, Reply};
use std::sync::Arc;
use ucx_call::EventKind;
use ucx_pbx::Reloaded;

pub(super) static ACTION: Action = Action {
    name: "Reload",
    synopsis: "Read the configuration again.",
    arguments: &[optional("Module", "Only that of this module.")],
    classes: &[Classes::CONFIG, Classes::SYSTEM],
    work: Work::Desk(|call| Box::pin(run(call))),
};

/// The number of `Reload` for a module that is not there.
const NOT_FOUND: u8 = 2;

async fn run(call: Call<'_>) -> Outcome {
    let module = call.request.filled("Module");
    if let Some(module) = module
        && !modules::is_reloadable_name(&call, module)
    {
        let status = EventKind::Reloaded {
            module: Arc::from(module),
            status: NOT_FOUND,
        };
        call.desk.publish(status).await?;
        return Err("No such module".into());
    }
    match call.host.reload(call.desk.principal(), module).await? {
        Reloaded::Done => Ok(Reply::done(call.request, "Module Reloaded")),
        Reloaded::NotFound => Err("No such module".into()),
        Reloaded::Unsupported => Err("Module does not support reload".into()),
        Reloaded::Failed => Err("An unknown error occurred".into()),
    }
}
