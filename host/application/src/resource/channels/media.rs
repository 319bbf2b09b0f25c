//! Playing to a channel, and recording it.

use crate::operation::{Answer, Ctx, Operation};
use crate::request::Request;
use crate::resource::drive::{on_line, on_live_line, seat};
use crate::resource::media;

/// What can be asked.
pub const OPERATIONS: &[Operation] = crate::operations!("channels";
    "play" => play,
    "playWithId" => play,
    "record" => record,
);

async fn play(ctx: &Ctx, request: &Request) -> Answer {
    let seat = seat(ctx, request).await?;
    let language = on_live_line(ctx, &seat, |line, _| Ok(line.channel()?.language.clone())).await?;
    let spec = media::playback(ctx, request, &language)?;
    let view = on_live_line(ctx, &seat, move |_, session| Ok(session.deck.play(spec)?)).await?;
    Ok(media::play_created(&view))
}

async fn record(ctx: &Ctx, request: &Request) -> Answer {
    let seat = seat(ctx, request).await?;
    let spec = media::recording(ctx, request).await?;
    let view = on_line(ctx, &seat, move |_, session| Ok(session.deck.record(spec)?)).await?;
    Ok(media::record_created(&view))
}
