//! What must be said to start a call, a registration or a ping of ours?

use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use crate::Uri;
use crate::dialog::Reach;
use crate::digest::Credentials;
use crate::flow::Flow;

/// A party as From and To show it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Party {
    pub display: Option<String>,
    pub user: String,
    pub host: String,
}

impl Party {
    /// A user at a host, without a name.
    pub fn new(user: &str, host: &str) -> Self {
        Self {
            display: None,
            user: user.to_owned(),
            host: host.to_owned(),
        }
    }

    /// The header value, without tag.
    pub(crate) fn value(&self) -> String {
        let mut value = String::new();
        if let Some(display) = &self.display {
            crate::lex::quote_into(display, &mut value);
            value.push(' ');
        }
        value.push_str("<sip:");
        if !self.user.is_empty() {
            value.push_str(&self.user);
            value.push('@');
        }
        value.push_str(&self.host);
        value.push('>');
        value
    }

    fn is_sound(&self) -> bool {
        Uri::parse(&format!(
            "sip:{}@{}",
            if self.user.is_empty() { "x" } else { &self.user },
            self.host
        ))
        .is_some()
    }
}

/// A call of ours.
#[derive(Debug, Clone)]
pub struct InviteSpec {
    pub request_uri: Uri,
    /// The To address; the Request-URI when there is none.
    pub to: Option<Uri>,
    pub from: Party,
    /// The user of our Contact.
    pub contact_user: String,
    /// Which socket sends and where to; the owner resolves names before.
    pub flow: Flow,
    /// Outbound proxies, written as Route in this order.
    pub routes: Vec<Uri>,
    /// Our offer; without one the peer makes it in its 2xx.
    pub sdp: Option<Bytes>,
    /// Further headers in the order they are written.
    pub headers: Vec<(String, String)>,
    /// Who we are to the peer when it challenges us.
    pub credentials: Option<Credentials>,
    /// Written as P-Asserted-Identity (RFC 3325).
    pub asserted: Option<Party>,
    /// Replaces the Call-ID we would draw.
    pub call_id: Option<String>,
    pub reach: Reach,
}

impl InviteSpec {
    /// A plain call.
    pub fn new(request_uri: Uri, from: Party, flow: Flow) -> Self {
        Self {
            request_uri,
            to: None,
            contact_user: from.user.clone(),
            from,
            flow,
            routes: Vec::new(),
            sdp: None,
            headers: Vec::new(),
            credentials: None,
            asserted: None,
            call_id: None,
            reach: Reach::Contact,
        }
    }

    /// Refuses what would forge or break headers.
    pub(crate) fn check(&self) -> Result<(), InviteError> {
        let sound = self.from.is_sound() && self.asserted.as_ref().is_none_or(Party::is_sound);
        if !sound || !(self.contact_user.is_empty() || Party::new(&self.contact_user, "x").is_sound()) {
            return Err(InviteError::BadParty);
        }
        if self
            .call_id
            .as_deref()
            .is_some_and(|id| id.is_empty() || id.bytes().any(|byte| byte <= b' '))
        {
            return Err(InviteError::BadHeader);
        }
        check_headers(&self.headers)
    }
}

/// Refuses headers that would forge others.
pub(crate) fn check_headers(headers: &[(String, String)]) -> Result<(), InviteError> {
    let bad = |(name, value): &(String, String)| {
        !crate::lex::is_token(name.as_bytes()) || value.bytes().any(|byte| matches!(byte, b'\r' | b'\n' | 0))
    };
    if headers.iter().any(bad) {
        Err(InviteError::BadHeader)
    } else {
        Ok(())
    }
}

/// Why a call was not started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InviteError {
    /// The caller's user or host cannot stand in a URI.
    BadParty,
    /// A header's name is no token, or its value holds a line end.
    BadHeader,
    /// The tables are full.
    Full,
}

impl fmt::Display for InviteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadParty => "the caller's user or host cannot stand in a SIP address",
            Self::BadHeader => "a header name or value is not allowed",
            Self::Full => "too many calls",
        })
    }
}

impl std::error::Error for InviteError {}

/// Why a request about a session had no effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The session is over, or never was.
    UnknownSession,
    /// The session is in a state in which this cannot be done.
    WrongState,
    /// The transaction table is full.
    Full,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownSession => "there is no such session",
            Self::WrongState => "the session's state does not allow it",
            Self::Full => "too many transactions",
        })
    }
}

impl std::error::Error for Refusal {}

/// A registration of ours with another registrar.
#[derive(Debug, Clone)]
pub struct RegisterSpec {
    /// The Request-URI: the registrar's domain.
    pub registrar: Uri,
    /// The address of record, as From and To.
    pub aor: Party,
    pub contact_user: String,
    pub flow: Flow,
    /// Wished for, in seconds.
    pub expires_s: u32,
    pub credentials: Option<Credentials>,
    /// After a refusal or silence it is tried again; `None` gives up.
    pub retry_after: Option<Duration>,
}

/// A NOTIFY of ours outside any subscription, or a MESSAGE outside any call.
#[derive(Debug, Clone)]
pub struct NotifySpec {
    pub uri: Uri,
    pub from: Party,
    pub flow: Flow,
    /// In the order they are written; `Content-Type` is that of the body.
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

/// An OPTIONS of ours, to see whether a contact answers.
#[derive(Debug, Clone)]
pub struct PingSpec {
    pub uri: Uri,
    pub from: Party,
    pub flow: Flow,
    /// Comes back in `OptionsReply`.
    pub number: u64,
}
