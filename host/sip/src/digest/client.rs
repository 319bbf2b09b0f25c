//! How a challenge is answered.

use super::{Authorization, Challenge, Credentials, Qop};
use crate::method::Method;

/// The Authorization for a challenge's first use; `None` when the credentials hold only the other algorithm's hash.
pub fn answer(
    challenge: &Challenge,
    credentials: &Credentials,
    method: &Method,
    uri: &str,
    cnonce: &str,
) -> Option<Authorization> {
    answer_again(challenge, credentials, method, uri, Qop::new(1, cnonce))
}

/// As [`answer`], for the n-th request with the same nonce.
pub fn answer_again(
    challenge: &Challenge,
    credentials: &Credentials,
    method: &Method,
    uri: &str,
    use_of_nonce: Qop,
) -> Option<Authorization> {
    let ha1 = credentials.ha1(challenge.algorithm, &challenge.realm)?;
    let mut authorization = Authorization {
        username: credentials.username.clone(),
        realm: challenge.realm.clone(),
        nonce: challenge.nonce.clone(),
        uri: uri.to_owned(),
        response: String::new(),
        algorithm: challenge.algorithm,
        opaque: challenge.opaque.clone(),
        qop: challenge.has_qop_auth.then_some(use_of_nonce),
    };
    authorization.response = authorization.expected_response(&ha1, method.as_str());
    Some(authorization)
}

/// The strongest challenge these credentials can answer; among equals the first sent.
pub fn pick<'a>(challenges: &'a [Challenge], credentials: &Credentials) -> Option<&'a Challenge> {
    let by_strength = credentials.algorithms().iter();
    by_strength
        .into_iter()
        .find_map(|wanted| challenges.iter().find(|one| one.algorithm == *wanted))
}
