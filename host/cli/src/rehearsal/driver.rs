//! The control loop of a rehearsal: what the host wants done, and what comes of it.

use super::stage::{Due, Stage};
use tokio::time::{Instant, sleep_until};
use ucx_call::{Action, MediaStatistics};
use ucx_pbx::Pbx;

/// Carries out actions and brings signals, until dropped.
pub async fn drive(pbx: Pbx, stage: Stage) {
    let started_at = Instant::now() - pbx.now();
    loop {
        while let Some(action) = pbx.poll_action() {
            stage.carry_out(pbx.now(), &action);
            if let Action::Measure { channel } = action {
                pbx.measured(channel, Some(MediaStatistics::default()));
            }
        }
        let timeout = pbx.poll_timeout();
        let next = [timeout, stage.next_at()].into_iter().flatten().min();
        let alarm = async {
            match next {
                Some(at) => sleep_until(started_at + at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = pbx.wake() => {}
            () = alarm => {}
        }
        let now = pbx.now();
        if timeout.is_some_and(|at| at <= now) {
            pbx.handle_timeout();
        }
        while let Some(due) = stage.due(now) {
            match due {
                Due::Signal(channel, signal) => pbx.signal(channel, signal),
                Due::Report(report) => pbx.report(report),
                Due::Sound(..) | Due::Told(_) => {}
            }
        }
    }
}
