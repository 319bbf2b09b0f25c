//! Where can an address of record be reached? Its bindings, their expiry, and the order of updates (RFC 3261 section 10.3).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::Uri;
use crate::accounts::AorSettings;
use crate::flow::Flow;
use crate::outbox::{Outbox, Timer};
use crate::timer::TimerHandle;

/// One registered contact.
#[derive(Debug, Clone, PartialEq)]
pub struct Binding {
    pub contact: Uri,
    /// Since the host's start.
    pub expires_at: Duration,
    /// How the peer reached us, and can be reached behind address translation.
    pub flow: Flow,
    pub user_agent: String,
    pub call_id: String,
    pub cseq: u32,
}

/// One wish of a REGISTER.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub contact: Uri,
    /// 0 removes.
    pub expires_s: u32,
}

/// What all wishes of one REGISTER share.
#[derive(Debug, Clone)]
pub(crate) struct Registering {
    pub flow: Flow,
    pub user_agent: String,
    pub call_id: String,
    pub cseq: u32,
}

/// What a REGISTER changed.
#[derive(Debug, Default)]
pub(crate) struct Changed {
    /// Contacts bound for the first time.
    pub added: Vec<Binding>,
    pub refreshed: Vec<Binding>,
    pub removed: Vec<Binding>,
    /// Contacts that made room.
    pub replaced: Vec<Binding>,
}

/// Why a REGISTER changed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RegisterRefusal {
    /// Older than what is known from the same registration.
    OutOfOrder,
    TooManyContacts,
    /// The registrar's own bound.
    Full,
}

#[derive(Debug, Default)]
struct Record {
    bindings: Vec<Binding>,
    expiry: Option<TimerHandle>,
}

/// All bindings, bounded by `Limits::bindings`.
#[derive(Debug)]
pub(crate) struct Registrar {
    records: BTreeMap<String, Record>,
    /// Addresses of record by the TCP connection their contacts came over.
    by_connection: BTreeSet<(u64, String)>,
    total: usize,
    max: usize,
}

