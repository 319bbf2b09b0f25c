//! Channels: seen, made, steered, played to and recorded, and let go.

mod leave;
mod look;
mod make;
mod media;
mod steer;
mod variables;

use crate::operation::Operation;

/// What can be asked of them, by what it is about.
pub const OPERATIONS: [&[Operation]; 6] = [
    leave::OPERATIONS,
    look::OPERATIONS,
    make::OPERATIONS,
    media::OPERATIONS,
    steer::OPERATIONS,
    variables::OPERATIONS,
];
