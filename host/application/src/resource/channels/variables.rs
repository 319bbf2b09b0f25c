//! Variables and functions of a channel.

use crate::model::Variable;
use crate::operation::{Answer, Ctx, Failure, Operation, Reply};
use crate::request::{Request, Variable as Set};
use crate::resource::drive::{on_line, seat};
use serde_json::{Map, Value, json};
use ucx_call::Refusal;
use ucx_pbx::ChannelKey;

/// What can be asked.
pub const OPERATIONS: &[Operation] = crate::operations!("channels";
    "getChannelVar" => get,
    "setChannelVar" => set,
    "getChannelVars" => get_several,
    "setChannelVars" => set_several,
);

/// How the reason begins if nobody has a function.
const NO_FUNCTION: &str = "no function ";

async fn get(ctx: &Ctx, request: &Request) -> Answer {
    let name = request.required("variable", "Variable name is required")?;
    let value = read(ctx, request, &name).await?;
    Ok(Reply::json(&Variable { value: &value }))
}

async fn get_several(ctx: &Ctx, request: &Request) -> Answer {
    let names = request.texts("variables");
    if names.is_empty() {
        return Err(Failure::new(400, "At least one variable name is required"));
    }
    let mut variables = Map::new();
    for name in names {
        let value = read(ctx, request, &name).await?;
        variables.insert(name, Value::String(value));
    }
    Ok(Reply::json(&json!({ "variables": variables })))
}

async fn read(ctx: &Ctx, request: &Request, name: &str) -> Result<String, Failure> {
    let key = ChannelKey::from(request.path("channelId"));
    let missing = || Failure::new(404, "Provided variable was not found").because("Variable Not Found");
    match ctx.desk.variable(Some(key), name).await {
        // A variable that is set to nothing is none; a function may well have that value.
        Ok(Some(value)) if value.is_empty() && !name.contains('(') => Err(missing()),
        Ok(Some(value)) => Ok(value),
        Ok(None) => Err(missing()),
        Err(Refusal::NoSuchChannel) => {
            Err(Failure::new(404, "Provided channel was not found").because("Channel Not Found"))
        }
        Err(Refusal::Invalid(_)) => {
            Err(Failure::new(500, "Unable to read provided function").because("Error With Function"))
        }
        Err(refusal) => Err(refusal.into()),
    }
}

async fn set(ctx: &Ctx, request: &Request) -> Answer {
    let name = request.required("variable", "Variable name is required")?;
    let value = request.raw("value").unwrap_or_default();
    let variable = Set {
        name: name.trim().to_owned(),
        value: value.into_owned(),
        report_events: request.flag("report_events"),
    };
    write(ctx, request, vec![variable]).await
}

async fn set_several(ctx: &Ctx, request: &Request) -> Answer {
    match request.body().and_then(|body| body.get("variables")) {
        None => return Err(Failure::new(400, "The 'variables' field is required")),
        Some(Value::Object(_)) => {}
        Some(_) => return Err(Failure::new(400, "The 'variables' field must be a JSON object")),
    }
    match write(ctx, request, request.variables()?).await {
        Err(failure) if failure.status == 404 => {
            Err(Failure::new(404, "Provided channel was not found").because("Channel Not Found"))
        }
        answer => answer,
    }
}

async fn write(ctx: &Ctx, request: &Request, variables: Vec<Set>) -> Answer {
    let seat = seat(ctx, request).await?;
    for variable in variables.iter().filter(|variable| variable.report_events) {
        ctx.handle.report_variable(&seat.uniqueid, &variable.name);
    }
    let has_failed = on_line(ctx, &seat, move |line, _| {
        let mut has_failed = false;
        for Set { name, value, .. } in variables {
            if let Err(reason) = line.assign(&name, &value) {
                tracing::warn!(%name, %reason, "a variable was not set");
                // A variable that cannot be set stays as in the dialplan, and a function nobody has is none.
                has_failed |= name.contains('(') && !reason.starts_with(NO_FUNCTION);
            }
        }
        Ok(has_failed)
    })
    .await?;
    if has_failed {
        return Err(Failure::new(400, "Failed to execute function"));
    }
    Ok(Reply::NO_CONTENT)
}
