//! Events that clients make up.

use super::endpoints;
use crate::event::Message;
use crate::operation::{Answer, Ctx, Failure, Operation, Reply};
use crate::request::Request;
use ucx_call::{Refusal, Right};

/// What can be asked.
pub const OPERATIONS: &[Operation] = crate::operations!("events";
    "userEvent" => user_event,
);

async fn user_event(ctx: &Ctx, request: &Request) -> Answer {
    let application = request.required("application", "Missing parameter application")?;
    if !ctx.handle.is_registered(&application) {
        return Err(Failure::new(404, "Application not found"));
    }
    // It goes to one application and not through the desk, which would have asked.
    if !ctx.desk.principal().rights.has(Right::UserEvents) {
        return Err(Refusal::Denied(Right::UserEvents).into());
    }
    let (mut channel, mut bridge, mut endpoint) = (None, None, None);
    for uri in request.texts("source") {
        let invalid = Failure::new(400, "Invalid event source URI scheme");
        let (scheme, id) = uri.split_once(':').ok_or(invalid.clone())?;
        match scheme {
            "channel" => channel = Some(ctx.desk.channel(id).await.map_err(missing)?),
            "bridge" => bridge = Some(ctx.desk.bridge(id).await.map_err(missing)?),
            "endpoint" => {
                let (technology, resource) = id.split_once('/').unwrap_or((id, ""));
                let found = endpoints::find(ctx, technology, resource).await?;
                endpoint = Some(found.ok_or_else(not_found)?);
            }
            _ => return Err(invalid),
        }
    }
    let message = Message::ChannelUserevent {
        name: request.path("eventName").to_owned(),
        userevent: request.variables_object().cloned().unwrap_or_default(),
        channel,
        bridge,
        endpoint,
    };
    ctx.handle.tell(0, &application, message);
    Ok(Reply::NO_CONTENT)
}

fn missing(refusal: Refusal) -> Failure {
    if matches!(refusal, Refusal::NoSuchChannel | Refusal::NoSuchBridge) {
        not_found()
    } else {
        refusal.into()
    }
}

fn not_found() -> Failure {
    Failure::new(422, "Event source was not found")
}
