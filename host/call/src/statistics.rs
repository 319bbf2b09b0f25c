//! How the media of a channel goes.

use std::time::Duration;

/// A value that was measured now and again.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    /// The least.
    pub least: f64,
    /// The greatest.
    pub greatest: f64,
    /// The mean.
    pub mean: f64,
    /// The standard deviation.
    pub deviation: f64,
}

/// Counts of one stream, as the host sees them; times in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MediaStatistics {
    /// The host's source.
    pub local_source: u32,
    /// The far end's, or 0.
    pub remote_source: u32,
    /// Packets sent.
    pub sent: u64,
    /// Payload bytes sent.
    pub sent_octets: u64,
    /// Packets received.
    pub received: u64,
    /// Payload bytes received.
    pub received_octets: u64,
    /// Packets lost on the way to the far end, as it says.
    pub sent_lost: u64,
    /// Packets lost on the way here.
    pub received_lost: u64,
    /// Jitter at the far end, as it says.
    pub sent_jitter: f64,
    /// Jitter here.
    pub received_jitter: f64,
    /// The last round trip.
    pub round_trip: Duration,
    /// Jitter at the far end, of all its reports.
    pub remote_jitter: Spread,
    /// Jitter here, at each of our reports.
    pub local_jitter: Spread,
    /// Packets lost between reports of the far end.
    pub remote_lost: Spread,
    /// Packets lost between our reports.
    pub local_lost: Spread,
    /// Round trips.
    pub round_trips: Spread,
}
