//! Who a request comes from: digest challenges and answers, both sides (RFC 7616, RFC 2617, RFC 8760).

pub mod client;
pub mod server;

mod fields;
#[cfg(test)]
mod tests;

use std::fmt::{self, Write as _};

use md5::Md5;
use sha2::Sha256;

/// Which hash a digest is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    Md5,
    Sha256,
}

impl Algorithm {
    /// Reads the `algorithm` token; `None` for those not spoken here (`-sess` forms, SHA-512-256).
    pub fn parse(text: &str) -> Option<Self> {
        if text.eq_ignore_ascii_case("MD5") {
            Some(Self::Md5)
        } else if text.eq_ignore_ascii_case("SHA-256") {
            Some(Self::Sha256)
        } else {
            None
        }
    }

    /// The spelling on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
        }
    }

    /// The lower-case hexadecimal hash of the parts joined by colons.
    pub fn hash(self, parts: &[&[u8]]) -> String {
        match self {
            Self::Md5 => hex(&hash_joined::<Md5>(parts)),
            Self::Sha256 => hex(&hash_joined::<Sha256>(parts)),
        }
    }

    /// The hash of `username:realm:password` (RFC 7616 section 3.4.2), as it may be stored.
    pub fn ha1(self, username: &str, realm: &str, password: &str) -> String {
        self.hash(&[username.as_bytes(), realm.as_bytes(), password.as_bytes()])
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn hash_joined<D: sha2::Digest>(parts: &[&[u8]]) -> Vec<u8> {
    let mut hash = D::new();
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            hash.update(b":");
        }
        hash.update(part);
    }
    hash.finalize().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// What is known of a password: itself, or only the hash for one realm and algorithm. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    Plain(String),
    /// Lower-case hexadecimal MD5 of `username:realm:password`.
    Ha1Md5(String),
    /// The same by SHA-256.
    Ha1Sha256(String),
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain(_) => "Plain(…)",
            Self::Ha1Md5(_) => "Ha1Md5(…)",
            Self::Ha1Sha256(_) => "Ha1Sha256(…)",
        })
    }
}

/// A name and what proves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    pub username: String,
    pub secret: Secret,
}

impl Credentials {
    /// The hash for a realm; `None` when only one of another algorithm is stored.
    pub fn ha1(&self, algorithm: Algorithm, realm: &str) -> Option<String> {
        match (&self.secret, algorithm) {
            (Secret::Plain(password), _) => Some(algorithm.ha1(&self.username, realm, password)),
            (Secret::Ha1Md5(hash), Algorithm::Md5) | (Secret::Ha1Sha256(hash), Algorithm::Sha256) => {
                Some(hash.to_ascii_lowercase())
            }
            (Secret::Ha1Md5(_), Algorithm::Sha256) | (Secret::Ha1Sha256(_), Algorithm::Md5) => None,
        }
    }

    /// The algorithms these credentials can answer, strongest first.
    pub fn algorithms(&self) -> &'static [Algorithm] {
        match self.secret {
            Secret::Plain(_) => &[Algorithm::Sha256, Algorithm::Md5],
            Secret::Ha1Md5(_) => &[Algorithm::Md5],
            Secret::Ha1Sha256(_) => &[Algorithm::Sha256],
        }
    }
}

/// What `qop=auth` adds to a digest; without it the digest is RFC 2069's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qop {
    /// The client's count of uses of this nonce.
    pub count: u32,
    pub cnonce: String,
    /// Kept as received because it is hashed as eight digits or whatever else was sent.
    count_text: String,
}

impl Qop {
    /// The count-th use of a nonce with this client nonce.
    pub fn new(count: u32, cnonce: &str) -> Self {
        Self {
            count,
            cnonce: cnonce.to_owned(),
            count_text: format!("{count:08x}"),
        }
    }
}

/// A WWW-Authenticate or Proxy-Authenticate value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    pub realm: String,
    pub nonce: String,
    pub opaque: Option<String>,
    pub algorithm: Algorithm,
    /// Whether `qop` offers `auth`.
    pub has_qop_auth: bool,
    /// The password was right and only the nonce too old.
    pub is_stale: bool,
}

