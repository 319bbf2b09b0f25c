//! DBGetTree: reads rows of the database.

use super::{Action, Call, Work, optional};
use crate::event::Classes;
use crate::{IdAt, List, Outcome};

pub(super) static ACTION: Action = Action {
    name: "DBGetTree",
    synopsis: "Read rows of the database.",
    arguments: &[
        optional("Family", "Only those of that family."),
        optional("Key", "Only those at and below that key."),
    ],
    classes: &[Classes::SYSTEM, Classes::REPORTING],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let request = call.request;
    let prefix = match (request.filled("Family"), request.filled("Key")) {
        (None, _) => String::new(),
        (Some(family), None) => family.to_owned(),
        (Some(family), Some(key)) => format!("{family}/{key}"),
    };
    let rows = call.desk.database_tree(&prefix).await?;
    let mut list = List::begin(request, IdAt::Back, "Result will follow");
    for (path, value) in &rows {
        list.item("DBGetTreeResponse", |text| {
            text.line("Key", path);
            text.line("Val", value);
        });
    }
    Ok(list.complete("DBGetTreeComplete"))
}
