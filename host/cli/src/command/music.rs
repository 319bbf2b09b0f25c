//! Commands about music for those who wait.

use super::{Ask, CliCommand, Outcome, Run};
use crate::modules::Part;
use ucx_pbx::LocalBoxFuture;

pub const COMMANDS: &[CliCommand] = &[CliCommand {
    words: "moh reload",
    arguments: "",
    summary: "read musiconhold.conf again",
    run: Run::Waits(reload),
}];

fn reload<'a>(ask: &'a Ask<'a>) -> LocalBoxFuture<'a, Outcome> {
    Box::pin(async move {
        match crate::reload::reload(ask.context, Part::Music).await.errors {
            0 => Outcome::Done(String::new()),
            count => Outcome::failed(format!("musiconhold.conf has {count} errors")),
        }
    })
}
