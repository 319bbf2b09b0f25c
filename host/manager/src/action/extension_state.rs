//! ExtensionState: the hint of an extension and how its devices are used.

use super::{Action, Call, Work, optional, required};
use crate::event::Classes;
use crate::{Outcome, Reply};
use ucx_call::ExtensionState;

pub(super) static ACTION: Action = Action {
    name: "ExtensionState",
    synopsis: "Show how the devices of an extension are used.",
    arguments: &[
        required("Exten", "The extension."),
        optional("Context", "Its context; default without it."),
    ],
    classes: &[Classes::CALL, Classes::REPORTING],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let request = call.request;
    let exten = request.filled("Exten").ok_or("Extension not specified")?;
    let context = request.filled("Context").unwrap_or("default");
    let view = call.desk.extension_state(context, exten).await?;
    let state = view.as_ref().map_or(ExtensionState::NotFound, |view| view.state);
    let reply = Reply::success(request)
        .message("Extension Status")
        .line("Exten", exten)
        .line("Context", context)
        .line("Hint", view.as_ref().map_or("", |view| &view.hint))
        .with(|text| text.number("", "Status", state.number()))
        .line("StatusText", state.as_str());
    Ok(reply.end())
}
