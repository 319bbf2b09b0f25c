//! GetConfig: a file of the configuration, line by line.

use super::config_files::{Access, NamedFile, Wanted, blocking};
use super::{Action, Call, Work, optional, required};
use crate::event::Classes;
use crate::{Failure, Outcome, Reply};

pub(super) static ACTION: Action = Action {
    name: "GetConfig",
    synopsis: "Show a file of the configuration.",
    arguments: &[
        required("Filename", "The file."),
        optional("Category", "Only the sections of that name."),
        optional(
            "Filter",
            "Only sections with entries that match: name=value, several with commas.",
        ),
    ],
    classes: &[Classes::SYSTEM, Classes::CONFIG],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let request = call.request;
    let name = request.filled("Filename").ok_or("Filename not specified")?;
    let file = NamedFile::of(&call, name, Access::Read)?;
    let wanted = Wanted::of(&call)?;
    let lines = blocking(move || {
        let config = file.config().ok_or(Failure::from("Config file not found"))?;
        let mut lines = Vec::new();
        for (at, section) in wanted.sections(&config).enumerate() {
            lines.push((format!("Category-{at:06}"), section.name.clone()));
            if section.template {
                lines.push((format!("IsTemplate-{at:06}"), "1".to_owned()));
            }
            if !section.templates.is_empty() {
                lines.push((format!("Templates-{at:06}"), section.templates.join(",")));
            }
            for (number, entry) in section.entries.iter().enumerate() {
                let value = format!("{}={}", entry.key, entry.value);
                lines.push((format!("Line-{at:06}-{number:06}"), value));
            }
        }
        Ok((lines, wanted.has_name()))
    });
    let (lines, has_name) = lines.await?;
    let reply = Reply::success(request);
    if lines.is_empty() && has_name {
        // The field's own line, which is no header.
        return Ok(reply.end_with_words("No categories found"));
    }
    let reply = reply.with(|text| lines.iter().for_each(|(name, value)| text.line(name, value)));
    Ok(reply.end())
}
