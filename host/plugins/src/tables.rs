//! What stands in the operator's lookup tables? Rows by key, held in memory, read anew when a file's content changes.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use crate::bindings::ucx::host::lookup::Row;
use crate::bindings::ucx::types::common::{Attr, Value};

/// Rows of a table.
const ROWS_MAX: usize = 1_000_000;
/// Columns of a row.
const COLUMNS_MAX: usize = 64;
/// The largest table file in bytes.
const FILE_MAX: u64 = 128 << 20;

/// One table.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: HashMap<String, Row>,
    /// The lengths of keys in bytes, longest first: the only prefixes worth a try.
    lengths: Vec<usize>,
}

impl Table {
    fn new(rows: impl IntoIterator<Item = Row>) -> Result<Self, String> {
        let mut by_key = HashMap::new();
        for row in rows {
            if by_key.len() >= ROWS_MAX {
                return Err(format!("a table has at most {ROWS_MAX} rows"));
            }
            if row.columns.len() > COLUMNS_MAX {
                return Err(format!("row {}: at most {COLUMNS_MAX} columns", row.key));
            }
            if let Some(twice) = by_key.insert(row.key.clone(), row) {
                return Err(format!("key {} stands twice", twice.key));
            }
        }
        let mut lengths: Vec<usize> = by_key.keys().map(String::len).collect();
        lengths.sort_unstable_by(|a, b| b.cmp(a));
        lengths.dedup();
        Ok(Self {
            rows: by_key,
            lengths,
        })
    }

    pub(crate) fn find(&self, key: &str) -> Option<&Row> {
        self.rows.get(key)
    }

    pub(crate) fn longest_prefix(&self, digits: &str) -> Option<&Row> {
        let prefixes = self.lengths.iter().filter_map(|&length| digits.get(..length));
        prefixes.filter_map(|prefix| self.rows.get(prefix)).next()
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Reads a CSV file: a header line, and the key in the first column.
    fn from_csv(bytes: &[u8]) -> Result<Self, String> {
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .comment(Some(b'#'))
            .from_reader(bytes);
        let names = reader.headers().map_err(|error| error.to_string())?.clone();
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| error.to_string())?;
            let columns = names.iter().zip(&record).skip(1).map(|(name, text)| Attr {
                name: name.to_owned(),
                value: Value::Text(text.to_owned()),
            });
            rows.push(Row {
                key: record.get(0).unwrap_or("").to_owned(),
                columns: columns.collect(),
            });
            if rows.len() > ROWS_MAX {
                break;
            }
        }
        Self::new(rows)
    }

    /// Reads a TOML file: a table for each key, `["+44"]`.
    fn from_toml(text: &str) -> Result<Self, String> {
        let rows: BTreeMap<String, BTreeMap<String, toml::Value>> =
            toml::from_str(text).map_err(|error| error.to_string())?;
        let rows = rows.into_iter().map(|(key, columns)| {
            let columns = columns.into_iter().map(|(name, value)| Attr {
                name,
                value: plain(value),
            });
            Row {
                key,
                columns: columns.collect(),
            }
        });
        Self::new(rows)
    }
}

/// A TOML value as an attribute's; what has no counterpart travels as text.
fn plain(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::Text(text),
        toml::Value::Integer(number) => Value::Int(number),
        toml::Value::Float(number) => Value::Real(number),
        toml::Value::Boolean(truth) => Value::Boolean(truth),
        other @ (toml::Value::Datetime(_) | toml::Value::Array(_) | toml::Value::Table(_)) => {
            Value::Text(other.to_string())
        }
    }
}

/// What became of a table file that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TableChange {
    Loaded { table: String, rows: usize },
    Refused { table: String, reason: String },
    Removed { table: String },
}

/// All tables, by name. The locks guard pointers: readers clone an `Arc`, the loader swaps it.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    by_name: RwLock<HashMap<String, Arc<Table>>>,
    seen: RwLock<BTreeMap<PathBuf, Vec<u8>>>,
}

impl Tables {
    pub(crate) fn by_name(&self, name: &str) -> Option<Arc<Table>> {
        self.by_name
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
            .cloned()
    }

