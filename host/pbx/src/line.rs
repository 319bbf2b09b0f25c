//! What a dialplan application holds of its channel: every wait of it ends when the channel is taken away.

mod call;
mod listening;
mod media;
mod notice;
mod own;
mod place;
mod protocol;
mod remote;
mod steer;
mod waiting;

pub use call::{BridgeEnd, CallEnd, DialGroup, DialPlan};
pub use listening::Listening;
pub use media::{Digits, DigitsEnd, PlayEnd, ReadSpec};
pub use own::SubroutineEnd;
pub use protocol::HeaderLines;
pub(crate) use remote::{JobSender, LEFT};
pub use remote::{LineJob, LineJobs, LineRemote};
pub(crate) use waiting::wait_for;

use crate::inbox::Inbox;
use crate::{Application, FunctionContext, Pbx};
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};
use ucx_call::{
    Cause, ChannelId, ChannelSnapshot, ChannelState, Holder, Indication, Interruption, Lease, Place,
    PlaybackId, Principal, Refusal, Tone,
};
use ucx_switch::Switch;

/// Applications that may run one inside the other (`ExecIf(1?Exec(…))`); a further one is refused.
const EXECUTE_DEPTH_MAX: usize = 16;

/// Why an application does not go on to the next priority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The channel is taken away from its controller.
    Interrupted(Interruption),
    /// The application asks for the channel's end; with no cause the one known already stands.
    Hangup(Cause),
    /// The switch refused something the application cannot do without.
    Refused(Refusal),
}

impl Ending {
    /// The channel is over.
    pub(crate) const GONE: Self = Self::Interrupted(Interruption::HungUp);
}

impl From<Refusal> for Ending {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Interrupted(by) => Self::Interrupted(by),
            Refusal::NotInControl => Self::Interrupted(Interruption::TakenOver),
            Refusal::NoSuchChannel => Self::GONE,
            Refusal::Shutdown => Self::Interrupted(Interruption::Shutdown),
            other @ (Refusal::NoSuchBridge
            | Refusal::NoSuchDial
            | Refusal::NoSuchExtension
            | Refusal::Invalid(_)
            | Refusal::Conflict(_)
            | Refusal::Full(_)
            | Refusal::Denied(_)) => Self::Refused(other),
        }
    }
}

/// A channel as the application that drives it sees it.
pub struct Line {
    pbx: Pbx,
    channel: ChannelId,
    /// The dialplan's lease, and those of layers above it.
    leases: Vec<Lease>,
    /// Where the dialplan is.
    pub(crate) place: Place,
    /// Where it goes next, if not to the next priority.
    pub(crate) next: Option<Place>,
    /// Loops it is in, as their `While`; the innermost last.
    loops: Vec<Place>,
    /// Digits of an extension that is being dialled.
    pub(crate) typed: String,
    /// The dialplan is winding up after its own end: it drives no more.
    pub(crate) is_ending: bool,
    /// The dialplan ran on it, so its `h` extension will too.
    pub(crate) has_dialplan: bool,
    /// Priorities run since the channel last waited for something.
    pub(crate) steps: u32,
    depth: usize,
    /// With whose rights it acts: the dialplan's, or those of whoever brought the present work.
    pub(crate) principal: Principal,
    /// The playback begun last without waiting for it.
    playback: Option<PlaybackId>,
}

impl Line {
    pub(crate) fn new(pbx: Pbx, lease: Lease, place: Place) -> Self {
        Self {
            principal: pbx.dialplan_principal().clone(),
            pbx,
            channel: lease.channel,
            leases: vec![lease],
            place,
            next: None,
            loops: Vec::new(),
            typed: String::new(),
            is_ending: false,
            has_dialplan: false,
            steps: 0,
            depth: 0,
            playback: None,
        }
    }

    /// The host.
    pub fn pbx(&self) -> &Pbx {
        &self.pbx
    }

    /// The channel's id.
    pub fn id(&self) -> ChannelId {
        self.channel
    }

    /// The channel as it is now.
    ///
    /// # Errors
    /// [`Ending::Interrupted`] if it is over.
    pub fn channel(&self) -> Result<Arc<ChannelSnapshot>, Ending> {
        self.pbx.channel(self.channel).ok_or(Ending::GONE)
    }

