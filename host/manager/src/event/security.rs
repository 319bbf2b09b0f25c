//! Who came to a door and how it went: the events of class `security`.

use super::{Classes, Out, Text};
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;
use ucx_call::{SecurityEvent, SecurityKind};

/// The door whose sessions have a beginning that is told (`SessionTV`).
const MANAGER: &str = "AMI";

impl Out<'_> {
    pub(super) fn security(&mut self, event: &SecurityEvent) {
        let now = self.ctx.epoch + self.at;
        self.message(event.kind.name(), Classes::SECURITY, |text, _| {
            let severity = if event.kind.is_informational() {
                "Informational"
            } else {
                "Error"
            };
            text.args("EventTV", format_args!("{}", Instant(now)));
            text.line("Severity", severity);
            text.line("Service", event.service);
            text.line("EventVersion", version(&event.kind));
            let is_bad_format = matches!(event.kind, SecurityKind::RequestBadFormat { .. });
            if !is_bad_format {
                text.line("AccountID", &event.account);
            }
            text.line("SessionID", &event.session);
            text.args(
                "LocalAddress",
                format_args!("{}", Address(event.transport, event.local)),
            );
            text.args(
                "RemoteAddress",
                format_args!("{}", Address(event.transport, event.remote)),
            );
            before_session(text, event);
            if event.service == MANAGER {
                text.args(
                    "SessionTV",
                    format_args!("{}", Instant(session_time(&event.kind, now))),
                );
            }
            if is_bad_format && !event.account.is_empty() {
                text.line("AccountID", &event.account);
            }
            after_session(text, &event.kind);
        });
    }
}

/// The version of an event's form.
fn version(kind: &SecurityKind) -> &'static str {
    if matches!(kind, SecurityKind::InvalidPassword { .. }) {
        "2"
    } else {
        "1"
    }
}

/// When the session was let in; one that was not has no such time.
fn session_time(kind: &SecurityKind, now: Duration) -> Duration {
    let is_in = matches!(
        kind,
        SecurityKind::SuccessfulAuth { .. } | SecurityKind::RequestBadFormat { .. }
    );
    if is_in { now } else { Duration::ZERO }
}

/// What a kind says before the time of its session.
fn before_session(text: &mut Text, event: &SecurityEvent) {
    match &event.kind {
        SecurityKind::FailedAcl { acl } => optional(text, "ACLName", acl.as_deref()),
        SecurityKind::RequestNotSupported { request }
        | SecurityKind::RequestNotAllowed { request, .. }
        | SecurityKind::RequestBadFormat { request } => text.line("RequestType", request),
        SecurityKind::AuthMethodNotAllowed { method } => text.line("AuthMethod", method),
        SecurityKind::SuccessfulAuth { uses_password } => {
            text.line("UsingPassword", if *uses_password { "1" } else { "0" });
        }
        SecurityKind::UnexpectedAddress { expected } => {
            let expected = Address(event.transport, *expected);
            text.args("ExpectedAddress", format_args!("{expected}"));
        }
        SecurityKind::ChallengeResponseFailed {
            challenge,
            response,
            expected,
        } => {
            text.line("Challenge", challenge);
            text.line("Response", response);
            text.line("ExpectedResponse", expected);
        }
        SecurityKind::ChallengeSent { challenge } => text.line("Challenge", challenge),
        SecurityKind::InvalidTransport { attempted } => text.line("AttemptedTransport", attempted),
        SecurityKind::InvalidAccountId
        | SecurityKind::SessionLimit
        | SecurityKind::InvalidPassword { .. } => {}
    }
}

/// What a kind says at its end.
fn after_session(text: &mut Text, kind: &SecurityKind) {
    if let SecurityKind::RequestNotAllowed { parameters, .. } = kind {
        optional(text, "RequestParams", parameters.as_deref());
    }
    if let SecurityKind::InvalidPassword {
        challenge,
        received_challenge,
        received_hash,
    } = kind
    {
        optional(text, "Challenge", challenge.as_deref());
        optional(text, "ReceivedChallenge", received_challenge.as_deref());
        optional(text, "ReceivedHash", received_hash.as_deref());
    }
}

fn optional(text: &mut Text, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        text.line(name, value);
    }
}

/// Writes transport, address and port as `IPV4/UDP/127.0.0.1/5060`.
struct Address(&'static str, SocketAddr);

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let family = if self.1.is_ipv4() { "IPV4" } else { "IPV6" };
        write!(f, "{family}/{}/{}/{}", self.0, self.1.ip(), self.1.port())
    }
}

/// Writes a time since 1970 as `2026-11-22T14:38:09.254+0000`.
struct Instant(Duration);

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = jiff::SignedDuration::try_from(self.0)
            .ok()
            .and_then(|since| jiff::Timestamp::from_duration(since).ok())
            .unwrap_or(jiff::Timestamp::MAX);
        write!(f, "{}", time.strftime("%Y-%m-%dT%H:%M:%S.%3f+0000"))
    }
}
