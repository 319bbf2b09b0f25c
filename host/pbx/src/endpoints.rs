//! What is known of endpoints beside their calls: their configuration, where they are, and our own registrations elsewhere.

use crate::Pbx;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{Event, EventKind, Refusal};
use ucx_config::pjsip::Pjsip;
use ucx_presence::EndpointSpec;

/// Contacts that are remembered; the registrar's own limits are far below.
const CONTACTS_MAX: usize = 200_000;

/// Where an endpoint is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactView {
    /// The address of record it belongs to.
    pub aor: Arc<str>,
    /// The endpoint that has this address of record; empty if none has.
    pub endpoint: Arc<str>,
    /// The contact's URI.
    pub uri: Arc<str>,
    /// What its user agent calls itself.
    pub user_agent: Option<Arc<str>>,
    /// When its registration ends, since the host started; none for one that stands in the configuration.
    pub expires_at: Option<Duration>,
    /// The word of `ContactStatus` it was last known by (`Reachable`, `NonQualified` …).
    pub status: &'static str,
    /// How long its last answer to a qualifying request took.
    pub round_trip: Option<Duration>,
    /// Where its registration came from, as `address:port`.
    pub via_address: Option<Arc<str>>,
    /// The Call-ID of its registration.
    pub call_id: Option<Arc<str>>,
}

/// One of our own registrations with somebody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistrationView {
    /// Its name in pjsip.conf.
    pub name: Arc<str>,
    /// The address registered.
    pub client_uri: Arc<str>,
    /// The registrar.
    pub server_uri: Arc<str>,
    /// `Unregistered`, `Registered` or `Rejected`.
    pub status: &'static str,
}

/// The tables.
#[derive(Default)]
pub(crate) struct Endpoints {
    pub pjsip: Arc<Pjsip>,
    /// By address of record and URI.
    contacts: BTreeMap<(Arc<str>, Arc<str>), ContactView>,
    registrations: BTreeMap<Arc<str>, RegistrationView>,
    /// The endpoint of each address of record; the first by name if several have it.
    owners: BTreeMap<Arc<str>, Arc<str>>,
    /// Endpoints whose reachability the driver told.
    told: BTreeMap<Arc<str>, bool>,
}

impl Endpoints {
    /// Takes another configuration. Contacts of addresses of record that are gone are gone with them.
    fn set_pjsip(&mut self, pjsip: Arc<Pjsip>) {
        self.owners.clear();
        for (name, endpoint) in &pjsip.endpoints {
            for aor in &endpoint.aors {
                let owner = || Arc::from(name.as_str());
                self.owners.entry(Arc::from(aor.as_str())).or_insert_with(owner);
            }
        }
        self.contacts.retain(|(aor, uri), contact| {
            let aor = pjsip.aors.get(&**aor);
            let is_static = contact.expires_at.is_none();
            aor.is_some_and(|aor| !is_static || aor.contacts.iter().any(|contact| contact.uri == **uri))
        });
        for (name, aor) in &pjsip.aors {
            for contact in &aor.contacts {
                let status = if aor.qualify_frequency.is_zero() {
                    "NonQualified"
                } else {
                    "Unknown"
                };
                self.contact(
                    &Arc::from(name.as_str()),
                    &Arc::from(contact.uri.as_str()),
                    status,
                );
            }
        }
        for contact in self.contacts.values_mut() {
            contact.endpoint = self.owners.get(&contact.aor).cloned().unwrap_or_default();
        }
        self.registrations
            .retain(|name, _| pjsip.registrations.contains_key(&**name));
        for (name, registration) in &pjsip.registrations {
            let known = self.registrations.remove(name.as_str());
            let name: Arc<str> = Arc::from(name.as_str());
            let view = RegistrationView {
                name: name.clone(),
                client_uri: Arc::from(registration.client_uri.as_str()),
                server_uri: Arc::from(registration.server_uri.as_str()),
                status: known.map_or("Unregistered", |known| known.status),
            };
            self.registrations.insert(name, view);
        }
        self.told.retain(|name, _| pjsip.endpoints.contains_key(&**name));
        self.pjsip = pjsip;
    }

    /// A contact's row, made if it is new.
    fn contact(&mut self, aor: &Arc<str>, uri: &Arc<str>, status: &'static str) -> Option<&mut ContactView> {
        let key = (aor.clone(), uri.clone());
        if self.contacts.len() >= CONTACTS_MAX && !self.contacts.contains_key(&key) {
            tracing::warn!(%aor, contact = %uri, "too many contacts are known to remember another one");
            return None;
        }
        let endpoint = self.owners.get(aor).cloned().unwrap_or_default();
        Some(self.contacts.entry(key).or_insert_with(|| ContactView {
            aor: aor.clone(),
            endpoint,
            uri: uri.clone(),
            user_agent: None,
            expires_at: None,
            status,
            round_trip: None,
            via_address: None,
            call_id: None,
        }))
    }

