//! What is kept of broken messages, and that everything written reads the same.

use proptest::prelude::*;

use super::{ParseErrorKind, parse_datagram};
use crate::header::Headers;
use crate::message::{Message, Request, Response};
use crate::method::Method;
use crate::name::Name;
use crate::status::Status;
use crate::uri::Uri;

const BROKEN: &[u8] = b"INVITE sip:bob@192.0.2.9 SIP/2.0\r\n\
    Via: SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bK1, SIP/2.0/UDP 192.0.2.3;branch=z9hG4bK0\r\n\
    From: <sip:a@192.0.2.1>;tag=1\r\nTo: sip:bob@192.0.2.9\r\nCall-ID: c1\r\nCSeq: 7 INVITE\r\n\
    Record-Route: <sip:p;lr>\r\nContent-Length: 10\r\n\r\nshort";

#[test]
fn a_broken_request_keeps_enough_to_be_answered() {
    let error = parse_datagram(BROKEN).unwrap_err();
    assert_eq!(error.kind, ParseErrorKind::ShortBody);
    let answer = Message::Response(error.answer("mine").unwrap()).to_vec();
    assert_eq!(
        String::from_utf8(answer).unwrap(),
        "SIP/2.0 400 Bad Request (Content-Length Beyond End Of Message)\r\n\
         Via: SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bK1, SIP/2.0/UDP 192.0.2.3;branch=z9hG4bK0\r\n\
         Call-ID: c1\r\nFrom: <sip:a@192.0.2.1>;tag=1\r\nTo: sip:bob@192.0.2.9;tag=mine\r\nCSeq: 7 INVITE\r\n\
         Content-Length: 0\r\n\r\n"
    );
}

#[test]
fn broken_acks_responses_and_keep_alives_are_never_answered() {
    let ack = String::from_utf8_lossy(BROKEN).replace("INVITE", "ACK");
    assert_eq!(parse_datagram(ack.as_bytes()).unwrap_err().answer("t"), None);
    let response =
        String::from_utf8_lossy(BROKEN).replace("INVITE sip:bob@192.0.2.9 SIP/2.0", "SIP/2.0 200 OK");
    assert_eq!(parse_datagram(response.as_bytes()).unwrap_err().answer("t"), None);
    for bytes in [&b""[..], b"\r\n", b"\r\n\r\n"] {
        let error = parse_datagram(bytes).unwrap_err();
        assert_eq!((error.answer("t"), error.kind), (None, ParseErrorKind::KeepAlive));
    }
}

#[test]
fn a_line_break_in_a_reason_or_uri_cannot_forge_a_header() {
    let mut response = Response::new(Status::OK);
    response.reason = "OK\r\nX: y".into();
    let text = String::from_utf8(Message::Response(response).to_vec()).unwrap();
    assert!(text.starts_with("SIP/2.0 200 OK  X: y\r\nContent-Length: 0\r\n\r\n"));
    let mut request = Request::new(Method::Info, Uri::parse("sip:a@b").unwrap());
    request.uri.user = Some("a\r\nX: y\r\n".into());
    assert!(
        !Message::Request(request)
            .to_vec()
            .windows(2)
            .any(|pair| pair == b"\nX")
    );
}

#[test]
fn content_length_is_always_written_and_always_right() {
    let mut request = Request::new(Method::Message, Uri::parse("sip:a@b").unwrap());
    request.headers.push(Name::ContentLength, "999").unwrap();
    request.body = "four".into();
    let text = String::from_utf8(Message::Request(request).to_vec()).unwrap();
    assert_eq!(text, "MESSAGE sip:a@b SIP/2.0\r\nContent-Length: 4\r\n\r\nfour");
}

