//! ExtensionStateList: all hints and how their devices are used.

use super::{Action, Call, Work};
use crate::event::Classes;
use crate::event::state::extension_body;
use crate::{IdAt, List, Outcome};

pub(super) static ACTION: Action = Action {
    name: "ExtensionStateList",
    synopsis: "List the hints and how their devices are used.",
    arguments: &[],
    classes: &[Classes::CALL, Classes::REPORTING],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let hints = call.desk.extension_states().await?;
    if hints.is_empty() {
        return Err("No dialplan hints are available".into());
    }
    let mut list = List::begin(call.request, IdAt::Front, "Extension Statuses will follow");
    for view in &hints {
        list.item("ExtensionStatus", |text| {
            extension_body(text, &view.context, &view.exten, &view.hint, view.state);
        });
    }
    Ok(list.complete("ExtensionStateListComplete"))
}