    /// Learns from an event of the stream. Answers an endpoint that this may have made reachable or not.
    pub(crate) fn note(&mut self, event: &Event) -> Option<(Arc<str>, bool)> {
        if let EventKind::ContactAdded {
            aor,
            contact,
            expires_s,
            user_agent,
        } = &event.kind
        {
            if let Some(row) = self.contact(aor, contact, "Created") {
                row.expires_at = Some(event.at + Duration::from_secs(u64::from(*expires_s)));
                row.user_agent.clone_from(user_agent);
            }
            return self.reachable(aor);
        } else if let EventKind::ContactRemoved { aor, contact, .. } = &event.kind {
            self.contacts.remove(&(aor.clone(), contact.clone()));
            return self.reachable(aor);
        } else if let EventKind::ContactStatus {
            aor,
            contact,
            status,
            round_trip,
            ..
        } = &event.kind
        {
            // A contact that is gone already is not made again by the news of its end.
            if let Some(row) = self.contacts.get_mut(&(aor.clone(), contact.clone())) {
                row.status = status;
                row.round_trip = *round_trip;
            }
            return self.reachable(aor);
        } else if let EventKind::EndpointStatus {
            endpoint,
            is_reachable,
            ..
        } = &event.kind
        {
            self.told.insert(endpoint.clone(), *is_reachable);
            return Some((endpoint.clone(), *is_reachable));
        } else if let EventKind::RegistrationChanged {
            name,
            client_uri,
            server_uri,
            status,
        } = &event.kind
        {
            let view = RegistrationView {
                name: name.clone(),
                client_uri: client_uri.clone(),
                server_uri: server_uri.clone(),
                status,
            };
            self.registrations.insert(name.clone(), view);
        }
        None
    }

    /// Whether the endpoint of an address of record can be reached, unless the driver itself says so.
    fn reachable(&self, aor: &str) -> Option<(Arc<str>, bool)> {
        let endpoint = self.owners.get(aor)?;
        if self.told.contains_key(endpoint) {
            return None;
        }
        Some((endpoint.clone(), self.is_reachable(endpoint)))
    }

    fn is_reachable(&self, endpoint: &str) -> bool {
        if let Some(told) = self.told.get(endpoint) {
            return *told;
        }
        let aors = self.pjsip.endpoints.get(endpoint).map(|endpoint| &endpoint.aors);
        let mut contacts = aors.into_iter().flatten().flat_map(|aor| self.contacts_of(aor));
        contacts.any(|contact| !matches!(contact.status, "Unreachable" | "Removed" | "Unknown"))
    }

    fn contacts_of(&self, aor: &str) -> impl Iterator<Item = &ContactView> {
        let from: (Arc<str>, Arc<str>) = (Arc::from(aor), Arc::default());
        let aor = from.0.clone();
        let rows = self.contacts.range(from..);
        rows.take_while(move |((of, _), _)| *of == aor)
            .map(|(_, contact)| contact)
    }

    /// The endpoints whose devices have a state.
    fn devices(&self) -> Vec<EndpointSpec> {
        let endpoints = self.pjsip.endpoints.iter();
        endpoints
            .map(|(name, endpoint)| EndpointSpec {
                name: Arc::from(name.as_str()),
                busy_at: endpoint.device_state_busy_at,
                is_reachable: self.is_reachable(name),
            })
            .collect()
    }

    /// All contacts, by address of record and URI.
    pub(crate) fn contacts(&self) -> impl Iterator<Item = &ContactView> {
        self.contacts.values()
    }

    /// All registrations, by name.
    pub(crate) fn registrations(&self) -> impl Iterator<Item = &RegistrationView> {
        self.registrations.values()
    }
}

impl Pbx {
    /// From now on these are the endpoints; at the start, and after each reload.
    pub fn set_pjsip(&self, pjsip: Arc<Pjsip>) {
        self.mutate_state(|state, _| {
            state.endpoints.set_pjsip(pjsip);
            let devices = state.endpoints.devices();
            state.presence.set_endpoints(devices);
        });
    }

    /// The endpoints as they are configured now.
    pub fn pjsip(&self) -> Arc<Pjsip> {
        self.with_state(|state| state.endpoints.pjsip.clone())
    }

    /// Where the endpoints are, by address of record and URI.
    pub fn contacts(&self) -> Vec<ContactView> {
        self.with_state(|state| state.endpoints.contacts().cloned().collect())
    }

    /// What a driver knows of a contact beside its events: where its registration came from, and its Call-ID.
    pub fn describe_contact(
        &self,
        aor: &str,
        uri: &str,
        via_address: Option<Arc<str>>,
        call_id: Option<Arc<str>>,
    ) {
        self.with_state(|state| {
            let key = (Arc::from(aor), Arc::from(uri));
            if let Some(contact) = state.endpoints.contacts.get_mut(&key) {
                contact.via_address = via_address;
                contact.call_id = call_id;
            }
        });
    }

    /// Refuses what is no endpoint.
    pub(crate) fn check_endpoint(&self, endpoint: &str) -> Result<(), Refusal> {
        if self.pjsip().endpoints.contains_key(endpoint) {
            Ok(())
        } else {
            Err(Refusal::Invalid(format!("there is no endpoint {endpoint}")))
        }
    }

    /// Our own registrations elsewhere, by name.
    pub fn registrations(&self) -> Vec<RegistrationView> {
        self.with_state(|state| state.endpoints.registrations().cloned().collect())
    }
}