impl Registrar {
    pub(crate) fn new(max: usize) -> Self {
        Self {
            records: BTreeMap::new(),
            by_connection: BTreeSet::new(),
            total: 0,
            max,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.total
    }

    pub(crate) fn bindings(&self, aor: &str) -> &[Binding] {
        self.records.get(aor).map_or(&[], |record| &record.bindings)
    }

    /// Carries out all wishes, or none.
    pub(crate) fn register(
        &mut self,
        now: Duration,
        aor: &str,
        request: (Registering, &[Wish]),
        settings: &AorSettings,
        out: &mut Outbox,
    ) -> Result<Changed, RegisterRefusal> {
        let (registering, wishes) = request;
        let mut bindings = self.bindings(aor).to_vec();
        let before = bindings.len();
        let mut changed = Changed::default();
        for wish in wishes {
            apply(&mut bindings, &mut changed, now, &registering, wish)?;
        }
        if !changed.added.is_empty() && bindings.len() > settings.max_contacts {
            make_room(&mut bindings, &mut changed, settings)?;
        }
        if bindings.len() > before && self.total - before + bindings.len() > self.max {
            return Err(RegisterRefusal::Full);
        }
        self.store(aor, bindings, out);
        Ok(changed)
    }

    /// Removes the bindings of every wish's kind: `Contact: *`.
    pub(crate) fn clear(
        &mut self,
        aor: &str,
        registering: &Registering,
        out: &mut Outbox,
    ) -> Result<Changed, RegisterRefusal> {
        let removed = self.bindings(aor).to_vec();
        if removed.iter().any(|binding| is_older(binding, registering)) {
            return Err(RegisterRefusal::OutOfOrder);
        }
        self.store(aor, Vec::new(), out);
        Ok(Changed {
            removed,
            ..Changed::default()
        })
    }

    /// Takes out what has expired.
    pub(crate) fn expire(&mut self, now: Duration, aor: &str, out: &mut Outbox) -> Vec<(String, Binding)> {
        self.take(aor, |binding| binding.expires_at <= now, out)
    }

    /// Takes out the contacts of a closed connection.
    pub(crate) fn close(&mut self, connection: u64, out: &mut Outbox) -> Vec<(String, Binding)> {
        let range = (connection, String::new())..(connection.saturating_add(1), String::new());
        let aors: Vec<String> = self
            .by_connection
            .range(range)
            .map(|(_, aor)| aor.clone())
            .collect();
        let of_it = |binding: &Binding| binding.flow.connection == Some(connection);
        aors.iter().flat_map(|aor| self.take(aor, of_it, out)).collect()
    }

    /// Takes out the contacts of addresses of record that are not to be kept.
    pub(crate) fn retain(&mut self, keep: impl Fn(&str) -> bool, out: &mut Outbox) -> Vec<(String, Binding)> {
        let aors: Vec<String> = self.records.keys().filter(|aor| !keep(aor)).cloned().collect();
        aors.iter()
            .flat_map(|aor| self.take(aor, |_| true, out))
            .collect()
    }

    fn take(
        &mut self,
        aor: &str,
        gone: impl Fn(&Binding) -> bool,
        out: &mut Outbox,
    ) -> Vec<(String, Binding)> {
        let (taken, kept) = self
            .bindings(aor)
            .to_vec()
            .into_iter()
            .partition(|binding| gone(binding));
        self.store(aor, kept, out);
        let taken: Vec<Binding> = taken;
        taken
            .into_iter()
            .map(|binding| (aor.to_owned(), binding))
            .collect()
    }

    /// Replaces the bindings of an address of record, and its expiry timer.
    fn store(&mut self, aor: &str, bindings: Vec<Binding>, out: &mut Outbox) {
        let mut old = self.records.remove(aor).unwrap_or_default();
        out.disarm(&mut old.expiry);
        self.total = self.total - old.bindings.len() + bindings.len();
        for connection in old.bindings.iter().filter_map(|binding| binding.flow.connection) {
            self.by_connection.remove(&(connection, aor.to_owned()));
        }
        let Some(first) = bindings.iter().map(|binding| binding.expires_at).min() else {
            return;
        };
        for connection in bindings.iter().filter_map(|binding| binding.flow.connection) {
            self.by_connection.insert((connection, aor.to_owned()));
        }
        let expiry = Some(out.arm(first, Timer::Binding { aor: aor.to_owned() }));
        self.records.insert(aor.to_owned(), Record { bindings, expiry });
    }
}

/// Whether a request is no newer than what bound this contact (section 10.3, step 7).
fn is_older(binding: &Binding, registering: &Registering) -> bool {
    binding.call_id == registering.call_id && registering.cseq <= binding.cseq
}

fn apply(
    bindings: &mut Vec<Binding>,
    changed: &mut Changed,
    now: Duration,
    registering: &Registering,
    wish: &Wish,
) -> Result<(), RegisterRefusal> {
    let known = bindings
        .iter()
        .position(|binding| binding.contact.is_equivalent(&wish.contact));
    if known.is_some_and(|at| is_older(&bindings[at], registering)) {
        return Err(RegisterRefusal::OutOfOrder);
    }
    let new = Binding {
        contact: wish.contact.clone(),
        expires_at: now + Duration::from_secs(u64::from(wish.expires_s)),
        flow: registering.flow,
        user_agent: registering.user_agent.clone(),
        call_id: registering.call_id.clone(),
        cseq: registering.cseq,
    };
    match (known, wish.expires_s) {
        (Some(at), 0) => changed.removed.push(bindings.remove(at)),
        (Some(at), _) => {
            changed.refreshed.push(new.clone());
            bindings[at] = new;
        }
        (None, 0) => {}
        (None, _) => {
            changed.added.push(new.clone());
            bindings.push(new);
        }
    }
    Ok(())
}

/// Drops the contacts that expire soonest, or refuses.
fn make_room(
    bindings: &mut Vec<Binding>,
    changed: &mut Changed,
    settings: &AorSettings,
) -> Result<(), RegisterRefusal> {
    if !settings.removes_existing || changed.added.len() > settings.max_contacts {
        return Err(RegisterRefusal::TooManyContacts);
    }
    while bindings.len() > settings.max_contacts {
        let old = bindings
            .iter()
            .enumerate()
            .filter(|(_, binding)| !changed.added.contains(binding));
        let Some((soonest, _)) = old.min_by_key(|(_, binding)| binding.expires_at) else {
            return Err(RegisterRefusal::TooManyContacts);
        };
        changed.replaced.push(bindings.remove(soonest));
    }
    Ok(())
}
