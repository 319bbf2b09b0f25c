//! What of the host can guests reach? The tables, the schedules, the clock and chance; one for all plugins.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use tokio::sync::{Semaphore, watch};

use crate::admission::Load;
use crate::application::Floor;
use crate::bearing::Bearings;
use crate::calendar::Schedules;
use crate::fault::Faults;
use crate::limits::FLOWS_MAX;
use crate::simulated::{Processors, RequestSpy};
use crate::tables::Tables;
use crate::tape::Book;

/// Answers the time since 1970-01-01T00:00:00Z.
pub type WallClock = Arc<dyn Fn() -> Duration + Send + Sync>;

pub(crate) struct HostResources {
    pub(crate) tables: Tables,
    pub(crate) schedules: Schedules,
    pub(crate) clock: WallClock,
    /// Where decisions are written down, if they are.
    pub(crate) book: Option<Book>,
    /// Sees every request of a flow or an application.
    pub(crate) spy: Option<RequestSpy>,
    /// Stands in for the processors that decide.
    pub(crate) processors: Option<Processors>,
    /// The mistake that is made on purpose.
    pub(crate) faults: Faults,
    /// Looks at every request of a flow.
    #[cfg(test)]
    pub(crate) probe: crate::tests::Probe,
    /// Which way calls go, and whose they are.
    pub(crate) bearings: Bearings,
    /// The host's calls, once they can be reached.
    pub(crate) floor: watch::Sender<Option<Floor>>,
    /// What decisions have ahead of them.
    pub(crate) load: Arc<Load>,
    /// Room for call flows.
    pub(crate) flows: Semaphore,
    /// The lock guards one draw; guests of several workers draw.
    chance: Mutex<ChaCha20Rng>,
}

impl HostResources {
    pub(crate) fn new(schedules: Schedules, clock: WallClock, seed: [u8; 32], book: Option<Book>) -> Self {
        Self {
            tables: Tables::default(),
            schedules,
            clock,
            book,
            spy: None,
            processors: None,
            faults: Faults::default(),
            #[cfg(test)]
            probe: crate::tests::Probe::default(),
            bearings: Bearings::default(),
            floor: watch::Sender::new(None),
            load: Arc::new(Load::new(1)),
            flows: Semaphore::new(FLOWS_MAX),
            chance: Mutex::new(ChaCha20Rng::from_seed(seed)),
        }
    }

    /// The seed of the chance one instance sees.
    pub(crate) fn next_seed(&self) -> [u8; 32] {
        let mut seed = [0; 32];
        self.chance
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fill_bytes(&mut seed);
        seed
    }
}
