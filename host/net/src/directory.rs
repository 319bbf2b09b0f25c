//! Who can call and be called: endpoints as pjsip.conf has them, and where they are at the moment.

use crate::contacts::AorView;
use crate::entry::{account, aor_views, credentials, entry};
use crate::registrations::Outbound;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use ucx_call::{Cause, Party};
use ucx_config::pjsip::{DtmfMode, Pjsip};
use ucx_pbx::Technologies;
use ucx_sip::digest::Credentials;
use ucx_sip::sdp::Format;
use ucx_sip::{AccountId, Accounts, AorSettings, Flow, Host, LocalTransport, Reach, TransportKind, Uri};
use ucx_switch::DialTarget;

/// Host names whose addresses are remembered; past it the table is filled anew.
const NAMES_MAX: usize = 8_192;

/// The port of a SIP URI without one (RFC 3261 section 19.1.2).
const SIP_PORT: u16 = 5060;

/// One endpoint as calls need it.
#[derive(Clone, Debug)]
pub struct EndpointEntry {
    /// Its name.
    pub name: Arc<str>,
    /// Where its calls start.
    pub context: Arc<str>,
    /// Who it is, if configured; replaces what it says of itself.
    pub caller: Party,
    /// What it may speak, best first, telephone events last.
    pub formats: Vec<Format>,
    /// Language of its sounds.
    pub language: Option<Arc<str>>,
    /// Account code of its channels.
    pub account: Option<Arc<str>>,
    /// Variables of its channels.
    pub variables: Vec<(Arc<str>, Arc<str>)>,
    /// Addresses of record it is reached by.
    pub aors: Vec<String>,
    /// How it sends and takes digits.
    pub dtmf: DtmfMode,
    /// Whether media goes back to where it comes from.
    pub is_symmetric: bool,
    /// Silence after which a call is given up.
    pub rtp_timeout: Option<Duration>,
    /// Replaces the user of From in calls to it.
    pub from_user: Option<String>,
    /// Replaces the host of From in calls to it.
    pub from_domain: Option<String>,
    /// Who we are when it challenges us.
    pub credentials: Option<Credentials>,
    /// How requests inside its calls reach it.
    pub reach: Reach,
}

/// Where an address of record can be reached.
#[derive(Clone, Debug, PartialEq)]
pub struct Contact {
    /// Its URI as registered or configured.
    pub uri: Arc<str>,
    /// The socket and peer it registered over; static ones are found by their URI.
    pub flow: Option<Flow>,
}

/// Endpoints, accounts and contacts of one host.
#[derive(Debug, Default)]
pub struct Directory {
    endpoints: BTreeMap<String, Arc<EndpointEntry>>,
    accounts: Vec<String>,
    contacts: BTreeMap<String, Vec<Contact>>,
    registered: BTreeMap<String, Vec<Contact>>,
    local: Vec<LocalTransport>,
    aors: BTreeMap<Arc<str>, AorView>,
    outbound: BTreeMap<Arc<str>, Arc<Outbound>>,
    /// Contacts that do not answer, by address of record.
    unreachable: BTreeSet<(Arc<str>, Arc<str>)>,
    /// Addresses of host names.
    names: BTreeMap<String, IpAddr>,
    /// The endpoint through which addresses are called that name none.
    outbound_endpoint: String,
    generation: u64,
    /// What the SIP endpoint has to know after a reload.
    waiting: Option<Accounts>,
}

/// A directory that the control loop fills and the dialplan asks, both on the control thread.
#[derive(Clone, Default)]
pub struct SharedDirectory(pub Rc<RefCell<Directory>>, Rc<Notify>);

impl SharedDirectory {
    /// Takes over another configuration while the control loop runs; calls go on, contacts that registered stay as long as
    /// their address of record does.
    pub fn reload(&self, pjsip: &Pjsip) {
        let mut directory = self.0.borrow_mut();
        let accounts = directory.load(pjsip);
        directory.waiting = Some(accounts);
        self.1.notify_one();
    }

    /// Waits until something was reloaded. Cancel safe.
    pub(crate) async fn reloaded(&self) {
        self.1.notified().await;
    }
}