    /// With whose rights it acts.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// Acts with somebody else's rights from now on; answers whose it had. A command that a client brought runs so.
    pub fn act_for(&mut self, principal: Principal) -> Principal {
        std::mem::replace(&mut self.principal, principal)
    }

    /// Its name, for logs; empty when it is over.
    pub fn name(&self) -> Arc<str> {
        self.pbx
            .channel(self.channel)
            .map_or_else(Arc::default, |channel| channel.name.clone())
    }

    /// Whether it is answered.
    pub fn is_up(&self) -> bool {
        self.pbx
            .channel(self.channel)
            .is_some_and(|channel| channel.state == ChannelState::Up)
    }

    /// The lease that drives it.
    pub fn lease(&self) -> Lease {
        *self
            .leases
            .last()
            .expect("the dialplan's own lease is never popped")
    }

    /// Why the channel is taken away, if it is.
    pub fn interruption(&self) -> Option<Interruption> {
        if self.is_ending {
            return Some(Interruption::HungUp);
        }
        let lease = self.lease();
        self.pbx
            .with_driven(self.channel, |driven| Ok(driven.inbox.interruption(lease)))
            .unwrap_or_default()
    }

    /// Puts a layer of control above the present one; it drives until [`Self::pop_lease`].
    ///
    /// # Errors
    /// [`Ending`] if the channel is taken away or has too many layers.
    pub fn push_lease(&mut self, holder: Holder) -> Result<Lease, Ending> {
        let lease = self.control(|switch, now, lease| switch.push_lease(now, lease, holder))?;
        self.leases.push(lease);
        Ok(lease)
    }

    /// Takes the uppermost layer away again. The dialplan's own stays.
    pub fn pop_lease(&mut self) {
        if self.leases.len() > 1
            && let Some(lease) = self.leases.pop()
        {
            self.pbx.mutate(|switch, now| switch.release(now, lease));
        }
    }

    pub(crate) fn pop_layers(&mut self) {
        while self.leases.len() > 1 {
            self.pop_lease();
        }
    }

    /// Answers; nothing happens if it is answered.
    ///
    /// # Errors
    /// [`Ending`] if the channel is taken away; so for all that follow.
    pub fn answer(&mut self) -> Result<(), Ending> {
        self.control(Switch::answer)
    }

    /// Tells the caller how far the call is.
    ///
    /// # Errors
    /// As for [`Self::answer`].
    pub fn indicate(&mut self, indication: Indication) -> Result<(), Ending> {
        self.control(|switch, now, lease| switch.indicate(now, lease, indication))
    }

    /// Lets the caller hear a tone, or stops it.
    ///
    /// # Errors
    /// As for [`Self::answer`].
    pub fn tone(&mut self, tone: Option<Tone>) -> Result<(), Ending> {
        self.control(|switch, now, lease| switch.tone(now, lease, tone))
    }

    /// Sends the far end a text.
    ///
    /// # Errors
    /// As for [`Self::answer`]; [`Ending::Refused`] if the call is not answered or the text is none.
    pub fn send_text(&self, content_type: &str, text: &str) -> Result<(), Ending> {
        self.control(|switch, now, lease| switch.send_text(now, lease.channel, content_type, text))
    }

    /// Waits that long.
    ///
    /// # Errors
    /// As for [`Self::answer`].
    pub async fn wait(&mut self, time: Duration) -> Result<(), Ending> {
        let deadline = Instant::now() + time;
        self.wait_for(Some(deadline), |_| None::<()>).await?;
        Ok(())
    }

    /// Waits until the channel is taken away.
    ///
    /// # Errors
    /// Always: the [`Ending`].
    pub async fn wait_forever(&mut self) -> Result<(), Ending> {
        self.wait_for(None, |_| None::<()>).await?;
        Ok(())
    }

    /// A variable as `${NAME}` reads it.
    pub fn variable(&self, name: &str) -> Option<String> {
        FunctionContext::new(&self.pbx, Some(self.channel), &self.principal).variable(name)
    }

