//! How a session ends, for the program and for the dialplan.

use super::Session;
#[cfg(feature = "faults")]
use crate::fault::Fault;
use crate::peer::Peer;
use ucx_call::EventKind;
use ucx_pbx::Ending;

/// How a session went, with the words of `AGISTATUS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// The program came to its end.
    Done,
    /// It could not be reached, or came to a bad one.
    Failed,
    /// There is none.
    NotFound,
    /// The caller was gone before.
    HungUp,
}

impl Status {
    /// The word clients see.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "SUCCESS",
            Self::Failed => "FAILURE",
            Self::NotFound => "NOTFOUND",
            Self::HungUp => "HANGUP",
        }
    }
}

impl Session<'_> {
    /// Nothing comes from the program any more: what its end says.
    pub(super) async fn status_at_the_end(&mut self) -> Status {
        let has_succeeded = match &mut self.peer {
            Peer::Stream(stream) => match &mut stream.program {
                Some(program) => program.has_succeeded().await,
                None => true,
            },
            Peer::Queue(_) => true,
        };
        if !self.was_dead && (self.is_dead() || self.line.interruption().is_some()) {
            Status::HungUp
        } else if has_succeeded {
            Status::Done
        } else {
            Status::Failed
        }
    }

    /// Tells a program that its caller is gone, unless the dialplan wants it left alone.
    pub(super) async fn say_hangup(&mut self) {
        if !self.is_set("AGISIGHUP", true) {
            return;
        }
        let Peer::Stream(stream) = &mut self.peer else {
            return;
        };
        if let Some(program) = &stream.program {
            program.hang_up();
        } else {
            // One that is gone needs no telling, nor does one that does not read.
            let _ = stream.write_soon("HANGUP\n").await;
        }
    }

    /// Lets go of the program and says how it went.
    pub(super) async fn finish(mut self, status: Status) -> Result<(), Ending> {
        if self.peer.is_queue() {
            self.publish(|channel| EventKind::AsyncGatewayEnded { channel });
        } else {
            self.say_hangup().await;
            if self.is_overdue()
                && let Peer::Stream(stream) = &mut self.peer
                && let Some(program) = stream.program.take()
            {
                program.put_an_end();
            }
        }
        tracing::debug!(place = %self.line.place(), status = status.as_str(), "a gateway session is over");
        #[cfg(feature = "faults")]
        let status = match status {
            Status::HungUp if self.shared.has(Fault::WrongStatus) => Status::Done,
            status => status,
        };
        let told = self.line.set_variable("AGISTATUS", status.as_str());
        #[cfg(feature = "faults")]
        if self.shared.has(Fault::SessionLeftBehind) && self.line.interruption().is_some() {
            std::mem::forget(self.peer);
        }
        // The dialplan's own last steps go on after a program that was one of them.
        if self.was_dead {
            return told;
        }
        if let Some(by) = self.line.interruption() {
            return Err(Ending::Interrupted(by));
        }
        if let Some(ending) = self.ending {
            return Err(ending);
        }
        told?;
        if let Some(place) = self.next.over(self.line.place()) {
            // A place out of its reach is as good as none: the dialplan goes on where it was.
            if self.line.may_enter(&place.context).is_ok() {
                self.line.jump(place);
            }
        }
        Ok(())
    }
}
