//! What goes out to contacts and registrars outside of calls: OPTIONS, REGISTER and NOTIFY, and what comes of it.

use crate::contacts::Output;
use crate::control::Control;
use crate::directory::EndpointEntry;
use crate::media::MediaDriver;
use crate::names::name_in;
use crate::outbound::{ANONYMOUS_USER, facing};
use crate::registrations::{Outbound, Outcome, Step};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::EventKind;
use ucx_sip::{Flow, NotifySpec, Party as SipParty, PingSpec, RegisterSpec, RegistrationId, Status, Uri};

/// How long names are looked up before what needs them is tried.
const LOOK_UP: Duration = Duration::from_secs(1);
/// Lines a NOTIFY's body may have; more are left out.
const CONTENT_LINES_MAX: usize = 256;

impl<M: MediaDriver> Control<M> {
    /// Takes over what the directory holds, if that is new.
    pub(crate) fn adopt_directory(&mut self) {
        let (accounts, aors, outbound) = {
            let mut directory = self.directory.0.borrow_mut();
            if directory.generation() == self.directory_seen {
                return;
            }
            self.directory_seen = directory.generation();
            (
                directory.take_accounts(),
                directory.aor_views(),
                directory.outbound().clone(),
            )
        };
        if let Some(accounts) = accounts {
            self.sip.set_accounts(accounts);
        }
        let now = self.now();
        let fixed = aors.values().flat_map(|aor| &aor.fixed).map(|uri| &**uri);
        let registrars = outbound
            .values()
            .map(|outbound| outbound.settings.server_uri.as_str());
        let names = fixed.chain(registrars).filter_map(name_in);
        let has_unknown = self.names.load(now, names);
        self.ask_names();
        // Whoever is registered with by name is given the time to be found.
        let first = if has_unknown { now + LOOK_UP } else { now };
        self.contacts.load(first, aors);
        let steps = self.registrations.load(first, outbound);
        self.take_steps(steps);
        self.follow_contacts();
    }

    /// Does what follows from changes among the contacts.
    pub(crate) fn follow_contacts(&mut self) {
        while let Some(output) = self.contacts.poll_output() {
            match output {
                Output::Tell(kind) => {
                    if let EventKind::ContactStatus {
                        aor, contact, status, ..
                    } = &kind
                    {
                        let mut directory = self.directory.0.borrow_mut();
                        directory.note_reach(aor, contact, *status != "Unreachable");
                    }
                    self.pbx.publish(kind);
                }
                Output::Ask {
                    number,
                    key: (aor, uri),
                } => {
                    if self.ping(number, &aor, &uri).is_none() {
                        self.contacts.answered(self.pbx.now(), number, None);
                    }
                }
            }
        }
    }

    fn ping(&mut self, number: u64, aor: &str, uri: &str) -> Option<()> {
        let entry = self.directory.0.borrow().endpoint_of_aor(aor).cloned();
        let (uri, flow) = self.way_to(uri)?;
        let ping = PingSpec {
            uri,
            from: own_party(entry.as_deref(), &flow),
            flow,
            number,
        };
        let now = self.now();
        self.sip.ping(now, ping).ok()
    }

    /// The field asks contacts of an endpoint on demand, qualified or not.
    pub(crate) fn qualify(&mut self, endpoint: &str) {
        let now = self.now();
        self.contacts.ask(now, endpoint);
        self.follow_contacts();
    }

    pub(crate) fn pinged(&mut self, number: u64, status: Option<Status>) {
        let now = self.now();
        let is_success = status.map(Status::is_success);
        self.contacts.answered(now, number, is_success);
        self.follow_contacts();
    }

    /// Sends a NOTIFY to every contact of an endpoint.
    pub(crate) fn notify(&mut self, endpoint: &str, headers: &[(Arc<str>, Arc<str>)]) {
        let (content, headers): (Vec<_>, Vec<_>) = headers
            .iter()
            .partition(|(name, _)| name.eq_ignore_ascii_case("Content"));
        let lines = content.iter().take(CONTENT_LINES_MAX);
        let body: String = lines.map(|(_, line)| format!("{line}\r\n")).collect();
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect();
        for (uri, flow, entry) in self.ways_to_endpoint(endpoint) {
            let spec = NotifySpec {
                uri,
                from: own_party(Some(&*entry), &flow),
                flow,
                headers: headers.clone(),
                body: body.clone().into(),
            };
            let now = self.now();
            if let Err(error) = self.sip.notify(now, spec) {
                tracing::warn!(endpoint, %error, "a NOTIFY was not sent");
            }
        }
    }

