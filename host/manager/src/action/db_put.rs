//! DBPut: writes a row of the database.

use super::{Action, Call, Work, optional, required};
use crate::event::Classes;
use crate::{Failure, Outcome, Reply};
use ucx_call::Refusal;

pub(super) static ACTION: Action = Action {
    name: "DBPut",
    synopsis: "Write a row of the database.",
    arguments: &[
        required("Family", "The family."),
        required("Key", "The key."),
        optional("Val", "The value."),
    ],
    classes: &[Classes::SYSTEM],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let request = call.request;
    let family = request.filled("Family").ok_or("No family specified")?;
    let key = request.filled("Key").ok_or("No key specified")?;
    match call.desk.database_put(family, key, request.text("Val")).await {
        Ok(()) => Ok(Reply::done(request, "Updated database successfully")),
        Err(refusal @ (Refusal::Denied(_) | Refusal::Shutdown)) => Err(Failure::from(refusal)),
        Err(_) => Err("Failed to update entry".into()),
    }
}
