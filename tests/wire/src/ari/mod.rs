//! Conversations of the Application interface.

mod check;
mod shape;
mod steps;
#[cfg(test)]
mod tests;

pub use check::check;
pub use steps::{Step, read};
