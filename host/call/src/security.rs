//! Who came to a door of the host, and how it went.

use std::net::SocketAddr;
use std::sync::Arc;

/// What happened at the door, with the field's names.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the fields are the field's own words
pub enum SecurityKind {
    /// A list of addresses shut it out.
    FailedAcl { acl: Option<Arc<str>> },
    /// There is no such account.
    InvalidAccountId,
    /// Too many sessions.
    SessionLimit,
    /// The service knows no such request.
    RequestNotSupported { request: Arc<str> },
    /// The account may not ask for it.
    RequestNotAllowed {
        request: Arc<str>,
        parameters: Option<Arc<str>>,
    },
    /// The account may not prove itself that way.
    AuthMethodNotAllowed { method: Arc<str> },
    /// The request could not be read.
    RequestBadFormat { request: Arc<str> },
    /// It is who it says.
    SuccessfulAuth { uses_password: bool },
    /// It comes from somewhere else than before.
    UnexpectedAddress { expected: SocketAddr },
    /// The answer to a challenge is wrong.
    ChallengeResponseFailed {
        challenge: Arc<str>,
        response: Arc<str>,
        expected: Arc<str>,
    },
    /// The password is wrong.
    InvalidPassword {
        challenge: Option<Arc<str>>,
        received_challenge: Option<Arc<str>>,
        received_hash: Option<Arc<str>>,
    },
    /// It was asked to prove who it is.
    ChallengeSent { challenge: Arc<str> },
    /// It may not come over that transport.
    InvalidTransport { attempted: Arc<str> },
}

impl SecurityKind {
    /// The name clients see.
    pub fn name(&self) -> &'static str {
        match self {
            Self::FailedAcl { .. } => "FailedACL",
            Self::InvalidAccountId => "InvalidAccountID",
            Self::SessionLimit => "SessionLimit",
            Self::RequestNotSupported { .. } => "RequestNotSupported",
            Self::RequestNotAllowed { .. } => "RequestNotAllowed",
            Self::AuthMethodNotAllowed { .. } => "AuthMethodNotAllowed",
            Self::RequestBadFormat { .. } => "RequestBadFormat",
            Self::SuccessfulAuth { .. } => "SuccessfulAuth",
            Self::UnexpectedAddress { .. } => "UnexpectedAddress",
            Self::ChallengeResponseFailed { .. } => "ChallengeResponseFailed",
            Self::InvalidPassword { .. } => "InvalidPassword",
            Self::ChallengeSent { .. } => "ChallengeSent",
            Self::InvalidTransport { .. } => "InvalidTransport",
        }
    }

    /// Whether nobody has to look into it.
    pub fn is_informational(&self) -> bool {
        matches!(self, Self::SuccessfulAuth { .. } | Self::ChallengeSent { .. })
    }
}

/// Somebody at one of the doors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityEvent {
    /// What happened.
    pub kind: SecurityKind,
    /// Which door: `PJSIP`, `AMI`, `ARI`, `HTTP`.
    pub service: &'static str,
    /// Who it says it is; may be empty.
    pub account: Arc<str>,
    /// The session's name at that door: the Call-ID of SIP, a number elsewhere.
    pub session: Arc<str>,
    /// `UDP`, `TCP`, `TLS`, `WS`, `WSS`.
    pub transport: &'static str,
    /// Where it came to.
    pub local: SocketAddr,
    /// Where it came from.
    pub remote: SocketAddr,
}
