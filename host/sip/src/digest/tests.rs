//! Digest answers against the published examples, and the server's judgement of them.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use super::client::{answer, answer_again, pick};
use super::server::{Authenticator, NonceSettings, Presented, Verdict};
use super::{Algorithm, Authorization, Challenge, Credentials, Qop, Secret};
use crate::method::Method;

const SOURCE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
const NOW: Duration = Duration::from_secs(1000);

fn alice() -> Credentials {
    Credentials {
        username: "alice".into(),
        secret: Secret::Plain("open sesame".into()),
    }
}

fn authenticator() -> Authenticator {
    Authenticator::new(
        [7; 32],
        NonceSettings {
            lifetime: Duration::from_secs(30),
            max_tracked: 3,
        },
    )
}

struct Attempt {
    challenge: Challenge,
    credentials: Credentials,
    count: u32,
}

fn attempt(server: &mut Authenticator, algorithm: Algorithm) -> Attempt {
    Attempt {
        challenge: server.challenge(NOW, SOURCE, "pbx", algorithm),
        credentials: alice(),
        count: 1,
    }
}

impl Attempt {
    fn authorization(&self) -> Authorization {
        let use_of_nonce = Qop::new(self.count, "0a4f113b");
        let made = answer_again(
            &self.challenge,
            &self.credentials,
            &Method::Register,
            "sip:pbx",
            use_of_nonce,
        )
        .unwrap();
        // Through the wire and back.
        Authorization::parse(&made.to_string()).unwrap()
    }

    fn judge(&self, server: &mut Authenticator, now: Duration) -> Verdict {
        judge(server, now, &self.authorization())
    }
}

fn judge(server: &mut Authenticator, now: Duration, authorization: &Authorization) -> Verdict {
    let presented = Presented {
        authorization,
        method: &Method::Register,
        source: SOURCE,
    };
    server.verify(now, presented, "pbx", Some(&alice()))
}

/// The example of RFC 2617 section 3.5.
#[test]
fn md5_with_qop_matches_the_published_example() {
    let challenge = Challenge::parse(
        "Digest realm=\"testrealm@host.com\", qop=\"auth,auth-int\", \
         nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"",
    )
    .unwrap();
    let mufasa = Credentials {
        username: "Mufasa".into(),
        secret: Secret::Plain("Circle Of Life".into()),
    };
    let get = Method::Other("GET".into());
    let made = answer(&challenge, &mufasa, &get, "/dir/index.html", "0a4f113b").unwrap();
    assert_eq!(made.response, "6629fae49393a05397450978507c4ef1");
    assert_eq!(made.opaque.as_deref(), Some("5ccc069c403ebaf9f0171e9517f40e41"));
}

/// The example of RFC 7616 section 3.9.1.
#[test]
fn sha256_matches_the_published_example() {
    let challenge = Challenge::parse(
        "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=SHA-256, \
         nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", \
         opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"",
    )
    .unwrap();
    let mufasa = Credentials {
        username: "Mufasa".into(),
        secret: Secret::Plain("Circle of Life".into()),
    };
    let get = Method::Other("GET".into());
    let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
    let made = answer(&challenge, &mufasa, &get, "/dir/index.html", cnonce).unwrap();
    assert_eq!(
        made.response,
        "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
    );
}

/// RFC 2069's form with the values of its errata (also section 3.5 of RFC 2617 without qop).
#[test]
fn md5_without_qop_matches_the_published_example() {
    let challenge =
        Challenge::parse("Digest realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"")
            .unwrap();
    let mufasa = Credentials {
        username: "Mufasa".into(),
        secret: Secret::Plain("CircleOfLife".into()),
    };
    let get = Method::Other("GET".into());
    let made = answer(&challenge, &mufasa, &get, "/dir/index.html", "unused").unwrap();
    assert_eq!(made.response, "1949323746fe6a43ef61f9606e7febea");
    assert!(!made.to_string().contains("cnonce"));
}

#[test]
fn right_answers_are_accepted_by_every_algorithm_and_stored_form() {
    for algorithm in [Algorithm::Md5, Algorithm::Sha256] {
        let mut server = authenticator();
        let attempt = attempt(&mut server, algorithm);
        let authorization = attempt.authorization();
        let hash = algorithm.ha1("alice", "pbx", "open sesame");
        let stored = match algorithm {
            Algorithm::Md5 => Secret::Ha1Md5(hash),
            Algorithm::Sha256 => Secret::Ha1Sha256(hash),
        };
        let known = Credentials {
            username: "alice".into(),
            secret: stored,
        };
        let presented = Presented {
            authorization: &authorization,
            method: &Method::Register,
            source: SOURCE,
        };
        assert_eq!(
            server.verify(NOW, presented, "pbx", Some(&known)),
            Verdict::Accepted
        );
    }
}

#[test]
fn wrong_password_name_realm_and_unknown_accounts_are_refused() {
    let mut server = authenticator();
    let mut attempt = attempt(&mut server, Algorithm::Md5);
    attempt.credentials.secret = Secret::Plain("open".into());
    assert_eq!(attempt.judge(&mut server, NOW), Verdict::Refused);
    attempt.credentials = Credentials {
        username: "bob".into(),
        ..alice()
    };
    assert_eq!(attempt.judge(&mut server, NOW), Verdict::Refused);
    attempt.credentials = alice();
    attempt.challenge.realm = "elsewhere".into();
    assert_eq!(attempt.judge(&mut server, NOW), Verdict::Refused);
    attempt.challenge.realm = "pbx".into();
    let authorization = attempt.authorization();
    let presented = Presented {
        authorization: &authorization,
        method: &Method::Register,
        source: SOURCE,
    };
    assert_eq!(server.verify(NOW, presented, "pbx", None), Verdict::Refused);
    let invite = Presented {
        method: &Method::Invite,
        ..presented
    };
    assert_eq!(
        server.verify(NOW, invite, "pbx", Some(&alice())),
        Verdict::Refused
    );
    assert_eq!(
        server.verify(NOW, presented, "pbx", Some(&alice())),
        Verdict::Accepted
    );
}

#[test]
fn a_count_serves_once_and_must_rise() {
    let mut server = authenticator();
    let mut attempt = attempt(&mut server, Algorithm::Sha256);
    assert_eq!(attempt.judge(&mut server, NOW), Verdict::Accepted);
    assert_eq!(attempt.judge(&mut server, NOW), Verdict::Stale);
    attempt.count = 5;
    assert_eq!(attempt.judge(&mut server, NOW), Verdict::Accepted);
    attempt.count = 4;
    assert_eq!(attempt.judge(&mut server, NOW), Verdict::Stale);
}

#[test]
fn a_nonce_grows_stale_and_serves_only_its_address() {
    let mut server = authenticator();
    let attempt = attempt(&mut server, Algorithm::Md5);
    assert_eq!(
        attempt.judge(&mut server, NOW + Duration::from_secs(31)),
        Verdict::Stale
    );
    let authorization = attempt.authorization();
    let elsewhere = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));
    let presented = Presented {
        authorization: &authorization,
        method: &Method::Register,
        source: elsewhere,
    };
    assert_eq!(
        server.verify(NOW, presented, "pbx", Some(&alice())),
        Verdict::UnknownNonce
    );
    let mut forged = authorization.clone();
    forged.nonce.replace_range(0..1, "f");
    assert_eq!(judge(&mut server, NOW, &forged), Verdict::UnknownNonce);
    forged.nonce = "é".repeat(40);
    assert_eq!(judge(&mut server, NOW, &forged), Verdict::UnknownNonce);
    assert_eq!(
        attempt.judge(&mut server, NOW + Duration::from_secs(30)),
        Verdict::Accepted
    );
}

