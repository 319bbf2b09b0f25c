//! Conversations of the Manager interface.

mod check;
mod known;
mod layout;
mod stream;
#[cfg(test)]
mod tests;
mod value;

pub(crate) use known::is_like;
pub(crate) use value::is_moment;

pub use check::check;
pub use stream::{Entry, Message, read};
