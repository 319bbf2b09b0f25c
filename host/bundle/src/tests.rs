//! Bundles as their makers write them, and as those would who mean ill.

use crate::archive;
use crate::{Bundle, COMPONENT_MAX, Fault, SecretKey, Trust, TrustedKey, hex};
use sha2::{Digest, Sha256};

const MANIFEST: &str = "id = \"router\"\nversion = \"1.2.0\"\nworlds = [\"router\"]\n";
const BLOCK: usize = 512;

fn bundle() -> Bundle {
    let sbom = Some("{\"bomFormat\":\"CycloneDX\"}".to_owned());
    Bundle::new(MANIFEST.to_owned(), b"\0asm\x0d\0\x01\0".repeat(100), None, sbom).unwrap()
}

fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed([seed; 32])
}

fn trust(seed: u8, plugins: &[&str]) -> Trust {
    let mut trust = Trust::default();
    assert!(trust.add(TrustedKey {
        name: "us".to_owned(),
        key: key(seed).public(),
        plugins: plugins.iter().map(|&plugin| plugin.to_owned()).collect(),
    }));
    trust
}

/// An archive of any entries, right in all but what they are.
fn archive(entries: &[(&'static str, &[u8])]) -> Vec<u8> {
    archive::write(entries)
}

fn digests(entries: &[(&'static str, &[u8])]) -> String {
    entries
        .iter()
        .map(|(name, body)| format!("{}  {name}\n", hex(&Sha256::digest(body))))
        .collect()
}

#[test]
fn the_same_parts_are_the_same_bytes_and_come_back_as_they_were() {
    let signed = bundle().signed(&key(1));
    let bytes = signed.to_bytes();
    assert_eq!(bytes, bundle().signed(&key(1)).to_bytes());
    assert_eq!(Bundle::read(&bytes), Ok(signed.clone()));
    assert_eq!(signed.manifest(), MANIFEST);
    assert_eq!(signed.wit(), None);
    assert_eq!(signed.digest(), bundle().digest());
    assert_eq!(bytes.len() % BLOCK, 0);
}

#[test]
fn a_bundle_is_an_archive_that_tar_reads() {
    let bytes = bundle().signed(&key(1)).to_bytes();
    assert_eq!(&bytes[..8], b"digests\0");
    assert_eq!(&bytes[257..265], b"ustar\x0000");
    // The sum of a header's bytes with blanks in place of the sum.
    let mut header = bytes[..BLOCK].to_vec();
    let said = String::from_utf8(header[148..154].to_vec()).unwrap();
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    assert_eq!(u32::from_str_radix(&said, 8), Ok(sum));
}

#[test]
fn no_bit_can_be_changed_and_no_byte_left_out() {
    let bytes = bundle().signed(&key(1)).to_bytes();
    let trust = trust(1, &[]);
    let is_good = |bytes: &[u8]| Bundle::read(bytes).and_then(|bundle| trust.signer(&bundle, "router"));
    assert!(is_good(&bytes).is_ok());
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        assert!(is_good(&changed).is_err(), "byte {at}");
    }
    for end in 0..bytes.len() {
        assert!(Bundle::read(&bytes[..end]).is_err(), "the first {end}");
    }
    assert_eq!(Bundle::read(&bytes[..BLOCK * 3]), Err(Fault::Truncated));
    let longer = [bytes.as_slice(), &[0; BLOCK]].concat();
    assert_eq!(Bundle::read(&longer), Err(Fault::TrailingBytes));
    assert_eq!(Bundle::read(b""), Err(Fault::NotABundle));
    assert_eq!(Bundle::read(&[0; 2 * BLOCK]), Err(Fault::NotABundle));
}

#[test]
fn names_and_their_order_are_fixed() {
    let part: (&str, &[u8]) = ("plugin.toml", MANIFEST.as_bytes());
    let wasm: (&str, &[u8]) = ("component.wasm", b"\0asm");
    let list = digests(&[part, wasm]);
    let listed: (&str, &[u8]) = ("digests", list.as_bytes());
    assert!(Bundle::read(&archive(&[listed, part, wasm])).is_ok());
    for (entries, fault) in [
        (
            vec![listed, part, part, wasm],
            Fault::DuplicateEntry("plugin.toml"),
        ),
        (
            vec![listed, part, wasm, wasm],
            Fault::DuplicateEntry("component.wasm"),
        ),
        (vec![listed, wasm, part], Fault::OutOfOrder("plugin.toml")),
        (vec![part, listed, wasm], Fault::OutOfOrder("digests")),
        (vec![part, wasm], Fault::Missing("digests")),
        (vec![listed, wasm], Fault::Missing("plugin.toml")),
        (vec![listed, part], Fault::Missing("component.wasm")),
        (
            vec![listed, ("../../etc/passwd", b"x"), part, wasm],
            Fault::UnknownEntry("../../etc/passwd".to_owned()),
        ),
        (
            vec![listed, ("/bin/sh", b"x")],
            Fault::UnknownEntry("/bin/sh".to_owned()),
        ),
        (
            vec![listed, ("signature", b"ed25519 00"), part, wasm],
            Fault::SignatureUnreadable,
        ),
        (
            vec![listed, ("plugin.toml", b"\xff"), wasm],
            Fault::NotText("plugin.toml"),
        ),
    ] {
        assert_eq!(Bundle::read(&archive(&entries)), Err(fault));
    }
}

#[test]
fn what_is_too_large_is_refused_by_its_header_alone() {
    let huge = vec![b'#'; 64 * 1024 + 1];
    let packed = Bundle::new(String::from_utf8(huge.clone()).unwrap(), Vec::new(), None, None);
    let fault = Fault::TooLarge {
        entry: "plugin.toml",
        size: 65_537,
        max: 65_536,
    };
    assert_eq!(packed, Err(fault.clone()));
    assert_eq!(
        Bundle::read(&archive(&[("digests", b""), ("plugin.toml", &huge)])),
        Err(fault)
    );
    // A header that promises what does not follow.
    let mut bytes = archive(&[("digests", b""), ("component.wasm", b"")]);
    let (at, size) = (BLOCK, COMPONENT_MAX + 1);
    bytes[at + 124..at + 135].copy_from_slice(format!("{size:011o}").as_bytes());
    bytes[at + 148..at + 156].fill(b' ');
    let sum: u32 = bytes[at..at + BLOCK].iter().map(|byte| u32::from(*byte)).sum();
    bytes[at + 148..at + 156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let fault = Fault::TooLarge {
        entry: "component.wasm",
        size,
        max: COMPONENT_MAX,
    };
    assert_eq!(Bundle::read(&bytes), Err(fault));
}

#[test]
fn parts_that_were_exchanged_or_left_out_are_found() {
    let manifest: (&str, &[u8]) = ("plugin.toml", MANIFEST.as_bytes());
    type Entry<'a> = (&'a str, &'a [u8]);
    let (wasm, other): (Entry<'_>, Entry<'_>) = (("component.wasm", b"one"), ("component.wasm", b"two"));
    let sbom: (&str, &[u8]) = ("sbom.cdx.json", b"{}");
    let list = digests(&[manifest, sbom, wasm]);
    let listed: (&str, &[u8]) = ("digests", list.as_bytes());
    let read = |entries: &[(&'static str, &[u8])]| Bundle::read(&archive(entries)).unwrap_err();
    assert_eq!(
        read(&[listed, manifest, sbom, other]),
        Fault::DigestMismatch("component.wasm")
    );
    assert_eq!(read(&[listed, manifest, wasm]), Fault::DigestsIncomplete);
    let wit: (&str, &[u8]) = ("plugin.wit", b"package a:b;");
    assert_eq!(
        read(&[listed, manifest, wit, sbom, wasm]),
        Fault::DigestsIncomplete
    );
    let short = digests(&[manifest]);
    assert_eq!(
        read(&[("digests", short.as_bytes()), manifest, wasm]),
        Fault::DigestsIncomplete
    );
}

#[test]
fn only_a_trusted_key_s_own_signature_counts() {
    let trusting = trust(1, &[]);
    let signer = trusting.signer(&bundle().signed(&key(1)), "router").unwrap();
    assert_eq!((signer.name.as_str(), signer.key), ("us", key(1).public().id()));
    assert_eq!(trusting.signer(&bundle(), "router"), Err(Fault::Unsigned));
    let stranger = bundle().signed(&key(2));
    assert_eq!(
        trusting.signer(&stranger, "router"),
        Err(Fault::UnknownKey(key(2).public().id()))
    );
    // A stranger's signature under our key's name.
    let text = String::from_utf8_lossy(&stranger.to_bytes()).into_owned();
    assert!(text.contains(&key(2).public().id().to_string()));
    let forged = stranger
        .to_bytes()
        .windows(16)
        .position(|window| window == key(2).public().id().to_string().as_bytes())
        .map(|at| {
            let mut bytes = stranger.to_bytes();
            bytes[at..at + 16].copy_from_slice(key(1).public().id().to_string().as_bytes());
            Bundle::read(&bytes).unwrap()
        });
    let ours = key(1).public().id();
    assert_eq!(
        trusting.signer(&forged.unwrap(), "router"),
        Err(Fault::BadSignature(ours))
    );
    // A signature of another bundle of ours.
    let other = Bundle::new(MANIFEST.replace("1.2.0", "1.3.0"), b"x".to_vec(), None, None).unwrap();
    assert_ne!(
        other.clone().signed(&key(1)).signature(),
        bundle().signed(&key(1)).signature()
    );
}

#[test]
fn a_key_may_be_trusted_for_some_plugins_only() {
    let trust = trust(1, &["acme-*", "router"]);
    let signed = bundle().signed(&key(1));
    assert!(trust.signer(&signed, "router").is_ok());
    assert!(trust.signer(&signed, "acme-menu").is_ok());
    assert!(matches!(
        trust.signer(&signed, "routers"),
        Err(Fault::KeyNotFor { .. })
    ));
}

#[test]
fn keys_are_written_and_read_again() {
    let secret = key(9);
    let again = SecretKey::parse(&secret.to_text()).unwrap();
    assert_eq!(again.public(), secret.public());
    let public = crate::PublicKey::parse(&secret.public().to_text("made on Monday")).unwrap();
    assert_eq!(public, secret.public());
    assert!(!format!("{secret:?}").contains(&hex(&[9; 32])));
    for text in ["", "ucx-secret-key ed25519 00", &secret.public().to_text("")] {
        assert!(matches!(SecretKey::parse(text), Err(Fault::NotAKey(_))), "{text}");
    }
    // The point of order one, for which every message has the same signature.
    let weak = format!("01{}", "00".repeat(31));
    assert_eq!(
        crate::PublicKey::parse(&weak),
        Err(Fault::NotAKey("anybody can sign for it"))
    );
}
