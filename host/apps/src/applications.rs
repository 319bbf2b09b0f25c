//! The applications, one file each.

mod answer;
mod hangup;
mod no_op;

use ucx_pbx::Registry;

/// Adds them all.
pub(crate) fn register(registry: &mut Registry) {
    registry.application(answer::Answer);
    registry.application(hangup::Hangup);
    registry.application(no_op::NoOp);
}
