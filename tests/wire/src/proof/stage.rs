//! Where the cases of one file are played: its connections, what they heard, and the names it has given.

use super::case::Wish;
use super::credit::Credit;
use super::gateway::{self, Session};
use super::manager::{Manager, Reply};
use super::phone::Phones;
use super::rest::{self, Answer, Socket};
use super::text::fits;
use crate::{Message, Violation, check_ami, check_ari};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How long a reply may take.
pub const REPLY_LIMIT: Duration = Duration::from_secs(20);
/// How long an event may take.
pub const EVENT_LIMIT: Duration = Duration::from_secs(20);
/// The connection on which everything is allowed.
pub const OPERATOR: &str = "op";

/// What all stages know of the host.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    pub manager: SocketAddr,
    pub application: SocketAddr,
    pub folder: &'a PathBuf,
    pub phones: &'a Phones,
}

/// What was matched last.
#[derive(Clone, Debug, Default)]
pub enum Last {
    #[default]
    Nothing,
    Message(Message),
    Json(Value),
    Text(String),
}

/// One file's stage.
pub struct Stage<'a> {
    pub ground: Ground<'a>,
    pub names: BTreeMap<String, String>,
    pub managers: BTreeMap<String, Manager>,
    /// How much each connection had heard when the case began.
    pub marks: BTreeMap<String, usize>,
    pub current: String,
    pub user: String,
    pub sockets: BTreeMap<String, Socket>,
    /// What was said to and by the Application interface.
    pub conversation: Vec<u8>,
    pub listener: TcpListener,
    pub session: Option<Session>,
    /// What was asked on WebSockets, by the ids of requests: method and path.
    pub requests: BTreeMap<String, (String, String)>,
    /// The last command that awaits its reply.
    pub said: String,
    pub last: Last,
    pub list: Vec<Message>,
    /// Ids of the channels the case made.
    pub calls: Vec<String>,
    pub credit: Credit,
    pub case: String,
    /// What the checker found in conversations that are over.
    pub found: Vec<(String, Violation)>,
}

impl<'a> Stage<'a> {
    pub fn new(ground: Ground<'a>, family: &str) -> Result<Self, String> {
        let listener =
            TcpListener::bind("127.0.0.1:0").map_err(|error| format!("a Gateway server: {error}"))?;
        let port = listener.local_addr().map_err(|error| error.to_string())?.port();
        let app = family.replace(['/', '-'], "_");
        let names = [
            ("port", port.to_string()),
            ("app", app),
            ("folder", ground.folder.display().to_string()),
        ];
        Ok(Self {
            ground,
            names: names.map(|(name, value)| (name.to_owned(), value)).into(),
            managers: BTreeMap::new(),
            marks: BTreeMap::new(),
            current: OPERATOR.to_owned(),
            user: OPERATOR.to_owned(),
            sockets: BTreeMap::new(),
            conversation: Vec::new(),
            listener,
            session: None,
            requests: BTreeMap::new(),
            said: String::new(),
            last: Last::default(),
            list: Vec::new(),
            calls: Vec::new(),
            credit: Credit::new()?,
            case: String::new(),
            found: Vec::new(),
        })
    }

    /// Makes ready for a case.
    pub fn begin(&mut self, case: &str) -> Result<(), String> {
        case.clone_into(&mut self.case);
        OPERATOR.clone_into(&mut self.current);
        OPERATOR.clone_into(&mut self.user);
        self.last = Last::Nothing;
        self.list.clear();
        self.marks.clear();
        if self
            .managers
            .get(OPERATOR)
            .is_none_or(|manager| manager.is_closed)
        {
            self.retire(OPERATOR);
            self.log_in(OPERATOR, OPERATOR)?;
        }
        let operator = self.manager()?;
        while operator.take()? {}
        let mark = operator.messages.len();
        self.marks.insert(OPERATOR.to_owned(), mark);
        Ok(())
    }

    /// Puts away what the case left behind.
    pub fn end(&mut self) {
        OPERATOR.clone_into(&mut self.current);
        for id in std::mem::take(&mut self.calls) {
            let headers = [("Action", "Hangup"), ("Channel", id.as_str())];
            let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
            let Ok(manager) = self.manager() else { break };
            // The call may be over.
            let _ = manager.send(&headers).and_then(|_| manager.reply(REPLY_LIMIT));
        }
        if let Some(session) = self.session.take() {
            self.end_session(session);
        }
        let others: Vec<String> = self
            .managers
            .keys()
            .filter(|name| *name != OPERATOR)
            .cloned()
            .collect();
        for name in others {
            self.retire(&name);
        }
        self.sockets.clear();
    }

