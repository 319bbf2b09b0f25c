//! What the control loop asks of whoever carries media: real sockets on a thread, or a simulated network.

use std::io;
use std::net::{IpAddr, SocketAddr};
use ucx_media::{Command, StreamConfig, StreamId};

/// Carries the media of streams. Its events come back through [`crate::Control::handle_media_event`].
pub trait MediaDriver {
    /// Opens a stream on a port of its own and answers its RTP address; RTCP is one port above.
    ///
    /// # Errors
    /// Without a free port, or when the media plane is full.
    fn open(&mut self, stream: StreamId, at: IpAddr, config: StreamConfig) -> io::Result<SocketAddr>;

    /// Hands a command to the stream's plane; a stream that is closed ignores it.
    fn command(&mut self, command: Command);

    /// Closes a stream and its sockets.
    fn close(&mut self, stream: StreamId);

    /// Nothing more is asked for now: whoever carries the media may be woken for what was.
    fn flush(&mut self) {}
}
