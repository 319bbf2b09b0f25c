//! LocalOptimizeAway: lets a Local pair be taken out of its path.

use super::{Action, Call, Work, required};
use crate::event::Classes;
use crate::{Failure, Outcome, Reply};
use ucx_call::Refusal;

pub(super) static ACTION: Action = Action {
    name: "LocalOptimizeAway",
    synopsis: "Let a Local pair be taken out of its path.",
    arguments: &[required("Channel", "The name of either half.")],
    classes: &[Classes::SYSTEM, Classes::CALL],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let request = call.request;
    let channel = request.filled("Channel").ok_or("'Channel' not specified.")?;
    match call.desk.optimize_away(channel).await {
        Ok(()) => Ok(Reply::done(request, "Queued channel to be optimized away")),
        Err(Refusal::NoSuchChannel) => Err("Channel does not exist.".into()),
        Err(Refusal::Conflict(_)) => Err("Unable to find channel".into()),
        Err(refusal) => Err(Failure::from(refusal)),
    }
}
