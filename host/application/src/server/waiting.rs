//! Connections nobody has proved anything on, and which of them gives way when there is no room.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// All of them, the oldest first; as many as there are connections at the most.
#[derive(Debug, Default)]
pub(super) struct Waiting(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    entered: u64,
    places: BTreeMap<u64, Arc<Notify>>,
}

/// A connection's place among them, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    waiting: Arc<Waiting>,
    number: u64,
    gives_way: Arc<Notify>,
}

impl Waiting {
    /// A place for a new connection.
    pub fn enter(self: &Arc<Self>) -> Place {
        let mut table = self.table();
        table.entered += 1;
        let (number, gives_way) = (table.entered, Arc::<Notify>::default());
        table.places.insert(number, gives_way.clone());
        Place {
            waiting: self.clone(),
            number,
            gives_way,
        }
    }

    /// Tells who waits longest to go; false if nobody waits.
    pub fn make_room(&self) -> bool {
        let oldest = self.table().places.pop_first();
        oldest.is_some_and(|(_, oldest)| {
            oldest.notify_one();
            true
        })
    }

    /// Held for one question, never across an await.
    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Waits until the connection has to go.
    pub async fn gives_way(&self) {
        self.gives_way.notified().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.waiting.table().places.remove(&self.number);
    }
}

/// Waits until a connection has to go; for ever, if it proved who it is.
pub(super) async fn gives_way(place: Option<&Place>) {
    match place {
        Some(place) => place.gives_way().await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::timeout;

    #[tokio::test(start_paused = true)]
    async fn the_oldest_gives_way_and_who_proved_something_does_not() {
        let waiting = Arc::<Waiting>::default();
        assert!(!waiting.make_room());
        let places: Vec<_> = (0..3).map(|_| waiting.enter()).collect();
        let [first, second, third] = &places[..] else {
            panic!("three entered");
        };
        let has_to_go =
            async |place: &Place| timeout(Duration::from_secs(1), place.gives_way()).await.is_ok();
        assert!(waiting.make_room());
        assert!(has_to_go(first).await);
        assert!(!has_to_go(second).await && !has_to_go(third).await);
        drop(places);
        assert!(!waiting.make_room());
        assert!(timeout(Duration::from_secs(1), gives_way(None)).await.is_err());
    }
}
