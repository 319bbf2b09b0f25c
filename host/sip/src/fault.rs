//! Named faults that the simulation has to find.

/// One deliberate mistake. Only a build with the feature `faults` can make it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A BYE that crosses ours is not answered.
    CrossingByeUnanswered,
    /// A 200 that crosses our CANCEL is neither acknowledged nor ended.
    CrossingOkIgnored,
    /// A 200 is not repeated while its ACK is missing.
    OkNotRepeated,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 3] = [
        Self::CrossingByeUnanswered,
        Self::CrossingOkIgnored,
        Self::OkNotRepeated,
    ];
}

#[cfg(feature = "faults")]
impl crate::Endpoint {
    /// Makes that mistake from now on.
    pub fn inject(&mut self, fault: Fault) {
        self.fault = Some(fault);
    }

    pub(crate) fn has_fault(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }
}

#[cfg(not(feature = "faults"))]
impl crate::Endpoint {
    #[allow(clippy::unused_self)]
    pub(crate) const fn has_fault(&self, _fault: Fault) -> bool {
        false
    }
}
