//! Is there processor time for one more decision? Guessed from what decisions of the plugin took before, so that a call that
//! would not be decided in time gets its fallback at once, and nothing is computed for nobody.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::limits::{DECISIONS_WAITING_MAX, TICK};

/// The part of a decision's wall limit that it may be expected to take: one in so many. The rest is for what no guess sees.
const EXPECTED_PART: u32 = 2;
/// How much of a mean the newest value makes: one in so many.
const NEWEST_PART: u64 = 8;
/// Processor time below which nothing is learned about what the processors are worth: the clocks are too coarse for it.
const TELLING_NS: u64 = 500_000;
/// A processor that is worth all it can be, in thousandths.
const UNDISTURBED: u64 = 1_000;
/// The least a processor counts as worth: others that take more pass away again.
const DISTURBED_MOST: u64 = 8 * UNDISTURBED;

/// What the decisions of all plugins together have ahead of them.
#[derive(Debug)]
pub(crate) struct Load {
    /// Threads that run guests.
    threads: u64,
    decisions: AtomicU64,
    /// What they will take of a processor, as far as is known.
    cost_ns: AtomicU64,
    /// How much longer a guest takes than it computes, because its processor does something else meanwhile, in thousandths.
    stretch: AtomicU64,
}

impl Load {
    /// Nothing yet, for so many threads.
    pub(crate) fn new(threads: usize) -> Self {
        Self {
            threads: u64::try_from(threads).unwrap_or(u64::MAX).max(1),
            decisions: AtomicU64::new(0),
            cost_ns: AtomicU64::new(0),
            stretch: AtomicU64::new(UNDISTURBED),
        }
    }

    /// When one that takes so much of a processor would be done, counted from now. Guests take turns of a tick, so that each
    /// one under way is ahead of it by no more than it takes itself.
    fn expected(&self, own_ns: u64) -> Duration {
        let decisions = self.decisions.load(Ordering::Relaxed);
        let tick = u64::try_from(TICK.as_nanos()).unwrap_or(u64::MAX);
        let turns = decisions.saturating_mul(own_ns.saturating_add(tick));
        let ahead = turns.min(self.cost_ns.load(Ordering::Relaxed)) / self.threads;
        let computed = own_ns.saturating_add(ahead);
        let stretch = self.stretch.load(Ordering::Relaxed);
        Duration::from_nanos(computed.saturating_mul(stretch) / UNDISTURBED)
    }

    /// Learns what processors are worth from a turn: what it computed, and how long it was on one.
    pub(crate) fn learn(&self, computed_ns: u64, taken_ns: u64) {
        if computed_ns < TELLING_NS {
            return;
        }
        let now = taken_ns.saturating_mul(UNDISTURBED) / computed_ns;
        let now = now.clamp(UNDISTURBED, DISTURBED_MOST);
        let mean = self.stretch.load(Ordering::Relaxed);
        self.stretch.store(mixed(mean, now), Ordering::Relaxed);
    }
}

/// A mean that moves towards the newest value.
fn mixed(mean: u64, newest: u64) -> u64 {
    (mean.saturating_mul(NEWEST_PART - 1).saturating_add(newest)) / NEWEST_PART
}

/// What one decision of a plugin takes of a processor, on the mean, in nanoseconds; 0 where that is not counted in time.
#[derive(Debug, Default)]
pub(crate) struct Cost(AtomicU64);

impl Cost {
    /// Learns from a decision.
    pub(crate) fn learn(&self, computed_ns: u64) {
        let mean = self.0.load(Ordering::Relaxed);
        // The first one is all that is known.
        let mean = if mean == 0 {
            computed_ns
        } else {
            mixed(mean, computed_ns)
        };
        self.0.store(mean, Ordering::Relaxed);
    }
}

/// Lets decisions of one plugin in.
#[derive(Debug)]
pub(crate) struct Gate {
    load: Arc<Load>,
    cost: Arc<Cost>,
    under_way: Arc<AtomicU64>,
}

