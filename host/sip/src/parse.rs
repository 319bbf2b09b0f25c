//! How bytes become a message, and what is kept of those that do not.

use std::fmt;

use bytes::Bytes;

use crate::header::{HeaderError, Headers};
use crate::lex;
use crate::message::{Message, Request, Response};
use crate::method::Method;
use crate::name::Name;
use crate::status::Status;
use crate::uri::Uri;

/// The longest start line and headers together, in bytes; more is refused.
pub const MAX_HEAD: usize = 32 * 1024;
/// The most header lines of one message; more are refused.
pub const MAX_HEADERS: usize = 160;

/// Why bytes are not a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParseErrorKind {
    /// Only line breaks: a keep-alive, not a mistake.
    KeepAlive,
    /// The blank line after the headers is missing.
    Truncated,
    /// The start line is no request or status line.
    StartLine,
    /// A SIP version other than 2.0.
    Version,
    /// The Request-URI is malformed.
    RequestUri,
    /// A header line has no colon, no valid name or a lone CR.
    HeaderLine,
    /// A needed header is missing, repeated or malformed.
    Header(HeaderError),
    /// CSeq names another method than the request line.
    MethodMismatch,
    /// Content-Length is larger than what came.
    ShortBody,
    /// A stream message without Content-Length.
    NoLength,
    /// More header lines than [`MAX_HEADERS`] or bytes than [`MAX_HEAD`].
    HeadTooLarge,
    /// A body above the stream's limit.
    BodyTooLarge,
}

impl fmt::Display for ParseErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentence = match self {
            Self::KeepAlive => "Keep-Alive",
            Self::Truncated => "Message Ends In Headers",
            Self::StartLine => "Malformed Start Line",
            Self::Version => "Version Not Supported",
            Self::RequestUri => "Malformed Request-URI",
            Self::HeaderLine => "Malformed Header Line",
            Self::Header(error) => return error.fmt(f),
            Self::MethodMismatch => "CSeq Method Does Not Match Request Method",
            Self::ShortBody => "Content-Length Beyond End Of Message",
            Self::NoLength => "Missing Content-Length header",
            Self::HeadTooLarge => "Headers Too Large",
            Self::BodyTooLarge => "Message Too Large",
        };
        f.write_str(sentence)
    }
}

/// A message that could not be read, with what could.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    pub kind: ParseErrorKind,
    /// The method, when the bytes began as a request.
    pub method: Option<Method>,
    /// The header lines that could be read.
    pub headers: Headers,
}

impl ParseError {
    pub(crate) fn bare(kind: ParseErrorKind) -> Self {
        Self {
            kind,
            method: None,
            headers: Headers::new(),
        }
    }

    /// The status to answer with.
    pub fn status(&self) -> Status {
        match self.kind {
            ParseErrorKind::Version => Status::VERSION_NOT_SUPPORTED,
            ParseErrorKind::BodyTooLarge | ParseErrorKind::HeadTooLarge => Status(513),
            ParseErrorKind::KeepAlive
            | ParseErrorKind::Truncated
            | ParseErrorKind::StartLine
            | ParseErrorKind::RequestUri
            | ParseErrorKind::HeaderLine
            | ParseErrorKind::Header(_)
            | ParseErrorKind::MethodMismatch
            | ParseErrorKind::ShortBody
            | ParseErrorKind::NoLength => Status::BAD_REQUEST,
        }
    }

