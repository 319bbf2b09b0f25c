//! What a load counts and measures, and how it is reported.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::event::{as_ms, ms};
use crate::meter::Meter;

/// Measurements of one kind that are kept; later ones are counted only.
const MAX_SAMPLES: usize = 4_000_000;
/// Upper bounds of the histogram's buckets, in microseconds; the last one is open.
const BOUNDS_US: [u32; 16] = [
    125,
    250,
    500,
    1_000,
    2_000,
    4_000,
    8_000,
    16_000,
    32_000,
    64_000,
    125_000,
    250_000,
    500_000,
    1_000_000,
    4_000_000,
    u32::MAX,
];

/// Times of one kind, in microseconds.
#[derive(Clone, Debug, Default)]
pub(super) struct Times {
    samples_us: Vec<u32>,
}

impl Times {
    pub(super) fn note(&mut self, time: Duration) {
        if self.samples_us.len() < MAX_SAMPLES {
            self.samples_us
                .push(u32::try_from(time.as_micros()).unwrap_or(u32::MAX));
        }
    }

    fn quantiles(&self) -> Quantiles {
        let mut sorted = self.samples_us.clone();
        sorted.sort_unstable();
        let at = |permille: usize| {
            let rank = (sorted.len() * permille).div_ceil(1000).max(1) - 1;
            sorted.get(rank).map_or(0.0, |us| f64::from(*us) / 1e3)
        };
        let mut histogram = Vec::new();
        let mut from = 0;
        for bound in BOUNDS_US {
            let to = sorted.partition_point(|us| *us <= bound);
            if to > from {
                let up_to_ms = (bound != u32::MAX).then(|| f64::from(bound) / 1e3);
                histogram.push(Bucket {
                    up_to_ms,
                    count: (to - from) as u64,
                });
            }
            from = to;
        }
        Quantiles {
            count: sorted.len() as u64,
            p50: at(500),
            p90: at(900),
            p99: at(990),
            max: at(1000),
            histogram,
        }
    }
}

/// How times of one kind are spread, in milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Quantiles {
    pub count: u64,
    pub p50: f64,
    pub p90: f64,
    pub p99: f64,
    pub max: f64,
    /// Only buckets that hold something, lowest first.
    pub histogram: Vec<Bucket>,
}

/// Times above the bucket before and up to this one's bound.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bucket {
    /// Open at the top when there is none.
    pub up_to_ms: Option<f64>,
    pub count: u64,
}

/// What is counted about RTP, over all calls.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RtpFigures {
    pub sent: u64,
    pub received: u64,
    pub lost: u64,
    /// Times longer than 40 ms without a frame.
    pub holes: u64,
    #[serde(rename = "largest_gap_ms", serialize_with = "as_ms")]
    pub largest_gap: Duration,
    pub out_of_order: u64,
    pub duplicates: u64,
    pub ssrc_changes: u64,
    pub resets: u64,
    /// Datagrams from addresses no call was told of, as after its end.
    pub unknown: u64,
}

impl RtpFigures {
    pub(super) fn add(&mut self, meter: &Meter) {
        self.received += meter.received;
        self.lost += meter.lost();
        self.holes += meter.holes;
        self.largest_gap = self.largest_gap.max(meter.largest_gap);
        self.out_of_order += meter.out_of_order;
        self.duplicates += meter.duplicates;
        self.ssrc_changes += meter.ssrc_changes;
        self.resets += meter.resets;
    }
}

/// What is counted while the load runs.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub answered: u64,
    pub completed: u64,
    pub dropped: u64,
    pub incoming: u64,
    pub accepted: u64,
    pub registered: u64,
    pub refused_registrations: u64,
    failed: BTreeMap<u16, u64>,
    pub setup: Times,
    pub post_dial: Times,
    pub lateness: Times,
}

impl Tally {
    pub(super) fn fail(&mut self, status: u16) {
        *self.failed.entry(status).or_default() += 1;
    }