impl Directory {
    /// Takes over a configuration; contacts that registered stay. Answers what the SIP endpoint has to know of it.
    pub fn load(&mut self, pjsip: &Pjsip) -> Accounts {
        self.endpoints.clear();
        self.accounts.clear();
        self.contacts.clear();
        self.generation += 1;
        self.outbound_endpoint
            .clone_from(&pjsip.global.default_outbound_endpoint);
        self.aors = aor_views(pjsip);
        let outbound = pjsip.registrations.iter().map(|(name, settings)| {
            let auth = settings.outbound_auth.first();
            let outbound = Outbound {
                settings: settings.clone(),
                credentials: auth.and_then(|name| credentials(pjsip, name)),
            };
            (Arc::from(name.as_str()), Arc::new(outbound))
        });
        self.outbound = outbound.collect();
        let mut accounts = Accounts::default();
        for (name, aor) in &pjsip.aors {
            let contacts = aor
                .contacts
                .iter()
                .map(|contact| contact.uri.clone())
                .collect::<Vec<_>>();
            let fixed = contacts
                .iter()
                .map(|uri| Contact {
                    uri: Arc::from(uri.as_str()),
                    flow: None,
                })
                .collect();
            self.contacts.insert(name.clone(), fixed);
            accounts.aors.insert(
                name.clone(),
                AorSettings {
                    max_contacts: aor.max_contacts as usize,
                    minimum_expiration_s: aor.minimum_expiration,
                    default_expiration_s: aor.default_expiration,
                    maximum_expiration_s: aor.maximum_expiration,
                    removes_existing: aor.remove_existing,
                    static_contacts: contacts,
                },
            );
        }
        for (name, endpoint) in &pjsip.endpoints {
            let id = AccountId(
                u32::try_from(self.accounts.len()).expect("there are fewer endpoints than numbers"),
            );
            self.accounts.push(name.clone());
            self.endpoints
                .insert(name.clone(), Arc::new(entry(pjsip, endpoint)));
            if name == "anonymous" {
                accounts.anonymous = Some(name.clone());
            }
            accounts
                .by_name
                .insert(name.clone(), account(pjsip, endpoint, id));
        }
        accounts
    }