    /// The refusal to send back: none for responses, ACKs, keep-alives and requests whose top Via cannot be read.
    pub fn answer(&self, to_tag: &str) -> Option<Response> {
        let method = self.method.as_ref()?;
        if *method == Method::Ack || self.headers.via().is_err() {
            return None;
        }
        let mut response = Response::echo(self.status(), &self.headers, Some(to_tag));
        if self.status() == Status::BAD_REQUEST {
            response.reason = format!("Bad Request ({})", self.kind);
        }
        Some(response)
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl std::error::Error for ParseError {}

/// Reads one datagram. Without Content-Length the body runs to its end; bytes beyond Content-Length are dropped
/// (RFC 3261 section 18.3).
pub fn parse_datagram(bytes: &[u8]) -> Result<Message, ParseError> {
    let bytes = Bytes::copy_from_slice(bytes);
    let mut head = Head::read(&bytes)?;
    let rest = bytes.slice(head.end..);
    let body = match head.headers.content_length() {
        Err(error) => return Err(head.fail(ParseErrorKind::Header(error))),
        Ok(None) => rest,
        Ok(Some(length)) => {
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            if length > rest.len() {
                return Err(head.fail(ParseErrorKind::ShortBody));
            }
            rest.slice(..length)
        }
    };
    head.finish(body)
}

enum Start {
    Request(Method, Uri),
    Response(Status, String),
}

/// A start line and headers, with the index of the first body byte.
pub(crate) struct Head {
    start: Result<Start, (ParseErrorKind, Option<Method>)>,
    pub(crate) headers: Headers,
    pub(crate) end: usize,
}

impl Head {
    /// Reads the head at the beginning of `bytes`, after any leading line breaks. A broken start line is reported by
    /// [`Self::finish`] so that the length of the message is known even then.
    pub(crate) fn read(bytes: &Bytes) -> Result<Self, ParseError> {
        let Some(first) = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n')) else {
            return Err(ParseError::bare(ParseErrorKind::KeepAlive));
        };
        let mut lines = Lines { bytes, at: first };
        let line = lines
            .next_line()
            .ok_or_else(|| ParseError::bare(ParseErrorKind::Truncated))?;
        let start = parse_start(&line);
        let mut head = Self {
            start,
            headers: Headers::with_capacity(20),
            end: 0,
        };
        loop {
            let line = match lines.next_line() {
                None if lines.at - first > MAX_HEAD => return Err(head.fail(ParseErrorKind::HeadTooLarge)),
                None => return Err(head.fail(ParseErrorKind::Truncated)),
                Some(line) => line,
            };
            if lines.at - first > MAX_HEAD || head.headers.len() == MAX_HEADERS {
                return Err(head.fail(ParseErrorKind::HeadTooLarge));
            }
            if line.is_empty() {
                head.end = lines.at;
                return Ok(head);
            }
            let Some((name, value)) = parse_line(&line) else {
                return Err(head.fail(ParseErrorKind::HeaderLine));
            };
            head.headers.push_parsed(name, value);
        }
    }

    /// Checks what every message needs and joins the body to it.
    pub(crate) fn finish(mut self, body: Bytes) -> Result<Message, ParseError> {
        if let Err((kind, _)) = &self.start {
            let kind = kind.clone();
            return Err(self.fail(kind));
        }
        if let Err(kind) = self.check() {
            return Err(self.fail(kind));
        }
        let headers = std::mem::take(&mut self.headers);
        match self.start {
            Ok(Start::Request(method, uri)) => Ok(Message::Request(Request {
                method,
                uri,
                headers,
                body,
            })),
            Ok(Start::Response(status, reason)) => Ok(Message::Response(Response {
                status,
                reason,
                headers,
                body,
            })),
            Err((kind, method)) => Err(ParseError {
                kind,
                method,
                headers,
            }),
        }
    }

    fn check(&self) -> Result<(), ParseErrorKind> {
        let headers = &self.headers;
        let check = || -> Result<Method, HeaderError> {
            headers.via()?;
            headers.from()?;
            headers.to()?;
            headers.call_id()?;
            headers.max_forwards()?;
            Ok(headers.cseq()?.method)
        };
        let named = check().map_err(ParseErrorKind::Header)?;
        match &self.start {
            Ok(Start::Request(method, _)) if *method != named => Err(ParseErrorKind::MethodMismatch),
            Ok(Start::Request(..) | Start::Response(..)) | Err(_) => Ok(()),
        }
    }

    pub(crate) fn fail(&mut self, kind: ParseErrorKind) -> ParseError {
        let method = match &self.start {
            Ok(Start::Request(method, _)) => Some(method.clone()),
            Ok(Start::Response(..)) => None,
            Err((_, method)) => method.clone(),
        };
        ParseError {
            kind,
            method,
            headers: std::mem::take(&mut self.headers),
        }
    }
}

/// Logical lines: folded ones joined, CRLF or a bare LF at the end.
struct Lines<'a> {
    bytes: &'a Bytes,
    at: usize,
}

