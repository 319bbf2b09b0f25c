//! What the operator gives beside ucx.toml, word by word: a file of the host's own, which `ucx plugin grant` writes.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use crate::grant::{Grant, Grants};
use crate::manifest::is_id;
use crate::waits::Length;

/// Names of one list that may be given so.
const NAMES_MAX: usize = 256;
/// The longest file in bytes.
const FILE_MAX: u64 = 1 << 20;

/// A change of a plugin's grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrantChange {
    /// `list=name`: gives a name, or the right to set `config` and `secrets` (`config.key=value`).
    Give(String, String),
    /// Takes a name back.
    Take(String, String),
}

/// The grants of ucx.toml, and those of the host's own file.
pub(crate) struct GrantBook {
    given: Mutex<(Grants, Grants)>,
    file: Option<PathBuf>,
}

impl GrantBook {
    /// Reads the host's own file; the error is a sentence.
    pub(crate) fn open(by_config: Grants, file: Option<PathBuf>) -> Result<Self, String> {
        let own = match &file {
            Some(file) if file.exists() => {
                let bytes = crate::file::read(file, FILE_MAX)?;
                Grants::parse(&String::from_utf8_lossy(&bytes))
                    .map_err(|error| format!("{}: {error}", file.display()))?
            }
            Some(_) | None => Grants::default(),
        };
        Ok(Self {
            given: Mutex::new((by_config, own)),
            file,
        })
    }

    /// Both together.
    pub(crate) fn all(&self) -> Grants {
        let given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = given.0.clone();
        for (id, grant) in &given.1.plugins {
            all.plugins.entry(id.clone()).or_default().add(grant);
        }
        all
    }

    /// Ucx.toml was read again.
    pub(crate) fn set_config(&self, by_config: Grants) {
        self.given.lock().unwrap_or_else(PoisonError::into_inner).0 = by_config;
    }

    /// Changes the host's own file; the error is a sentence, and then nothing has changed.
    pub(crate) fn change(&self, id: &str, changes: &[GrantChange]) -> Result<(), String> {
        if !is_id(id) {
            return Err(format!("{id:?} is no id of a plugin"));
        }
        let file = self.file.as_ref().ok_or("this host keeps no grants of its own")?;
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        let mut own = given.1.clone();
        for change in changes {
            let grant = own.plugins.entry(id.to_owned()).or_default();
            match change {
                GrantChange::Give(list, name) => grant.give(list, name)?,
                GrantChange::Take(list, name) => {
                    if !grant.take(list, name)? {
                        let also =
                            given.0.plugins.get(id).is_some_and(|grant| {
                                grant.list(list).is_some_and(|names| names.contains(name))
                            });
                        let place = if also {
                            "it stands in ucx.toml"
                        } else {
                            "it was not given"
                        };
                        return Err(format!("{list}={name}: {place}"));
                    }
                }
            }
        }
        own.plugins.retain(|_, grant| *grant != Grant::default());
        let text = toml::to_string(&own).map_err(|error| error.to_string())?;
        let text =
            format!("# Written by `ucx plugin grant`; what stands in ucx.toml is granted as well.\n\n{text}");
        super::ledger::replace(file, text.as_bytes())
            .map_err(|error| format!("{}: {error}", file.display()))?;
        given.1 = own;
        Ok(())
    }
}

impl Grant {
    /// A list of names by its word.
    pub(crate) fn list(&self, list: &str) -> Option<&BTreeSet<String>> {
        self.names()
            .into_iter()
            .find(|(word, _)| *word == list)
            .map(|(_, names)| names)
    }

