//! `ucx why CALL`: who decided what about a call, what that rested on, and which way the call took.

mod choice;
mod course;

pub use choice::words as choice_words;

use crate::args::WhyOptions;
use crate::places::Places;
use anyhow::{Context, Result};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::process::ExitCode;
use ucx_plugins::{
    Attr, Decision, DecisionRecord, Entry, Heard, How, Leg, Target, Value, Verdict, WebError, WebResponse,
    read_entries,
};

/// The longest answer of a web service that is shown, in characters.
const SHOWN_MAX: usize = 200;

pub fn run(options: &WhyOptions) -> Result<ExitCode> {
    let folder = Places::find(&options.state)?.decisions();
    let (mut entries, unread) = read_entries(&folder, Some(&options.call))
        .with_context(|| format!("{} holds no decisions", folder.display()))?;
    if unread > 0 {
        crate::say_error(&format!("{unread} lines could not be read"));
    }
    if entries.is_empty() {
        crate::say_error(&format!("no component was asked about call {}", options.call));
        return Ok(ExitCode::FAILURE);
    }
    crate::say(&format!("Call {}", options.call));
    entries.sort_by_key(Entry::at);
    for entry in &entries {
        crate::say("");
        let lines = match entry {
            Entry::Decision(decision) => story(decision),
            Entry::Choice(choice) => choice::story(choice),
            Entry::Flow(flow) => course::run(flow),
            Entry::Steps(steps) => course::way(steps),
        };
        lines.iter().for_each(|line| crate::say(line));
    }
    Ok(ExitCode::SUCCESS)
}

/// A decision in lines for people.
pub fn story(decision: &DecisionRecord) -> Vec<String> {
    let mut lines = vec![head(decision), format!("  asked about {}", question(decision))];
    lines.extend(decision.heard.iter().map(|heard| format!("  {}", told(heard))));
    match &decision.outcome {
        Ok(verdict) => {
            lines.push(format!("  said: {}", words(verdict)));
            if !verdict.reason.is_empty() {
                lines.push(format!("  because: {}", verdict.reason));
            }
        }
        Err(why) => lines.push(format!("  gave no verdict: {why}; the call took the fallback")),
    }
    lines
}

/// Who was asked, and when.
fn head<Q, A>(decision: &DecisionRecord<Q, A>) -> String {
    let digest = decision.digest.get(..12).unwrap_or(&decision.digest);
    format!(
        "{}  {} {}, generation {} ({digest}), took {:.3} ms",
        moment(decision.at),
        decision.plugin,
        decision.version,
        decision.generation,
        decision.took.as_secs_f64() * 1000.0
    )
}

fn moment(at: std::time::Duration) -> String {
    let millis = i64::try_from(at.as_millis()).unwrap_or(i64::MAX);
    match Timestamp::from_millisecond(millis) {
        Ok(at) => at
            .to_zoned(TimeZone::system())
            .strftime("%Y-%m-%d %H:%M:%S%.3f")
            .to_string(),
        Err(_) => format!("{millis} ms"),
    }
}

fn question(decision: &DecisionRecord) -> String {
    let request = &decision.request;
    let caller = match &request.caller.name {
        Some(name) if !name.is_empty() => format!("{} ({name})", request.caller.number),
        _ => request.caller.number.clone(),
    };
    let mut words = format!(
        "{} from {caller}, at {},{},{}",
        request.dialled, request.place.context, request.place.exten, request.place.priority
    );
    if request.attempt > 0 {
        words.push_str(&format!(", attempt {}", request.attempt + 1));
    }
    if !request.attrs.is_empty() {
        words.push_str(&format!("; {}", attrs(&request.attrs)));
    }
    words
}

