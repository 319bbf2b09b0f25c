//! Commands about components.

mod change;
mod look;

use super::{Ask, CliCommand, Outcome, Run};
use std::future::Future;
use std::sync::Arc;
use ucx_plugins::PluginHost;

pub const COMMANDS: &[CliCommand] = &[
    CliCommand {
        words: "plugin canary",
        arguments: "NAME [FILE SHARE [--decisions N] [--errors N] [--unsigned] [--downgrade] | stop]",
        summary: "how a generation does on a share of the calls; begin or end that",
        run: Run::Waits(|ask| Box::pin(change::canary(ask))),
    },
    CliCommand {
        words: "plugin events",
        arguments: "",
        summary: "what happened to components lately",
        run: Run::Now(look::events),
    },
    CliCommand {
        words: "plugin grant",
        arguments: "NAME LIST=VALUE …",
        summary: "gives a component something it asks for",
        run: Run::Waits(|ask| Box::pin(change::grant(ask))),
    },
    CliCommand {
        words: "plugin grants diff",
        arguments: "FILE",
        summary: "what a bundle asks beside what it is given, and the lines to add",
        run: Run::Waits(|ask| Box::pin(look::grants_diff(ask))),
    },
    CliCommand {
        words: "plugin history",
        arguments: "NAME",
        summary: "who made which generation active, and when",
        run: Run::Now(look::history),
    },
    CliCommand {
        words: "plugin install",
        arguments: "FILE [--unsigned] [--downgrade] [--promote]",
        summary: "takes a bundle in, or replaces the generation that runs",
        run: Run::Waits(|ask| Box::pin(change::install(ask))),
    },
    CliCommand {
        words: "plugin list",
        arguments: "",
        summary: "the components there are",
        run: Run::Now(look::list),
    },
    CliCommand {
        words: "plugin logs",
        arguments: "NAME",
        summary: "the last lines a component logged",
        run: Run::Now(look::logs),
    },
    CliCommand {
        words: "plugin promote",
        arguments: "NAME",
        summary: "makes the generation that waits, or is on trial, the active one",
        run: Run::Waits(|ask| Box::pin(change::promote(ask))),
    },
    CliCommand {
        words: "plugin remove",
        arguments: "NAME",
        summary: "takes a component out; calls under way end as they began",
        run: Run::Waits(|ask| Box::pin(change::remove(ask))),
    },
    CliCommand {
        words: "plugin revoke",
        arguments: "NAME LIST=VALUE …",
        summary: "takes back what was given by `plugin grant`",
        run: Run::Waits(|ask| Box::pin(change::revoke(ask))),
    },
    CliCommand {
        words: "plugin rollback",
        arguments: "NAME [GENERATION]",
        summary: "goes back to an earlier generation",
        run: Run::Waits(|ask| Box::pin(change::roll_back(ask))),
    },
    CliCommand {
        words: "plugin shadow",
        arguments: "NAME [FILE [--unsigned] [--downgrade] | stop]",
        summary: "how a generation would decide beside the active one; begin or end that",
        run: Run::Waits(|ask| Box::pin(change::shadow(ask))),
    },
    CliCommand {
        words: "plugin swap",
        arguments: "NAME FILE [--unsigned] [--downgrade] [--promote]",
        summary: "replaces a component by a bundle of the same name",
        run: Run::Waits(|ask| Box::pin(change::swap(ask))),
    },
    CliCommand {
        words: "plugin top",
        arguments: "",
        summary: "which components cost most",
        run: Run::Now(look::top),
    },
];

/// Does something on the workers; what went wrong is a sentence.
async fn on_workers<T: Send + 'static, F: Future<Output = Result<T, String>> + Send + 'static>(
    ask: &Ask<'_>,
    work: impl FnOnce(Arc<PluginHost>) -> F,
) -> Result<T, String> {
    ask.context.plugins.on_workers(work).await?
}

fn answer(done: Result<String, String>) -> Outcome {
    match done {
        Ok(text) => Outcome::line(text),
        Err(why) => Outcome::failed(why),
    }
}
