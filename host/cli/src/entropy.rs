//! Randomness from the kernel, for seeds and secrets.

use anyhow::{Context, Result};
use std::io::Read;

/// Letters and digits that nobody confuses.
const ALPHABET: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";

/// 32 bytes nobody can guess.
pub fn seed() -> Result<[u8; 32]> {
    let mut seed = [0; 32];
    let mut source =
        std::fs::File::open("/dev/urandom").context("opening the kernel's source of randomness")?;
    source.read_exact(&mut seed).context("reading randomness")?;
    Ok(seed)
}

/// A password that can be typed.
pub fn secret() -> Result<String> {
    let seed = seed()?;
    // 31 letters in a byte: the bias is below a hundredth of a bit, over 16 letters of nearly 5 bits.
    Ok(seed
        .iter()
        .take(16)
        .map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()]))
        .collect())
}
