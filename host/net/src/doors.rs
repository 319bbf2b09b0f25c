//! What the guard of SIP tells, as security events of the host.

use crate::control::Control;
use crate::media::MediaDriver;
use crate::outbound::facing;
use std::net::SocketAddr;
use std::sync::Arc;
use ucx_call::{EventKind, SecurityEvent, SecurityKind as Kind};
use ucx_sip::TransportKind;
use ucx_sip::event::{Security, SecurityKind};

impl<M: MediaDriver> Control<M> {
    pub(crate) fn security(&self, security: &Security) {
        let event = event_of(security);
        if !event.kind.is_informational() {
            tracing::warn!(address = %event.remote, reason = event.kind.name(), "a SIP request was refused");
        }
        self.pbx.publish(EventKind::Security(Arc::new(event)));
    }
}

fn event_of(security: &Security) -> SecurityEvent {
    let flow = &security.flow;
    SecurityEvent {
        kind: kind_of(&security.kind),
        service: "PJSIP",
        account: Arc::from(security.account.as_str()),
        session: Arc::from(security.call_id.as_str()),
        transport: match flow.kind {
            TransportKind::Udp => "UDP",
            TransportKind::Tcp => "TCP",
        },
        local: SocketAddr::new(facing(flow), flow.local.port()),
        remote: flow.remote,
    }
}

/// The field tells of a registrar's refusals as if a list of addresses had made them (capture `registration/contact_limit`).
fn kind_of(kind: &SecurityKind) -> Kind {
    let refused_by = |list: &str| Kind::FailedAcl {
        acl: Some(Arc::from(list)),
    };
    match kind {
        SecurityKind::BadPassword { challenge, response } => Kind::ChallengeResponseFailed {
            challenge: Arc::from(challenge.as_str()),
            response: Arc::from(response.as_str()),
            // What would have been right is nobody's business.
            expected: Arc::default(),
        },
        SecurityKind::UnknownAccount => Kind::InvalidAccountId,
        SecurityKind::ForeignAor => refused_by("registrar_requested_aor_not_found"),
        SecurityKind::TooManyContacts => refused_by("registrar_attempt_exceeds_maximum_configured_contacts"),
        SecurityKind::Malformed => Kind::RequestBadFormat {
            request: Arc::default(),
        },
        SecurityKind::Overload => Kind::SessionLimit,
        SecurityKind::ChallengeSent => Kind::ChallengeSent {
            challenge: Arc::default(),
        },
        SecurityKind::Authenticated => Kind::SuccessfulAuth { uses_password: true },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ucx_sip::{Flow, TransportId};

    #[test]
    fn a_wrong_answer_is_told_with_both_texts_and_both_addresses() {
        let flow = Flow {
            transport: TransportId(0),
            kind: TransportKind::Tcp,
            local: SocketAddr::from(([0, 0, 0, 0], 5060)),
            remote: SocketAddr::from(([127, 0, 0, 1], 5078)),
            connection: Some(1),
        };
        let event = event_of(&Security {
            kind: SecurityKind::BadPassword {
                challenge: "1795/ab".to_owned(),
                response: "5e6d".to_owned(),
            },
            account: "frank".to_owned(),
            flow,
            call_id: "frank-call-1".to_owned(),
        });
        let expected = SecurityEvent {
            kind: Kind::ChallengeResponseFailed {
                challenge: Arc::from("1795/ab"),
                response: Arc::from("5e6d"),
                expected: Arc::default(),
            },
            service: "PJSIP",
            account: Arc::from("frank"),
            session: Arc::from("frank-call-1"),
            transport: "TCP",
            local: SocketAddr::from(([127, 0, 0, 1], 5060)),
            remote: flow.remote,
        };
        assert_eq!(event, expected);
    }
}
