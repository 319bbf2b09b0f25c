//! Whether a conversation keeps to the tables: events and bodies against models, statuses and messages of errors.

use super::shape::{faults, type_faults};
use super::steps::{Step, read};
use crate::Violation;
use serde_json::Value;
use std::collections::BTreeMap;
use ucx_facts::{Operation, Type, events, operations, problems};

/// What stands before each path.
const BASE: &str = "/ari";

/// Headers of events that every one has.
const EVENT_FIELDS: [&str; 4] = ["type", "timestamp", "application", "asterisk_id"];

/// Errors that are missing in the table: status, message, and the capture that shows it.
const ERRORS: &[(u16, &str, &str)] = &[
    (400, "No 'type' property.", "ari/rest_over_websocket"),
    (400, "Unknown request type.", "ari/rest_over_websocket"),
    (400, "Empty or missing 'uri' property.", "ari/rest_over_websocket"),
    (
        400,
        "Unknown or missing 'method' property.",
        "ari/rest_over_websocket",
    ),
    (
        400,
        "Unable to parse 'message_body' as 'application/json'.",
        "ari/rest_over_websocket",
    ),
    (
        500,
        "Allocation failed",
        "a channel that cannot be made; ari/errors",
    ),
];

/// Every rule that a conversation breaks.
pub fn check(bytes: &[u8]) -> Vec<Violation> {
    let mut checker = Checker::default();
    for step in read(bytes) {
        match &step {
            Step::Event { line, name, text, .. } => checker.event(*line, name, text),
            Step::Sent { text } => checker.sent(text),
            Step::Rest {
                line,
                method,
                target,
                status,
                phrase,
                body,
            } => {
                let target = target.strip_prefix(BASE).unwrap_or(target);
                checker.reply(*line, method, target, (*status, phrase), body);
            }
            Step::Other => {}
        }
    }
    checker.found
}

#[derive(Default)]
struct Checker {
    found: Vec<Violation>,
    /// Requests sent by WebSocket, by their id: method and target.
    sent: BTreeMap<String, (String, String)>,
}

impl Checker {
    fn fault(&mut self, line: usize, rule: &'static str, text: impl Into<String>) {
        self.found.push(Violation::new(line, rule, text));
    }

    fn event(&mut self, line: usize, name: &str, text: &str) {
        let Ok(value) = serde_json::from_str::<Value>(text) else {
            self.fault(line, "json", "an event that cannot be read");
            return;
        };
        let kind = value["type"].as_str().unwrap_or_default();
        if kind != name {
            self.fault(line, "event", format!("{name} says it is {kind}"));
        }
        if kind == "RESTResponse" {
            return self.answer(line, &value);
        }
        let Some(shape) = events()
            .get(kind)
            .filter(|_| kind != "Event" && kind != "Message")
        else {
            self.fault(line, "event", format!("{kind} is not known"));
            return;
        };
        for field in EVENT_FIELDS {
            if value.get(field).is_none() {
                self.fault(line, "event", format!("{kind} has no {field}"));
            }
        }
        let mut wrong = Vec::new();
        faults(kind, kind, shape, &value, &mut wrong);
        for text in wrong {
            self.fault(line, "event", text);
        }
    }

    fn sent(&mut self, text: &str) {
        let Ok(value) = serde_json::from_str::<Value>(text) else {
            return;
        };
        let part = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        self.sent
            .insert(part("request_id"), (part("method"), format!("/{}", part("uri"))));
    }

    /// A reply by WebSocket carries what a reply by HTTP would.
    fn answer(&mut self, line: usize, value: &Value) {
        for field in [
            "transaction_id",
            "request_id",
            "reason_phrase",
            "uri",
            "timestamp",
            "asterisk_id",
        ] {
            if !value[field].is_string() {
                self.fault(line, "answer", format!("it has no {field}"));
            }
        }
        let status = value["status_code"]
            .as_u64()
            .and_then(|status| u16::try_from(status).ok());
        let Some(status) = status else {
            self.fault(line, "answer", "it has no status_code");
            return;
        };
        let asked = value["request_id"]
            .as_str()
            .and_then(|id| self.sent.get(id))
            .cloned();
        let Some((method, target)) = asked else {
            return;
        };
        let phrase = value["reason_phrase"].as_str().unwrap_or_default().to_owned();
        let body = value["message_body"].as_str().unwrap_or_default().to_owned();
        self.reply(line, &method, &target, (status, &phrase), &body);
    }

