//! The control plane's middle with a pbx, a SIP endpoint and a peer of its own, without sockets and files.

mod audio;
mod beside;
mod doors;
mod far_end;
mod texts;
mod world;
