//! `type=aor`: an address of record and its contacts.

use std::time::Duration;

use crate::diagnostic::{Diagnostic, Origin};
use crate::options::{Reader, Settings};

/// A contact written in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaticContact {
    /// The URI as written.
    pub uri: String,
    /// Where it is written.
    pub origin: Origin,
}

/// Where an endpoint can be reached.
#[derive(Debug, Clone)]
pub struct Aor {
    /// Its name.
    pub name: String,
    /// Its header's place.
    pub origin: Origin,
    /// Contacts that need no registration.
    pub contacts: Vec<StaticContact>,
    /// The most registered contacts; zero refuses registrations.
    pub max_contacts: u32,
    /// Seconds of a registration that names none.
    pub default_expiration: u32,
    /// The shortest registration in seconds.
    pub minimum_expiration: u32,
    /// The longest registration in seconds.
    pub maximum_expiration: u32,
    /// A registration over the limit replaces the oldest contacts.
    pub remove_existing: bool,
    /// The contacts it replaces are unavailable ones first.
    pub remove_unavailable: bool,
    /// The time between two qualifying OPTIONS; zero means none are sent.
    pub qualify_frequency: Duration,
    /// The time an answer may take.
    pub qualify_timeout: Duration,
    /// Only a 2xx answer counts as reachable.
    pub qualify_2xx_only: bool,
    /// Mailboxes whose state subscribers get.
    pub mailboxes: Vec<String>,
    /// The extension to dial for voicemail.
    pub voicemail_extension: Option<String>,
    /// All options as text.
    pub settings: Settings,
}

impl Aor {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let section = reader.section();
        let contacts = contacts(reader);
        let aor = Self {
            name: section.name.clone(),
            origin: section.origin.clone(),
            contacts,
            max_contacts: reader.number("max_contacts", 0..=100_000),
            default_expiration: reader.number("default_expiration", 1..=u32::MAX),
            minimum_expiration: reader.number("minimum_expiration", 0..=u32::MAX),
            maximum_expiration: reader.number("maximum_expiration", 1..=u32::MAX),
            remove_existing: reader.flag("remove_existing"),
            remove_unavailable: reader.flag("remove_unavailable"),
            qualify_frequency: Duration::from_secs(reader.number("qualify_frequency", 0..=86_400)),
            qualify_timeout: reader.seconds("qualify_timeout"),
            qualify_2xx_only: reader.flag("qualify_2xx_only"),
            mailboxes: reader.each("mailboxes", |name| Ok(name.to_owned())),
            voicemail_extension: reader.optional("voicemail_extension"),
            settings: reader.settings(),
        };
        if aor.minimum_expiration > aor.maximum_expiration {
            let message = format!(
                "aor [{}] has a minimum_expiration above its maximum_expiration",
                aor.name
            );
            reader.fail(Diagnostic::error(&aor.origin, message));
        }
        aor
    }
}

fn contacts(reader: &mut Reader<'_>) -> Vec<StaticContact> {
    let mut contacts = Vec::new();
    for entry in reader.section().get_all("contact") {
        for uri in entry.list() {
            if !is_sip_uri(uri) {
                reader.fail(entry.refuse("a sip: or sips: URI"));
                continue;
            }
            contacts.push(StaticContact {
                uri: uri.to_owned(),
                origin: entry.origin.clone(),
            });
        }
    }
    contacts
}

/// True for a text that begins as a SIP URI and has something behind the scheme.
pub(super) fn is_sip_uri(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, rest)| {
        (scheme.eq_ignore_ascii_case("sip") || scheme.eq_ignore_ascii_case("sips"))
            && !rest.is_empty()
            && !rest.contains(|c: char| c <= ' ')
    })
}
