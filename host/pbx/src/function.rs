//! Variables and functions as the dialplan and requests see them.

use crate::state::{Exception, Timeouts};
use crate::{Blocking, Pbx, PbxCalendar};
use rand_chacha::rand_core::Rng;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{Cause, ChannelId, ChannelSnapshot, Party, Place, Presentation, Principal, Refusal, Right};
use ucx_dialplan::{Dialplan, FunctionError, Problem, Query, Scope, SubstituteError};

/// What a function may look at and change: the host and, if there is one, the channel it is called on.
pub struct FunctionContext<'a> {
    pbx: &'a Pbx,
    channel: Option<ChannelId>,
    principal: &'a Principal,
    memory: Option<&'a mut Memory>,
}

/// What functions of one text said, so that the text can be gone through again after one of them was waited for.
#[derive(Default)]
pub(crate) struct Memory {
    said: Vec<Result<String, String>>,
    /// How many of these the present pass has used.
    used: usize,
    /// What has to be waited for before the next pass.
    waits_for: Option<Blocking>,
}

impl Memory {
    /// What has to be waited for; the pass before counts for nothing then.
    pub fn take_wait(&mut self) -> Option<Blocking> {
        self.used = 0;
        self.waits_for.take()
    }

    /// What was waited for said this.
    pub fn remember(&mut self, said: Result<String, String>) {
        self.said.push(said);
    }
}

impl<'a> FunctionContext<'a> {
    pub(crate) fn new(pbx: &'a Pbx, channel: Option<ChannelId>, principal: &'a Principal) -> Self {
        Self {
            pbx,
            channel,
            principal,
            memory: None,
        }
    }

    /// The same, with what functions said before.
    pub(crate) fn with_memory(mut self, memory: &'a mut Memory) -> Self {
        self.memory = Some(memory);
        self
    }

