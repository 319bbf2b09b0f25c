//! What does a phone know about one of its calls?

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use ucx_media::{Plane, Recording, Side, StreamId, ToneRecogniser};
use ucx_sip::SessionId;
use ucx_sip::sdp::Direction;

use crate::event::CallId;
use crate::meter::Meter;
use crate::report::CallReport;
use crate::sdp::Agreement;

/// Samples of one recording, ten minutes; what is heard later is left out.
pub const MAX_RECORDED: usize = 10 * 60 * 8000;
/// Without a frame for so long a tone counts as gone.
const QUIET: Duration = Duration::from_millis(100);
/// Silence the recogniser is given then: enough blocks to end every tone.
const SILENCE: [i16; 480] = [0; 480];

/// Where a call is.
#[derive(Clone, Debug)]
pub(crate) enum State {
    /// Ours waits for its ports.
    Wanted { number: String },
    /// Our INVITE is out.
    Calling,
    /// The peer's waits for our answer.
    Incoming { answer: Answering },
    /// A 200 was sent or received.
    Up,
}

/// When an incoming call is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answering {
    At(Duration),
    /// As soon as its ports are there.
    Due,
    /// When somebody says so.
    Open,
}

/// Whether this phone holds the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hold {
    Holding,
    Talking,
}

impl Hold {
    pub(crate) fn direction(self) -> Direction {
        match self {
            Self::Holding => Direction::SendOnly,
            Self::Talking => Direction::SendRecv,
        }
    }
}

/// What is recorded, and what of it is settled.
#[derive(Debug)]
pub(crate) struct Tape {
    line: Recording,
    samples: Vec<i16>,
}

impl Tape {
    pub(crate) fn new(now: Duration) -> Self {
        Self {
            line: Recording::new(now),
            samples: Vec::new(),
        }
    }

    fn lay(&mut self, at: Duration, samples: &[i16]) {
        if self.samples.len() < MAX_RECORDED {
            self.line.lay(Side::Inbound, at, samples);
            self.line.take(at, &mut self.samples);
        }
    }

    /// The samples from the tape's beginning to `now`, silence where nothing was heard.
    pub(crate) fn finish(mut self, now: Duration) -> Vec<i16> {
        self.line.finish(now, &mut self.samples);
        self.samples.truncate(MAX_RECORDED);
        self.samples
    }
}

/// One call.
#[derive(Debug)]
pub(crate) struct Call {
    pub id: CallId,
    pub stream: StreamId,
    pub state: State,
    pub session: Option<SessionId>,
    /// The number called, or who called.
    pub peer: String,
    /// From when the ports are known.
    pub agreement: Option<Agreement>,
    /// The offer of an incoming call.
    pub offer: Option<Bytes>,
    pub hold: Hold,
    /// What our re-INVITE asks for.
    pub wanted: Option<Hold>,
    pub is_held: bool,
    /// What the stream is set up for.
    pub direction: Option<Direction>,
    pub tone_hz: Option<u16>,
    pub is_confirmed: bool,
    pub meter: Meter,
    pub begun_at: Duration,
    pub rang_at: Option<Duration>,
    pub answered_at: Option<Duration>,
    pub tape: Option<Tape>,
    recogniser: ToneRecogniser,
    heard_at: Duration,
    /// The tones heard, with their beginnings.
    tones: BTreeMap<u16, Duration>,
}

/// A tone that began or ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ToneChange {
    Began { hz: u16, since: Duration },
    Ended { hz: u16, lasted: Duration },
}

impl Call {
    pub(crate) fn new(
        now: Duration,
        id: CallId,
        stream: StreamId,
        state: State,
        listen_for_hz: &[u16],
    ) -> Self {
        Self {
            id,
            stream,
            state,
            session: None,
            peer: String::new(),
            agreement: None,
            offer: None,
            hold: Hold::Talking,
            wanted: None,
            is_held: false,
            direction: None,
            tone_hz: None,
            is_confirmed: false,
            meter: Meter::default(),
            begun_at: now,
            rang_at: None,
            answered_at: None,
            tape: None,
            recogniser: ToneRecogniser::new(listen_for_hz),
            heard_at: now,
            tones: BTreeMap::new(),
        }
    }

    /// When something is due for this call.
    pub(crate) fn due_at(&self) -> Option<Duration> {
        let answer = match self.state {
            State::Incoming {
                answer: Answering::At(at),
            } => Some(at),
            State::Incoming {
                answer: Answering::Due | Answering::Open,
            }
            | State::Wanted { .. }
            | State::Calling
            | State::Up => None,
        };
        let quiet = (!self.tones.is_empty()).then(|| self.heard_at + QUIET);
        answer.into_iter().chain(quiet).min()
    }

    /// The tones heard just now.
    pub(crate) fn tones(&self) -> impl Iterator<Item = u16> + '_ {
        self.tones.keys().copied()
    }

    /// Hears a frame whose last sample was there at `at`.
    pub(crate) fn hear(&mut self, at: Duration, samples: &[i16]) -> Vec<ToneChange> {
        if let Some(tape) = &mut self.tape {
            tape.lay(at, samples);
        }
        self.heard_at = at;
        self.recognise(
            at.saturating_sub(ucx_media::duration_of(samples.len() as u64)),
            samples,
        )
    }

    /// Ends the tones of a far end that stopped sending.
    pub(crate) fn hear_nothing(&mut self, now: Duration) -> Vec<ToneChange> {
        if self.tones.is_empty() || self.heard_at + QUIET > now {
            return Vec::new();
        }
        let from = self.heard_at;
        self.heard_at += ucx_media::duration_of(SILENCE.len() as u64);
        self.recognise(from, &SILENCE)
    }

    fn recognise(&mut self, from: Duration, samples: &[i16]) -> Vec<ToneChange> {
        self.recogniser.hear(from, samples);
        let mut changes = Vec::new();
        while let Some(tone) = self.recogniser.poll_ended() {
            if self.tones.remove(&tone.hz).is_some() {
                changes.push(ToneChange::Ended {
                    hz: tone.hz,
                    lasted: tone.lasted,
                });
            }
        }
        for tone in self.recogniser.present() {
            if self.tones.insert(tone.hz, tone.since).is_none() {
                changes.push(ToneChange::Began {
                    hz: tone.hz,
                    since: tone.since,
                });
            }
        }
        changes
    }

    /// The figures so far.
    pub(crate) fn report(&self, now: Duration, plane: &Plane) -> CallReport {
        let statistics = plane.statistics(self.stream).unwrap_or_default();
        let since = |at: Option<Duration>| at.map(|at| at.saturating_sub(self.begun_at));
        CallReport {
            call: self.id,
            peer: self.peer.clone(),
            post_dial: since(self.rang_at),
            setup: since(self.answered_at),
            duration: now.saturating_sub(self.begun_at),
            first_frame: since(self.meter.first_at),
            frames_sent: u64::from(statistics.sent_packets),
            frames_received: self.meter.received,
            frames_lost: self.meter.lost(),
            holes: self.meter.holes,
            largest_gap: self.meter.largest_gap,
            out_of_order: self.meter.out_of_order,
            duplicates: self.meter.duplicates,
            ssrc_changes: self.meter.ssrc_changes,
            resets: self.meter.resets,
            jitter: self.meter.jitter(),
            round_trip: statistics.round_trip,
        }
    }
}
