//! Whether two conversations are of the same call: ids renamed, what differs from run to run masked, order compared
//! where order is promised.

mod ami;
mod ari;
mod causal;
mod diff;
mod mask;
mod rename;
#[cfg(test)]
mod tests;

pub use ami::compare_ami;
pub use ari::compare_ari;

use std::fmt;

/// One way in which two conversations differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Whose order it is: a channel, a bridge, a device, a reply.
    pub subject: String,
    /// What differs, a line each: `-` only in the recorded one, `+` only in ours, `!` a rule of order broken.
    pub text: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}", self.subject, self.text)
    }
}
