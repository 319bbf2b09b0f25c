//! RTP without sockets: what the media plane sends, hears and reports, given packets, commands and the time.
//!
//! Everything here is pure. Time is a [`std::time::Duration`] since the host started, randomness is a seed, and
//! sockets and files belong to whoever drives the [`Plane`].

mod codec;
mod digit;
mod dtmf;
mod fuzz;
pub mod g711;
mod outgoing;
mod phone;
mod plane;
mod reception;
mod recognise;
mod recording;
mod resample;
pub mod rtcp;
pub mod rtp;
mod sound;
mod take;
pub mod telephone_event;
mod tone;
mod wav;

pub use codec::{Codec, CodecError, PayloadFormat};
pub use digit::{Digit, NotADigit, digits};
pub use dtmf::{DtmfChange, DtmfDetector, dtmf_frequencies};
#[doc(hidden)]
pub use fuzz::fuzz;
pub use phone::{Phone, PhoneConfig, PhoneCounters};
pub use plane::{
    Command, Counters, DigitRelay, DigitTones, Direction, Event, InbandDigits, MAX_DATAGRAM_BYTES,
    MAX_DIGITS_QUEUED, MAX_EVENTS, MAX_FORMATS, MAX_LISTENERS, MAX_MIX_MEMBERS, MAX_MIXES, MAX_OUTBOX_BYTES,
    MAX_STREAMS, MAX_TAPS, MixId, MixMember, MixVoice, Muted, PACKET_TIMES, PacketKind, Plane,
    PlaybackControl, Refusal, Repeat, Report, RtcpPort, Side, Sides, Statistics, StreamConfig, StreamId,
    SymmetricRtp, Transmit,
};
pub use reception::{Arrival, Reception, Timing, round_trip};
pub use recognise::{HeardTone, ToneRecogniser, goertzel_power};
pub use recording::Recording;
pub use resample::resample_to_8khz;
pub use sound::{MAX_SOUND_SAMPLES, Sound, SoundError};
pub use take::{Take, TakeEnd, TakeLength, TakeLimits};
pub use tone::{Repeats, Second, ToneError, ToneGenerator, ToneSegment, ToneSpec};
pub use wav::{WAV_HEADER_BYTES, WavWriter};

/// The sampling rate of everything the host plays, hears and mixes, in Hz.
pub const SAMPLE_RATE_HZ: u32 = 8000;

/// Samples of 8 kHz audio in `duration`, rounded down.
#[must_use]
pub fn samples_in(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_micros() / 125).unwrap_or(u64::MAX)
}

/// How long `samples` of 8 kHz audio last.
#[must_use]
pub const fn duration_of(samples: u64) -> std::time::Duration {
    std::time::Duration::from_micros(samples.saturating_mul(125))
}
