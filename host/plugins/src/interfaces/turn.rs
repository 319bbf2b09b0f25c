//! `ucx:host/turn`: what is left of a turn, waiting, and timers.

use std::sync::Arc;
use std::time::Duration;

use crate::bindings::ucx::host::turn::Host;
use crate::bindings::ucx::types::common::Error;
use crate::state::GuestState;
use crate::tape::taped;
use crate::turns::{Cause, NoTimer, millis};

impl Host for GuestState {
    fn remaining(&mut self) -> wasmtime::Result<u32> {
        taped!(now self, "turn remaining", None, (""), {
            Ok(millis(self.turn_cpu.saturating_sub(self.cpu.running())))
        })
    }

    fn cancelled(&mut self) -> wasmtime::Result<bool> {
        taped!(now self, "turn cancelled", None, (""), { Ok(self.cancel.cause().is_some()) })
    }

    async fn sleep(&mut self, time: u32) -> wasmtime::Result<Result<(), Error>> {
        taped!(self, "turn sleep", None, ("{time}"), {
            let cancel = Arc::clone(&self.cancel);
            let slept = self.wait(async {
                tokio::select! {
                    biased;
                    cause = cancel.called() => Err(match cause {
                        Cause::Gone => Error::Gone,
                        Cause::Drained => Error::Cancelled,
                    }),
                    () = tokio::time::sleep(Duration::from_millis(time.into())) => Ok(()),
                }
            });
            Ok(slept.await)
        })
    }

    fn set_timer(&mut self, delay: u32, tag: String) -> wasmtime::Result<Result<u64, Error>> {
        taped!(now self, "turn set-timer", None, ("{delay} {tag:?}"), {
            let set = self.timers.set(Duration::from_millis(delay.into()), tag);
            Ok(set.map_err(|none| match none {
                NoTimer::TooMany => Error::Quota(None),
                NoTimer::NoEar => Error::Conflict("this instance hears no events".to_owned()),
            }))
        })
    }

    fn cancel_timer(&mut self, id: u64) -> wasmtime::Result<()> {
        self.timers.cancel(id);
        Ok(())
    }
}
