//! Named faults that the simulation has to find.

/// One deliberate mistake. Only a build with the feature `faults` can make it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// An application hears twice that a channel left it.
    StasisEndTwice,
    /// It does not hear that a channel left it that was taken away.
    StasisEndLost,
    /// It hears so after what the channel's next owner did first.
    StasisEndLate,
    /// An application that nobody has takes channels all the same.
    DeadApplicationTakes,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::StasisEndTwice,
        Self::StasisEndLost,
        Self::StasisEndLate,
        Self::DeadApplicationTakes,
    ];
}
