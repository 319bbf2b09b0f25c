//! The database of the dialplan: small texts by family and key, which outlive the host.

use crate::Pbx;
use crate::state::State;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;
use tokio::sync::mpsc;
use ucx_call::Refusal;

/// Rows the database may hold; a further one is refused.
pub const DATABASE_ROWS_MAX: usize = 1_000_000;

/// Longest path (`/family/key`), in bytes; a longer one is refused.
pub const DATABASE_PATH_BYTES_MAX: usize = 512;

/// Longest value, in bytes; a longer one is refused.
pub const DATABASE_VALUE_BYTES_MAX: usize = 65_536;

/// Changes that may wait to be kept on disk; while so many wait, further changes are refused.
const CHANGES_MAX: usize = 65_536;

/// A change of the database, for whoever keeps it. Paths begin with `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseChange {
    /// A row has that value now.
    Put {
        /// Its path, `/family/key`.
        path: Arc<str>,
        /// Its value.
        value: Arc<str>,
    },
    /// A row is gone.
    Delete {
        /// Its path.
        path: Arc<str>,
    },
    /// All rows at and below a path are gone.
    DeleteTree {
        /// The path; the empty one is the root.
        path: Arc<str>,
    },
}

/// The rows, and who wants to know of their changes.
#[derive(Default)]
pub(crate) struct Database {
    rows: BTreeMap<Arc<str>, Arc<str>>,
    keeper: Option<mpsc::Sender<DatabaseChange>>,
}

impl Database {
    /// A database with those rows, each a path `/family/key` and its value.
    pub(crate) fn new(rows: Vec<(Arc<str>, Arc<str>)>) -> Self {
        Self {
            rows: rows.into_iter().collect(),
            keeper: None,
        }
    }

    /// Who keeps the changes from now on.
    fn changes(&mut self) -> mpsc::Receiver<DatabaseChange> {
        let (keeper, changes) = mpsc::channel(CHANGES_MAX);
        self.keeper = Some(keeper);
        changes
    }

    fn get(&self, path: &str) -> Option<Arc<str>> {
        self.rows.get(path).cloned()
    }

    fn put(&mut self, path: &str, value: &str) -> Result<(), Refusal> {
        if path.len() > DATABASE_PATH_BYTES_MAX {
            return Err(Refusal::Invalid(format!(
                "a database path is longer than {DATABASE_PATH_BYTES_MAX} bytes"
            )));
        }
        if value.len() > DATABASE_VALUE_BYTES_MAX {
            return Err(Refusal::Invalid(format!(
                "a database value is longer than {DATABASE_VALUE_BYTES_MAX} bytes"
            )));
        }
        if self.rows.len() >= DATABASE_ROWS_MAX && !self.rows.contains_key(path) {
            return Err(Refusal::Full("rows of the database"));
        }
        let (path, value): (Arc<str>, Arc<str>) = (Arc::from(path), Arc::from(value));
        self.tell(DatabaseChange::Put {
            path: path.clone(),
            value: value.clone(),
        })?;
        self.rows.insert(path, value);
        Ok(())
    }

    fn delete(&mut self, path: &str) -> Result<bool, Refusal> {
        let Some((path, _)) = self.rows.get_key_value(path) else {
            return Ok(false);
        };
        let path = path.clone();
        self.tell(DatabaseChange::Delete { path: path.clone() })?;
        Ok(self.rows.remove(&path).is_some())
    }

    fn delete_tree(&mut self, path: &str) -> Result<usize, Refusal> {
        let paths: Vec<_> = self.tree(path).map(|(path, _)| path.clone()).collect();
        if paths.is_empty() {
            return Ok(0);
        }
        self.tell(DatabaseChange::DeleteTree {
            path: Arc::from(path),
        })?;
        for path in &paths {
            self.rows.remove(path);
        }
        Ok(paths.len())
    }

    /// The rows at and below a path, in order.
    fn tree(&self, path: &str) -> impl Iterator<Item = (&Arc<str>, &Arc<str>)> {
        let path = path.to_owned();
        let from = (Bound::Included(path.as_str()), Bound::Unbounded);
        let rows = self.rows.range::<str, _>(from);
        let near = rows.take_while({
            let path = path.clone();
            move |(row, _)| row.starts_with(&path)
        });
        near.filter(move |(row, _)| is_below(row, &path))
    }

