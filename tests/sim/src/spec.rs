//! What a world is made of, and what came of it.

use crate::faults::Fault;
use crate::network::Weather;
use crate::script::Play;
use std::path::PathBuf;
use std::time::Duration;

/// What a world is made of.
#[derive(Clone, Debug)]
pub struct WorldSpec {
    /// Everything random is drawn from it.
    pub seed: u64,
    /// Calls that phones make.
    pub calls: u32,
    /// How the network behaves.
    pub weather: Weather,
    /// The router the dialplan asks; none leaves its numbers alone.
    pub component: Option<PathBuf>,
    /// What everybody does, step by step; without it chance decides.
    pub play: Option<Play>,
    /// A mistake in the host.
    pub fault: Option<Fault>,
    /// Clients of the Application interface and programs of the Gateway interface take part.
    pub has_guests: bool,
    /// The whole log is kept, not its end only.
    pub keeps_log: bool,
}

/// How a world went.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The first rule that was broken, with the time.
    pub broken: Option<String>,
    /// SHA-256 of the log, in hexadecimal.
    pub digest: String,
    /// A fingerprint of each line of the log.
    pub marks: Vec<u64>,
    /// The last lines of the log.
    pub tail: Vec<String>,
    /// The figures.
    pub figures: Figures,
}

/// What happened, counted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    pub calls: u64,
    pub answered: u64,
    pub failed: u64,
    pub channels: u64,
    pub bridges: u64,
    pub optimized: u64,
    pub decided: u64,
    pub managed: u64,
    /// Calls that a component led, and those of them that got the treatment its manifest declares for its failures.
    pub led: u64,
    pub rescued: u64,
    /// The requests at which flows were stopped, and at which the component was replaced: a bit for each.
    pub stopped_at: u64,
    pub swapped_at: u64,
    /// Requests that the component of a script made, and those at which it was meddled with.
    pub requests: u64,
    pub meddled: u64,
    /// Calls of a script that the component led as it should, and those that got the fallback.
    pub well: u64,
    pub fallen: u64,
    /// Routing questions of a script that were refused for want of room, given up at the wall limit, and answered.
    pub overloaded: u64,
    pub late: u64,
    pub settled: u64,
    /// From a call that asks no component to its answer: of a hundred calls one took longer.
    pub setup_p99: Duration,
    /// Channels that entered an application of a client.
    pub stays: u64,
    /// Gateway sessions that came to their end.
    pub sessions: u64,
    pub events: u64,
    pub packets: u64,
    pub frames: u64,
    /// Times somebody was found to hear whom they should.
    pub heard: u64,
    pub simulated: Duration,
}
