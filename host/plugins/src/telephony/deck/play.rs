//! Playing: parts one after the other, a tone being a part of its own.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use ucx_call::{ChannelState, Indication, PlaybackControl, PlaybackId};
use ucx_pbx::Line;

use super::super::story::{int_attr, ms};
use super::super::{Part, text_attr};
use super::{Deck, ended};
use crate::bindings::calls::ucx::call::media::Ending;
use crate::bindings::ucx::types::common::Error;

/// The key that goes back in what plays, where keys do.
const BACK: char = '*';
/// The key that goes forth.
const FORTH: char = '#';

/// How playing ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Played {
    pub(crate) ending: Ending,
    pub(crate) key: Option<char>,
    pub(crate) position: Duration,
    /// Nothing of some part could be played.
    pub(crate) has_failed: bool,
}

/// What is to be played.
pub(crate) struct PlayOrder {
    /// Its name in events.
    pub(crate) number: u64,
    pub(crate) parts: Vec<Part>,
    pub(crate) stop_on: String,
    pub(crate) offset: Duration,
    /// How often all of it is played.
    pub(crate) times: u32,
    /// A caller who waits for an answer hears it before.
    pub(crate) is_early: bool,
    /// How far the keys `*` and `#` go back and forth in it; none if they do not.
    pub(crate) skip: Option<Duration>,
    /// Its end is an event.
    pub(crate) is_told: bool,
}

/// Time that passes unless it is held.
struct Clock {
    before: Duration,
    since: Option<Instant>,
}

impl Clock {
    fn at(position: Duration) -> Self {
        Self {
            before: position,
            since: Some(Instant::now()),
        }
    }

    fn position(&self) -> Duration {
        self.before + self.since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    fn skip(&mut self, by: Duration, is_back: bool) {
        let position = self.position();
        self.before = if is_back {
            position.saturating_sub(by)
        } else {
            position + by
        };
        self.since = self.since.map(|_| Instant::now());
    }

    fn hold(&mut self) {
        self.before = self.position();
        self.since = None;
    }

    fn go_on(&mut self) {
        self.since.get_or_insert_with(Instant::now);
    }
}

pub(super) struct Playing {
    order: PlayOrder,
    at: usize,
    round: u32,
    playback: PlaybackId,
    clock: Clock,
    has_failed: bool,
    end: watch::Sender<Option<Played>>,
}

impl Playing {
    pub(super) fn stops_on(&self, digit: char) -> bool {
        self.order.stop_on.contains(digit)
    }

    /// A part is over: the next one begins, or all is.
    pub(super) fn part_ended(
        &mut self,
        line: &mut Line,
        playback: PlaybackId,
        is_complete: bool,
    ) -> Option<Played> {
        if self.playback != playback {
            return None;
        }
        self.has_failed |= !is_complete;
        self.at += 1;
        if self.at == self.order.parts.len() {
            self.at = 0;
            self.round += 1;
        }
        // What cannot be played at all is not tried for ever.
        let is_over = self.round >= self.order.times || (self.has_failed && self.at == 0);
        if !is_over && let Ok(next) = line.start_play(&self.order.parts[self.at]) {
            self.playback = next;
            return None;
        }
        Some(self.result(Ending::Complete, None))
    }

    fn result(&self, ending: Ending, key: Option<char>) -> Played {
        Played {
            ending,
            key,
            position: self.clock.position(),
            has_failed: self.has_failed,
        }
    }
}

/// The word an ending has in events.
pub(super) fn word(ending: Ending) -> &'static str {
    match ending {
        Ending::Complete => "complete",
        Ending::Key => "key",
        Ending::Stopped => "stopped",
        Ending::TimedOut => "timed-out",
        Ending::Silence => "silence",
        Ending::HungUp => "hung-up",
        Ending::Other => "other",
    }
}

