//! Which channels there are.

use crate::model::Channel;
use crate::operation::{Answer, Ctx, Operation, Reply};
use crate::request::Request;

/// What can be asked.
pub const OPERATIONS: &[Operation] = crate::operations!("channels";
    "list" => list,
    "get" => get,
);

async fn list(ctx: &Ctx, _: &Request) -> Answer {
    let (channels, clock) = (ctx.desk.channels().await?, ctx.handle.clock());
    let models: Vec<_> = channels
        .iter()
        .map(|channel| Channel::new(channel, clock))
        .collect();
    Ok(Reply::json(&models))
}

async fn get(ctx: &Ctx, request: &Request) -> Answer {
    let channel = ctx.desk.channel(request.path("channelId")).await?;
    Ok(Reply::json(&Channel::new(&channel, ctx.handle.clock())))
}
