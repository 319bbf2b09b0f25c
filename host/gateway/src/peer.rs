//! The far side of a session: whoever sends commands and reads replies.

mod network;
mod program;
mod queue;
mod sound_pipe;
mod stream;

pub(crate) use network::{Address, Tcp, connect};
pub use network::{Connection, Network};
pub(crate) use program::{Program, ProgramError, spawn};
pub(crate) use queue::Queue;
pub(crate) use sound_pipe::SoundPipe;
pub(crate) use stream::Stream;

use crate::wire::LineError;
use std::sync::Arc;
use ucx_call::Principal;

/// What comes from the far side.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// A line, which is a command.
    Line {
        /// As it was sent, without its end.
        text: Arc<str>,
        /// What its sender calls it.
        id: Option<Arc<str>>,
        /// Who sent it, if with rights of their own.
        principal: Option<Principal>,
    },
    /// A line that is none.
    Bad(LineError),
    /// Nothing comes any more.
    Over,
}

/// The far side of a session.
pub(crate) enum Peer {
    /// A program, here or in the network.
    Stream(Box<Stream>),
    /// Clients of the Manager interface, through a queue.
    Queue(Queue),
}

impl Peer {
    /// What comes next; safe to be given up half-way.
    pub async fn next(&mut self) -> Input {
        match self {
            Self::Stream(stream) => stream.next().await,
            Self::Queue(queue) => queue.next().await,
        }
    }

    /// Waits until the far side sends something while a command runs, or is gone: the command is to give way then. Commands
    /// of a queue wait for their turn instead.
    pub async fn speaks(&mut self) {
        match self {
            Self::Stream(stream) => stream.speaks().await,
            Self::Queue(_) => std::future::pending().await,
        }
    }

    /// Whether commands come by a queue.
    pub fn is_queue(&self) -> bool {
        matches!(self, Self::Queue(_))
    }
}
