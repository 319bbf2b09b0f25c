//! What a program that drives a channel asks of it beyond the dialplan's words: its end, its time, a subroutine at once.

use super::{EXECUTE_DEPTH_MAX, Ending, Line, wait_for};
use crate::function::Evaluated;
use crate::run::advance;
use crate::{OriginateSpec, OriginateWait, Timeouts};
use std::time::Duration;
use ucx_call::{Cause, Place, Refusal};
use ucx_dialplan::{Arguments, Target};

/// How a subroutine that was run at once came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubroutineEnd {
    /// By its Return.
    Returned,
    /// Its priorities ran out before.
    RanOut,
}

impl Line {
    /// The value of `NAME` or `FUNCTION(args)`; none if it is not set.
    ///
    /// # Errors
    /// A sentence that says why there is none.
    pub async fn evaluate(&mut self, name: &str) -> Result<Option<String>, String> {
        match self.pbx.evaluate(Some(self.channel), &self.principal, name)? {
            Evaluated::Known(value) => Ok(value),
            Evaluated::Waits(work) => wait_for(work).await.map(Some),
        }
    }

    /// Asks for the channel's own end, which interrupts whoever drives it.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`] if it is over.
    pub fn hangup(&mut self, cause: Cause) -> Result<(), Refusal> {
        let channel = self.channel;
        self.pbx.mutate(|switch, now| switch.hangup(now, channel, cause))
    }

    /// As [`Self::hangup`], and the world is told of the request, with that number.
    ///
    /// # Errors
    /// As for [`Self::hangup`].
    pub fn hangup_shown(&mut self, cause: Cause, shown: Cause) -> Result<(), Refusal> {
        let channel = self.channel;
        self.pbx
            .mutate(|switch, now| switch.hangup_shown(now, channel, cause, Some(shown)))
    }

    /// Limits how long the channel may live from now; none takes the limit away.
    pub fn set_absolute_timeout(&mut self, after: Option<Duration>) {
        self.pbx.set_absolute_timeout(self.channel, after);
    }

    /// How long the dialplan waits for the caller's digits.
    pub fn timeouts(&self) -> Timeouts {
        self.pbx.timeouts(self.channel)
    }

    /// Makes a call of the channel's own, with the rights it acts with.
    ///
    /// # Errors
    /// As for [`crate::Desk::originate_begin`].
    pub fn originate(&mut self, spec: OriginateSpec) -> Result<OriginateWait, Refusal> {
        Ok(self.pbx.originate(&self.principal, spec)?.1)
    }

    /// Where `[[context,]exten,]priority` is, seen from here.
    ///
    /// # Errors
    /// A sentence, if the text is no place or the label is unknown.
    pub fn place_of(&self, target: &str) -> Result<Place, String> {
        self.resolve(&Target::parse(target).map_err(|error| error.to_string())?)
    }

    /// Where `[[context,]exten,]priority(arg1,…)` is, and what it is given.
    ///
    /// # Errors
    /// A sentence, if the text is no place or there is none.
    pub fn subroutine(&self, target: &str) -> Result<(Place, Arguments), String> {
        let (target, arguments) = Target::parse_with_arguments(target).map_err(|error| error.to_string())?;
        let place = self.resolve(&target)?;
        self.may_enter(&place.context)
            .map_err(|refusal| refusal.to_string())?;
        if self.exten_exists(&place.context, &place.exten, place.priority) {
            Ok((place, arguments))
        } else {
            Err(format!("there is no {place}"))
        }
    }

    /// Runs a subroutine to its Return, and comes back to where the channel is.
    ///
    /// # Errors
    /// What ended the dialplan in it; [`Ending::Refused`] if the channel is in too many.
    pub async fn run_subroutine(
        &mut self,
        place: Place,
        arguments: &Arguments,
    ) -> Result<SubroutineEnd, Ending> {
        if self.depth >= EXECUTE_DEPTH_MAX {
            return Err(Refusal::Full("applications one inside the other").into());
        }
        self.may_enter(&place.context)?;
        let (here, next, outside) = (self.place.clone(), self.next.take(), self.subroutines());
        let arguments: Vec<_> = arguments.iter().collect();
        self.pbx.gosub_enter(self.channel, here.clone(), &arguments)?;
        self.depth += 1;
        // What runs there is the operator's, whoever sends the channel there.
        let asker = self.act_for(self.pbx.dialplan_principal().clone());
        let end = self.until_returned(place, outside).await;
        self.principal = asker;
        self.depth -= 1;
        while self.subroutines() > outside {
            self.pbx.gosub_leave(self.channel);
        }
        self.place = here.clone();
        self.next = next;
        let lease = self.lease();
        let back = self.pbx.mutate(|switch, now| switch.set_place(now, lease, here));
        let end = end?;
        back?;
        Ok(end)
    }

    async fn until_returned(&mut self, place: Place, outside: usize) -> Result<SubroutineEnd, Ending> {
        let mut place = place;
        while self.step_at(&place).is_some() {
            place = advance(self, place).await?;
            if self.subroutines() <= outside {
                return Ok(SubroutineEnd::Returned);
            }
        }
        Ok(SubroutineEnd::RanOut)
    }

    /// How many subroutines the channel is in.
    fn subroutines(&self) -> usize {
        self.pbx
            .with_driven(self.channel, |driven| Ok(driven.frames.len()))
            .unwrap_or_default()
    }
}
