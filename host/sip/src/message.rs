//! What a SIP message is: a request or a response, with headers and a body.

use bytes::Bytes;

use crate::header::{HeaderError, Headers};
use crate::method::Method;
use crate::name::Name;
use crate::status::Status;
use crate::uri::Uri;

/// One SIP message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    Request(Request),
    Response(Response),
}

/// A request (RFC 3261 section 7.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub method: Method,
    pub uri: Uri,
    pub headers: Headers,
    pub body: Bytes,
}

/// A response (RFC 3261 section 7.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    pub status: Status,
    /// The reason phrase; bytes that were not UTF-8 are read as Latin-1.
    pub reason: String,
    pub headers: Headers,
    pub body: Bytes,
}

/// What a response takes over from its request, in this order (RFC 3261 section 8.2.6.2).
const ECHOED: [Name; 6] = [
    Name::Via,
    Name::RecordRoute,
    Name::CallId,
    Name::From,
    Name::To,
    Name::CSeq,
];

impl Message {
    /// The headers of either kind.
    pub fn headers(&self) -> &Headers {
        match self {
            Self::Request(request) => &request.headers,
            Self::Response(response) => &response.headers,
        }
    }

    /// The body of either kind.
    pub fn body(&self) -> &Bytes {
        match self {
            Self::Request(request) => &request.body,
            Self::Response(response) => &response.body,
        }
    }

    /// The message as bytes; see [`Message::write`].
    pub fn to_vec(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(1024);
        self.write(&mut out);
        out
    }
}

impl Request {
    /// A request without headers and body.
    pub fn new(method: Method, uri: Uri) -> Self {
        Self {
            method,
            uri,
            headers: Headers::new(),
            body: Bytes::new(),
        }
    }

    /// A response that echoes what it must; a To tag is added when `to_tag` is given and To has none.
    pub fn respond(&self, status: Status, to_tag: Option<&str>) -> Response {
        Response::echo(status, &self.headers, to_tag)
    }
}

impl Response {
    /// A response without headers and body.
    pub fn new(status: Status) -> Self {
        Self {
            status,
            reason: status.reason().to_owned(),
            headers: Headers::new(),
            body: Bytes::new(),
        }
    }

    /// As [`Request::respond`], for headers that may come from a broken request. Record-Route is echoed only in
    /// 1xx with a tag and 2xx, where it makes a dialog.
    pub fn echo(status: Status, request: &Headers, to_tag: Option<&str>) -> Self {
        let mut response = Self::new(status);
        let makes_dialog = to_tag.is_some() && status.0 > 100 && status.0 < 300;
        for name in ECHOED {
            if name != Name::RecordRoute || makes_dialog {
                response.headers.copy(&name, request);
            }
        }
        if let Some(tag) = to_tag {
            response.add_to_tag(tag);
        }
        response
    }

    /// Adds the tag behind the received bytes of To, so that a display name in an old encoding survives.
    fn add_to_tag(&mut self, tag: &str) {
        let needs_tag = match self.headers.to() {
            Ok(to) => to.tag().is_none(),
            Err(HeaderError::Malformed(_)) => !contains_tag(self.headers.get(&Name::To).unwrap_or_default()),
            Err(HeaderError::Missing(_) | HeaderError::Repeated(_) | HeaderError::Forbidden(_)) => false,
        };
        if needs_tag {
            self.headers
                .append_to_value(&Name::To, format!(";tag={tag}").as_bytes());
        }
    }
}

fn contains_tag(value: &[u8]) -> bool {
    value
        .to_ascii_lowercase()
        .windows(4)
        .any(|window| window == b"tag=")
}
