//! The dialplan's database on disk: read at the start, written by a thread of its own as it changes.
//!
//! The file is the one the field keeps (`astdb.sqlite3`, one table of keys and values), so that a database moves over as it is.

use anyhow::{Context, Result};
use rusqlite::{Connection, params};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::mpsc;
use ucx_pbx::{DATABASE_ROWS_MAX, DatabaseChange, Pbx};

/// The file below the directory of the database.
const FILE: &str = "astdb.sqlite3";
/// Changes written in one transaction at most.
const BATCH_MAX: usize = 4_096;
/// How long another program may hold the file before a batch is given up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// A database that was read.
pub struct Astdb {
    path: PathBuf,
    connection: Option<Connection>,
    rows: Vec<(Arc<str>, Arc<str>)>,
}

impl Astdb {
    /// Reads the database below a directory. One that cannot be read is begun empty and kept nowhere, and the log says so.
    pub fn open(folder: &Path) -> Self {
        let path = folder.join(FILE);
        match read(&path) {
            Ok((connection, rows)) => Self {
                path,
                connection: Some(connection),
                rows,
            },
            Err(error) => {
                tracing::error!("the database {} is kept nowhere: {error:#}", path.display());
                Self {
                    path,
                    connection: None,
                    rows: Vec::new(),
                }
            }
        }
    }

    /// Its rows: paths `/family/key` and their values.
    pub fn rows(&self) -> Vec<(Arc<str>, Arc<str>)> {
        self.rows.clone()
    }

    /// Writes changes as they come, until no more can.
    pub fn keep(self, changes: mpsc::Receiver<DatabaseChange>) -> Keeper {
        let thread = self.connection.map(|connection| {
            let path = self.path;
            std::thread::spawn(move || write(&path, connection, changes))
        });
        Keeper(thread)
    }
}

/// Whoever writes the changes.
pub struct Keeper(Option<JoinHandle<()>>);

impl Keeper {
    /// Waits until everything is written that was changed until now.
    pub fn finish(self, pbx: &Pbx) {
        // There is one keeper at a time: with another in its place, the changes of this one come to their end.
        drop(pbx.database_changes());
        self.join();
    }

    fn join(self) {
        if let Some(thread) = self.0
            && thread.join().is_err()
        {
            tracing::error!("the last changes of the database were not written");
        }
    }
}

type Rows = Vec<(Arc<str>, Arc<str>)>;

fn read(path: &Path) -> Result<(Connection, Rows)> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    let connection = Connection::open(path).context("opening it")?;
    connection
        .busy_timeout(BUSY_TIMEOUT)
        .context("setting a time limit")?;
    connection
        .execute_batch(
            "CREATE TABLE IF NOT EXISTS astdb(key VARCHAR(256), value VARCHAR(256), PRIMARY KEY(key));",
        )
        .context("making its table")?;
    let mut rows = Rows::new();
    {
        let mut statement = connection.prepare("SELECT key, value FROM astdb ORDER BY key")?;
        let mut found = statement.query([])?;
        while let Some(row) = found.next()? {
            let (key, value): (String, Option<String>) = (row.get(0)?, row.get(1)?);
            if rows.len() >= DATABASE_ROWS_MAX {
                tracing::error!("the database has more than {DATABASE_ROWS_MAX} rows; the rest is not read");
                break;
            }
            rows.push((Arc::from(key), Arc::from(value.unwrap_or_default())));
        }
    }
    Ok((connection, rows))
}

fn write(path: &Path, mut connection: Connection, mut changes: mpsc::Receiver<DatabaseChange>) {
    while let Some(first) = changes.blocking_recv() {
        let mut batch = vec![first];
        while batch.len() < BATCH_MAX
            && let Ok(next) = changes.try_recv()
        {
            batch.push(next);
        }
        if let Err(error) = apply(&mut connection, &batch) {
            let count = batch.len();
            tracing::error!(count, %error, "changes were not written to {}", path.display());
        }
    }
}

fn apply(connection: &mut Connection, batch: &[DatabaseChange]) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    for change in batch {
        match change {
            DatabaseChange::Put { path, value } => transaction.execute(
                "INSERT OR REPLACE INTO astdb(key, value) VALUES (?1, ?2)",
                params![&**path, &**value],
            )?,
            DatabaseChange::Delete { path } => {
                transaction.execute("DELETE FROM astdb WHERE key = ?1", params![&**path])?
            }
            DatabaseChange::DeleteTree { path } => transaction.execute(
                "DELETE FROM astdb WHERE ?1 = '' OR key = ?1 OR substr(key, 1, length(?1) + 1) = ?1 || '/'",
                params![&**path],
            )?,
        };
    }
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(path: &str, value: &str) -> DatabaseChange {
        DatabaseChange::Put {
            path: Arc::from(path),
            value: Arc::from(value),
        }
    }

    #[test]
    fn what_is_kept_is_there_after_a_restart() {
        let folder = std::env::temp_dir().join(format!("ucx-astdb-{}", std::process::id()));
        let database = Astdb::open(&folder);
        assert!(database.rows().is_empty());
        let (changes, inbox) = mpsc::channel(16);
        let keeper = database.keep(inbox);
        for change in [
            put("/fam/k1", "one"),
            put("/fam/k2", "two"),
            put("/family/k", "stays"),
            put("/fam/k1", "other"),
            put("/tree/a/b", "x"),
            put("/tree/a", "y"),
            put("/tree/ab", "stays too"),
            DatabaseChange::Delete {
                path: Arc::from("/fam/k2"),
            },
            DatabaseChange::DeleteTree {
                path: Arc::from("/tree/a"),
            },
        ] {
            changes.blocking_send(change).unwrap();
        }
        drop(changes);
        keeper.join();
        let rows = Astdb::open(&folder).rows();
        let rows: Vec<(&str, &str)> = rows.iter().map(|(key, value)| (&**key, &**value)).collect();
        assert_eq!(
            rows,
            [
                ("/fam/k1", "other"),
                ("/family/k", "stays"),
                ("/tree/ab", "stays too")
            ]
        );
        std::fs::remove_dir_all(folder).unwrap();
    }
}
