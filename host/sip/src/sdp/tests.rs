//! Descriptions as phones send them, and negotiation case by case.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

const OFFER: &str = "v=0\r\n\
    o=- 3 7 IN IP4 192.0.2.1\r\n\
    s=call\r\n\
    c=IN IP4 192.0.2.1\r\n\
    t=0 0\r\n\
    a=X-nat:0\r\n\
    m=audio 4000 RTP/AVP 96 8 0 18 101\r\n\
    a=rtpmap:96 opus/48000/2\r\n\
    a=rtpmap:8 PCMA/8000\r\n\
    a=rtpmap:0 PCMU/8000\r\n\
    a=rtpmap:101 telephone-event/8000\r\n\
    a=fmtp:101 0-15\r\n\
    a=ptime:20\r\n\
    a=sendrecv\r\n\
    m=video 4002 RTP/AVP 97\r\n\
    a=rtpmap:97 H264/90000\r\n";

fn offer_with(change: impl Fn(&str) -> String) -> Session {
    parse(change(OFFER).as_bytes()).unwrap()
}

fn local() -> Local {
    let mut event = Codec::new("telephone-event", 8000);
    event.fmtp = Some("0-16".into());
    Local {
        username: "ucx".into(),
        session_id: 1234,
        audio: "198.51.100.1:10000".parse().unwrap(),
        formats: vec![
            Format::new(0, Codec::new("PCMU", 8000)),
            Format::new(8, Codec::new("PCMA", 8000)),
            Format::new(101, event),
        ],
        direction: Direction::SendRecv,
        ptime_ms: Some(20),
    }
}

#[test]
fn a_description_is_written_as_it_was_read() {
    assert_eq!(parse(OFFER.as_bytes()).unwrap().to_string(), OFFER);
}

#[test]
fn line_ends_of_any_kind_read_the_same() {
    let whole = parse(OFFER.as_bytes()).unwrap();
    assert_eq!(offer_with(|text| text.replace("\r\n", "\n")), whole);
    assert_eq!(offer_with(|text| text.replace("\r\n", "\r")), whole);
    assert_eq!(offer_with(|text| text.trim_end().to_owned()), whole);
    assert_eq!(offer_with(|text| format!("{text}\r\n\r\n")), whole);
}

#[test]
fn unknown_lines_and_attributes_are_kept_at_their_level() {
    let session = offer_with(|text| text.replace("m=video", "x=private\r\na=odd:one:two\r\nm=video"));
    assert_eq!(session.attribute("X-nat"), Some("0"));
    assert_eq!(session.media[0].attribute("odd"), Some("one:two"));
    assert!(session.media[0].lines.contains(&Line {
        kind: 'x',
        value: "private".into()
    }));
    assert!(
        session
            .to_string()
            .contains("x=private\r\na=odd:one:two\r\nm=video")
    );
}

#[test]
fn codecs_are_typed_with_static_payload_types_and_parameters() {
    let formats = parse(OFFER.as_bytes()).unwrap().media[0].audio_formats();
    let names = formats
        .iter()
        .map(|format| (format.payload_type, format.codec.name.as_str()))
        .collect::<Vec<_>>();
    assert_eq!(
        names,
        [
            (96, "opus"),
            (8, "PCMA"),
            (0, "PCMU"),
            (18, "G729"),
            (101, "telephone-event")
        ]
    );
    assert_eq!((formats[0].codec.clock_hz, formats[0].codec.channels), (48000, 2));
    assert_eq!(formats[4].codec.fmtp.as_deref(), Some("0-15"));
}

#[test]
fn broken_descriptions_are_refused_each_with_its_reason() {
    let origin = "o=- 1 1 IN IP4 192.0.2.1\n";
    for (text, error) in [
        (String::new(), SdpError::Version),
        ("hello".into(), SdpError::Version),
        ("v=0\ns=-\n".into(), SdpError::Origin),
        ("v=0\no=- one two\n".into(), SdpError::Origin),
        (format!("v=0\n{origin}nonsense\n"), SdpError::Line),
        (format!("v=0\n{origin}m=audio\n"), SdpError::Media),
        (format!("v=0\n{origin}m=audio 70000 RTP/AVP 0\n"), SdpError::Media),
        (format!("v=0\n{origin}c=IN\n"), SdpError::Connection),
        (
            format!("v=0\n{origin}{}", "a=x\n".repeat(MAX_LINES + 1)),
            SdpError::TooLong,
        ),
        (
            format!("v=0\n{origin}{}", "m=audio 1 RTP/AVP 0\n".repeat(MAX_MEDIA + 1)),
            SdpError::TooLong,
        ),
    ] {
        assert_eq!(parse(text.as_bytes()), Err(error), "{text:.60}");
    }
}

