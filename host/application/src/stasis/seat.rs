//! One channel in one application: what it plays and records, how it is muted, and whether it is to leave.

use super::board::Owner;
use super::deck::{Deck, Declined};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::time::Instant;
use ucx_call::{ChannelId, Place, Refusal};
use ucx_pbx::Ending;

/// Texts of digits that may wait to be sent to one channel; further ones are sent at once.
const DIGITS_WAITING_MAX: usize = 64;

/// How a channel leaves an application by request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It goes on in the dialplan: there, or behind the application.
    Continue(Option<Place>),
    /// It goes into another application.
    Move {
        /// Which one.
        application: String,
        /// What that one is told.
        args: Vec<String>,
    },
}

/// Why an operation was not done on a channel.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    /// It was not called yet.
    Down,
    /// The playback or recording does not take it.
    Declined(Declined),
    /// The host refused.
    Refused(Refusal),
    /// It is leaving the application.
    Leaving,
}

impl From<Ending> for Trouble {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Refused(refusal) => Self::Refused(refusal),
            Ending::Interrupted(_) | Ending::Hangup(_) => Self::Leaving,
        }
    }
}

impl From<Declined> for Trouble {
    fn from(declined: Declined) -> Self {
        Self::Declined(declined)
    }
}

/// Digits to be sent, and how long each and the pause between two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digits {
    /// When.
    pub at: Instant,
    /// The digits.
    pub text: String,
    /// Length of one.
    pub length: std::time::Duration,
    /// Pause between two.
    pub gap: std::time::Duration,
}

/// What changes about a channel in an application.
#[derive(Debug)]
pub struct Session {
    /// What it plays and records.
    pub deck: Deck,
    /// Whether nobody hears its far end.
    pub is_muted_in: bool,
    /// Whether its far end hears nobody.
    pub is_muted_out: bool,
    /// How it is to leave.
    pub exit: Option<Exit>,
    /// Digits that are sent later, soonest first.
    pub digits: Vec<Digits>,
}

impl Session {
    /// Sends digits when their time has come.
    pub fn send_later(&mut self, mut digits: Digits) {
        if self.digits.len() >= DIGITS_WAITING_MAX {
            digits.at = Instant::now();
        }
        let at = self.digits.partition_point(|earlier| earlier.at <= digits.at);
        self.digits.insert(at, digits);
    }

    /// Digits whose time has come.
    pub fn due(&mut self, now: Instant) -> Option<Digits> {
        let is_due = self.digits.first().is_some_and(|digits| digits.at <= now);
        is_due.then(|| self.digits.remove(0))
    }
}

/// A channel in an application.
#[derive(Debug)]
pub struct Seat {
    /// The channel.
    pub channel: ChannelId,
    /// Its uniqueid.
    pub uniqueid: Arc<str>,
    /// The application.
    pub application: Arc<str>,
    session: Mutex<Session>,
}

impl Seat {
    /// The channel comes into the application.
    pub fn new(channel: ChannelId, uniqueid: Arc<str>, application: Arc<str>) -> Self {
        let deck = Deck::new(Owner::Channel(uniqueid.clone()).target_uri());
        Self {
            channel,
            uniqueid,
            application,
            session: Mutex::new(Session {
                deck,
                is_muted_in: false,
                is_muted_out: false,
                exit: None,
                digits: Vec::new(),
            }),
        }
    }

    /// What changes. Nobody holds it across a wait.
    pub fn session(&self) -> MutexGuard<'_, Session> {
        // Each method of the session leaves it whole.
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whose its playbacks and recordings are.
    pub fn owner(&self) -> Owner {
        Owner::Channel(self.uniqueid.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn digits_wait_for_their_time_in_order() {
        let seat = Seat::new(ChannelId(1), Arc::from("1.0"), Arc::from("gold"));
        let now = Instant::now();
        let digits = |text: &str, after_ms: u64| Digits {
            at: now + Duration::from_millis(after_ms),
            text: text.to_owned(),
            length: Duration::ZERO,
            gap: Duration::ZERO,
        };
        let mut session = seat.session();
        session.send_later(digits("2", 20));
        session.send_later(digits("1", 10));
        session.send_later(digits("3", 20));
        assert_eq!(session.due(now), None);
        let later = now + Duration::from_millis(20);
        let sent: Vec<_> = std::iter::from_fn(|| session.due(later))
            .map(|digits| digits.text)
            .collect();
        assert_eq!(sent, ["1", "2", "3"]);
        for _ in 0..=DIGITS_WAITING_MAX {
            session.send_later(digits("x", 60_000));
        }
        assert!(session.due(Instant::now()).is_some());
    }
}
