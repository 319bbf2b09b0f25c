//! Getvar: the value of a variable or function.

use super::{Action, Call, Work, forbidden, optional, required};
use crate::event::Classes;
use crate::{Outcome, Reply};
use ucx_call::Refusal;

pub(super) static ACTION: Action = Action {
    name: "Getvar",
    synopsis: "Read a variable or a function.",
    arguments: &[
        required("Variable", "Its name, or FUNCTION(arguments)."),
        optional(
            "Channel",
            "The channel's name; without one a global variable is read.",
        ),
    ],
    classes: &[Classes::CALL, Classes::REPORTING],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    const FORBIDDEN: &str = "GetVar Access Forbidden: Variable";
    let request = call.request;
    let name = request.filled("Variable").ok_or("No variable specified")?;
    if forbidden::is_function_forbidden(&call, name) {
        return Err(FORBIDDEN.into());
    }
    let channel = request.filled("Channel").map(Into::into);
    let value = match call.functions.variable(channel, name).await {
        Ok(value) => value.unwrap_or_default(),
        Err(Refusal::Denied(right)) if !call.user.rights().has(right) => return Err(FORBIDDEN.into()),
        // What has no value has the empty one, and so has what nobody may read from outside.
        Err(Refusal::Invalid(_) | Refusal::Denied(_)) => String::new(),
        Err(refusal) => return Err(refusal.into()),
    };
    Ok(Reply::success(request)
        .line("Variable", name)
        .line("Value", &value)
        .end())
}
