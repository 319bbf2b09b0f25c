//! Who asks, and which web pages may.

use super::respond;
use crate::http::base64;
use crate::http::head::Head;
use crate::http::response::Response;
use crate::operation::Failure;
use crate::settings::{Settings, User};
use std::net::SocketAddr;
use subtle::ConstantTimeEq;
use ucx_call::Principal;

/// Somebody who proved who they are.
#[derive(Clone, Debug)]
pub struct Key {
    /// Who, with their rights.
    pub principal: Principal,
    /// Whether they may only look.
    pub is_read_only: bool,
}

/// Lets somebody in by `Authorization: Basic`, or by `api_key=user:password` in the query.
///
/// # Errors
/// The reply that refuses them.
pub(super) fn enter(
    head: &Head,
    query: &[(String, String)],
    remote: SocketAddr,
    settings: &Settings,
) -> Result<Key, Response> {
    let Some((name, user)) = credentials(head, query).and_then(|(name, password)| {
        let user = known(settings, &name, &password)?;
        Some((name, user))
    }) else {
        let realm = format!("Basic realm=\"{}\"", settings.ari.realm);
        let failure = Failure::new(401, "Authentication required");
        return Err(respond(Err(failure), settings).with("WWW-Authenticate", realm));
    };
    if !user.access.permits(remote.ip()) {
        return Err(respond(Err(Failure::new(403, "Access denied by ACL")), settings));
    }
    Ok(Key {
        principal: settings.principal(&name, user),
        is_read_only: user.is_read_only,
    })
}

/// Whether somebody named themselves and was wrong; asking without a name is no guess.
pub(super) fn is_guess(head: &Head, query: &[(String, String)], settings: &Settings) -> bool {
    credentials(head, query).is_some_and(|(name, password)| known(settings, &name, &password).is_none())
}

fn credentials(head: &Head, query: &[(String, String)]) -> Option<(String, String)> {
    let pair = match head.header("authorization") {
        Some(value) => {
            let (scheme, encoded) = value.split_once(' ')?;
            if !scheme.eq_ignore_ascii_case("basic") {
                return None;
            }
            String::from_utf8(base64::decode(encoded.trim())?).ok()?
        }
        None => query.iter().find(|(key, _)| key == "api_key")?.1.clone(),
    };
    let (name, password) = pair.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

/// The user of that name, if the password is theirs. Takes as long for a name that is not known.
fn known<'a>(settings: &'a Settings, name: &str, password: &str) -> Option<&'a User> {
    let user = settings.ari.users.get(name);
    let expected = user.map_or("no such user", |user| user.password.as_str());
    let is_right: bool = password.as_bytes().ct_eq(expected.as_bytes()).into();
    user.filter(|_| is_right)
}

/// Headers for a web page whose origin the operator allows; none for anybody else.
pub fn answer_origin(head: &Head, settings: &Settings) -> Vec<(&'static str, String)> {
    let Some(origin) = head.header("origin").filter(|origin| !origin.is_empty()) else {
        return Vec::new();
    };
    if !settings
        .ari
        .origins
        .iter()
        .any(|allowed| allowed == "*" || allowed == origin)
    {
        return Vec::new();
    }
    vec![
        ("Access-Control-Allow-Origin", origin.to_owned()),
        ("Access-Control-Allow-Credentials", "true".to_owned()),
    ]
}

/// Answers `OPTIONS`: which methods there are, and for a web page that asks before it acts that it may.
pub(super) fn preflight(head: &Head, allow: String, origin: &[(&'static str, String)]) -> Response {
    let mut response = Response::new(204).with("Allow", allow.clone());
    if !origin.is_empty() && head.header("access-control-request-method").is_some() {
        response = response.with("Access-Control-Allow-Methods", allow);
        if let Some(headers) = head.header("access-control-request-headers") {
            response = response.with("Access-Control-Allow-Headers", headers);
        }
    }
    response
}
