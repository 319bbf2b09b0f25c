//! What the host's events look like on the Manager's wire: pure folds from events to bytes, one file per family.

pub mod block;
mod classes;
mod context;
mod text;

pub use classes::Classes;
pub use context::{NoVariables, RenderContext, Variables, WatchedVariables};
pub use text::{Text, UNKNOWN};

use bytes::Bytes;

/// One message, ready for every session that may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The name of the event.
    pub name: &'static str,
    /// Who may see it: sessions that see all of these classes.
    pub classes: Classes,
    /// The whole message with the empty line at its end.
    pub bytes: Bytes,
}
