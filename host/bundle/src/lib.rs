//! Plugins in one file, signed: `NAME-VERSION.ucx`. What stands in it, and who says so; bytes in, values out, no files.
//!
//! A bundle is a `tar` archive in one canonical form: known names in a fixed order, no times, no owners, no paths. The same
//! parts always give the same bytes, `tar tf` lists them, and `sha256sum -c digests` checks them; whatever differs from the
//! form in a single byte is refused.

#![deny(missing_docs)]

mod archive;
mod bundle;
mod fault;
mod key;
#[cfg(test)]
mod tests;
mod trust;
mod version;

pub use bundle::{Bundle, COMPONENT_MAX, MANIFEST_MAX, SBOM_MAX, WIT_MAX, file_name};
pub use fault::Fault;
pub use key::{KeyId, PublicKey, SecretKey, Signature};
pub use trust::{KEYS_MAX, Signer, Trust, TrustedKey};
pub use version::Version;

/// Lower-case hexadecimal.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes behind lower-case hexadecimal, if there are exactly so many.
fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let text = text.as_bytes();
    if text.len() != 2 * N {
        return None;
    }
    let digit = |letter: u8| match letter {
        b'0'..=b'9' => Some(letter - b'0'),
        b'a'..=b'f' => Some(letter - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}
