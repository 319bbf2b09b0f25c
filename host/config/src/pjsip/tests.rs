//! Tests of the reading of pjsip.conf.

use std::net::IpAddr;
use std::time::Duration;

use super::*;
use crate::acl::is_permitted;
use crate::parse_text;

const BASE: &str = "\
[transport-udp]
type = transport
protocol = udp
bind = 127.0.0.1:5060
local_net = 10.0.0.0/8
[phone](!)
type = endpoint
context = gold
disallow = all
allow = ulaw,alaw:20
direct_media = no
[alice](phone)
aors = alice
auth = alice
callerid = Alice <1001>
set_var = A=1
set_var = B=x=y
call_group = 1,3-5
dtmf_mode = info
[alice]
type = aor
contact = sip:alice@127.0.0.1:5071
max_contacts = 2
[alice]
type = auth
auth_type = userpass
username = alice
password = hush-hush
[bob](phone)
[bob](+)
pickup_group = 1
[bob]
type = aor
[bob](+type=aor)
qualify_frequency = 2
qualify_timeout = 1.5
";

fn read(text: &str) -> (Pjsip, Vec<String>) {
    let (config, language) = parse_text("pjsip.conf", text);
    assert_eq!(language, []);
    let (pjsip, diagnostics) = load(&config);
    (pjsip, diagnostics.iter().map(ToString::to_string).collect())
}

/// What is said about a text beside the sound base.
fn said(text: &str) -> Vec<String> {
    let shift = BASE.lines().count();
    let (_, said) = read(&format!("{BASE}{text}"));
    said.iter()
        .map(|line| {
            let mut parts = line.splitn(3, ':');
            parts.next();
            let number: usize = parts.next().unwrap().parse().unwrap();
            format!("{}:{}", number.saturating_sub(shift), parts.next().unwrap())
        })
        .collect()
}

#[test]
fn a_sound_file_is_read_without_a_word() {
    let (pjsip, said) = read(BASE);
    assert_eq!(said, [""; 0]);
    let alice = &pjsip.endpoints["alice"];
    assert_eq!(alice.context, "gold");
    assert_eq!(
        (&alice.aors[..], &alice.auth[..]),
        (&["alice".to_owned()][..], &["alice".to_owned()][..])
    );
    let codecs: Vec<_> = alice
        .media
        .codecs
        .iter()
        .map(|codec| (codec.name, codec.frame_ms))
        .collect();
    assert_eq!(codecs, [("ulaw", None), ("alaw", Some(20))]);
    assert!(!alice.media.direct);
    assert_eq!(alice.media.dtmf_mode, DtmfMode::Info);
    assert_eq!(alice.groups.call, 0b11_1010);
    assert_eq!(alice.set_var[1], ("B".to_owned(), "x=y".to_owned()));
    assert_eq!(alice.identity.callerid.name.as_deref(), Some("Alice"));
    assert_eq!(alice.identity.callerid.number.as_deref(), Some("1001"));
    assert_eq!(alice.settings.text("dtmf_mode"), "info");
    assert_eq!(alice.settings.text("timers_sess_expires"), "1800");
    assert_eq!(pjsip.endpoints["bob"].groups.pickup, 2);
    assert_eq!(pjsip.aors["bob"].qualify_timeout, Duration::from_millis(1_500));
    assert_eq!(
        pjsip.aors["alice"].contacts[0].origin.to_string(),
        "pjsip.conf:22"
    );
    assert_eq!(
        pjsip.auths["alice"].password.as_ref().unwrap().expose(),
        "hush-hush"
    );
    assert_eq!(
        pjsip.transports["transport-udp"].bind.to_string(),
        "127.0.0.1:5060"
    );
    assert!(pjsip.transports["transport-udp"].is_outside([192, 0, 2, 1].into()));
    assert!(!pjsip.transports["transport-udp"].is_outside([10, 2, 3, 4].into()));
    assert_eq!(
        pjsip.endpoints["alice"].settings.iter().count(),
        tables::ENDPOINT.options.len()
    );
}

#[test]
fn secrets_do_not_show() {
    let (pjsip, _) = read(BASE);
    assert!(!format!("{pjsip:?}").contains("hush-hush"));
    let hash = "zz".repeat(16);
    let said = said(&format!("[x]\ntype=auth\nusername=x\nmd5_cred={hash}\n"));
    assert!(!said.join("\n").contains(&hash), "{said:?}");
    assert!(said[0].contains("'md5_cred' is not a hash"), "{said:?}");
}

