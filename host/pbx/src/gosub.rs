//! Subroutines: the frames of a channel's Gosub stack and the variables that live in them.

use crate::Pbx;
use ucx_call::{ChannelId, Place, Refusal};

/// Subroutines one channel may be in at once; a further Gosub fails.
pub const GOSUB_DEPTH_MAX: usize = 128;

/// Local variables of one subroutine; further ones are refused.
const LOCALS_MAX: usize = 128;

/// A subroutine under way.
pub(crate) struct Frame {
    /// Where the caller goes on.
    pub back: Place,
    /// Local variables and what they hid, oldest first.
    pub hidden: Vec<(Box<str>, Option<Box<str>>)>,
}

impl Pbx {
    /// Enters a subroutine with `ARG1` … and `ARGC` set for it.
    pub(crate) fn gosub_enter(&self, channel: ChannelId, back: Place, args: &[&str]) -> Result<(), Refusal> {
        self.with_driven(channel, |driven| {
            if driven.frames.len() >= GOSUB_DEPTH_MAX {
                return Err(Refusal::Full("subroutines of the channel"));
            }
            driven.frames.push(Frame {
                back,
                hidden: Vec::new(),
            });
            Ok(())
        })?;
        for (index, arg) in args.iter().enumerate() {
            self.set_local(channel, &format!("ARG{}", index + 1), arg)?;
        }
        self.set_local(channel, "ARGC", &args.len().to_string())
    }

    /// Leaves the innermost subroutine: its variables show again what they hid. The place to go on at; none outside.
    pub(crate) fn gosub_leave(&self, channel: ChannelId) -> Option<Place> {
        let frame = self
            .with_driven(channel, |driven| {
                driven.frames.pop().ok_or(Refusal::NoSuchExtension)
            })
            .ok()?;
        for (name, value) in frame.hidden.iter().rev() {
            // A channel that is over needs no variables.
            let _ = self.set_variable(channel, name, value.as_deref().unwrap_or(""));
        }
        Some(frame.back)
    }

    /// Sets a variable that is gone when the innermost subroutine returns.
    ///
    /// # Errors
    /// [`Refusal::Conflict`] outside a subroutine, [`Refusal::Full`] past the bound on local variables.
    pub(crate) fn set_local(&self, channel: ChannelId, name: &str, value: &str) -> Result<(), Refusal> {
        let before = self.variable(channel, name).map(|value| Box::from(&*value));
        self.with_driven(channel, |driven| {
            let frame = driven
                .frames
                .last_mut()
                .ok_or(Refusal::Conflict("not in a subroutine"))?;
            if frame.hidden.iter().any(|(hidden, _)| &**hidden == name) {
                return Ok(());
            }
            if frame.hidden.len() >= LOCALS_MAX {
                return Err(Refusal::Full("local variables of the subroutine"));
            }
            frame.hidden.push((name.into(), before));
            Ok(())
        })?;
        self.set_variable(channel, name, value)
    }
}
