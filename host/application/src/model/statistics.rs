//! How the media of a channel goes.

use serde::Serialize;
use ucx_call::{MediaStatistics, Spread};

/// Counts of a channel's RTP; times in seconds. Scores are not kept, and 0.
#[derive(Clone, Debug, Serialize)]
pub struct RtpStatistics<'a> {
    txcount: u64,
    rxcount: u64,
    txploss: u64,
    rxploss: u64,
    local_ssrc: u32,
    remote_ssrc: u32,
    txoctetcount: u64,
    rxoctetcount: u64,
    channel_uniqueid: &'a str,
    txjitter: f64,
    rxjitter: f64,
    remote_maxjitter: f64,
    remote_minjitter: f64,
    remote_normdevjitter: f64,
    remote_stdevjitter: f64,
    local_maxjitter: f64,
    local_minjitter: f64,
    local_normdevjitter: f64,
    local_stdevjitter: f64,
    remote_maxrxploss: f64,
    remote_minrxploss: f64,
    remote_normdevrxploss: f64,
    remote_stdevrxploss: f64,
    local_maxrxploss: f64,
    local_minrxploss: f64,
    local_normdevrxploss: f64,
    local_stdevrxploss: f64,
    rtt: f64,
    maxrtt: f64,
    minrtt: f64,
    normdevrtt: f64,
    stdevrtt: f64,
    txmes: u32,
    rxmes: u32,
    remote_maxmes: f64,
    remote_minmes: f64,
    remote_normdevmes: f64,
    remote_stdevmes: f64,
    local_maxmes: f64,
    local_minmes: f64,
    local_normdevmes: f64,
    local_stdevmes: f64,
}

impl<'a> RtpStatistics<'a> {
    /// Of the channel of that uniqueid.
    pub fn new(channel: &'a str, told: &MediaStatistics) -> Self {
        let parts = |spread: &Spread| (spread.greatest, spread.least, spread.mean, spread.deviation);
        let (remote_jitter, local_jitter) = (parts(&told.remote_jitter), parts(&told.local_jitter));
        let (remote_lost, local_lost) = (parts(&told.remote_lost), parts(&told.local_lost));
        let trips = parts(&told.round_trips);
        Self {
            txcount: told.sent,
            rxcount: told.received,
            txploss: told.sent_lost,
            rxploss: told.received_lost,
            local_ssrc: told.local_source,
            remote_ssrc: told.remote_source,
            txoctetcount: told.sent_octets,
            rxoctetcount: told.received_octets,
            channel_uniqueid: channel,
            txjitter: told.sent_jitter,
            rxjitter: told.received_jitter,
            remote_maxjitter: remote_jitter.0,
            remote_minjitter: remote_jitter.1,
            remote_normdevjitter: remote_jitter.2,
            remote_stdevjitter: remote_jitter.3,
            local_maxjitter: local_jitter.0,
            local_minjitter: local_jitter.1,
            local_normdevjitter: local_jitter.2,
            local_stdevjitter: local_jitter.3,
            remote_maxrxploss: remote_lost.0,
            remote_minrxploss: remote_lost.1,
            remote_normdevrxploss: remote_lost.2,
            remote_stdevrxploss: remote_lost.3,
            local_maxrxploss: local_lost.0,
            local_minrxploss: local_lost.1,
            local_normdevrxploss: local_lost.2,
            local_stdevrxploss: local_lost.3,
            rtt: told.round_trip.as_secs_f64(),
            maxrtt: trips.0,
            minrtt: trips.1,
            normdevrtt: trips.2,
            stdevrtt: trips.3,
            txmes: 0,
            rxmes: 0,
            remote_maxmes: 0.0,
            remote_minmes: 0.0,
            remote_normdevmes: 0.0,
            remote_stdevmes: 0.0,
            local_maxmes: 0.0,
            local_minmes: 0.0,
            local_normdevmes: 0.0,
            local_stdevmes: 0.0,
        }
    }
}
