//! GetConfigJSON: a file of the configuration as one object of JSON.

use super::config_files::{Access, ESCALATED, NamedFile, Wanted, blocking};
use super::{Action, Call, Work, optional, required};
use crate::event::Classes;
use crate::{Failure, Outcome, Reply};
use ucx_config::Section;

pub(super) static ACTION: Action = Action {
    name: "GetConfigJSON",
    synopsis: "Show a file of the configuration as JSON.",
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
    let name = call.request.filled("Filename").ok_or("Filename not specified")?;
    let file = NamedFile::of(&call, name, Access::Read)?;
    let wanted = Wanted::of(&call)?;
    let json = blocking(move || {
        // The field says this, not that it is not there.
        let config = file.config().ok_or(Failure::from(ESCALATED))?;
        let sections: Vec<String> = wanted.sections(&config).map(object).collect();
        Ok(format!("{{{}}}", sections.join(",")))
    });
    Ok(Reply::success(call.request).line("JSON", &json.await?).end())
}

/// A section with its name. A key may stand in it several times, which no map of JSON holds.
fn object(section: &Section) -> String {
    let text = |text: &str| serde_json::Value::from(text).to_string();
    let mut members = Vec::new();
    if section.template {
        members.push("\"istemplate\":1".to_owned());
    }
    if !section.templates.is_empty() {
        members.push(format!("\"templates\":{}", text(&section.templates.join(","))));
    }
    let entries = section.entries.iter();
    members.extend(entries.map(|entry| format!("{}:{}", text(&entry.key), text(&entry.value))));
    format!("{}:{{{}}}", text(&section.name), members.join(","))
}
