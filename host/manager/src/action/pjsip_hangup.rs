//! PJSIPHangup: ends a channel with a status of SIP.

use super::{Action, Call, Work, required};
use crate::event::Classes;
use crate::{Failure, Outcome, Reply};
use ucx_call::{Cause, Technology};

pub(super) static ACTION: Action = Action {
    name: "PJSIPHangup",
    synopsis: "Hang up a channel with a status of SIP.",
    arguments: &[
        required("Channel", "The channel's name."),
        required("Cause", "The status, as a number or by its name."),
    ],
    classes: &[Classes::SYSTEM, Classes::CALL],
    work: Work::Desk(|call| Box::pin(run(call))),
};

/// Names of statuses clients use.
const NAMES: [(&str, u16); 18] = [
    ("BAD_REQUEST", 400),
    ("UNAUTHORIZED", 401),
    ("FORBIDDEN", 403),
    ("NOT_FOUND", 404),
    ("METHOD_NOT_ALLOWED", 405),
    ("REQUEST_TIMEOUT", 408),
    ("GONE", 410),
    ("TEMPORARILY_UNAVAILABLE", 480),
    ("ADDRESS_INCOMPLETE", 484),
    ("BUSY_HERE", 486),
    ("NOT_ACCEPTABLE_HERE", 488),
    ("INTERNAL_SERVER_ERROR", 500),
    ("NOT_IMPLEMENTED", 501),
    ("BAD_GATEWAY", 502),
    ("SERVICE_UNAVAILABLE", 503),
    ("BUSY_EVERYWHERE", 600),
    ("DECLINE", 603),
    ("DOES_NOT_EXIST_ANYWHERE", 604),
];

async fn run(call: Call<'_>) -> Outcome {
    let request = call.request;
    let name = request.filled("Channel").ok_or("No channel specified")?;
    let text = request.filled("Cause").ok_or("No cause specified")?;
    let status = status(text).ok_or_else(|| Failure::from(format!("Invalid cause: {text}")))?;
    let channel = call.desk.channel(name).await?;
    if channel.technology != Technology::Pjsip {
        return Err("Channel is not a PJSIP channel".into());
    }
    call.desk.hangup(channel.id, cause(status)).await?;
    Ok(Reply::done(request, "Channel Hungup"))
}

fn status(text: &str) -> Option<u16> {
    let text = text.trim();
    if let Ok(number) = text.parse() {
        return (400..700).contains(&number).then_some(number);
    }
    let found = NAMES.iter().find(|(name, _)| text.eq_ignore_ascii_case(name));
    found.map(|(_, number)| *number)
}

/// The cause that stands for a status.
fn cause(status: u16) -> Cause {
    let same = match status {
        600 => 486,
        603 => 403,
        604 => 404,
        other => other,
    };
    let causes = (1..=127).map(Cause);
    let mut known = causes.filter(|cause| cause.sip_status() == Some(same));
    known.next().unwrap_or(Cause::NORMAL_TEMPORARY_FAILURE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_numbers_or_names_and_have_causes() {
        assert_eq!(status("busy_here"), Some(486));
        assert_eq!(status("404"), Some(404));
        assert_eq!((status("200"), status("NOSUCH")), (None, None));
        assert_eq!(cause(486), Cause::USER_BUSY);
        assert_eq!(cause(603), Cause::CALL_REJECTED);
        assert_eq!(cause(404), Cause::UNALLOCATED);
        assert_eq!(cause(499), Cause::NORMAL_TEMPORARY_FAILURE);
    }
}
