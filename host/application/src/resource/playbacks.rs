//! Playbacks, wherever they play.

use crate::operation::{Answer, Ctx, Failure, Operation, Reply};
use crate::request::Request;
use crate::resource::drive::on_line;
use crate::stasis::board::Owner;
use crate::stasis::deck::{self, Declined};
use crate::stasis::stage::Task;
use std::sync::Arc;

/// What can be asked of them.
pub const OPERATIONS: &[Operation] = crate::operations!("playbacks";
    "get" => get,
    "stop" => stop,
    "control" => control,
);

async fn get(ctx: &Ctx, request: &Request) -> Answer {
    let found = ctx.handle.board().playback(request.path("playbackId"));
    let (view, _) = found.ok_or_else(not_found)?;
    Ok(Reply::json(&view))
}

async fn stop(ctx: &Ctx, request: &Request) -> Answer {
    let id: Arc<str> = Arc::from(request.path("playbackId"));
    let (_, owner) = ctx.handle.board().playback(&id).ok_or_else(not_found)?;
    match owner {
        Owner::Channel(channel) => {
            let seat = ctx.handle.board().seat(&channel).ok_or_else(not_found)?;
            on_line(ctx, &seat, move |_, session| Ok(session.deck.stop(&id)))
                .await?
                .map_err(|_| not_found())?;
        }
        Owner::Bridge(bridge) => {
            let done = ctx
                .handle
                .board()
                .stage()
                .ask(ctx, bridge, Task::Stop(id))
                .await?;
            done.map_err(|_| not_found())?;
        }
    }
    Ok(Reply::NO_CONTENT)
}

async fn control(ctx: &Ctx, request: &Request) -> Answer {
    let word = request.required("operation", "Missing operation")?.into_owned();
    let id: Arc<str> = Arc::from(request.path("playbackId"));
    let found = ctx.handle.board().playback(&id);
    let Some(operation) = deck::Operation::parse(&word) else {
        return Err(Failure::new(400, format!("Invalid operation {word}")));
    };
    let (_, owner) = found.ok_or_else(not_found)?;
    let done = match owner {
        Owner::Channel(channel) => {
            let seat = ctx.handle.board().seat(&channel).ok_or_else(not_found)?;
            on_line(ctx, &seat, move |_, session| {
                Ok(session.deck.control(&id, operation))
            })
            .await?
        }
        Owner::Bridge(bridge) => {
            let task = Task::Control(id, operation);
            let stage = ctx.handle.board().stage();
            stage.ask(ctx, bridge, task).await?.map(drop)
        }
    };
    match done {
        Ok(()) => Ok(Reply::NO_CONTENT),
        Err(Declined::NotNow) => {
            let message = format!("Can only {word} while media is playing");
            Err(Failure::new(409, message))
        }
        Err(Declined::Unknown | Declined::Full) => Err(not_found()),
    }
}

fn not_found() -> Failure {
    Failure::new(404, "Playback not found")
}
