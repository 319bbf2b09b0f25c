//! A `tar` archive (POSIX.1-1988 ustar) in the one form bundles have: written and read back, header by header.

use crate::Fault;

/// The unit of the format, in bytes.
const BLOCK: usize = 512;

/// A name an entry may have, and the most bytes it may have.
pub(crate) struct Known {
    pub(crate) name: &'static str,
    pub(crate) max: u64,
}

/// The entries as an archive. They are in order and within their bounds: whoever writes has checked.
pub(crate) fn write(entries: &[(&'static str, &[u8])]) -> Vec<u8> {
    let room = entries
        .iter()
        .map(|(_, body)| body.len() + 2 * BLOCK)
        .sum::<usize>();
    let mut bytes = Vec::with_capacity(room + 2 * BLOCK);
    for (name, body) in entries {
        bytes.extend_from_slice(&header(name, body.len() as u64));
        bytes.extend_from_slice(body);
        bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
    }
    bytes.resize(bytes.len() + 2 * BLOCK, 0);
    bytes
}

/// The entries of an archive: only known ones, in their order, each at most once, each header as [`write`] writes it.
pub(crate) fn read<'a>(bytes: &'a [u8], known: &[Known]) -> Result<Vec<(&'static str, &'a [u8])>, Fault> {
    let mut entries: Vec<(&'static str, &[u8])> = Vec::new();
    let (mut rest, mut next) = (bytes, 0);
    loop {
        let Some((block, after)) = rest.split_at_checked(BLOCK) else {
            return Err(if entries.is_empty() {
                Fault::NotABundle
            } else {
                Fault::Truncated
            });
        };
        if block.iter().all(|byte| *byte == 0) {
            return match (entries.is_empty(), after.len()) {
                (true, _) => Err(Fault::NotABundle),
                (false, BLOCK) if after.iter().all(|byte| *byte == 0) => Ok(entries),
                (false, length) if length < BLOCK => Err(Fault::Truncated),
                (false, _) => Err(Fault::TrailingBytes),
            };
        }
        if &block[257..263] != b"ustar\0" {
            return Err(if entries.is_empty() {
                Fault::NotABundle
            } else {
                Fault::NotCanonical("an entry")
            });
        }
        let at = place(block, known)?;
        let Known { name, max } = known[at];
        if entries.iter().any(|(seen, _)| *seen == name) {
            return Err(Fault::DuplicateEntry(name));
        }
        if at < next {
            return Err(Fault::OutOfOrder(name));
        }
        next = at + 1;
        let size = octal(&block[124..135]).ok_or(Fault::NotCanonical(name))?;
        if block != header(name, size) {
            return Err(Fault::NotCanonical(name));
        }
        if size > max {
            return Err(Fault::TooLarge {
                entry: name,
                size,
                max,
            });
        }
        let size = usize::try_from(size).map_err(|_| Fault::Truncated)?;
        let padded = size.next_multiple_of(BLOCK);
        let (body, after) = after.split_at_checked(padded).ok_or(Fault::Truncated)?;
        let (body, padding) = body.split_at(size);
        if padding.iter().any(|byte| *byte != 0) {
            return Err(Fault::NotCanonical(name));
        }
        entries.push((name, body));
        rest = after;
    }
}

/// Which of the known names a header has.
fn place(block: &[u8], known: &[Known]) -> Result<usize, Fault> {
    let name = &block[..100];
    let length = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
    let name = &name[..length];
    known
        .iter()
        .position(|entry| entry.name.as_bytes() == name)
        .ok_or_else(|| Fault::UnknownEntry(String::from_utf8_lossy(name).into_owned()))
}

fn octal(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |value, digit| match digit {
        b'0'..=b'7' => Some(value << 3 | u64::from(digit - b'0')),
        _ => None,
    })
}

/// An ordinary file of nobody's, readable by all, from the beginning of time.
fn header(name: &str, size: u64) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let mut put = |at: usize, text: &[u8]| block[at..at + text.len()].copy_from_slice(text);
    put(0, name.as_bytes());
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{size:011o}\0").as_bytes());
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, b"0");
    put(257, b"ustar\0");
    put(263, b"00");
    put(329, b"0000000\0");
    put(337, b"0000000\0");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}
