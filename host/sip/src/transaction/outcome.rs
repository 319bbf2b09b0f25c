//! What does the table say about a message or a timer?

use super::TransactionId;
use crate::compose::ReplyHead;
use crate::flow::Flow;
use crate::ident::Ident;
use crate::owner::Owner;

/// What a request meant to the table.
#[derive(Debug)]
pub(crate) enum RequestOutcome {
    /// A new transaction waits for replies.
    New(TransactionId),
    /// Repetitions and ACKs of refusals are dealt with.
    Absorbed,
    /// A CANCEL in a transaction of its own, and the INVITE it is for.
    Cancel {
        own: TransactionId,
        invite: Option<TransactionId>,
    },
    /// The same request came by another way: it wants a 482.
    Merged(TransactionId),
    /// An ACK for the session to see.
    Ack,
    /// The table is full: whoever sent it gets a reply without a transaction.
    Full(ReplyHead),
}

/// A request as it reaches the table.
#[derive(Debug)]
pub(crate) struct Arrival<'a> {
    pub flow: &'a Flow,
    pub ident: &'a Ident,
    pub head: ReplyHead,
    pub weight: Weight,
}

/// What is shed first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    New,
    /// It belongs to a session of ours.
    InCall,
}

/// What a reply meant to the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResponseOutcome {
    /// The owner must see it.
    Deliver {
        id: TransactionId,
        owner: Owner,
    },
    Absorbed,
    /// No transaction of ours waits for it.
    Stray,
}

/// What a timer meant to the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TimeoutOutcome {
    Quiet,
    /// No final reply came in 64*T1.
    Unanswered {
        owner: Owner,
    },
}
