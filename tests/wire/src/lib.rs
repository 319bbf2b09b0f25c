//! An independent checker of everything the three interfaces say, and the comparison of whole calls with recorded ones.
//!
//! Shares no code with what it checks: it knows the fact tables and nothing else. [`check_ami`] and [`check_ari`] look
//! at one conversation; [`compare_ami`] and [`compare_ari`] hold one against another of the same call.

#![deny(missing_docs)]

mod ami;
mod ari;
mod defect;
mod golden;
pub mod proof;
#[cfg(test)]
mod rendered;
mod violation;

pub use ami::{Entry, Message, check as check_ami, read as read_ami};
pub use ari::{Step, check as check_ari, read as read_ari};
pub use defect::without_known_defects;
pub use golden::{Difference, compare_ami, compare_ari};
pub use violation::Violation;

/// Which of the two text forms a conversation has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The Manager's wire, alone or with the client's lines behind `>>> `.
    Ami,
    /// Requests, replies and events of the Application interface, each behind `=== `.
    Ari,
}

/// The form of a conversation, by how it begins.
pub fn form(bytes: &[u8]) -> Form {
    if bytes.starts_with(b"=== ") {
        Form::Ari
    } else {
        Form::Ami
    }
}
