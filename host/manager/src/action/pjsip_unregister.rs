//! PJSIPUnregister: gives up a registration with somebody else.

use super::{Action, Call, Work, required};
use crate::event::Classes;
use crate::{Failure, Outcome, Reply};
use ucx_call::Refusal;

pub(super) static ACTION: Action = Action {
    name: "PJSIPUnregister",
    synopsis: "Give up a registration with somebody else.",
    arguments: &[required("Registration", "The registration's name, or *all.")],
    classes: &[Classes::SYSTEM, Classes::REPORTING],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let name = call
        .request
        .filled("Registration")
        .ok_or("Registration parameter missing.")?;
    match call.desk.register(name, false).await {
        Ok(()) if name == "*all" => Ok(Reply::done(call.request, "Unregistrations queued.")),
        Ok(()) => Ok(Reply::done(call.request, "Unregistration sent")),
        Err(Refusal::Invalid(_)) => Err("Unable to retrieve registration entry".into()),
        Err(refusal) => Err(Failure::from(refusal)),
    }
}
