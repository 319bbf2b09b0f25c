//! The functions, one file each.

mod len;

use ucx_pbx::Registry;

/// Adds them all.
pub(crate) fn register(registry: &mut Registry) {
    registry.function(len::Len);
}
