//! Recording what the leg says; several at a time are possible.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use ucx_call::{RecordingControl, RecordingEnd, RecordingId, RecordingSpec};
use ucx_pbx::{Line, Ways};

use super::super::story::{int_attr, ms};
use super::super::text_attr;
use super::{Deck, ended, play::word};
use crate::bindings::calls::ucx::call::media::Ending;
use crate::bindings::ucx::types::common::Error;
use crate::values::Attr;

/// Recordings of one leg at a time; a further one is refused.
const RECORDINGS_MAX: usize = 8;

/// How a recording ended; the words say why there is none.
pub(crate) type Recorded = Result<(Ending, Option<char>, Duration), &'static str>;

/// What is to be recorded.
pub(crate) struct RecordOrder {
    pub(crate) spec: RecordingSpec,
    /// What of a leg is recorded.
    pub(crate) sides: Ways,
    pub(crate) terminators: String,
    /// It is the guest's own message: it ends when the guest is gone.
    pub(crate) is_message: bool,
}

pub(super) struct Recording {
    name: Arc<str>,
    terminators: String,
    is_message: bool,
    /// It was stopped, by that key if one did it.
    stopped: Option<Option<char>>,
    end: watch::Sender<Option<Recorded>>,
}

impl Recording {
    pub(super) fn stops_on(&self, digit: char) -> bool {
        self.terminators == "any" || self.terminators.contains(digit)
    }

    pub(super) fn stop(&mut self, line: &mut Line, id: RecordingId, key: Option<char>) {
        self.stopped = Some(key);
        control(line, id, RecordingControl::Stop);
    }

    /// Tells how it ended; the attributes of the event about it.
    pub(super) fn ended(self, end: RecordingEnd) -> Vec<Attr> {
        let recorded = match end {
            RecordingEnd::Done {
                duration, by_silence, ..
            } => {
                let ending = match (self.stopped, by_silence) {
                    (Some(Some(_)), _) => Ending::Key,
                    (Some(None), _) => Ending::Stopped,
                    (None, true) => Ending::Silence,
                    (None, false) => Ending::TimedOut,
                };
                Ok((ending, self.stopped.flatten(), duration))
            }
            RecordingEnd::Cancelled => Err("it was thrown away"),
            RecordingEnd::Failed(why) => Err(why),
        };
        let (ending, duration) = match recorded {
            Ok((ending, _, duration)) => (word(ending), duration),
            Err(_) => ("other", Duration::ZERO),
        };
        let attrs = vec![
            text_attr("name", &self.name),
            int_attr("duration", ms(duration)),
            text_attr("ending", ending),
        ];
        self.end.send_replace(Some(recorded));
        attrs
    }

    /// The guest is gone: a message ends, anything else goes on without it.
    pub(super) fn let_go(self, line: &mut Line, id: RecordingId) {
        line.disown_recording(id);
        if self.is_message {
            control(line, id, RecordingControl::Stop);
        }
    }
}

fn control(line: &mut Line, id: RecordingId, how: RecordingControl) {
    // It is the host's and not the lease's: a leg that is being taken away has its recordings still.
    let _ = line.control_recording(id, how);
}

impl Deck {
    /// Begins to record; who is answered hears how it ends.
    pub(crate) fn record(
        &mut self,
        line: &mut Line,
        order: RecordOrder,
    ) -> Result<(RecordingId, watch::Receiver<Option<Recorded>>), Error> {
        if self.recordings.len() >= RECORDINGS_MAX {
            return Err(Error::Quota(None));
        }
        let name = order.spec.name.clone();
        let id = line.record_sides(order.sides, order.spec).map_err(ended)?;
        let (end, ending) = watch::channel(None);
        let recording = Recording {
            name,
            terminators: order.terminators,
            is_message: order.is_message,
            stopped: None,
            end,
        };
        self.recordings.insert(id, recording);
        Ok((id, ending))
    }

    /// Changes how a recording goes.
    pub(crate) fn control_recording(
        &mut self,
        line: &mut Line,
        id: RecordingId,
        how: RecordingControl,
    ) -> Result<(), Error> {
        let recording = self.recordings.get_mut(&id).ok_or(Error::Gone)?;
        if how == RecordingControl::Stop {
            recording.stop(line, id, None);
            return Ok(());
        }
        line.control_recording(id, how).map_err(ended)
    }
}
