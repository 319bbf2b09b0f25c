//! Which transaction does a message belong to? The bounded table of all transactions, and how messages and timers reach them.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use super::client::{ClientStart, ClientStep, ReplySeen};
use super::key::{client_key, merge_key, server_key};
use super::outcome::{Arrival, RequestOutcome, ResponseOutcome, TimeoutOutcome, Weight};
use super::server::{AckStep, Responded, ServerStart};
use super::{ClientTransaction, ServerTransaction, TransactionId, TransactionTimer};
use crate::Method;
use crate::arena::{Arena, Key};
use crate::compose::{OutgoingRequest, Reply, ViaLine};
use crate::config::Timers;
use crate::flow::Flow;
use crate::ident::Ident;
use crate::outbox::Outbox;
use crate::owner::Owner;
use crate::via::MAGIC_COOKIE;

#[derive(Debug)]
enum Transaction {
    Client(Box<ClientTransaction>),
    Server(Box<ServerTransaction>),
}

/// All transactions of the endpoint.
#[derive(Debug)]
pub(crate) struct Transactions {
    timers: Timers,
    /// Requests that begin something new are refused above it; the rest of the arena is for calls in progress.
    max_new: usize,
    arena: Arena<Transaction>,
    clients: HashMap<String, Key>,
    servers: HashMap<String, Key>,
    /// First requests by From tag, Call-ID and CSeq, to see a request that reaches us by two ways (section 8.2.2.2).
    merges: HashMap<String, Key>,
    /// Clients on TCP by flow, to fail those whose connection breaks.
    by_flow: BTreeSet<(Flow, TransactionId)>,
}

