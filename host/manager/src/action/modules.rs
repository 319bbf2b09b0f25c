//! Names of modules as clients write them.

use super::Call;

/// Parts of the host that clients may have read again although they are no modules.
const PARTS: [&str; 14] = [
    "acl",
    "cdr",
    "cel",
    "dnsmgr",
    "dsp",
    "enum",
    "extconfig",
    "features",
    "http",
    "indications",
    "logger",
    "manager",
    "plc",
    "udptl",
];

/// Whether a name, with or without its ending, is that of a module, running or not.
pub(super) fn find(call: &Call<'_>, name: &str) -> Option<ucx_pbx::Module> {
    let stem = name.strip_suffix(".so").unwrap_or(name);
    let is_meant = |module: &ucx_pbx::Module| {
        let own = module.name.strip_suffix(".so").unwrap_or(module.name);
        own.eq_ignore_ascii_case(stem)
    };
    call.host.modules().into_iter().find(is_meant)
}

/// Whether clients may ask for that to be read again.
pub(super) fn is_reloadable_name(call: &Call<'_>, name: &str) -> bool {
    PARTS.iter().any(|part| part.eq_ignore_ascii_case(name)) || find(call, name).is_some()
}
