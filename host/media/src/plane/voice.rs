//! One voice of a mix: what it said and nobody heard yet.

use super::command::MixId;
use std::collections::VecDeque;

/// What is added up at once.
pub(super) const FRAME: usize = 160;
/// Samples a voice has to have said before it is heard, so that late packets make no hole.
const HEAD_START: usize = 2 * FRAME;
/// Samples of a voice that may wait; beyond it the oldest go, down to the head start.
const WAITING_MAX: usize = 8 * FRAME;

/// Where a voice comes from; streams are named by their slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Feed {
    /// What the peer of a stream hears.
    Heard(u32),
    /// What the peer of a stream would hear, were nothing whispered to it.
    Meant(u32),
    /// Another mix.
    Mix(MixId),
    /// What the peer of a stream says.
    Said(u32),
}

/// Samples on their way into a mix.
pub(super) struct Overheard {
    pub(super) mix: MixId,
    pub(super) feed: Feed,
    pub(super) samples: Vec<i16>,
}

/// What a voice said and nobody heard yet.
#[derive(Debug, Default)]
pub(super) struct Voice {
    /// The stream that does not hear it.
    pub(super) own: Option<u32>,
    waiting: VecDeque<i16>,
    has_begun: bool,
}

impl Voice {
    pub(super) fn say(&mut self, samples: impl Iterator<Item = i16>) {
        self.waiting.extend(samples);
        if self.waiting.len() > WAITING_MAX {
            let excess = self.waiting.len() - HEAD_START;
            self.waiting.drain(..excess);
        }
    }

    /// The next frame; none while the voice is silent.
    pub(super) fn next(&mut self) -> Option<[i16; FRAME]> {
        if !self.has_begun && self.waiting.len() < HEAD_START {
            return None;
        }
        self.has_begun = true;
        let mut frame = [0; FRAME];
        let count = self.waiting.len().min(FRAME);
        for (to, from) in frame.iter_mut().zip(self.waiting.drain(..count)) {
            *to = from;
        }
        if count < FRAME {
            self.has_begun = false;
        }
        (count > 0).then_some(frame)
    }
}
