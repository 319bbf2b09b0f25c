//! Streams cut at every place, and streams that must be given up.

use super::{MAX_BODY, MAX_BUFFERED, StreamParser};
use crate::header::HeaderError;
use crate::message::Message;
use crate::name::Name;
use crate::parse::{MAX_HEAD, ParseErrorKind};

fn request(method: &str, extra: &str, body: &str) -> String {
    format!(
        "{method} sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\n\
         To: <sip:b@h>\r\nCall-ID: c\r\nCSeq: 1 {method}\r\n{extra}\r\n{body}"
    )
}

fn methods(parser: &mut StreamParser) -> Vec<String> {
    let mut found = Vec::new();
    while let Some(next) = parser.next() {
        found.push(match next {
            Ok(Message::Request(request)) => format!("{} {}", request.method, request.body.len()),
            Ok(Message::Response(response)) => response.status.to_string(),
            Err(error) => format!("{:?}", error.kind),
        });
    }
    found
}

#[test]
fn messages_are_found_however_the_stream_is_cut() {
    let stream = [
        request("INVITE", "Content-Length: 9\r\n", "v=0\r\n\r\n\r\n"),
        "\r\n\r\n".into(),
        request("ACK", "l: 0\r\n", ""),
        "\r\n".into(),
        request("BYE", "Content-Length: 0\r\n", "").replace("\r\n", "\n"),
    ]
    .concat();
    for size in 1..stream.len() {
        let mut parser = StreamParser::new();
        let mut found = Vec::new();
        for piece in stream.as_bytes().chunks(size) {
            parser.push(piece);
            found.extend(methods(&mut parser));
        }
        assert_eq!(found, ["INVITE 9", "ACK 0", "BYE 0"], "{size}");
        assert_eq!(parser.take_pings(), 1, "{size}");
    }
}

#[test]
fn pings_are_counted_once() {
    let mut parser = StreamParser::new();
    for piece in ["\r\n\r\n", "\r", "\n\r\n", "\r\n"] {
        parser.push(piece.as_bytes());
        assert!(parser.next().is_none());
    }
    assert_eq!((parser.take_pings(), parser.take_pings()), (2, 0));
    parser.push(b"\r\n");
    assert!(parser.next().is_none());
    assert_eq!((parser.take_pings(), parser.is_broken()), (1, false));
}

#[test]
fn a_bad_message_of_known_length_does_not_end_the_stream() {
    let bad = request("INVITE", "Content-Length: 4\r\n", "body").replace("Call-ID: c\r\n", "");
    let mut parser = StreamParser::new();
    parser.push((bad + &request("BYE", "Content-Length: 0\r\n", "")).as_bytes());
    let kind = ParseErrorKind::Header(HeaderError::Missing(Name::CallId));
    assert_eq!(methods(&mut parser), [format!("{kind:?}"), "BYE 0".into()]);
    assert!(!parser.is_broken());
}

#[test]
fn a_length_missing_negative_doubled_or_huge_ends_the_stream() {
    let too_long = format!("Content-Length: {}\r\n", MAX_BODY + 1);
    for (extra, kind) in [
        ("", ParseErrorKind::NoLength),
        (
            "Content-Length: -1\r\n",
            ParseErrorKind::Header(HeaderError::Malformed(Name::ContentLength)),
        ),
        (
            "l: 1\r\nContent-Length: 1\r\n",
            ParseErrorKind::Header(HeaderError::Repeated(Name::ContentLength)),
        ),
        ("Content-Length: 4294967295\r\n", ParseErrorKind::BodyTooLarge),
        (&too_long, ParseErrorKind::BodyTooLarge),
    ] {
        let mut parser = StreamParser::new();
        parser.push((request("INVITE", extra, "x") + &request("BYE", "l: 0\r\n", "")).as_bytes());
        let error = parser.next().unwrap().unwrap_err();
        assert_eq!(error.kind, kind);
        assert!(error.answer("t").is_some() && parser.is_broken());
        parser.push(b"more");
        assert!(parser.next().is_none());
    }
}

#[test]
fn garbage_and_overflow_end_the_stream_with_nothing_held() {
    let mut parser = StreamParser::new();
    parser.push(&vec![b'x'; MAX_HEAD + 1]);
    assert_eq!(
        parser.next().unwrap().unwrap_err().kind,
        ParseErrorKind::HeadTooLarge
    );
    assert!(parser.is_broken() && parser.next().is_none());
    let mut parser = StreamParser::new();
    parser.push(&vec![b'\n'; MAX_BUFFERED]);
    parser.push(b"\n");
    assert_eq!(
        parser.next().unwrap().unwrap_err().kind,
        ParseErrorKind::BodyTooLarge
    );
    assert!(parser.is_broken() && parser.next().is_none());
}

#[test]
fn the_largest_body_passes() {
    let body = "b".repeat(MAX_BODY);
    let mut parser = StreamParser::new();
    parser.push(request("MESSAGE", &format!("Content-Length: {MAX_BODY}\r\n"), &body).as_bytes());
    assert_eq!(methods(&mut parser), [format!("MESSAGE {MAX_BODY}")]);
}
