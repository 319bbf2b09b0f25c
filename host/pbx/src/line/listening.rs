//! Hearing what a channel's far end says.

use super::{Ending, Line};
use crate::Pbx;
use std::sync::Arc;
use tokio::sync::mpsc;
use ucx_call::RecordingId;
use ucx_switch::Switch;

/// Pieces of sound that may wait, four seconds of the usual 20 ms; what comes while it is full is lost.
const PIECES_MAX: usize = 200;

/// What the far end says, until it is dropped.
pub struct Listening {
    pbx: Pbx,
    listener: RecordingId,
    pieces: mpsc::Receiver<Arc<[i16]>>,
}

impl Listening {
    /// The next samples, 8,000 a second; none when the channel is over. While nobody says anything none may come. Cancel safe.
    pub async fn next(&mut self) -> Option<Arc<[i16]>> {
        self.pieces.recv().await
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.pbx.forget_listener(self.listener);
    }
}

impl Line {
    /// Listens to the far end.
    ///
    /// # Errors
    /// As for [`Self::answer`]; [`Ending::Refused`] if too many listen.
    pub fn listen(&self) -> Result<Listening, Ending> {
        let listener = self.control(Switch::listen)?;
        let (sender, pieces) = mpsc::channel(PIECES_MAX);
        self.pbx.note_listener(listener, self.channel, sender);
        Ok(Listening {
            pbx: self.pbx.clone(),
            listener,
            pieces,
        })
    }
}