    /// Reads the folder's `*.csv` and `*.toml` whose content is not the one known. A file that cannot be read leaves its
    /// old table in place; a file that is gone takes it away.
    pub(crate) fn reload(&self, folder: &Path) -> Vec<TableChange> {
        let mut changes = Vec::new();
        let mut present = Vec::new();
        for path in table_files(folder) {
            let Some(name) = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()) else {
                continue;
            };
            present.push(path.clone());
            let read = crate::file::read(&path, FILE_MAX);
            // What cannot be read is told once, like any other content.
            let digest = read.as_ref().map_or_else(
                |why| why.as_bytes().to_vec(),
                |bytes| crate::digest::sha256(bytes).to_vec(),
            );
            if self
                .seen
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .get(&path)
                == Some(&digest)
            {
                continue;
            }
            self.seen
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(path.clone(), digest);
            changes.push(match read.and_then(|bytes| parse(&path, &bytes)) {
                Ok(table) => {
                    let rows = table.len();
                    self.insert(&name, table);
                    TableChange::Loaded { table: name, rows }
                }
                Err(reason) => TableChange::Refused { table: name, reason },
            });
        }
        changes.extend(self.forget_all_but(&present));
        changes
    }

    fn insert(&self, name: &str, table: Table) {
        self.by_name
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name.to_owned(), Arc::new(table));
    }

    fn forget_all_but(&self, present: &[PathBuf]) -> Vec<TableChange> {
        let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
        let gone: Vec<PathBuf> = seen
            .keys()
            .filter(|path| !present.contains(path))
            .cloned()
            .collect();
        let mut changes = Vec::new();
        for path in gone {
            seen.remove(&path);
            let Some(table) = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()) else {
                continue;
            };
            self.by_name
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(&table);
            changes.push(TableChange::Removed { table });
        }
        changes
    }
}

fn table_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let is_table = |path: &PathBuf| {
        path.extension()
            .is_some_and(|extension| extension == "csv" || extension == "toml")
    };
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(is_table)
        .collect();
    files.sort();
    files
}

fn parse(path: &Path, bytes: &[u8]) -> Result<Table, String> {
    if path.extension().is_some_and(|extension| extension == "csv") {
        return Table::from_csv(bytes);
    }
    Table::from_toml(std::str::from_utf8(bytes).map_err(|_| "not UTF-8".to_owned())?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Folder;

    #[test]
    fn the_longest_prefix_is_found() {
        let table = Table::from_csv(b"prefix,trunk\n+44,a\n+4420,b\n,rest\n").unwrap();
        let trunk = |digits: &str| table.longest_prefix(digits).map(|row| row.key.clone());
        assert_eq!(trunk("+442079"), Some("+4420".to_owned()));
        assert_eq!(trunk("+441"), Some("+44".to_owned()));
        assert_eq!(trunk("1"), Some(String::new()));
        assert_eq!(trunk("+4é"), Some(String::new()));
    }

    #[test]
    fn a_table_follows_its_file_and_survives_a_broken_one() {
        let folder = Folder::new("tables");
        let tables = Tables::default();
        folder.write("lcr.csv", "prefix,trunk\n+44,a\n");
        assert_eq!(
            tables.reload(&folder.0),
            [TableChange::Loaded {
                table: "lcr".to_owned(),
                rows: 1
            }]
        );
        assert_eq!(tables.reload(&folder.0), []);
        folder.write("lcr.csv", "prefix,trunk\n+44,a\n+44,b\n");
        assert!(
            matches!(&tables.reload(&folder.0)[..], [TableChange::Refused { reason, .. }] if reason.contains("twice"))
        );
        assert!(tables.by_name("lcr").unwrap().find("+44").is_some());
        folder.write("lcr.csv", "prefix,trunk\n+33,a\n");
        tables.reload(&folder.0);
        assert!(tables.by_name("lcr").unwrap().find("+44").is_none());
        folder.remove("lcr.csv");
        assert_eq!(
            tables.reload(&folder.0),
            [TableChange::Removed {
                table: "lcr".to_owned()
            }]
        );
        assert!(tables.by_name("lcr").is_none());
    }

    #[test]
    fn a_table_that_is_no_ordinary_file_is_told_once() {
        let folder = Folder::new("tables-endless");
        std::os::unix::fs::symlink("/dev/zero", folder.0.join("endless.csv")).unwrap();
        let tables = Tables::default();
        let refused = TableChange::Refused {
            table: "endless".to_owned(),
            reason: "not an ordinary file".to_owned(),
        };
        assert_eq!(tables.reload(&folder.0), [refused]);
        assert_eq!(tables.reload(&folder.0), []);
    }

    #[test]
    fn toml_keeps_the_kind_of_a_value() {
        let table = Table::from_toml("['+44']\ntrunk = 'a'\nring = 20\n").unwrap();
        let row = table.find("+44").unwrap();
        assert!(row.columns.contains(&Attr {
            name: "ring".to_owned(),
            value: Value::Int(20)
        }));
    }
}
