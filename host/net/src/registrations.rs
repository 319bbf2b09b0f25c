//! Our registrations with others: when to try, when to try again, and how they stand. No sockets, no clock.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use ucx_config::pjsip::Registration;
use ucx_sip::digest::Credentials;

/// After an order to register anew the old registration has that long to be given up first (capture `registration/outbound`).
const BETWEEN: Duration = Duration::from_secs(1);

/// One registration as configured.
#[derive(Clone, Debug)]
pub(crate) struct Outbound {
    pub settings: Registration,
    pub credentials: Option<Credentials>,
}

impl Outbound {
    fn is_same(&self, other: &Self) -> bool {
        self.settings.settings == other.settings.settings && self.credentials == other.credentials
    }
}

/// What to do about a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Register, or refresh.
    Register,
    /// Give it up.
    Unregister,
    /// Give it up and forget it.
    Leave,
}

/// How a try ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Registered,
    Unregistered,
    /// Refused with that status, 408 for silence.
    Refused(u16),
}

impl Outcome {
    /// The word clients see.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Registered => "Registered",
            Self::Unregistered => "Unregistered",
            Self::Refused(_) => "Rejected",
        }
    }
}

#[derive(Debug)]
struct Entry {
    outbound: Arc<Outbound>,
    next_at: Option<Duration>,
    refusals: u32,
    last: Step,
}

/// All registrations with others.
#[derive(Debug, Default)]
pub(crate) struct Registrations {
    entries: BTreeMap<Arc<str>, Entry>,
}

