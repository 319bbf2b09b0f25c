//! The sessions that are logged in.

use crate::User;
use crate::outbox::{Batch, Outbox};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// A session that is logged in.
#[derive(Clone, Debug)]
pub struct Connected {
    /// Its number, from 1.
    pub number: u64,
    /// Who it is.
    pub user: Arc<User>,
    /// Where it comes from.
    pub remote: SocketAddr,
    /// When it logged in, since the host started.
    pub since: Duration,
}

struct Member {
    who: Connected,
    outbox: Arc<Outbox>,
    /// The sequence of the last event that it came too late for.
    after: u64,
}

/// All of them.
#[derive(Default)]
pub(crate) struct Sessions {
    /// Held for one pass over the list, never across an await.
    members: Mutex<Vec<Member>>,
    /// Rung when somebody joins.
    bell: Notify,
}

impl Sessions {
    /// Takes a session in that is to see what comes after the event of that sequence.
    pub fn join(&self, who: Connected, outbox: Arc<Outbox>, after: u64) {
        self.lock().push(Member { who, outbox, after });
        self.bell.notify_one();
    }

    /// Waits until somebody has joined since this was last asked; for the one task that renders.
    pub async fn joined(&self) {
        self.bell.notified().await;
    }

    pub fn leave(&self, number: u64) {
        self.lock().retain(|member| member.who.number != number);
    }

    pub fn has_user(&self, name: &str) -> bool {
        self.lock().iter().any(|member| &*member.who.user.name == name)
    }

    /// Whether anybody was there before the event of that sequence.
    pub fn see(&self, sequence: u64) -> bool {
        self.lock().iter().any(|member| member.after < sequence)
    }

    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    pub fn list(&self) -> Vec<Connected> {
        self.lock().iter().map(|member| member.who.clone()).collect()
    }

    pub fn push(&self, batch: &Arc<Batch>) {
        for member in self.lock().iter() {
            member.outbox.push(batch);
        }
    }

    /// Ends the sessions that `is_meant` names.
    pub fn end(&self, is_meant: impl Fn(&Connected) -> bool) {
        for member in self.lock().iter().filter(|member| is_meant(&member.who)) {
            member.outbox.end();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Member>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
