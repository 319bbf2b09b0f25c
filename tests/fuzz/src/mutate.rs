//! How a corpus entry becomes another input.

/// SplitMix64: small, seeded, the same everywhere.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// A sequence that depends on nothing but the seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 when `end` is 0.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.bits() % end).unwrap_or(0)
    }
}

/// Words that stand at borders of meaning in the formats read here.
const WORDS: &[&[u8]] = &[
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b"\r\n ",
    b" ",
    b"\t",
    b"\0",
    b"\xff",
    b"\xc3\xb6",
    b",",
    b";",
    b":",
    b"=",
    b"\"",
    b"\\",
    b"<",
    b">",
    b"@",
    b"[",
    b"]",
    b"(",
    b")",
    b"{",
    b"}",
    b"$",
    b"${",
    b"$[",
    b"%",
    b"%00",
    b"-1",
    b"0",
    b"4294967296",
    b"18446744073709551616",
    b"Content-Length: 5\r\n",
    b"l: 0\r\n",
    b"Via: SIP/2.0/UDP h;branch=z9hG4bKx\r\n",
    b"From: <sip:x@y>;tag=1\r\n",
    b";tag=",
    b"sip:",
    b"SIP/2.0",
    b"[::1]",
    b"a=sendonly\r\n",
    b"m=audio 0 RTP/AVP 0\r\n",
    b"c=IN IP4 0.0.0.0\r\n",
    b"exten => _X.,1,",
    b"same => n,",
    b"[x](+)",
    b"#include ",
    b"=>",
];

/// The longest input made, in bytes; longer ones are cut.
pub const MAX_INPUT: usize = 64 * 1024;

/// A changed copy of `seed`, sometimes joined with a part of `other`.
pub fn mutate(random: &mut Random, seed: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=random.below(6) {
        change(random, &mut bytes, other);
    }
    bytes.truncate(MAX_INPUT);
    bytes
}

fn change(random: &mut Random, bytes: &mut Vec<u8>, other: &[u8]) {
    let at = random.below(bytes.len() + 1);
    let scale = random.below(8);
    let length = random.below(1 << scale);
    let end = (at + length).min(bytes.len());
    match random.below(8) {
        0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
        1 if at < bytes.len() => bytes[at] = u8::try_from(random.below(256)).unwrap_or(0),
        2 => {
            bytes.drain(at..end);
        }
        3 => {
            let copy = bytes[at..end].to_vec();
            insert(bytes, at, &copy);
        }
        4 => {
            let from = random.below(other.len() + 1);
            insert(bytes, at, &other[from..(from + length).min(other.len())]);
        }
        5 => bytes.truncate(at),
        6 => swap_lines(random, bytes),
        _ => insert(bytes, at, WORDS[random.below(WORDS.len())]),
    }
}

fn insert(bytes: &mut Vec<u8>, at: usize, piece: &[u8]) {
    bytes.splice(at..at, piece.iter().copied());
}

fn swap_lines(random: &mut Random, bytes: &mut Vec<u8>) {
    let mut lines = bytes
        .split_inclusive(|&byte| byte == b'\n')
        .map(<[u8]>::to_vec)
        .collect::<Vec<_>>();
    let (one, two) = (random.below(lines.len()), random.below(lines.len()));
    if !lines.is_empty() {
        lines.swap(one, two);
    }
    *bytes = lines.concat();
}
