//! UpdateConfig: changes a file of the configuration and keeps what its author wrote around the changes.

use super::config_files::{Access, ESCALATED, NamedFile, blocking};
use super::originate::split;
use super::{Action, Call, Work, modules, optional, required};
use crate::event::Classes;
use crate::manager::wall;
use crate::request::is_true;
use crate::{Failure, Outcome, Reply, Request, clock};
use ucx_config::edit::{Document, Edit, Filter, Target, Value};

pub(super) static ACTION: Action = Action {
    name: "UpdateConfig",
    synopsis: "Change a file of the configuration.",
    arguments: &[
        required("SrcFilename", "The file to read."),
        required("DstFilename", "The file to write, which has to be there."),
        optional(
            "Reload",
            "Whether to read the configuration again, or that of which module.",
        ),
        optional(
            "PreserveEffectiveContext",
            "Whether sections keep what they inherit.",
        ),
        optional(
            "Action-000000",
            "NewCat, RenameCat, DelCat, EmptyCat, Update, Delete, Append or Insert.",
        ),
        optional("Cat-000000", "The section."),
        optional("Var-000000", "The key."),
        optional(
            "Value-000000",
            "The value; one that begins with > is written with =>.",
        ),
        optional("Match-000000", "The value there has to be."),
        optional("Line-000000", "The place among the entries, from 0."),
        optional(
            "Options-000000",
            "allowdups, template, inherit=\"…\", catfilter=\"…\".",
        ),
    ],
    classes: &[Classes::CONFIG],
    work: Work::Desk(|call| Box::pin(run(call))),
};

const INCOMPLETE: &str = "Problem with category, value, or line (if required)";

async fn run(call: Call<'_>) -> Outcome {
    let request = call.request;
    let [Some(source), Some(target)] = ["SrcFilename", "DstFilename"].map(|name| request.filled(name)) else {
        return Err("Filename not specified".into());
    };
    let source = NamedFile::of(&call, source, Access::Read)?;
    let target = NamedFile::of(&call, target, Access::Write)?;
    let request = request.clone();
    let date = clock::sentence(wall());
    let changed = blocking(move || {
        if !source.exists() || !target.exists() || target.is_included() {
            return Err(ESCALATED.into());
        }
        let text = source
            .read()
            .map_err(|_| Failure::from("Config file has invalid format"))?;
        let mut document = Document::parse(&text);
        let mut number = 0;
        while let Some(edit) = edit(&request, number)? {
            document
                .apply(edit)
                .map_err(|error| Failure::from(error.to_string()))?;
            number += 1;
        }
        let text = document.with_notice(&target.name, &target.path(), "Manager", &date);
        target
            .replace(&text)
            .map_err(|_| Failure::from("Save of config failed"))
    });
    changed.await?;
    reload(&call).await?;
    Ok(Reply::success(call.request).end())
}

async fn reload(call: &Call<'_>) -> Result<(), Failure> {
    let module = match call.request.filled("Reload") {
        None => return Ok(()),
        Some(text) if is_true(text) => None,
        Some(module) if modules::is_reloadable_name(call, module) => Some(module),
        Some(_) => return Ok(()),
    };
    // The file is changed, whatever the reload says of it; events tell.
    call.host.reload(call.desk.principal(), module).await?;
    Ok(())
}

/// The change of that number; none behind the last one.
fn edit(request: &Request, number: usize) -> Result<Option<Edit>, Failure> {
    let header = |name: &str| {
        let name = format!("{name}-{number:06}");
        request.filled(&name).map(str::to_owned)
    };
    let Some(action) = header("Action") else {
        return Ok(None);
    };
    let name = header("Cat").ok_or("Category not specified")?;
    let options = Options::read(header("Options").as_deref().unwrap_or(""))?;
    let key = || header("Var").ok_or(Failure::from(INCOMPLETE));
    let value = || Value::from_request(header("Value").as_deref().unwrap_or(""));
    let line = || header("Line").and_then(|text| text.trim().parse().ok());
    let category = Target {
        name: name.clone(),
        filter: options.filter,
    };
    let edit = match action.to_ascii_lowercase().as_str() {
        "newcat" => Edit::NewCategory {
            name,
            allows_duplicates: options.allows_duplicates,
            is_template: options.is_template,
            inherits: options.inherits,
        },
        "renamecat" => Edit::RenameCategory {
            category,
            name: header("Value").ok_or(INCOMPLETE)?,
        },
        "delcat" => Edit::DeleteCategory(category),
        "emptycat" => Edit::EmptyCategory(category),
        "update" => Edit::Update {
            category,
            key: key()?,
            value: value(),
            matches: header("Match"),
        },
        "delete" => match line() {
            Some(line) if header("Var").is_none() => Edit::DeleteLine { category, line },
            Some(_) | None => Edit::Delete {
                category,
                key: key()?,
                matches: header("Match"),
            },
        },
        "append" => Edit::Append {
            category,
            key: key()?,
            value: value(),
        },
        "insert" => Edit::Insert {
            category,
            key: key()?,
            value: value(),
            line: line().ok_or(INCOMPLETE)?,
        },
        _ => return Err("Unknown action command".into()),
    };
    Ok(Some(edit))
}

/// What stands in `Options-000000`.
#[derive(Default)]
struct Options {
    allows_duplicates: bool,
    is_template: bool,
    inherits: Vec<String>,
    filter: Option<Filter>,
}

impl Options {
    fn read(text: &str) -> Result<Self, Failure> {
        let mut options = Self::default();
        for option in split(text) {
            let (name, value) = option.split_once('=').unwrap_or((&option, ""));
            match name.trim().to_ascii_lowercase().as_str() {
                "allowdups" => options.allows_duplicates = true,
                "template" => options.is_template = true,
                "inherit" => options.inherits = ucx_config::value::list(value).map(str::to_owned).collect(),
                "catfilter" => {
                    let filter = Filter::parse(value).map_err(|_| Failure::from(INCOMPLETE))?;
                    options.filter = Some(filter);
                }
                _ => {}
            }
        }
        Ok(options)
    }
}