    pub fn end_session(&mut self, session: Session) {
        let lines = session.close();
        let found = gateway::check(&lines);
        let case = &self.case;
        self.found.extend(
            found
                .into_iter()
                .map(|violation| (format!("{case} (Gateway)"), violation)),
        );
    }

    /// Checks and forgets a connection.
    pub fn retire(&mut self, name: &str) {
        let Some(mut manager) = self.managers.remove(name) else {
            return;
        };
        while manager.take().is_ok_and(|came| came) {}
        if manager.transcript.is_empty() {
            return;
        }
        self.keep(&format!("{name}.ami.txt"), &manager.transcript);
        let found = check_ami(&manager.transcript);
        let lines: Vec<&[u8]> = manager.transcript.split(|byte| *byte == b'\n').collect();
        for violation in found {
            let near = lines
                .get(violation.line.saturating_sub(1))
                .copied()
                .unwrap_or_default();
            let near = String::from_utf8_lossy(near).trim().to_owned();
            self.found
                .push((format!("{} ({name}, {near})", self.case), violation));
        }
    }

    /// The end of the file: everything heard goes through the checker.
    pub fn finish(&mut self) {
        let names: Vec<String> = self.managers.keys().cloned().collect();
        for name in names {
            self.retire(&name);
        }
        self.keep("ari.txt", &self.conversation);
        let found = check_ari(&self.conversation);
        let text = String::from_utf8_lossy(&self.conversation).into_owned();
        let lines: Vec<&str> = text.lines().collect();
        for violation in found {
            let near = lines
                .get(violation.line.saturating_sub(1))
                .copied()
                .unwrap_or_default();
            self.found.push((format!("Application ({near})"), violation));
        }
    }

    /// Writes a conversation beside the host's folder, if it is to be kept.
    fn keep(&self, name: &str, bytes: &[u8]) {
        if let Some(folder) = std::env::var_os("UCX_WIRE_KEEP") {
            let app = self.names.get("app").map_or("", String::as_str);
            // Only for a look afterwards.
            let _ = std::fs::write(
                PathBuf::from(folder).join(format!("{app}.{}.{name}", self.case.replace('/', "_"))),
                bytes,
            );
        }
    }

    /// The Manager connection in use.
    pub fn manager(&mut self) -> Result<&mut Manager, String> {
        let found = self.managers.get_mut(&self.current);
        found.ok_or_else(|| format!("no connection {}", self.current))
    }

    /// Opens a connection and logs in.
    pub fn log_in(&mut self, name: &str, user: &str) -> Result<(), String> {
        let mut manager = Manager::connect(self.ground.manager)?;
        manager.banner(REPLY_LIMIT)?;
        let headers = [("Action", "Login"), ("Username", user), ("Secret", user)];
        manager.send(&headers.map(|(name, value)| (name.to_owned(), value.to_owned())))?;
        let reply = manager.reply(REPLY_LIMIT)?;
        if reply.head.header("Response") != Some("Success") {
            return Err(format!("{user} may not log in: {}", shown(&reply.head)));
        }
        self.managers.insert(name.to_owned(), manager);
        name.clone_into(&mut self.current);
        Ok(())
    }

    /// Sends an action and reads its reply.
    pub fn ask(&mut self, headers: &[(String, String)]) -> Result<Reply, String> {
        let manager = self.manager()?;
        manager.send(headers)?;
        let reply = manager.reply(REPLY_LIMIT)?;
        self.last = Last::Message(reply.head.clone());
        self.list.clone_from(&reply.items);
        Ok(reply)
    }

    /// Waits for an event of the Manager.
    pub fn event(&mut self, wish: &Wish) -> Result<(), String> {
        let since = self.marks.get(&self.current).copied().unwrap_or(0);
        let manager = self.manager()?;
        let found = manager.until(
            since,
            EVENT_LIMIT,
            &format!("{} {:?}", wish.first, wish.fields),
            &|message| message.event() == Some(&wish.first) && has(message, &wish.fields),
        );
        let message = match found {
            Ok(message) => message,
            Err(error) => {
                let like = manager.messages[since.min(manager.messages.len())..]
                    .iter()
                    .filter(|message| message.event() == Some(&wish.first));
                let like: Vec<String> = like.map(shown).collect();
                return Err(format!(
                    "{error}; there were {}: {}",
                    like.len(),
                    like.join(" / ")
                ));
            }
        };
        self.credit.event(&wish.first, &self.case);
        self.last = Last::Message(message);
        Ok(())
    }