#[test]
fn clients_without_qop_may_use_a_nonce_until_it_is_old() {
    let mut server = authenticator();
    let mut attempt = attempt(&mut server, Algorithm::Md5);
    attempt.challenge.has_qop_auth = false;
    assert_eq!(attempt.judge(&mut server, NOW), Verdict::Accepted);
    assert_eq!(attempt.judge(&mut server, NOW), Verdict::Accepted);
    assert_eq!(server.tracked(), 0);
}

#[test]
fn the_count_table_is_bounded_and_forgotten_nonces_cannot_be_replayed() {
    let mut server = authenticator();
    let attempts = (0..5)
        .map(|_| attempt(&mut server, Algorithm::Md5))
        .collect::<Vec<_>>();
    for attempt in &attempts {
        assert_eq!(attempt.judge(&mut server, NOW), Verdict::Accepted);
    }
    assert_eq!(server.tracked(), 3);
    for attempt in &attempts {
        assert_eq!(attempt.judge(&mut server, NOW), Verdict::Stale);
    }
}

#[test]
fn the_uri_is_hashed_as_sent() {
    let mut server = authenticator();
    let attempt = attempt(&mut server, Algorithm::Md5);
    let odd = "SIP:pbx:05060;Transport=%75dp";
    let made = answer(&attempt.challenge, &alice(), &Method::Register, odd, "c").unwrap();
    let read = Authorization::parse(&made.to_string()).unwrap();
    assert_eq!(read.uri, odd);
    assert_eq!(judge(&mut server, NOW, &read), Verdict::Accepted);
}

#[test]
fn what_cannot_be_spoken_is_not_read() {
    for value in [
        "Basic realm=\"x\"",
        "Digest realm=\"x\"",
        "Digest realm=\"x\", nonce=\"y\", algorithm=MD5-sess",
        "Digest realm=\"x\", nonce=\"y\", qop=\"auth-int\"",
        "Digest realm=\"x\", nonce=\"y",
        "Digest realm=\"x\", realm=\"y\", nonce=\"z\"",
        "Digest",
        "",
    ] {
        assert_eq!(Challenge::parse(value), None, "{value}");
    }
    assert_eq!(
        Authorization::parse("Digest username=\"a\", realm=\"b\", nonce=\"c\", uri=\"d\""),
        None
    );
}

#[test]
fn challenges_round_trip_and_the_strongest_is_picked() {
    let mut server = authenticator();
    let mut md5 = server.challenge(NOW, SOURCE, "a \"quoted\" realm", Algorithm::Md5);
    md5.is_stale = true;
    let sha = server.challenge(NOW, SOURCE, "a \"quoted\" realm", Algorithm::Sha256);
    assert_eq!(Challenge::parse(&md5.to_string()).as_ref(), Some(&md5));
    assert_eq!(Challenge::parse(&sha.to_string()).as_ref(), Some(&sha));
    let challenges = [md5, sha];
    assert_eq!(pick(&challenges, &alice()), Some(&challenges[1]));
    let only_md5 = Credentials {
        secret: Secret::Ha1Md5("0".repeat(32)),
        ..alice()
    };
    assert_eq!(pick(&challenges, &only_md5), Some(&challenges[0]));
}

#[test]
fn secrets_are_not_printed() {
    assert!(!format!("{:?}", alice()).contains("sesame"));
}
