//! The mistakes a host can be made to make, each of which some world has to notice.

/// One deliberate mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// In the switch.
    Switch(ucx_switch::Fault),
    /// In SIP.
    Sip(ucx_sip::Fault),
}

impl Fault {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        let switch = ucx_switch::Fault::ALL.into_iter().map(Self::Switch);
        switch.chain(ucx_sip::Fault::ALL.into_iter().map(Self::Sip))
    }
}

/// Makes the host make it.
#[cfg(feature = "faults")]
pub(crate) fn inject(fault: Option<Fault>, pbx: &ucx_pbx::Pbx, sip: &mut ucx_sip::Endpoint) {
    match fault {
        Some(Fault::Switch(fault)) => pbx.inject(fault),
        Some(Fault::Sip(fault)) => sip.inject(fault),
        None => {}
    }
}
