//! AbsoluteTimeout: hangs a channel up after a while.

use super::{Action, Call, Work, required};
use crate::event::Classes;
use crate::{Outcome, Reply};
use std::time::Duration;

pub(super) static ACTION: Action = Action {
    name: "AbsoluteTimeout",
    synopsis: "Hang a channel up after a while.",
    arguments: &[
        required("Channel", "The channel's name."),
        required("Timeout", "Seconds from now; 0 takes the limit away."),
    ],
    classes: &[Classes::SYSTEM, Classes::CALL],
    work: Work::Desk(|call| Box::pin(run(call))),
};

async fn run(call: Call<'_>) -> Outcome {
    let request = call.request;
    let channel = request.filled("Channel").ok_or("No channel specified")?;
    let timeout = request.filled("Timeout").ok_or("No timeout specified")?;
    let seconds: f64 = timeout.trim().parse().unwrap_or(0.0);
    // A text that is no length at all is taken as no limit, as the field takes it.
    let after = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::ZERO);
    let after = (!after.is_zero()).then_some(after);
    call.desk.set_absolute_timeout(channel, after).await?;
    Ok(Reply::done(request, "Timeout Set"))
}
