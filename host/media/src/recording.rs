//! How frames of two directions that come when they come are laid on one line of time.

use crate::plane::Side;
use std::time::Duration;

/// How far apart the clock and the line may drift before a gap is filled with silence.
const SLACK: Duration = Duration::from_millis(60);
/// Silence one gap may be filled with; a longer one is shortened, and later frames keep their order.
pub const MAX_GAP: Duration = Duration::from_secs(3600);
/// Samples of one side held back for the other; beyond it the other side is taken for silent.
const HELD: u64 = 800;

/// The mixture of what a party said and heard, or of one of them.
#[derive(Clone, Debug)]
pub struct Recording {
    started: Duration,
    inbound: Vec<i16>,
    outbound: Vec<i16>,
    /// Samples already given out; both sides' samples follow them.
    given: u64,
}

impl Recording {
    /// A recording that begins at `now`.
    #[must_use]
    pub const fn new(now: Duration) -> Self {
        Self {
            started: now,
            inbound: Vec::new(),
            outbound: Vec::new(),
            given: 0,
        }
    }

    /// Lays a frame, whose last sample was there at `at`, on its side's line.
    pub fn lay(&mut self, side: Side, at: Duration, samples: &[i16]) {
        let begins = self.clock(at).saturating_sub(samples.len() as u64);
        let line = match side {
            Side::Inbound => &mut self.inbound,
            Side::Outbound => &mut self.outbound,
        };
        let gap = begins.saturating_sub(self.given + line.len() as u64);
        if gap > crate::samples_in(SLACK) {
            let gap = usize::try_from(gap.min(crate::samples_in(MAX_GAP))).unwrap_or(0);
            line.resize(line.len() + gap, 0);
        }
        line.extend_from_slice(samples);
    }

    /// Appends to `out` what is settled by `now`: both sides' samples up to the shorter line, or all but the last
    /// 100 ms when one side is silent.
    pub fn take(&mut self, now: Duration, out: &mut Vec<i16>) {
        let both = self.given + self.inbound.len().min(self.outbound.len()) as u64;
        self.give(both.max(self.clock(now).saturating_sub(HELD)), out);
    }

    /// Appends all that is left to `out`, silence up to `now` included.
    pub fn finish(mut self, now: Duration, out: &mut Vec<i16>) {
        let longer = self.given + self.inbound.len().max(self.outbound.len()) as u64;
        self.give(longer.max(self.clock(now)), out);
    }

    fn clock(&self, at: Duration) -> u64 {
        crate::samples_in(at.saturating_sub(self.started))
    }

    fn give(&mut self, until: u64, out: &mut Vec<i16>) {
        let count = until.saturating_sub(self.given).min(crate::samples_in(MAX_GAP));
        let count = usize::try_from(count).unwrap_or(0);
        let (inbound, outbound) = (next(&mut self.inbound, count), next(&mut self.outbound, count));
        let at = |samples: &[i16], n: usize| samples.get(n).copied().unwrap_or(0);
        out.extend((0..count).map(|n| at(&inbound, n).saturating_add(at(&outbound, n))));
        self.given += count as u64;
    }
}

fn next(line: &mut Vec<i16>, count: usize) -> Vec<i16> {
    line.drain(..count.min(line.len())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn both_sides_are_added_where_they_fell_in_time() {
        let mut recording = Recording::new(ms(1000));
        for frame in 1..=10 {
            recording.lay(Side::Inbound, ms(1000 + frame * 20), &[100; 160]);
        }
        for frame in 6..=10 {
            recording.lay(Side::Outbound, ms(1000 + frame * 20), &[7; 160]);
        }
        let mut out = Vec::new();
        recording.take(ms(1200), &mut out);

        assert_eq!(out.len(), 1600);
        assert!(out[..800].iter().all(|sample| *sample == 100));
        assert!(out[800..].iter().all(|sample| *sample == 107));
    }

    #[test]
    fn a_gap_becomes_silence_and_jitter_does_not() {
        let mut recording = Recording::new(ms(0));
        recording.lay(Side::Inbound, ms(20), &[1; 160]);
        recording.lay(Side::Inbound, ms(75), &[1; 160]);
        recording.lay(Side::Inbound, ms(1000), &[1; 160]);
        let mut out = Vec::new();
        recording.finish(ms(1000), &mut out);

        assert_eq!(out.len(), 8000);
        assert!(out[..320].iter().chain(&out[7840..]).all(|sample| *sample == 1));
        assert!(out[320..7840].iter().all(|sample| *sample == 0));
    }

    #[test]
    fn a_silent_side_does_not_hold_the_other_back() {
        let mut recording = Recording::new(ms(0));
        let mut out = Vec::new();
        for frame in 1..=50 {
            recording.lay(Side::Outbound, ms(frame * 20), &[5; 160]);
            recording.take(ms(frame * 20), &mut out);
        }
        assert_eq!(out.len(), 8000 - 800);
        assert!(out.iter().all(|sample| *sample == 5));

        recording.lay(Side::Inbound, ms(1000), &[2; 160]);
        recording.finish(ms(1000), &mut out);
        assert_eq!(out.len(), 8000);
        assert_eq!((out[7839], out[7840], out[7999]), (5, 7, 7));
    }

    #[test]
    fn loud_sides_are_limited() {
        let mut recording = Recording::new(ms(0));
        recording.lay(Side::Inbound, ms(20), &[30_000; 160]);
        recording.lay(Side::Outbound, ms(20), &[30_000; 160]);
        let mut out = Vec::new();
        recording.take(ms(20), &mut out);

        assert_eq!(out, [i16::MAX; 160]);
    }
}
