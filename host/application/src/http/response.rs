//! What goes back to a client, in the field's spelling and order of headers.

use bytes::Bytes;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::time::{SystemTime, UNIX_EPOCH};

/// A reply with its head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The words beside it.
    pub reason: &'static str,
    /// Headers between those all replies have and those of the body.
    pub headers: Vec<(&'static str, String)>,
    /// Headers in the words of a plugin's.
    pub own: Vec<(String, String)>,
    /// The body's type, if it has one.
    pub content_type: Option<&'static str>,
    /// The body.
    pub body: Bytes,
    /// Whether the connection ends with it, whatever the client wished.
    pub closes: bool,
}

impl Response {
    /// An empty reply with the usual words for its status.
    pub fn new(status: u16) -> Self {
        Self {
            status,
            reason: crate::operation::reason(status),
            headers: Vec::new(),
            own: Vec::new(),
            content_type: None,
            body: Bytes::new(),
            closes: false,
        }
    }

    /// The same with one header more.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same as the last reply of its connection.
    #[must_use]
    pub fn closing(self) -> Self {
        Self { closes: true, ..self }
    }

    /// Writes it; the body is left out for `HEAD`.
    pub fn write(&self, text: &mut Vec<u8>, server: &str, date: &str, has_body: bool) {
        let mut line = |parts: &[&str]| {
            for part in parts {
                text.extend_from_slice(part.as_bytes());
            }
            text.extend_from_slice(b"\r\n");
        };
        let mut number = Number::default();
        line(&["HTTP/1.1 ", number.write(self.status.into()), " ", self.reason]);
        line(&["Server: ", server]);
        line(&["Date: ", date]);
        if self.closes {
            line(&["Connection: close"]);
        }
        line(&["Cache-Control: no-cache, no-store"]);
        let own = self.own.iter().map(|(name, value)| (name.as_str(), value));
        for (name, value) in self.headers.iter().map(|(name, value)| (*name, value)).chain(own) {
            // Values are of our own making, or were read from a header; nothing else may end a line.
            debug_assert!(!value.contains(['\r', '\n']));
            let value = value.split(['\r', '\n']).next().unwrap_or("");
            line(&[name, ": ", value]);
        }
        if let Some(content_type) = self.content_type {
            line(&["Content-type: ", content_type]);
        }
        line(&["Content-Length: ", number.write(self.body.len())]);
        line(&[]);
        if has_body {
            text.extend_from_slice(&self.body);
        }
    }
}

/// Room for the digits of a number.
#[derive(Default)]
struct Number([u8; 20]);

impl Number {
    fn write(&mut self, mut number: usize) -> &str {
        let mut at = self.0.len();
        loop {
            at -= 1;
            // A remainder of ten fits a byte.
            self.0[at] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                break;
            }
        }
        std::str::from_utf8(&self.0[at..]).expect("digits are text")
    }
}

/// The value of `Date`, written once a second.
#[derive(Debug, Default)]
pub struct Dates {
    second: u64,
    text: String,
}

impl Dates {
    /// The date now.
    pub fn now(&mut self) -> &str {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let second = now.as_secs();
        if second != self.second || self.text.is_empty() {
            self.second = second;
            self.text = date(second);
        }
        &self.text
    }
}

fn date(second: u64) -> String {
    let second = i64::try_from(second).unwrap_or(i64::MAX);
    let moment = Timestamp::from_second(second).unwrap_or(Timestamp::MAX);
    moment
        .to_zoned(TimeZone::UTC)
        .strftime("%a, %d %b %Y %H:%M:%S GMT")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_is_spelt_and_ordered_as_in_the_captures() {
        let mut text = Vec::new();
        let response = Response {
            content_type: Some("application/json"),
            body: Bytes::from_static(b"{\"message\":\"Invalid method\"}"),
            ..Response::new(405).with("Allow", "OPTIONS,GET,POST")
        };
        response.write(&mut text, "Asterisk/22.5.0", &date(1_795_358_219), true);
        assert_eq!(
            String::from_utf8_lossy(&text),
            "HTTP/1.1 405 Method Not Allowed\r\nServer: Asterisk/22.5.0\r\nDate: Sun, 22 Nov 2026 14:36:59 GMT\r\nCache-Control: no-cache, no-store\r\nAllow: OPTIONS,GET,POST\r\nContent-type: application/json\r\nContent-Length: 28\r\n\r\n{\"message\":\"Invalid method\"}"
        );
    }

    #[test]
    fn a_reply_without_a_body_says_so() {
        let mut text = Vec::new();
        Response::new(204).closing().write(&mut text, "s", "d", true);
        assert_eq!(
            String::from_utf8_lossy(&text),
            "HTTP/1.1 204 No Content\r\nServer: s\r\nDate: d\r\nConnection: close\r\nCache-Control: no-cache, no-store\r\nContent-Length: 0\r\n\r\n"
        );
    }
}
