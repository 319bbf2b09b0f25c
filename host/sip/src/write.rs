//! How a message becomes bytes.

use std::io::Write;

use crate::header::Headers;
use crate::message::{Message, Request, Response};
use crate::name::Name;

impl Message {
    /// Appends the message's bytes; Content-Length is always written and always right.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Request(request) => request.write(out),
            Self::Response(response) => response.write(out),
        }
    }
}

impl Request {
    /// As [`Message::write`].
    pub fn write(&self, out: &mut Vec<u8>) {
        write_start(out, format_args!("{} {} SIP/2.0", self.method, self.uri));
        write_rest(out, &self.headers, &self.body);
    }
}

impl Response {
    /// As [`Message::write`].
    pub fn write(&self, out: &mut Vec<u8>) {
        write_start(out, format_args!("SIP/2.0 {} {}", self.status, self.reason));
        write_rest(out, &self.headers, &self.body);
    }
}

/// A line break inside a reason phrase or URI would forge headers: it goes out as a blank.
fn write_start(out: &mut Vec<u8>, line: std::fmt::Arguments<'_>) {
    let start = out.len();
    write!(out, "{line}").expect("writing to a Vec cannot fail");
    for byte in &mut out[start..] {
        if matches!(byte, b'\r' | b'\n' | 0) {
            *byte = b' ';
        }
    }
    out.extend_from_slice(b"\r\n");
}

fn write_rest(out: &mut Vec<u8>, headers: &Headers, body: &[u8]) {
    for (name, value) in headers.iter() {
        if *name != Name::ContentLength {
            out.extend_from_slice(name.as_str().as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(value);
            out.extend_from_slice(b"\r\n");
        }
    }
    write!(out, "Content-Length: {}\r\n\r\n", body.len()).expect("writing to a Vec cannot fail");
    out.extend_from_slice(body);
}