impl Deck {
    /// Begins to play; who is answered hears how it ends.
    pub(crate) fn play(
        &mut self,
        line: &mut Line,
        order: PlayOrder,
    ) -> Result<watch::Receiver<Option<Played>>, Error> {
        if self.play.is_some() {
            return Err(Error::Conflict("something else plays".to_owned()));
        }
        let Some(first) = order.parts.first() else {
            return Err(Error::Invalid("items: there is nothing to play".to_owned()));
        };
        let is_waiting = line.channel().map_err(ended)?.state == ChannelState::Ring;
        if order.is_early && is_waiting {
            line.indicate(Indication::Progress).map_err(ended)?;
        }
        let playback = line.start_play(first).map_err(ended)?;
        if !order.offset.is_zero() {
            line.control_playback(playback, PlaybackControl::Forward(order.offset))
                .map_err(ended)?;
        }
        let (end, ending) = watch::channel(None);
        self.play = Some(Playing {
            clock: Clock::at(order.offset),
            order,
            at: 0,
            round: 0,
            playback,
            has_failed: false,
            end,
        });
        Ok(ending)
    }

    /// Stops what plays; `key` is what stopped it.
    pub(crate) fn stop_playing(&mut self, line: &mut Line, key: Option<char>) {
        let Some(playing) = &self.play else { return };
        // A leg that ends meanwhile hears nothing anyway.
        let _ = line.stop_play(playing.playback);
        let ending = if key.is_some() {
            Ending::Key
        } else {
            Ending::Stopped
        };
        let played = playing.result(ending, key);
        self.play_over(line, played);
    }

    /// Goes back or forth in what plays if that key does; whether it did.
    pub(super) fn skips_on(&mut self, line: &mut Line, digit: char) -> bool {
        let Some(playing) = &mut self.play else {
            return false;
        };
        let control = match (playing.order.skip, digit) {
            (Some(by), BACK) => PlaybackControl::Reverse(by),
            (Some(by), FORTH) => PlaybackControl::Forward(by),
            (Some(_) | None, _) => return false,
        };
        if let Some(by) = playing.order.skip {
            playing.clock.skip(by, digit == BACK);
        }
        // A leg that ends meanwhile hears nothing anyway.
        let _ = line.control_playback(playing.playback, control);
        true
    }

    /// Whether that playback still plays.
    pub(crate) fn is_playing(&self, number: u64) -> bool {
        self.play
            .as_ref()
            .is_some_and(|playing| playing.order.number == number)
    }

    /// How far what plays has got.
    pub(crate) fn position(&self) -> Option<Duration> {
        self.play.as_ref().map(|playing| playing.clock.position())
    }

    /// Holds what plays, or lets it go on.
    pub(crate) fn hold_playing(&mut self, line: &mut Line, is_held: bool) -> Result<(), Error> {
        let Some(playing) = &mut self.play else {
            return Err(Error::Gone);
        };
        let control = if is_held {
            playing.clock.hold();
            PlaybackControl::Pause
        } else {
            playing.clock.go_on();
            PlaybackControl::Unpause
        };
        line.control_playback(playing.playback, control).map_err(ended)
    }

    /// Goes to a position of what plays.
    pub(crate) fn seek(&mut self, line: &mut Line, position: Duration) -> Result<(), Error> {
        let Some(playing) = &mut self.play else {
            return Err(Error::Gone);
        };
        if playing.order.parts.len() > 1 {
            return Err(Error::Conflict(
                "tones among other items cannot be skipped over".to_owned(),
            ));
        }
        for control in [PlaybackControl::Restart, PlaybackControl::Forward(position)] {
            line.control_playback(playing.playback, control).map_err(ended)?;
        }
        playing.clock.before = position;
        playing.clock.since = playing.clock.since.map(|_| Instant::now());
        Ok(())
    }

    pub(super) fn play_over(&mut self, line: &Line, played: Played) {
        let Some(Playing { order, end, .. }) = self.play.take() else {
            return;
        };
        if order.is_told {
            let attrs = vec![
                text_attr("ending", word(played.ending)),
                int_attr("position", ms(played.position)),
            ];
            let mut event = self.event(line, "playback.ended", attrs);
            event.subject = Some(order.number.to_string());
            self.events.push(event);
        }
        end.send_replace(Some(played));
    }

    fn event(&self, line: &Line, kind: &str, attrs: Vec<crate::values::Attr>) -> crate::values::Event {
        let at_ms = self.started_ms + ms(line.pbx().now());
        super::about(kind, at_ms, &self.channel, attrs)
    }
}
