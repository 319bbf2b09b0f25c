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
    /// Takes a session in that is to see what comes after the event of that sequence; false if its user is there already
    /// and may be there once.
    #[must_use]
    pub fn join(&self, who: Connected, outbox: Arc<Outbox>, after: u64) -> bool {
        let mut members = self.lock();
        let name = &who.user.name;
        if !who.user.allows_multiple && members.iter().any(|member| member.who.user.name == *name) {
            return false;
        }
        members.push(Member { who, outbox, after });
        drop(members);
        self.bell.notify_one();
        true
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_who_passed_the_question_together_one_comes_in() {
        let text = "[general]\nenabled=yes\n[one]\nsecret=s\nallowmultiplelogin=no\n[many]\nsecret=s\n";
        let (config, _) = ucx_config::parse_text("manager.conf", text);
        let (config, _) = crate::load(&config, &Default::default());
        let sessions = Sessions::default();
        let join = |number, name: &str| {
            let who = Connected {
                number,
                user: config.users[name].clone(),
                remote: SocketAddr::from(([127, 0, 0, 1], 5038)),
                since: Duration::ZERO,
            };
            sessions.join(who, Arc::default(), 0)
        };
        // Both heard that nobody is there.
        assert!(!sessions.has_user("one"));
        assert!(join(1, "one"));
        assert!(!join(2, "one"));
        assert!(join(3, "many") && join(4, "many"));
        // The one turned away takes nobody's place with it.
        sessions.leave(2);
        assert!(sessions.has_user("one") && !join(5, "one"));
        sessions.leave(1);
        assert!(join(6, "one"));
    }
}
