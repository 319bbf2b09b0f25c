//! Where does a plugin keep values between calls? In buckets of its own, in memory, bounded; what changes there is kept on
//! the disk behind the calls' back.

mod keep;

pub(crate) use keep::Keep;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

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
    by_key: BTreeMap<(String, String), Entry>,
    bytes: usize,
    /// The version given last, over all keys.
    version: u64,
    /// What changed since it was written, if it is written.
    changed: Option<BTreeSet<Place>>,
}

/// A bucket and a key in it.
type Place = (String, String);

/// What changed, with what it is now.
type Changes = BTreeMap<Place, Option<Entry>>;

#[derive(Clone, Debug)]
struct Entry {
    value: Vec<u8>,
    version: u64,
    /// When it goes away, by the host's clock.
    ends: Option<Duration>,
}

impl Entry {
    fn is_over(&self, now: Duration) -> bool {
        self.ends.is_some_and(|ends| ends <= now)
    }
}

/// Keys of a bucket from a cursor on, and the cursor of the rest.
pub(crate) type Page = (Vec<String>, Option<u64>);

/// A value and the version it has.
pub(crate) type Versioned = (Vec<u8>, u64);

impl KeyValue {
    fn of(values: Values) -> Self {
        Self {
            inner: Mutex::new(values),
        }
    }

    /// What changed since it was asked for last, and the bytes of all there is.
    fn take_changes(&self) -> (Changes, usize) {
        self.with(|values| {
            let changed = values.changed.as_mut().map(std::mem::take).unwrap_or_default();
            let now = |place: Place| {
                let entry = values.by_key.get(&place).cloned();
                (place, entry)
            };
            (changed.into_iter().map(now).collect(), values.bytes)
        })
    }

    /// These were not written after all.
    fn give_back(&self, places: impl IntoIterator<Item = Place>) {
        self.with(|values| {
            if let Some(changed) = &mut values.changed {
                changed.extend(places);
            }
        });
    }

    /// All there is.
    fn all(&self) -> Vec<(Place, Entry)> {
        self.with(|values| {
            let all = values.by_key.iter();
            all.map(|(place, entry)| (place.clone(), entry.clone())).collect()
        })
    }

    pub(crate) fn value(&self, bucket: &str, key: &str, now: Duration) -> Option<Vec<u8>> {
        self.versioned(bucket, key, now).map(|(value, _)| value)
    }

    pub(crate) fn versioned(&self, bucket: &str, key: &str, now: Duration) -> Option<Versioned> {
        self.with(|values| {
            let entry = values.live(&place(bucket, key), now)?;
            Some((entry.value.clone(), entry.version))
        })
    }

    pub(crate) fn exists(&self, bucket: &str, key: &str, now: Duration) -> bool {
        self.with(|values| values.live(&place(bucket, key), now).is_some())
    }

    /// Sets a value, for good or until a moment; the error is a sentence about the bound in the way.
    pub(crate) fn set(
        &self,
        bucket: &str,
        key: &str,
        value: Vec<u8>,
        now: Duration,
        ends: Option<Duration>,
    ) -> Result<(), String> {
        self.with(|values| values.set(place(bucket, key), value, now, ends).map(drop))
    }

    /// Sets a value only if its version is still that one, 0 for none at all; answers the new version, or none.
    pub(crate) fn swap(
        &self,
        bucket: &str,
        key: &str,
        expected: u64,
        value: Vec<u8>,
        now: Duration,
    ) -> Result<Option<u64>, String> {
        self.with(|values| {
            let place = place(bucket, key);
            let version = values.live(&place, now).map_or(0, |entry| entry.version);
            if version != expected {
                return Ok(None);
            }
            values.set(place, value, now, None).map(Some)
        })
    }

    pub(crate) fn delete(&self, bucket: &str, key: &str) {
        self.with(|values| values.remove(&place(bucket, key)));
    }

    pub(crate) fn keys(&self, bucket: &str, cursor: u64, now: Duration) -> Page {
        self.with(|values| {
            let skip = usize::try_from(cursor).unwrap_or(usize::MAX);
            let mut keys = values
                .by_key
                .range(place(bucket, "")..)
                .take_while(|((in_bucket, _), _)| in_bucket == bucket)
                .filter(|(_, entry)| !entry.is_over(now))
                .skip(skip)
                .map(|((_, key), _)| key.clone());
            let page: Vec<String> = keys.by_ref().take(PAGE).collect();
            let more = keys.next().map(|_| cursor.saturating_add(page.len() as u64));
            (page, more)
        })
    }

