//! The user agent and registrar: messages and timers go in, messages and events come out; nothing else happens.
//!
//! After every call into the endpoint the driver drains [`Endpoint::poll_transmit`] and [`Endpoint::poll_event`], then sleeps
//! until [`Endpoint::poll_timeout`] or the next message.

mod callee;
mod caller;
mod guard;
mod hangup;
mod in_dialog;
mod outside;
mod receive;
mod refer;
mod registering;
mod registrations;
mod reinvite;

use std::collections::HashMap;
use std::time::Duration;

use crate::Fault;
use crate::Uri;
use crate::accounts::{Accounts, Directory};
use crate::arena::{Arena, Key};
use crate::compose::Reply;
use crate::config::EndpointConfig;
use crate::connections::Connections;
use crate::dialog::{Dialog, Reach};
use crate::digest::server::{Authenticator, NonceSettings};
use crate::event::{Event, UnregisterReason};
use crate::flow::{Flow, Transmit, TransportKind};
use crate::outbox::{Outbox, SessionTimer, Timer};
use crate::owner::Owner;
use crate::registrar::{Binding, Registrar};
use crate::registration::Registration;
use crate::session::{Session, SessionId, State};
use crate::spec::Refusal;
use crate::transaction::{Responded, TimeoutOutcome, TransactionId, Transactions};

/// A user agent for many accounts at once: the host's, a soft phone's, a test's.
#[derive(Debug)]
pub struct Endpoint {
    config: EndpointConfig,
    allow: String,
    supported: String,
    out: Outbox,
    transactions: Transactions,
    connections: Connections,
    sessions: Arena<Session>,
    /// Sessions by our tag.
    by_tag: HashMap<String, SessionId>,
    directory: Directory,
    authenticator: Authenticator,
    registrar: Registrar,
    registrations: Arena<Registration>,
    #[cfg(feature = "faults")]
    pub(crate) fault: Option<crate::Fault>,
}

/// How full the tables are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Load {
    pub sessions: usize,
    pub transactions: usize,
    pub timers: usize,
    pub connections: usize,
    pub bindings: usize,
}

/// A session as its peer knows it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Description<'a> {
    pub call_id: &'a str,
    pub local_tag: &'a str,
    pub remote_tag: Option<&'a str>,
    /// Where requests of ours go: the peer's Contact.
    pub target: &'a Uri,
    pub flow: Flow,
}

impl Endpoint {
    /// Makes an endpoint without accounts: it refuses calls until [`Endpoint::set_accounts`].
    pub fn new(config: EndpointConfig) -> Self {
        let limits = config.limits;
        let mut out = Outbox::new(config.seed, config.user_agent.clone(), config.local.clone());
        let authenticator = Authenticator::new(out.key(), NonceSettings::default());
        let transactions = Transactions::new(limits.transactions, config.timers);
        Self {
            allow: config.allow_value(),
            supported: config.supported.join(", "),
            out,
            transactions,
            connections: Connections::new(limits.connections),
            sessions: Arena::new(limits.sessions),
            by_tag: HashMap::new(),
            directory: Directory::default(),
            authenticator,
            registrar: Registrar::new(limits.bindings),
            registrations: Arena::new(limits.registrations),
            #[cfg(feature = "faults")]
            fault: None,
            config,
        }
    }

    /// Replaces all accounts; calls go on, contacts of addresses of record that are gone are removed.
    pub fn set_accounts(&mut self, accounts: Accounts) {
        self.directory = Directory::new(accounts);
        let known = &self.directory.accounts.aors;
        let gone = self
            .registrar
            .retain(|aor| known.contains_key(aor), &mut self.out);
        self.tell_unregistered(gone, UnregisterReason::Removed);
    }

    /// The contacts registered for an address of record, in the order they came.
    pub fn contacts(&self, aor: &str) -> &[Binding] {
        self.registrar.bindings(aor)
    }