    pub(super) fn report(
        &self,
        rate: f64,
        duration: Duration,
        begun: u64,
        open: u64,
        rtp: Option<RtpFigures>,
    ) -> LoadReport {
        #[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^52 calls")]
        let answered_per_s = self.answered as f64 / duration.as_secs_f64().max(f64::EPSILON);
        LoadReport {
            rate,
            duration,
            begun,
            answered: self.answered,
            completed: self.completed,
            dropped: self.dropped,
            open,
            failed: self.failed.values().sum(),
            failed_by_status: self.failed.clone(),
            answered_per_s,
            incoming: self.incoming,
            accepted: self.accepted,
            registered: self.registered,
            refused_registrations: self.refused_registrations,
            setup_ms: self.setup.quantiles(),
            post_dial_ms: self.post_dial.quantiles(),
            lateness_ms: self.lateness.quantiles(),
            rtp,
            cpu_us_per_call: None,
        }
    }
}

/// How a load went.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LoadReport {
    /// Calls that were to be begun in a second.
    pub rate: f64,
    #[serde(rename = "duration_ms", serialize_with = "as_ms")]
    pub duration: Duration,
    /// INVITEs sent.
    pub begun: u64,
    pub answered: u64,
    /// Answered calls that lasted until the caller hung up.
    pub completed: u64,
    /// Answered calls that ended otherwise.
    pub dropped: u64,
    /// Calls without an end when the load gave up.
    pub open: u64,
    pub failed: u64,
    /// Under 408 silence too; under 0 those that could not be begun here.
    pub failed_by_status: BTreeMap<u16, u64>,
    pub answered_per_s: f64,
    /// INVITEs that reached the callees.
    pub incoming: u64,
    /// Calls the callees answered.
    pub accepted: u64,
    pub registered: u64,
    pub refused_registrations: u64,
    /// From INVITE to 200.
    pub setup_ms: Quantiles,
    /// From INVITE to the first 18x.
    pub post_dial_ms: Quantiles,
    /// How late the generator itself began the calls; figures of a load that is often late say little.
    pub lateness_ms: Quantiles,
    pub rtp: Option<RtpFigures>,
    /// CPU time of the generator itself, in microseconds.
    pub cpu_us_per_call: Option<f64>,
}

impl LoadReport {
    /// The report as a JSON object.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("strings, numbers and number keys always serialise")
    }
}

impl fmt::Display for LoadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} calls begun, {} a second for {} ms",
            self.begun,
            self.rate,
            ms(self.duration)
        )?;
        writeln!(
            f,
            "{} answered ({:.0}/s), {} completed, {} dropped, {} open, {} failed",
            self.answered, self.answered_per_s, self.completed, self.dropped, self.open, self.failed
        )?;
        for (status, count) in &self.failed_by_status {
            writeln!(f, "  {count} with {status}")?;
        }
        for (name, times) in [
            ("setup", &self.setup_ms),
            ("post-dial", &self.post_dial_ms),
            ("lateness", &self.lateness_ms),
        ] {
            writeln!(
                f,
                "{name}: p50 {} ms, p90 {}, p99 {}, max {}",
                times.p50, times.p90, times.p99, times.max
            )?;
        }
        if let Some(rtp) = &self.rtp {
            writeln!(
                f,
                "RTP: {} sent, {} received, {} lost, {} holes, largest gap {} ms",
                rtp.sent,
                rtp.received,
                rtp.lost,
                rtp.holes,
                ms(rtp.largest_gap)
            )?;
        }
        if let Some(cpu) = self.cpu_us_per_call {
            writeln!(f, "generator: {cpu:.1} µs of CPU a call")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_samples() {
        let mut times = Times::default();
        for us in (1..=1000).rev() {
            times.note(Duration::from_micros(us));
        }

        let quantiles = times.quantiles();

        assert_eq!(
            (quantiles.p50, quantiles.p90, quantiles.p99, quantiles.max),
            (0.5, 0.9, 0.99, 1.0)
        );
        let counts: Vec<u64> = quantiles.histogram.iter().map(|bucket| bucket.count).collect();
        assert_eq!(counts, [125, 125, 250, 500]);
        assert_eq!(Times::default().quantiles(), Quantiles::default());
    }
}
