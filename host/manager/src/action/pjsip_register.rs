//! PJSIPRegister: registers with somebody else now.

use super::{Action, Call, Work, required};
use crate::event::Classes;
use crate::{Failure, Outcome, Reply};
use ucx_call::Refusal;

pub(super) static ACTION: Action = Action {
    name: "PJSIPRegister",
    synopsis: "Register with somebody else now.",
    arguments: &[required("Registration", "The registration's name, or *all.")],
    classes: &[Classes::SYSTEM, Classes::REPORTING],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let name = call
        .request
        .filled("Registration")
        .ok_or("Registration parameter missing.")?;
    match call.desk.register(name, true).await {
        Ok(()) if name == "*all" => Ok(Reply::done(call.request, "Reregistrations queued.")),
        Ok(()) => Ok(Reply::done(call.request, "Reregistration sent")),
        Err(Refusal::Invalid(_)) => Err("Unable to retrieve registration entry".into()),
        Err(refusal) => Err(Failure::from(refusal)),
    }
}
