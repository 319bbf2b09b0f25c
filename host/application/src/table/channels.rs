//! Operations of `channels`, by what they do.

mod beside;
mod make;
mod media;
mod steer;
mod variables;

use super::Row;

/// The operations, in the order of the document.
pub(super) static OPERATIONS: &[&[Row]] = &[
    make::OPERATIONS,
    steer::OPERATIONS,
    media::OPERATIONS,
    variables::OPERATIONS,
    beside::OPERATIONS,
];
