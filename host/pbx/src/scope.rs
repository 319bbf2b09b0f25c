//! May whoever asks reach that? Contexts, destinations, applications and numbers of calls, held against their scope.

use crate::dial_string;
use crate::state::State;
use crate::{Line, Pbx};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{ChannelId, EventKind, Principal, Refusal, Right, Scope};

/// The time that `calls_per_minute` is counted over.
const MINUTE: Duration = Duration::from_secs(60);

/// Calls within a minute that are counted one by one; a scope that allows more allows this many.
const CALLS_COUNTED_MAX: usize = 10_000;

/// Askers with quotas that are counted at once; a further one is refused while all of them have calls.
const QUOTAS_MAX: usize = 4_096;

/// What somebody with a scope has used of it.
#[derive(Default)]
pub(crate) struct Quota {
    /// When their calls of the last minute began, since the host started.
    begun: VecDeque<Duration>,
    /// Channels they made; those that are over are forgotten at the next look.
    channels: Vec<ChannelId>,
    denied: u64,
}

impl Quota {
    fn forget(&mut self, now: Duration, is_alive: impl Fn(ChannelId) -> bool) {
        while self.begun.front().is_some_and(|begun| *begun + MINUTE <= now) {
            self.begun.pop_front();
        }
        self.channels.retain(|channel| is_alive(*channel));
    }

    fn is_idle(&self) -> bool {
        self.begun.is_empty() && self.channels.is_empty() && self.denied == 0
    }
}

impl Pbx {
    /// Whether a channel may be sent into that context.
    pub(crate) fn check_context(&self, by: &Principal, context: &str) -> Result<(), Refusal> {
        self.check_scope(
            by,
            Right::Control,
            |scope| scope.may_enter(context),
            || format!("the context {context}"),
        )
    }

    /// Whether that application may be run.
    pub(crate) fn check_application(&self, by: &Principal, name: &str) -> Result<(), Refusal> {
        self.check_scope(
            by,
            Right::Control,
            |scope| scope.may_run(name),
            || format!("the application {name}"),
        )
    }

    /// Whether all destinations of a dial string may be dialled from a channel.
    pub(crate) fn check_dial(&self, by: &Principal, dial_string: &str) -> Result<(), Refusal> {
        self.check_destinations(by, dial_string, Scope::may_dial)
    }

    /// Whether the destinations of a dial string may be called.
    pub(crate) fn check_originate_to(&self, by: &Principal, dial_string: &str) -> Result<(), Refusal> {
        self.check_destinations(by, dial_string, Scope::may_originate)
    }

    fn check_destinations(
        &self,
        by: &Principal,
        dial_string: &str,
        may: impl Fn(&Scope, &str) -> bool,
    ) -> Result<(), Refusal> {
        if by.scope.is_none() {
            return Ok(());
        }
        for destination in dial_string::destinations(dial_string) {
            self.check_scope(
                by,
                Right::Originate,
                |scope| may(scope, destination),
                || format!("the destination {destination}"),
            )?;
            if let Some(context) = dial_string::local_context(destination) {
                self.check_context(by, context)?;
            }
        }
        Ok(())
    }

    /// Takes so many calls out of the quota.
    pub(crate) fn begin_calls(&self, by: &Principal, count: usize) -> Result<(), Refusal> {
        let Some((per_minute, at_once)) = by.scope.as_ref().map(|scope| scope.calls()) else {
            return Ok(());
        };
        if per_minute.is_none() && at_once.is_none() {
            return Ok(());
        }
        let now = self.now();
        let has_room = self.with_state(|state| {
            let (quota, is_alive) = state.quota(now, by)?;
            quota.forget(now, is_alive);
            let bound = |most: Option<u32>| most.map_or(CALLS_COUNTED_MAX, |most| most as usize);
            let has_room = quota.begun.len() + count <= bound(per_minute).min(CALLS_COUNTED_MAX)
                && quota.channels.len() + count <= bound(at_once);
            if has_room {
                quota.begun.extend(std::iter::repeat_n(now, count));
            }
            Ok(has_room)
        })?;
        if has_room {
            return Ok(());
        }
        let bounds = |most: Option<u32>| most.map_or("any".to_owned(), |most| most.to_string());
        let what = format!(
            "{count} more of its {} calls a minute and {} at once",
            bounds(per_minute),
            bounds(at_once)
        );
        Err(self.deny(by, Right::Originate, what))
    }

    /// Remembers whose channel it is, for the bound on channels at once.
    pub(crate) fn count_channel(&self, by: &Principal, channel: ChannelId) {
        if by.scope.as_ref().is_some_and(|scope| scope.calls().1.is_some()) {
            let now = self.now();
            self.with_state(|state| {
                // Begun calls have a quota, so there is room for one.
                if let Ok((quota, _)) = state.quota(now, by) {
                    quota.channels.push(channel);
                }
            });
        }
    }

    /// How often somebody was denied something beyond their scope, since the host started.
    pub fn denials(&self, by: &Principal) -> u64 {
        self.with_state(|state| state.quotas.get(&by.name()).map_or(0, |quota| quota.denied))
    }

    fn check_scope(
        &self,
        by: &Principal,
        right: Right,
        allows: impl FnOnce(&Scope) -> bool,
        what: impl FnOnce() -> String,
    ) -> Result<(), Refusal> {
        match &by.scope {
            Some(scope) if !allows(scope) => Err(self.deny(by, right, what())),
            Some(_) | None => Ok(()),
        }
    }

    /// Counts and publishes a denial.
    fn deny(&self, by: &Principal, right: Right, what: String) -> Refusal {
        tracing::warn!(%by, "somebody asked for what their scope does not allow");
        tracing::debug!(%by, what, "beyond their scope");
        let now = self.now();
        self.with_state(|state| {
            // Without room for one more count the denial is published all the same.
            if let Ok((quota, _)) = state.quota(now, by) {
                quota.denied = quota.denied.saturating_add(1);
            }
        });
        self.publish(EventKind::OutOfScope {
            by: Arc::new(by.clone()),
            what: Arc::from(what),
        });
        Refusal::Denied(right)
    }
}

impl State {
    fn quota(
        &mut self,
        now: Duration,
        by: &Principal,
    ) -> Result<(&mut Quota, impl Fn(ChannelId) -> bool), Refusal> {
        let (name, switch) = (by.name(), &self.switch);
        let is_alive = move |channel| switch.channel(channel).is_some();
        if self.quotas.len() >= QUOTAS_MAX && !self.quotas.contains_key(&name) {
            self.quotas.retain(|_, quota| {
                quota.forget(now, is_alive);
                !quota.is_idle()
            });
            if self.quotas.len() >= QUOTAS_MAX {
                return Err(Refusal::Full("quotas of askers"));
            }
        }
        Ok((self.quotas.entry(name).or_default(), is_alive))
    }
}

impl Line {
    /// Whether whoever it acts for may send it into that context.
    ///
    /// # Errors
    /// [`Refusal::Denied`].
    pub fn may_enter(&self, context: &str) -> Result<(), Refusal> {
        self.pbx().check_context(self.principal(), context)
    }
}
