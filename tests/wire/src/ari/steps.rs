//! A recorded conversation into its steps: requests with their replies, and what came by WebSocket.

use serde_json::Value;

/// What stands before the first line of each step.
const STEP: &str = "=== ";

/// A part of a conversation.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// An event, or the reply to a request sent by WebSocket.
    Event {
        /// The line it begins at, from 1.
        line: usize,
        /// Which WebSocket (`WS`, `WS2`).
        socket: String,
        /// What the line before it calls it.
        name: String,
        /// Its text.
        text: String,
    },
    /// A request sent by WebSocket.
    Sent {
        /// Its text.
        text: String,
    },
    /// A request and its reply.
    Rest {
        /// The line it begins at, from 1.
        line: usize,
        /// `GET`, `POST` …
        method: String,
        /// Path and query.
        target: String,
        /// The reply's status.
        status: u16,
        /// The phrase beside it.
        phrase: String,
        /// The reply's body; empty if it has none.
        body: String,
    },
    /// A WebSocket opened or closed, or a remark.
    Other,
}

/// Reads a conversation.
pub fn read(bytes: &[u8]) -> Vec<Step> {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = text.lines().collect();
    let heads: Vec<usize> = (0..lines.len())
        .filter(|at| lines[*at].starts_with(STEP))
        .collect();
    let ends = heads.iter().skip(1).copied().chain([lines.len()]);
    heads
        .iter()
        .zip(ends)
        .map(|(at, end)| step(*at + 1, lines[*at], &lines[*at + 1..end]))
        .collect()
}

fn step(line: usize, head: &str, lines: &[&str]) -> Step {
    let words: Vec<&str> = head[STEP.len()..]
        .split(' ')
        .filter(|word| !word.starts_with("t="))
        .collect();
    match words[..] {
        [socket, "event" | "reply", name] if socket.starts_with("WS") => Step::Event {
            line: line + 1,
            socket: socket.to_owned(),
            name: name.to_owned(),
            text: body(lines),
        },
        [socket, "send", ..] if socket.starts_with("WS") => Step::Sent { text: body(lines) },
        ["REST", method, target] => rest(line, method, target, lines),
        _ => Step::Other,
    }
}

fn rest(line: usize, method: &str, target: &str, lines: &[&str]) -> Step {
    let status_line = lines
        .iter()
        .enumerate()
        .find_map(|(at, text)| Some((at, status(text)?)));
    let Some((at, (status, phrase))) = status_line else {
        return Step::Other;
    };
    Step::Rest {
        line,
        method: method.to_owned(),
        target: target.to_owned(),
        status,
        phrase,
        body: body(&lines[at + 1..]),
    }
}

/// `--> 200 OK`, or the same without the arrow.
fn status(text: &str) -> Option<(u16, String)> {
    let text = text.strip_prefix("--> ").unwrap_or(text);
    let (number, phrase) = text.split_once(' ')?;
    let number: u16 = number.parse().ok().filter(|number| (100..600).contains(number))?;
    Some((number, phrase.to_owned()))
}

/// The first line that is JSON.
fn body(lines: &[&str]) -> String {
    let found = lines.iter().find(|text| text.starts_with(['{', '[']));
    found.map_or_else(String::new, |text| (*text).to_owned())
}

impl Step {
    /// The JSON of an event or a body, if it is any.
    pub fn json(&self) -> Option<Value> {
        match self {
            Self::Event { text, .. } | Self::Sent { text } | Self::Rest { body: text, .. } => {
                serde_json::from_str(text).ok()
            }
            Self::Other => None,
        }
    }
}
