//! DBDelTree: deletes a family of the database, or what is below a key of it.

use super::{Action, Call, Work, optional, required};
use crate::event::Classes;
use crate::{Outcome, Reply};

pub(super) static ACTION: Action = Action {
    name: "DBDelTree",
    synopsis: "Delete a family of the database, or a part of it.",
    arguments: &[
        required("Family", "The family."),
        optional("Key", "Only what is at and below that key."),
    ],
    classes: &[Classes::SYSTEM],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let request = call.request;
    let family = request.filled("Family").ok_or("No family specified.")?;
    let rows = call
        .desk
        .database_delete_tree(family, request.filled("Key"))
        .await?;
    if rows == 0 {
        return Err("Database entry not found".into());
    }
    Ok(Reply::done(request, "Key tree deleted successfully"))
}
