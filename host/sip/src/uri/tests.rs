//! URIs read, written and compared.

use proptest::prelude::*;

use super::{Host, Uri};
use crate::name_addr::NameAddr;

#[test]
fn uris_are_written_as_they_were_read() {
    for text in [
        "sip:alice@example.com",
        "sip:alice:secret@example.com:5070;transport=tcp;lr?subject=x&to=y",
        "sips:[2001:db8::1]:5061",
        "sip:192.0.2.1",
        "sip:+12125551212@example.com;user=phone",
        "sip:100%23*@pbx",
        "tel:+12125551212;ext=5",
        "urn:service:sos",
        "mailto:a@b",
    ] {
        assert_eq!(Uri::parse(text).map(|uri| uri.to_string()).as_deref(), Some(text));
    }
}

#[test]
fn broken_uris_are_not_read() {
    for text in [
        "",
        "sip",
        "sip:",
        ":x",
        "sip:@host",
        "sip:a@",
        "sip:a@b@c",
        "sip:a@b:",
        "sip:a@b:x",
        "sip:a@b:65536",
        "sip:a b@c",
        "sip:a@b c",
        "<sip:a@b>",
        "sip:a@[::1",
        "sip:a@::1",
        "tel:",
        "1x:y",
        "sip:a@b;=x",
        "sip:a@b\r\n",
        "sip:a@h\u{f6}st",
    ] {
        assert_eq!(Uri::parse(text), None, "{text}");
    }
}

/// The examples of RFC 3261 section 19.1.4.
#[test]
fn equivalence_follows_the_standards_examples() {
    let same = |one, two| Uri::parse(one).unwrap().is_equivalent(&Uri::parse(two).unwrap());
    assert!(same(
        "sip:%61lice@atlanta.com;transport=TCP",
        "sip:alice@AtLanTa.CoM;Transport=tcp"
    ));
    assert!(same("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"));
    assert!(same(
        "sip:carol@chicago.com;newparam=5",
        "sip:carol@chicago.com;security=on"
    ));
    assert!(!same(
        "SIP:ALICE@AtLanTa.CoM;Transport=udp",
        "sip:alice@AtLanTa.CoM;Transport=UDP"
    ));
    assert!(!same("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"));
    assert!(!same("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"));
    assert!(!same(
        "sip:carol@chicago.com",
        "sip:carol@chicago.com?Subject=next"
    ));
    assert!(!same(
        "sip:carol@chicago.com;security=on",
        "sip:carol@chicago.com;security=off"
    ));
    assert!(!same("sip:bob@192.0.2.4", "sips:bob@192.0.2.4"));
}

#[test]
fn users_are_escaped_when_built() {
    let uri = Uri::sip(Some("a b@c:\r\n<ö>#"), Host::Name("h".into()), None);
    assert_eq!(uri.to_string(), "sip:a%20b%40c%3A%0D%0A%3C%C3%B6%3E%23@h");
    assert_eq!(
        Uri::parse(&uri.to_string()).unwrap().user_decoded().as_deref(),
        Some("a b@c:\r\n<ö>#")
    );
    assert_eq!(
        Uri::sip(Some(""), Host::Name("h".into()), Some(5062)).to_string(),
        "sip:h:5062"
    );
}

#[test]
fn socket_addresses_become_uris() {
    assert_eq!(
        Uri::sip_at(Some("x"), "[::1]:5060".parse().unwrap()).to_string(),
        "sip:x@[::1]:5060"
    );
}

#[test]
fn display_names_are_quoted_and_tags_set() {
    let address = NameAddr::parse("sip:a@b;tag=1").unwrap();
    assert_eq!((address.tag(), address.uri.params.is_empty()), (Some("1"), true));
    let named = NameAddr {
        display: Some("a \"b\" \\c".into()),
        ..address
    }
    .with_tag("2");
    assert_eq!(named.to_string(), "\"a \\\"b\\\" \\\\c\" <sip:a@b>;tag=2");
    assert_eq!(NameAddr::parse(&named.to_string()), Some(named));
    for text in [
        "",
        "\"x\"",
        "\"x\" sip:a@b",
        "<sip:a@b",
        "a \"b\" <sip:a@b>",
        "<sip:a@b> x",
        "<sip:a@b>;=1",
    ] {
        assert_eq!(NameAddr::parse(text), None, "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_and_what_is_read_is_written(text in "(sip|sips|tel|x):[ -~]{0,30}") {
        if let Some(uri) = Uri::parse(&text) {
            prop_assert_eq!(Uri::parse(&uri.to_string()), Some(uri));
        }
    }

    #[test]
    fn any_address_read_is_written_and_read_again(text in "[ -~é]{0,12}<sip:[a-z;=@.?]{1,12}>[ -~]{0,12}") {
        if let Some(address) = NameAddr::parse(&text) {
            prop_assert_eq!(NameAddr::parse(&address.to_string()), Some(address));
        }
    }
}
