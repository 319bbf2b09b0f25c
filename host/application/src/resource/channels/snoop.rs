//! Channels that overhear others, or whisper to them.

use crate::operation::{Answer, Ctx, Failure, Operation};
use crate::request::Request;
use crate::resource::shown;
use std::sync::Arc;
use ucx_call::Refusal;
use ucx_pbx::Ways;

/// What can be asked.
pub const OPERATIONS: &[Operation] = crate::operations!("channels";
    "snoopChannel" => snoop,
    "snoopChannelWithId" => snoop,
);

async fn snoop(ctx: &Ctx, request: &Request) -> Answer {
    let spies = ways(request, "spy")?;
    let whispers = ways(request, "whisper")?;
    if !spies.any() && !whispers.any() {
        return Err(Failure::new(
            400,
            "Direction must be specified for at least spy or whisper",
        ));
    }
    let application = request.required("app", "Application name is required")?;
    let id = match request.path("snoopId") {
        "" => request.text("snoopId").map(|id| Arc::from(&*id)),
        id => Some(Arc::from(id)),
    };
    let to = super::make::into_application(&application, request);
    let made = ctx
        .desk
        .snoop(request.path("channelId"), spies, whispers, id, to)
        .await;
    let channel = made.map_err(|refusal| {
        if refusal == Refusal::NoSuchChannel {
            Failure::new(404, "Provided channel was not found").because("Channel Not Found")
        } else if matches!(refusal, Refusal::Denied(_) | Refusal::Shutdown) {
            refusal.into()
        } else {
            Failure::new(500, "Snoop channel could not be created").because("Internal error")
        }
    })?;
    // It may be in its application by now.
    let channel = ctx.desk.channel(channel.id).await.unwrap_or(channel);
    shown::one(ctx, &channel).await
}

/// `in` is what the far end says, `out` what it hears.
fn ways(request: &Request, name: &str) -> Result<Ways, Failure> {
    let (said, heard) = match request.text(name).as_deref() {
        None | Some("none") => (false, false),
        Some("in") => (true, false),
        Some("out") => (false, true),
        Some("both") => (true, true),
        Some(_) => {
            return Err(Failure::new(
                400,
                format!("Invalid direction specified for {name}"),
            ));
        }
    };
    Ok(Ways { said, heard })
}
