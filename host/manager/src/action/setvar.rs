//! Setvar: sets a variable or writes a function.

use super::{Action, Call, Work, forbidden, optional, required};
use crate::event::Classes;
use crate::{Outcome, Reply};
use ucx_call::Refusal;

pub(super) static ACTION: Action = Action {
    name: "Setvar",
    synopsis: "Set a variable or write a function.",
    arguments: &[
        required("Variable", "Its name, or FUNCTION(arguments)."),
        required("Value", "The value."),
        optional(
            "Channel",
            "The channel's name; without one a global variable is set.",
        ),
    ],
    classes: &[Classes::CALL],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let request = call.request;
    let name = request.filled("Variable").ok_or("No variable specified")?;
    if forbidden::is_function_forbidden(&call, name) {
        return Err("Variable not set".into());
    }
    let channel = request.filled("Channel").map(Into::into);
    match call
        .functions
        .set_variable(channel, name, request.text("Value"))
        .await
    {
        Ok(()) => Ok(Reply::done(request, "Variable Set")),
        Err(Refusal::Invalid(_) | Refusal::Denied(_) | Refusal::Full(_)) => Err("Variable not set".into()),
        Err(refusal) => Err(refusal.into()),
    }
}
