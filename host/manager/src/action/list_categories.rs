//! ListCategories: the sections of a file of the configuration.

use super::config_files::{Access, NamedFile, blocking};
use super::{Action, Call, Work, required};
use crate::event::Classes;
use crate::{Failure, Outcome, Reply};

pub(super) static ACTION: Action = Action {
    name: "ListCategories",
    synopsis: "List the sections of a file of the configuration.",
    arguments: &[required("Filename", "The file.")],
    classes: &[Classes::CONFIG],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let name = call.request.filled("Filename").ok_or("Filename not specified")?;
    let file = NamedFile::of(&call, name, Access::Read)?;
    let names = blocking(move || {
        let config = file.config().ok_or(Failure::from("Config file not found"))?;
        Ok(config
            .sections()
            .map(|section| section.name.clone())
            .collect::<Vec<_>>())
    });
    let names = names.await?;
    let reply = Reply::success(call.request);
    if names.is_empty() {
        return Ok(reply.line("Error", "no categories found").end());
    }
    let reply = reply.with(|text| {
        for (at, name) in names.iter().enumerate() {
            text.line(&format!("Category-{at:06}"), name);
        }
    });
    Ok(reply.end())
}
