//! Waiting for what lies outside the host, while the channel may be taken away.

use super::{Ending, Line};
use crate::function::Memory;
use crate::{Blocking, FunctionContext};

impl Line {
    /// Waits for work that is not the channel's own. The channel's last steps, after its end, wait for it as well.
    ///
    /// # Errors
    /// As for [`Self::answer`]; the work is given up then.
    pub async fn during<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Ending> {
        if self.is_ending {
            return Ok(work.await);
        }
        tokio::select! {
            biased;
            ended = self.wait_forever() => Err(ended.err().unwrap_or(Ending::GONE)),
            done = work => Ok(done),
        }
    }

    /// As [`Self::substitute`], and functions that have to wait for something are waited for.
    ///
    /// # Errors
    /// As for [`Self::answer`].
    pub async fn substitute_waiting(&mut self, text: &str) -> Result<String, Ending> {
        let mut memory = Memory::default();
        loop {
            let mut scope =
                FunctionContext::new(&self.pbx, Some(self.channel), &self.principal).with_memory(&mut memory);
            let substituted = ucx_dialplan::substitute(&mut scope, text).map(std::borrow::Cow::into_owned);
            let Some(work) = memory.take_wait() else {
                return Ok(substituted.unwrap_or_else(|error| {
                    tracing::warn!(place = %self.place, %error, "a text could not be substituted");
                    String::new()
                }));
            };
            let said = self.during(wait_for(work)).await?;
            memory.remember(said);
        }
    }
}

/// Runs work on a thread of its own.
pub(crate) async fn wait_for(work: Blocking) -> Result<String, String> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err("what was waited for failed".to_owned()))
}
