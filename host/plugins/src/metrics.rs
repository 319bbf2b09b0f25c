//! What did a plugin count? Its counters, gauges and observations, by name and labels.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Series of one plugin, names and label sets together; further ones are dropped and counted.
const SERIES_MAX: usize = 64;
/// The longest name with its labels, in bytes.
const SERIES_NAME_MAX: usize = 256;

/// One series as it stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Metric {
    /// Grows only.
    Counter(u64),
    /// The last value.
    Gauge(f64),
    /// How many observations, and their sum.
    Histogram {
        /// How many.
        count: u64,
        /// Their sum.
        sum: f64,
    },
}

/// A plugin's series. The lock guards a map entry's update; several workers run instances of one plugin at a time.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    inner: Mutex<Series>,
}

#[derive(Debug, Default)]
struct Series {
    by_name: BTreeMap<String, Metric>,
    dropped: u64,
}

impl Metrics {
    /// Changes a series; `first` is what it is when it is new. A change of kind is dropped.
    pub(crate) fn update(&self, series: String, first: Metric, change: impl FnOnce(&mut Metric) -> bool) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let known = inner.by_name.contains_key(&series);
        if series.len() > SERIES_NAME_MAX || (!known && inner.by_name.len() >= SERIES_MAX) {
            inner.dropped += 1;
            return;
        }
        if !change(inner.by_name.entry(series).or_insert(first)) {
            inner.dropped += 1;
        }
    }

    pub(crate) fn all(&self) -> BTreeMap<String, Metric> {
        self.inner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .by_name
            .clone()
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).dropped
    }
}
