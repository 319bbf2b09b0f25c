//! ModuleLoad: loads, unloads or reloads a module.

use super::{Action, Call, Work, modules, optional, required};
use crate::event::Classes;
use crate::{Failure, Outcome, Reply};
use ucx_call::Refusal;
use ucx_pbx::Reloaded;

pub(super) static ACTION: Action = Action {
    name: "ModuleLoad",
    synopsis: "Load, unload or reload a module.",
    arguments: &[
        required("LoadType", "load, unload, reload or refresh."),
        optional(
            "Module",
            "Its name with its ending; without one, all are reloaded.",
        ),
    ],
    classes: &[Classes::SYSTEM],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let request = call.request;
    let kind = request.text("LoadType").to_ascii_lowercase();
    let name = request.filled("Module");
    if name.is_some_and(|name| name.contains('/')) {
        return Err("Module must be in the configured modules directory.".into());
    }
    if kind == "reload" {
        return reload(&call, name).await;
    }
    let Some(name) = name else {
        return Err(if kind.is_empty() {
            "Incomplete ModuleLoad action."
        } else {
            "Need module name"
        }
        .into());
    };
    let is_there = modules::find(&call, name).is_some_and(|module| module.name == name);
    if !is_there {
        return Err("Module not found.".into());
    }
    let done = match kind.as_str() {
        "load" => {
            set(&call, name, true).await?.ok_or("Could not load module.")?;
            "Module loaded."
        }
        "unload" => {
            set(&call, name, false).await?.ok_or("Could not unload module.")?;
            "Module unloaded."
        }
        "refresh" => {
            set(&call, name, false)
                .await?
                .ok_or("Could not refresh module.")?;
            set(&call, name, true).await?.ok_or("Could not refresh module.")?;
            "Module unloaded and loaded."
        }
        _ => return Err("Incomplete ModuleLoad action.".into()),
    };
    Ok(Reply::done(request, done))
}

/// Loads or unloads; none if that cannot be.
async fn set(call: &Call<'_>, name: &str, is_loaded: bool) -> Result<Option<()>, Failure> {
    match call.host.set_module(call.desk.principal(), name, is_loaded).await {
        Ok(()) => Ok(Some(())),
        Err(refusal @ (Refusal::Denied(_) | Refusal::Shutdown)) => Err(refusal.into()),
        Err(_) => Ok(None),
    }
}

async fn reload(call: &Call<'_>, name: Option<&str>) -> Outcome {
    if name.is_some_and(|name| !modules::is_reloadable_name(call, name)) {
        return Err("No such module.".into());
    }
    match call.host.reload(call.desk.principal(), name).await? {
        Reloaded::Done if name.is_none() => Ok(Reply::done(call.request, "All modules reloaded")),
        Reloaded::Done => Ok(Reply::done(call.request, "Module reloaded.")),
        Reloaded::NotFound => Err("No such module.".into()),
        Reloaded::Unsupported => Err("Module does not support reload action.".into()),
        Reloaded::Failed => Err("An unknown error occurred".into()),
    }
}
