//! A device and how it is used.

use serde::Serialize;

/// A device as clients see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DeviceState<'a> {
    name: &'a str,
    state: &'static str,
}

impl<'a> DeviceState<'a> {
    /// A device in that state.
    pub fn new(name: &'a str, state: ucx_call::DeviceState) -> Self {
        Self {
            name,
            state: state.as_str(),
        }
    }
}
