//! The voices of a mix: where they come from, what each said and nobody heard yet, and their sum.

use super::command::{MixId, StreamId};
use std::collections::VecDeque;

/// What is added up at once.
pub(super) const FRAME: usize = 160;
/// Samples a voice has to have said before it is heard, so that late packets make no hole.
const HEAD_START: usize = 2 * FRAME;
/// Samples of a voice that may wait; beyond it the oldest go, down to the head start.
const WAITING_MAX: usize = 8 * FRAME;

/// One of the voices of a mix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MixVoice {
    /// What the peer of a stream hears, whatever it is.
    Heard(StreamId),
    /// Another mix, without one of its own voices.
    Mix {
        /// Which.
        mix: MixId,
        /// The mix among its voices that is left out.
        without: Option<MixId>,
    },
    /// What the peer of a stream says.
    Said(StreamId),
}

/// A voice of a mix, and who does not hear it there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MixMember {
    /// Who is heard.
    pub voice: MixVoice,
    /// The stream whose own voice that is.
    pub own: Option<StreamId>,
}

impl From<StreamId> for MixMember {
    /// What the stream's peer says, heard by all others.
    fn from(stream: StreamId) -> Self {
        Self {
            voice: MixVoice::Said(stream),
            own: Some(stream),
        }
    }
}

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

/// One voice of a frame: where it came from, and whose own it is.
pub(super) type Spoken = (Feed, Option<u32>, [i16; FRAME]);

/// All that is said in one frame.
#[derive(Default)]
pub(super) struct Sum {
    total: Total,
    pub(super) said: Vec<Spoken>,
    /// Whether the host itself says something, too.
    pub(super) has_also: bool,
}

struct Total([i32; FRAME]);

impl Default for Total {
    fn default() -> Self {
        Self([0; FRAME])
    }
}

impl Sum {
    pub(super) fn add(&mut self, frame: &[i16; FRAME]) {
        for (sum, sample) in self.total.0.iter_mut().zip(frame) {
            *sum += i32::from(*sample);
        }
    }

    /// The sum without some, kept within what a sample can say; none if nobody else spoke.
    pub(super) fn without(&self, is_left_out: impl Fn(&Spoken) -> bool) -> Option<[i16; FRAME]> {
        let mut left = self.total.0;
        let mut others = usize::from(self.has_also);
        for spoken in &self.said {
            if is_left_out(spoken) {
                for (sum, sample) in left.iter_mut().zip(&spoken.2) {
                    *sum -= i32::from(*sample);
                }
            } else {
                others += 1;
            }
        }
        let mut frame = [0; FRAME];
        for (out, value) in frame.iter_mut().zip(left) {
            *out = i16::try_from(value).unwrap_or(if value < 0 { i16::MIN } else { i16::MAX });
        }
        (others > 0).then_some(frame)
    }
}
