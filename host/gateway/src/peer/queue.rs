//! Commands that clients of the Manager interface bring.

use super::Input;
use ucx_pbx::AsyncCommands;

/// The commands brought to one channel.
pub(crate) struct Queue(pub AsyncCommands);

impl Queue {
    /// The next command.
    pub async fn next(&mut self) -> Input {
        let command = self.0.next().await;
        Input::Line {
            text: command.command,
            id: command.command_id,
            principal: Some(command.principal),
        }
    }
}
