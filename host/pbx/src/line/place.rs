//! Where a channel is in the dialplan, and how applications move it: jumps, subroutines, loops, dialled extensions.

use super::{Ending, Line};
use crate::Exception;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{Cause, Place};
use ucx_dialplan::{Arguments, Query, Target};

/// Longest extension a caller may dial in the dialplan, in digits.
const EXTEN_DIGITS_MAX: usize = 80;

/// Loops one channel may be in at once; a further `While` is refused.
const LOOPS_MAX: usize = 64;

impl Line {
    /// Where it is.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Goes there after the application.
    pub fn jump(&mut self, place: Place) {
        self.next = Some(place);
    }

    /// Goes to `[[context,]exten,]priority` after the application; priorities may be labels, `+n` or `-n`.
    ///
    /// # Errors
    /// A sentence, if the text is no place or the label is unknown.
    pub fn goto(&mut self, target: &str) -> Result<(), String> {
        let target = Target::parse(target).map_err(|error| error.to_string())?;
        let place = self.resolve(&target)?;
        self.enter(&place.context)?;
        self.next = Some(place);
        Ok(())
    }

    /// Enters the subroutine `[[context,]exten,]priority(arg1,…)` after the application; its `Return` comes back to the
    /// priority after this one.
    ///
    /// # Errors
    /// A sentence, if there is no such place or the channel is in too many subroutines.
    pub fn gosub(&mut self, target: &str) -> Result<(), String> {
        let (target, arguments) = Target::parse_with_arguments(target).map_err(|error| error.to_string())?;
        let place = self.resolve(&target)?;
        self.gosub_to(place, &arguments)
    }

    fn gosub_to(&mut self, place: Place, arguments: &Arguments) -> Result<(), String> {
        if !self.exten_exists(&place.context, &place.exten, place.priority) {
            return Err(format!("there is no {place}"));
        }
        self.enter(&place.context)?;
        let back = Place {
            priority: self.place.priority + 1,
            ..self.place.clone()
        };
        let arguments: Vec<_> = arguments.iter().collect();
        let entered = self.pbx.gosub_enter(self.channel, back, &arguments);
        entered.map_err(|refusal| refusal.to_string())?;
        self.next = Some(place);
        Ok(())
    }

    /// Asks whether whoever it acts for may go into that context.
    fn enter(&self, context: &str) -> Result<(), String> {
        self.may_enter(context).map_err(|refusal| refusal.to_string())
    }

    /// Returns from the innermost subroutine after the application, with `GOSUB_RETVAL` set.
    ///
    /// # Errors
    /// A sentence, if the channel is in none.
    pub fn leave_subroutine(&mut self, value: &str) -> Result<(), String> {
        let back = self.pbx.gosub_leave(self.channel).ok_or("Return without Gosub")?;
        self.next = Some(back);
        self.assign("GOSUB_RETVAL", value)
    }

    /// Forgets where the innermost subroutine would return to, without leaving this place.
    ///
    /// # Errors
    /// A sentence, if the channel is in none.
    pub fn pop_subroutine(&mut self) -> Result<(), String> {
        self.pbx
            .gosub_leave(self.channel)
            .map(drop)
            .ok_or_else(|| "StackPop without Gosub".to_owned())
    }

    /// The `While` of the innermost loop.
    pub fn innermost_loop(&self) -> Option<&Place> {
        self.loops.last()
    }

    /// Enters the loop whose `While` is here; nothing happens if it is in it already.
    ///
    /// # Errors
    /// A sentence, if it is in too many.
    pub fn enter_loop(&mut self) -> Result<(), String> {
        if self.loops.last() == Some(&self.place) {
            return Ok(());
        }
        if self.loops.len() >= LOOPS_MAX {
            return Err(format!("more than {LOOPS_MAX} loops one inside the other"));
        }
        self.loops.push(self.place.clone());
        Ok(())
    }

    /// Leaves the innermost loop if its `While` is that place.
    pub fn leave_loop(&mut self, of: &Place) {
        self.loops.pop_if(|innermost| innermost == of);
    }

    /// The application at a priority of the present extension, as written.
    pub fn application_at(&self, priority: u32) -> Option<Arc<str>> {
        let place = Place {
            priority,
            ..self.place.clone()
        };
        self.step_at(&place).map(|(application, _)| application)
    }

    /// Whether that priority exists for this caller now.
    pub fn exten_exists(&self, context: &str, exten: &str, priority: u32) -> bool {
        self.ask_plan(context, exten, |plan, query| plan.exists(query, priority))
    }

    /// Takes a digit as part of an extension being dialled; [`Self::wait_exten`] goes on with it.
    pub fn type_digit(&mut self, digit: char) {
        if self.typed.len() < EXTEN_DIGITS_MAX {
            self.typed.push(digit);
        }
    }

