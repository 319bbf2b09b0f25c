//! G.711: eight-bit companding of telephone audio, µ-law and A-law, and the step from one to the other.

/// The µ-law byte of silence.
pub const ULAW_SILENCE: u8 = 0xff;
/// The A-law byte of silence.
pub const ALAW_SILENCE: u8 = 0xd5;

const ULAW_BIAS: u16 = 132;
/// The largest magnitude µ-law has a code for, less the bias.
const ULAW_CLIP: u16 = 32_635;
/// A-law inverts every other bit on the line.
const ALAW_ALTERNATE: u8 = 0x55;

static FROM_ULAW: [i16; 256] = decode_table(Law::Mu);
static FROM_ALAW: [i16; 256] = decode_table(Law::A);
static ULAW_BY_ALAW: [u8; 256] = transcode_table(Law::A);
static ALAW_BY_ULAW: [u8; 256] = transcode_table(Law::Mu);

/// The linear sample of a µ-law byte.
#[must_use]
pub fn from_ulaw(byte: u8) -> i16 {
    FROM_ULAW[usize::from(byte)]
}

/// The linear sample of an A-law byte.
#[must_use]
pub fn from_alaw(byte: u8) -> i16 {
    FROM_ALAW[usize::from(byte)]
}

/// The µ-law byte nearest an A-law byte.
#[must_use]
pub fn ulaw_by_alaw(byte: u8) -> u8 {
    ULAW_BY_ALAW[usize::from(byte)]
}

/// The A-law byte nearest a µ-law byte.
#[must_use]
pub fn alaw_by_ulaw(byte: u8) -> u8 {
    ALAW_BY_ULAW[usize::from(byte)]
}

/// The µ-law byte of a linear sample: sign, three bits of segment, four of position in it, all inverted.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    reason = "segment and position fit seven bits"
)]
pub const fn to_ulaw(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let magnitude = sample.unsigned_abs();
    let biased = if magnitude > ULAW_CLIP {
        ULAW_CLIP + ULAW_BIAS
    } else {
        magnitude + ULAW_BIAS
    };
    let segment = biased.ilog2() - 7;
    let position = (biased >> (segment + 3)) & 0x0f;
    !(sign | ((segment as u8) << 4) | position as u8)
}

/// The A-law byte of a linear sample: sign, three bits of segment, four of position in it, alternate bits inverted.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    reason = "segment and position fit seven bits"
)]
pub const fn to_alaw(sample: i16) -> u8 {
    let sign = if sample < 0 { 0 } else { 0x80 };
    // Ones' complement: -1 is the first step below zero, as 0 is the first above.
    let magnitude = if sample < 0 { !sample } else { sample }.cast_unsigned() >> 3;
    let segment = if magnitude < 32 { 0 } else { magnitude.ilog2() - 4 };
    let shift = if segment == 0 { 1 } else { segment };
    let position = (magnitude >> shift) & 0x0f;
    (sign | ((segment as u8) << 4) | position as u8) ^ ALAW_ALTERNATE
}

#[derive(Clone, Copy)]
enum Law {
    A,
    Mu,
}

const fn expand_ulaw(byte: u8) -> i16 {
    let code = !byte;
    let segment = (code >> 4) & 7;
    let position = (code & 0x0f) as i16;
    // The middle of the step: 33 = 2 * 16 + 1 half steps above the bias.
    let magnitude = ((2 * position + 33) << (segment + 2)) - ULAW_BIAS.cast_signed();
    if code & 0x80 == 0 { magnitude } else { -magnitude }
}

const fn expand_alaw(byte: u8) -> i16 {
    let code = byte ^ ALAW_ALTERNATE;
    let segment = (code >> 4) & 7;
    let position = (code & 0x0f) as i16;
    let magnitude = if segment == 0 {
        (2 * position + 1) << 3
    } else {
        (2 * position + 33) << (segment + 2)
    };
    if code & 0x80 == 0 { -magnitude } else { magnitude }
}

#[expect(clippy::cast_possible_truncation, reason = "the index runs over one byte")]
const fn decode_table(law: Law) -> [i16; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        table[index] = match law {
            Law::A => expand_alaw(index as u8),
            Law::Mu => expand_ulaw(index as u8),
        };
        index += 1;
    }
    table
}

