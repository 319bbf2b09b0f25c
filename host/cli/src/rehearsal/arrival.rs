//! Where does a call arrive that the plugin is done with? At an application that notes the place; there the rehearsal ends.

use super::stage::Stage;
use std::time::Duration;
use ucx_call::Cause;
use ucx_pbx::{Application, Ending, Help, Line, LocalBoxFuture};

/// The application's name in the rehearsal's dialplan.
pub const NAME: &str = "Arrived";

/// How long somebody talks who was called through the dialplan.
const TALK: Duration = Duration::from_secs(10);

/// Notes where a call went on.
pub struct Arrival(pub Stage);

impl Application for Arrival {
    fn name(&self) -> &'static str {
        NAME
    }

    fn help(&self) -> &'static Help {
        &Help::NONE
    }

    fn run<'a>(&'a self, line: &'a mut Line, _: &'a str) -> LocalBoxFuture<'a, Result<(), Ending>> {
        Box::pin(async move {
            let place = line.place().clone();
            if !self.0.arrived(line.pbx().now(), line.id(), &place) {
                // The other end of a call through the dialplan: it takes the call.
                line.answer()?;
                line.wait(TALK).await?;
            }
            Err(Ending::Hangup(Cause::NORMAL_CLEARING))
        })
    }
}
