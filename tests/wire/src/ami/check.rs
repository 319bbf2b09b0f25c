//! Whether a conversation keeps to the wire: framing, known events, their headers, privileges, lists, replies.

use super::known::{UNCOUNTED, Use, asked, is_known_field, is_known_reply, layouts};
use super::layout::misfit;
use super::stream::{Entry, Message, read};
use super::value;
use crate::Violation;
use std::collections::VecDeque;
use ucx_facts::{Action, AmiEvent, ami_event, unordered_fields};

/// Every rule that a conversation breaks.
pub fn check(bytes: &[u8]) -> Vec<Violation> {
    let (entries, faults) = read(bytes);
    let mut checker = Checker {
        faults,
        knows_requests: entries.iter().any(|entry| matches!(entry, Entry::Request(_))),
        requests: VecDeque::new(),
        asked: None,
        list: None,
    };
    if !entries.iter().any(|entry| matches!(entry, Entry::Banner(..))) {
        checker.fault(1, "banner", "there is none");
    }
    for entry in &entries {
        match entry {
            Entry::Connection => checker.connection(),
            Entry::Banner(line, text) => checker.banner(*line, text),
            Entry::Request(request) => checker.requests.push_back(request.clone()),
            Entry::Message(message) if message.event().is_some() => checker.event(message),
            Entry::Message(message) => checker.response(message),
        }
    }
    checker.end();
    checker.faults.sort_by_key(|fault| fault.line);
    checker.faults
}

/// The reply that says a message of its own again (capture `actions/a-states`).
const PRESENCE: &str = "Presence State";

/// A list that was begun and not ended.
struct OpenList {
    line: usize,
    action_id: Option<String>,
    asked: Option<&'static Action>,
    items: usize,
}

struct Checker {
    faults: Vec<Violation>,
    knows_requests: bool,
    requests: VecDeque<Message>,
    /// What the last reply answered.
    asked: Option<Message>,
    list: Option<OpenList>,
}

impl Checker {
    fn fault(&mut self, line: usize, rule: &'static str, text: impl Into<String>) {
        self.faults.push(Violation::new(line, rule, text));
    }

    fn connection(&mut self) {
        self.end();
        self.requests.clear();
        self.asked = None;
    }

    fn banner(&mut self, line: usize, text: &str) {
        let version = text.strip_prefix("Asterisk Call Manager/");
        let is_version = version.is_some_and(|version| {
            let parts: Vec<&str> = version.split('.').collect();
            parts.len() == 3 && parts.iter().all(|part| part.parse::<u16>().is_ok())
        });
        if !is_version {
            self.fault(line, "banner", text.to_owned());
        }
    }

    fn end(&mut self) {
        if let Some(list) = self.list.take() {
            self.fault(list.line, "list", "it has no end");
        }
    }

    fn response(&mut self, message: &Message) {
        self.end();
        const HEAD: [&str; 4] = ["Response", "ActionID", "EventList", "Message"];
        let places: Vec<Option<usize>> = message
            .headers
            .iter()
            .map(|(name, _)| HEAD.iter().position(|head| head == name))
            .collect();
        let count = places.iter().take_while(|place| place.is_some()).count();
        let is_ordered = places[..count].windows(2).all(|pair| pair[0] < pair[1]);
        let repeats = message.headers[count..].iter().map(|(name, _)| name.as_str());
        let repeats: Vec<&str> = repeats.filter(|name| HEAD.contains(name)).collect();
        let is_odd = repeats == ["Message"] && message.header("Message") == Some(PRESENCE);
        if !is_ordered || !(repeats.is_empty() || is_odd) {
            let names: Vec<&str> = message.headers.iter().map(|(name, _)| name.as_str()).collect();
            self.fault(message.line, "reply", format!("headers in the order {names:?}"));
        }
        let said = message.header("Response").unwrap_or_default();
        if !["Success", "Error", "Goodbye", "Follows"].contains(&said) {
            self.fault(message.line, "reply", format!("Response: {said}"));
        }
        if message.header("ActionID") == Some("") {
            self.fault(message.line, "action id", "it is empty");
        }
        let request = self.answered(message);
        let action = request
            .as_ref()
            .and_then(|request| asked(request.header_any_case("Action")?));
        if let (Some(text), Some(_)) = (message.header("Message"), &request)
            && !is_known_reply(action, said == "Error", text)
        {
            let name = action.map_or("unknown", |action| action.name);
            self.fault(
                message.line,
                "reply",
                format!("{name} is not answered with {said}: {text}"),
            );
        }
        if let Some(start) = message.header("EventList") {
            self.list = Some(OpenList {
                line: message.line,
                action_id: message.header("ActionID").map(str::to_owned),
                asked: action,
                items: 0,
            });
            if start != "start" {
                self.fault(message.line, "list", format!("it begins with EventList: {start}"));
            }
            if action.is_some_and(|action| action.items.is_empty()) {
                self.fault(message.line, "list", "this action has none");
            }
        }
        self.asked = request;
    }

    /// The request a reply belongs to; replies come in the order of requests.
    fn answered(&mut self, message: &Message) -> Option<Message> {
        if !self.knows_requests {
            return None;
        }
        let Some(request) = self.requests.pop_front() else {
            self.fault(message.line, "reply", "nothing was asked");
            return None;
        };
        let sent = request.header_any_case("ActionID").filter(|id| !id.is_empty());
        if sent != message.header("ActionID") {
            let text = format!("{:?} answers {sent:?}", message.header("ActionID"));
            self.fault(message.line, "action id", text);
        }
        Some(request)
    }

