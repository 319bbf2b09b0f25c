//! CreateConfig: an empty file in the configuration folder.

use super::config_files::{Access, NamedFile, blocking};
use super::{Action, Call, Work, required};
use crate::event::Classes;
use crate::{Failure, Outcome, Reply};
use std::io::ErrorKind;

pub(super) static ACTION: Action = Action {
    name: "CreateConfig",
    synopsis: "Make an empty file in the configuration folder.",
    arguments: &[required("Filename", "The file.")],
    classes: &[Classes::CONFIG],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let name = call.request.filled("Filename").ok_or("Filename not specified")?;
    let file = NamedFile::of(&call, name, Access::Write)?;
    let created = blocking(move || {
        file.create().map_err(|error| {
            let is_there = error.kind() == ErrorKind::AlreadyExists;
            Failure::from(if is_there {
                "File exists"
            } else {
                "Filename is invalid"
            })
        })
    });
    created.await?;
    Ok(Reply::done(
        call.request,
        "New configuration file created successfully",
    ))
}
