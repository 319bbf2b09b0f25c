//! Who is where, for all threads: channels in applications, and every playback and live recording by its name.

use super::deck::Saying;
use super::seat::Seat;
use super::stage::Stage;
use crate::model::{LiveRecording, Playback};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Whose playback or recording it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The channel of that uniqueid.
    Channel(Arc<str>),
    /// The bridge of that uniqueid.
    Bridge(Arc<str>),
}

impl Owner {
    /// What clients call it.
    pub fn target_uri(&self) -> Arc<str> {
        match self {
            Self::Channel(id) => Arc::from(format!("channel:{id}")),
            Self::Bridge(id) => Arc::from(format!("bridge:{id}")),
        }
    }
}

/// The board. What stands on it is bounded by the channels and bridges there are, and by what may wait at each.
#[derive(Debug, Default)]
pub struct Board {
    table: Mutex<Table>,
    stage: Stage,
}

#[derive(Debug, Default)]
struct Table {
    seats: BTreeMap<Arc<str>, Arc<Seat>>,
    playbacks: BTreeMap<String, (Playback, Owner)>,
    recordings: BTreeMap<String, (LiveRecording, Owner)>,
}

impl Board {
    /// A channel is in an application.
    pub fn sit(&self, uniqueid: &Arc<str>, seat: Arc<Seat>) {
        self.table().seats.insert(uniqueid.clone(), seat);
    }

    /// It left.
    pub fn rise(&self, uniqueid: &str) {
        self.table().seats.remove(uniqueid);
    }

    /// The seat of a channel, if it is in an application.
    pub fn seat(&self, uniqueid: &str) -> Option<Arc<Seat>> {
        self.table().seats.get(uniqueid).cloned()
    }

    /// The uniqueids of the channels in an application.
    pub fn seated(&self, application: &str) -> Vec<Arc<str>> {
        let table = self.table();
        let inside = table
            .seats
            .iter()
            .filter(|(_, seat)| *seat.application == *application);
        inside.map(|(uniqueid, _)| uniqueid.clone()).collect()
    }

    /// A playback and whose it is.
    pub fn playback(&self, id: &str) -> Option<(Playback, Owner)> {
        self.table().playbacks.get(id).cloned()
    }

    /// A recording that waits or runs, and whose it is.
    pub fn recording(&self, name: &str) -> Option<(LiveRecording, Owner)> {
        self.table().recordings.get(name).cloned()
    }

    /// Where bridges play and are recorded.
    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    /// Keeps the tables in step with what is said.
    pub fn note(&self, saying: &Saying, owner: &Owner) {
        let mut table = self.table();
        match saying {
            Saying::PlaybackQueued(view)
            | Saying::PlaybackStarted(view)
            | Saying::PlaybackContinuing(view) => {
                let row = (view.clone(), owner.clone());
                table.playbacks.insert(view.id.clone(), row);
            }
            Saying::PlaybackFinished(view) => {
                table.playbacks.remove(&view.id);
            }
            Saying::PlaybackGone(id) => {
                table.playbacks.remove(&**id);
            }
            Saying::RecordingChanged(view) | Saying::RecordingStarted(view) => {
                let row = (view.clone(), owner.clone());
                table.recordings.insert(view.name.clone(), row);
            }
            Saying::RecordingFinished(view) | Saying::RecordingFailed(view) => {
                table.recordings.remove(&view.name);
            }
        }
    }

    /// Channels in applications, playbacks and recordings, for those who look for leaks.
    pub fn count(&self) -> (usize, usize, usize) {
        let table = self.table();
        (table.seats.len(), table.playbacks.len(), table.recordings.len())
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        // Rows are replaced whole, so that a panic elsewhere leaves none half written.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
