//! Endpoints: which there are, whether they can be reached, and their channels.

use crate::model::{Endpoint, EndpointState};
use crate::operation::{Answer, Ctx, Failure, Operation, Reply};
use crate::request::Request;
use std::collections::BTreeMap;
use std::sync::Arc;
use ucx_call::{Refusal, Technology};
use ucx_pbx::MessageSpec;

/// What can be asked of them.
pub const OPERATIONS: &[Operation] = crate::operations!("endpoints";
    "list" => list,
    "listByTech" => list_by_technology,
    "get" => get,
    "sendMessage" => send_message,
    "sendMessageToEndpoint" => send_message_to,
);

async fn list(ctx: &Ctx, _: &Request) -> Answer {
    Ok(Reply::json(&all(ctx).await?))
}

async fn list_by_technology(ctx: &Ctx, request: &Request) -> Answer {
    let technology = request.path("tech");
    if !is_known(technology) {
        let message = format!("No Endpoints found - invalid tech {technology}");
        return Err(Failure::new(404, message));
    }
    let mut endpoints = all(ctx).await?;
    endpoints.retain(|endpoint| endpoint.technology.eq_ignore_ascii_case(technology));
    Ok(Reply::json(&endpoints))
}

async fn get(ctx: &Ctx, request: &Request) -> Answer {
    let found = find(ctx, request.path("tech"), request.path("resource")).await?;
    let endpoint = found.ok_or(Failure::new(404, "Endpoint not found"))?;
    Ok(Reply::json(&endpoint))
}

/// To `pjsip:NAME`, whatever follows the name.
async fn send_message(ctx: &Ctx, request: &Request) -> Answer {
    let to = request.required("to", "To must be specified")?;
    let (technology, rest) = to.split_once(':').unwrap_or_default();
    let name = rest.split(['/', '@']).next().unwrap_or(rest);
    send(ctx, request, technology, name).await
}

async fn send_message_to(ctx: &Ctx, request: &Request) -> Answer {
    send(ctx, request, request.path("tech"), request.path("resource")).await
}

async fn send(ctx: &Ctx, request: &Request, technology: &str, name: &str) -> Answer {
    let missing = || Failure::new(404, "Endpoint not found");
    if find(ctx, technology, name).await?.is_none() {
        return Err(missing());
    }
    let from = request.text("from").unwrap_or_default();
    let body = request.raw("body").unwrap_or_default();
    let only_texts = |_| Failure::new(400, "Only string values in the 'variables' object allowed");
    let variables = request.variables().map_err(only_texts)?.into_iter();
    let headers = variables
        .map(|variable| (Arc::from(variable.name), Arc::from(variable.value)))
        .collect();
    let spec = MessageSpec {
        endpoint: Some(Arc::from(name)),
        uri: None,
        from: Some(Arc::from(from)),
        headers,
    };
    match ctx.desk.send_message(spec, &body).await {
        // Accepted is not delivered: that an endpoint is away is no mistake of whoever asks.
        Ok(()) | Err(Refusal::Conflict(_)) => Ok(Reply::ACCEPTED),
        Err(refusal) => Err(refusal.into()),
    }
}

/// Whether endpoints of that technology can be.
pub fn is_known(technology: &str) -> bool {
    technology.eq_ignore_ascii_case(Technology::Pjsip.as_str())
}

/// One endpoint, if there is such a one.
///
/// # Errors
/// What the desk refuses.
pub async fn find(ctx: &Ctx, technology: &str, resource: &str) -> Result<Option<Endpoint>, Refusal> {
    if !is_known(technology) {
        return Ok(None);
    }
    let endpoints = all(ctx).await?;
    Ok(endpoints
        .into_iter()
        .find(|endpoint| endpoint.resource == resource))
}

async fn all(ctx: &Ctx) -> Result<Vec<Endpoint>, Refusal> {
    let pjsip = ctx.desk.pjsip().await?;
    let contacts = ctx.desk.contacts().await?;
    let mut states: BTreeMap<Arc<str>, EndpointState> = BTreeMap::new();
    for contact in contacts {
        let state = states.entry(contact.endpoint).or_insert(EndpointState::Offline);
        if !matches!(contact.status, "Unreachable" | "Removed") {
            *state = EndpointState::Online;
        }
    }
    let mut channels: BTreeMap<Arc<str>, Vec<String>> = BTreeMap::new();
    for channel in ctx.desk.channels().await? {
        if channel.technology == Technology::Pjsip {
            let ids = channels.entry(channel.endpoint.clone()).or_default();
            ids.push(channel.uniqueid.to_string());
        }
    }
    let endpoint = |name: &String| Endpoint {
        technology: Technology::Pjsip.as_str().to_owned(),
        resource: name.clone(),
        state: states.get(&**name).copied().unwrap_or(EndpointState::Offline),
        channel_ids: channels.remove(&**name).unwrap_or_default(),
    };
    Ok(pjsip.endpoints.keys().map(endpoint).collect())
}