    /// Adds to a value that is a number in decimal digits; a missing one counts as 0.
    pub(crate) fn increment(
        &self,
        bucket: &str,
        key: &str,
        delta: u64,
        now: Duration,
    ) -> Result<u64, String> {
        self.with(|values| {
            let place = place(bucket, key);
            let (old, ends) = match values.live(&place, now) {
                Some(entry) => {
                    let number = std::str::from_utf8(&entry.value)
                        .ok()
                        .and_then(|text| text.parse::<u64>().ok());
                    (
                        number.ok_or_else(|| format!("{key} holds no number"))?,
                        entry.ends,
                    )
                }
                None => (0, None),
            };
            let new = old
                .checked_add(delta)
                .ok_or_else(|| format!("{key} would overflow"))?;
            values.set(place, new.to_string().into_bytes(), now, ends)?;
            Ok(new)
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut Values) -> T) -> T {
        work(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Whether a key and a value are no longer than any may be; the error is a sentence.
pub(crate) fn fits(key: &str, value: &[u8]) -> Result<(), String> {
    if key.len() > KEY_MAX || value.len() > VALUE_MAX {
        return Err(format!(
            "keys have at most {KEY_MAX} bytes and values {VALUE_MAX}"
        ));
    }
    Ok(())
}

fn place(bucket: &str, key: &str) -> (String, String) {
    (bucket.to_owned(), key.to_owned())
}

impl Values {
    /// None, and what changes is noted from now on.
    fn kept() -> Self {
        Self {
            changed: Some(BTreeSet::new()),
            ..Self::default()
        }
    }

    /// Puts a value back that was kept.
    fn put(&mut self, place: Place, entry: Entry) {
        self.remove(&place);
        self.bytes += place.1.len() + entry.value.len();
        self.version = self.version.max(entry.version);
        self.by_key.insert(place, entry);
    }

    fn note(&mut self, place: &Place) {
        if let Some(changed) = &mut self.changed {
            changed.insert(place.clone());
        }
    }

    fn live(&self, place: &(String, String), now: Duration) -> Option<&Entry> {
        self.by_key.get(place).filter(|entry| !entry.is_over(now))
    }

    fn remove(&mut self, place: &(String, String)) {
        if let Some(entry) = self.by_key.remove(place) {
            self.bytes -= place.1.len() + entry.value.len();
            self.note(place);
        }
    }

    /// Answers the version it got.
    fn set(
        &mut self,
        place: (String, String),
        value: Vec<u8>,
        now: Duration,
        ends: Option<Duration>,
    ) -> Result<u64, String> {
        fits(&place.1, &value)?;
        let key = place.1.len();
        if self.is_too_much(&place, value.len()) {
            // Before somebody is turned away, what is over makes room.
            let over: Vec<(String, String)> = self
                .by_key
                .iter()
                .filter(|(_, entry)| entry.is_over(now))
                .map(|(place, _)| place.clone())
                .collect();
            over.iter().for_each(|place| self.remove(place));
            if self.is_too_much(&place, value.len()) {
                return Err(format!(
                    "the plugin's storage is full ({KEYS_MAX} keys, {BYTES_MAX} bytes)"
                ));
            }
        }
        self.remove(&place);
        self.bytes += key + value.len();
        self.version += 1;
        let version = self.version;
        self.note(&place);
        self.by_key.insert(place, Entry { value, version, ends });
        Ok(version)
    }

    fn is_too_much(&self, place: &(String, String), value: usize) -> bool {
        let key = place.1.len();
        let old = self.by_key.get(place).map(|old| key + old.value.len());
        let bytes = self.bytes - old.unwrap_or(0) + key + value;
        bytes > BYTES_MAX || (old.is_none() && self.by_key.len() >= KEYS_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(100);

    #[test]
    fn buckets_are_apart_and_bounded() {
        let store = KeyValue::default();
        store.set("a", "k", b"1".to_vec(), NOW, None).unwrap();
        assert_eq!(store.value("b", "k", NOW), None);
        let mut filled = 0;
        while store
            .set("a", &filled.to_string(), vec![0; VALUE_MAX], NOW, None)
            .is_ok()
        {
            filled += 1;
        }
        assert_eq!(filled, 31);
        store.delete("a", "0");
        store.set("a", "x", vec![0; VALUE_MAX], NOW, None).unwrap();
    }

    #[test]
    fn what_expires_goes_away_and_makes_room() {
        let store = KeyValue::default();
        let soon = NOW + Duration::from_secs(1);
        for n in 0..31 {
            store
                .set("a", &n.to_string(), vec![0; VALUE_MAX], NOW, Some(soon))
                .unwrap();
        }
        assert!(store.set("a", "x", vec![0; VALUE_MAX], NOW, None).is_err());
        assert!(store.exists("a", "0", NOW) && !store.exists("a", "0", soon));
        assert_eq!(store.keys("a", 0, soon), (Vec::new(), None));
        store.set("a", "x", vec![0; VALUE_MAX], soon, None).unwrap();
        assert_eq!(store.keys("a", 0, soon).0, ["x"]);
    }

    #[test]
    fn a_swap_wants_the_version_it_read() {
        let store = KeyValue::default();
        let first = store.swap("a", "k", 0, b"1".to_vec(), NOW).unwrap().unwrap();
        assert_eq!(store.swap("a", "k", 0, b"2".to_vec(), NOW), Ok(None));
        assert_eq!(store.versioned("a", "k", NOW), Some((b"1".to_vec(), first)));
        store.set("a", "k", b"3".to_vec(), NOW, None).unwrap();
        assert_eq!(store.swap("a", "k", first, b"4".to_vec(), NOW), Ok(None));
        assert_eq!(store.value("a", "k", NOW).unwrap(), b"3");
    }

    #[test]
    fn listings_go_on_where_they_stopped() {
        let store = KeyValue::default();
        for n in 0..PAGE + 3 {
            store.set("a", &format!("{n:05}"), Vec::new(), NOW, None).unwrap();
        }
        let (first, cursor) = store.keys("a", 0, NOW);
        let (rest, end) = store.keys("a", cursor.unwrap(), NOW);
        assert_eq!((first.len(), rest.len(), end), (PAGE, 3, None));
    }

    #[test]
    fn numbers_count_up() {
        let store = KeyValue::default();
        assert_eq!(store.increment("a", "n", 2, NOW), Ok(2));
        assert_eq!(store.increment("a", "n", 3, NOW), Ok(5));
        store.set("a", "n", b"x".to_vec(), NOW, None).unwrap();
        assert!(store.increment("a", "n", 1, NOW).is_err());
    }
}