#[expect(clippy::cast_possible_truncation, reason = "the index runs over one byte")]
const fn transcode_table(from: Law) -> [u8; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        table[index] = match from {
            Law::A => to_ulaw(expand_alaw(index as u8)),
            Law::Mu => to_alaw(expand_ulaw(index as u8)),
        };
        index += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_and_the_middle_have_the_codes_of_the_recommendation() {
        assert_eq!([0, 32_767, -32_768].map(to_ulaw), [0xff, 0x80, 0x00]);
        assert_eq!([0, -1, 32_767, -32_768].map(to_alaw), [0xd5, 0x55, 0xaa, 0x2a]);
        assert_eq!([0xff, 0x7f, 0x80, 0x00].map(from_ulaw), [0, 0, 32_124, -32_124]);
        assert_eq!([0xd5, 0x55, 0xaa, 0x2a].map(from_alaw), [8, -8, 32_256, -32_256]);
    }

    /// G.711 tables 5 and 6: these eight bytes, repeated, are 1 kHz at a nominal 0 dBm0.
    #[test]
    fn the_digital_milliwatt_is_3_14_and_3_17_db_below_full_load() {
        let alaw = [0x34, 0x21, 0x21, 0x34, 0xb4, 0xa1, 0xa1, 0xb4].map(|byte| f64::from(from_alaw(byte)));
        let ulaw = [0x1e, 0x0b, 0x0b, 0x1e, 0x9e, 0x8b, 0x8b, 0x9e].map(|byte| f64::from(from_ulaw(byte)));
        // The overload points of the two laws on the 16-bit scale.
        let below = |samples: [f64; 8], overload: f64| {
            let power = samples.iter().map(|sample| sample * sample).sum::<f64>() / 8.0;
            10.0 * (overload * overload / 2.0 / power).log10()
        };

        assert!(
            (3.13..3.15).contains(&below(alaw, 32_768.0)),
            "{}",
            below(alaw, 32_768.0)
        );
        assert!(
            (3.16..3.18).contains(&below(ulaw, 8159.0 * 4.0)),
            "{}",
            below(ulaw, 8159.0 * 4.0)
        );
    }

    #[test]
    fn every_code_comes_back_as_itself() {
        for byte in 0..=255 {
            assert_eq!(to_alaw(from_alaw(byte)), byte);
            // µ-law has two zeros; the negative one is never sent.
            let expected = if byte == 0x7f { 0xff } else { byte };
            assert_eq!(to_ulaw(from_ulaw(byte)), expected);
        }
    }

    #[test]
    fn every_sample_is_coded_to_its_nearest_neighbour() {
        let within_half_a_step = |sample: i16, decoded: i16, finest: i32| {
            let error = (i32::from(sample) - i32::from(decoded)).abs();
            // A step is a sixteenth of its segment, whose floor is at least half the magnitude.
            let magnitude = i32::from(sample).abs();
            error <= (magnitude + 132) / 32 + finest
        };
        for sample in -32_635..=32_635 {
            assert!(
                within_half_a_step(sample, from_ulaw(to_ulaw(sample)), 1),
                "µ-law {sample}"
            );
            assert!(
                within_half_a_step(sample, from_alaw(to_alaw(sample)), 8),
                "A-law {sample}"
            );
        }
    }

    #[test]
    fn both_laws_rise_with_the_sample() {
        for sample in -32_768..32_767 {
            assert!(from_ulaw(to_ulaw(sample)) <= from_ulaw(to_ulaw(sample + 1)));
            assert!(from_alaw(to_alaw(sample)) <= from_alaw(to_alaw(sample + 1)));
        }
    }

    #[test]
    fn stepping_between_the_laws_and_back_moves_a_code_by_at_most_one_step() {
        for byte in 0..=255u8 {
            let there_and_back = from_alaw(alaw_by_ulaw(ulaw_by_alaw(byte)));
            let original = from_alaw(byte);
            let allowed = (i32::from(original).abs() / 16).max(16);
            assert!(
                (i32::from(there_and_back) - i32::from(original)).abs() <= allowed,
                "{byte:#x}"
            );
        }
    }
}