    /// Whether more digits could be dialled after that one here.
    pub fn can_dial(&self, digit: char) -> bool {
        let mut buffer = [0; 4];
        let digits: &str = digit.encode_utf8(&mut buffer);
        self.ask_plan(&self.place.context, digits, |plan, query| plan.can_match(query))
    }

    /// Lets the caller dial an extension of the present context and goes there after the application: to `i` if there is
    /// none, to `t` if nothing is dialled in time (the response timeout if none is given).
    ///
    /// # Errors
    /// [`Ending::Interrupted`], and [`Ending::Hangup`] if there is neither the extension nor `i` or `t`.
    pub async fn wait_exten(&mut self, timeout: Option<Duration>) -> Result<(), Ending> {
        let mut digits = std::mem::take(&mut self.typed);
        while digits.len() < EXTEN_DIGITS_MAX && (digits.is_empty() || self.can_be_longer(&digits)) {
            let timeouts = self.pbx.timeouts(self.channel);
            let time = if digits.is_empty() {
                timeout.unwrap_or(timeouts.response)
            } else {
                timeouts.digit
            };
            let Some(digit) = self.next_digit(time).await? else {
                break;
            };
            digits.push(digit);
        }
        let context = self.place.context.clone();
        let next = if digits.is_empty() {
            self.special(&["t", "e"], "RESPONSETIMEOUT")
                .ok_or(Ending::Hangup(Cause::NONE))?
        } else if self.exten_exists(&context, &digits, 1) {
            Place {
                context,
                exten: Arc::from(digits),
                priority: 1,
            }
        } else {
            self.invalid(&digits)?
        };
        self.next = Some(next);
        Ok(())
    }

    /// Where a caller goes who dialled what does not exist.
    pub(crate) fn invalid(&mut self, exten: &str) -> Result<Place, Ending> {
        let next = self.special(&["i", "e"], "INVALID");
        if next.is_some() {
            self.set_variable("INVALID_EXTEN", exten)?;
        }
        next.ok_or_else(|| {
            tracing::warn!(context = %self.place.context, exten, "there is no such extension and no i");
            Ending::Hangup(Cause::NONE)
        })
    }

    /// Goes to the `e` extension after the application, which learns why.
    ///
    /// # Errors
    /// [`Ending::Hangup`] if the context has none.
    pub fn raise(&mut self, reason: &str) -> Result<(), Ending> {
        self.next = Some(self.special(&["e"], reason).ok_or(Ending::Hangup(Cause::NONE))?);
        Ok(())
    }

    /// The first of these special extensions that the present context has. `e` learns what was raised by `EXCEPTION`.
    pub(crate) fn special(&self, names: &[&str], raised: &str) -> Option<Place> {
        let context = self.place.context.clone();
        let name = names.iter().find(|name| self.exten_exists(&context, name, 1))?;
        let exception = Exception {
            reason: Arc::from(raised),
            place: self.place.clone(),
        };
        // A channel that is over raises nothing.
        let _ = self.pbx.with_driven(self.channel, |driven| {
            driven.exception = Some(exception);
            Ok(())
        });
        Some(Place {
            context,
            exten: Arc::from(*name),
            priority: 1,
        })
    }

    /// What stands at a place: application and arguments as written.
    pub(crate) fn step_at(&self, place: &Place) -> Option<(Arc<str>, Arc<str>)> {
        self.ask_plan(&place.context, &place.exten, |plan, query| {
            let row = plan.step(query, place.priority)?.row;
            Some((row.application.clone(), row.arguments.clone()))
        })
    }

    /// Forgets subroutines, loops and half-dialled digits: the channel starts afresh elsewhere.
    pub(crate) fn start_afresh(&mut self) {
        self.loops.clear();
        self.typed.clear();
        self.next = None;
        while self.pbx.gosub_leave(self.channel).is_some() {}
    }

    fn can_be_longer(&self, digits: &str) -> bool {
        self.ask_plan(&self.place.context, digits, |plan, query| plan.match_more(query))
    }

    pub(super) fn resolve(&self, target: &Target) -> Result<Place, String> {
        let from = ucx_dialplan::Place {
            context: self.place.context.to_string(),
            exten: self.place.exten.to_string(),
            priority: self.place.priority,
        };
        let there = self
            .ask_plan(&self.place.context, &self.place.exten, |plan, query| {
                target.resolve(plan, &from, query)
            })
            .map_err(|error| error.to_string())?;
        Ok(Place::new(&there.context, &there.exten, there.priority))
    }

    fn ask_plan<T>(
        &self,
        context: &str,
        exten: &str,
        ask: impl FnOnce(&ucx_dialplan::Dialplan, &Query<'_>) -> T,
    ) -> T {
        let caller = self.pbx.channel(self.channel);
        let calendar = self.pbx.calendar();
        let caller_id = caller.as_ref().map_or("", |channel| channel.caller.number());
        let query = Query {
            context,
            exten,
            caller_id,
            calendar: &calendar,
        };
        ask(&self.pbx.dialplan(), &query)
    }
}
