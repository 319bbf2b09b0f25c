//! How does a registration of ours with another registrar stand?

use crate::arena::Key;
use crate::spec::RegisterSpec;
use crate::timer::TimerHandle;

/// Names one registration of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegistrationId(pub(crate) Key);

impl RegistrationId {
    /// A number for logs and maps.
    pub fn number(self) -> u64 {
        self.0.number()
    }
}

/// One registration, refreshed until it is given up.
#[derive(Debug)]
pub(crate) struct Registration {
    pub spec: RegisterSpec,
    pub call_id: String,
    pub tag: String,
    pub cseq: u32,
    pub aim: Aim,
    /// Challenges answered since the last success.
    pub challenges: u8,
    /// Whether it stays when it is withdrawn or refused, to be tried again under the same Call-ID.
    pub is_kept: bool,
    /// The next refresh or retry.
    pub next: Option<TimerHandle>,
}

/// What a registration is to become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aim {
    Registered,
    Removed,
}
