//! What do the parties write to each other?

use std::time::Duration;

use ucx::clock::Patience;
use ucx::prelude::*;

use super::data::one_line;
use super::{Answered, Done, with};
use crate::session::Session;

/// The event of a text.
const TEXT: &str = "channel.text";

/// `SEND TEXT text`, by the dialplan's application.
pub fn send_text(session: &mut Session<'_>, words: &[String]) -> Done {
    session.call.execute("SendText", &words[0])?;
    with(0)
}

/// `RECEIVE TEXT timeout`, for ever with 0.
pub fn receive_text(session: &mut Session<'_>, words: &[String]) -> Done {
    match receive(session, &words[0])? {
        Received::Text(text) => with(format!("1 ({})", one_line(&text))),
        Received::Nothing => with(-1),
        Received::NoTime => Ok(Answered::Usage),
    }
}

/// `RECEIVE CHAR timeout`: the first character of a text.
pub fn receive_char(session: &mut Session<'_>, words: &[String]) -> Done {
    match receive(session, &words[0])? {
        Received::Text(text) => with(text.chars().next().map_or(0, u32::from)),
        Received::Nothing => with("-1 (hangup)"),
        Received::NoTime => Ok(Answered::Usage),
    }
}

enum Received {
    Text(String),
    /// None came in time.
    Nothing,
    /// The word is no time.
    NoTime,
}

/// The next text of the caller.
fn receive(session: &Session<'_>, time: &str) -> Result<Received, Error> {
    let Ok(time) = time.trim().parse::<i64>() else {
        return Ok(Received::NoTime);
    };
    let time = u64::try_from(time).ok().filter(|time| *time > 0);
    let patience = Patience::of(time.map(Duration::from_millis));
    loop {
        match session.call.next_event(patience.left())? {
            Some(event) if event.kind == TEXT => {
                return Ok(Received::Text(event.text("text").unwrap_or_default().to_owned()));
            }
            // Something else happened.
            Some(_) if !patience.is_over() => {}
            None if time.is_none() => {}
            Some(_) | None => return Ok(Received::Nothing),
        }
    }
}
