//! LoggerRotate: begins new log files.

use super::{Action, Call, Work};
use crate::event::Classes;
use crate::{Failure, Outcome, Reply};
use ucx_call::Refusal;

pub(super) static ACTION: Action = Action {
    name: "LoggerRotate",
    synopsis: "Begin new log files.",
    arguments: &[],
    classes: &[Classes::SYSTEM, Classes::REPORTING],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    match call.host.rotate_logs(call.desk.principal()).await {
        Ok(()) => Ok(Reply::done(
            call.request,
            "Reloaded the logger and rotated log files",
        )),
        Err(refusal @ (Refusal::Denied(_) | Refusal::Shutdown)) => Err(Failure::from(refusal)),
        Err(_) => Err("Failed to reload the logger and rotate log files".into()),
    }
}
