//! Chance from the run's seed: each part of the attack draws from a stream of its own.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A stream of draws.
pub struct Chance(ChaCha8Rng);

impl Chance {
    /// The stream of that number.
    pub fn new(seed: u64, part: u64) -> Self {
        Self(ChaCha8Rng::from_seed(bytes(seed, part)))
    }

    /// A number below `bound`, which is not 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let drawn = self.0.next_u64() % bound as u64;
        usize::try_from(drawn).expect("it is below a usize")
    }

    pub fn byte(&mut self) -> u8 {
        self.0.next_u64().to_le_bytes()[0]
    }

    /// The list in another order.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for end in (1..list.len()).rev() {
            list.swap(end, self.below(end + 1));
        }
    }
}

/// 32 bytes for those who draw for themselves.
pub fn bytes(seed: u64, part: u64) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&part.to_le_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same() {
        let draw = |seed, part| {
            let mut chance = Chance::new(seed, part);
            let mut list: Vec<usize> = (0..50).collect();
            chance.shuffle(&mut list);
            (list, chance.below(1000))
        };
        assert_eq!(draw(1, 2), draw(1, 2));
        assert_ne!(draw(1, 2), draw(1, 3));
        let mut sorted = draw(1, 2).0;
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..50));
    }
}
