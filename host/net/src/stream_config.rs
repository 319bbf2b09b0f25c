//! What SDP agreed on, as the media plane wants it.

use crate::directory::EndpointEntry;
use std::time::Duration;
use ucx_config::pjsip::DtmfMode;
use ucx_media::{Codec, DigitTones, Direction, InbandDigits, PayloadFormat, StreamConfig, SymmetricRtp};
use ucx_sip::sdp::{self, Format, Negotiated};

/// A stream nobody agreed on yet: it takes what the endpoint may send.
pub(crate) fn offered(entry: &EndpointEntry) -> StreamConfig {
    let formats = payloads(&entry.formats);
    StreamConfig {
        receive: formats.clone(),
        send: formats,
        receive_events: events(&entry.formats),
        send_events: events(&entry.formats),
        symmetric: symmetric(entry),
        rtp_timeout: entry.rtp_timeout,
        inband_digits: inband(entry),
        digit_tones: digit_tones(entry),
        ..StreamConfig::default()
    }
}

/// A stream as both sides agreed. What we said we take (`ours`) may come under our payload types, too.
pub(crate) fn agreed(entry: &EndpointEntry, audio: &Negotiated, ours: &[Format]) -> StreamConfig {
    let mut receive = payloads(&audio.formats);
    receive.extend(
        payloads(ours)
            .into_iter()
            .filter(|own| !audio.formats.iter().any(|f| f.payload_type == own.payload_type)),
    );
    let packet_time = audio
        .ptime_ms
        .map_or(Duration::from_millis(20), |ms| Duration::from_millis(ms.into()));
    StreamConfig {
        receive,
        send: payloads(&audio.formats),
        receive_events: events(ours).or(audio.telephone_event.as_ref().map(|event| event.payload_type)),
        send_events: audio.telephone_event.as_ref().map(|event| event.payload_type),
        packet_time,
        direction: direction(audio.direction),
        symmetric: symmetric(entry),
        rtp_timeout: entry.rtp_timeout,
        inband_digits: inband(entry),
        digit_tones: digit_tones(entry),
        ..StreamConfig::default()
    }
}

fn payloads(formats: &[Format]) -> Vec<PayloadFormat> {
    let known = |format: &Format| match format.codec.name.to_ascii_uppercase().as_str() {
        "PCMU" => Some(PayloadFormat {
            payload_type: format.payload_type,
            codec: Codec::Pcmu,
        }),
        "PCMA" => Some(PayloadFormat {
            payload_type: format.payload_type,
            codec: Codec::Pcma,
        }),
        _ => None,
    };
    formats.iter().filter_map(known).collect()
}

fn events(formats: &[Format]) -> Option<u8> {
    formats
        .iter()
        .find(|format| format.codec.is_telephone_event())
        .map(|format| format.payload_type)
}

fn direction(direction: sdp::Direction) -> Direction {
    match direction {
        sdp::Direction::SendRecv => Direction::Both,
        sdp::Direction::SendOnly => Direction::SendOnly,
        sdp::Direction::RecvOnly => Direction::ReceiveOnly,
        sdp::Direction::Inactive => Direction::Inactive,
    }
}

fn symmetric(entry: &EndpointEntry) -> SymmetricRtp {
    if entry.is_symmetric {
        SymmetricRtp::Follow
    } else {
        SymmetricRtp::Ignore
    }
}

/// Digits that go to the peer as messages do not sound, too.
fn digit_tones(entry: &EndpointEntry) -> DigitTones {
    match entry.dtmf {
        DtmfMode::Info | DtmfMode::AutoInfo => DigitTones::Withhold,
        DtmfMode::Rfc4733 | DtmfMode::Inband | DtmfMode::Auto | DtmfMode::None => DigitTones::Sound,
    }
}

fn inband(entry: &EndpointEntry) -> InbandDigits {
    match entry.dtmf {
        DtmfMode::Inband => InbandDigits::Detect,
        DtmfMode::Rfc4733 | DtmfMode::Info | DtmfMode::Auto | DtmfMode::AutoInfo | DtmfMode::None => {
            InbandDigits::Ignore
        }
    }
}