    /// The names directly below a path, in order.
    fn keys(&self, path: &str) -> Vec<String> {
        let mut keys: Vec<String> = Vec::new();
        for (row, _) in self.tree(path) {
            let below = row[path.len()..].trim_start_matches('/');
            let key = below.split('/').next().unwrap_or_default();
            if !key.is_empty() && keys.last().is_none_or(|last| last != key) {
                keys.push(key.to_owned());
            }
        }
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// A change nobody can keep any more is refused, so that nothing is lost in silence.
    fn tell(&self, change: DatabaseChange) -> Result<(), Refusal> {
        let Some(keeper) = &self.keeper else {
            return Ok(());
        };
        match keeper.try_send(change) {
            Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => Ok(()),
            Err(mpsc::error::TrySendError::Full(_)) => {
                Err(Refusal::Full("changes of the database waiting to be kept"))
            }
        }
    }
}

fn is_below(row: &str, path: &str) -> bool {
    row.strip_prefix(path)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The path of a row, or of a tree: `/family/key`, `/family`, or the empty one.
pub(crate) fn path(family: &str, key: &str) -> String {
    let mut path = String::with_capacity(family.len() + key.len() + 2);
    for part in [family, key] {
        let part = part.trim_matches('/');
        if !part.is_empty() {
            path.push('/');
            path.push_str(part);
        }
    }
    path
}

impl Pbx {
    /// The changes of the database from here on, for whoever keeps it; one at a time may. While 65,536 wait, further changes
    /// are refused.
    pub fn database_changes(&self) -> mpsc::Receiver<DatabaseChange> {
        self.with_database(Database::changes)
    }

    /// The value of a row of the database.
    pub fn database_get(&self, family: &str, key: &str) -> Option<Arc<str>> {
        self.with_database(|database| database.get(&path(family, key)))
    }

    /// Writes a row of the database.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] without a family or key, or past their lengths; [`Refusal::Full`].
    pub fn database_put(&self, family: &str, key: &str, value: &str) -> Result<(), Refusal> {
        if family.trim_matches('/').is_empty() || key.trim_matches('/').is_empty() {
            return Err(Refusal::Invalid(
                "a row of the database needs a family and a key".into(),
            ));
        }
        self.with_database(|database| database.put(&path(family, key), value))
    }

    /// Deletes a row of the database; whether there was one.
    ///
    /// # Errors
    /// [`Refusal::Full`] while too many changes wait to be kept.
    pub fn database_delete(&self, family: &str, key: &str) -> Result<bool, Refusal> {
        self.with_database(|database| database.delete(&path(family, key)))
    }

    /// Deletes a family of the database, or what is at and below a key of it; how many rows.
    ///
    /// # Errors
    /// [`Refusal::Full`] while too many changes wait to be kept.
    pub fn database_delete_tree(&self, family: &str, key: Option<&str>) -> Result<usize, Refusal> {
        self.with_database(|database| database.delete_tree(&path(family, key.unwrap_or_default())))
    }

    /// The rows of the database at and below a path (`/family`, `/family/key`, the empty one for all), in order.
    pub fn database_tree(&self, prefix: &str) -> Vec<(Arc<str>, Arc<str>)> {
        let prefix = path(prefix, "");
        self.with_database(|database| {
            database
                .tree(&prefix)
                .map(|(path, value)| (path.clone(), value.clone()))
                .collect()
        })
    }

    /// The names directly below a path of the database, in order.
    pub fn database_keys(&self, prefix: &str) -> Vec<String> {
        self.with_database(|database| database.keys(&path(prefix, "")))
    }

    fn with_database<T>(&self, work: impl FnOnce(&mut Database) -> T) -> T {
        self.with_state(|state: &mut State| work(&mut state.database))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database() -> Database {
        let rows = [
            ("/fam/k1", "one"),
            ("/fam/k2", "two words"),
            ("/fam/sub/k3", "3"),
            ("/family/x", "other"),
        ];
        Database::new(
            rows.map(|(path, value)| (Arc::from(path), Arc::from(value)))
                .into(),
        )
    }

    fn paths(database: &Database, path: &str) -> Vec<String> {
        database.tree(path).map(|(path, _)| path.to_string()).collect()
    }

    #[test]
    fn a_tree_is_a_family_and_not_its_namesakes() {
        let database = database();
        assert_eq!(paths(&database, "/fam"), ["/fam/k1", "/fam/k2", "/fam/sub/k3"]);
        assert_eq!(paths(&database, "/fam/sub"), ["/fam/sub/k3"]);
        assert_eq!(paths(&database, "/fam/k1"), ["/fam/k1"]);
        assert_eq!(paths(&database, "/nosuch"), [""; 0]);
        assert_eq!(paths(&database, "").len(), 4);
        assert_eq!(database.keys("/fam"), ["k1", "k2", "sub"]);
        assert_eq!(database.keys(""), ["fam", "family"]);
    }

    #[test]
    fn changes_are_told_and_refused_while_nobody_keeps_up() {
        let mut database = database();
        let mut changes = database.changes();
        database.put("/a/b", "c").unwrap();
        assert_eq!(database.delete("/a/b"), Ok(true));
        assert_eq!(database.delete("/a/b"), Ok(false));
        assert_eq!(database.delete_tree("/fam"), Ok(3));
        assert_eq!(database.delete_tree("/fam"), Ok(0));
        let told: Vec<_> = std::iter::from_fn(|| changes.try_recv().ok()).collect();
        assert_eq!(
            told,
            [
                DatabaseChange::Put {
                    path: "/a/b".into(),
                    value: "c".into()
                },
                DatabaseChange::Delete { path: "/a/b".into() },
                DatabaseChange::DeleteTree { path: "/fam".into() },
            ]
        );
        for _ in 0..CHANGES_MAX {
            database.put("/a/b", "c").unwrap();
        }
        assert!(matches!(database.put("/a/b", "d"), Err(Refusal::Full(_))));
        assert_eq!(database.get("/a/b").as_deref(), Some("c"));
        drop(changes);
        database.put("/a/b", "d").unwrap();
        assert_eq!(database.get("/a/b").as_deref(), Some("d"));
    }

    #[test]
    fn rows_have_bounds() {
        let mut database = database();
        let long = "k".repeat(DATABASE_PATH_BYTES_MAX);
        assert!(matches!(
            database.put(&path("f", &long), ""),
            Err(Refusal::Invalid(_))
        ));
        let value = "v".repeat(DATABASE_VALUE_BYTES_MAX + 1);
        assert!(matches!(database.put("/f/k", &value), Err(Refusal::Invalid(_))));
    }
}
