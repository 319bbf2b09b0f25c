//! Login: says who the session is, by the secret itself or by a digest of it.

use super::{Action, Work, optional, required};
use crate::event::system::booted_at_login;
use crate::event::{Classes, Text};
use crate::session::{Answer, FAILURE_DELAY, Session, Step, View, mask};
use crate::{Reply, Request, User};
use md5::{Digest, Md5};
use std::fmt::Write;
use std::sync::Arc;
use subtle::ConstantTimeEq;
use ucx_call::SecurityKind;

pub(super) static ACTION: Action = Action {
    name: "Login",
    synopsis: "Log in to the session.",
    arguments: &[
        required("Username", "The user's name."),
        optional("AuthType", "MD5 if the secret is not sent itself."),
        optional("Secret", "The user's secret."),
        optional("Key", "With MD5: the digest of challenge and secret."),
        optional("Events", "Which events the session gets: on, off, or classes."),
    ],
    classes: &[],
    work: Work::Session(run),
};

fn run(session: &mut Session, request: &Request, view: &View<'_>) -> Step {
    if session.user.is_some() {
        return Reply::done(request, "Already authenticated").into();
    }
    let user = match check(session, request, view) {
        Ok(user) => user,
        Err(security) => {
            return Step::Answer(Answer {
                delay: FAILURE_DELAY,
                closes: true,
                security,
                ..Reply::error(request, "Authentication failed").into()
            });
        }
    };
    session.mask = user.read & mask(request.text("Events")).unwrap_or(Classes::ALL);
    session.filters = user.filters.clone();
    let mut text = Reply::done(request, "Authentication accepted").to_vec();
    if session.mask.contains(Classes::SYSTEM)
        && let Some(up) = view.booted
    {
        let mut booted = Text::new();
        booted_at_login(&mut booted, up, &view.context);
        text.extend_from_slice(booted.as_bytes());
    }
    let security = SecurityKind::SuccessfulAuth { uses_password: false };
    let account = user.name.clone();
    session.user = Some(user);
    Step::Answer(Answer {
        logs_in: true,
        security: Some((security, account)),
        ..bytes::Bytes::from(text).into()
    })
}

type Refused = Option<(SecurityKind, Arc<str>)>;

/// Who it is, or what the readers of security events are told.
fn check(session: &Session, request: &Request, view: &View<'_>) -> Result<Arc<User>, Refused> {
    let name = request.filled("Username").ok_or(None)?;
    let Some(user) = view.config.users.get(name) else {
        return Err(Some((SecurityKind::InvalidAccountId, Arc::from(name))));
    };
    if !user.is_permitted(&view.config.lists, view.remote) {
        let kind = SecurityKind::FailedAcl { acl: None };
        return Err(Some((kind, user.name.clone())));
    }
    let is_digest = request.text("AuthType").eq_ignore_ascii_case("MD5");
    if is_digest && session.is_challenged && !user.secret().is_empty() {
        let key = request.text("Key");
        let expected = digest(&session.challenge, user.secret());
        if bool::from(key.as_bytes().ct_eq(expected.as_bytes())) {
            return Ok(user.clone());
        }
        let kind = SecurityKind::ChallengeResponseFailed {
            challenge: Arc::from(&*session.challenge),
            response: Arc::from(key),
            expected: Arc::from(expected),
        };
        return Err(Some((kind, Arc::from(""))));
    }
    let secret = request.text("Secret");
    let is_secret = bool::from(secret.as_bytes().ct_eq(user.secret().as_bytes()));
    if !is_digest && is_secret && !secret.is_empty() {
        return Ok(user.clone());
    }
    let kind = SecurityKind::InvalidPassword {
        challenge: None,
        received_challenge: None,
        received_hash: None,
    };
    Err(Some((kind, user.name.clone())))
}

/// The lower-case hexadecimal MD5 of challenge and secret.
pub(crate) fn digest(challenge: &str, secret: &str) -> String {
    let mut hash = Md5::new();
    hash.update(challenge.as_bytes());
    hash.update(secret.as_bytes());
    hash.finalize().iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
