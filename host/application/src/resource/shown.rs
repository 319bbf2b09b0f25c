//! Channels in replies, with the variables that the operator wants shown with them.

use crate::model::Channel;
use crate::operation::{Answer, Ctx, Failure, Reply};
use std::sync::Arc;
use ucx_call::ChannelSnapshot;

type Shown = Vec<(Arc<str>, Arc<str>)>;

/// 200 with one channel.
pub async fn one(ctx: &Ctx, channel: &ChannelSnapshot) -> Answer {
    one_with(ctx, channel, Vec::new()).await
}

/// As [`one`], with further variables after those.
pub async fn one_with(ctx: &Ctx, channel: &ChannelSnapshot, more: Shown) -> Answer {
    let mut shown = values(ctx, [channel].into_iter())
        .await?
        .pop()
        .unwrap_or_default();
    shown.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    shown.extend(more);
    let model = Channel::new(channel, ctx.handle.clock()).with_variables(&shown);
    Ok(Reply::json(&model))
}

/// 200 with several.
pub async fn several(ctx: &Ctx, channels: &[Arc<ChannelSnapshot>]) -> Answer {
    let clock = ctx.handle.clock();
    let shown = values(ctx, channels.iter().map(|channel| &**channel)).await?;
    let shown = shown.iter().map(Vec::as_slice).chain(std::iter::repeat(&[][..]));
    let models = channels.iter().zip(shown);
    let models: Vec<_> = models
        .map(|(channel, shown)| Channel::new(channel, clock).with_variables(shown))
        .collect();
    Ok(Reply::json(&models))
}

/// Their values, channel by channel; nothing if the operator wants none shown.
async fn values(ctx: &Ctx, channels: impl Iterator<Item = &ChannelSnapshot>) -> Result<Vec<Shown>, Failure> {
    let names = ctx.handle.shown_variables();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let channels = channels.map(|channel| channel.id).collect();
    Ok(ctx.desk.shown_variables(channels, names).await?)
}