    fn add(&mut self, other: &Self) {
        for ((_, names), (_, more)) in self.names_mut().into_iter().zip(other.names()) {
            names.extend(more.iter().cloned());
        }
        for (values, more) in [
            (&mut self.config, &other.config),
            (&mut self.secrets, &other.secrets),
        ] {
            for (name, value) in more {
                values.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
        self.memory_kib = self.memory_kib.max(other.memory_kib);
        self.data_kib = self.data_kib.max(other.data_kib);
        self.data_files = self.data_files.max(other.data_files);
        self.health_ms = match (self.health_ms, other.health_ms) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        self.wait = self.wait.max(other.wait);
        self.run = self.run.max(other.run);
        self.after = self.after.max(other.after);
        self.record_digits |= other.record_digits;
    }

    fn give(&mut self, list: &str, name: &str) -> Result<(), String> {
        if name.is_empty() {
            return Err(format!("{list}= gives nothing"));
        }
        if let Some((figure, unit)) = self.figure_mut(list) {
            *figure = Some(
                name.parse()
                    .map_err(|_| format!("{name:?} is no number of {unit}"))?,
            );
            return Ok(());
        }
        if let Some(length) = self.length_mut(list) {
            *length = Some(name.parse()?);
            return Ok(());
        }
        if list == "record-digits" {
            self.record_digits = name
                .parse()
                .map_err(|_| format!("{name:?} is neither true nor false"))?;
            return Ok(());
        }
        let values = match list.split_once('.') {
            Some(("config", key)) => Some((&mut self.config, key)),
            Some(("secrets", key)) => Some((&mut self.secrets, key)),
            Some(_) | None => None,
        };
        if let Some((values, key)) = values {
            values.insert(key.to_owned(), name.to_owned());
            return Ok(());
        }
        let names = self.find_mut(list)?;
        if names.len() >= NAMES_MAX {
            return Err(format!("{list} has {NAMES_MAX} names already"));
        }
        names.insert(name.to_owned());
        Ok(())
    }

    fn take(&mut self, list: &str, name: &str) -> Result<bool, String> {
        if let Some((figure, _)) = self.figure_mut(list) {
            return Ok(figure.take().is_some());
        }
        match list {
            "wait" => Ok(self.wait.take().is_some()),
            "run" => Ok(self.run.take().is_some()),
            "after" => Ok(self.after.take().is_some()),
            "record-digits" => Ok(std::mem::take(&mut self.record_digits)),
            "config" => Ok(self.config.remove(name).is_some()),
            "secrets" => Ok(self.secrets.remove(name).is_some()),
            list => Ok(self.find_mut(list)?.remove(name)),
        }
    }

    /// A figure by its word, and what it counts.
    fn figure_mut(&mut self, word: &str) -> Option<(&mut Option<u32>, &'static str)> {
        Some(match word {
            "memory-kib" => (&mut self.memory_kib, "KiB"),
            "data-kib" => (&mut self.data_kib, "KiB"),
            "data-files" => (&mut self.data_files, "files"),
            "health-ms" => (&mut self.health_ms, "milliseconds"),
            _ => return None,
        })
    }

    fn length_mut(&mut self, word: &str) -> Option<&mut Option<Length>> {
        match word {
            "wait" => Some(&mut self.wait),
            "run" => Some(&mut self.run),
            "after" => Some(&mut self.after),
            _ => None,
        }
    }

    fn find_mut(&mut self, list: &str) -> Result<&mut BTreeSet<String>, String> {
        let words: Vec<&str> = self.names().into_iter().map(|(word, _)| word).collect();
        let found = self.names_mut().into_iter().find(|(word, _)| *word == list);
        found.map(|(_, names)| names).ok_or_else(|| {
            format!(
                "there is no list {list:?}; there are {}, config.KEY, secrets.KEY, memory-kib, data-kib, data-files, health-ms, wait, run and record-digits",
                words.join(", ")
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Folder;

    fn give(list: &str, name: &str) -> GrantChange {
        GrantChange::Give(list.to_owned(), name.to_owned())
    }

    fn take(list: &str, name: &str) -> GrantChange {
        GrantChange::Take(list.to_owned(), name.to_owned())
    }

    #[test]
    fn what_is_given_by_hand_is_added_to_what_the_file_gives_and_survives() {
        let folder = Folder::new("grants");
        let path = Some(folder.0.join("grants.toml"));
        let base = Grants::parse("[plugins.p]\ntables = ['a']\nconfig = { k = 'file' }\n").unwrap();
        let book = GrantBook::open(base.clone(), path.clone()).unwrap();
        let changes = [
            give("tables", "b"),
            give("config.k", "own"),
            give("secrets.s", "x"),
            give("memory-kib", "100"),
            give("data-kib", "64"),
            give("wait", "30m"),
            give("record-digits", "true"),
        ];
        book.change("p", &changes).unwrap();
        book.change("q", &[give("events", "call.")]).unwrap();
        let again = GrantBook::open(base, path).unwrap().all();
        assert_eq!(again, book.all());
        let grant = &again.plugins["p"];
        assert_eq!(grant.tables.iter().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(
            (grant.config["k"].as_str(), grant.secrets["s"].as_str()),
            ("file", "x")
        );
        assert_eq!((grant.memory_kib, grant.data_kib), (Some(100), Some(64)));
        assert_eq!(grant.wait.map(|wait| wait.to_string()).as_deref(), Some("30m"));
        assert!(grant.record_digits);
        book.change("q", &[take("events", "call.")]).unwrap();
        assert!(!book.all().plugins.contains_key("q"));
    }

    #[test]
    fn mistakes_are_named_and_change_nothing() {
        let folder = Folder::new("grants-bad");
        let base = Grants::parse("[plugins.p]\ntables = ['a']\n").unwrap();
        let book = GrantBook::open(base, Some(folder.0.join("grants.toml"))).unwrap();
        let before = book.all();
        for (id, change, words) in [
            ("../p", give("tables", "b"), "no id"),
            ("p", give("tabels", "b"), "there is no list \"tabels\""),
            ("p", give("tables", ""), "gives nothing"),
            ("p", take("tables", "a"), "it stands in ucx.toml"),
            ("p", take("tables", "z"), "it was not given"),
            ("p", give("memory-kib", "much"), "no number"),
        ] {
            let error = book.change(id, &[give("tables", "c"), change]).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
        assert_eq!(book.all(), before);
        let nowhere = GrantBook::open(Grants::default(), None).unwrap();
        assert!(nowhere.change("p", &[give("tables", "b")]).is_err());
    }
}