    /// Grows with each configuration taken over.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    pub(crate) fn take_accounts(&mut self) -> Option<Accounts> {
        self.waiting.take()
    }

    pub(crate) fn aor_views(&self) -> BTreeMap<Arc<str>, AorView> {
        self.aors.clone()
    }

    pub(crate) fn outbound(&self) -> &BTreeMap<Arc<str>, Arc<Outbound>> {
        &self.outbound
    }

    /// The first endpoint reached by an address of record.
    pub(crate) fn endpoint_of_aor(&self, aor: &str) -> Option<&Arc<EndpointEntry>> {
        self.endpoint(self.aors.get(aor)?.endpoints.first()?)
    }

    /// A contact answers, or does not.
    pub(crate) fn note_reach(&mut self, aor: &Arc<str>, uri: &Arc<str>, is_reachable: bool) {
        let key = (aor.clone(), uri.clone());
        if is_reachable {
            self.unreachable.remove(&key);
        } else {
            self.unreachable.insert(key);
        }
    }

    /// A host name has an address.
    pub(crate) fn note_name(&mut self, name: &str, address: IpAddr) {
        if self.names.len() >= NAMES_MAX && !self.names.contains_key(name) {
            self.names.clear();
        }
        self.names.insert(name.to_owned(), address);
    }

    fn is_reachable(&self, aor: &str, contact: &Contact) -> bool {
        // Most hosts have none that is not.
        self.unreachable.is_empty() || !self.unreachable.contains(&(Arc::from(aor), contact.uri.clone()))
    }

    /// Says which sockets there are.
    pub fn set_local(&mut self, local: Vec<LocalTransport>) {
        self.local = local;
    }

    /// The sockets there are.
    pub fn local(&self) -> &[LocalTransport] {
        &self.local
    }

    /// The endpoint of that name.
    pub fn endpoint(&self, name: &str) -> Option<&Arc<EndpointEntry>> {
        self.endpoints.get(name)
    }

    /// All endpoints, by name.
    pub fn endpoints(&self) -> impl Iterator<Item = &Arc<EndpointEntry>> {
        self.endpoints.values()
    }

    /// The endpoint an account of the SIP endpoint stands for.
    pub(crate) fn by_account(&self, id: AccountId) -> Option<&Arc<EndpointEntry>> {
        self.endpoints.get(self.accounts.get(id.0 as usize)?)
    }

    /// The contacts of an address of record: configured ones first, then those that registered.
    pub fn contacts(&self, aor: &str) -> impl Iterator<Item = &Contact> {
        let (fixed, registered) = (self.contacts.get(aor), self.registered.get(aor));
        fixed.into_iter().chain(registered).flatten()
    }

    /// A contact registered, or refreshed itself.
    pub(crate) fn add_contact(&mut self, aor: &str, contact: Contact) {
        let known = self.registered.entry(aor.to_owned()).or_default();
        match known.iter_mut().find(|known| known.uri == contact.uri) {
            Some(known) => *known = contact,
            None => known.push(contact),
        }
    }

    /// A contact is gone.
    pub(crate) fn remove_contact(&mut self, aor: &str, uri: &str) {
        if let Some(known) = self.registered.get_mut(aor) {
            known.retain(|contact| *contact.uri != *uri);
        }
    }

    /// The way to a URI: the flow it registered over, or one of our sockets and the address it names.
    pub(crate) fn flow_to(&self, uri: &Uri, text: &str) -> Option<Flow> {
        let registered = self
            .registered
            .values()
            .flatten()
            .find(|contact| *contact.uri == *text);
        if let Some(flow) = registered.and_then(|contact| contact.flow) {
            return Some(flow);
        }
        let address = match &uri.host {
            Host::V4(address) => IpAddr::V4(*address),
            Host::V6(address) => IpAddr::V6(*address),
            Host::Name(name) if name.eq_ignore_ascii_case("localhost") => IpAddr::from([127, 0, 0, 1]),
            Host::Name(name) => *self.names.get(&name.to_ascii_lowercase())?,
            Host::Absent => return None,
        };
        let wants_tcp = uri
            .params
            .get("transport")
            .is_some_and(|kind| kind.eq_ignore_ascii_case("tcp"));
        let kind = if wants_tcp {
            TransportKind::Tcp
        } else {
            TransportKind::Udp
        };
        let fits = |local: &&LocalTransport| local.kind == kind && local.addr.is_ipv4() == address.is_ipv4();
        let local = self.local.iter().find(fits)?;
        let remote = SocketAddr::new(address, uri.port.unwrap_or(SIP_PORT));
        Some(Flow {
            transport: local.id,
            kind,
            local: local.addr,
            remote,
            connection: None,
        })
    }

    fn targets(&self, entry: &Arc<EndpointEntry>, uris: impl Iterator<Item = Arc<str>>) -> Vec<DialTarget> {
        let target = |target| DialTarget::Endpoint {
            endpoint: entry.name.clone(),
            target,
            context: entry.context.clone(),
            caller: entry.caller.clone(),
            language: entry.language.clone(),
            account: entry.account.clone(),
        };
        uris.map(target).collect()
    }

    /// `bob`, `bob/sip:bob@host`, `number@trunk`, or `sip:bob@host` by the default endpoint for what goes out.
    fn resolve(&self, resource: &str) -> Vec<DialTarget> {
        let (name, wanted) = match resource.split_once('/') {
            _ if is_address(resource) => (self.outbound_endpoint.as_str(), Some(Arc::from(resource))),
            Some((name, uri)) => (name, Some(Arc::from(uri))),
            None => (resource, None),
        };
        let absent = |cause| {
            vec![DialTarget::Unavailable {
                endpoint: Arc::from(name),
                cause,
            }]
        };
        let (number, name) = name
            .split_once('@')
            .map_or((None, name), |(number, name)| (Some(number), name));
        let Some(entry) = self.endpoints.get(name) else {
            return absent(Cause::NO_ROUTE_DESTINATION);
        };
        if let Some(uri) = wanted {
            return self.targets(entry, std::iter::once(uri));
        }
        // As the field has it, a plain name calls the first contact only that is not known to be away.
        let all = entry
            .aors
            .iter()
            .flat_map(|aor| self.contacts(aor).map(move |contact| (aor, contact)));
        let mut reachable = all.filter(|(aor, contact)| self.is_reachable(aor, contact));
        let contact = reachable.next().map(|(_, contact)| contact);
        match (contact, number) {
            (None, _) => absent(Cause::NO_ROUTE_DESTINATION),
            (Some(contact), None) => self.targets(entry, std::iter::once(contact.uri.clone())),
            (Some(contact), Some(number)) => match Uri::parse(&contact.uri) {
                Some(mut uri) => {
                    uri.user = Some(number.to_owned());
                    self.targets(entry, std::iter::once(Arc::from(uri.to_string())))
                }
                None => absent(Cause::INVALID_NUMBER_FORMAT),
            },
        }
    }
}

/// Whether a resource is a SIP address and no endpoint's name.
fn is_address(resource: &str) -> bool {
    let scheme = resource.split_once(':').map_or("", |(scheme, _)| scheme);
    scheme.eq_ignore_ascii_case("sip") || scheme.eq_ignore_ascii_case("sips")
}

impl Technologies for SharedDirectory {
    fn resolve(&self, technology: &str, resource: &str) -> Vec<DialTarget> {
        if technology.eq_ignore_ascii_case("PJSIP") {
            return self.0.borrow().resolve(resource);
        }
        vec![DialTarget::Unavailable {
            endpoint: Arc::from(resource),
            cause: Cause::CHAN_NOT_IMPLEMENTED,
        }]
    }
}
