//! The functions, one file each.

mod callerid;
mod channel;
mod connected_line;
mod cut;
mod db;
mod db_delete;
mod db_exists;
mod db_key_count;
mod db_keys;
mod device_state;
mod dialplan_exists;
mod env;
mod eval;
mod exception;
mod exists;
mod extension_state;
mod field_qty;
mod file;
mod filter;
mod global;
mod hangup_cause;
mod hangup_cause_keys;
mod hint;
mod if_;
mod if_time;
mod is_null;
mod len;
mod local;
mod presence_state;
mod rand;
mod shell;
mod timeout;
mod to_lower;
mod to_upper;

use ucx_pbx::Registry;

/// Adds them all.
pub(crate) fn register(registry: &mut Registry) {
    registry.function(callerid::CallerId);
    registry.function(connected_line::ConnectedLine);
    registry.function(channel::Channel);
    registry.function(cut::Cut);
    registry.function(db::Db);
    registry.function(db_delete::DbDelete);
    registry.function(db_exists::DbExists);
    registry.function(db_key_count::DbKeyCount);
    registry.function(db_keys::DbKeys);
    registry.function(device_state::DeviceState);
    registry.function(dialplan_exists::DialplanExists);
    registry.function(env::Env);
    registry.function(eval::Eval);
    registry.function(exception::Exception);
    registry.function(exists::Exists);
    registry.function(extension_state::ExtensionState);
    registry.function(field_qty::FieldQty);
    registry.function(file::File);
    registry.function(filter::Filter);
    registry.function(global::Global);
    registry.function(hangup_cause::HangupCause);
    registry.function(hangup_cause_keys::HangupCauseKeys);
    registry.function(hint::Hint);
    registry.function(if_::If);
    registry.function(if_time::IfTime);
    registry.function(is_null::IsNull);
    registry.function(len::Len);
    registry.function(local::Local);
    registry.function(presence_state::PresenceState);
    registry.function(rand::Rand);
    registry.function(shell::Shell);
    registry.function(timeout::Timeout);
    registry.function(to_lower::ToLower);
    registry.function(to_upper::ToUpper);
}