#[test]
fn responses_echo_in_the_customary_order_and_add_a_tag_once() {
    let sound = String::from_utf8_lossy(BROKEN).replace("Content-Length: 10", "Content-Length: 5");
    let Ok(Message::Request(request)) = parse_datagram(sound.as_bytes()) else {
        panic!("not a request")
    };
    let ringing = request.respond(Status::RINGING, Some("mine"));
    let names = ringing
        .headers
        .iter()
        .map(|(name, _)| name.as_str())
        .collect::<Vec<_>>();
    assert_eq!(names, ["Via", "Record-Route", "Call-ID", "From", "To", "CSeq"]);
    assert_eq!(ringing.headers.to().unwrap().tag(), Some("mine"));
    assert!(
        !request
            .respond(Status(404), Some("mine"))
            .headers
            .has(&Name::RecordRoute)
    );
    assert!(
        request
            .respond(Status::TRYING, None)
            .headers
            .to()
            .unwrap()
            .tag()
            .is_none()
    );
    let again = Response::echo(Status::OK, &ringing.headers, Some("other"));
    assert_eq!(again.headers.to().unwrap().tag(), Some("mine"));
}

fn headers() -> impl Strategy<Value = Headers> {
    let name = prop_oneof![
        (0..Name::ALL.len()).prop_map(|at| Name::ALL[at].clone()),
        "X-[A-Za-z0-9]{1,8}".prop_map(|text| Name::parse(&text).unwrap()),
    ];
    let value = proptest::collection::vec(
        any::<u8>().prop_filter("no breaks", |byte| !b"\r\n\0".contains(byte)),
        0..30,
    );
    let needed = [
        Name::Via,
        Name::From,
        Name::To,
        Name::CallId,
        Name::CSeq,
        Name::MaxForwards,
        Name::ContentLength,
    ];
    proptest::collection::vec((name, value), 0..12).prop_map(move |lines| {
        let mut headers = Headers::new();
        for (name, value) in lines {
            if !needed.contains(&name) {
                headers.push(name, value).unwrap();
            }
        }
        headers
    })
}

fn complete(headers: &mut Headers, method: &Method, display: &str) {
    let from = format!(
        "\"{}\" <sip:a@[2001:db8::1]:5061;transport=tcp>;tag=t",
        display.replace(['\\', '"'], "")
    );
    headers
        .push_front(Name::CSeq, format!("2147483647 {method}"))
        .unwrap();
    headers.push_front(Name::CallId, "c@h").unwrap();
    headers.push_front(Name::To, "sips:b.example.com").unwrap();
    headers.push_front(Name::From, from).unwrap();
    headers
        .push_front(Name::Via, "SIP/2.0/WS x.invalid;branch=z9hG4bK7")
        .unwrap();
}

fn without_length(mut headers: Headers) -> Headers {
    headers.remove(&Name::ContentLength);
    headers
}

proptest! {
    #[test]
    fn written_requests_read_the_same(
        mut headers in headers(),
        method in prop_oneof!["[A-Z]{3,10}", Just("INVITE".to_owned())],
        user in "[a-z0-9+%;&=,]{1,10}",
        display in "[^\\r\\n\\x00]{0,20}",
        body in proptest::collection::vec(any::<u8>(), 0..100),
    ) {
        let method = Method::parse(&method).unwrap();
        complete(&mut headers, &method, &display);
        let uri = Uri::parse(&format!("sip:{user}@example.com:5062;x=y;lr")).unwrap();
        let request = Request { method, uri, headers, body: body.into() };
        let read = parse_datagram(&Message::Request(request.clone()).to_vec()).unwrap();
        let Message::Request(read) = read else { panic!("not a request") };
        prop_assert_eq!(Request { headers: without_length(read.headers), ..read }, request);
    }

    #[test]
    fn written_responses_read_the_same(
        mut headers in headers(),
        status in 100_u16..700,
        reason in "[^\\r\\n\\x00]{0,20}",
        body in proptest::collection::vec(any::<u8>(), 0..100),
    ) {
        complete(&mut headers, &Method::Invite, "x");
        let response = Response { status: Status(status), reason, headers, body: body.into() };
        let read = parse_datagram(&Message::Response(response.clone()).to_vec()).unwrap();
        let Message::Response(read) = read else { panic!("not a response") };
        prop_assert_eq!(Response { headers: without_length(read.headers), ..read }, response);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse_datagram(&bytes);
    }
}
