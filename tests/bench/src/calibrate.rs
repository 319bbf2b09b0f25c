//! How fast is this machine just now? A fixed loop whose time stands beside every figure.

use std::hint::black_box;
use std::time::Instant;

/// Steps of the loop; each waits for the one before, so that only the core's speed counts.
const STEPS: u32 = 50_000_000;

/// Nanoseconds a step of the loop takes.
pub fn nanoseconds() -> f64 {
    let began = Instant::now();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..STEPS {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state = black_box(state);
    }
    black_box(state);
    began.elapsed().as_secs_f64() * 1e9 / f64::from(STEPS)
}
