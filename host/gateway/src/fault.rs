//! Named mistakes a session can be made to make, so that the simulation can show that it finds them.

/// One deliberate mistake. Only a build with the feature `faults` can make it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The program of a channel that was taken away stays connected.
    SessionLeftBehind,
    /// `AGISTATUS` tells of a good end though the channel was taken away.
    WrongStatus,
    /// A program that died keeps its caller.
    DeathUnnoticed,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::SessionLeftBehind, Self::WrongStatus, Self::DeathUnnoticed];
}