#[test]
fn an_answer_prefers_our_codecs_under_the_offers_payload_types() {
    let offer = offer_with(|text| {
        text.replace("101", "97")
            .replace("RTP/AVP 97\r\na=rtpmap:97 H", "RTP/AVP 34\r\na=rtpmap:34 H")
    });
    let answer = answer(&offer, &local()).unwrap();
    assert_eq!(answer.session.media[0].formats, ["0", "8", "97"]);
    assert_eq!(answer.audio.formats[0].codec.name, "PCMU");
    assert_eq!(
        answer
            .audio
            .telephone_event
            .as_ref()
            .map(|format| format.payload_type),
        Some(97)
    );
    assert_eq!(answer.audio.remote, Some("192.0.2.1:4000".parse().unwrap()));
    assert_eq!(answer.audio.ptime_ms, Some(20));
    assert!(!answer.audio.is_held);
}

#[test]
fn an_answer_reads_as_expected_on_the_wire() {
    let answer = answer(&parse(OFFER.as_bytes()).unwrap(), &local()).unwrap();
    let expected = "v=0\r\n\
        o=ucx 1234 1234 IN IP4 198.51.100.1\r\n\
        s=ucx\r\n\
        c=IN IP4 198.51.100.1\r\n\
        t=0 0\r\n\
        m=audio 10000 RTP/AVP 0 8 101\r\n\
        a=rtpmap:0 PCMU/8000\r\n\
        a=rtpmap:8 PCMA/8000\r\n\
        a=rtpmap:101 telephone-event/8000\r\n\
        a=fmtp:101 0-16\r\n\
        a=ptime:20\r\n\
        a=sendrecv\r\n\
        m=video 0 RTP/AVP 97\r\n";
    assert_eq!(answer.session.to_string(), expected);
}

#[test]
fn other_streams_are_refused_with_port_zero_in_their_places() {
    let offer = offer_with(|text| {
        let (head, audio) = text.split_once("m=audio").unwrap();
        format!("{head}m=image 5000 udptl t38\r\nm=audio{audio}")
    });
    let answer = answer(&offer, &local()).unwrap();
    let ports = answer
        .session
        .media
        .iter()
        .map(|media| (media.kind.as_str(), media.port))
        .collect::<Vec<_>>();
    assert_eq!(ports, [("image", 0), ("audio", 10000), ("video", 0)]);
}

#[test]
fn directions_are_mirrored_and_bounded_by_what_we_want() {
    use Direction::{Inactive, RecvOnly, SendOnly, SendRecv};
    for (offered, wanted, answered, is_held) in [
        (SendRecv, SendRecv, SendRecv, false),
        (SendOnly, SendRecv, RecvOnly, true),
        (RecvOnly, SendRecv, SendOnly, false),
        (Inactive, SendRecv, Inactive, true),
        (SendRecv, SendOnly, SendOnly, false),
        (SendOnly, SendOnly, Inactive, true),
        (RecvOnly, RecvOnly, Inactive, false),
    ] {
        let offer = offer_with(|text| text.replace("a=sendrecv", &format!("a={}", offered.as_str())));
        let answer = answer(
            &offer,
            &Local {
                direction: wanted,
                ..local()
            },
        )
        .unwrap();
        let said = answer.session.direction_of(&answer.session.media[0]);
        assert_eq!(
            (said, answer.audio.direction, answer.audio.is_held),
            (answered, answered, is_held)
        );
        assert_eq!(offer.is_hold(), is_held);
    }
}

#[test]
fn a_session_level_direction_holds_and_a_streams_own_wins() {
    let without = |text: &str| {
        text.replace("a=sendrecv\r\n", "")
            .replace("a=X-nat:0", "a=sendonly")
    };
    assert!(offer_with(without).is_hold());
    let offer = offer_with(|text| text.replace("a=X-nat:0", "a=sendonly"));
    assert!(!offer.is_hold());
}

#[test]
fn an_unspecified_address_is_hold_and_no_target() {
    for at_media in [false, true] {
        let offer = offer_with(|text| {
            if at_media {
                text.replace("a=ptime", "c=IN IP4 0.0.0.0\r\na=ptime")
            } else {
                text.replace("c=IN IP4 192.0.2.1", "c=IN IP4 0.0.0.0")
            }
        });
        assert!(offer.is_hold());
        let answer = answer(&offer, &local()).unwrap();
        assert_eq!(
            (answer.audio.remote, answer.audio.direction),
            (None, Direction::RecvOnly)
        );
    }
}

#[test]
fn a_streams_own_connection_wins_over_the_sessions() {
    let offer = offer_with(|text| text.replace("a=ptime", "c=IN IP6 2001:db8::9\r\na=ptime"));
    let answer = answer(&offer, &local()).unwrap();
    assert_eq!(answer.audio.remote, Some("[2001:db8::9]:4000".parse().unwrap()));
}