impl Lines<'_> {
    /// The next line without its end; `None` when no line end is left.
    fn next_line(&mut self) -> Option<Bytes> {
        let (start, end) = self.physical_line()?;
        if start == end || !self.continues() {
            return Some(self.bytes.slice(start..end));
        }
        let mut joined = self.bytes[start..end].to_vec();
        while self.continues() {
            let (start, end) = self.physical_line()?;
            joined.push(b' ');
            joined.extend_from_slice(lex::trim_bytes(&self.bytes[start..end]));
        }
        Some(joined.into())
    }

    fn continues(&self) -> bool {
        self.bytes.get(self.at).is_some_and(|byte| lex::is_blank(*byte))
    }

    fn physical_line(&mut self) -> Option<(usize, usize)> {
        let start = self.at;
        let Some(length) = find_lf(&self.bytes[start..]) else {
            self.at = self.bytes.len();
            return None;
        };
        self.at = start + length + 1;
        let has_cr = length > 0 && self.bytes[start + length - 1] == b'\r';
        Some((start, start + length - usize::from(has_cr)))
    }
}

fn find_lf(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|&byte| byte == b'\n')
}

fn parse_line(line: &Bytes) -> Option<(Name, Bytes)> {
    let colon = line.iter().position(|&byte| byte == b':')?;
    if line.contains(&b'\r') {
        return None;
    }
    let name = Name::parse_bytes(lex::trim_bytes(&line[..colon]))?;
    Some((name, line.slice_ref(lex::trim_bytes(&line[colon + 1..]))))
}

fn parse_start(line: &[u8]) -> Result<Start, (ParseErrorKind, Option<Method>)> {
    if line.iter().any(|byte| matches!(byte, b'\r' | 0)) {
        return Err((ParseErrorKind::StartLine, None));
    }
    if line
        .get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case(b"SIP/"))
    {
        return parse_status_line(line).map_err(|kind| (kind, None));
    }
    let text = std::str::from_utf8(line).map_err(|_| (ParseErrorKind::StartLine, None))?;
    let (method, rest) = text.split_once(' ').ok_or((ParseErrorKind::StartLine, None))?;
    let method = Method::parse(method).ok_or((ParseErrorKind::StartLine, None))?;
    let Some((uri, version)) = rest.rsplit_once(' ') else {
        return Err((ParseErrorKind::StartLine, Some(method)));
    };
    if !version.eq_ignore_ascii_case("SIP/2.0") {
        let is_sip = version
            .get(..4)
            .is_some_and(|start| start.eq_ignore_ascii_case("SIP/"));
        let kind = if is_sip {
            ParseErrorKind::Version
        } else {
            ParseErrorKind::StartLine
        };
        return Err((kind, Some(method)));
    }
    // Headers have no place in a Request-URI (RFC 3261 section 19.1.1, table 1).
    match Uri::parse(uri) {
        Some(uri) if uri.headers.is_none() => Ok(Start::Request(method, uri)),
        Some(_) | None => Err((ParseErrorKind::RequestUri, Some(method))),
    }
}

fn parse_status_line(line: &[u8]) -> Result<Start, ParseErrorKind> {
    let text = lex::text(line);
    let (version, rest) = text.split_once(' ').ok_or(ParseErrorKind::StartLine)?;
    if !version.eq_ignore_ascii_case("SIP/2.0") {
        return Err(ParseErrorKind::Version);
    }
    let (code, reason) = rest.split_once(' ').unwrap_or((rest, ""));
    let code = if code.len() == 3 { lex::number(code) } else { None };
    let code = code
        .and_then(|code| u16::try_from(code).ok())
        .filter(|code| (100..700).contains(code));
    let code = code.ok_or(ParseErrorKind::StartLine)?;
    Ok(Start::Response(Status(code), reason.to_owned()))
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod torture;
