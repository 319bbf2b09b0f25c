//! Mistakes made on purpose, for the simulation to find.

use crate::Pbx;
use ucx_call::{Lease, Refusal};
use ucx_switch::Fault;

impl Pbx {
    /// Makes the switch make that mistake from now on.
    pub fn inject(&self, fault: Fault) {
        self.mutate(|switch, _| switch.inject(fault));
    }

    /// Answers with whatever lease is shown, as a controller does that has not heard of its end.
    ///
    /// # Errors
    /// As for [`ucx_switch::Switch::answer`]; [`Refusal::NotInControl`] unless the lease is on top.
    pub fn answer_with(&self, lease: Lease) -> Result<(), Refusal> {
        self.mutate(|switch, now| switch.answer(now, lease))
    }
}
