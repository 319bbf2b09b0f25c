//! Where does a plugin keep values between calls? In buckets of its own, in memory, bounded.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Keys of all buckets of a plugin.
const KEYS_MAX: usize = 10_000;
/// Keys and values of a plugin in bytes.
const BYTES_MAX: usize = 8 << 20;
/// The longest key in bytes.
const KEY_MAX: usize = 512;
/// The longest value in bytes.
const VALUE_MAX: usize = 256 << 10;
/// Keys answered by one listing.
const PAGE: usize = 500;

/// A plugin's buckets. The lock guards one map operation; several workers run instances of one plugin at a time.
#[derive(Debug, Default)]
pub(crate) struct KeyValue {
    inner: Mutex<Values>,
}

#[derive(Debug, Default)]
struct Values {
    by_key: BTreeMap<(String, String), Vec<u8>>,
    bytes: usize,
}

/// Keys of a bucket from a cursor on, and the cursor of the rest.
pub(crate) type Page = (Vec<String>, Option<u64>);

impl KeyValue {
    pub(crate) fn value(&self, bucket: &str, key: &str) -> Option<Vec<u8>> {
        self.with(|values| values.by_key.get(&(bucket.to_owned(), key.to_owned())).cloned())
    }

    pub(crate) fn exists(&self, bucket: &str, key: &str) -> bool {
        self.with(|values| values.by_key.contains_key(&(bucket.to_owned(), key.to_owned())))
    }

    /// Sets a value; the error is a sentence about the bound in the way.
    pub(crate) fn set(&self, bucket: &str, key: &str, value: Vec<u8>) -> Result<(), String> {
        self.with(|values| values.set(bucket, key, value))
    }

    pub(crate) fn delete(&self, bucket: &str, key: &str) {
        self.with(|values| {
            if let Some(value) = values.by_key.remove(&(bucket.to_owned(), key.to_owned())) {
                values.bytes -= key.len() + value.len();
            }
        });
    }

    pub(crate) fn keys(&self, bucket: &str, cursor: u64) -> Page {
        self.with(|values| {
            let from = (bucket.to_owned(), String::new());
            let skip = usize::try_from(cursor).unwrap_or(usize::MAX);
            let mut keys = values
                .by_key
                .range(from..)
                .take_while(|((in_bucket, _), _)| in_bucket == bucket)
                .skip(skip)
                .map(|((_, key), _)| key.clone());
            let page: Vec<String> = keys.by_ref().take(PAGE).collect();
            let more = keys.next().map(|_| cursor.saturating_add(page.len() as u64));
            (page, more)
        })
    }

    /// Adds to a value that is a number in decimal digits; a missing one counts as 0.
    pub(crate) fn increment(&self, bucket: &str, key: &str, delta: u64) -> Result<u64, String> {
        self.with(|values| {
            let old = match values.by_key.get(&(bucket.to_owned(), key.to_owned())) {
                Some(bytes) => std::str::from_utf8(bytes)
                    .ok()
                    .and_then(|text| text.parse::<u64>().ok())
                    .ok_or_else(|| format!("{key} holds no number"))?,
                None => 0,
            };
            let new = old
                .checked_add(delta)
                .ok_or_else(|| format!("{key} would overflow"))?;
            values.set(bucket, key, new.to_string().into_bytes())?;
            Ok(new)
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut Values) -> T) -> T {
        work(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Values {
    fn set(&mut self, bucket: &str, key: &str, value: Vec<u8>) -> Result<(), String> {
        if key.len() > KEY_MAX || value.len() > VALUE_MAX {
            return Err(format!(
                "keys have at most {KEY_MAX} bytes and values {VALUE_MAX}"
            ));
        }
        let place = (bucket.to_owned(), key.to_owned());
        let old = self.by_key.get(&place).map(|old| key.len() + old.len());
        let bytes = self.bytes - old.unwrap_or(0) + key.len() + value.len();
        if bytes > BYTES_MAX || (old.is_none() && self.by_key.len() >= KEYS_MAX) {
            return Err(format!(
                "the plugin's storage is full ({KEYS_MAX} keys, {BYTES_MAX} bytes)"
            ));
        }
        self.bytes = bytes;
        self.by_key.insert(place, value);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_apart_and_bounded() {
        let store = KeyValue::default();
        store.set("a", "k", b"1".to_vec()).unwrap();
        assert_eq!(store.value("b", "k"), None);
        let mut filled = 0;
        while store.set("a", &filled.to_string(), vec![0; VALUE_MAX]).is_ok() {
            filled += 1;
        }
        assert_eq!(filled, 31);
        store.delete("a", "0");
        store.set("a", "x", vec![0; VALUE_MAX]).unwrap();
    }

    #[test]
    fn listings_go_on_where_they_stopped() {
        let store = KeyValue::default();
        for n in 0..PAGE + 3 {
            store.set("a", &format!("{n:05}"), Vec::new()).unwrap();
        }
        let (first, cursor) = store.keys("a", 0);
        let (rest, end) = store.keys("a", cursor.unwrap());
        assert_eq!((first.len(), rest.len(), end), (PAGE, 3, None));
    }

    #[test]
    fn numbers_count_up() {
        let store = KeyValue::default();
        assert_eq!(store.increment("a", "n", 2), Ok(2));
        assert_eq!(store.increment("a", "n", 3), Ok(5));
        store.set("a", "n", b"x".to_vec()).unwrap();
        assert!(store.increment("a", "n", 1).is_err());
    }
}
