//! DialplanExtensionRemove: takes an extension, or one priority of it, out of the dialplan as it is now.

use super::{Action, Call, Work, optional, required};
use crate::event::Classes;
use crate::{Outcome, Reply};
use ucx_dialplan::Dialplan;

pub(super) static ACTION: Action = Action {
    name: "DialplanExtensionRemove",
    synopsis: "Take an extension out of the dialplan as it is now.",
    arguments: &[
        required("Context", "The context."),
        required(
            "Extension",
            "The extension as it is written, with /caller behind it.",
        ),
        optional("Priority", "Only that priority."),
    ],
    classes: &[Classes::SYSTEM],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let request = call.request;
    let (Some(context), Some(exten)) = (request.filled("Context"), request.filled("Extension")) else {
        return Err("Context and Extension must be provided for DialplanExtensionRemove".into());
    };
    let priority = match request.filled("Priority") {
        None => None,
        Some(text) => {
            let number = text.trim().parse::<u32>().ok().filter(|number| *number > 0);
            Some(number.ok_or("The priority specified was invalid.")?)
        }
    };
    let (name, caller_id) = match exten.split_once('/') {
        Some((name, caller_id)) => (name, Some(caller_id)),
        None => (exten, None),
    };
    let remove = |plan: &mut Dialplan| Ok(plan.remove(context, name, caller_id, priority));
    if !call.desk.edit_dialplan(remove).await? {
        return Err("Failed to remove requested extension".into());
    }
    Ok(Reply::done(
        request,
        match priority {
            Some(_) => "Removed the requested priority from the extension",
            None => "Removed the requested extension",
        },
    ))
}
