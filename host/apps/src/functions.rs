//! The functions, one file each.

mod callerid;
mod channel;
mod cut;
mod dialplan_exists;
mod eval;
mod exception;
mod exists;
mod field_qty;
mod filter;
mod global;
mod hangup_cause;
mod hangup_cause_keys;
mod if_;
mod if_time;
mod is_null;
mod len;
mod local;
mod rand;
mod timeout;
mod to_lower;
mod to_upper;

use ucx_pbx::Registry;

/// Adds them all.
pub(crate) fn register(registry: &mut Registry) {
    registry.function(callerid::CallerId);
    registry.function(channel::Channel);
    registry.function(cut::Cut);
    registry.function(dialplan_exists::DialplanExists);
    registry.function(eval::Eval);
    registry.function(exception::Exception);
    registry.function(exists::Exists);
    registry.function(field_qty::FieldQty);
    registry.function(filter::Filter);
    registry.function(global::Global);
    registry.function(hangup_cause::HangupCause);
    registry.function(hangup_cause_keys::HangupCauseKeys);
    registry.function(if_::If);
    registry.function(if_time::IfTime);
    registry.function(is_null::IsNull);
    registry.function(len::Len);
    registry.function(local::Local);
    registry.function(rand::Rand);
    registry.function(timeout::Timeout);
    registry.function(to_lower::ToLower);
    registry.function(to_upper::ToUpper);
}