fn attrs(attrs: &[Attr]) -> String {
    let one = |attr: &Attr| {
        let value = match &attr.value {
            Value::Text(text) => text.clone(),
            Value::Int(number) => number.to_string(),
            Value::Real(number) => number.to_string(),
            Value::Boolean(truth) => truth.to_string(),
            Value::Bytes(bytes) => format!("{} bytes", bytes.len()),
        };
        format!("{}={value}", attr.name)
    };
    attrs.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// What the host told it.
fn told(heard: &Heard) -> String {
    match heard {
        Heard::Rows {
            table,
            how,
            keys,
            answer,
        } => {
            let how = match how {
                How::Find | How::FindMany => "key",
                How::LongestPrefix => "longest prefix of",
            };
            let answer = match answer {
                Ok(rows) => rows
                    .iter()
                    .map(|row| match row {
                        Some(row) => format!("{}: {}", row.key, attrs(&row.columns)),
                        None => "no row".to_owned(),
                    })
                    .collect::<Vec<_>>()
                    .join("; "),
                Err(error) => format!("{error:?}"),
            };
            format!("table {table}, {how} {}: {answer}", keys.join(", "))
        }
        Heard::Settings { name, answer } => {
            let values: Vec<String> = answer
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            match name {
                Some(name) if values.is_empty() => format!("setting {name}: not set"),
                _ => format!("setting {}", values.join(" ")),
            }
        }
        Heard::Secret {
            name,
            was_there: true,
        } => format!("secret {name}: given"),
        Heard::Secret {
            name,
            was_there: false,
        } => format!("secret {name}: not set"),
        Heard::Open { schedule, answer, .. } => match answer {
            Ok(true) => format!("schedule {schedule}: open"),
            Ok(false) => format!("schedule {schedule}: closed"),
            Err(error) => format!("schedule {schedule}: {error:?}"),
        },
        Heard::Stored { bucket, key, answer } => match answer {
            Some(bytes) => format!("bucket {bucket}, {key}: {}", excerpt(bytes)),
            None => format!("bucket {bucket}, {key}: nothing"),
        },
        Heard::Asked { what, with, answer } => course::asked(what, with, answer.as_ref()),
        Heard::Web { request, answer } => format!("{} {}: {}", request.0, request.1, web(answer)),
    }
}

fn web(answer: &Result<WebResponse, WebError>) -> String {
    match answer {
        Ok(response) => format!("status {}, {}", response.status, excerpt(&response.body)),
        Err(WebError::Invalid(why)) => format!("not sent: {why}"),
        Err(WebError::Denied(line)) => format!("denied; needs {line}"),
        Err(WebError::Quota(_)) => "a limit was used up".to_owned(),
        Err(WebError::TooLarge) => "the answer is too large".to_owned(),
        Err(WebError::TimedOut) => "timed out".to_owned(),
        Err(WebError::Unavailable(why)) => format!("no answer: {why}"),
    }
}

/// The beginning of bytes that are mostly text, in one line.
fn excerpt(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let shown: String = text
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .take(SHOWN_MAX)
        .collect();
    if text.chars().count() > SHOWN_MAX {
        format!("{shown}…")
    } else {
        shown
    }
}

/// A verdict in words.
pub fn words(verdict: &Verdict) -> String {
    let mut words = match &verdict.decision {
        Decision::Connect(groups) => {
            let group = |legs: &Vec<Leg>| legs.iter().map(leg).collect::<Vec<_>>().join(" and ");
            let groups: Vec<String> = groups.iter().map(group).collect();
            format!("connect {}", groups.join(", then "))
        }
        Decision::ContinueAt(place) => {
            format!("continue at {},{},{}", place.context, place.exten, place.priority)
        }
        Decision::Reject(rejection) if rejection.sip_code > 0 => {
            format!(
                "reject with cause {} and status {}",
                rejection.cause, rejection.sip_code
            )
        }
        Decision::Reject(rejection) => format!("reject with cause {}", rejection.cause),
        Decision::Pass => "pass".to_owned(),
        Decision::Other(attributes) => format!("other: {}", attrs(attributes)),
    };
    if !verdict.set.is_empty() {
        words.push_str(&format!("; set {}", attrs(&verdict.set)));
    }
    words
}

fn leg(leg: &Leg) -> String {
    let to = match &leg.to {
        Target::Endpoint(name) => format!("endpoint {name}"),
        Target::Trunk(to) => format!("trunk {} to {}", to.trunk, to.number),
        Target::Uri(uri) => uri.clone(),
        Target::DialString(dial) => dial.clone(),
        Target::Queue(name) => format!("queue {name}"),
        Target::Conference(name) => format!("conference {name}"),
        Target::Voicemail(name) => format!("mailbox {name}"),
        Target::Location(place) => format!("{},{},{}", place.context, place.exten, place.priority),
        Target::Flow(flow) => format!("flow {}", flow.flow),
        Target::Other(other) => format!("{} {}", other.kind, other.name),
    };
    if leg.ring > 0 {
        format!("{to} for {} s", f64::from(leg.ring) / 1000.0)
    } else {
        to
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use ucx_plugins::RouteRequest;

    #[test]
    fn a_decision_reads_as_a_story() {
        let mut request = RouteRequest::new("1.1", "+4420");
        request.caller.number = "6001".to_owned();
        let decision = DecisionRecord {
            plugin: "prefix-router".to_owned(),
            version: "0.1.0".to_owned(),
            digest: "0123456789abcdef".to_owned(),
            generation: 2,
            at: Duration::ZERO,
            took: Duration::from_micros(41),
            seed: [0; 32],
            request,
            heard: vec![
                Heard::Rows {
                    table: "routes".to_owned(),
                    how: How::LongestPrefix,
                    keys: vec!["+4420".to_owned()],
                    answer: Ok(vec![None]),
                },
                Heard::Secret {
                    name: "token".to_owned(),
                    was_there: true,
                },
            ],
            outcome: Ok(Verdict {
                decision: Decision::Pass,
                reason: "no prefix fits".to_owned(),
                set: Vec::new(),
                attrs: Vec::new(),
            }),
        };
        let story = story(&decision);
        assert!(story[0].ends_with("prefix-router 0.1.0, generation 2 (0123456789ab), took 0.041 ms"));
        assert_eq!(
            story[1..],
            [
                "  asked about +4420 from 6001, at ,+4420,1",
                "  table routes, longest prefix of +4420: no row",
                "  secret token: given",
                "  said: pass",
                "  because: no prefix fits"
            ]
        );
    }

    #[test]
    fn bytes_are_shown_in_one_line_and_cut() {
        assert_eq!(excerpt(b"a\nb"), "a b");
        assert_eq!(excerpt(&[b'x'; 300]).chars().count(), SHOWN_MAX + 1);
    }
}
