//! Ways a channel goes: hung up, on in the dialplan, into another application, elsewhere.

use crate::operation::{Answer, Ctx, Failure, Operation, Reply};
use crate::request::{Request, leading_integer};
use crate::resource::drive::{on_line, on_live_line, seat};
use crate::stasis::seat::Exit;
use ucx_call::{Cause, Place, Refusal};

/// What can be asked.
pub const OPERATIONS: &[Operation] = crate::operations!("channels";
    "hangup" => hangup,
    "continueInDialplan" => continue_in_dialplan,
    "move" => move_on,
    "redirect" => redirect,
);

/// The number the field shows with a request of its own for a channel's end.
const ASKED_FOR: Cause = Cause(32);

/// Causes by the words clients give them.
const REASONS: [(&str, Cause); 13] = [
    ("normal", Cause::NORMAL_CLEARING),
    ("busy", Cause::USER_BUSY),
    ("congestion", Cause::NORMAL_CIRCUIT_CONGESTION),
    ("no_answer", Cause::NO_ANSWER),
    ("timeout", Cause::NO_USER_RESPONSE),
    ("rejected", Cause::CALL_REJECTED),
    ("unallocated", Cause::UNALLOCATED),
    ("normal_unspecified", Cause::NORMAL_UNSPECIFIED),
    ("number_incomplete", Cause::INVALID_NUMBER_FORMAT),
    ("codec_mismatch", Cause::BEARERCAPABILITY_NOTAVAIL),
    ("interworking", Cause::INTERWORKING),
    ("failure", Cause::NETWORK_OUT_OF_ORDER),
    ("answered_elsewhere", Cause::ANSWERED_ELSEWHERE),
];

async fn hangup(ctx: &Ctx, request: &Request) -> Answer {
    let channel = ctx.desk.channel(request.path("channelId")).await?;
    ctx.desk
        .hangup_shown(channel.id, cause(request)?, ASKED_FOR)
        .await?;
    Ok(Reply::NO_CONTENT)
}

fn cause(request: &Request) -> Result<Cause, Failure> {
    match (request.text("reason_code"), request.text("reason")) {
        (Some(_), Some(_)) => Err(Failure::new(
            400,
            "The reason and reason_code can't both be specified",
        )),
        (Some(code), None) => code.trim().parse().map(Cause).map_err(|_| {
            Failure::new(400, "Invalid reason for hangup reason code provided").because("Invalid Reason Code")
        }),
        (None, Some(reason)) => {
            let known = REASONS.iter().find(|(word, _)| *word == reason);
            known.map(|(_, cause)| *cause).ok_or_else(|| {
                Failure::new(400, "Invalid reason for hangup reason provided").because("Invalid Reason")
            })
        }
        (None, None) => Ok(Cause::NORMAL_CLEARING),
    }
}

async fn continue_in_dialplan(ctx: &Ctx, request: &Request) -> Answer {
    let seat = seat(ctx, request).await?;
    let wanted = Wanted {
        context: request.text("context").map(String::from),
        exten: request.text("extension").map(String::from),
        priority: request.integer("priority").filter(|priority| *priority != 0),
        label: request.text("label").map(String::from),
    };
    on_live_line(ctx, &seat, move |line, session| {
        let here = line.channel()?.place.clone();
        let exit = match wanted.place(&here) {
            Ok(Some(Target::Place(place))) => {
                if let Err(refusal) = line.may_enter(&place.context) {
                    return Ok(Err(refusal.into()));
                }
                Some(place)
            }
            Ok(Some(Target::Label(target))) => {
                // What the line finds there it goes to by itself.
                if line.goto(&target).is_err() {
                    return Ok(Err(Failure::new(404, "Requested label can not be found")));
                }
                None
            }
            Ok(None) => None,
            Err(failure) => return Ok(Err(failure)),
        };
        session.exit = Some(Exit::Continue(exit));
        Ok(Ok(()))
    })
    .await??;
    Ok(Reply::NO_CONTENT)
}

/// Where a client wants a channel to go on; parts it does not name stay as they are, but in another context it is `s`.
struct Wanted {
    context: Option<String>,
    exten: Option<String>,
    priority: Option<i64>,
    label: Option<String>,
}

#[derive(Debug, PartialEq)]
enum Target {
    Place(Place),
    /// `context,exten,label`.
    Label(String),
}

impl Wanted {
    /// None if it names nothing.
    fn place(&self, here: &Place) -> Result<Option<Target>, Failure> {
        let context = self.context.as_deref().unwrap_or(&here.context);
        // The extension of another context says nothing here.
        let stays = if self.context.is_some() { "s" } else { &here.exten };
        let exten = self.exten.as_deref().unwrap_or(stays);
        let is_elsewhere = self.context.is_some() || self.exten.is_some();
        let priority = match &self.label {
            Some(label) if label.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
                Some(leading_integer(label))
            }
            Some(label) => return Ok(Some(Target::Label(format!("{context},{exten},{label}")))),
            None => self.priority,
        };
        let priority = match priority {
            Some(priority) => u32::try_from(priority)
                .ok()
                .filter(|priority| *priority > 0)
                .ok_or(Failure::new(400, "Requested priority is illegal"))?,
            None if is_elsewhere => 1,
            None => return Ok(None),
        };
        Ok(Some(Target::Place(Place::new(context, exten, priority))))
    }
}