impl Registrations {
    /// Takes over a configuration. Answers those that are no longer wanted, or not as they are.
    pub(crate) fn load(
        &mut self,
        now: Duration,
        wanted: BTreeMap<Arc<str>, Arc<Outbound>>,
    ) -> Vec<(Arc<str>, Step)> {
        let stays = |name: &Arc<str>, entry: &Entry| {
            wanted
                .get(name)
                .is_some_and(|outbound| outbound.is_same(&entry.outbound))
        };
        let gone: Vec<Arc<str>> = self
            .entries
            .extract_if(.., |name, entry| !stays(name, entry))
            .map(|(name, _)| name)
            .collect();
        for (name, outbound) in wanted {
            let longest = outbound.settings.max_random_initial_delay;
            let first = now + spread(&name, longest);
            self.entries.entry(name).or_insert(Entry {
                outbound,
                next_at: Some(first),
                refusals: 0,
                last: Step::Unregister,
            });
        }
        gone.into_iter().map(|name| (name, Step::Leave)).collect()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Arc<Outbound>> {
        self.entries.get(name).map(|entry| &entry.outbound)
    }

    /// An order to register now, or to give up: the registrar is told first that we leave. `*all` means each.
    pub(crate) fn order(&mut self, now: Duration, name: &str, registers: bool) -> Vec<(Arc<str>, Step)> {
        let mut steps = Vec::new();
        for (known, entry) in &mut self.entries {
            if name != "*all" && **known != *name {
                continue;
            }
            entry.refusals = 0;
            entry.last = Step::Unregister;
            entry.next_at = registers.then_some(now + BETWEEN);
            steps.push((known.clone(), Step::Unregister));
        }
        steps
    }

    /// How the last try went; plans the next one after a refusal.
    pub(crate) fn ended(&mut self, now: Duration, name: &str, outcome: Outcome) {
        let Some(entry) = self.entries.get_mut(name) else {
            return;
        };
        match outcome {
            Outcome::Registered => (entry.refusals, entry.next_at) = (0, None),
            Outcome::Unregistered => entry.refusals = 0,
            // What was to be given up is not there any more; a new try that is planned comes all the same.
            Outcome::Refused(_) if entry.last != Step::Register => {}
            Outcome::Refused(status) => {
                let settings = &entry.outbound.settings;
                entry.refusals += 1;
                let wait = retry_after(settings, status).filter(|_| entry.refusals <= settings.max_retries);
                if wait.is_none() {
                    tracing::warn!(registration = name, status, "a registration is not tried again");
                }
                entry.next_at = wait.map(|wait| now + wait);
            }
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<Duration> {
        self.entries.values().filter_map(|entry| entry.next_at).min()
    }

    /// The next registration that is due.
    pub(crate) fn pop_due(&mut self, now: Duration) -> Option<Arc<str>> {
        let due = self
            .entries
            .iter_mut()
            .find(|(_, entry)| entry.next_at.is_some_and(|at| at <= now));
        let (name, entry) = due?;
        entry.next_at = None;
        entry.last = Step::Register;
        Some(name.clone())
    }
}

/// How long to wait after a refusal; `None` gives up.
fn retry_after(settings: &Registration, status: u16) -> Option<Duration> {
    let unless_zero = |wait: Duration| (!wait.is_zero()).then_some(wait);
    match status {
        401 | 407 if settings.auth_rejection_permanent => None,
        403 if !settings.forbidden_retry_interval.is_zero() => Some(settings.forbidden_retry_interval),
        401 | 407 | 408 | 480 | 500..=699 => unless_zero(settings.retry_interval),
        _ => unless_zero(settings.fatal_retry_interval),
    }
}

/// A wait that is another one for each name, so that many registrations do not go out at once.
fn spread(name: &str, longest: Duration) -> Duration {
    let mixed = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    longest.mul_f64((mixed % 1_000) as f64 / 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn wanted(more: &str) -> BTreeMap<Arc<str>, Arc<Outbound>> {
        let text = format!(
            "[tr]\ntype=registration\nserver_uri=sip:127.0.0.1:5076\nclient_uri=sip:pbx@127.0.0.1\n\
             retry_interval=30\nforbidden_retry_interval=60\nmax_random_initial_delay=0\nmax_retries=3\n{more}\n"
        );
        let (config, _) = ucx_config::parse_text("pjsip.conf", &text);
        let (pjsip, diagnostics) = ucx_config::pjsip::load(&config);
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        let outbound = |settings: &Registration| {
            Arc::new(Outbound {
                settings: settings.clone(),
                credentials: None,
            })
        };
        let each = pjsip.registrations.iter();
        each.map(|(name, settings)| (Arc::from(name.as_str()), outbound(settings)))
            .collect()
    }

    fn loaded(more: &str) -> Registrations {
        let mut registrations = Registrations::default();
        assert_eq!(registrations.load(s(0), wanted(more)), []);
        assert_eq!(registrations.pop_due(s(0)).as_deref(), Some("tr"));
        assert_eq!(registrations.pop_due(s(0)), None);
        registrations
    }

    #[test]
    fn a_refusal_that_may_pass_is_waited_out_and_the_tries_are_counted() {
        let mut registrations = loaded("");
        for round in 0..3 {
            let now = s(100 * round);
            registrations.ended(now, "tr", Outcome::Refused(503));
            assert_eq!(registrations.poll_timeout(), Some(now + s(30)));
            assert!(registrations.pop_due(now + s(30)).is_some());
        }
        registrations.ended(s(400), "tr", Outcome::Refused(503));
        assert_eq!(registrations.poll_timeout(), None);
    }

    #[test]
    fn the_kind_of_refusal_says_how_long_to_wait() {
        for (more, status, wait) in [
            ("", 403, Some(60)),
            ("", 401, None),
            ("auth_rejection_permanent=no", 401, Some(30)),
            ("", 404, None),
            ("fatal_retry_interval=90", 404, Some(90)),
        ] {
            let mut registrations = loaded(more);
            registrations.ended(s(0), "tr", Outcome::Refused(status));
            assert_eq!(registrations.poll_timeout(), wait.map(s), "{more} {status}");
        }
    }

    #[test]
    fn an_order_gives_the_registration_up_before_it_registers_again() {
        let mut registrations = loaded("");
        registrations.ended(s(1), "tr", Outcome::Registered);
        assert_eq!(registrations.order(s(5), "nope", true), []);
        let steps = registrations.order(s(5), "*all", true);
        assert_eq!(steps, [(Arc::from("tr"), Step::Unregister)]);
        // Even if the registrar does not let us go (capture `registration/outbound`).
        registrations.ended(s(5), "tr", Outcome::Refused(401));
        assert_eq!(registrations.pop_due(s(6)).as_deref(), Some("tr"));
        registrations.ended(s(6), "tr", Outcome::Registered);
        registrations.order(s(9), "tr", false);
        registrations.ended(s(9), "tr", Outcome::Unregistered);
        assert_eq!(registrations.poll_timeout(), None);
    }

    #[test]
    fn what_is_no_longer_configured_is_left() {
        let mut registrations = loaded("");
        assert_eq!(registrations.load(s(1), wanted("")), []);
        assert_eq!(registrations.poll_timeout(), None, "the same one goes on");
        let steps = registrations.load(s(2), wanted("expiration=90"));
        assert_eq!(steps, [(Arc::from("tr"), Step::Leave)]);
        assert_eq!(
            registrations.poll_timeout(),
            Some(s(2)),
            "and comes back as it is now"
        );
        assert_eq!(registrations.load(s(3), BTreeMap::new()).len(), 1);
    }
}
