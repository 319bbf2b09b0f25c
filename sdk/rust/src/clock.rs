//! How much time has passed? By a clock that only goes forward.

use std::time::Duration;

/// The time since some moment before the plugin began; in a unit test, what [`crate::testing::clock`] says.
pub fn now() -> Duration {
    #[cfg(target_arch = "wasm32")]
    return Duration::from_nanos(crate::bindings::sockets::wasi::clocks::monotonic_clock::now());
    #[cfg(not(target_arch = "wasm32"))]
    crate::testing::time()
}

/// A time that something may take, from now on.
///
/// ```
/// use std::time::Duration;
/// let patience = ucx::clock::Patience::of(Some(Duration::from_secs(5)));
/// ucx::testing::clock(Duration::from_secs(2));
/// assert_eq!(patience.left(), Duration::from_secs(3));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    until: Option<Duration>,
}

impl Patience {
    /// So long; none is without an end.
    pub fn of(time: Option<Duration>) -> Self {
        Self {
            until: time.map(|time| now().saturating_add(time)),
        }
    }

    /// What is left of it, an hour at a time if it has no end.
    pub fn left(&self) -> Duration {
        const HOUR: Duration = Duration::from_secs(3600);
        self.until
            .map_or(HOUR, |until| until.saturating_sub(now()))
            .min(HOUR)
    }

    /// Whether nothing is left of it.
    pub fn is_over(&self) -> bool {
        self.left().is_zero()
    }
}
