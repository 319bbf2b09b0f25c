//! Channels that wait for Gateway commands from Manager clients: who waits, and what is brought to them.

use crate::Pbx;
use std::fmt;
use std::sync::Arc;
use tokio::sync::mpsc;
use ucx_call::{ChannelId, Principal, Refusal};

/// Commands that may wait for one channel; a further one is refused.
pub const ASYNC_COMMANDS_MAX: usize = 256;

/// A Gateway command a Manager client brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AsyncCommand {
    /// The line of the command.
    pub command: Arc<str>,
    /// What the client calls it.
    pub command_id: Option<Arc<str>>,
    /// Who brought it; it runs with their rights ([`crate::Line::act_for`]).
    pub principal: Principal,
}

/// The commands brought to one channel, for the session that carries them out. Dropping it ends the wait.
pub struct AsyncCommands(mpsc::Receiver<AsyncCommand>);

impl AsyncCommands {
    /// The next command, in the order they were brought; safe to be given up half-way. It never ends by itself.
    pub async fn next(&mut self) -> AsyncCommand {
        match self.0.recv().await {
            Some(command) => command,
            // The registry forgot the channel, which only happens with its end.
            None => std::future::pending().await,
        }
    }
}

impl fmt::Debug for AsyncCommands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncCommands").finish_non_exhaustive()
    }
}

impl Pbx {
    /// From now on that channel takes Gateway commands from Manager clients.
    ///
    /// # Errors
    /// [`Refusal::NoSuchChannel`]; [`Refusal::Conflict`] if it does already.
    pub fn async_gateway(&self, channel: ChannelId) -> Result<AsyncCommands, Refusal> {
        self.with_driven(channel, |driven| {
            if driven.commands.as_ref().is_some_and(|sender| !sender.is_closed()) {
                return Err(Refusal::Conflict("the channel is in AsyncAGI already"));
            }
            let (sender, commands) = mpsc::channel(ASYNC_COMMANDS_MAX);
            driven.commands = Some(sender);
            Ok(AsyncCommands(commands))
        })
    }

    /// Brings a command to a channel that waits for some.
    pub(crate) fn bring_command(&self, channel: ChannelId, command: AsyncCommand) -> Result<(), Refusal> {
        const ELSEWHERE: Refusal = Refusal::Conflict("the channel is not in AsyncAGI");
        let brought = self.with_driven(channel, |driven| {
            let sender = driven.commands.as_ref().ok_or(ELSEWHERE)?;
            sender.try_send(command).map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => Refusal::Full("Gateway commands of the channel"),
                mpsc::error::TrySendError::Closed(_) => ELSEWHERE,
            })
        });
        match brought {
            // A channel nothing drives is in no AsyncAGI either.
            Err(Refusal::NoSuchChannel) => Err(ELSEWHERE),
            other => other,
        }
    }
}
