//! How the media of a channel goes, for those who ask.

use crate::control::Control;
use crate::media::MediaDriver;
use std::time::Duration;
use ucx_call::{ChannelId, MediaStatistics, Spread};
use ucx_media::{Command, Report, Statistics, StreamId};

/// Samples a second, which jitter is counted in.
const RATE: f64 = 8_000.0;

/// A value that is measured now and again (Welford's method for the deviation).
#[derive(Clone, Copy, Debug, Default)]
struct Series {
    count: u32,
    spread: Spread,
    squares: f64,
}

impl Series {
    fn take(&mut self, value: f64) {
        let spread = &mut self.spread;
        if self.count == 0 {
            (spread.least, spread.greatest) = (value, value);
        }
        self.count = self.count.saturating_add(1);
        spread.least = spread.least.min(value);
        spread.greatest = spread.greatest.max(value);
        let distance = value - spread.mean;
        spread.mean += distance / f64::from(self.count);
        self.squares += distance * (value - spread.mean);
        spread.deviation = (self.squares / f64::from(self.count)).sqrt();
    }
}

/// What the reports of both sides said so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Quality {
    remote_jitter: Series,
    local_jitter: Series,
    remote_lost: Series,
    local_lost: Series,
    round_trips: Series,
    /// Losses that the last reports counted.
    told: [i32; 2],
}

impl Quality {
    /// The far end reported.
    pub(crate) fn hear(&mut self, report: &Report, round_trip: Option<Duration>) {
        if let Some(block) = report.blocks().first() {
            self.remote_jitter.take(f64::from(block.jitter) / RATE);
            let before = std::mem::replace(&mut self.told[0], block.cumulative_lost);
            self.remote_lost
                .take(f64::from(block.cumulative_lost.saturating_sub(before)));
        }
        if let Some(trip) = round_trip {
            self.round_trips.take(trip.as_secs_f64());
        }
    }

    /// We reported.
    pub(crate) fn tell(&mut self, report: &Report) {
        if let Some(block) = report.blocks().first() {
            self.local_jitter.take(f64::from(block.jitter) / RATE);
            let before = std::mem::replace(&mut self.told[1], block.cumulative_lost);
            self.local_lost
                .take(f64::from(block.cumulative_lost.saturating_sub(before)));
        }
    }

    fn statistics(&self, now: &Statistics) -> MediaStatistics {
        let remote = now.remote.as_ref();
        MediaStatistics {
            local_source: now.local_ssrc,
            remote_source: now.remote_ssrc.unwrap_or_default(),
            sent: now.sent_packets.into(),
            sent_octets: now.sent_octets.into(),
            received: now.received_packets,
            received_octets: now.received_octets,
            sent_lost: remote.map_or(0, |block| block.cumulative_lost.max(0).unsigned_abs().into()),
            received_lost: now.lost_packets,
            sent_jitter: remote.map_or(0.0, |block| f64::from(block.jitter) / RATE),
            received_jitter: f64::from(now.jitter) / RATE,
            round_trip: now.round_trip.unwrap_or_default(),
            remote_jitter: self.remote_jitter.spread,
            local_jitter: self.local_jitter.spread,
            remote_lost: self.remote_lost.spread,
            local_lost: self.local_lost.spread,
            round_trips: self.round_trips.spread,
        }
    }
}

impl<M: MediaDriver> Control<M> {
    /// Somebody asks how the media of a channel goes.
    pub(crate) fn measure(&mut self, channel: ChannelId) {
        match self.calls.get(&channel).map(|call| call.stream) {
            Some(stream) => self.media.command(Command::Measure { stream }),
            None => self.pbx.measured(channel, None),
        }
    }

    /// The media plane says how a stream goes.
    pub(crate) fn measured(&self, stream: StreamId, statistics: &Statistics) {
        let Some(channel) = self.channel_of(stream) else {
            return;
        };
        if let Some(call) = self.calls.get(&channel) {
            self.pbx
                .measured(channel, Some(call.quality.statistics(statistics)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_knows_its_ends_its_mean_and_its_deviation() {
        let mut series = Series::default();
        assert_eq!(series.spread, Spread::default());
        for value in [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0] {
            series.take(value);
        }
        let Spread {
            least,
            greatest,
            mean,
            deviation,
        } = series.spread;
        assert_eq!((least, greatest, mean), (2.0, 9.0, 5.0));
        assert!((deviation - 2.0).abs() < 1e-9, "{deviation}");
    }
}