    /// The host.
    pub fn pbx(&self) -> &'a Pbx {
        self.pbx
    }

    /// The channel as it is now; none if the function is called without one.
    pub fn channel(&self) -> Option<Arc<ChannelSnapshot>> {
        self.pbx.channel(self.channel?)
    }

    /// The channel's id.
    ///
    /// # Errors
    /// A sentence, if there is no channel.
    pub fn channel_id(&self) -> Result<ChannelId, String> {
        self.channel.ok_or_else(|| "this needs a channel".to_owned())
    }

    /// The dialplan as it is now.
    pub fn dialplan(&self) -> Arc<Dialplan> {
        self.pbx.dialplan()
    }

    /// Whether that priority exists for this caller now.
    pub fn exten_exists(&self, context: &str, exten: &str, priority: u32) -> bool {
        let caller = self.channel();
        let number = caller.as_ref().map_or("", |channel| channel.caller.number());
        self.pbx.exten_exists(context, exten, priority, number)
    }

    /// The priority of a label, for this caller now.
    pub fn priority_by_label(&self, context: &str, exten: &str, label: &str) -> Option<u32> {
        let caller = self.channel();
        let number = caller.as_ref().map_or("", |channel| channel.caller.number());
        self.pbx.priority_by_label(context, exten, number, label)
    }

    /// A variable as `${NAME}` reads it: the built-in ones, then the channel's, then the global ones.
    pub fn variable(&self, name: &str) -> Option<String> {
        let channel = self.channel();
        if let Some(channel) = &channel
            && let Some(value) = self.pbx.builtin(channel, name)
        {
            return Some(value);
        }
        let own = channel.and_then(|channel| self.pbx.variable(channel.id, name));
        own.or_else(|| self.pbx.global(name))
            .map(|value| value.to_string())
    }

    /// Sets a variable of the channel, or a global one if there is no channel.
    ///
    /// # Errors
    /// A sentence that says why it was not set.
    pub fn set_variable(&mut self, name: &str, value: &str) -> Result<(), String> {
        let set = match self.channel {
            Some(channel) => self.pbx.set_variable(channel, name, value),
            None => {
                self.pbx.set_global(name, value);
                Ok(())
            }
        };
        set.map_err(|refusal| refusal.to_string())
    }

    /// Sets a variable of the innermost subroutine.
    ///
    /// # Errors
    /// A sentence that says why it was not set.
    pub fn set_local(&mut self, name: &str, value: &str) -> Result<(), String> {
        let channel = self.channel_id()?;
        self.pbx
            .set_local(channel, name, value)
            .map_err(|refusal| refusal.to_string())
    }

    /// Replaces every `${}` and `$[]` of a text.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the text.
    pub fn substitute(&mut self, text: &str) -> Result<String, String> {
        self.pbx
            .substitute(self.channel, self.principal, text)
            .map_err(|error| error.to_string())
    }

    /// Changes who is at the channel.
    ///
    /// # Errors
    /// A sentence, if there is no channel.
    pub fn set_caller(&mut self, caller: Party) -> Result<(), String> {
        let channel = self.channel_id()?;
        let set = self
            .pbx
            .mutate(|switch, now| switch.set_caller(now, channel, caller));
        set.map_err(|refusal| refusal.to_string())
    }

    /// Changes with whom the channel is told that it is connected.
    ///
    /// # Errors
    /// A sentence, if there is no channel.
    pub fn set_connected(&mut self, party: Party) -> Result<(), String> {
        let channel = self.channel_id()?;
        let set = self
            .pbx
            .mutate(|switch, now| switch.set_connected(now, channel, party));
        set.map_err(|refusal| refusal.to_string())
    }

    /// Changes the language of sounds.
    ///
    /// # Errors
    /// A sentence, if there is no channel.
    pub fn set_language(&mut self, language: &str) -> Result<(), String> {
        let channel = self.channel_id()?;
        let set = self
            .pbx
            .mutate(|switch, now| switch.set_language(now, channel, language));
        set.map_err(|refusal| refusal.to_string())
    }

    /// Changes the account code.
    ///
    /// # Errors
    /// A sentence, if there is no channel.
    pub fn set_account(&mut self, account: &str) -> Result<(), String> {
        let channel = self.channel_id()?;
        let set = self
            .pbx
            .mutate(|switch, now| switch.set_account(now, channel, account));
        set.map_err(|refusal| refusal.to_string())
    }

    /// How long the dialplan waits for digits on the channel.
    pub fn timeouts(&self) -> Timeouts {
        self.channel
            .map(|channel| self.pbx.timeouts(channel))
            .unwrap_or_default()
    }

    /// Changes how long the dialplan waits for digits on the channel.
    ///
    /// # Errors
    /// A sentence, if there is no channel or the dialplan does not run on it.
    pub fn set_timeouts(&mut self, digit: Duration, response: Duration) -> Result<(), String> {
        let channel = self.channel_id()?;
        let set = self.pbx.with_driven(channel, |driven| {
            driven.timeouts.digit = digit;
            driven.timeouts.response = response;
            Ok(())
        });
        set.map_err(|refusal| refusal.to_string())
    }

    /// Limits how long the channel may live from now; none takes the limit away.
    ///
    /// # Errors
    /// A sentence, if there is no channel or the dialplan does not run on it.
    pub fn set_absolute_timeout(&mut self, after: Option<Duration>) -> Result<(), String> {
        let channel = self.channel_id()?;
        self.pbx
            .with_driven(channel, |_| Ok(()))
            .map_err(|refusal| refusal.to_string())?;
        self.pbx.set_absolute_timeout(channel, after);
        Ok(())
    }

    /// What was raised last on the channel.
    pub fn exception(&self) -> Option<Exception> {
        self.pbx
            .with_driven(self.channel?, |driven| Ok(driven.exception.clone()))
            .ok()?
    }

    /// The legs the channel dialled that did not get through, newest first, with their causes.
    pub fn failed_legs(&self) -> Vec<(Arc<str>, Cause)> {
        let Some(channel) = self.channel else {
            return Vec::new();
        };
        let legs = self
            .pbx
            .with_driven(channel, |driven| Ok(driven.failed_legs.iter().cloned().collect()));
        legs.unwrap_or_default()
    }

    /// A number from `low` to `high`, both included, drawn from the host's seed.
    pub fn random(&self, low: u64, high: u64) -> u64 {
        let span = high.saturating_sub(low).saturating_add(1);
        self.pbx.with_random(|random| low + random.next_u64() % span)
    }

    fn call(&mut self, name: &str, args: &str) -> Result<String, FunctionError> {
        if let Some(memory) = &mut self.memory {
            if memory.waits_for.is_some() {
                return Err(FunctionError::Failed(WAITING.to_owned()));
            }
            if let Some(said) = memory.said.get(memory.used) {
                memory.used += 1;
                return said.clone().map_err(FunctionError::Failed);
            }
        }
        let function = self.pbx.registry().find_function(name);
        let function = function.cloned().ok_or(FunctionError::Unknown)?;
        let allowed = allowed(self.principal, function.needs());
        if allowed.is_ok()
            && let Some(work) = function.blocking(args)
        {
            let why = match &mut self.memory {
                Some(memory) => {
                    memory.waits_for = Some(work);
                    WAITING.to_owned()
                }
                None => format!("{} has to wait, which is not possible here", function.name()),
            };
            return Err(FunctionError::Failed(why));
        }
        let said = allowed.and_then(|()| function.read(self, args));
        if let Some(memory) = &mut self.memory {
            memory.said.push(said.clone());
            memory.used += 1;
        }
        said.map_err(FunctionError::Failed)
    }
}

