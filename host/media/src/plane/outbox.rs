//! Where packets wait to be sent: one buffer, reused, so that relaying allocates nothing.

use super::command::StreamId;
use std::collections::VecDeque;
use std::net::SocketAddr;

/// Bytes that may wait; packets beyond are dropped and counted. The contract is to drain after every call.
pub const MAX_OUTBOX_BYTES: usize = 8 << 20;

/// Which of a stream's two sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PacketKind {
    /// The RTCP socket.
    Rtcp,
    /// The RTP socket.
    Rtp,
}

/// One packet to send; its bytes are [`super::Plane::bytes`] until the next call of a `handle_*` method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transmit {
    /// The stream whose socket sends it.
    pub stream: StreamId,
    /// Which of its sockets.
    pub kind: PacketKind,
    /// Where to.
    pub to: SocketAddr,
    start: usize,
    end: usize,
}

#[derive(Debug, Default)]
pub(crate) struct Outbox {
    bytes: Vec<u8>,
    waiting: VecDeque<Transmit>,
    dropped: u64,
}

impl Outbox {
    /// Frees the bytes of packets that were all taken.
    pub(crate) fn reuse(&mut self) {
        if self.waiting.is_empty() {
            self.bytes.clear();
        }
    }

    /// Adds a packet that `write` appends; gives how many bytes it has.
    pub(crate) fn push(
        &mut self,
        stream: StreamId,
        kind: PacketKind,
        to: SocketAddr,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> usize {
        if self.bytes.len() >= MAX_OUTBOX_BYTES {
            self.dropped += 1;
            return 0;
        }
        let start = self.bytes.len();
        write(&mut self.bytes);
        let end = self.bytes.len();
        self.waiting.push_back(Transmit {
            stream,
            kind,
            to,
            start,
            end,
        });
        end - start
    }

    pub(crate) fn pop(&mut self) -> Option<Transmit> {
        self.waiting.pop_front()
    }

    pub(crate) fn bytes(&self, transmit: &Transmit) -> &[u8] {
        self.bytes.get(transmit.start..transmit.end).unwrap_or_default()
    }

    pub(crate) const fn dropped(&self) -> u64 {
        self.dropped
    }
}
