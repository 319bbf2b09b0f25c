//! What is behind a guest's handle of a channel? A leg with a task that serves it, or one that waits to be taken.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, watch};
use ucx_call::ChannelSnapshot;

use super::{Expected, Remote};
use crate::bindings::ucx::types::common::Error;
use crate::telephony::DialEnd;

/// A leg an instance may steer.
pub struct Leg {
    /// What it was when it came.
    pub(crate) channel: Arc<ChannelSnapshot>,
    /// What was last known of it.
    last: Mutex<Arc<ChannelSnapshot>>,
    place: Mutex<Place>,
}

/// Who answers for it.
enum Place {
    /// Its own task.
    Served(Remote),
    /// It answered a dial of that leg and waits to be taken.
    Claimed(Remote),
    /// It was given away.
    Gone,
}

/// Where a leg is to be asked.
pub(crate) enum Whereabouts {
    Served(Remote),
    Claimed,
}

impl Leg {
    /// A leg whose task serves the instance.
    pub(crate) fn served(channel: Arc<ChannelSnapshot>, remote: Remote) -> Self {
        Self::at(channel, Place::Served(remote))
    }

    /// A leg that answered a dial of another one.
    pub(crate) fn claimed(channel: Arc<ChannelSnapshot>, by: Remote) -> Self {
        Self::at(channel, Place::Claimed(by))
    }

    fn at(channel: Arc<ChannelSnapshot>, place: Place) -> Self {
        Self {
            last: Mutex::new(Arc::clone(&channel)),
            channel,
            place: Mutex::new(place),
        }
    }

    /// What was last known of it.
    pub(crate) fn last(&self) -> Arc<ChannelSnapshot> {
        Arc::clone(&self.last.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// It is known to be like that now.
    pub(crate) fn note(&self, channel: Arc<ChannelSnapshot>) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = channel;
    }

    /// Where it is.
    pub(crate) fn whereabouts(&self) -> Result<Whereabouts, Error> {
        match &*self.lock() {
            Place::Served(remote) if remote.is_served() => Ok(Whereabouts::Served(remote.clone())),
            Place::Claimed(remote) if remote.is_served() => Ok(Whereabouts::Claimed),
            Place::Served(_) | Place::Claimed(_) | Place::Gone => Err(Error::Gone),
        }
    }

    /// It has a task of its own now.
    pub(crate) fn is_served_by(&self, other: Self) {
        let mut place = other.lock();
        *self.lock() = std::mem::replace(&mut *place, Place::Gone);
    }

    /// It was given away.
    pub(crate) fn give_away(&self) {
        *self.lock() = Place::Gone;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Leg {
    fn drop(&mut self) {
        // Who answered a dial and was not taken has no other treatment than its end.
        if let Place::Claimed(remote) = &*self.lock() {
            remote.farewell(|line, _| line.drop_claim());
        }
    }
}

/// A dial as its guest holds it. Dropped, it is called off.
pub struct Dialled {
    pub(crate) result: watch::Receiver<Option<DialEnd>>,
    pub(crate) is_taken: bool,
    pub(crate) by: Dialler,
}

/// Who dials.
pub(crate) enum Dialler {
    /// A leg, by that way to it.
    Leg(Remote),
    /// The host itself; who answers comes as a leg.
    Host {
        /// Its answered leg.
        leg: Option<Expected>,
        /// Calls it off.
        cancel: Arc<Notify>,
    },
    /// The host itself, when it was asked for the same call before; whoever asked first may hold its leg.
    Again {
        /// Calls it off.
        cancel: Arc<Notify>,
    },
}

impl Dialled {
    /// Calls it off; who answered and was not taken is hung up.
    pub(crate) fn forget(&self) {
        match &self.by {
            Dialler::Leg(remote) => remote.farewell(|line, deck| deck.forget_dial(line)),
            Dialler::Host { cancel, .. } => cancel.notify_one(),
            // It is another's as well.
            Dialler::Again { .. } => {}
        }
    }

    /// Calls it off unless it is decided.
    pub(crate) fn cancel(&self) {
        match &self.by {
            Dialler::Leg(remote) => remote.farewell(|line, deck| deck.cancel_dial(line)),
            Dialler::Host { cancel, .. } | Dialler::Again { cancel } => cancel.notify_one(),
        }
    }
}

impl Drop for Dialled {
    fn drop(&mut self) {
        if !self.is_taken {
            self.forget();
        }
    }
}
