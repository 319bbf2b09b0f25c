//! pjsip.conf: transports, endpoints, auths, aors, identifies, registrations and the two singletons.

mod aor;
mod auth;
mod check;
mod codecs;
mod endpoint;
mod general;
mod identify;
mod registration;
mod tables;
#[cfg(test)]
mod tests;
mod transport;
mod trunk;

use std::collections::{BTreeMap, BTreeSet};

use crate::acl::{self, AccessRule};
use crate::diagnostic::{Diagnostic, Diagnostics, Origin};
use crate::model::{Config, Section};
use crate::options::{Reader, Table};

pub use aor::{Aor, StaticContact};
pub use auth::{Auth, AuthKind, Digest, DigestAlgorithm, Secret};
pub use codecs::{CODECS, Codec};
pub use endpoint::{
    CallerId, ConnectedLineMethod, DtmfMode, Endpoint, Groups, IdentifyBy, Identity, Media, Reliable,
    Signalling, Timers,
};
pub use general::{Global, Identifier, System};
pub use identify::{Identify, Match};
pub use registration::Registration;
pub use transport::{Protocol, Transport};

/// Kinds of sections the field knows and this host does not serve.
const OTHER_KINDS: [&str; 8] = [
    "asterisk-publication",
    "contact",
    "domain_alias",
    "inbound-publication",
    "outbound-publish",
    "phoneprov",
    "resource_list",
    "subscription_persistence",
];

/// pjsip.conf as values. An object with an option that cannot be read is left out, so that a
/// mistyped restriction never opens what it should close.
#[derive(Debug, Clone)]
pub struct Pjsip {
    /// Listening sockets by name.
    pub transports: BTreeMap<String, Transport>,
    /// Phones and trunks by name.
    pub endpoints: BTreeMap<String, Endpoint>,
    /// Credentials by name.
    pub auths: BTreeMap<String, Auth>,
    /// Addresses of record by name.
    pub aors: BTreeMap<String, Aor>,
    /// Rules that find an endpoint by address or header, by name.
    pub identifies: BTreeMap<String, Identify>,
    /// Registrations this host keeps elsewhere, by name.
    pub registrations: BTreeMap<String, Registration>,
    /// Address rules for all SIP traffic, by name.
    pub acls: BTreeMap<String, Vec<AccessRule>>,
    /// Settings for the whole of SIP.
    pub global: Global,
    /// Timers of the SIP stack.
    pub system: System,
}

/// Reads pjsip.conf; the diagnostics of the language itself are not repeated.
pub fn load(config: &Config) -> (Pjsip, Vec<Diagnostic>) {
    let mut loader = Loader {
        pjsip: empty(),
        diagnostics: Diagnostics::default(),
        met: BTreeSet::new(),
    };
    config.sections().for_each(|section| loader.section(section));
    check::references(&loader.pjsip, &loader.met, &mut loader.diagnostics);
    (loader.pjsip, loader.diagnostics.into_vec())
}

impl Default for Pjsip {
    /// What an empty file means.
    fn default() -> Self {
        empty()
    }
}

fn empty() -> Pjsip {
    let nothing = Section {
        name: String::new(),
        template: false,
        templates: Vec::new(),
        origin: Origin::new("", 0),
        entries: Vec::new(),
    };
    let mut diagnostics = Diagnostics::default();
    let global = Global::read(&mut Reader::new(&nothing, &tables::GLOBAL, &mut diagnostics));
    let system = System::read(&mut Reader::new(&nothing, &tables::SYSTEM, &mut diagnostics));
    Pjsip {
        transports: BTreeMap::new(),
        endpoints: BTreeMap::new(),
        auths: BTreeMap::new(),
        aors: BTreeMap::new(),
        identifies: BTreeMap::new(),
        registrations: BTreeMap::new(),
        acls: BTreeMap::new(),
        global,
        system,
    }
}

/// Kind and name of an object.
type Met = BTreeSet<(&'static str, String)>;

struct Loader {
    pjsip: Pjsip,
    diagnostics: Diagnostics,
    /// Every object written, also those left out.
    met: Met,
}

impl Loader {
    fn section(&mut self, section: &Section) {
        let name = &section.name;
        let Some(kind) = section.get("type") else {
            let message = format!("[{name}] has no type and is left out");
            return self.diagnostics.warning(&section.origin, message);
        };
        match kind.value.as_str() {
            "transport" => self.object(section, &tables::TRANSPORT, Transport::read, |all| {
                &mut all.transports
            }),
            "endpoint" => self.object(section, &tables::ENDPOINT, Endpoint::read, |all| {
                &mut all.endpoints
            }),
            "auth" => self.object(section, &tables::AUTH, Auth::read, |all| &mut all.auths),
            "aor" => self.object(section, &tables::AOR, Aor::read, |all| &mut all.aors),
            "identify" => self.object(section, &tables::IDENTIFY, Identify::read, |all| {
                &mut all.identifies
            }),
            "registration" => {
                self.object(section, &tables::REGISTRATION, Registration::read, |all| {
                    &mut all.registrations
                });
            }
            "acl" => self.object(section, &tables::ACL, acl::read_rules, |all| &mut all.acls),
            "global" => self.single(section, &tables::GLOBAL, Global::read, |all| &mut all.global),
            "system" => self.single(section, &tables::SYSTEM, System::read, |all| &mut all.system),
            other if OTHER_KINDS.contains(&other) => {
                let message = format!("[{name}] has the type '{other}', which this host does not honour");
                self.diagnostics.warning(&kind.origin, message);
            }
            other => {
                let message = format!("[{name}] has the type '{other}', which is not known");
                self.diagnostics.warning(&kind.origin, message);
            }
        }
    }

    fn object<T>(
        &mut self,
        section: &Section,
        table: &'static Table,
        read: fn(&mut Reader<'_>) -> T,
        place: fn(&mut Pjsip) -> &mut BTreeMap<String, T>,
    ) {
        let name = &section.name;
        if !self.met.insert((table.what, name.clone())) {
            let message = format!("[{name}] is a second {} of this name and is left out", table.what);
            return self.diagnostics.error(&section.origin, message);
        }
        let mut reader = Reader::new(section, table, &mut self.diagnostics);
        let object = read(&mut reader);
        if reader.has_failed() {
            let message = format!("{} [{name}] is left out because of its errors", table.what);
            return self.diagnostics.error(&section.origin, message);
        }
        place(&mut self.pjsip).insert(name.clone(), object);
    }

    /// An object there is one of; options that cannot be read keep their defaults.
    fn single<T>(
        &mut self,
        section: &Section,
        table: &'static Table,
        read: fn(&mut Reader<'_>) -> T,
        place: fn(&mut Pjsip) -> &mut T,
    ) {
        if !self.met.insert((table.what, String::new())) {
            let message = format!(
                "[{}] is a second {} section and is left out",
                section.name, table.what
            );
            return self.diagnostics.error(&section.origin, message);
        }
        *place(&mut self.pjsip) = read(&mut Reader::new(section, table, &mut self.diagnostics));
    }
}
