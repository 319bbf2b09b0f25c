//! Phones back to back over a simulated wire in virtual time, before a registrar, and on real sockets.

mod calls;
mod registering;
mod sockets;
pub(crate) mod wire;
