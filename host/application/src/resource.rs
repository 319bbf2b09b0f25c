//! The operations that are built, one file per resource.

use crate::operation::Operation;

/// All of them.
pub const BUILT: &[&[Operation]] = &[];
