//! Recordings that wait or run, of channels and bridges.

use crate::operation::{Answer, Ctx, Failure, Operation, Reply};
use crate::request::Request;
use crate::resource::drive::on_line;
use crate::stasis::board::Owner;
use crate::stasis::deck::Declined;
use crate::stasis::stage::Task;
use std::sync::Arc;
use ucx_call::RecordingControl;

/// What can be asked of them.
pub const OPERATIONS: &[Operation] = crate::operations!("recordings";
    "getLive" => get,
    "cancel" => cancel,
    "stop" => stop,
    "pause" => pause,
    "unpause" => unpause,
    "mute" => mute,
    "unmute" => unmute,
);

async fn get(ctx: &Ctx, request: &Request) -> Answer {
    let found = ctx.handle.board().recording(request.path("recordingName"));
    let (view, _) = found.ok_or_else(not_found)?;
    Ok(Reply::json(&view))
}

async fn cancel(ctx: &Ctx, request: &Request) -> Answer {
    control(ctx, request, RecordingControl::Cancel).await
}

async fn stop(ctx: &Ctx, request: &Request) -> Answer {
    control(ctx, request, RecordingControl::Stop).await
}

async fn pause(ctx: &Ctx, request: &Request) -> Answer {
    control(ctx, request, RecordingControl::Pause).await
}

async fn unpause(ctx: &Ctx, request: &Request) -> Answer {
    control(ctx, request, RecordingControl::Unpause).await
}

async fn mute(ctx: &Ctx, request: &Request) -> Answer {
    control(ctx, request, RecordingControl::Mute).await
}

async fn unmute(ctx: &Ctx, request: &Request) -> Answer {
    control(ctx, request, RecordingControl::Unmute).await
}

async fn control(ctx: &Ctx, request: &Request, control: RecordingControl) -> Answer {
    let name: Arc<str> = Arc::from(request.path("recordingName"));
    let (_, owner) = ctx.handle.board().recording(&name).ok_or_else(not_found)?;
    let done = match owner {
        Owner::Channel(channel) => {
            let seat = ctx.handle.board().seat(&channel).ok_or_else(not_found)?;
            on_line(ctx, &seat, move |_, session| {
                Ok(session.deck.control_recording(&name, control))
            })
            .await?
        }
        Owner::Bridge(bridge) => {
            let task = Task::ControlRecording(name, control);
            let stage = ctx.handle.board().stage();
            stage.ask(ctx, bridge, task).await?.map(drop)
        }
    };
    match done {
        Ok(()) => Ok(Reply::NO_CONTENT),
        Err(Declined::NotNow) => Err(Failure::new(409, "Recording not in session")),
        Err(Declined::Unknown | Declined::Full) => Err(not_found()),
    }
}

fn not_found() -> Failure {
    Failure::new(404, "Recording not found")
}