const MISTAKES: &[(&str, &[&str])] = &[
    (
        "[a](phone)\ndirect_meda=no\n",
        &["2: warning: 'direct_meda' is not a known option of endpoint; 'direct_media' may be meant."],
    ),
    (
        "[a](phone)\nt38_udptl=yes\n",
        &["2: warning: 't38_udptl' of endpoint is known but not honoured by this host."],
    ),
    ("[a](phone)\nt38_udptl=off\nDirect_Media=YES\n", &[]),
    (
        "[a](phone)\ndirect_media=perhaps\n",
        &[
            "2: error: 'direct_media' must be yes or no, not 'perhaps'.",
            "1: error: endpoint [a] is left out because of its errors.",
        ],
    ),
    (
        "[a](phone)\nallow=ulow\n",
        &["2: warning: 'ulow' is not a known codec."],
    ),
    (
        "[a](phone)\naors=nobody\n",
        &["1: error: endpoint [a] names the aor 'nobody', which does not exist."],
    ),
    (
        "[a]\ntype=aor\nmax_contacts=many\n[a](phone)\naors=a\n",
        &[
            "3: error: 'max_contacts' must be a whole number from 0 to 100000, not 'many'.",
            "1: error: aor [a] is left out because of its errors.",
            "4: error: endpoint [a] names the aor 'a', which was left out because of its errors.",
        ],
    ),
    (
        "[a](phone)\n[a](phone)\n",
        &["2: error: [a] is a second endpoint of this name and is left out."],
    ),
    ("[a]\nk=v\n", &["1: warning: [a] has no type and is left out."]),
    (
        "[a]\ntype=phoneprov\n",
        &["2: warning: [a] has the type 'phoneprov', which this host does not honour."],
    ),
    (
        "[a]\ntype=frob\n",
        &["2: warning: [a] has the type 'frob', which is not known."],
    ),
    (
        "[t]\ntype=transport\nprotocol=tls\nbind=::1\n",
        &["3: warning: the protocol 'tls' is not served by this host."],
    ),
    (
        "[t]\ntype=transport\n",
        &[
            "1: error: transport [t] has no bind address.",
            "1: error: transport [t] is left out because of its errors.",
        ],
    ),
    (
        "[i]\ntype=identify\nendpoint=alice\nmatch=10.0.0.0/99\n",
        &[
            "4: error: 'match' must be IP addresses, networks or host names, not '10.0.0.0/99'.",
            "1: error: identify [i] needs something to match.",
            "1: error: identify [i] is left out because of its errors.",
        ],
    ),
    (
        "[i]\ntype=identify\nendpoint=zoe\nmatch=10.0.0.1\n",
        &["1: error: identify [i] names the endpoint 'zoe', which does not exist."],
    ),
    (
        "[r]\ntype=registration\nserver_uri=sip:a\nclient_uri=b\n",
        &[
            "4: error: 'client_uri' must be a sip: or sips: URI, not 'b'.",
            "1: error: registration [r] is left out because of its errors.",
        ],
    ),
    (
        "[g]\ntype=global\nmax_forwards=0\n[h]\ntype=global\n",
        &[
            "3: error: 'max_forwards' must be a whole number from 1 to 255, not '0'.",
            "4: error: [h] is a second global section and is left out.",
        ],
    ),
];

#[test]
fn every_mistake_is_said_with_its_line() {
    for (text, expected) in MISTAKES {
        assert_eq!(said(text), *expected, "{text}");
    }
}

#[test]
fn a_mistyped_restriction_never_opens() {
    let text = "[a](phone)\ndeny=0.0.0.0/0\npermit=10.0.0.0/33\n[b](phone)\nauth=\n";
    let (pjsip, _) = read(&format!("{BASE}{text}"));
    assert!(!pjsip.endpoints.contains_key("a"));
    assert!(
        said(text)
            .iter()
            .any(|line| line.contains("[b] has an empty auth"))
    );
    let (pjsip, said) = read("[a]\ntype=endpoint\nallow=ulaw\nauth=gone\n");
    assert_eq!(pjsip.endpoints["a"].auth, ["gone"]);
    assert_eq!(said.len(), 2, "{said:?}");
}

