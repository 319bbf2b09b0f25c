//! What do operators grant, and whom do they trust?

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use ucx_bundle::Trust;

use super::PluginHost;
use crate::grant::Grants;
use crate::life::grants::GrantChange;

impl PluginHost {
    /// Grants something else from now on, beside what is granted by command. Running generations keep the rights they were
    /// taken in with; watched components are looked at again.
    pub fn set_grants(&self, grants: Grants) {
        self.grants.set_config(grants);
        self.follow_grants();
    }

    /// Gives and takes back by command; the error is a sentence, and then nothing has changed. Writes a file.
    pub fn change_grant(&self, plugin: &str, changes: &[GrantChange]) -> Result<(), String> {
        self.grants.change(plugin, changes)?;
        self.follow_grants();
        Ok(())
    }

    fn follow_grants(&self) {
        self.loader.set_grants(self.grants.all());
        self.grants_edition.fetch_add(1, Ordering::SeqCst);
        self.changed.notify_one();
    }

    /// Trusts other keys from now on. What runs is not asked again who signed it.
    pub fn set_trust(&self, trust: Trust) {
        *self.trust.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(trust);
    }

    /// The keys that are trusted.
    pub fn trust(&self) -> Arc<Trust> {
        Arc::clone(&self.trust.read().unwrap_or_else(PoisonError::into_inner))
    }
}
