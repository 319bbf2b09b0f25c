//! The built-in functions.

mod callerid;
mod causes;
mod channel;
mod dialplan;
mod logic;
mod rand;
mod strings;
mod timeout;
mod variables;

use ucx_pbx::Registry;

pub(crate) fn register(registry: &mut Registry) {
    registry.function(callerid::CallerId);
    registry.function(causes::Exception);
    registry.function(causes::HangupCause);
    registry.function(causes::HangupCauseKeys);
    registry.function(channel::Channel);
    registry.function(dialplan::DialplanExists);
    registry.function(dialplan::ValidExten);
    registry.function(logic::Exists);
    registry.function(logic::If);
    registry.function(logic::IfTime);
    registry.function(logic::IsNull);
    registry.function(rand::Rand);
    registry.function(strings::Cut);
    registry.function(strings::Eval);
    registry.function(strings::FieldQty);
    registry.function(strings::Filter);
    registry.function(strings::Len);
    registry.function(strings::ToLower);
    registry.function(strings::ToUpper);
    registry.function(timeout::Timeout);
    registry.function(variables::Global);
    registry.function(variables::Local);
}