async fn move_on(ctx: &Ctx, request: &Request) -> Answer {
    let seat = seat(ctx, request).await?;
    let exit = Exit::Move {
        application: request.text("app").map(String::from).unwrap_or_default(),
        args: request
            .text("appArgs")
            .map(|args| args.split(',').map(str::to_owned).collect())
            .unwrap_or_default(),
    };
    on_line(ctx, &seat, move |_, session| {
        session.exit = Some(exit);
        Ok(())
    })
    .await?;
    Ok(Reply::NO_CONTENT)
}

/// Sends a caller elsewhere. One who was answered already stays: there is nothing to tell it with.
async fn redirect(ctx: &Ctx, request: &Request) -> Answer {
    let seat = seat(ctx, request).await?;
    let missing = "Required parameter 'endpoint' not provided.";
    let endpoint = request
        .text("endpoint")
        .ok_or(Failure::new(400, missing).because("Not Found"))?
        .into_owned();
    let technology = on_live_line(ctx, &seat, |line, _| Ok(line.channel()?.technology.as_str())).await?;
    match endpoint.split_once('/') {
        None => {
            let message = format!("Endpoint parameter '{endpoint}' does not contain tech/resource");
            Err(Failure::new(422, message))
        }
        Some((_, "")) => {
            let message = format!("No resource provided in endpoint parameter '{endpoint}'");
            Err(Failure::new(422, message))
        }
        Some((wanted, _)) if !wanted.eq_ignore_ascii_case(technology) => {
            let message =
                format!("Endpoint technology '{wanted}' does not match channel technology '{technology}'");
            Err(Failure::new(422, message))
        }
        Some((_, resource)) => {
            let done = ctx.desk.deflect(seat.channel, resource).await;
            done.map_err(|refusal| {
                if matches!(refusal, Refusal::Conflict(_) | Refusal::Invalid(_)) {
                    Failure::new(500, "Failed to redirect channel")
                } else {
                    refusal.into()
                }
            })?;
            Ok(Reply::NO_CONTENT)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_those_of_the_field() {
        let request = |query: &[(&str, &str)]| Request::test(&[], query, None);
        assert_eq!(cause(&request(&[])), Ok(Cause(16)));
        for (word, code) in [
            ("normal", 16),
            ("busy", 17),
            ("congestion", 34),
            ("no_answer", 19),
            ("timeout", 18),
            ("rejected", 21),
            ("unallocated", 1),
            ("normal_unspecified", 31),
            ("number_incomplete", 28),
            ("codec_mismatch", 58),
            ("interworking", 127),
            ("failure", 38),
            ("answered_elsewhere", 26),
        ] {
            assert_eq!(cause(&request(&[("reason", word)])), Ok(Cause(code)), "{word}");
        }
        assert_eq!(cause(&request(&[("reason_code", "999")])), Ok(Cause(999)));
        for (query, reason) in [
            (&[("reason", "bogus")][..], "Invalid Reason"),
            (&[("reason_code", "abc")], "Invalid Reason Code"),
            (&[("reason", "busy"), ("reason_code", "21")], "Bad Request"),
        ] {
            let failure = cause(&request(query)).expect_err("it is no reason");
            assert_eq!((failure.status, failure.reason), (400, reason));
        }
    }

    #[test]
    fn a_place_is_what_is_named_and_what_stays() {
        let here = Place::new("gold", "app", 1);
        let wanted = |context: Option<&str>, exten: Option<&str>, priority, label: Option<&str>| {
            Wanted {
                context: context.map(str::to_owned),
                exten: exten.map(str::to_owned),
                priority,
                label: label.map(str::to_owned),
            }
            .place(&here)
        };
        let place = |context, exten, priority| Ok(Some(Target::Place(Place::new(context, exten, priority))));
        assert_eq!(wanted(None, None, None, None), Ok(None));
        assert_eq!(wanted(Some("c"), Some("e"), Some(3), None), place("c", "e", 3));
        assert_eq!(wanted(None, Some("e"), None, None), place("gold", "e", 1));
        assert_eq!(wanted(Some("c"), None, None, None), place("c", "s", 1));
        assert_eq!(wanted(None, None, Some(4), None), place("gold", "app", 4));
        assert_eq!(wanted(None, None, None, Some("2")), place("gold", "app", 2));
        let label = Target::Label("gold,after,lab".to_owned());
        assert_eq!(wanted(None, Some("after"), None, Some("lab")), Ok(Some(label)));
        for priority in [Some("-1"), Some("0")] {
            let failure = wanted(None, None, None, priority).expect_err("it is no priority");
            assert_eq!(failure.message, "Requested priority is illegal");
        }
    }
}