    fn event(&mut self, message: &Message) {
        let name = message.event().unwrap_or_default();
        let Some(event) = ami_event(name) else {
            self.fault(message.line, "event", format!("{name} is not known"));
            return;
        };
        let is_of_list = message.header("Privilege").is_none() || name == "Status";
        if is_of_list {
            self.list_event(event, message);
        } else {
            self.stream_event(event, message);
        }
        self.faults.extend(value::faults(name, message));
    }

    fn stream_event(&mut self, event: &'static AmiEvent, message: &Message) {
        if let Some(list) = &self.list {
            let text = format!("{} came into the list of line {}", event.name, list.line);
            self.fault(message.line, "list", text);
        }
        let labels: Vec<&str> = event.classes.iter().copied().chain(["all"]).collect();
        let (name, privilege) = &message.headers[1.min(message.headers.len() - 1)];
        if name != "Privilege" || *privilege != labels.join(",") {
            let text = format!("{} has {name}: {privilege}", event.name);
            self.fault(message.line, "privilege", text);
        }
        let body = message
            .headers
            .iter()
            .position(|(name, _)| name == "Privilege")
            .map_or(1, |at| at + 1);
        let body = after_head(&message.headers, body);
        self.layout(event, Use::Stream, message, body);
    }

    fn list_event(&mut self, event: &'static AmiEvent, message: &Message) {
        self.layout(event, Use::List, message, 1);
        let sent = match &self.list {
            Some(list) => list.action_id.clone(),
            None => self
                .asked
                .as_ref()
                .and_then(|asked| asked.header_any_case("ActionID"))
                .map(str::to_owned),
        };
        let is_known = self.list.is_some() || self.knows_requests;
        if is_known && sent.as_deref() != message.header("ActionID") {
            let text = format!(
                "{} has {:?}, asked with {sent:?}",
                event.name,
                message.header("ActionID")
            );
            self.fault(message.line, "action id", text);
        }
        let Some(list) = &mut self.list else {
            if event.name != "WaitEventComplete" && event.used != ucx_facts::EventUse::Item {
                self.fault(message.line, "list", format!("{} is in none", event.name));
            }
            return;
        };
        let is_complete = message.header("EventList").is_some();
        if !is_complete {
            list.items += usize::from(is_counted(list.asked, event.name));
            if list.asked.is_some_and(|asked| !asked.items.contains(&event.name)) {
                let text = format!("{} is no item of it", event.name);
                self.fault(message.line, "list", text);
            }
            return;
        }
        let (items, asked) = (list.items, list.asked);
        self.list = None;
        if message.header("EventList") != Some("Complete") {
            self.fault(message.line, "list", "it ends with another word than Complete");
        }
        if message.header("ListItems") != Some(&items.to_string()) {
            let text = format!("{:?} items are said, {items} came", message.header("ListItems"));
            self.fault(message.line, "list", text);
        }
        if asked.is_some_and(|asked| asked.complete != Some(event.name)) {
            self.fault(message.line, "list", format!("{} does not end it", event.name));
        }
    }

    fn layout(&mut self, event: &'static AmiEvent, used: Use, message: &Message, body: usize) {
        let headers = &message.headers[body.min(message.headers.len())..];
        let forms = layouts(event, used);
        if forms.is_empty() {
            let text = format!("{} is not used here", event.name);
            self.fault(message.line, "event", text);
            return;
        }
        let misfits: Option<Vec<usize>> = forms.iter().map(|form| misfit(form, headers)).collect();
        if let Some(misfits) = misfits {
            let at = misfits.into_iter().max().unwrap_or(0);
            let text = match headers.get(at) {
                Some((name, _)) => format!("{}: {name} does not belong there", event.name),
                None => format!("{}: something is missing at its end", event.name),
            };
            self.fault(message.line + body + at, "headers", text);
        }
        let Some(known) = unordered_fields(event.name) else {
            return;
        };
        for (at, (name, _)) in headers.iter().enumerate() {
            if name != "ActionID" && !known.contains(&name.as_str()) && !is_known_field(event.name, name) {
                let text = format!("{}: {name} is no field of it", event.name);
                self.fault(message.line + body + at, "headers", text);
            }
        }
    }
}

/// Whether an item counts in the number at the end of its list.
fn is_counted(asked: Option<&'static Action>, event: &str) -> bool {
    let is_of = |action: &str| asked.is_none_or(|asked| asked.name == action);
    !UNCOUNTED
        .iter()
        .any(|(action, item, _)| is_of(action) && *item == event)
}

/// Where the headers of the event itself begin, behind those that any event may have.
fn after_head(headers: &[(String, String)], from: usize) -> usize {
    const COMMON: [&str; 6] = [
        "Timestamp",
        "SequenceNumber",
        "File",
        "Line",
        "Func",
        "SystemName",
    ];
    let mut at = from;
    let mut last = None;
    while let Some(place) = headers
        .get(at)
        .and_then(|(name, _)| COMMON.iter().position(|common| common == name))
    {
        if last.is_some_and(|last| place <= last) {
            break;
        }
        (last, at) = (Some(place), at + 1);
    }
    at
}
