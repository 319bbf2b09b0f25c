//! The host itself: who it is, its modules, its global variables.

use crate::model::{
    AsteriskInfo, AsteriskPing, BuildInfo, ConfigInfo, LogChannel, Module, SetId, StatusInfo, SystemInfo,
    Variable,
};
use crate::operation::{Answer, Ctx, Failure, Operation, Reply};
use crate::request::Request;
use ucx_call::Refusal;
use ucx_pbx::{LogChange, Reloaded};

/// What can be asked of it.
pub const OPERATIONS: &[Operation] = crate::operations!("asterisk";
    "getInfo" => info,
    "ping" => ping,
    "listModules" => list_modules,
    "getModule" => module,
    "loadModule" => load_module,
    "unloadModule" => unload_module,
    "reloadModule" => reload_module,
    "listLogChannels" => list_logs,
    "addLog" => add_log,
    "deleteLog" => delete_log,
    "rotateLog" => rotate_log,
    "getGlobalVar" => variable,
    "setGlobalVar" => set_variable,
);

/// The language of sounds where no channel says another.
const LANGUAGE: &str = "en";

async fn info(ctx: &Ctx, request: &Request) -> Answer {
    let only = request.texts("only");
    let wants = |part: &str| only.is_empty() || only.iter().any(|wanted| wanted == part);
    let identity = ctx.host.identity();
    let clock = ctx.handle.clock();
    let (up, since_reload) = ctx.host.times();
    let ago = |time| clock.stamp(clock.now().saturating_sub(time)).to_string();
    Ok(Reply::json(&AsteriskInfo {
        build: wants("build").then(build),
        system: wants("system").then(|| SystemInfo {
            version: identity.version.to_string(),
            entity_id: identity.entity_id.to_string(),
        }),
        config: wants("config").then(|| ConfigInfo {
            name: identity.system_name.to_string(),
            default_language: LANGUAGE.to_owned(),
            max_channels: None,
            max_open_files: None,
            setid: SetId::default(),
        }),
        status: wants("status").then(|| StatusInfo {
            startup_time: ago(up),
            last_reload_time: ago(since_reload),
        }),
    }))
}

/// What is known of the build. Builds can be repeated, so nobody knows when and by whom this one was made.
fn build() -> BuildInfo {
    BuildInfo {
        os: "Linux".to_owned(),
        kernel: String::new(),
        machine: std::env::consts::ARCH.to_owned(),
        options: String::new(),
        date: String::new(),
        user: String::new(),
    }
}

async fn ping(ctx: &Ctx, _: &Request) -> Answer {
    let clock = ctx.handle.clock();
    Ok(Reply::json(&AsteriskPing {
        ping: "pong",
        timestamp: clock.stamp(clock.now()).to_string(),
        asterisk_id: ctx.host.identity().entity_id.to_string(),
    }))
}

async fn list_modules(ctx: &Ctx, _: &Request) -> Answer {
    let modules: Vec<_> = ctx.host.modules().iter().map(model).collect();
    Ok(Reply::json(&modules))
}

async fn module(ctx: &Ctx, request: &Request) -> Answer {
    let module = find(ctx, request).filter(|module| module.is_running);
    let missing = "Module could not be found in running modules";
    let module = module.ok_or(Failure::new(404, missing))?;
    Ok(Reply::json(&model(&module)))
}

async fn list_logs(ctx: &Ctx, _: &Request) -> Answer {
    let logs = ctx.host.logs().into_iter().map(|log| LogChannel {
        channel: log.channel,
        kind: if log.is_file { "File" } else { "Console" }.to_owned(),
        status: "Enabled".to_owned(),
        configuration: log
            .levels
            .iter()
            .fold(String::new(), |all, level| all + level + " "),
    });
    Ok(Reply::json(&logs.collect::<Vec<_>>()))
}

async fn add_log(ctx: &Ctx, request: &Request) -> Answer {
    let missing = "Configuration levels are required";
    let levels = request.required("configuration", missing)?;
    change_log(ctx, request, LogChange::Add(&levels), Failure::new(400, missing)).await
}

