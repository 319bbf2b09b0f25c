//! Named faults that the simulation has to find.

/// One deliberate mistake. Only a build with the feature `faults` can make it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A channel ends without its event.
    LostHangup,
    /// The end of a dialled leg is told twice.
    DoubleDialEnd,
    /// A channel that leaves stays in the bridge's list.
    BridgeMemberLeak,
    /// A lease that is not on top drives all the same.
    StaleLeaseDrives,
    /// Only the top lease hears of an interruption.
    InterruptStopsAtTop,
    /// A dial's timeout never comes.
    LostDialTimeout,
    /// Other legs ring on after one answered.
    LosersRingOn,
    /// One half of a Local pair outlives the other.
    LocalHalfSurvives,
    /// A channel hears its old peer after the bridge is gone.
    StaleAudio,
    /// The driver is not told that a leg is over.
    LegNotReleased,
    /// A peer stays up when its bridge is gone.
    OrphanedPeer,
    /// The state goes to Up without an answer to the driver.
    SilentAnswer,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::LostHangup,
        Self::DoubleDialEnd,
        Self::BridgeMemberLeak,
        Self::StaleLeaseDrives,
        Self::InterruptStopsAtTop,
        Self::LostDialTimeout,
        Self::LosersRingOn,
        Self::LocalHalfSurvives,
        Self::StaleAudio,
        Self::LegNotReleased,
        Self::OrphanedPeer,
        Self::SilentAnswer,
    ];
}

#[cfg(feature = "faults")]
impl super::Switch {
    /// Makes that mistake from now on.
    pub fn inject(&mut self, fault: Fault) {
        self.fault = Some(fault);
    }

    pub(crate) fn has_fault(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }
}

#[cfg(not(feature = "faults"))]
impl super::Switch {
    #[allow(clippy::unused_self)]
    pub(crate) const fn has_fault(&self, _fault: Fault) -> bool {
        false
    }
}
