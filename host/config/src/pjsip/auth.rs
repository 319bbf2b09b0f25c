//! `type=auth`: credentials.

use std::fmt;

use crate::diagnostic::{Diagnostic, Origin};
use crate::options::{Reader, Settings};
use crate::value::Expected;

/// A text that never shows in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The hash of a digest (RFC 8760).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DigestAlgorithm {
    /// MD5.
    Md5,
    /// SHA-256.
    Sha256,
    /// SHA-512/256.
    Sha512256,
}

const ALGORITHMS: [(&str, DigestAlgorithm); 3] = [
    ("MD5", DigestAlgorithm::Md5),
    ("SHA-256", DigestAlgorithm::Sha256),
    ("SHA-512-256", DigestAlgorithm::Sha512256),
];

impl DigestAlgorithm {
    fn hex_digits(self) -> usize {
        match self {
            Self::Md5 => 32,
            Self::Sha256 | Self::Sha512256 => 64,
        }
    }
}

/// A hash of `user:realm:password` kept in place of the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// The hash used.
    pub algorithm: DigestAlgorithm,
    /// Its value in lower-case hexadecimal.
    pub hash: Secret,
}

/// How the section says it authenticates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthKind {
    /// Password or hashes, the current form.
    Digest,
    /// A password (older form).
    UserPass,
    /// An MD5 hash (older form).
    Md5,
}

const KINDS: [(&str, AuthKind); 3] = [
    ("digest", AuthKind::Digest),
    ("userpass", AuthKind::UserPass),
    ("md5", AuthKind::Md5),
];

/// Credentials of an endpoint or towards one.
#[derive(Debug, Clone)]
pub struct Auth {
    /// Its name.
    pub name: String,
    /// Its header's place.
    pub origin: Origin,
    /// How it authenticates.
    pub kind: AuthKind,
    /// The user.
    pub username: String,
    /// The password, if it is written plainly.
    pub password: Option<Secret>,
    /// Hashes in place of a password, or beside it.
    pub digests: Vec<Digest>,
    /// The realm; none means the global default inwards and any realm outwards.
    pub realm: Option<String>,
    /// Seconds a nonce stays good.
    pub nonce_lifetime: u32,
    /// Algorithms to answer challenges with, best first.
    pub algorithms_uac: Vec<DigestAlgorithm>,
    /// Algorithms to challenge with, best first.
    pub algorithms_uas: Vec<DigestAlgorithm>,
    /// All options as text, secrets among them.
    pub settings: Settings,
}

impl Auth {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let section = reader.section();
        let auth = Self {
            name: section.name.clone(),
            origin: section.origin.clone(),
            kind: reader.choice("auth_type", &KINDS),
            username: reader.text("username"),
            password: reader.optional("password").map(Secret),
            digests: digests(reader),
            realm: reader.optional("realm"),
            nonce_lifetime: reader.number("nonce_lifetime", 1..=86_400),
            algorithms_uac: algorithms(reader, "supported_algorithms_uac"),
            algorithms_uas: algorithms(reader, "supported_algorithms_uas"),
            settings: reader.settings(),
        };
        let lacks = match auth.kind {
            _ if auth.username.is_empty() => Some("a username"),
            AuthKind::UserPass if auth.password.is_none() => Some("a password"),
            AuthKind::Md5 if auth.digests.is_empty() => Some("an md5_cred"),
            AuthKind::Digest if auth.password.is_none() && auth.digests.is_empty() => {
                Some("a password or a password_digest")
            }
            AuthKind::Digest | AuthKind::UserPass | AuthKind::Md5 => None,
        };
        if let Some(lacks) = lacks {
            let message = format!("auth [{}] needs {lacks}", auth.name);
            reader.fail(Diagnostic::error(&auth.origin, message));
        }
        auth
    }
}

pub(super) fn algorithm(text: &str) -> Result<DigestAlgorithm, Expected> {
    crate::value::choice(text, &ALGORITHMS)
}

pub(super) fn algorithms(reader: &mut Reader<'_>, name: &str) -> Vec<DigestAlgorithm> {
    let written = reader.each(name, algorithm);
    if written.is_empty() {
        vec![DigestAlgorithm::Md5]
    } else {
        written
    }
}

/// Both spellings of hashes; what is wrong with one is said without showing it.
fn digests(reader: &mut Reader<'_>) -> Vec<Digest> {
    let mut digests = Vec::new();
    for entry in reader.section().entries.iter() {
        let parts = if entry.has_key("md5_cred") {
            if entry.value.is_empty() {
                continue;
            }
            Ok((DigestAlgorithm::Md5, entry.value.as_str()))
        } else if entry.has_key("password_digest") {
            let (name, hash) = entry.value.split_once(':').unwrap_or(("", &entry.value));
            algorithm(name).map(|algorithm| (algorithm, hash))
        } else {
            continue;
        };
        match parts {
            Ok((algorithm, hash)) if is_hash(hash, algorithm) => {
                digests.push(Digest {
                    algorithm,
                    hash: Secret(hash.to_ascii_lowercase()),
                });
            }
            Ok(_) | Err(_) => {
                let message = format!(
                    "'{}' is not a hash of a known algorithm in hexadecimal",
                    entry.key
                );
                reader.fail(Diagnostic::error(&entry.origin, message));
            }
        }
    }
    digests
}

fn is_hash(text: &str, algorithm: DigestAlgorithm) -> bool {
    text.len() == algorithm.hex_digits() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