async fn delete_log(ctx: &Ctx, request: &Request) -> Answer {
    change_log(ctx, request, LogChange::Remove, no_log()).await
}

async fn rotate_log(ctx: &Ctx, request: &Request) -> Answer {
    change_log(ctx, request, LogChange::Rotate, no_log()).await
}

fn no_log() -> Failure {
    Failure::new(404, "Log channel does not exist")
}

async fn change_log(ctx: &Ctx, request: &Request, change: LogChange<'_>, invalid: Failure) -> Answer {
    let name = request.path("logChannelName");
    match ctx.host.change_log(ctx.desk.principal(), name, change).await {
        Ok(()) => Ok(Reply::NO_CONTENT),
        Err(Refusal::Invalid(_)) => Err(invalid),
        Err(Refusal::Conflict(_)) => Err(Failure::new(409, "Log channel already exists")),
        Err(refusal) => Err(refusal.into()),
    }
}

async fn load_module(ctx: &Ctx, request: &Request) -> Answer {
    if find(ctx, request).is_some_and(|module| module.is_running) {
        return Err(Failure::new(409, "Module is already loaded"));
    }
    set_module(ctx, request, true, "Module could not be loaded properly").await
}

async fn unload_module(ctx: &Ctx, request: &Request) -> Answer {
    if !find(ctx, request).is_some_and(|module| module.is_running) {
        return Err(Failure::new(404, "Module not found in running modules"));
    }
    set_module(ctx, request, false, "Module could not be unloaded").await
}

async fn set_module(ctx: &Ctx, request: &Request, is_loaded: bool, refused: &'static str) -> Answer {
    let name = request.path("moduleName");
    let set = ctx.host.set_module(ctx.desk.principal(), name, is_loaded).await;
    match set {
        Ok(()) => Ok(Reply::NO_CONTENT),
        Err(refusal @ Refusal::Denied(_)) => Err(refusal.into()),
        Err(_) => Err(Failure::new(409, refused)),
    }
}

async fn reload_module(ctx: &Ctx, request: &Request) -> Answer {
    if !find(ctx, request).is_some_and(|module| module.is_running) {
        return Err(Failure::new(404, "Module not found in running modules"));
    }
    let name = Some(request.path("moduleName"));
    match ctx.host.reload(ctx.desk.principal(), name).await? {
        Reloaded::Done => Ok(Reply::NO_CONTENT),
        Reloaded::NotFound => Err(Failure::new(404, "Module could not be found")),
        Reloaded::Failed => Err(Failure::new(
            409,
            "An unknown error occurred while reloading the module",
        )),
        Reloaded::Unsupported => Err(Failure::new(409, "Module does not support reloading")),
    }
}

async fn variable(ctx: &Ctx, request: &Request) -> Answer {
    let name = request.required("variable", "Variable name is required")?;
    let value = match ctx.desk.variable(None, &name).await {
        Ok(value) => value.unwrap_or_default(),
        // What cannot be read is empty, as in the dialplan.
        Err(Refusal::Invalid(_)) => String::new(),
        Err(refusal) => return Err(refusal.into()),
    };
    Ok(Reply::json(&Variable { value: &value }))
}

async fn set_variable(ctx: &Ctx, request: &Request) -> Answer {
    let name = request.required("variable", "Variable name is required")?;
    let value = request.raw("value").unwrap_or_default();
    match ctx.desk.set_variable(None, &name, &value).await {
        // What cannot be set stays, as in the dialplan.
        Ok(()) | Err(Refusal::Invalid(_)) => Ok(Reply::NO_CONTENT),
        Err(refusal) => Err(refusal.into()),
    }
}

fn find(ctx: &Ctx, request: &Request) -> Option<ucx_pbx::Module> {
    let name = request.path("moduleName");
    ctx.host.modules().into_iter().find(|module| module.name == name)
}

fn model(module: &ucx_pbx::Module) -> Module {
    Module {
        name: module.name.to_owned(),
        description: module.description.to_owned(),
        use_count: 0,
        status: if module.is_running {
            "Running"
        } else {
            "Not Running"
        }
        .to_owned(),
        support_level: "core".to_owned(),
    }
}
