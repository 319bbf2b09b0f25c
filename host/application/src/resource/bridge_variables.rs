//! Variables of a bridge. A bridge has no functions.

use crate::model::Variable;
use crate::operation::{Answer, Ctx, Failure, Operation, Reply};
use crate::request::Request;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use ucx_call::Refusal;

/// What can be asked.
pub const OPERATIONS: &[Operation] = crate::operations!("bridges";
    "getBridgeVar" => get,
    "setBridgeVar" => set,
    "getBridgeVars" => get_several,
    "setBridgeVars" => set_several,
);

async fn get(ctx: &Ctx, request: &Request) -> Answer {
    let name = request.required("variable", "Variable name is required")?;
    let value = ctx
        .desk
        .bridge_variable(request.path("bridgeId"), &name)
        .await?
        .ok_or(Failure::new(404, "Provided variable was not found"))?;
    Ok(Reply::json(&Variable { value: &value }))
}

async fn get_several(ctx: &Ctx, request: &Request) -> Answer {
    let names = request.texts("variables");
    if names.is_empty() {
        return Err(Failure::new(400, "At least one variable name is required"));
    }
    let mut variables = Map::new();
    for name in names {
        let found = ctx.desk.bridge_variable(request.path("bridgeId"), &name).await;
        let value = found.map_err(missing)?.ok_or_else(|| unread(&name))?;
        variables.insert(name, Value::String(value.to_string()));
    }
    Ok(Reply::json(&json!({ "variables": variables })))
}

/// What a variable that is not there is answered with, and a function.
fn unread(name: &str) -> Failure {
    if name.contains('(') {
        Failure::new(500, "Unable to read provided function").because("Error With Function")
    } else {
        Failure::new(404, "Provided variable was not found").because("Variable Not Found")
    }
}

fn missing(refusal: Refusal) -> Failure {
    if refusal == Refusal::NoSuchBridge {
        Failure::new(404, "Provided bridge was not found").because("Bridge Not Found")
    } else {
        failed(refusal)
    }
}

async fn set(ctx: &Ctx, request: &Request) -> Answer {
    let name = request.required("variable", "Variable name is required")?;
    let value = request.raw("value").unwrap_or_default();
    let is_shown = request.flag("report_events");
    let variables = vec![(Arc::from(name.trim()), Arc::from(&*value), is_shown)];
    write(ctx, request.path("bridgeId"), variables)
        .await
        .map_err(failed)?;
    Ok(Reply::NO_CONTENT)
}

async fn set_several(ctx: &Ctx, request: &Request) -> Answer {
    match request.body().and_then(|body| body.get("variables")) {
        None => return Err(Failure::new(400, "The 'variables' field is required")),
        Some(Value::Object(_)) => {}
        Some(_) => return Err(Failure::new(400, "The 'variables' field must be a JSON object")),
    }
    let done = write(ctx, request.path("bridgeId"), given(request)?).await;
    done.map_err(missing)?;
    Ok(Reply::NO_CONTENT)
}

/// A variable, its value, and whether it is shown with the bridge from now on.
type Given = (Arc<str>, Arc<str>, bool);

/// The variables of the body.
///
/// # Errors
/// 400 for values of the wrong form.
pub fn given(request: &Request) -> Result<Vec<Given>, Failure> {
    let variables = request.variables()?.into_iter();
    Ok(variables
        .map(|variable| {
            let (name, value) = (Arc::from(variable.name), Arc::from(variable.value));
            (name, value, variable.report_events)
        })
        .collect())
}

/// Sets variables of a bridge.
///
/// # Errors
/// What the desk refuses; [`Refusal::Invalid`] for a function.
pub async fn write(ctx: &Ctx, bridge: &str, variables: Vec<Given>) -> Result<(), Refusal> {
    ctx.desk.set_bridge_variables(bridge, variables).await
}

fn failed(refusal: Refusal) -> Failure {
    if matches!(refusal, Refusal::Invalid(_)) {
        Failure::new(400, "Failed to execute function")
    } else {
        refusal.into()
    }
}
