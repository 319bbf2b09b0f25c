//! Which channels there are.

use crate::model::RtpStatistics;
use crate::operation::{Answer, Ctx, Failure, Operation, Reply};
use crate::request::Request;
use crate::resource::shown;

/// What can be asked.
pub const OPERATIONS: &[Operation] = crate::operations!("channels";
    "list" => list,
    "get" => get,
    "rtpstatistics" => rtp_statistics,
);

async fn list(ctx: &Ctx, _: &Request) -> Answer {
    shown::several(ctx, &ctx.desk.channels().await?).await
}

async fn get(ctx: &Ctx, request: &Request) -> Answer {
    let channel = ctx.desk.channel(request.path("channelId")).await?;
    shown::one(ctx, &channel).await
}

async fn rtp_statistics(ctx: &Ctx, request: &Request) -> Answer {
    let channel = ctx.desk.channel(request.path("channelId")).await?;
    let statistics = ctx.desk.media_statistics(channel.id).await?;
    let statistics = statistics.ok_or(Failure::new(404, "RTP info not found"))?;
    Ok(Reply::json(&RtpStatistics::new(&channel.uniqueid, &statistics)))
}
