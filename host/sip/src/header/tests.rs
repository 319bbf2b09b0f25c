//! Headers built, changed and read as types.

use super::{HeaderError, Headers};
use crate::name::Name;
use crate::via::{Rport, Via};

fn headers(lines: &[(&str, &str)]) -> Headers {
    let mut headers = Headers::new();
    for (name, value) in lines {
        headers.push(Name::parse(name).unwrap(), value).unwrap();
    }
    headers
}

#[test]
fn line_breaks_and_nul_are_refused_when_building() {
    let mut headers = Headers::new();
    for value in ["a\r\nX: y", "a\nb", "a\rb", "a\0b"] {
        assert_eq!(
            headers.push(Name::Subject, value),
            Err(HeaderError::Forbidden(Name::Subject))
        );
        assert_eq!(
            headers.push_front(Name::Subject, value),
            Err(HeaderError::Forbidden(Name::Subject))
        );
        assert_eq!(
            headers.set(Name::Subject, value),
            Err(HeaderError::Forbidden(Name::Subject))
        );
    }
    assert!(headers.is_empty());
    assert_eq!(Name::parse("X\r\nY"), None);
    assert_eq!(Name::parse("X: Y"), None);
    assert_eq!(Name::parse(""), None);
}

#[test]
fn names_compare_without_case_and_fold_compact_forms() {
    for name in Name::ALL {
        assert_eq!(Name::parse(&name.as_str().to_uppercase()).as_ref(), Some(name));
    }
    for (compact, name) in [
        ("v", Name::Via),
        ("I", Name::CallId),
        ("k", Name::Supported),
        ("x", Name::SessionExpires),
    ] {
        assert_eq!(Name::parse(compact), Some(name));
    }
    assert_eq!(Name::parse("X-Own"), Name::parse("x-oWN"));
    assert_ne!(Name::parse("X-Own"), Name::parse("X-Other"));
    assert_eq!(Name::parse("X-Own").unwrap().to_string(), "X-Own");
}

#[test]
fn set_replaces_all_lines_in_the_first_ones_place() {
    let mut headers = headers(&[("Allow", "A"), ("Subject", "s"), ("Allow", "B"), ("Allow", "C")]);
    headers.set(Name::Allow, " X ").unwrap();
    let lines = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value))
        .collect::<Vec<_>>();
    assert_eq!(lines, [("Allow", &b"X"[..]), ("Subject", b"s")]);
    assert!(headers.remove(&Name::Allow) && !headers.remove(&Name::Allow));
    headers.set(Name::Allow, "Y").unwrap();
    assert_eq!(headers.len(), 2);
}

#[test]
fn joined_values_with_quoted_commas_are_taken_apart() {
    let headers = headers(&[
        (
            "Contact",
            "\"Doe, \\\"J\\\" <x>\" <sip:a@b;p=1,2?h=1>;q=0.5 , sip:c@d;expires=60",
        ),
        ("m", "<sip:e@f>;x=\"1,2;3\""),
    ]);
    let contacts = headers.contacts().unwrap();
    assert_eq!(contacts.len(), 3);
    assert_eq!(contacts[0].display.as_deref(), Some("Doe, \"J\" <x>"));
    assert_eq!(contacts[0].uri.params.get("p"), Some("1,2"));
    assert_eq!(contacts[1].params.get("EXPIRES"), Some("60"));
    assert_eq!(contacts[2].params.unquoted("x").as_deref(), Some("1,2;3"));
}

#[test]
fn the_contact_wildcard_is_told_apart() {
    let headers = headers(&[("Contact", " * ")]);
    assert!(headers.is_contact_wildcard());
    assert_eq!(headers.contacts(), Ok(Vec::new()));
    assert_eq!(headers.contact(), Err(HeaderError::Missing(Name::Contact)));
}

#[test]
fn the_top_via_is_changed_and_taken_away_alone() {
    let mut headers = headers(&[
        (
            "Via",
            "SIP/2.0/UDP a:1;rport;branch=z9hG4bK1;x=y , SIP/2.0/TCP b;branch=z9hG4bK2,SIP/2.0/TLS c",
        ),
        ("Via", "SIP/2.0/UDP d"),
    ]);
    let mut top = headers.via().unwrap();
    assert_eq!((top.rport, top.port), (Rport::Asked, Some(1)));
    top.rport = Rport::Port(5071);
    top.received = Some("192.0.2.7".into());
    headers.set_top_via(&top).unwrap();
    let line = "SIP/2.0/UDP a:1;rport=5071;received=192.0.2.7;branch=z9hG4bK1;x=y, \
                SIP/2.0/TCP b;branch=z9hG4bK2,SIP/2.0/TLS c";
    assert_eq!(headers.text(&Name::Via).as_deref(), Some(line));
    let mut left = Vec::new();
    while headers.remove_top_via().is_ok() {
        left.push(headers.vias().unwrap().len());
    }
    assert_eq!(left, [3, 2, 1, 0]);
}

#[test]
fn broken_vias_are_not_read() {
    for value in [
        "",
        "SIP/2.0/UDP",
        "SIP/2.0/UDP ",
        "SIP/2.0 host",
        "SIP/3.0/UDP host",
        "HTTP/2.0/UDP host",
        "SIP/2.0/UDP host:70000",
        "SIP/2.0/UDP host:",
        "SIP/2.0/UDP ho st",
        "SIP/2.0/UDP host;branch=",
        "SIP/2.0/UDP host;rport=x",
        "SIP/2.0/U(P host",
        "SIP/2.0/UDP [2001:db8::1",
    ] {
        assert_eq!(Via::parse(value), None, "{value}");
    }
    assert_eq!(Via::parse("SIP/2.0/UDP host : 5061").unwrap().port, Some(5061));
}

#[test]
fn numbers_that_are_none_are_refused() {
    for value in ["", "-1", "+1", "1x", "4294967296", "1 2"] {
        let headers = headers(&[("Expires", value), ("Max-Forwards", value), ("Call-ID", "a b")]);
        assert_eq!(
            headers.expires(),
            Err(HeaderError::Malformed(Name::Expires)),
            "{value}"
        );
        assert_eq!(
            headers.max_forwards(),
            Err(HeaderError::Malformed(Name::MaxForwards))
        );
        assert_eq!(headers.call_id(), Err(HeaderError::Malformed(Name::CallId)));
    }
    assert_eq!(Headers::new().expires(), Ok(None));
    for value in [
        "",
        "1",
        "-1 INVITE",
        "INVITE 1",
        "1 INV\"ITE",
        "1 INVITE x",
        "2147483648 INVITE",
    ] {
        assert_eq!(
            headers(&[("CSeq", value)]).cseq(),
            Err(HeaderError::Malformed(Name::CSeq)),
            "{value}"
        );
    }
}

#[test]
fn tokens_are_listed_over_lines_and_empty_ones_passed_over() {
    let headers = headers(&[
        ("Supported", "100rel, ,timer"),
        ("k", "replaces"),
        ("Supported", ""),
    ]);
    assert_eq!(headers.tokens(&Name::Supported), ["100rel", "timer", "replaces"]);
}
