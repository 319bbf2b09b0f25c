//! Who sends this request, and is it really them? Identification and digest challenges (RFC 3261 section 22).

use std::time::Duration;

use super::Endpoint;
use super::receive::Received;
use crate::accounts::AccountId;
use crate::compose::Reply;
use crate::dialog::Reach;
use crate::digest::server::{Presented, Verdict};
use crate::digest::{Algorithm, Authorization, Credentials};
use crate::event::SecurityKind;
use crate::{Name, lex};

/// How the guard's events call somebody it does not know while it is challenged.
const UNKNOWN_NAME: &str = "<unknown>";

/// Who was let in.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub account: AccountId,
    pub reach: Reach,
    pub aors: Vec<String>,
}

/// What is demanded of an account, known or not.
struct Demand {
    name: String,
    realm: String,
    credentials: Option<Credentials>,
}

impl Endpoint {
    /// Identifies and authenticates a request; when `None`, its refusal or challenge has been sent.
    pub(super) fn guard(&mut self, now: Duration, received: &Received<'_>) -> Option<Caller> {
        let from = received.request.headers.from().ok();
        let user = from
            .as_ref()
            .and_then(|from| from.uri.user_decoded())
            .unwrap_or_default()
            .into_owned();
        let Some(account) = self.directory.identify(received.flow.remote, &user) else {
            // An unknown name is challenged like a known one, so that names cannot be told apart.
            self.tell_security(
                SecurityKind::UnknownAccount,
                &user,
                received.flow,
                &received.ident.call_id,
            );
            let demand = Demand {
                name: UNKNOWN_NAME.to_owned(),
                realm: self.config.realm.clone(),
                credentials: None,
            };
            self.demand(now, received, &demand);
            return None;
        };
        let caller = Caller {
            account: account.id,
            reach: account.reach,
            aors: account.aors.clone(),
        };
        let Some(credentials) = account.auth.clone() else {
            return Some(caller);
        };
        let realm = account.realm.clone().unwrap_or_else(|| self.config.realm.clone());
        let demand = Demand {
            name: user,
            realm,
            credentials: Some(credentials),
        };
        self.demand(now, received, &demand).then_some(caller)
    }

    /// Checks the request's proof, or challenges; true when it is accepted.
    fn demand(&mut self, now: Duration, received: &Received<'_>, demand: &Demand) -> bool {
        let lines = received.request.headers.all(&Name::Authorization);
        let proofs: Vec<Authorization> = lines
            .filter_map(|line| Authorization::parse(&lex::text(line)))
            .collect();
        let proof = proofs
            .iter()
            .find(|proof| proof.realm == demand.realm)
            .or(proofs.first());
        let verdict = proof.map(|authorization| {
            let source = received.flow.remote.ip();
            let presented = Presented {
                authorization,
                method: &received.request.method,
                source,
            };
            self.authenticator
                .verify(now, presented, &demand.realm, demand.credentials.as_ref())
        });
        let call_id = &received.ident.call_id;
        match verdict {
            Some(Verdict::Accepted) => {
                self.tell_security(SecurityKind::Authenticated, &demand.name, received.flow, call_id);
                return true;
            }
            Some(Verdict::Refused) => {
                let (challenge, response) = proof
                    .map(|proof| (proof.nonce.clone(), proof.response.clone()))
                    .unwrap_or_default();
                let kind = SecurityKind::BadPassword { challenge, response };
                self.tell_security(kind, &demand.name, received.flow, call_id);
            }
            Some(Verdict::Stale | Verdict::UnknownNonce) | None => {
                self.tell_security(SecurityKind::ChallengeSent, &demand.name, received.flow, call_id);
            }
        }
        let algorithm = match &demand.credentials {
            Some(credentials) if credentials.algorithms() == [Algorithm::Sha256] => Algorithm::Sha256,
            Some(_) | None => Algorithm::Md5,
        };
        let source = received.flow.remote.ip();
        let mut challenge = self
            .authenticator
            .challenge(now, source, &demand.realm, algorithm);
        challenge.is_stale = verdict == Some(Verdict::Stale);
        let reply = Reply::new(401).with("WWW-Authenticate", challenge.to_string());
        self.reply(now, received.id, &reply);
        false
    }
}
