//! One recording being made: what goes into the file, and when it is over. No files, no clock.

use crate::plane::Side;
use crate::recording::Recording;
use std::time::Duration;

/// What is looked at to tell speech from silence.
const FRAME: usize = 160;
/// A frame whose samples are this far from zero on average is speech (the field's threshold).
const SPEECH: u32 = 256;

/// When a recording is over by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TakeLimits {
    /// After that long.
    pub duration: Option<Duration>,
    /// After that much silence.
    pub silence: Option<Duration>,
}

/// What became of it, in samples' time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TakeLength {
    /// How long the recording is.
    pub duration: Duration,
    /// How much of it is speech.
    pub talking: Duration,
    /// The silence at its end.
    pub silence: Duration,
}

/// Why it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakeEnd {
    /// Its time was up.
    Duration,
    /// Silence came.
    Silence,
}

/// A recording being made.
#[derive(Clone, Debug)]
pub struct Take {
    limits: TakeLimits,
    line: Recording,
    is_paused: bool,
    is_muted: bool,
    written: u64,
    spoken: u64,
    silent: u64,
    /// Samples of a frame that is not whole yet.
    frame: Vec<i16>,
}

impl Take {
    /// A recording that begins at `now`.
    #[must_use]
    pub const fn new(now: Duration, limits: TakeLimits) -> Self {
        Self {
            limits,
            line: Recording::new(now),
            is_paused: false,
            is_muted: false,
            written: 0,
            spoken: 0,
            silent: 0,
            frame: Vec::new(),
        }
    }

    /// Takes in samples, the last of which was there at `at`.
    pub fn hear(&mut self, at: Duration, samples: &[i16]) {
        self.line.lay(Side::Inbound, at, samples);
    }

    /// Writes nothing for a while, or again. What was settled before goes to `out` first.
    pub fn pause(&mut self, now: Duration, is_paused: bool, out: &mut Vec<i16>) {
        self.collect(now, out);
        self.is_paused = is_paused;
    }

    /// Writes silence for a while, or what is heard again.
    pub fn mute(&mut self, now: Duration, is_muted: bool, out: &mut Vec<i16>) {
        self.collect(now, out);
        self.is_muted = is_muted;
    }

    /// Appends to `out` what is to be written by now; says if that was the last.
    pub fn collect(&mut self, now: Duration, out: &mut Vec<i16>) -> Option<TakeEnd> {
        let mut fresh = Vec::new();
        self.line.take(now, &mut fresh);
        self.write(fresh, out)
    }

    /// Appends the rest to `out`, silence up to `now` included, and tells how long all of it is.
    pub fn finish(mut self, now: Duration, out: &mut Vec<i16>) -> TakeLength {
        let mut fresh = Vec::new();
        let line = std::mem::replace(&mut self.line, Recording::new(now));
        line.finish(now, &mut fresh);
        self.write(fresh, out);
        self.length()
    }

    /// How long it is so far.
    #[must_use]
    pub fn length(&self) -> TakeLength {
        TakeLength {
            duration: crate::duration_of(self.written),
            talking: crate::duration_of(self.spoken),
            silence: crate::duration_of(self.silent),
        }
    }

    fn write(&mut self, mut fresh: Vec<i16>, out: &mut Vec<i16>) -> Option<TakeEnd> {
        if self.is_paused {
            return self.end();
        }
        if let Some(longest) = self.limits.duration {
            let left = crate::samples_in(longest).saturating_sub(self.written);
            fresh.truncate(usize::try_from(left).unwrap_or(usize::MAX));
        }
        if self.is_muted {
            fresh.fill(0);
        }
        self.written += fresh.len() as u64;
        self.weigh(&fresh);
        out.extend_from_slice(&fresh);
        self.end()
    }

    fn end(&self) -> Option<TakeEnd> {
        let is_over = |limit: Option<Duration>, length: u64| {
            limit.is_some_and(|limit| length >= crate::samples_in(limit))
        };
        if is_over(self.limits.duration, self.written) {
            Some(TakeEnd::Duration)
        } else if is_over(self.limits.silence, self.silent) {
            Some(TakeEnd::Silence)
        } else {
            None
        }
    }

    fn weigh(&mut self, fresh: &[i16]) {
        self.frame.extend_from_slice(fresh);
        let whole = self.frame.len() / FRAME * FRAME;
        for frame in self.frame[..whole].chunks(FRAME) {
            let sum: u32 = frame.iter().map(|sample| u32::from(sample.unsigned_abs())).sum();
            if sum / FRAME as u32 > SPEECH {
                self.spoken += FRAME as u64;
                self.silent = 0;
            } else {
                self.silent += FRAME as u64;
            }
        }
        self.frame.drain(..whole);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// Feeds frames of that loudness from one time to another; gives when the take ended by itself.
    fn feed(take: &mut Take, from: u64, to: u64, level: i16, out: &mut Vec<i16>) -> Option<(u64, TakeEnd)> {
        for at in (from + 20..=to).step_by(20) {
            if level != 0 {
                take.hear(ms(at), &[level; FRAME]);
            }
            if let Some(end) = take.collect(ms(at), out) {
                return Some((at, end));
            }
        }
        None
    }

    #[test]
    fn silence_after_speech_ends_it_even_if_no_packets_come() {
        let limits = TakeLimits {
            duration: None,
            silence: Some(ms(1000)),
        };
        let (mut take, mut out) = (Take::new(ms(0), limits), Vec::new());
        assert_eq!(feed(&mut take, 0, 2000, 3000, &mut out), None);
        let (at, end) = feed(&mut take, 2000, 4000, 0, &mut out).expect("it ends");
        assert!((3000..=3200).contains(&at), "{at}");
        assert_eq!(end, TakeEnd::Silence);
        let length = take.finish(ms(at), &mut out);
        assert_eq!(length.talking, ms(2000));
        assert!(length.silence >= ms(1000));
        assert_eq!(crate::duration_of(out.len() as u64), length.duration);
    }

    #[test]
    fn it_is_never_longer_than_it_may_be() {
        let limits = TakeLimits {
            duration: Some(ms(500)),
            silence: None,
        };
        let (mut take, mut out) = (Take::new(ms(0), limits), Vec::new());
        let end = feed(&mut take, 0, 5000, 3000, &mut out).map(|(_, end)| end);
        assert_eq!(end, Some(TakeEnd::Duration));
        take.hear(ms(520), &[3000; FRAME]);
        assert_eq!(take.finish(ms(900), &mut out).duration, ms(500));
        assert_eq!(out.len(), 4000);
    }

    #[test]
    fn a_pause_leaves_time_out_and_muting_does_not() {
        let (mut take, mut out) = (Take::new(ms(0), TakeLimits::default()), Vec::new());
        feed(&mut take, 0, 1000, 3000, &mut out);
        take.pause(ms(1000), true, &mut out);
        feed(&mut take, 1000, 2000, 3000, &mut out);
        take.pause(ms(2000), false, &mut out);
        take.mute(ms(2000), true, &mut out);
        feed(&mut take, 2000, 3000, 3000, &mut out);
        take.mute(ms(3000), false, &mut out);
        feed(&mut take, 3000, 4000, 3000, &mut out);
        let length = take.finish(ms(4000), &mut out);
        let near = |one: Duration, other: Duration| one.abs_diff(other) <= ms(120);
        assert!(near(length.duration, ms(3000)), "{length:?}");
        assert!(near(length.talking, ms(2000)), "{length:?}");
    }
}
