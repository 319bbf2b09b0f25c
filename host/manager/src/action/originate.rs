//! Originate: makes a call, into an extension or an application.

use super::{Action, Call, Work, forbidden, optional, priority, required};
use crate::event::Classes;
use crate::{Failure, Outcome, Reply};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{DialOutcome, Party, Place, Refusal, Right};
use ucx_pbx::{Destination, OriginateSpec};

pub(super) static ACTION: Action = Action {
    name: "Originate",
    synopsis: "Make a call.",
    arguments: &[
        required("Channel", "Whom to call: Technology/resource."),
        optional("Exten", "The extension the channel goes to."),
        optional("Context", "Its context."),
        optional("Priority", "Its priority, by number or label."),
        optional("Application", "The application the channel goes into instead."),
        optional("Data", "Its arguments."),
        optional("Timeout", "Milliseconds it may ring; 30000 without it."),
        optional("CallerID", "Who to show as the caller."),
        optional(
            "Variable",
            "Variables of the channel, NAME=value; may be repeated.",
        ),
        optional("Account", "Account code."),
        optional("EarlyMedia", "Whether it goes on as soon as there is sound."),
        optional("Async", "Whether to answer at once; an event tells how it ended."),
        optional("Codecs", "Codecs to offer."),
        optional("ChannelId", "The unique id of the channel."),
        optional(
            "OtherChannelId",
            "The unique id of a Local channel's second half.",
        ),
    ],
    classes: &[Classes::ORIGINATE],
    work: Work::Desk(|call| Box::pin(run(call))),
};

/// How long it rings if nobody says.
const TIMEOUT_MS: u64 = 30_000;

/// Longest unique id a client may choose.
const UNIQUEID_BYTES_MAX: usize = 149;

/// Variables one request may set.
const VARIABLES_MAX: usize = 64 * 16;

const BLACKLISTED: &str = "Originate Access Forbidden: app or data blacklisted";

async fn run(call: Call<'_>) -> Outcome {
    let request = call.request;
    let spec = spec(&call).await?;
    let is_async = request.is_true("Async");
    let done = || Reply::done(request, "Originate successfully queued");
    let begun = call.desk.originate_begin(spec).await;
    let decided = match begun {
        Err(Refusal::Denied(Right::System)) => return Err(BLACKLISTED.into()),
        Err(refusal @ (Refusal::NoSuchExtension | Refusal::Denied(_) | Refusal::Shutdown)) => {
            return Err(refusal.into());
        }
        // The end was published already, or will be.
        _ if is_async => return Ok(done()),
        Err(_) => return Err("Originate failed".into()),
        Ok((_, wait)) => wait.await,
    };
    match decided {
        Ok(originated) if matches!(originated.outcome, DialOutcome::Answered(_)) => Ok(done()),
        Ok(_) | Err(_) => Err("Originate failed".into()),
    }
}

/// What is asked for, or what is wrong with it, in the order in which the field looks.
async fn spec(call: &Call<'_>) -> Result<OriginateSpec, Failure> {
    let request = call.request;
    let uniqueid = uniqueid(request.filled("ChannelId"))?;
    let other_uniqueid = self::uniqueid(request.filled("OtherChannelId"))?;
    let channel = request.filled("Channel").ok_or("Channel not specified")?;
    let caller = Party::parse(request.text("CallerID"));
    let at = (request.text("Context"), request.text("Exten"));
    let priority = match request.filled("Priority") {
        None => None,
        Some(text) => {
            let found = priority::find(call, at, text, caller.number()).await?;
            Some(found.ok_or("Invalid priority")?)
        }
    };
    let timeout = match request.filled("Timeout") {
        None => TIMEOUT_MS,
        Some(text) => text
            .trim()
            .parse()
            .map_err(|_| Failure::from("Invalid timeout"))?,
    };
    let (technology, resource) = channel.split_once('/').ok_or("Invalid channel")?;
    if technology.is_empty() || resource.is_empty() {
        return Err("Invalid channel".into());
    }
    let (application, data) = (request.filled("Application"), request.text("Data"));
    if application.is_some_and(|name| forbidden::is_application_forbidden(call, name, data)) {
        return Err(BLACKLISTED.into());
    }
    if let Some(priority) = priority
        && !priority::exists(call, at, priority, caller.number()).await?
    {
        return Err("Extension does not exist.".into());
    }
    let to = match (application, priority) {
        (Some(name), _) => Destination::Application {
            name: Arc::from(name),
            data: Arc::from(data),
        },
        (None, Some(priority)) => Destination::Exten(Place::new(at.0, at.1, priority)),
        (None, None) => return Err("Originate with 'Exten' requires 'Context' and 'Priority'".into()),
    };
    Ok(OriginateSpec {
        parent: None,
        goes_anywhere: false,
        rtp: None,
        timeout: (timeout > 0).then(|| Duration::from_millis(timeout)),
        caller,
        account: request.filled("Account").map(Arc::from),
        variables: variables(call)?,
        uniqueid,
        other_uniqueid,
        early_media: request.is_true("EarlyMedia"),
        codecs: ucx_config::value::list(request.text("Codecs"))
            .map(Arc::from)
            .collect(),
        request: request
            .is_true("Async")
            .then(|| Arc::from(request.id().unwrap_or(""))),
        ..OriginateSpec::new(channel, to)
    })
}

fn uniqueid(text: Option<&str>) -> Result<Option<Arc<str>>, Failure> {
    if text.is_some_and(|text| text.len() > UNIQUEID_BYTES_MAX) {
        return Err(format!("Uniqueid length exceeds maximum of {UNIQUEID_BYTES_MAX}").into());
    }
    Ok(text.map(Arc::from))
}

/// Name and value.
type Variable = (Arc<str>, Arc<str>);

/// The user's own variables, then those of the request, of which later headers win. Within a header the last is set first, as
/// the field does (capture `originate/app_vars_async`).
fn variables(call: &Call<'_>) -> Result<Vec<Variable>, Failure> {
    let mut variables = call.user.variables.clone();
    for header in call.request.all("Variable") {
        for one in split(header).into_iter().rev() {
            let (name, value) = one.split_once('=').unwrap_or((&one, ""));
            let name = name.trim();
            if name.is_empty() {
                continue;
            }
            if forbidden::is_function_forbidden(call, name) {
                return Err(BLACKLISTED.into());
            }
            variables.push((Arc::from(name), Arc::from(value)));
        }
    }
    variables.truncate(VARIABLES_MAX);
    Ok(variables)
}

/// Splits at commas that stand neither in quotes nor in brackets, and takes the quotes away.
pub(super) fn split(text: &str) -> Vec<String> {
    let (mut parts, mut part) = (Vec::new(), String::new());
    let (mut is_quoted, mut depth) = (false, 0usize);
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => part.extend(characters.next()),
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted && depth == 0 => parts.push(std::mem::take(&mut part)),
            _ => {
                if !is_quoted {
                    depth = match c {
                        '(' => depth + 1,
                        ')' => depth.saturating_sub(1),
                        _ => depth,
                    };
                }
                part.push(c);
            }
        }
    }
    parts.push(part);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_split_outside_quotes_and_brackets() {
        assert_eq!(split("a=1,__B=two"), ["a=1", "__B=two"]);
        assert_eq!(split("a=\"x,y\",b=\\,z"), ["a=x,y", "b=,z"]);
        assert_eq!(split("F(a,b)=1,c"), ["F(a,b)=1", "c"]);
    }
}
