//! The torture set of RFC 4475, rebuilt from its descriptions, and messages that broke other stacks.

use super::{MAX_HEAD, MAX_HEADERS, ParseErrorKind, parse_datagram};
use crate::digest::Authorization;
use crate::header::HeaderError;
use crate::message::{Message, Request, Response};
use crate::method::Method;
use crate::name::Name;
use crate::uri::{Host, Scheme, Uri};
use crate::via::Transport;

/// A message under construction: a start line, common headers, a body.
struct Build {
    start: Vec<u8>,
    lines: Vec<Vec<u8>>,
    body: Vec<u8>,
}

impl Build {
    fn new(start: impl AsRef<[u8]>) -> Self {
        let start = start.as_ref().to_vec();
        let method = String::from_utf8_lossy(&start)
            .split(' ')
            .next()
            .unwrap_or("")
            .to_owned();
        let method = if method.starts_with("SIP/") {
            "INVITE".to_owned()
        } else {
            method
        };
        let lines = [
            "Via: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK1d32hash4".to_owned(),
            "Max-Forwards: 70".to_owned(),
            "From: caller <sip:caller@example.net>;tag=88asjd8".to_owned(),
            "To: <sip:user@example.com>".to_owned(),
            "Call-ID: 0ha0isnda977644900765@192.0.2.2".to_owned(),
            format!("CSeq: 8 {method}"),
        ];
        Self {
            start,
            lines: lines.map(String::into_bytes).to_vec(),
            body: Vec::new(),
        }
    }

    fn invite() -> Self {
        Self::new("INVITE sip:user@example.com SIP/2.0")
    }

    fn register() -> Self {
        Self::new("REGISTER sip:example.com SIP/2.0")
    }

    fn without(mut self, name: &str) -> Self {
        let start = format!("{name}:").to_ascii_lowercase();
        self.lines
            .retain(|line| !line.to_ascii_lowercase().starts_with(start.as_bytes()));
        self
    }

    fn add(mut self, line: impl AsRef<[u8]>) -> Self {
        self.lines.push(line.as_ref().to_vec());
        self
    }

    /// Puts the line in place of the one with the same name.
    fn set(self, line: impl AsRef<[u8]>) -> Self {
        let name = String::from_utf8_lossy(line.as_ref())
            .split(':')
            .next()
            .unwrap_or("")
            .to_owned();
        self.without(&name).add(line)
    }

    fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = body.as_ref().to_vec();
        self
    }

    fn bytes(&self) -> Vec<u8> {
        let mut out = self.start.clone();
        for line in &self.lines {
            out.extend_from_slice(b"\r\n");
            out.extend_from_slice(line);
        }
        out.extend_from_slice(b"\r\n\r\n");
        out.extend_from_slice(&self.body);
        out
    }

    #[track_caller]
    fn request(&self) -> Request {
        match parse_datagram(&self.bytes()) {
            Ok(Message::Request(request)) => {
                written_reads_the_same(&Message::Request(request.clone()));
                request
            }
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn response(&self) -> Response {
        match parse_datagram(&self.bytes()) {
            Ok(Message::Response(response)) => {
                written_reads_the_same(&Message::Response(response.clone()));
                response
            }
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn refused(&self, kind: ParseErrorKind) {
        let error = parse_datagram(&self.bytes()).unwrap_err();
        assert_eq!(error.kind, kind);
    }
}

#[track_caller]
fn written_reads_the_same(message: &Message) {
    let mut again = parse_datagram(&message.to_vec()).unwrap();
    let mut message = message.clone();
    for message in [&mut again, &mut message] {
        let headers = match message {
            Message::Request(request) => &mut request.headers,
            Message::Response(response) => &mut response.headers,
        };
        headers.remove(&Name::ContentLength);
    }
    assert_eq!(again, message);
}

fn crlf(text: &str) -> Vec<u8> {
    text.replace('\n', "\r\n").into_bytes()
}

fn malformed(name: Name) -> ParseErrorKind {
    ParseErrorKind::Header(HeaderError::Malformed(name))
}

fn missing(name: Name) -> ParseErrorKind {
    ParseErrorKind::Header(HeaderError::Missing(name))
}

fn repeated(name: Name) -> ParseErrorKind {
    ParseErrorKind::Header(HeaderError::Repeated(name))
}

// Section 3.1.1: valid messages.

#[test]
fn wsinv_odd_whitespace_folding_and_compact_forms() {
    let text = crlf(
        "INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0
TO :
 sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n
from   : \"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>
  ;
  tag = 98asjd8
MaX-fOrWaRdS: 0068
Call-ID: wsinv.ndaksdj@192.0.2.1
Content-Length   : 4
cseq: 0009
  INVITE
Via  : SIP  /   2.0
 /UDP
    192.0.2.2;branch=390skdjuw
s :
NewFangledHeader:   newfangled value
 continued newfangled value
UnknownHeaderWithUnusualValue: ;;,,;;,;
Content-Type: application/sdp
Route:
 <sip:services.example.com;lr;unknownwith=value;unknown-no-value>
v:  SIP  / 2.0  / TCP     spindle.example.com   ;
  branch  =   z9hG4bK9ikj8  ,
 SIP  /    2.0   / UDP  192.168.255.111   ; branch=
 z9hG4bK30239
m:\"Quoted string \\\"\\\"\" <sip:jdrosen@example.com> ; newparam =
      newvalue ;
  secondparam ; q = 0.33

v=0
",
    );
    let Ok(Message::Request(request)) = parse_datagram(&text) else {
        panic!("not a request")
    };
    let headers = &request.headers;
    assert_eq!(headers.to().unwrap().tag(), Some("1918181833n"));
    let from = headers.from().unwrap();
    assert_eq!(
        (from.display.as_deref(), from.tag()),
        (Some("J Rosenberg \\\""), Some("98asjd8"))
    );
    assert_eq!(headers.max_forwards(), Ok(Some(68)));
    assert_eq!(headers.cseq().unwrap().number, 9);
    let vias = headers.vias().unwrap();
    let branches = vias
        .iter()
        .map(|via| via.branch.as_deref().unwrap())
        .collect::<Vec<_>>();
    assert_eq!(branches, ["390skdjuw", "z9hG4bK9ikj8", "z9hG4bK30239"]);
    assert_eq!(vias[1].transport, Transport::Tcp);
    let unknown = headers.get(&Name::parse("newfangledheader").unwrap());
    assert_eq!(unknown, Some(&b"newfangled value continued newfangled value"[..]));
    let contact = headers.contact().unwrap();
    assert_eq!(contact.display.as_deref(), Some("Quoted string \"\""));
    assert_eq!(
        (contact.params.get("newparam"), contact.params.get("q")),
        (Some("newvalue"), Some("0.33"))
    );
    assert!(headers.routes().unwrap()[0].uri.is_loose_route());
    assert_eq!(&request.body[..], b"v=0\r");
}

#[test]
fn intmeth_wide_range_of_characters() {
    let method = "!interesting-Method0123456789_*+`.%indeed'~";
    let uri = "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com";
    let request = Build::new(format!("{method} {uri} SIP/2.0"))
        .set(b"To: \"BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f\" <sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com>")
        .set(
            "From: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>\
             ;fromParam''~+*_!.-%=\"\u{440}\u{430}\u{431}\u{43e}\u{442}\u{430}\u{44e}\u{449}\u{438}\u{439}\";tag=_token~1'+`*%!-.",
        )
        .set("Via: SIP/2.0/TCP t1.example.com;branch=z9hG4bK-.!%66*_+`'~")
        .add("extensionHeader-!.%*+_`'~: \u{5927}\u{505c}\u{96fb}")
        .request();
    assert_eq!(request.method, Method::Other(method.into()));
    assert_eq!(request.uri.to_string(), uri);
    assert_eq!(
        request.headers.to().unwrap().display.as_deref(),
        Some("BEL:\x07 NUL:\0 DEL:\x7f")
    );
    let from = request.headers.from().unwrap();
    assert_eq!(from.tag(), Some("_token~1'+`*%!-."));
    assert_eq!(from.display.as_deref(), Some("token1~` token2'+_ token3*%!.-"));
    assert_eq!(
        request.headers.via().unwrap().transaction_branch(),
        Some("z9hG4bK-.!%66*_+`'~")
    );
}

#[test]
fn esc01_escapes_hide_delimiters() {
    let request = Build::new("INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0")
        .set("To: sip:%75se%72@example.com")
        .add("Contact: <sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31>")
        .request();
    assert_eq!(
        request.uri.user_decoded().as_deref(),
        Some("sips:user@example.com")
    );
    assert_eq!(request.uri.host, Host::Name("example.net".into()));
    assert_eq!(
        request.headers.to().unwrap().uri.user_decoded().as_deref(),
        Some("user")
    );
    assert!(!request.headers.contact().unwrap().uri.is_loose_route());
}

#[test]
fn escnull_escaped_nulls_in_uris() {
    let request = Build::register()
        .set("To: sip:null-%00-null@example.com")
        .add("Contact: <sip:%00@host5.example.com>")
        .add("Contact: <sip:%00%00@host5.example.com>")
        .request();
    let contacts = request.headers.contacts().unwrap();
    assert_eq!(contacts[0].uri.user_decoded().as_deref(), Some("\0"));
    assert_eq!(contacts[1].uri.user_decoded().as_deref(), Some("\0\0"));
}

#[test]
fn esc02_percent_signs_that_escape_nothing() {
    let request = Build::new("RE%47IST%45R sip:registrar.example.com SIP/2.0")
        .set("To: \"%Z%45\" <sip:resource@example.com>")
        .add("Contact: <sip:alias1@host1.example.com>, <sip:alias2@host2.example.com>")
        .request();
    assert_eq!(request.method, Method::Other("RE%47IST%45R".into()));
    assert_eq!(request.headers.to().unwrap().display.as_deref(), Some("%Z%45"));
    assert_eq!(request.headers.contacts().unwrap().len(), 2);
}

#[test]
fn lwsdisp_no_blank_between_name_and_bracket() {
    let from = Build::invite()
        .set("From: caller<sip:caller@example.com>;tag=323")
        .request()
        .headers
        .from();
    assert_eq!(from.unwrap().display.as_deref(), Some("caller"));
}

#[test]
fn longreq_long_values_and_many_vias() {
    let name = "really".repeat(60);
    let mut build = Build::invite().set(format!("To: \"{name}\" <sip:{name}@example.net>;{name}={name}"));
    for hop in 0..33 {
        build = build.add(format!("Via: SIP/2.0/TCP sip{hop}.example.com"));
    }
    let request = build.request();
    assert_eq!(request.headers.vias().unwrap().len(), 34);
    assert_eq!(request.headers.to().unwrap().display, Some(name));
}

#[test]
fn dblreq_bytes_beyond_content_length_are_dropped() {
    let second = Build::invite().bytes();
    let request = Build::register().add("Content-Length: 0").body(&second).request();
    assert_eq!(request.method, Method::Register);
    assert!(request.body.is_empty());
}

#[test]
fn semiuri_semicolon_in_the_user_part() {
    let request = Build::new("OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0").request();
    assert_eq!(
        request.uri.user_decoded().as_deref(),
        Some("user;par=u@example.net")
    );
    assert!(request.uri.params.is_empty());
}

#[test]
fn transports_known_and_unknown() {
    let request = Build::invite()
        .add("Via: SIP/2.0/SCTP t2.example.com;branch=z9hG4bKklasjdhf")
        .add("Via: SIP/2.0/TLS t3.example.com;branch=z9hG4bK2980unddj, SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKasd0f3en")
        .request();
    let transports = request
        .headers
        .vias()
        .unwrap()
        .into_iter()
        .map(|via| via.transport)
        .collect::<Vec<_>>();
    let unknown = Transport::Other("UNKNOWN".into());
    assert_eq!(
        transports,
        [Transport::Udp, Transport::Sctp, Transport::Tls, unknown]
    );
}

#[test]
fn mpart01_binary_multipart_body() {
    let body = [
        &b"--7a9cbec02ceef655\r\n\r\n"[..],
        &(0..=255).collect::<Vec<u8>>(),
        b"\r\n--7a9cbec02ceef655--",
    ]
    .concat();
    let request = Build::new("MESSAGE sip:kumiko@example.org SIP/2.0")
        .add(format!("Content-Length: {}", body.len()))
        .add("Content-Type: multipart/mixed;boundary=7a9cbec02ceef655")
        .body(&body)
        .request();
    assert_eq!(request.body, body);
    assert_eq!(request.headers.content_type().as_deref(), Some("multipart/mixed"));
}

#[test]
fn unreason_utf8_reason_phrase() {
    let phrase = "= 2**3 * 5**2 \u{43d}\u{43e} \u{441}\u{442}\u{43e}";
    let response = Build::new(format!("SIP/2.0 200 {phrase}")).response();
    assert_eq!(response.reason, phrase);
}

#[test]
fn noreason_empty_reason_phrase() {
    for start in ["SIP/2.0 100 ", "SIP/2.0 100"] {
        let response = Build::new(start).response();
        assert_eq!((response.status.0, response.reason.as_str()), (100, ""));
    }
}

// Section 3.1.2: invalid messages.

#[test]
fn badinv01_stray_separators() {
    Build::invite()
        .set("Via: SIP/2.0/UDP 192.0.2.15;;,;,,")
        .refused(malformed(Name::Via));
    let request = Build::invite()
        .add("Contact: \"Joe\" <sip:joe@example.org>;;;;")
        .request();
    assert_eq!(
        request.headers.contacts(),
        Err(HeaderError::Malformed(Name::Contact))
    );
}

#[test]
fn clerr_content_length_beyond_the_datagram() {
    Build::invite()
        .add("Content-Length: 9999")
        .body("v=0\r\n")
        .refused(ParseErrorKind::ShortBody);
}

#[test]
fn ncl_negative_content_length() {
    Build::invite()
        .add("Content-Length: -999")
        .refused(malformed(Name::ContentLength));
}

#[test]
fn scalar02_overlarge_numbers_in_requests() {
    Build::register()
        .set("CSeq: 36893488147419103232 REGISTER")
        .refused(malformed(Name::CSeq));
    Build::register()
        .set("CSeq: 2147483648 REGISTER")
        .refused(malformed(Name::CSeq));
    Build::register()
        .set("Max-Forwards: 300")
        .refused(malformed(Name::MaxForwards));
    let request = Build::register()
        .add("Expires: 10000000000000000000000000")
        .request();
    assert_eq!(
        request.headers.expires(),
        Err(HeaderError::Malformed(Name::Expires))
    );
}

#[test]
fn scalarlg_overlarge_numbers_in_responses() {
    Build::new("SIP/2.0 503 Service Unavailable")
        .set("CSeq: 9292394834772304023312 OPTIONS")
        .refused(malformed(Name::CSeq));
}

#[test]
fn quotbal_quoted_string_without_end() {
    Build::invite()
        .set("To: \"Mr. J. User <sip:j.user@example.com>")
        .refused(malformed(Name::To));
}

#[test]
fn ltgtruri_brackets_around_the_request_uri() {
    Build::new("INVITE <sip:user@example.com> SIP/2.0").refused(ParseErrorKind::RequestUri);
}

#[test]
fn lwsruri_blank_in_the_request_uri() {
    Build::new("INVITE sip:user@example.com; lr SIP/2.0").refused(ParseErrorKind::RequestUri);
}

#[test]
fn lwsstart_several_blanks_in_the_start_line() {
    Build::new("INVITE  sip:user@example.com  SIP/2.0").refused(ParseErrorKind::RequestUri);
}

#[test]
fn trws_blanks_at_the_end_of_the_start_line() {
    Build::new("OPTIONS sip:remote-target@example.com SIP/2.0  ").refused(ParseErrorKind::StartLine);
}

#[test]
fn escruri_headers_in_the_request_uri() {
    Build::new("INVITE sip:user@example.com?Route=%3Csip:example.com%3E SIP/2.0")
        .refused(ParseErrorKind::RequestUri);
}

#[test]
fn baddate_date_in_another_zone_harms_nobody() {
    let request = Build::invite()
        .add("Date: Fri, 01 Jan 2010 16:00:00 EST")
        .request();
    assert_eq!(
        request.headers.get(&Name::Date),
        Some(&b"Fri, 01 Jan 2010 16:00:00 EST"[..])
    );
}

#[test]
fn regbadct_headers_in_a_contact_without_brackets() {
    let request = Build::register()
        .add("Contact: sip:user@example.com?Route=%3Csip:sip.example.com%3E")
        .request();
    assert_eq!(
        request.headers.contacts(),
        Err(HeaderError::Malformed(Name::Contact))
    );
}

#[test]
fn badaspec_blanks_within_brackets() {
    Build::invite()
        .set("To: \"Watson, Thomas\" < sip:t.watson@example.org >")
        .refused(malformed(Name::To));
}

#[test]
fn baddn_comma_in_an_unquoted_display_name() {
    Build::invite()
        .set("From: Bell, Alexander <sip:a.g.bell@example.com>;tag=43")
        .refused(malformed(Name::From));
}

#[test]
fn badvers_is_answered_505() {
    let build = Build::new("OPTIONS sip:t.watson@example.org SIP/7.0");
    build.refused(ParseErrorKind::Version);
    let answer = parse_datagram(&build.bytes()).unwrap_err().answer("tag").unwrap();
    assert_eq!(answer.status.0, 505);
}

#[test]
fn mismatch01_cseq_names_another_known_method() {
    Build::new("OPTIONS sip:user@example.com SIP/2.0")
        .set("CSeq: 8 INVITE")
        .refused(ParseErrorKind::MethodMismatch);
}

#[test]
fn mismatch02_cseq_names_another_unknown_method() {
    Build::new("NEWMETHOD sip:user@example.com SIP/2.0")
        .set("CSeq: 8 INVITE")
        .refused(ParseErrorKind::MethodMismatch);
}

#[test]
fn bigcode_status_out_of_range_is_dropped() {
    for start in [
        "SIP/2.0 4294967301 better not break",
        "SIP/2.0 99 low",
        "SIP/2.0 700 high",
        "SIP/2.0 2x0 odd",
    ] {
        let build = Build::new(start);
        build.refused(ParseErrorKind::StartLine);
        assert_eq!(parse_datagram(&build.bytes()).unwrap_err().answer("tag"), None);
    }
}

// Sections 3.2 to 3.4: what upper layers must see as it is.

#[test]
fn badbranch_the_cookie_alone_is_no_transaction_key() {
    let request = Build::invite()
        .set("Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK")
        .request();
    assert_eq!(request.headers.via().unwrap().transaction_branch(), None);
}

#[test]
fn insuf_missing_headers_are_named() {
    for (name, wire) in [
        (Name::CallId, "Call-ID"),
        (Name::From, "From"),
        (Name::To, "To"),
        (Name::CSeq, "CSeq"),
    ] {
        let build = Build::invite().without(wire);
        build.refused(missing(name));
        let answer = parse_datagram(&build.bytes()).unwrap_err().answer("t1").unwrap();
        assert_eq!(answer.reason, format!("Bad Request (Missing {wire} header)"));
    }
}

#[test]
fn unkscm_and_novelsc_unknown_schemes_reach_the_caller() {
    for uri in [
        "nobodyKnowsThisScheme:totallyopaquecontent",
        "soap.beep://192.0.2.103:3002",
    ] {
        let request = Build::new(format!("OPTIONS {uri} SIP/2.0")).request();
        assert!(matches!(request.uri.scheme, Scheme::Other(_)));
        assert_eq!(request.uri.to_string(), uri);
    }
}

#[test]
fn unksm2_unknown_schemes_in_headers() {
    let request = Build::register()
        .set("To: isbn:2983792873")
        .set("From: <http://www.example.com>;tag=3234233")
        .add("Contact: <name:John_Smith>")
        .request();
    assert_eq!(request.headers.from().unwrap().tag(), Some("3234233"));
    assert_eq!(
        request.headers.contact().unwrap().uri.user.as_deref(),
        Some("John_Smith")
    );
}

#[test]
fn bext01_required_extensions_are_listed() {
    let request = Build::new("OPTIONS sip:user@example.com SIP/2.0")
        .add("Require: nothingSupportsThis, nothingSupportsThisEither")
        .add("Proxy-Require: noProxiesSupportThis")
        .request();
    let required = request.headers.tokens(&Name::Require);
    assert_eq!(required, ["nothingSupportsThis", "nothingSupportsThisEither"]);
    assert!(
        request
            .headers
            .has_token(&Name::ProxyRequire, "NOPROXIESSUPPORTTHIS")
    );
}

#[test]
fn invut_unknown_body_type() {
    let request = Build::invite()
        .add("Content-Type: Application / UnknownFormat ; x=y")
        .body("<audio/>")
        .request();
    assert_eq!(
        request.headers.content_type().as_deref(),
        Some("application/unknownformat")
    );
    assert_eq!(&request.body[..], b"<audio/>");
}

#[test]
fn regaut01_unknown_authorization_scheme() {
    let request = Build::register()
        .add("Authorization: NoOneKnowsThisScheme opaque-data=here")
        .request();
    let value = request.headers.text(&Name::Authorization).unwrap();
    assert_eq!(Authorization::parse(&value), None);
}

#[test]
fn multi01_repeated_single_headers() {
    for (name, line) in [
        (Name::From, "f: <sip:other@example.com>;tag=3"),
        (Name::To, "To: <sip:other@example.com>"),
        (Name::CallId, "i: other@192.0.2.2"),
        (Name::CSeq, "CSeq: 8 INVITE"),
        (Name::MaxForwards, "Max-Forwards: 70"),
    ] {
        Build::invite().add(line).refused(repeated(name));
    }
}

#[test]
fn mcl01_two_content_lengths_even_when_equal() {
    for second in ["Content-Length: 5", "l: 4"] {
        Build::invite()
            .add("Content-Length: 4")
            .add(second)
            .body("12345")
            .refused(repeated(Name::ContentLength));
    }
}

#[test]
fn bcast_a_broadcast_address_in_via_is_visible() {
    let response = Build::new("SIP/2.0 200 OK")
        .add("Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1saber23")
        .response();
    assert_eq!(
        response.headers.vias().unwrap()[1].host.ip(),
        Some("255.255.255.255".parse().unwrap())
    );
}

#[test]
fn zeromf_max_forwards_of_zero() {
    assert_eq!(
        Build::invite()
            .set("Max-Forwards: 0")
            .request()
            .headers
            .max_forwards(),
        Ok(Some(0))
    );
}

#[test]
fn cparam01_and_cparam02_belong_to_header_or_uri() {
    let outside = Build::register()
        .add("Contact: sip:+19725552222@gw1.example.net;unknownparam")
        .request();
    let contact = outside.headers.contact().unwrap();
    assert!(contact.params.has("unknownparam") && contact.uri.params.is_empty());
    let inside = Build::register()
        .add("Contact: <sip:+19725552222@gw1.example.net;unknownparam>")
        .request();
    let contact = inside.headers.contact().unwrap();
    assert!(contact.uri.params.has("unknownparam") && contact.params.is_empty());
}

#[test]
fn regescrt_escaped_route_in_a_contact() {
    let request = Build::register()
        .add("Contact: <sip:user@example.com?Route=%3Csip:sip.example.com%3E>")
        .request();
    let uri = request.headers.contact().unwrap().uri;
    assert_eq!(uri.headers.as_deref(), Some("Route=%3Csip:sip.example.com%3E"));
}

#[test]
fn sdp01_accept_of_an_unknown_type() {
    let request = Build::invite()
        .add("Accept: text/nobodyKnowsThis")
        .body("v=0\r\n")
        .request();
    assert_eq!(
        request.headers.get(&Name::Accept),
        Some(&b"text/nobodyKnowsThis"[..])
    );
}

#[test]
fn inv2543_no_branch_no_tag_no_max_forwards() {
    let request = Build::invite()
        .without("Max-Forwards")
        .set("Via: SIP/2.0/UDP iftgw.example.com")
        .set("From: <sip:+13035551111@ift.client.example.net;user=phone>")
        .set("To: sip:+16505552222@ss1.example.net;user=phone")
        .request();
    let headers = &request.headers;
    assert_eq!(headers.via().unwrap().branch, None);
    assert_eq!(
        (headers.from().unwrap().tag(), headers.max_forwards()),
        (None, Ok(None))
    );
}

// Beyond RFC 4475.

#[test]
fn latin1_display_names_survive_byte_for_byte() {
    let request = Build::invite()
        .set(b"From: \"J\xf6rg M\xfcller\" <sip:joerg@example.net>;tag=1")
        .add("Subject: after")
        .request();
    assert_eq!(
        request.headers.from().unwrap().display.as_deref(),
        Some("J\u{f6}rg M\u{fc}ller")
    );
    assert!(request.headers.has(&Name::Subject));
    let answer = Message::Response(request.respond(crate::status::Status::OK, Some("x"))).to_vec();
    let line = b"From: \"J\xf6rg M\xfcller\" <sip:joerg@example.net>;tag=1\r\n";
    assert!(answer.windows(line.len()).any(|window| window == line));
}

#[test]
fn a_request_without_via_is_refused_and_not_answered() {
    let build = Build::invite().without("Via");
    build.refused(missing(Name::Via));
    assert_eq!(parse_datagram(&build.bytes()).unwrap_err().answer("tag"), None);
}

#[test]
fn a_body_without_content_length_runs_to_the_end() {
    assert_eq!(
        &Build::invite().body("v=0\r\no=x").request().body[..],
        b"v=0\r\no=x"
    );
}

#[test]
fn lone_carriage_returns_missing_colons_and_bad_names_are_refused() {
    for line in [
        "Subject: one\rRoute: two",
        "nonsense",
        "Bad Name: x",
        ": x",
        "Sub\u{fc}ject: x",
    ] {
        Build::invite().add(line).refused(ParseErrorKind::HeaderLine);
    }
}

#[test]
fn lone_carriage_returns_and_nul_in_the_start_line_are_refused() {
    Build::new("SIP/2.0 200 OK\rVia: x").refused(ParseErrorKind::StartLine);
    Build::new("SIP/2.0 200 OK\0").refused(ParseErrorKind::StartLine);
    Build::new("INVITE sip:user@example.com\r SIP/2.0").refused(ParseErrorKind::StartLine);
}

#[test]
fn control_characters_and_commas_in_parameters_are_refused() {
    for from in ["tag=1\x0c", "tag=1,2", "tag=1, <sip:b@c>", "t\x01g=1", "tag=\x7f"] {
        Build::invite()
            .set(format!("From: <sip:a@b>;{from}"))
            .refused(malformed(Name::From));
    }
}

#[test]
fn a_call_id_with_control_characters_is_refused() {
    Build::invite()
        .set("Call-ID: \x0ca@b")
        .refused(malformed(Name::CallId));
}

#[test]
fn a_via_with_two_branches_is_refused() {
    for twice in [
        "branch=z9hG4bK2",
        "Branch=z9hG4bK1",
        "rport;rport",
        "rport=1;rport",
        "received=h;received=h",
    ] {
        Build::invite()
            .set(format!("Via: SIP/2.0/UDP h;branch=z9hG4bK1;{twice}"))
            .refused(malformed(Name::Via));
    }
}

#[test]
fn floods_of_headers_are_cut_off() {
    let mut many = Build::invite();
    for _ in 0..MAX_HEADERS {
        many = many.add("X: y");
    }
    many.refused(ParseErrorKind::HeadTooLarge);
    Build::invite()
        .add(format!("X: {}", "y".repeat(MAX_HEAD)))
        .refused(ParseErrorKind::HeadTooLarge);
    let endless = [Build::invite().bytes(), Vec::new()].concat();
    let endless = [&endless[..endless.len() - 2], "X: y".repeat(MAX_HEAD).as_bytes()].concat();
    assert_eq!(
        parse_datagram(&endless).unwrap_err().kind,
        ParseErrorKind::HeadTooLarge
    );
}

#[test]
fn every_truncation_is_an_error_or_a_shorter_body() {
    let whole = Build::invite().add("Content-Length: 5").body("v=0\r\n").bytes();
    for length in 0..whole.len() {
        assert!(parse_datagram(&whole[..length]).is_err(), "{length}");
    }
    assert!(parse_datagram(&whole).is_ok());
}

#[test]
fn tel_uris_and_ipv6_references_are_read() {
    let request = Build::new("INVITE tel:+1-201-555-0123;phone-context=example.com SIP/2.0")
        .set("Via: SIP/2.0/TCP [2001:db8::9:1]:5070;branch=z9hG4bKas3;rport;received=[2001:db8::9:255]")
        .request();
    assert_eq!(
        (&request.uri.scheme, request.uri.user.as_deref()),
        (&Scheme::Tel, Some("+1-201-555-0123"))
    );
    assert_eq!(request.uri.params.get("phone-context"), Some("example.com"));
    let via = request.headers.via().unwrap();
    assert_eq!(
        (via.host.ip(), via.port),
        (Some("2001:db8::9:1".parse().unwrap()), Some(5070))
    );
    assert!(Uri::parse("sip:[2001:db8::10").is_none());
}
