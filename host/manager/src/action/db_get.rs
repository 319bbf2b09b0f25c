//! DBGet: reads a row of the database.

use super::{Action, Call, Work, required};
use crate::event::Classes;
use crate::{IdAt, List, Outcome};

pub(super) static ACTION: Action = Action {
    name: "DBGet",
    synopsis: "Read a row of the database.",
    arguments: &[required("Family", "The family."), required("Key", "The key.")],
    classes: &[Classes::SYSTEM, Classes::REPORTING],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let request = call.request;
    let family = request.filled("Family").ok_or("No family specified.")?;
    let key = request.filled("Key").ok_or("No key specified.")?;
    let value = call.desk.database_get(family, key).await?;
    let value = value.ok_or("Database entry not found")?;
    let mut list = List::begin(request, IdAt::Back, "Result will follow");
    list.item("DBGetResponse", |text| {
        text.line("Family", family);
        text.line("Key", key);
        text.line("Val", &value);
    });
    Ok(list.complete("DBGetComplete"))
}