/// Why a function has no value yet.
const WAITING: &str = "a value is waited for";

impl Scope for FunctionContext<'_> {
    fn variable(&mut self, name: &str) -> Option<String> {
        FunctionContext::variable(self, name)
    }

    fn function(&mut self, name: &str, args: &str) -> Result<String, FunctionError> {
        self.call(name, args)
    }

    fn report(&mut self, problem: Problem<'_>) {
        if self
            .memory
            .as_ref()
            .is_some_and(|memory| memory.waits_for.is_some())
        {
            return;
        }
        tracing::warn!(%problem, "a text was substituted with a mistake in it");
    }
}

fn allowed(principal: &Principal, needs: Option<Right>) -> Result<(), String> {
    match needs.filter(|right| !principal.rights.has(*right)) {
        Some(right) => Err(Refusal::Denied(right).to_string()),
        None => Ok(()),
    }
}

impl Pbx {
    /// A variable of a channel, without the built-in and global ones.
    pub fn variable(&self, channel: ChannelId, name: &str) -> Option<Arc<str>> {
        self.with_switch(|switch| switch.variable(channel, name))
    }

    /// Sets a variable of a channel.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`], [`Refusal::Invalid`] for a bad name, [`Refusal::Full`] past the limit.
    pub fn set_variable(&self, channel: ChannelId, name: &str, value: &str) -> Result<(), Refusal> {
        self.mutate(|switch, now| switch.set_variable(now, channel, name, value))
    }

    /// A global variable: set, or of the host itself.
    pub fn global(&self, name: &str) -> Option<Arc<str>> {
        match name {
            "EPOCH" => Some(Arc::from(self.epoch_s().to_string())),
            "SYSTEMNAME" => Some(self.system_name().clone()),
            _ => self
                .constant(name)
                .cloned()
                .or_else(|| self.with_switch(|switch| switch.global(name))),
        }
    }

    /// Sets a global variable.
    pub fn set_global(&self, name: &str, value: &str) {
        self.mutate(|switch, now| switch.set_global(now, name, value));
    }

    /// The variables every channel has without anybody setting them.
    fn builtin(&self, channel: &ChannelSnapshot, name: &str) -> Option<String> {
        Some(match name {
            "EXTEN" => self.place_of(channel).exten.to_string(),
            "CONTEXT" => self.place_of(channel).context.to_string(),
            "PRIORITY" => self.place_of(channel).priority.to_string(),
            "CHANNEL" => channel.name.to_string(),
            "UNIQUEID" => channel.uniqueid.to_string(),
            "HANGUPCAUSE" => self.hangup_cause(channel).to_string(),
            "CALLINGPRES" => match channel.caller.presentation {
                Presentation::Allowed => "0",
                Presentation::Restricted => "32",
                Presentation::Unavailable => "67",
            }
            .to_owned(),
            "CALLINGANI2" | "CALLINGTON" | "CALLINGTNS" => "0".to_owned(),
            "HINT" => self.hint(channel).unwrap_or_default(),
            _ => return None,
        })
    }

