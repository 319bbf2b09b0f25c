//! How does a plugin come, change and go? Bundles taken in, generations recorded, waiting, tried out, and gone back from.

pub(crate) mod diff;
pub(crate) mod generations;
pub(crate) mod grants;
pub(crate) mod ledger;
pub(crate) mod quarantine;
pub(crate) mod taking;
pub(crate) mod trial;
