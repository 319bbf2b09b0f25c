//! Channels: seen, made, steered, played to and recorded, and let go.

mod external;
mod leave;
mod look;
mod make;
mod media;
mod snoop;
mod steer;
mod variables;

use crate::operation::Operation;

/// What can be asked of them, by what it is about.
pub const OPERATIONS: [&[Operation]; 8] = [
    external::OPERATIONS,
    leave::OPERATIONS,
    look::OPERATIONS,
    make::OPERATIONS,
    media::OPERATIONS,
    snoop::OPERATIONS,
    steer::OPERATIONS,
    variables::OPERATIONS,
];