/// A decision that was let in; it counts as long as this lives.
#[derive(Debug)]
pub(crate) struct Admitted {
    load: Arc<Load>,
    under_way: Arc<AtomicU64>,
    cost_ns: u64,
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.under_way.fetch_sub(1, Ordering::Relaxed);
        self.load.decisions.fetch_sub(1, Ordering::Relaxed);
        self.load.cost_ns.fetch_sub(self.cost_ns, Ordering::Relaxed);
    }
}

impl Gate {
    pub(crate) fn new(load: Arc<Load>, cost: Arc<Cost>) -> Self {
        Self {
            load,
            cost,
            under_way: Arc::default(),
        }
    }

    /// Lets a decision in that may take `wall` by the clock; none if too many are under way, or if it would come too late.
    /// As many as there are threads are always let in, so that no plugin is kept out by others and what it takes is learned.
    pub(crate) fn admit(&self, wall: Duration) -> Option<Admitted> {
        let own_ns = self.cost.0.load(Ordering::Relaxed);
        // Two that look at the same moment are one too many, which does no harm.
        let under_way = self.under_way.load(Ordering::Relaxed);
        let is_late = || self.load.expected(own_ns) > wall / EXPECTED_PART;
        if under_way >= self.load.threads && (under_way >= DECISIONS_WAITING_MAX || is_late()) {
            return None;
        }
        self.under_way.fetch_add(1, Ordering::Relaxed);
        self.load.decisions.fetch_add(1, Ordering::Relaxed);
        self.load.cost_ns.fetch_add(own_ns, Ordering::Relaxed);
        Some(Admitted {
            load: Arc::clone(&self.load),
            under_way: Arc::clone(&self.under_way),
            cost_ns: own_ns,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WALL: Duration = Duration::from_millis(250);
    const MS: u64 = 1_000_000;

    fn gate(load: &Arc<Load>, cost_ms: u64) -> Gate {
        let cost = Arc::new(Cost::default());
        cost.learn(cost_ms * MS);
        Gate::new(Arc::clone(load), cost)
    }

    /// As many as are let in.
    fn fill(gate: &Gate) -> Vec<Admitted> {
        std::iter::from_fn(|| gate.admit(WALL)).collect()
    }

    #[test]
    fn as_many_are_let_in_as_can_be_decided_in_time() {
        let load = Arc::new(Load::new(2));
        // Ten milliseconds each on two processors: 23 are done within 125 ms.
        assert_eq!(fill(&gate(&load, 10)).len(), 24);
        // Those that take next to nothing are bounded by their number alone.
        assert_eq!(fill(&gate(&load, 0)).len() as u64, DECISIONS_WAITING_MAX);
        assert_eq!(load.decisions.load(Ordering::Relaxed), 0);
        assert_eq!(load.cost_ns.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn what_takes_longer_than_it_may_is_still_tried_on_free_processors() {
        let load = Arc::new(Load::new(2));
        assert_eq!(fill(&gate(&load, 400)).len(), 2);
    }

    #[test]
    fn a_plugin_with_too_much_to_do_keeps_no_other_out() {
        let load = Arc::new(Load::new(2));
        let busy = gate(&load, 10);
        let _busy = fill(&busy);
        assert_eq!(fill(&gate(&load, 10)).len(), 2);
        assert_eq!(fill(&gate(&load, 1)).len(), 101);
    }

    #[test]
    fn processors_that_others_take_are_worth_less() {
        let load = Arc::new(Load::new(2));
        for _ in 0..100 {
            load.learn(MS, 2 * MS);
        }
        assert_eq!(fill(&gate(&load, 10)).len(), 11);
        for _ in 0..100 {
            load.learn(MS, MS);
        }
        assert_eq!(fill(&gate(&load, 10)).len(), 24);
        load.learn(1, MS);
        assert_eq!(load.stretch.load(Ordering::Relaxed), UNDISTURBED);
    }

    #[test]
    fn what_a_decision_takes_is_a_mean_that_follows() {
        let cost = Cost::default();
        cost.learn(8 * MS);
        cost.learn(0);
        assert_eq!(cost.0.load(Ordering::Relaxed), 7 * MS);
    }
}
