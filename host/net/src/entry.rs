//! What pjsip.conf says of an endpoint, as calls and the SIP endpoint need it.

use crate::contacts::AorView;
use crate::directory::EndpointEntry;
use std::collections::BTreeMap;
use std::sync::Arc;
use ucx_call::Party;
use ucx_config::pjsip::{AuthKind, DigestAlgorithm, DtmfMode, Endpoint, IdentifyBy, Match, Pjsip};
use ucx_sip::digest::{Credentials, Secret};
use ucx_sip::sdp::{Codec, Format};
use ucx_sip::{Account, AccountId, AddressMatch, Reach};

/// The payload type we offer telephone events under.
const TELEPHONE_EVENT: u8 = 101;

/// The codecs of `allow=` that this host carries, under the payload types it offers them with.
fn formats(endpoint: &Endpoint) -> Vec<Format> {
    let known = |name: &str| match name {
        "ulaw" => Some(Format::new(0, Codec::new("PCMU", 8000))),
        "alaw" => Some(Format::new(8, Codec::new("PCMA", 8000))),
        _ => None,
    };
    let mut formats: Vec<_> = endpoint
        .media
        .codecs
        .iter()
        .filter_map(|codec| known(codec.name))
        .collect();
    if formats.is_empty() {
        formats.push(Format::new(0, Codec::new("PCMU", 8000)));
    }
    let events = Codec {
        fmtp: Some("0-16".to_owned()),
        ..Codec::new("telephone-event", 8000)
    };
    match endpoint.media.dtmf_mode {
        DtmfMode::Rfc4733 | DtmfMode::Auto | DtmfMode::AutoInfo => {
            formats.push(Format::new(TELEPHONE_EVENT, events))
        }
        DtmfMode::Inband | DtmfMode::Info | DtmfMode::None => {}
    }
    formats
}

pub(crate) fn entry(pjsip: &Pjsip, endpoint: &Endpoint) -> EndpointEntry {
    let caller = &endpoint.identity.callerid;
    let text = |text: &Option<String>| text.as_deref().unwrap_or_default().to_owned();
    let shared = |text: &Option<String>| text.as_deref().map(Arc::from);
    let pairs = endpoint.set_var.iter();
    EndpointEntry {
        name: Arc::from(endpoint.name.as_str()),
        context: Arc::from(endpoint.context.as_str()),
        caller: Party::new(&text(&caller.number), &text(&caller.name)),
        formats: formats(endpoint),
        language: shared(&endpoint.language),
        account: shared(&endpoint.accountcode),
        variables: pairs
            .map(|(name, value)| (Arc::from(name.as_str()), Arc::from(value.as_str())))
            .collect(),
        aors: endpoint.aors.clone(),
        dtmf: endpoint.media.dtmf_mode,
        is_symmetric: endpoint.media.symmetric,
        rtp_timeout: (!endpoint.media.timeout.is_zero()).then_some(endpoint.media.timeout),
        from_user: endpoint.identity.from_user.clone(),
        from_domain: endpoint.identity.from_domain.clone(),
        credentials: endpoint
            .outbound_auth
            .first()
            .and_then(|name| credentials(pjsip, name)),
        reach: reach(endpoint),
    }
}

pub(crate) fn aor_views(pjsip: &Pjsip) -> BTreeMap<Arc<str>, AorView> {
    let mut views: BTreeMap<Arc<str>, AorView> = BTreeMap::new();
    for (name, aor) in &pjsip.aors {
        let fixed = aor.contacts.iter().map(|contact| Arc::from(contact.uri.as_str()));
        let view = AorView {
            fixed: fixed.collect(),
            endpoints: Vec::new(),
            frequency: aor.qualify_frequency,
            patience: aor.qualify_timeout,
            wants_success: aor.qualify_2xx_only,
        };
        views.insert(Arc::from(name.as_str()), view);
    }
    for (name, endpoint) in &pjsip.endpoints {
        for aor in &endpoint.aors {
            if let Some(view) = views.get_mut(aor.as_str()) {
                view.endpoints.push(Arc::from(name.as_str()));
            }
        }
    }
    views
}

fn reach(endpoint: &Endpoint) -> Reach {
    if endpoint.signalling.rewrite_contact {
        Reach::Symmetric
    } else {
        Reach::Contact
    }
}

/// What an auth section proves; the strongest hash if it has no password.
pub(crate) fn credentials(pjsip: &Pjsip, name: &str) -> Option<Credentials> {
    let auth = pjsip.auths.get(name)?;
    let hash = |algorithm| auth.digests.iter().find(|digest| digest.algorithm == algorithm);
    let secret = match (&auth.kind, &auth.password) {
        (AuthKind::Digest | AuthKind::UserPass, Some(password)) => {
            Secret::Plain(password.expose().to_owned())
        }
        (AuthKind::Digest | AuthKind::UserPass | AuthKind::Md5, _) => match hash(DigestAlgorithm::Sha256) {
            Some(digest) => Secret::Ha1Sha256(digest.hash.expose().to_owned()),
            None => Secret::Ha1Md5(hash(DigestAlgorithm::Md5)?.hash.expose().to_owned()),
        },
    };
    Some(Credentials {
        username: auth.username.clone(),
        secret,
    })
}

/// Credentials that nothing matches, for an endpoint that names an auth section which cannot be used.
fn unmatchable(endpoint: &Endpoint) -> Credentials {
    Credentials {
        username: endpoint.name.clone(),
        secret: Secret::Ha1Md5(String::new()),
    }
}

pub(crate) fn account(pjsip: &Pjsip, endpoint: &Endpoint, id: AccountId) -> Account {
    let first = endpoint.auth.first();
    let auth = first.map(|name| credentials(pjsip, name).unwrap_or_else(|| unmatchable(endpoint)));
    let rules = pjsip
        .identifies
        .values()
        .filter(|rule| rule.endpoint == endpoint.name);
    let networks = rules
        .flat_map(|rule| &rule.matches)
        .filter_map(|rule| match rule {
            Match::Network(network) => Some(AddressMatch {
                address: network.address,
                prefix_bits: network.prefix,
                port: None,
            }),
            Match::Socket(socket) => Some(AddressMatch {
                address: socket.ip(),
                prefix_bits: if socket.is_ipv4() { 32 } else { 128 },
                port: Some(socket.port()),
            }),
            Match::Host(_) => None,
        });
    Account {
        id,
        auth,
        realm: first.and_then(|name| pjsip.auths.get(name)?.realm.clone()),
        aors: endpoint.aors.clone(),
        is_known_by_user: endpoint.identify_by.contains(&IdentifyBy::Username),
        addresses: networks.collect(),
        reach: reach(endpoint),
    }
}