    /// How full the tables are.
    pub fn load(&self) -> Load {
        Load {
            sessions: self.sessions.len(),
            transactions: self.transactions.len(),
            timers: self.out.timers_armed(),
            connections: self.connections.len(),
            bindings: self.registrar.len(),
        }
    }

    /// The next message to put on the wire.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.out.poll_transmit()
    }

    /// The next thing that happened.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.out.poll_event()
    }

    /// When [`Endpoint::handle_timeout`] must be called next.
    pub fn poll_timeout(&self) -> Option<Duration> {
        self.out.next_timer_at()
    }

    /// Runs every timer that is due.
    pub fn handle_timeout(&mut self, now: Duration) {
        while let Some(timer) = self.out.pop_due_timer(now) {
            self.handle_timer(now, timer);
        }
    }

    fn handle_timer(&mut self, now: Duration, timer: Timer) {
        match timer {
            Timer::Transaction(id, timer) => {
                match self.transactions.handle_timer(now, id, timer, &mut self.out) {
                    TimeoutOutcome::Quiet => {}
                    TimeoutOutcome::Unanswered { owner } => self.handle_silence(now, owner, 408),
                }
            }
            Timer::Session(id, timer) => self.handle_session_timer(now, id, timer),
            Timer::Registration(id) => self.send_registration(now, id),
            Timer::Binding { aor } => {
                let gone = self.registrar.expire(now, &aor, &mut self.out);
                self.tell_unregistered(gone, UnregisterReason::Expired);
            }
        }
    }

    fn handle_session_timer(&mut self, now: Duration, id: SessionId, timer: SessionTimer) {
        let t2 = self.config.timers.t2;
        match timer {
            SessionTimer::Trying => {
                // A session that is gone, or past its first reply, has nothing to say.
                let _ = self.trying(now, id);
            }
            SessionTimer::RepeatOk if self.has_fault(Fault::OkNotRepeated) => {}
            SessionTimer::RepeatOk => {
                if let Some(session) = self.sessions.get_mut(id.0) {
                    session.repeat_ok(now, t2, &mut self.out);
                }
            }
            SessionTimer::AckMissing => self.handle_missing_ack(now, id),
            SessionTimer::CancelUnanswered => self.abandon_cancelled(id),
            SessionTimer::Glare => self.send_reinvite_again(now, id),
        }
    }

    /// A request of ours got no final reply: `status` says why (408 silence, 503 broken connection).
    fn handle_silence(&mut self, now: Duration, owner: Owner, status: u16) {
        match owner {
            Owner::Nobody => {}
            Owner::Invite(session) => self.fail_call(session, status),
            Owner::InDialog(session, purpose) => self.handle_silence_in_dialog(now, session, purpose, status),
            Owner::Registration(id) => self.fail_registration(now, id, status),
            Owner::Ping(ping) => self.out.tell(Event::OptionsReply { ping, status: None }),
        }
    }

    /// The driver opened the connection a transmit asked for; `flow` carries its number.
    pub fn handle_connected(&mut self, _now: Duration, flow: &Flow) {
        if let Some(connection) = flow.connection
            && !self.connections.note(connection, flow)
        {
            self.out.tell(Event::Close { connection });
        }
    }

    /// The driver could not open the connection a transmit asked for.
    pub fn handle_connection_failed(&mut self, now: Duration, flow: &Flow) {
        let waits = |other: &Flow| {
            other.connection.is_none() && other.transport == flow.transport && other.remote == flow.remote
        };
        for owner in self.transactions.fail_flow(waits, &mut self.out) {
            self.handle_silence(now, owner, 503);
        }
    }

    /// A TCP connection is gone.
    pub fn handle_connection_closed(&mut self, now: Duration, connection: u64) {
        let remote = self.connections.close(connection);
        // Requests that asked for a connection to this peer went over it.
        let broken = |flow: &Flow| {
            flow.connection == Some(connection)
                || (flow.connection.is_none() && remote == Some((flow.transport, flow.remote)))
        };
        for owner in self.transactions.fail_flow(broken, &mut self.out) {
            self.handle_silence(now, owner, 503);
        }
        let gone = self.registrar.close(connection, &mut self.out);
        self.tell_unregistered(gone, UnregisterReason::ConnectionClosed);
    }

    // What every part of the endpoint needs

    fn reply(&mut self, now: Duration, id: TransactionId, reply: &Reply) -> Responded {
        if let Some(flow) = self.transactions.server(id).map(|server| server.flow)
            && flow.connection.is_some()
        {
            self.transactions.reroute(id, self.connections.current(flow));
        }
        self.transactions.respond(now, id, reply, &mut self.out)
    }

    fn has_room_for_work(&self) -> bool {
        self.transactions.len() < self.config.limits.transactions
    }

    fn session_mut(&mut self, id: SessionId) -> Result<&mut Session, Refusal> {
        match self.sessions.get_mut(id.0) {
            Some(session) if session.voice == crate::session::Voice::Speaking => Ok(session),
            Some(_) | None => Err(Refusal::UnknownSession),
        }
    }

    /// Puts a session in the table under its tag.
    fn add_session(&mut self, make: impl FnOnce(SessionId) -> Session) -> Option<SessionId> {
        let id = self.sessions.reserve().map(SessionId)?;
        let session = make(id);
        self.by_tag.insert(session.dialog.local_tag.clone(), id);
        self.sessions.fill(id.0, session);
        Some(id)
    }

    fn remove_session(&mut self, id: SessionId) {
        if let Some(mut session) = self.sessions.remove(id.0) {
            session.disarm_all(&mut self.out);
            self.by_tag.remove(&session.dialog.local_tag);
        }
        if self.sessions.len() == 0 {
            self.by_tag = HashMap::new();
        }
    }

    /// Our Contact value on a flow.
    fn contact_value(&self, user: &str, flow: &Flow) -> String {
        let address = self.out.advertised(flow);
        let at = if user.is_empty() { "" } else { "@" };
        match flow.kind {
            TransportKind::Udp => format!("<sip:{user}{at}{address}>"),
            TransportKind::Tcp => format!("<sip:{user}{at}{address};transport=tcp>"),
        }
    }

    /// The flow of the next request in a dialog.
    fn dialog_flow(&self, dialog: &Dialog) -> Flow {
        match dialog.reach {
            Reach::Symmetric => self.connections.current(dialog.flow),
            Reach::Contact => self
                .connections
                .towards(dialog.hop(), &dialog.flow, self.out.transports()),
        }
    }

    /// Whether the tables agree with each other: nothing indexed that is not stored, no timer without an owner.
    #[cfg(test)]
    pub(crate) fn is_consistent(&self) -> bool {
        self.transactions.is_indexed_as_stored() && self.by_tag.len() == self.sessions.len()
    }
}

impl Endpoint {
    /// What identifies a session to its peer: for channel variables, transfers and logs.
    pub fn describe(&self, session: SessionId) -> Option<Description<'_>> {
        let dialog = &self.sessions.get(session.0)?.dialog;
        Some(Description {
            call_id: &dialog.call_id,
            local_tag: &dialog.local_tag,
            remote_tag: dialog.remote_tag.as_deref(),
            target: &dialog.target,
            flow: dialog.flow,
        })
    }

    /// Ends every session: the host is shutting down.
    pub fn hangup_all(&mut self, now: Duration, cause: Option<u16>) {
        let ids: Vec<Key> = self.sessions.keys();
        for id in ids {
            // A session that has ended already needs nothing.
            let _ = self.hangup(now, SessionId(id), cause);
        }
    }

    fn is_established(session: &Session) -> bool {
        matches!(session.state, State::Established)
    }
}
