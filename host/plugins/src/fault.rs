//! Named faults that the simulation has to find.

/// One deliberate mistake. Only a build with the feature `faults` can make it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A call whose component failed goes on where it is, whatever the manifest declares.
    FallbackSkipped,
    /// The generation that is active at the end of a call speaks for it, not the one that led it.
    NewSpeaksForOld,
    /// The leg of a component that failed keeps the lease it was led by.
    LeaseKept,
    /// A call flow that failed keeps its place among the call flows.
    RoomKept,
    /// What an application saved does not reach the next generation.
    SaveLost,
    /// Calls that an application held when it failed count as let go of.
    HeldForgotten,
    /// An application that failed is not started again.
    StaysAway,
    /// It is started again without a pause.
    NoPause,
    /// A decision for which there is no room waits for some.
    WaitsForRoom,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::FallbackSkipped,
        Self::NewSpeaksForOld,
        Self::LeaseKept,
        Self::RoomKept,
        Self::SaveLost,
        Self::HeldForgotten,
        Self::StaysAway,
        Self::NoPause,
        Self::WaitsForRoom,
    ];
}

/// The mistake a host makes, if it makes one.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    #[cfg(feature = "faults")]
    fault: std::sync::OnceLock<Fault>,
}

#[cfg(feature = "faults")]
impl Faults {
    pub(crate) fn has(&self, fault: Fault) -> bool {
        self.fault.get() == Some(&fault)
    }
}

#[cfg(not(feature = "faults"))]
impl Faults {
    #[allow(clippy::unused_self)]
    pub(crate) const fn has(&self, _fault: Fault) -> bool {
        false
    }
}

#[cfg(feature = "faults")]
impl crate::PluginHost {
    /// Makes that mistake from now on; the first one stays.
    pub fn inject(&self, fault: Fault) {
        let _first = self.resources().faults.fault.set(fault);
    }
}
