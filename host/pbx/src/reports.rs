//! What bridges and recordings report that belong to no channel's controller.

use std::fmt;
use tokio::sync::broadcast;
use ucx_call::Report;

/// Reports that may wait for a reader; a slower one loses the oldest, with a warning.
pub const REPORTS_MAX: usize = 4_096;

/// A reader of the reports: [`Report::BridgePlaybackEnded`], [`Report::RecordingStarted`] and [`Report::RecordingEnded`] of
/// what no line asked for.
pub struct Reports(pub(crate) broadcast::Receiver<Report>);

impl Reports {
    /// The next report; none when the host is gone. Safe to be given up half-way.
    pub async fn recv(&mut self) -> Option<Report> {
        loop {
            match self.0.recv().await {
                Ok(report) => return Some(report),
                Err(broadcast::error::RecvError::Lagged(lost)) => {
                    tracing::warn!(lost, "a reader of the reports was too slow");
                }
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }
}

impl fmt::Debug for Reports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reports").finish_non_exhaustive()
    }
}
