//! What only users who may do everything reach: the field's own words for it. The desk decides; these lists only see to
//! it that clients get the texts they know, and that nothing is tried that would be refused half-way.

use super::Call;
use crate::event::Classes;

/// Parts of names of applications.
const APPLICATIONS: [&str; 8] = [
    "agi",
    "dbdeltree",
    "exec",
    "externalivr",
    "mixmonitor",
    "originate",
    "reload",
    "system",
];

/// Parts of the data of any application.
const DATA: [&str; 7] = ["CURL", "DB", "EVAL", "FILE", "ODBC", "REALTIME", "SHELL"];

/// Functions that reach files, hosts or the shell.
const FUNCTIONS: [&str; 11] = [
    "AST_CONFIG",
    "CURL",
    "DB_DELETE",
    "ENV",
    "FILE",
    "FILE_COUNT_LINE",
    "FILE_FORMAT",
    "LOCK",
    "SHELL",
    "STAT",
    "SYSINFO",
];

/// Whether this user may not have that application run with that data.
pub(super) fn is_application_forbidden(call: &Call<'_>, name: &str, data: &str) -> bool {
    if call.user.write.contains(Classes::SYSTEM) {
        return false;
    }
    let (name, upper) = (name.to_ascii_lowercase(), data.to_ascii_uppercase());
    APPLICATIONS.iter().any(|part| name.contains(part))
        // The Gateway program of a queue is its sixth argument.
        || (name == "queue" && data.split(',').nth(5).is_some_and(|agi| !agi.is_empty()))
        || DATA.iter().any(|part| upper.contains(part))
}

/// Whether this user may not use a function of an expression, also one inside the arguments of another.
pub(super) fn is_function_forbidden(call: &Call<'_>, expression: &str) -> bool {
    if call.user.write.contains(Classes::SYSTEM) {
        return false;
    }
    let upper = expression.to_ascii_uppercase();
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    upper.match_indices('(').any(|(at, _)| {
        let before = upper[..at].trim_end();
        let name = &before[before.rfind(|c| !is_word(c)).map_or(0, |end| end + 1)..];
        FUNCTIONS.contains(&name)
    })
}
