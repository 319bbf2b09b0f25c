//! PlayDTMF: a digit to a channel's far end, or as if from it.

use super::{Action, Call, Work, optional, required};
use crate::event::Classes;
use crate::{Failure, Outcome, Reply};
use std::time::Duration;
use ucx_call::Refusal;

pub(super) static ACTION: Action = Action {
    name: "PlayDTMF",
    synopsis: "Send a digit to a channel.",
    arguments: &[
        required("Channel", "The channel's name."),
        required("Digit", "The digit."),
        optional("Duration", "How long it lasts, in milliseconds."),
        optional("Receive", "Take it as if the far end had pressed it."),
    ],
    classes: &[Classes::CALL],
    work: Work::Desk(|call| Box::pin(run(call))),
};

/// How long a digit lasts if nobody says.
const LENGTH_MS: u64 = 100;

async fn run(call: Call<'_>) -> Outcome {
    let request = call.request;
    let key = request.filled("Channel").ok_or("Channel not found")?;
    let channel = match call.desk.channel(key).await {
        Err(Refusal::NoSuchChannel) => return Err("Channel not found".into()),
        other => other?,
    };
    let digit = request.text("Digit").chars().next().ok_or("No digit specified")?;
    let is_received = request.is_true("Receive");
    let length = match request.filled("Duration") {
        // Nobody pressed it, so it took no time.
        None if is_received => 0,
        None => LENGTH_MS,
        Some(text) => text
            .trim()
            .parse()
            .map_err(|_| Failure::from("Could not convert Duration parameter"))?,
    };
    if is_received {
        let length = Duration::from_millis(length);
        call.desk.receive_digit(channel.id, digit, length).await?;
    } else {
        let length = Duration::from_millis(if length == 0 { LENGTH_MS } else { length });
        let digit = digit.to_string();
        call.desk
            .send_digits(channel.id, &digit, length, Duration::ZERO)
            .await?;
    }
    Ok(Reply::done(request, "DTMF successfully queued"))
}
