//! What is fuzzed, and what must hold for every input.

use ucx_sip::digest::{Authorization, Challenge};
use ucx_sip::name::Name;
use ucx_sip::sdp::{self, Codec, Direction, Format, Local};
use ucx_sip::{Headers, Message, NameAddr, ParseErrorKind, StreamParser, Uri, Via, parse_datagram};

/// A reader of bytes with its corpus folder's name.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    pub name: &'static str,
    /// Panics when a promise is broken.
    pub run: fn(&[u8]),
}

/// All targets.
pub const TARGETS: &[Target] = &[
    Target {
        name: "sip",
        run: sip,
    },
    Target {
        name: "sdp",
        run: sdp,
    },
    Target {
        name: "config",
        run: ucx_config::fuzz,
    },
    Target {
        name: "dialplan",
        run: ucx_dialplan::fuzz,
    },
];

/// A message is read or refused; what was read has its parts, and reads the same when written; a refusal's answer is
/// itself a message.
fn sip(data: &[u8]) {
    match parse_datagram(data) {
        Ok(message) => {
            let headers = message.headers();
            assert!(headers.via().is_ok() && headers.from().is_ok() && headers.to().is_ok());
            assert!(headers.call_id().is_ok() && headers.cseq().is_ok());
            assert!(
                headers
                    .iter()
                    .all(|(_, value)| !value.iter().any(|byte| matches!(byte, b'\r' | b'\n')))
            );
            read_types(headers);
            let again = parse_datagram(&message.to_vec()).expect("what is written can be read");
            assert_eq!(without_length(again), without_length(message));
        }
        Err(error) => {
            read_types(&error.headers);
            if let Some(answer) = error.answer("tag") {
                let written = Message::Response(answer).to_vec();
                let read = parse_datagram(&written).map_err(|error| error.kind);
                assert!(matches!(
                    read,
                    Ok(Message::Response(_)) | Err(ParseErrorKind::Header(_) | ParseErrorKind::HeadTooLarge)
                ));
            }
        }
    }
    stream(data);
    texts(data);
}

fn without_length(mut message: Message) -> Message {
    match &mut message {
        Message::Request(request) => request.headers.remove(&Name::ContentLength),
        Message::Response(response) => response.headers.remove(&Name::ContentLength),
    };
    message
}

fn read_types(headers: &Headers) {
    let _ = (
        headers.vias(),
        headers.contacts(),
        headers.routes(),
        headers.record_routes(),
    );
    let _ = (
        headers.expires(),
        headers.content_type(),
        headers.tokens(&Name::Supported),
    );
    let _ = (
        headers.authorizations(&Name::Authorization),
        headers.challenges(&Name::WwwAuthenticate),
    );
    let mut copy = headers.clone();
    while copy.remove_top_via().is_ok() {}
}

/// Cut anywhere, a stream yields the same messages as whole.
fn stream(data: &[u8]) {
    let whole = drain(&[data]);
    let middle = data.len() / 2;
    let cut = drain(&[&data[..middle], &data[middle..]]);
    assert_eq!(whole, cut);
}

fn drain(pieces: &[&[u8]]) -> (Vec<Option<Message>>, u32, bool) {
    let mut parser = StreamParser::new();
    let mut found = Vec::new();
    for piece in pieces {
        parser.push(piece);
        while let Some(next) = parser.next() {
            found.push(next.ok());
        }
    }
    (found, parser.take_pings(), parser.is_broken())
}

/// The value readers on their own, where messages would seldom lead.
fn texts(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for line in text.lines().take(64) {
        let value = line.split_once(": ").map_or(line, |(_, value)| value);
        if let Some(uri) = Uri::parse(value) {
            assert_eq!(Uri::parse(&uri.to_string()), Some(uri));
        }
        if let Some(address) = NameAddr::parse(value) {
            assert_eq!(NameAddr::parse(&address.to_string()), Some(address));
        }
        if let Some(via) = Via::parse(value) {
            assert_eq!(Via::parse(&via.to_string()), Some(via));
        }
        if let Some(challenge) = Challenge::parse(value) {
            assert_eq!(Challenge::parse(&challenge.to_string()), Some(challenge));
        }
        if let Some(authorization) = Authorization::parse(value) {
            assert_eq!(
                Authorization::parse(&authorization.to_string()),
                Some(authorization)
            );
        }
    }
}

/// A description is read or refused, reads the same when written, and an answer fits its offer.
fn sdp(data: &[u8]) {
    let Ok(session) = sdp::parse(data) else {
        return;
    };
    assert_eq!(sdp::parse(session.to_string().as_bytes()).as_ref(), Ok(&session));
    let local = local();
    if let Ok(answer) = sdp::answer(&session, &local) {
        assert_eq!(answer.session.media.len(), session.media.len());
        let live = answer
            .session
            .media
            .iter()
            .filter(|media| media.port != 0)
            .count();
        assert_eq!(live, 1);
        let offered = session.audio().map(|audio| session.direction_of(audio));
        assert!(offered.is_some() && !answer.audio.formats.is_empty());
    }
    let offer = sdp::Offer::build_after(&session, &local);
    assert!(offer.media.len() >= session.media.len());
    let _ = sdp::accept(&offer, &session, &local);
}

fn local() -> Local {
    let codecs = [(0, "PCMU"), (8, "PCMA"), (9, "G722"), (101, "telephone-event")];
    Local {
        username: "ucx".to_owned(),
        session_id: 1,
        audio: ([192, 0, 2, 1], 10_000).into(),
        formats: codecs
            .map(|(number, name)| Format::new(number, Codec::new(name, 8000)))
            .to_vec(),
        direction: Direction::SendRecv,
        ptime_ms: Some(20),
    }
}