    fn reply(&mut self, line: usize, method: &str, target: &str, (status, phrase): (u16, &str), body: &str) {
        let path = target.split('?').next().unwrap_or_default();
        let operation = operation(method, path);
        if status >= 400 {
            self.error(line, operation, (status, phrase), body);
            return;
        }
        let Some(operation) = operation else {
            if method != "OPTIONS" && !path.starts_with("/api-docs") {
                self.fault(
                    line,
                    "reply",
                    format!("{method} {path} is not known and was answered {status}"),
                );
            }
            return;
        };
        let is_expected = operation
            .ok
            .split('|')
            .any(|ok| ok.trim().starts_with(&status.to_string()));
        if !is_expected && status != 101 {
            self.fault(
                line,
                "reply",
                format!("{} answered {status}, not {}", operation.id, operation.ok),
            );
        }
        if operation.response == "void" || operation.response == "binary" {
            if operation.response == "void" && !body.is_empty() {
                self.fault(line, "reply", format!("{} answers without a body", operation.id));
            }
            return;
        }
        match serde_json::from_str::<Value>(body) {
            Ok(value) => {
                let mut wrong = Vec::new();
                type_faults(
                    operation.response,
                    &response_type(operation.response),
                    &value,
                    &mut wrong,
                );
                for text in wrong {
                    self.fault(line, "reply", text);
                }
            }
            Err(_) if operation.response == "Message" => {}
            Err(_) => self.fault(line, "json", format!("{} answered with no JSON", operation.id)),
        }
    }

    fn error(
        &mut self,
        line: usize,
        operation: Option<&Operation>,
        (status, phrase): (u16, &str),
        body: &str,
    ) {
        if body.is_empty() {
            return;
        }
        let message = serde_json::from_str::<Value>(body).ok();
        let message = message
            .as_ref()
            .and_then(|value| value.get("message").or(value.get("error"))?.as_str());
        let Some(message) = message else {
            self.fault(line, "error", "its body has no message");
            return;
        };
        let resource = operation.map_or("", |operation| operation.resource);
        let is_known = problems().iter().any(|problem| {
            let of_resource = problem.resource == "core"
                || problem.resource.replace('_', "").eq_ignore_ascii_case(resource);
            of_resource
                && problem.status == status
                && problem.phrase == phrase
                && crate::ami::is_like(problem.message, message)
        });
        let is_extra = ERRORS.iter().any(|row| (row.0, row.1) == (status, message));
        if !is_known && !is_extra {
            let id = operation.map_or("no operation", |operation| operation.id);
            self.fault(
                line,
                "error",
                format!("{id} answered {status} {phrase}: {message}"),
            );
        }
    }
}

/// The operation a request asks for; a word of the path is more than a name in it.
fn operation(method: &str, path: &str) -> Option<&'static Operation> {
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let fits = |operation: &&Operation| {
        let wanted: Vec<&str> = operation.path.trim_start_matches('/').split('/').collect();
        operation.method == method
            && wanted.len() == parts.len()
            && wanted
                .iter()
                .zip(&parts)
                .all(|(wanted, part)| wanted.starts_with('{') || wanted == part)
    };
    let found = operations().iter().filter(fits);
    found.min_by_key(|operation| operation.path.matches('{').count())
}

fn response_type(name: &'static str) -> Type {
    match name.strip_prefix("List[").and_then(|rest| rest.strip_suffix(']')) {
        Some(inner) => Type::List(Box::new(Type::Model(inner))),
        None => Type::Model(name),
    }
}
