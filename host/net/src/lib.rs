//! The drivers: sockets, the control loop and the media threads. Here SIP, media and the switch meet.

mod asking;
mod bare_rtp;
mod call;
mod contacts;
mod control;
mod directory;
mod doors;
mod entry;
mod keypad;
mod lost;
mod media;
mod media_thread;
mod names;
mod outbound;
mod overhear;
mod play;
mod ports;
mod processor;
mod quality;
mod recorder;
mod recording;
mod registrations;
mod run;
mod session;
mod socket;
mod sounds;
mod status;
mod steering;
mod stream_config;
mod tcp;
#[cfg(test)]
mod tests;
mod texts;

pub use control::{Control, ControlConfig};
pub use directory::{Contact, Directory, EndpointEntry, SharedDirectory};
pub use media::MediaDriver;
pub use media_thread::{MediaThread, MediaThreadConfig};
pub use ports::PortRange;
pub use processor::{take_short_turns, take_usual_turns};
pub use run::{Inbound, Wire, run};
pub use socket::{BoundTransports, SocketWire, TransportSpec};
pub use sounds::{FileSounds, LoadedSounds, Loading, MemorySounds, SoundSource};
