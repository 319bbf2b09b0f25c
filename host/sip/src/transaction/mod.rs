//! The four transaction machines of RFC 3261 section 17 with the Accepted states of RFC 6026, in one bounded table.

pub(crate) mod client;
mod key;
mod outcome;
pub(crate) mod server;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use client::ClientTransaction;
pub(crate) use outcome::{Arrival, RequestOutcome, ResponseOutcome, TimeoutOutcome, Weight};
pub(crate) use server::{Responded, ServerTransaction};
pub(crate) use table::Transactions;

use crate::arena::Key;

/// Names one transaction of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TransactionId(pub(crate) Key);

/// The two timers a transaction can have running.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TransactionTimer {
    /// A, E or G: send again.
    Retransmit,
    /// B, F, H: the peer is silent; D, I, J, K, L, M: nothing more is expected.
    End,
}
