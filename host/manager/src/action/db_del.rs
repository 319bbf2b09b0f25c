//! DBDel: deletes a row of the database.

use super::{Action, Call, Work, required};
use crate::event::Classes;
use crate::{Outcome, Reply};

pub(super) static ACTION: Action = Action {
    name: "DBDel",
    synopsis: "Delete a row of the database.",
    arguments: &[required("Family", "The family."), required("Key", "The key.")],
    classes: &[Classes::SYSTEM],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let request = call.request;
    let family = request.filled("Family").ok_or("No family specified.")?;
    let key = request.filled("Key").ok_or("No key specified.")?;
    if !call.desk.database_delete(family, key).await? {
        return Err("Database entry could not be deleted".into());
    }
    Ok(Reply::done(request, "Key deleted successfully"))
}
