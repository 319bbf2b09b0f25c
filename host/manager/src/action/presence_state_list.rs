//! PresenceStateList: what everybody says of their presence.

use super::{Action, Call, Work};
use crate::event::Classes;
use crate::event::state::presence_body;
use crate::{IdAt, List, Outcome};

pub(super) static ACTION: Action = Action {
    name: "PresenceStateList",
    synopsis: "List what everybody says of their presence.",
    arguments: &[],
    classes: &[Classes::CALL, Classes::REPORTING],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let people = call.desk.presence_states().await?;
    let mut list = List::begin(call.request, IdAt::Front, "Presence State Changes will follow");
    for person in &people {
        list.item("PresenceStateChange", |text| {
            text.line("Presentity", &person.presentity);
            presence_body(text, [&person.status, &person.subtype, &person.message]);
        });
    }
    Ok(list.complete("PresenceStateListComplete"))
}