    fn ways_to_endpoint(&self, endpoint: &str) -> Vec<(Uri, Flow, Arc<EndpointEntry>)> {
        let directory = self.directory.0.borrow();
        let Some(entry) = directory.endpoint(endpoint).cloned() else {
            return Vec::new();
        };
        let uris: Vec<Arc<str>> = {
            let contacts = entry.aors.iter().flat_map(|aor| directory.contacts(aor));
            contacts.map(|contact| contact.uri.clone()).collect()
        };
        drop(directory);
        let ways = uris.iter().filter_map(|uri| self.way_to(uri));
        ways.map(|(uri, flow)| (uri, flow, entry.clone())).collect()
    }

    /// Registers somewhere, or gives it up, by order.
    pub(crate) fn order_registration(&mut self, name: &str, registers: bool) {
        let now = self.now();
        let steps = self.registrations.order(now, name, registers);
        self.take_steps(steps);
    }

    /// Registers where it is due.
    pub(crate) fn register_due(&mut self) {
        let now = self.now();
        while let Some(name) = self.registrations.pop_due(now) {
            self.take_steps(vec![(name, Step::Register)]);
        }
    }

    fn take_steps(&mut self, steps: Vec<(Arc<str>, Step)>) {
        let now = self.now();
        for (name, step) in steps {
            let Some(id) = self.registration_id(&name) else {
                if step == Step::Register {
                    self.registration_ended(&name, Outcome::Refused(Status::SERVICE_UNAVAILABLE.0));
                }
                continue;
            };
            match step {
                Step::Register => self.sip.renew(now, id),
                Step::Unregister => self.sip.unregister(now, id),
                Step::Leave => {
                    self.sip.leave(now, id);
                    self.registration_ids.remove(&name);
                    self.registration_names.remove(&id);
                }
            }
        }
    }

    /// The SIP endpoint's registration of that name, made when it is first needed.
    fn registration_id(&mut self, name: &Arc<str>) -> Option<RegistrationId> {
        if let Some(id) = self.registration_ids.get(name) {
            return Some(*id);
        }
        let outbound = self.registrations.get(name)?.clone();
        let spec = self.register_spec(&outbound)?;
        let id = self.sip.keep_registration(spec).ok()?;
        self.registration_ids.insert(name.clone(), id);
        self.registration_names.insert(id, name.clone());
        Some(id)
    }

    fn register_spec(&self, outbound: &Outbound) -> Option<RegisterSpec> {
        let settings = &outbound.settings;
        let (registrar, flow) = self.way_to(&settings.server_uri)?;
        let client = Uri::parse(&settings.client_uri)?;
        Some(RegisterSpec {
            registrar,
            aor: SipParty::new(
                &client.user_decoded().unwrap_or_default(),
                &client.host.to_string(),
            ),
            contact_user: settings.contact_user.clone(),
            flow,
            expires_s: settings.expiration,
            credentials: outbound.credentials.clone(),
            retry_after: None,
        })
    }

    pub(crate) fn registration_answered(&mut self, id: RegistrationId, outcome: Outcome) {
        if let Some(name) = self.registration_names.get(&id).cloned() {
            self.registration_ended(&name, outcome);
        }
    }

    fn registration_ended(&mut self, name: &Arc<str>, outcome: Outcome) {
        let now = self.now();
        self.registrations.ended(now, name, outcome);
        let Some(outbound) = self.registrations.get(name) else {
            return;
        };
        self.pbx.publish(EventKind::RegistrationChanged {
            name: name.clone(),
            client_uri: Arc::from(outbound.settings.client_uri.as_str()),
            server_uri: Arc::from(outbound.settings.server_uri.as_str()),
            status: outcome.word(),
        });
    }

    pub(crate) fn way_to(&self, text: &str) -> Option<(Uri, Flow)> {
        let uri = Uri::parse(text)?;
        let flow = self.directory.0.borrow().flow_to(&uri, text)?;
        Some((uri, flow))
    }
}

/// Who we are to a contact of that endpoint.
pub(crate) fn own_party(entry: Option<&EndpointEntry>, flow: &Flow) -> SipParty {
    let user = entry.and_then(|entry| entry.from_user.as_deref());
    let domain = entry.and_then(|entry| entry.from_domain.clone());
    let host = domain.unwrap_or_else(|| match facing(flow) {
        std::net::IpAddr::V4(address) => address.to_string(),
        std::net::IpAddr::V6(address) => format!("[{address}]"),
    });
    SipParty::new(user.unwrap_or(ANONYMOUS_USER), &host)
}
