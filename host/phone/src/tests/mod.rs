//! Phones back to back over a simulated wire, in virtual time.

mod calls;
mod wire;