    /// Sends a request, and writes it and its answer down.
    pub fn rest(&mut self, method: &str, target: &str, headers: &str, body: &str) -> Result<Answer, String> {
        let headers = match self.user.as_str() {
            "" => headers.to_owned(),
            user => format!("{}{headers}", rest::basic(user)),
        };
        let answer = rest::ask(self.ground.application, method, target, &headers, body)?;
        self.hear()?;
        let mut text = format!("=== REST {method} {target}\n");
        if !body.is_empty() {
            text.push_str(&format!("{}\n", body.replace('\n', " ")));
        }
        text.push_str(&format!("--> {} {}\n", answer.status, answer.phrase));
        if answer.body.starts_with(['{', '[']) {
            text.push_str(&format!("{}\n", answer.body.replace('\n', " ")));
        }
        self.conversation.extend_from_slice(text.as_bytes());
        Ok(answer)
    }

    /// Takes in what the WebSockets have said.
    pub fn hear(&mut self) -> Result<(), String> {
        let conversation = &mut self.conversation;
        for socket in self.sockets.values_mut() {
            let mut heard = |event: &Value, text: &str| {
                let kind = event["type"].as_str().unwrap_or_default();
                let word = if kind == "RESTResponse" { "reply" } else { "event" };
                conversation.extend_from_slice(format!("=== WS {word} {kind}\n{text}\n").as_bytes());
            };
            while socket.take(&mut heard)? {}
        }
        Ok(())
    }

    /// Keeps in mind what is asked on a WebSocket.
    pub fn note_request(&mut self, text: &str) {
        let asked: Value = serde_json::from_str(text).unwrap_or_default();
        let of = |name: &str| asked[name].as_str().unwrap_or_default().to_owned();
        let target = format!("/ari/{}", of("uri"));
        self.requests.insert(of("request_id"), (of("method"), target));
    }

    /// A reply on a WebSocket proves what one over HTTP would.
    fn note_response(&mut self, event: &Value) {
        let id = event["request_id"].as_str().unwrap_or_default();
        let Some((method, target)) = self.requests.get(id) else {
            return;
        };
        let status = event["status_code"]
            .as_u64()
            .and_then(|code| code.try_into().ok());
        let phrase = event["reason_phrase"].as_str().unwrap_or_default();
        let body = event["message_body"].as_str().unwrap_or_default();
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        let message = body["message"].as_str().unwrap_or_default();
        let answer = (status.unwrap_or(0), phrase, message);
        self.credit.rest(method, target, answer, &self.case);
    }

    /// Waits for an event on a WebSocket.
    pub fn told(&mut self, name: &str, wish: &Wish) -> Result<(), String> {
        let began = Instant::now();
        loop {
            let Some(socket) = self.sockets.get(name) else {
                return Err(format!("no WebSocket {name}"));
            };
            let found = socket.events.iter().find(|event| {
                event["type"].as_str() == Some(&wish.first) && json_has(event, &wish.fields).is_ok()
            });
            if let Some(event) = found.cloned() {
                self.note_response(&event);
                self.last = Last::Json(event);
                self.credit.told(&wish.first, &self.case);
                return Ok(());
            }
            if began.elapsed() > EVENT_LIMIT {
                let like = socket.events.iter();
                let like = like.filter(|event| event["type"].as_str() == Some(&wish.first));
                let like: Vec<String> = like.map(Value::to_string).collect();
                let kinds: Vec<&str> = socket
                    .events
                    .iter()
                    .filter_map(|event| event["type"].as_str())
                    .collect();
                return Err(format!(
                    "no {} {:?}; there were {}; all: {}",
                    wish.first,
                    wish.fields,
                    like.join(" / "),
                    kinds.join(" ")
                ));
            }
            self.hear()?;
        }
    }
}

/// Whether a message has these headers.
pub fn has(message: &Message, fields: &[(String, String)]) -> bool {
    fields.iter().all(|(name, pattern)| {
        let mut values = message.headers.iter().filter(|(is, _)| is == name).peekable();
        if pattern == "(absent)" {
            return values.peek().is_none();
        }
        values.any(|(_, value)| fits(pattern, value))
    })
}

/// Whether an object has these fields.
pub fn json_has(value: &Value, fields: &[(String, String)]) -> Result<(), String> {
    for (pointer, pattern) in fields.iter().filter(|(name, _)| name.starts_with('/')) {
        let found = value.pointer(pointer);
        let text = match found {
            None => "(absent)".to_owned(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        if !fits(pattern, &text) {
            return Err(format!("{pointer} is {text}, not {pattern}"));
        }
    }
    Ok(())
}

/// A message on one line.
pub fn shown(message: &Message) -> String {
    let headers = message.headers.iter();
    let headers: Vec<String> = headers.map(|(name, value)| format!("{name}: {value}")).collect();
    headers.join(" | ")
}