#[test]
fn offers_without_usable_audio_are_refused() {
    for (from, to, why) in [
        ("m=audio 4000", "m=audio 0", RefusedOffer::NoAudio),
        ("m=audio", "m=text", RefusedOffer::NoAudio),
        ("4000 RTP/AVP", "4000 RTP/SAVP", RefusedOffer::NoAudio),
        ("96 8 0 18 101", "96 18 101", RefusedOffer::NoCommonCodec),
        ("96 8 0 18 101", "101", RefusedOffer::NoCommonCodec),
    ] {
        let offer = offer_with(|text| text.replace(from, to));
        assert_eq!(answer(&offer, &local()).err(), Some(why), "{to}");
    }
}

#[test]
fn our_offer_is_concluded_by_the_answer() {
    let caller = local();
    let offer = Offer::build(&caller);
    let mut callee = local();
    callee.audio = "198.51.100.2:20000".parse().unwrap();
    callee.formats.swap(0, 1);
    let answered = answer(&offer, &callee).unwrap();
    let agreed = accept(&offer, &answered.session, &caller).unwrap();
    assert_eq!(agreed.remote, Some(callee.audio));
    let names = agreed
        .formats
        .iter()
        .map(|format| format.codec.name.as_str())
        .collect::<Vec<_>>();
    assert_eq!(names, ["PCMA", "PCMU"]);
    assert_eq!(agreed.telephone_event.unwrap().payload_type, 101);
    assert_eq!(agreed.direction, Direction::SendRecv);
}

#[test]
fn answers_that_refuse_or_do_not_fit_are_errors() {
    let caller = local();
    let offer = Offer::build(&caller);
    let answered = answer(&offer, &caller).unwrap().session;
    let mut refused = answered.clone();
    refused.media[0].port = 0;
    assert_eq!(accept(&offer, &refused, &caller), Err(RefusedOffer::NoAudio));
    let mut other = answered.clone();
    other.media[0].formats = vec!["18".into()];
    assert_eq!(accept(&offer, &other, &caller), Err(RefusedOffer::NoCommonCodec));
    let mut shorter = answered;
    shorter.media.clear();
    assert_eq!(
        accept(&offer, &shorter, &caller),
        Err(RefusedOffer::StreamsDiffer)
    );
}

#[test]
fn later_offers_keep_every_stream_in_its_place() {
    let previous = answer(&parse(OFFER.as_bytes()).unwrap(), &local())
        .unwrap()
        .session;
    let hold = Local {
        direction: Direction::SendOnly,
        ..local()
    };
    let offer = Offer::build_after(&previous, &hold);
    let ports = offer
        .media
        .iter()
        .map(|media| (media.kind.as_str(), media.port))
        .collect::<Vec<_>>();
    assert_eq!(ports, [("audio", 10000), ("video", 0)]);
    assert!(offer.is_hold());
}

#[test]
fn the_version_rises_only_when_something_changed() {
    let mut versions = Versions::new();
    let first = versions.stamp(Offer::build(&local())).origin.version;
    assert_eq!(versions.stamp(Offer::build(&local())).origin.version, first);
    let hold = Local {
        direction: Direction::SendOnly,
        ..local()
    };
    assert_eq!(versions.stamp(Offer::build(&hold)).origin.version, first + 1);
    assert_eq!(versions.stamp(Offer::build(&hold)).origin.version, first + 1);
    assert_eq!(versions.stamp(Offer::build(&local())).origin.version, first + 2);
}

#[test]
fn wideband_events_follow_the_chosen_codecs_clock() {
    let mut own = local();
    let mut opus = Codec::new("opus", 48000);
    opus.channels = 2;
    own.formats.insert(0, Format::new(107, opus));
    own.formats
        .push(Format::new(102, Codec::new("telephone-event", 48000)));
    let offer = offer_with(|text| {
        text.replace("18 101", "101 110")
            .replace("a=ptime", "a=rtpmap:110 telephone-event/48000\r\na=ptime")
    });
    let answer = answer(&offer, &own).unwrap();
    assert_eq!(answer.session.media[0].formats, ["96", "0", "8", "101", "110"]);
    assert_eq!(answer.audio.telephone_event.unwrap().payload_type, 110);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn what_was_read_is_written_and_read_again(
        lines in proptest::collection::vec(("[abiktx]", "[ -~]{0,12}"), 0..6),
        media in proptest::collection::vec(("(audio|video)", any::<u16>(), "[0-9]{1,2}"), 0..4),
        version in any::<u64>(),
    ) {
        let mut text = format!("v=0\r\no=a 1 {version} IN IP4 192.0.2.3\r\ns=-\r\n");
        for (kind, port, format) in &media {
            for (kind, value) in &lines {
                write!(text, "{kind}={value}\r\n").unwrap();
            }
            write!(text, "m={kind} {port} RTP/AVP {format}\r\n").unwrap();
        }
        let session = parse(text.as_bytes()).unwrap();
        prop_assert_eq!(session.media.len(), media.len());
        prop_assert_eq!(parse(session.to_string().as_bytes()), Ok(session));
    }
}