impl Transactions {
    /// Makes a table for `max_new` transactions, and a quarter more for requests of calls in progress.
    pub(crate) fn new(max_new: usize, timers: Timers) -> Self {
        Self {
            timers,
            max_new,
            arena: Arena::new(max_new + max_new / 4),
            clients: HashMap::new(),
            servers: HashMap::new(),
            merges: HashMap::new(),
            by_flow: BTreeSet::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.arena.len()
    }

    #[cfg(test)]
    pub(crate) fn is_indexed_as_stored(&self) -> bool {
        self.clients.len() + self.servers.len() == self.arena.len() && self.merges.len() <= self.servers.len()
    }

    // Clients

    /// Sends a request in a transaction of its own; `None` when the table is full.
    pub(crate) fn request(
        &mut self,
        now: Duration,
        flow: Flow,
        request: OutgoingRequest,
        owner: Owner,
        out: &mut Outbox,
    ) -> Option<TransactionId> {
        let branch = format!("{MAGIC_COOKIE}{}", out.token());
        let via = ViaLine {
            kind: flow.kind,
            sent_by: out.advertised(&flow),
            branch: &branch,
        };
        let bytes = request.write(via, &out.user_agent);
        let is_invite = request.method == Method::Invite;
        let key = client_key(&branch, request.method.as_str());
        self.start_client(
            now,
            ClientStart {
                key,
                branch,
                flow,
                owner,
                request,
                bytes,
                is_invite,
            },
            out,
        )
    }

    fn start_client(&mut self, now: Duration, start: ClientStart, out: &mut Outbox) -> Option<TransactionId> {
        let (key, flow) = (start.key.clone(), start.flow);
        let transaction = Transaction::Client(Box::new(ClientTransaction::new(start)));
        let id = TransactionId(self.arena.insert(transaction).ok()?);
        self.clients.insert(key, id.0);
        if flow.kind.is_reliable() {
            self.by_flow.insert((flow, id));
        }
        let timers = self.timers;
        if let Some(client) = self.client_mut(id) {
            client.start(now, id, &timers, out);
        }
        Some(id)
    }

    /// Sends the CANCEL of an INVITE of ours, in a transaction of its own.
    pub(crate) fn cancel(
        &mut self,
        now: Duration,
        invite: TransactionId,
        reason: Option<&str>,
        out: &mut Outbox,
    ) {
        let Some(client) = self.client(invite) else { return };
        let (kind, sent_by, branch) = client.via(out);
        let via = ViaLine {
            kind,
            sent_by,
            branch: &branch,
        };
        let bytes = client.request.write_cancel(via, reason, &out.user_agent);
        let mut request = client.request.clone();
        request.method = Method::Cancel;
        let (key, flow) = (client_key(&branch, "CANCEL"), client.flow);
        let start = ClientStart {
            key,
            branch,
            flow,
            owner: Owner::Nobody,
            request,
            bytes,
            is_invite: false,
        };
        self.start_client(now, start, out);
    }

    pub(crate) fn client(&self, id: TransactionId) -> Option<&ClientTransaction> {
        match self.arena.get(id.0) {
            Some(Transaction::Client(client)) => Some(client),
            Some(Transaction::Server(_)) | None => None,
        }
    }

    fn client_mut(&mut self, id: TransactionId) -> Option<&mut ClientTransaction> {
        match self.arena.get_mut(id.0) {
            Some(Transaction::Client(client)) => Some(client),
            Some(Transaction::Server(_)) | None => None,
        }
    }

    /// Gives a reply to the transaction it answers.
    pub(crate) fn handle_response(
        &mut self,
        now: Duration,
        ident: &Ident,
        status: u16,
        out: &mut Outbox,
    ) -> ResponseOutcome {
        let key = client_key(&ident.branch, ident.method.as_str());
        let Some(id) = self.clients.get(&key).copied().map(TransactionId) else {
            return ResponseOutcome::Stray;
        };
        let timers = self.timers;
        let Some(client) = self.client_mut(id) else {
            return ResponseOutcome::Stray;
        };
        let owner = client.owner;
        let seen = ReplySeen {
            status,
            to: &ident.to,
            tag: ident.to_tag.as_deref().unwrap_or_default(),
        };
        match client.handle_response(now, id, seen, &timers, out) {
            ClientStep::Deliver => ResponseOutcome::Deliver { id, owner },
            ClientStep::Absorbed => ResponseOutcome::Absorbed,
            // The owner may still ask for the request, so the end comes with the next timer turn.
            ClientStep::DeliverAndEnd => {
                if let Some(client) = self.client_mut(id) {
                    client.end_soon(now, id, out);
                }
                ResponseOutcome::Deliver { id, owner }
            }
        }
    }

    /// Sends the ACK of a 2xx and keeps it for the repetitions of that 2xx.
    pub(crate) fn acknowledge(
        &mut self,
        invite: TransactionId,
        tag: &str,
        flow: Flow,
        ack: &OutgoingRequest,
        out: &mut Outbox,
    ) {
        let branch = format!("{MAGIC_COOKIE}{}", out.token());
        let via = ViaLine {
            kind: flow.kind,
            sent_by: out.advertised(&flow),
            branch: &branch,
        };
        let bytes = ack.write(via, &out.user_agent);
        if let Some(client) = self.client_mut(invite) {
            client.remember_ack(tag, flow, bytes.clone());
        }
        out.send(flow, bytes);
    }

    // Servers

    /// Gives a request to its transaction, or makes one for it.
    pub(crate) fn handle_request(
        &mut self,
        now: Duration,
        arrival: Arrival<'_>,
        out: &mut Outbox,
    ) -> RequestOutcome {
        let Arrival {
            flow,
            ident,
            head,
            weight,
        } = arrival;
        if ident.method == Method::Ack {
            return self.handle_ack(now, ident, out);
        }
        let key = server_key(ident, ident.method.as_str());
        if let Some(known) = self.servers.get(&key).copied() {
            if let Some(Transaction::Server(server)) = self.arena.get(known) {
                server.handle_repetition(out);
            }
            return RequestOutcome::Absorbed;
        }
        let invite = (ident.method == Method::Cancel).then(|| {
            self.servers
                .get(&server_key(ident, Method::Invite.as_str()))
                .copied()
                .map(TransactionId)
        });
        let is_shed = weight == Weight::New && !matches!(invite, Some(Some(_))) && self.len() >= self.max_new;
        if is_shed {
            return RequestOutcome::Full(head);
        }
        let merge_key = (ident.to_tag.is_none() && invite.is_none()).then(|| merge_key(ident));
        let merged = merge_key
            .as_ref()
            .is_some_and(|key| self.merges.contains_key(key));
        let merge_key = merge_key.filter(|_| !merged);
        let tag = match invite.flatten().and_then(|id| self.server(id)) {
            Some(server) => server.tag.clone(),
            None => out.token(),
        };
        let is_invite = ident.method == Method::Invite;
        let start = ServerStart {
            key: key.clone(),
            merge_key: merge_key.clone(),
            flow: *flow,
            head,
            tag,
            is_invite,
        };
        let transaction = Transaction::Server(Box::new(ServerTransaction::new(start)));
        let stored = match self.arena.insert(transaction) {
            Ok(stored) => stored,
            Err(Transaction::Server(refused)) => return RequestOutcome::Full(refused.head),
            Err(Transaction::Client(_)) => return RequestOutcome::Absorbed,
        };
        self.servers.insert(key, stored);
        if let Some(merge_key) = merge_key {
            self.merges.insert(merge_key, stored);
        }
        let own = TransactionId(stored);
        match invite {
            Some(invite) => RequestOutcome::Cancel { own, invite },
            None if merged => RequestOutcome::Merged(own),
            None => RequestOutcome::New(own),
        }
    }

    fn handle_ack(&mut self, now: Duration, ident: &Ident, out: &mut Outbox) -> RequestOutcome {
        let key = server_key(ident, Method::Invite.as_str());
        let Some(id) = self.servers.get(&key).copied().map(TransactionId) else {
            return RequestOutcome::Ack;
        };
        let timers = self.timers;
        let Some(server) = self.server_mut(id) else {
            return RequestOutcome::Ack;
        };
        match server.handle_ack(now, id, &timers, out) {
            AckStep::Absorbed => RequestOutcome::Absorbed,
            AckStep::Deliver => RequestOutcome::Ack,
            AckStep::End => {
                self.remove(id, out);
                RequestOutcome::Absorbed
            }
        }
    }

    pub(crate) fn server(&self, id: TransactionId) -> Option<&ServerTransaction> {
        match self.arena.get(id.0) {
            Some(Transaction::Server(server)) => Some(server),
            Some(Transaction::Client(_)) | None => None,
        }
    }

    fn server_mut(&mut self, id: TransactionId) -> Option<&mut ServerTransaction> {
        match self.arena.get_mut(id.0) {
            Some(Transaction::Server(server)) => Some(server),
            Some(Transaction::Client(_)) | None => None,
        }
    }

    /// Gives a server transaction to its session.
    pub(crate) fn adopt(&mut self, id: TransactionId, owner: Owner) {
        if let Some(server) = self.server_mut(id) {
            server.owner = owner;
        }
    }

    /// Sends the replies of a server transaction another way: its connection is gone.
    pub(crate) fn reroute(&mut self, id: TransactionId, flow: Flow) {
        if let Some(server) = self.server_mut(id) {
            server.flow = flow;
        }
    }

    /// Sends a reply in a server transaction.
    pub(crate) fn respond(
        &mut self,
        now: Duration,
        id: TransactionId,
        reply: &Reply,
        out: &mut Outbox,
    ) -> Responded {
        let timers = self.timers;
        let Some(server) = self.server_mut(id) else {
            return Responded::Ignored;
        };
        let responded = server.respond(now, id, reply, &timers, out);
        if responded == Responded::Over {
            self.remove(id, out);
        }
        responded
    }

    // Timers and ends

    pub(crate) fn handle_timer(
        &mut self,
        now: Duration,
        id: TransactionId,
        timer: TransactionTimer,
        out: &mut Outbox,
    ) -> TimeoutOutcome {
        let timers = self.timers;
        match (timer, self.arena.get_mut(id.0)) {
            (TransactionTimer::Retransmit, Some(Transaction::Client(client))) => {
                client.retransmit(now, id, &timers, out);
                TimeoutOutcome::Quiet
            }
            (TransactionTimer::Retransmit, Some(Transaction::Server(server))) => {
                server.retransmit(now, id, &timers, out);
                TimeoutOutcome::Quiet
            }
            (TransactionTimer::End, Some(Transaction::Client(client))) => {
                let (owner, answered) = (client.owner, client.is_answered());
                self.remove(id, out);
                if answered {
                    TimeoutOutcome::Quiet
                } else {
                    TimeoutOutcome::Unanswered { owner }
                }
            }
            (TransactionTimer::End, Some(Transaction::Server(_))) => {
                self.remove(id, out);
                TimeoutOutcome::Quiet
            }
            (TransactionTimer::Retransmit | TransactionTimer::End, None) => TimeoutOutcome::Quiet,
        }
    }

    /// Ends a transaction at once.
    pub(crate) fn remove(&mut self, id: TransactionId, out: &mut Outbox) {
        match self.arena.remove(id.0) {
            Some(Transaction::Client(mut client)) => {
                client.stop(out);
                self.clients.remove(&client.key);
                self.by_flow.remove(&(client.flow, id));
            }
            Some(Transaction::Server(mut server)) => {
                server.stop(out);
                self.servers.remove(&server.key);
                if let Some(merge_key) = &server.merge_key {
                    self.merges.remove(merge_key);
                }
            }
            None => {}
        }
        if self.arena.len() == 0 {
            self.clients = HashMap::new();
            self.servers = HashMap::new();
            self.merges = HashMap::new();
        }
    }

    /// Takes the clients of a broken flow out; their owners are to be told, unless a final reply had come.
    pub(crate) fn fail_flow(&mut self, broken: impl Fn(&Flow) -> bool, out: &mut Outbox) -> Vec<Owner> {
        let ids: Vec<TransactionId> = self
            .by_flow
            .iter()
            .filter(|(flow, _)| broken(flow))
            .map(|(_, id)| *id)
            .collect();
        let mut owners = Vec::new();
        for id in ids {
            let unanswered = self
                .client(id)
                .filter(|client| !client.is_answered())
                .map(|client| client.owner);
            if let Some(owner) = unanswered {
                self.remove(id, out);
                owners.push(owner);
            }
        }
        owners
    }
}
