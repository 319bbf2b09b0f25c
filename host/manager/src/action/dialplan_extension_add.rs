//! DialplanExtensionAdd: adds a priority to the dialplan as it is now.

use super::{Action, Call, Work, optional, required};
use crate::event::Classes;
use crate::{Outcome, Reply};
use ucx_dialplan::{AddError, Collision, Content, NewRow};

pub(super) static ACTION: Action = Action {
    name: "DialplanExtensionAdd",
    synopsis: "Add a priority to the dialplan as it is now.",
    arguments: &[
        required("Context", "The context; made if it is not there."),
        required(
            "Extension",
            "The extension, which may be a pattern, with /caller behind it.",
        ),
        required("Priority", "The priority, or hint."),
        required("Application", "The application."),
        optional("ApplicationData", "Its arguments."),
        optional("Replace", "Whether a priority that is there is replaced."),
    ],
    classes: &[Classes::SYSTEM],
    work: Work::Desk(|call| Box::pin(run(call))),
};

/// Who is said to have written what clients add.
const REGISTRAR: &str = "AMI";

async fn run(call: Call<'_>) -> Outcome {
    let request = call.request;
    let [Some(context), Some(exten), Some(priority), Some(application)] =
        ["Context", "Extension", "Priority", "Application"].map(|name| request.filled(name))
    else {
        let message =
            "Context, Extension, Priority, and Application must be defined for DialplanExtensionAdd.";
        return Err(message.into());
    };
    let (name, caller_id) = match exten.split_once('/') {
        Some((name, caller_id)) => (name, Some(caller_id)),
        None => (exten, None),
    };
    let content = if priority.eq_ignore_ascii_case("hint") {
        Content::Hint(application)
    } else {
        let number = priority.trim().parse().ok().filter(|number| *number > 0);
        Content::Priority {
            number: number.ok_or("The priority specified was invalid.")?,
            label: None,
            application,
            arguments: request.text("ApplicationData"),
        }
    };
    let collision = if request.is_true("Replace") {
        Collision::Replace
    } else {
        Collision::Refuse
    };
    let row = NewRow {
        exten: name,
        caller_id,
        content,
        origin: None,
        registrar: REGISTRAR,
        collision,
    };
    match call
        .desk
        .edit_dialplan(|plan| Ok(plan.add(context, &row)))
        .await?
    {
        Ok(()) => Ok(Reply::done(request, "Added requested extension")),
        Err(AddError::PriorityInUse(_) | AddError::HintInUse) => {
            Err("That extension and priority already exist at that context".into())
        }
        Err(AddError::BadPriority) => Err("The priority specified was invalid.".into()),
        Err(
            AddError::Name(_) | AddError::CallerId(_) | AddError::LabelInUse(_) | AddError::TooManyExtensions,
        ) => Err("Failed to add extension".into()),
    }
}
