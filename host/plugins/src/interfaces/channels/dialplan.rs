//! The dialplan for a leg: subroutines, applications, and going on there.

use ucx_pbx::Ending;
use wasmtime::component::Resource;

use super::Answer;
use crate::bindings::ucx::types::common::{Error, Location};
use crate::flow::{Exit, Leg};
use crate::state::GuestState;
use crate::telephony::{may_continue, place_of};

/// Arguments of a subroutine.
const ARGUMENTS_MAX: usize = 32;
/// The variable that holds what a subroutine returned.
const RETURNED: &str = "GOSUB_RETVAL";

impl GuestState {
    pub(super) async fn subroutine(
        &mut self,
        leg: &Resource<Leg>,
        place: Location,
        args: Vec<String>,
    ) -> Answer<String> {
        if args.len() > ARGUMENTS_MAX {
            return Ok(Err(Error::Invalid(format!("args: at most {ARGUMENTS_MAX}"))));
        }
        let remote = match self.remote(leg).await? {
            Ok(remote) => remote,
            Err(error) => return Ok(Err(error)),
        };
        let contexts = self.rights.asks.contexts.clone();
        let returned = remote.take(move |line| {
            Box::pin(async move {
                if !may_continue(&contexts, &line.place().context, &place.context) {
                    return Ok(Err(needs_context(&place.context)));
                }
                let there = match place_of(line, &place) {
                    Ok(there) => there,
                    Err(why) => return Ok(Err(Error::Invalid(why))),
                };
                let args: Vec<String> = args.iter().map(|arg| escaped(arg)).collect();
                let target = format!(
                    "{},{},{}({})",
                    there.context,
                    there.exten,
                    there.priority,
                    args.join(",")
                );
                let (there, arguments) = match line.subroutine(&target) {
                    Ok(found) => found,
                    Err(why) => return Ok(Err(Error::Invalid(why))),
                };
                line.run_subroutine(there, &arguments).await?;
                Ok(Ok(line.variable(RETURNED).unwrap_or_default()))
            })
        });
        Ok(self.wait(returned).await.and_then(|returned| returned))
    }

    pub(super) async fn run_application(
        &mut self,
        leg: &Resource<Leg>,
        name: String,
        args: String,
    ) -> Answer<()> {
        let asked = &self.rights.asks.applications;
        if !asked.iter().any(|asked| asked.eq_ignore_ascii_case(&name)) {
            return Ok(Err(Error::Denied(format!("applications = [{name:?}]"))));
        }
        let remote = match self.remote(leg).await? {
            Ok(remote) => remote,
            Err(error) => return Ok(Err(error)),
        };
        let run = remote.take(move |line| {
            Box::pin(async move {
                line.may_execute(&name).map_err(Ending::Refused)?;
                line.execute(&name, &args).await
            })
        });
        Ok(self.wait(run).await)
    }

    pub(super) async fn send_to_dialplan(&mut self, leg: &Resource<Leg>, place: Location) -> Answer<()> {
        let remote = match self.remote(leg).await? {
            Ok(remote) => remote,
            Err(error) => return Ok(Err(error)),
        };
        let contexts = self.rights.asks.contexts.clone();
        let found = remote.ask(move |line, _| {
            if !may_continue(&contexts, &line.place().context, &place.context) {
                return Err(needs_context(&place.context));
            }
            place_of(line, &place).map_err(Error::Invalid)
        });
        let there = match self.wait(found).await {
            Ok(there) => there,
            Err(error) => return Ok(Err(error)),
        };
        let left = self.wait(remote.leave(Exit::Continue(there))).await;
        self.handles.get(leg)?.give_away();
        Ok(left)
    }
}

fn needs_context(context: &str) -> Error {
    Error::Denied(format!("contexts = [{context:?}]"))
}

/// A text as one argument of the dialplan.
fn escaped(argument: &str) -> String {
    let mut text = String::with_capacity(argument.len());
    for letter in argument.chars() {
        if "\\,\"()[]{}".contains(letter) {
            text.push('\\');
        }
        text.push(letter);
    }
    text
}
