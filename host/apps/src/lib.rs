//! The built-in dialplan applications and functions, one file each: its help, what it does, and its tests.

#[macro_use]
mod define;
mod applications;
mod functions;
mod process;
#[cfg(test)]
mod tests;
mod text;

use ucx_pbx::Registry;

/// Adds every built-in application and function.
pub fn register(registry: &mut Registry) {
    applications::register(registry);
    functions::register(registry);
}
