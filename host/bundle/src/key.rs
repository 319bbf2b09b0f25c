//! Keys and signatures (ed25519), and how they are written down.

use crate::{Fault, hex, unhex};
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use std::fmt;

/// Written before what is signed, so that no signature made for something else will do.
const PURPOSE: &[u8] = b"ucx bundle signature 1\n";
/// The words a written secret key begins with.
const SECRET: &str = "ucx-secret-key ed25519";
/// The words a written public key begins with.
const PUBLIC: &str = "ucx-public-key ed25519";

/// Names a key: the first eight bytes of its SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyId([u8; 8]);

impl KeyId {
    /// Reads sixteen hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        unhex(text).map(Self)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

/// A key that signs. Its `Debug` does not show it.
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// The key of 32 random bytes.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(SigningKey::from_bytes(&seed))
    }

    /// Reads what [`Self::to_text`] wrote.
    ///
    /// # Errors
    /// [`Fault::NotAKey`].
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let rest = text.trim().strip_prefix(SECRET).ok_or(Fault::NotAKey(
            "a secret key begins with `ucx-secret-key ed25519`",
        ))?;
        unhex(rest.trim())
            .map(Self::from_seed)
            .ok_or(Fault::NotAKey("64 hexadecimal digits are missing"))
    }

    /// The key as a line, for a file that nobody else may read.
    pub fn to_text(&self) -> String {
        format!("{SECRET} {}\n", hex(&self.0.to_bytes()))
    }

    /// The key that others check with.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// Signs.
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature {
            key: self.public().id(),
            bytes: self.0.sign(&[PURPOSE, message].concat()).to_bytes(),
        }
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({})", self.public().id())
    }
}

/// A key that checks signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Reads what [`Self::to_text`] wrote, or the digits alone; a comment may stand behind.
    ///
    /// # Errors
    /// [`Fault::NotAKey`], also for one of the few points of the curve for which anybody can sign.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let text = text.trim();
        let rest = text.strip_prefix(PUBLIC).unwrap_or(text);
        let digits = rest.split_whitespace().next().unwrap_or_default();
        let bytes = unhex(digits).ok_or(Fault::NotAKey("64 hexadecimal digits are missing"))?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| Fault::NotAKey("the digits are no key"))?;
        if key.is_weak() {
            return Err(Fault::NotAKey("anybody can sign for it"));
        }
        Ok(Self(key))
    }

    /// The key as a line.
    pub fn to_text(&self, comment: &str) -> String {
        let space = if comment.is_empty() { "" } else { " " };
        format!("{PUBLIC} {}{space}{comment}\n", hex(self.0.as_bytes()))
    }

    /// Its short name.
    pub fn id(&self) -> KeyId {
        let digest = Sha256::digest(self.0.as_bytes());
        let mut id = [0; 8];
        id.copy_from_slice(&digest[..8]);
        KeyId(id)
    }

    /// Whether it made that signature of that message.
    pub fn made(&self, signature: &Signature, message: &[u8]) -> bool {
        let bytes = ed25519_dalek::Signature::from_bytes(&signature.bytes);
        self.0.verify_strict(&[PURPOSE, message].concat(), &bytes).is_ok()
    }
}

/// A signature, and the key it says it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The key.
    pub key: KeyId,
    bytes: [u8; 64],
}

impl Signature {
    /// Reads what [`Self::to_text`] wrote, and nothing else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut words = text.strip_suffix('\n')?.split(' ');
        let (kind, key, bytes) = (words.next()?, words.next()?, words.next()?);
        let is_whole = kind == "ed25519" && words.next().is_none();
        let (key, bytes) = (KeyId::parse(key)?, unhex(bytes)?);
        is_whole.then_some(Self { key, bytes })
    }

    pub(crate) fn to_text(self) -> String {
        format!("ed25519 {} {}\n", self.key, hex(&self.bytes))
    }
}
