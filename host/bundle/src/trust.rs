//! Whose signatures count, and for which plugins?

use crate::{Bundle, Fault, KeyId, PublicKey};
use std::collections::BTreeMap;

/// Keys that may be trusted at once; further ones are not taken.
pub const KEYS_MAX: usize = 256;

/// A key the operator trusts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedKey {
    /// What the operator calls it.
    pub name: String,
    /// The key.
    pub key: PublicKey,
    /// Plugins it may sign: ids, or beginnings of ids that end in `*`. Empty for any.
    pub plugins: Vec<String>,
}

impl TrustedKey {
    fn is_for(&self, plugin: &str) -> bool {
        let fits = |pattern: &String| match pattern.strip_suffix('*') {
            Some(beginning) => plugin.starts_with(beginning),
            None => plugin == pattern,
        };
        self.plugins.is_empty() || self.plugins.iter().any(fits)
    }
}

/// Who signed a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// Their key.
    pub key: KeyId,
    /// What the operator calls it.
    pub name: String,
}

/// The keys that are trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust(BTreeMap<KeyId, TrustedKey>);

impl Trust {
    /// Trusts a key as well; of two entries for one key the later counts. Answers whether there was room.
    pub fn add(&mut self, key: TrustedKey) -> bool {
        let id = key.key.id();
        let has_room = self.0.len() < KEYS_MAX || self.0.contains_key(&id);
        if has_room {
            self.0.insert(id, key);
        }
        has_room
    }

    /// The keys, by their ids.
    pub fn keys(&self) -> impl Iterator<Item = (&KeyId, &TrustedKey)> {
        self.0.iter()
    }

    /// Whether a trusted key signed that bundle, of a plugin of that name.
    ///
    /// # Errors
    /// [`Fault::Unsigned`], [`Fault::UnknownKey`], [`Fault::BadSignature`], [`Fault::KeyNotFor`].
    pub fn signer(&self, bundle: &Bundle, plugin: &str) -> Result<Signer, Fault> {
        let signature = bundle.signature().ok_or(Fault::Unsigned)?;
        let trusted = self
            .0
            .get(&signature.key)
            .ok_or(Fault::UnknownKey(signature.key))?;
        if !trusted.key.made(signature, bundle.digests().as_bytes()) {
            return Err(Fault::BadSignature(signature.key));
        }
        if !trusted.is_for(plugin) {
            return Err(Fault::KeyNotFor {
                key: signature.key,
                name: trusted.name.clone(),
                plugin: plugin.to_owned(),
            });
        }
        Ok(Signer {
            key: signature.key,
            name: trusted.name.clone(),
        })
    }
}
