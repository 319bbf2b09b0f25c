//! Chance from a seed: each part of the world draws from a stream of its own.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// The seed of one part of a world.
pub(crate) fn derive(seed: u64, part: &str) -> [u8; 32] {
    Sha256::digest(format!("{seed}/{part}")).into()
}

/// A stream of draws.
pub(crate) struct Chance(ChaCha8Rng);

impl Chance {
    pub(crate) fn new(seed: u64, part: &str) -> Self {
        Self(ChaCha8Rng::from_seed(derive(seed, part)))
    }

    /// A number below `bound`, which is not 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0.next_u64() % bound
    }

    /// As [`Self::below`], for places in lists.
    pub(crate) fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).expect("it is below a length")
    }

    /// True so many times of a thousand.
    pub(crate) fn permille(&mut self, of: u64) -> bool {
        self.below(1000) < of
    }

    /// A time from `least` to `most` milliseconds.
    pub(crate) fn ms(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_millis(least + self.below(most - least + 1))
    }
}
