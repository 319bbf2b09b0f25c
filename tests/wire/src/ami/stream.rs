//! Lines into messages: a stream as a client received it, or a recorded conversation with the client's lines in it.

use crate::Violation;

/// What stands before each line of the client in a recorded conversation.
const CLIENT: &str = ">>> ";

/// What stands between connections in a recorded conversation.
const CONNECTION: &str = "---";

/// A message of either side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// The line of its first header, from 1.
    pub line: usize,
    /// Its headers.
    pub headers: Vec<(String, String)>,
}

impl Message {
    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(is, _)| is == name)
            .map(|(_, value)| value.as_str())
    }

    /// The first value of a header, whose name a client may write in any case.
    pub(crate) fn header_any_case(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(is, _)| is.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The name of the event, if it is one.
    pub fn event(&self) -> Option<&str> {
        self.headers
            .first()
            .filter(|(name, _)| name == "Event")
            .map(|(_, value)| value.as_str())
    }
}

/// A part of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Another connection begins.
    Connection,
    /// The line with which the host greets.
    Banner(usize, String),
    /// The client asks.
    Request(Message),
    /// The host answers or tells.
    Message(Message),
}

/// Reads a conversation, with what is wrong with its lines.
///
/// If any line ends with CR LF, all lines of the host have to.
pub fn read(bytes: &[u8]) -> (Vec<Entry>, Vec<Violation>) {
    let mut reader = Reader {
        is_exact: bytes.windows(2).any(|pair| pair == b"\r\n"),
        awaits_banner: true,
        ..Reader::default()
    };
    let text = String::from_utf8_lossy(bytes);
    let mut number = 0;
    for line in text.split_inclusive('\n') {
        number += 1;
        reader.line(number, line);
    }
    if !reader.host.headers.is_empty() {
        let line = reader.host.line;
        reader.fault(line, "framing", "the last message has no end");
    }
    (reader.entries, reader.faults)
}

#[derive(Default)]
struct Reader {
    is_exact: bool,
    awaits_banner: bool,
    host: Message,
    client: Message,
    entries: Vec<Entry>,
    faults: Vec<Violation>,
}

impl Reader {
    fn fault(&mut self, line: usize, rule: &'static str, text: impl Into<String>) {
        self.faults.push(Violation::new(line, rule, text));
    }

    fn line(&mut self, number: usize, line: &str) {
        let bare = line.strip_suffix('\n').unwrap_or(line);
        let (bare, has_return) = bare.strip_suffix('\r').map_or((bare, false), |bare| (bare, true));
        if let Some(said) = bare.strip_prefix(CLIENT) {
            return self.client_line(number, said);
        }
        if bare == CLIENT.trim_end() {
            return self.client_line(number, "");
        }
        if bare.starts_with(CONNECTION) {
            self.awaits_banner = true;
            self.entries.push(Entry::Connection);
            return;
        }
        if self.is_exact && !has_return {
            self.fault(number, "framing", "the line does not end with CR LF");
        }
        if bare.contains(['\r', '\0']) {
            self.fault(number, "framing", "there is a raw CR or NUL in the line");
        }
        if std::mem::take(&mut self.awaits_banner) {
            self.entries.push(Entry::Banner(number, bare.to_owned()));
            return;
        }
        self.host_line(number, bare);
    }

    fn client_line(&mut self, number: usize, said: &str) {
        if said.is_empty() {
            if !self.client.headers.is_empty() {
                let request = std::mem::take(&mut self.client);
                self.entries.push(Entry::Request(request));
            }
            return;
        }
        if self.client.headers.is_empty() {
            self.client.line = number;
        }
        let (name, value) = said.split_once(':').unwrap_or((said, ""));
        self.client
            .headers
            .push((name.to_owned(), value.trim_start().to_owned()));
    }

    fn host_line(&mut self, number: usize, bare: &str) {
        if bare.is_empty() {
            if self.host.headers.is_empty() {
                self.fault(number, "framing", "an empty line ends no message");
            } else {
                let message = std::mem::take(&mut self.host);
                self.entries.push(Entry::Message(message));
            }
            return;
        }
        let Some((name, value)) = bare.split_once(": ") else {
            self.fault(
                number,
                "framing",
                format!("no header with a blank behind its colon: {bare}"),
            );
            return;
        };
        if self.host.headers.is_empty() {
            self.host.line = number;
            if !matches!(name, "Response" | "Event") {
                self.fault(number, "framing", format!("a message begins with {name}"));
            }
        }
        self.host.headers.push((name.to_owned(), value.to_owned()));
    }
}
