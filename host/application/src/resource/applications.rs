//! Applications that are there, and what they listen to.

use super::endpoints;
use crate::applications::{Kind, Rejected, Source};
use crate::operation::{Answer, Ctx, Failure, Operation, Reply};
use crate::request::Request;
use ucx_call::{BridgeKind, Refusal};

/// What can be asked of them.
pub const OPERATIONS: &[Operation] = crate::operations!("applications";
    "list" => list,
    "get" => get,
    "subscribe" => subscribe,
    "unsubscribe" => unsubscribe,
    "filter" => filter,
);

async fn list(ctx: &Ctx, _: &Request) -> Answer {
    let models = ctx.handle.with_applications(|applications| applications.models());
    Ok(Reply::json(&models))
}

async fn get(ctx: &Ctx, request: &Request) -> Answer {
    model(ctx, request.path("applicationName"))
}

async fn subscribe(ctx: &Ctx, request: &Request) -> Answer {
    let name = request.path("applicationName");
    let sources = sources(ctx, request)?;
    for source in &sources {
        if !exists(ctx, source).await? {
            return Err(Failure::new(422, "Event source does not exist"));
        }
    }
    for source in &sources {
        let subscribed = ctx
            .handle
            .with_applications(|applications| applications.subscribe(name, source));
        subscribed.map_err(rejected)?;
    }
    model(ctx, name)
}

async fn unsubscribe(ctx: &Ctx, request: &Request) -> Answer {
    let name = request.path("applicationName");
    for source in sources(ctx, request)? {
        let done = ctx
            .handle
            .with_applications(|applications| applications.unsubscribe(name, &source));
        done.map_err(rejected)?;
    }
    model(ctx, name)
}

async fn filter(ctx: &Ctx, request: &Request) -> Answer {
    let name = request.path("applicationName");
    let invalid = || Failure::new(400, "Invalid format definition");
    ctx.handle.with_applications(|applications| {
        let filter = applications.filter(name).ok_or_else(not_found)?;
        // No body is as good as an empty one: both lists go.
        let nothing = serde_json::Map::new();
        let body = request.body().unwrap_or(&nothing);
        let filter = filter.changed(body).map_err(|_| invalid())?;
        applications.set_filter(name, filter).map_err(rejected)
    })?;
    model(ctx, name)
}

fn model(ctx: &Ctx, name: &str) -> Answer {
    let model = ctx
        .handle
        .with_applications(|applications| applications.model(name));
    Ok(Reply::json(&model.ok_or_else(not_found)?))
}

/// The sources a request names, for an application that is there.
fn sources(ctx: &Ctx, request: &Request) -> Result<Vec<Source>, Failure> {
    let uris = request.texts("eventSource");
    if uris.is_empty() {
        return Err(Failure::new(400, "Missing parameter eventSource"));
    }
    if !ctx.handle.is_registered(request.path("applicationName")) {
        return Err(not_found());
    }
    let parse =
        |uri: &String| Source::parse(uri).map_err(|_| Failure::new(400, "Invalid event source URI scheme"));
    uris.iter().map(parse).collect()
}

/// Whether there is something to listen to. Every device may come to be.
async fn exists(ctx: &Ctx, source: &Source) -> Result<bool, Failure> {
    let there = |found: Result<(), Refusal>| match found {
        Ok(()) => Ok(true),
        Err(Refusal::NoSuchChannel | Refusal::NoSuchBridge) => Ok(false),
        Err(refusal) => Err(refusal.into()),
    };
    match source {
        Source::Every(Kind::Channel | Kind::Bridge | Kind::Endpoint | Kind::Device) | Source::Device(_) => {
            Ok(true)
        }
        Source::Channel(id) => there(ctx.desk.channel(&**id).await.map(drop)),
        // Bridges of the dialplan are told, but nobody can ask for one of them.
        Source::Bridge(id) => match ctx.desk.bridge(id).await {
            Ok(bridge) => Ok(bridge.kind == BridgeKind::Stasis),
            other => there(other.map(drop)),
        },
        Source::Endpoint(id) => match id.split_once('/') {
            Some((technology, resource)) => Ok(endpoints::find(ctx, technology, resource).await?.is_some()),
            None => Ok(endpoints::is_known(id)),
        },
    }
}

fn rejected(rejected: Rejected) -> Failure {
    match rejected {
        Rejected::NoApplication => not_found(),
        Rejected::NotSubscribed => Failure::new(422, "Event source was not subscribed to"),
        Rejected::Full => Failure::new(500, "Error processing request"),
    }
}

fn not_found() -> Failure {
    Failure::new(404, "Application not found")
}
