//! Host names in contacts and registrars: looked up beside the control loop, and again now and then.

use crate::control::Control;
use crate::media::MediaDriver;
use crate::play::Finished;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;
use ucx_sip::{Host, Uri};

/// Names of one configuration that are looked up; more stay unknown.
const NAMES_MAX: usize = 4_096;
/// How long an address is believed.
const BELIEVED: Duration = Duration::from_secs(300);
/// How soon a name is asked for again that has no address.
const AGAIN: Duration = Duration::from_secs(30);

/// Names and their addresses.
#[derive(Debug, Default)]
pub(crate) struct Names {
    known: BTreeMap<String, Name>,
}

#[derive(Debug)]
struct Name {
    address: Option<IpAddr>,
    is_asked: bool,
    ask_at: Duration,
}

/// The name in a URI whose host is one.
pub(crate) fn name_in(uri: &str) -> Option<String> {
    match Uri::parse(uri)?.host {
        Host::Name(name) if !name.eq_ignore_ascii_case("localhost") => Some(name.to_ascii_lowercase()),
        Host::Name(_) | Host::V4(_) | Host::V6(_) | Host::Absent => None,
    }
}

impl Names {
    /// Takes over the names of a configuration; addresses of those that stay are kept. Says if any is not known yet.
    pub(crate) fn load(&mut self, now: Duration, wanted: impl Iterator<Item = String>) -> bool {
        let mut before = std::mem::take(&mut self.known);
        for name in wanted {
            if self.known.len() >= NAMES_MAX {
                tracing::warn!("too many host names in pjsip.conf; some are not looked up");
                break;
            }
            let fresh = || Name {
                address: None,
                is_asked: false,
                ask_at: now,
            };
            let known = before.remove(&name);
            self.known
                .entry(name)
                .or_insert_with(|| known.unwrap_or_else(fresh));
        }
        self.known.values().any(|name| name.address.is_none())
    }

    pub(crate) fn poll_timeout(&self) -> Option<Duration> {
        let waiting = self.known.values().filter(|name| !name.is_asked);
        waiting.map(|name| name.ask_at).min()
    }

    /// The next name to look up.
    fn pop_due(&mut self, now: Duration) -> Option<String> {
        let (name, entry) = self
            .known
            .iter_mut()
            .find(|(_, entry)| !entry.is_asked && entry.ask_at <= now)?;
        entry.is_asked = true;
        Some(name.clone())
    }

    /// A name was looked up. An address stays while its name cannot be asked for.
    fn found(&mut self, now: Duration, name: &str, address: Option<IpAddr>) -> Option<IpAddr> {
        let entry = self.known.get_mut(name)?;
        entry.is_asked = false;
        entry.ask_at = now + if address.is_some() { BELIEVED } else { AGAIN };
        entry.address = address.or(entry.address);
        if address.is_none() {
            tracing::warn!(name, "a host name has no address");
        }
        entry.address
    }
}

impl<M: MediaDriver> Control<M> {
    /// Looks up the names that are due.
    pub(crate) fn ask_names(&mut self) {
        let now = self.now();
        while let Some(name) = self.names.pop_due(now) {
            let done = self.loads.teller();
            // The task ends with the resolver's patience, or with the control loop that owns the receiver.
            tokio::task::spawn_local(async move {
                let found = tokio::net::lookup_host((name.as_str(), 0)).await;
                let addresses: Vec<IpAddr> = found.into_iter().flatten().map(|found| found.ip()).collect();
                // Most peers are reached by the older kind.
                let first = addresses.iter().find(|address| address.is_ipv4());
                let address = first.or(addresses.first()).copied();
                let _ = done.send(Finished::Resolved(name, address)).await;
            });
        }
    }

    pub(crate) fn handle_resolved(&mut self, name: &str, address: Option<IpAddr>) {
        let now = self.now();
        if let Some(address) = self.names.found(now, name, address) {
            self.directory.0.borrow_mut().note_name(name, address);
        }
        self.ask_names();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_asked_for_again_and_an_old_address_is_better_than_none() {
        let s = Duration::from_secs;
        let mut names = Names::default();
        let wanted = || ["a.example".to_owned(), "a.example".to_owned()].into_iter();
        assert!(names.load(s(0), wanted()));
        assert_eq!(names.pop_due(s(0)).as_deref(), Some("a.example"));
        assert_eq!((names.pop_due(s(0)), names.poll_timeout()), (None, None));
        let address = Some(IpAddr::from([192, 0, 2, 1]));
        assert_eq!(names.found(s(1), "a.example", address), address);
        assert!(!names.load(s(2), wanted()), "it is known");
        assert_eq!(names.poll_timeout(), Some(s(301)));
        assert!(names.pop_due(s(301)).is_some());
        assert_eq!(names.found(s(302), "a.example", None), address);
        assert_eq!(names.poll_timeout(), Some(s(332)));
        assert_eq!(names.found(s(303), "other", address), None);
        assert!(!names.load(s(400), std::iter::empty()));
        assert_eq!(names.poll_timeout(), None);
    }

    #[test]
    fn only_names_are_looked_up() {
        assert_eq!(
            name_in("sip:bob@Trunk.Example:5080;transport=tcp").as_deref(),
            Some("trunk.example")
        );
        for uri in ["sip:bob@192.0.2.1", "sip:[::1]:5060", "sip:localhost", "nonsense"] {
            assert_eq!(name_in(uri), None, "{uri}");
        }
    }
}