    /// Sets a variable of the channel; a name with `_` or `__` before it is inherited by those it dials.
    ///
    /// # Errors
    /// As for [`Self::answer`].
    pub fn set_variable(&mut self, name: &str, value: &str) -> Result<(), Ending> {
        Ok(self.pbx.set_variable(self.channel, name, value)?)
    }

    /// Sets a variable of the innermost subroutine.
    ///
    /// # Errors
    /// [`Ending::Refused`] outside a subroutine.
    pub fn set_local(&mut self, name: &str, value: &str) -> Result<(), Ending> {
        Ok(self.pbx.set_local(self.channel, name, value)?)
    }

    /// Sets `NAME` or writes `FUNCTION(args)`.
    ///
    /// # Errors
    /// A sentence that says why it was not set.
    pub fn assign(&mut self, name: &str, value: &str) -> Result<(), String> {
        self.pbx.assign(Some(self.channel), &self.principal, name, value)
    }

    /// Replaces every `${}` and `$[]` of a text; a text that is not well formed becomes the empty one, with a warning.
    pub fn substitute(&mut self, text: &str) -> String {
        match self.pbx.substitute(Some(self.channel), &self.principal, text) {
            Ok(text) => text,
            Err(error) => {
                tracing::warn!(place = %self.place, %error, "a text could not be substituted");
                String::new()
            }
        }
    }

    /// Publishes an event of the dialplan's own.
    ///
    /// # Errors
    /// As for [`Self::answer`].
    pub fn user_event(&mut self, name: &str, fields: Arc<[(Arc<str>, Arc<str>)]>) -> Result<(), Ending> {
        let channel = self.channel;
        Ok(self
            .pbx
            .mutate(|switch, now| switch.user_event(now, Some(channel), name, fields))?)
    }

    /// The application of that name, if there is one.
    pub fn application(&self, name: &str) -> Option<Rc<dyn Application>> {
        self.pbx.registry().find_application(name).cloned()
    }

    /// Runs an application with arguments that are substituted already. One that does not exist ends the channel, with a
    /// warning, as in the dialplan itself.
    ///
    /// # Errors
    /// What the application ended with.
    pub async fn execute(&mut self, name: &str, args: &str) -> Result<(), Ending> {
        let Some(application) = self.application(name) else {
            tracing::warn!(place = %self.place, application = name, "there is no such application");
            return Err(Ending::Hangup(Cause::NONE));
        };
        if let Some(right) = application
            .needs()
            .filter(|right| !self.principal.rights.has(*right))
        {
            return Err(Refusal::Denied(right).into());
        }
        self.pbx.check_application(&self.principal, name)?;
        if self.depth >= EXECUTE_DEPTH_MAX {
            return Err(Refusal::Full("applications one inside the other").into());
        }
        self.depth += 1;
        let result = application.run(self, args).await;
        self.depth -= 1;
        result
    }

    /// Drives the switch with the uppermost lease.
    fn control<T>(
        &self,
        act: impl FnOnce(&mut Switch, Duration, Lease) -> Result<T, Refusal>,
    ) -> Result<T, Ending> {
        if self.is_ending {
            return Err(Ending::GONE);
        }
        let lease = self.lease();
        Ok(self.pbx.mutate(|switch, now| act(switch, now, lease))?)
    }

    /// Waits for something in the inbox, until the deadline: none if it passes.
    async fn wait_for<T>(
        &mut self,
        deadline: Option<Instant>,
        mut take: impl FnMut(&mut Inbox) -> Option<T>,
    ) -> Result<Option<T>, Ending> {
        if self.is_ending {
            return Err(Ending::GONE);
        }
        self.steps = 0;
        let (pbx, lease) = (&self.pbx, self.lease());
        let arrival = poll_fn(|context| pbx.poll_inbox(lease, context, &mut take));
        let Some(deadline) = deadline else {
            return arrival.await.map(Some);
        };
        tokio::select! {
            biased;
            arrived = arrival => arrived.map(Some),
            () = sleep_until(deadline) => Ok(None),
        }
    }

    fn with_inbox<T: Default>(&self, look: impl FnOnce(&mut Inbox) -> T) -> T {
        self.pbx
            .with_driven(self.channel, |driven| Ok(look(&mut driven.inbox)))
            .unwrap_or_default()
    }
}
