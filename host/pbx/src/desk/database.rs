//! Requests about the database of the dialplan.

use super::Desk;
use std::sync::Arc;
use ucx_call::{Refusal, Right};

impl Desk {
    /// The value of a row.
    ///
    /// # Errors
    /// As for [`Self::channels`].
    pub async fn database_get(&self, family: &str, key: &str) -> Result<Option<Arc<str>>, Refusal> {
        let (family, key) = (family.to_owned(), key.to_owned());
        self.ask(Right::Look, move |pbx| Ok(pbx.database_get(&family, &key)))
            .await
    }

    /// Writes a row.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] without a family or key, or past their lengths; [`Refusal::Full`].
    pub async fn database_put(&self, family: &str, key: &str, value: &str) -> Result<(), Refusal> {
        let (family, key, value) = (family.to_owned(), key.to_owned(), value.to_owned());
        self.ask(Right::Administer, move |pbx| {
            pbx.database_put(&family, &key, &value)
        })
        .await
    }

    /// Deletes a row; whether there was one.
    ///
    /// # Errors
    /// [`Refusal::Full`] while too many changes wait to be kept.
    pub async fn database_delete(&self, family: &str, key: &str) -> Result<bool, Refusal> {
        let (family, key) = (family.to_owned(), key.to_owned());
        self.ask(Right::Administer, move |pbx| pbx.database_delete(&family, &key))
            .await
    }

    /// Deletes a family, or what is at and below a key of it; how many rows.
    ///
    /// # Errors
    /// [`Refusal::Full`] while too many changes wait to be kept.
    pub async fn database_delete_tree(&self, family: &str, key: Option<&str>) -> Result<usize, Refusal> {
        let (family, key) = (family.to_owned(), key.map(str::to_owned));
        self.ask(Right::Administer, move |pbx| {
            pbx.database_delete_tree(&family, key.as_deref())
        })
        .await
    }

    /// The rows at and below a path (`family`, `family/key`, the empty one for all), each with its path, in order.
    ///
    /// # Errors
    /// As for [`Self::channels`].
    pub async fn database_tree(&self, prefix: &str) -> Result<Vec<(Arc<str>, Arc<str>)>, Refusal> {
        let prefix = prefix.to_owned();
        self.ask(Right::Look, move |pbx| Ok(pbx.database_tree(&prefix)))
            .await
    }
}