    /// Where the dialplan is on a channel: at the step about to run, if there is one.
    fn place_of(&self, channel: &ChannelSnapshot) -> Place {
        let ahead = self
            .with_driven(channel.id, |driven| Ok(driven.place.clone()))
            .unwrap_or_default();
        ahead.unwrap_or_else(|| channel.place.clone())
    }

    fn hint(&self, channel: &ChannelSnapshot) -> Option<String> {
        let (plan, place) = (self.dialplan(), self.place_of(channel));
        let calendar: PbxCalendar<'_> = self.calendar();
        let query = Query {
            context: &place.context,
            exten: &place.exten,
            caller_id: channel.caller.number(),
            calendar: &calendar,
        };
        plan.hint(&query)
            .map(|(_, hint)| hint.devices().collect::<Vec<_>>().join("&"))
    }

    /// The priority a label stands for.
    pub(crate) fn priority_by_label(
        &self,
        context: &str,
        exten: &str,
        caller: &str,
        label: &str,
    ) -> Option<u32> {
        let calendar = self.calendar();
        let query = Query {
            context,
            exten,
            caller_id: caller,
            calendar: &calendar,
        };
        self.dialplan().priority_by_label(&query, label)
    }

    /// Replaces every `${}` and `$[]` of a text, with the rights of that principal.
    ///
    /// # Errors
    /// If the text is not well formed or too deep.
    pub fn substitute(
        &self,
        channel: Option<ChannelId>,
        principal: &Principal,
        text: &str,
    ) -> Result<String, SubstituteError> {
        let mut scope = FunctionContext::new(self, channel, principal);
        ucx_dialplan::substitute(&mut scope, text).map(Cow::into_owned)
    }

    /// The value of `NAME` or `FUNCTION(args)`, as a request names it, or what has to be waited for to know it.
    ///
    /// # Errors
    /// A sentence that says why there is none.
    pub(crate) fn evaluate(
        &self,
        channel: Option<ChannelId>,
        principal: &Principal,
        name: &str,
    ) -> Result<Evaluated, String> {
        let mut memory = Memory::default();
        let mut context = FunctionContext::new(self, channel, principal).with_memory(&mut memory);
        let Some((name, args)) = function_call(name) else {
            return Ok(Evaluated::Known(context.variable(name)));
        };
        let said = context.call(name, args);
        match memory.take_wait() {
            Some(work) => Ok(Evaluated::Waits(work)),
            None => said
                .map(|value| Evaluated::Known(Some(value)))
                .map_err(|error| error.to_string()),
        }
    }

    /// Sets `NAME` or writes `FUNCTION(args)`, on a channel or globally.
    ///
    /// # Errors
    /// A sentence that says why it was not set.
    pub fn assign(
        &self,
        channel: Option<ChannelId>,
        principal: &Principal,
        name: &str,
        value: &str,
    ) -> Result<(), String> {
        let mut context = FunctionContext::new(self, channel, principal);
        match function_call(name) {
            Some((name, args)) => {
                let function = self
                    .registry()
                    .find_function(name)
                    .ok_or_else(|| format!("no function {name}"))?;
                allowed(principal, function.needs())?;
                function.write(&mut context, args, value)
            }
            None => context.set_variable(name, value),
        }
    }
}

/// What a request asked for.
pub(crate) enum Evaluated {
    Known(Option<String>),
    Waits(Blocking),
}

/// Splits `NAME(args)`.
fn function_call(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once('(')?;
    Some((name.trim(), rest.strip_suffix(')').unwrap_or(rest)))
}