/// An Authorization or Proxy-Authorization value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorization {
    pub username: String,
    pub realm: String,
    pub nonce: String,
    /// The digest-uri exactly as sent: it is hashed, never rewritten.
    pub uri: String,
    /// The client's digest, hexadecimal.
    pub response: String,
    pub algorithm: Algorithm,
    pub opaque: Option<String>,
    pub qop: Option<Qop>,
}

impl Challenge {
    /// Reads a value; `None` when it is not Digest, lacks a part, or asks for an algorithm not spoken here.
    pub fn parse(value: &str) -> Option<Self> {
        let mut fields = fields::Fields::parse(value)?;
        let qop = fields.take("qop");
        let has_qop_auth = qop.as_deref().is_some_and(|qop| {
            qop.split(',')
                .any(|option| option.trim().eq_ignore_ascii_case("auth"))
        });
        if qop.is_some_and(|qop| !qop.trim().is_empty()) && !has_qop_auth {
            return None;
        }
        Some(Self {
            realm: fields.take("realm")?,
            nonce: fields.take("nonce")?,
            opaque: fields.take("opaque"),
            algorithm: fields.algorithm()?,
            has_qop_auth,
            is_stale: fields
                .take("stale")
                .is_some_and(|stale| stale.eq_ignore_ascii_case("true")),
        })
    }
}

impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Digest realm={},nonce={}",
            fields::quoted(&self.realm),
            fields::quoted(&self.nonce)
        )?;
        if let Some(opaque) = &self.opaque {
            write!(f, ",opaque={}", fields::quoted(opaque))?;
        }
        if self.is_stale {
            f.write_str(",stale=true")?;
        }
        write!(f, ",algorithm={}", self.algorithm)?;
        if self.has_qop_auth {
            f.write_str(",qop=\"auth\"")?;
        }
        Ok(())
    }
}

impl Authorization {
    /// Reads a value; `None` when it is not Digest, lacks a part, or uses an algorithm or qop not spoken here.
    pub fn parse(value: &str) -> Option<Self> {
        let mut fields = fields::Fields::parse(value)?;
        let qop = match fields.take("qop") {
            None => None,
            Some(qop) if qop.eq_ignore_ascii_case("auth") => {
                let count_text = fields.take("nc")?;
                let count = u32::from_str_radix(&count_text, 16).ok()?;
                Some(Qop {
                    count,
                    cnonce: fields.take("cnonce")?,
                    count_text,
                })
            }
            Some(_) => return None,
        };
        Some(Self {
            username: fields.take("username")?,
            realm: fields.take("realm")?,
            nonce: fields.take("nonce")?,
            uri: fields.take("uri")?,
            response: fields.take("response")?,
            algorithm: fields.algorithm()?,
            opaque: fields.take("opaque"),
            qop,
        })
    }

    /// The digest these fields must carry for the given HA1 and method (RFC 7616 section 3.4.1).
    pub fn expected_response(&self, ha1: &str, method: &str) -> String {
        let ha2 = self.algorithm.hash(&[method.as_bytes(), self.uri.as_bytes()]);
        let (ha1, nonce, ha2) = (ha1.as_bytes(), self.nonce.as_bytes(), ha2.as_bytes());
        match &self.qop {
            None => self.algorithm.hash(&[ha1, nonce, ha2]),
            Some(qop) => {
                let (count, cnonce) = (qop.count_text.as_bytes(), qop.cnonce.as_bytes());
                self.algorithm.hash(&[ha1, nonce, count, cnonce, b"auth", ha2])
            }
        }
    }
}

impl fmt::Display for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = fields::quoted;
        write!(
            f,
            "Digest username={}, realm={}",
            quoted(&self.username),
            quoted(&self.realm)
        )?;
        write!(f, ", nonce={}, uri={}", quoted(&self.nonce), quoted(&self.uri))?;
        write!(
            f,
            ", response={}, algorithm={}",
            quoted(&self.response),
            self.algorithm
        )?;
        if let Some(qop) = &self.qop {
            write!(
                f,
                ", cnonce={}, qop=auth, nc={}",
                quoted(&qop.cnonce),
                qop.count_text
            )?;
        }
        match &self.opaque {
            Some(opaque) => write!(f, ", opaque={}", quoted(opaque)),
            None => Ok(()),
        }
    }
}