#[test]
fn rules_and_identifies_admit_addresses() {
    let text = "[a](phone)\ndeny=0.0.0.0/0.0.0.0\npermit=192.0.2.0/255.255.255.0,10.1.2.3\n\
        [i]\ntype=identify\nendpoint=alice\nmatch=192.0.2.7,2001:db8::/32\nmatch=trunk.example\n";
    let (pjsip, said) = read(&format!("{BASE}{text}"));
    assert_eq!(said, [""; 0]);
    let table = [
        ("192.0.2.9", true),
        ("192.0.3.9", false),
        ("10.1.2.3", true),
        ("10.1.2.4", false),
    ];
    for (address, expected) in table {
        let address: IpAddr = address.parse().unwrap();
        assert_eq!(
            is_permitted(&pjsip.endpoints["a"].rules, address),
            expected,
            "{address}"
        );
    }
    let identify = &pjsip.identifies["i"];
    assert_eq!(identify.matches[2], Match::Host("trunk.example".to_owned()));
    for (address, expected) in [
        ("192.0.2.7", true),
        ("::ffff:192.0.2.7", true),
        ("2001:db8:9::1", true),
    ]
    .into_iter()
    .chain([("192.0.2.8", false), ("2001:db9::1", false)])
    {
        assert_eq!(identify.admits(address.parse().unwrap()), expected, "{address}");
    }
}

#[test]
fn codecs_follow_the_order_of_the_lines() {
    let table = [
        ("allow=ulaw\ndisallow=all\nallow=g722,alaw\n", "g722 alaw"),
        ("allow=!all,alaw\n", "alaw"),
        ("allow=ulaw,alaw,gsm\ndisallow=ALAW\n", "ulaw gsm"),
        ("allow=(ulaw)\nallow=ulaw\n", "ulaw"),
    ];
    for (text, expected) in table {
        let (pjsip, _) = read(&format!("[a]\ntype=endpoint\n{text}"));
        let names: Vec<_> = pjsip.endpoints["a"]
            .media
            .codecs
            .iter()
            .map(|codec| codec.name)
            .collect();
        assert_eq!(names.join(" "), expected, "{text}");
    }
    let (pjsip, _) = read("[a]\ntype=endpoint\nallow=all\n");
    assert_eq!(pjsip.endpoints["a"].media.codecs.len(), CODECS.len());
}

#[test]
fn hashes_stand_in_for_passwords() {
    let text = format!(
        "[a]\ntype=auth\nusername=a\npassword_digest=SHA-256:{}\npassword_digest=MD5:{}\n[b]\ntype=auth\nauth_type=md5\n\
         username=b\nmd5_cred={}\n",
        "aB".repeat(32),
        "0".repeat(32),
        "1".repeat(32)
    );
    let (pjsip, said) = read(&text);
    assert_eq!(said, [""; 0]);
    let digests = &pjsip.auths["a"].digests;
    assert_eq!(
        (digests[0].algorithm, digests[0].hash.expose()),
        (DigestAlgorithm::Sha256, &*"ab".repeat(32))
    );
    assert_eq!(digests[1].algorithm, DigestAlgorithm::Md5);
    assert_eq!(pjsip.auths["b"].digests.len(), 1);
}

#[test]
fn tables_are_sorted_and_their_defaults_read() {
    let all = [
        &tables::ENDPOINT,
        &tables::TRANSPORT,
        &tables::AUTH,
        &tables::AOR,
        &tables::IDENTIFY,
        &tables::REGISTRATION,
        &tables::GLOBAL,
        &tables::SYSTEM,
        &tables::ACL,
    ];
    for table in all {
        assert!(
            table.options.is_sorted_by(|a, b| a.name < b.name),
            "{}",
            table.what
        );
    }
    // Reading objects without options takes every default through its reader.
    let kinds = ["transport", "endpoint", "auth", "aor", "identify", "registration"];
    let text: String = kinds
        .iter()
        .map(|kind| format!("[{kind}]\ntype={kind}\n"))
        .collect();
    let (pjsip, _) = read(&text);
    let endpoint = &pjsip.endpoints["endpoint"];
    assert_eq!(endpoint.identify_by, [IdentifyBy::Username, IdentifyBy::Ip]);
    assert_eq!(pjsip.global.endpoint_identifier_order.len(), 3);
    assert_eq!(pjsip.system.timer_b, Duration::from_secs(32));
    assert_eq!(pjsip.aors["aor"].maximum_expiration, 7_200);
}

#[test]
fn a_mistake_in_a_template_is_said_once() {
    let mut text =
        "[t](!)\ntype=endpoint\nallow=ulaw\nfrob=1\n[u]\ntype=transport\nbind=127.0.0.1\n".to_owned();
    for n in 0..100 {
        text += &format!("[{n}](t)\n");
    }
    assert_eq!(
        read(&text).1,
        ["pjsip.conf:4: warning: 'frob' is not a known option of endpoint."]
    );
}
