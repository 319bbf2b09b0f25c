//! The operator's commands, as `ucx rx` and later interfaces ask them; one file a family.

mod channels;
mod core;
mod dialplan;
mod pjsip;
mod plugins;

use crate::args::RunOptions;
use std::cell::RefCell;
use std::sync::Arc;
use tokio::sync::oneshot;
use ucx_call::Principal;
use ucx_net::SharedDirectory;
use ucx_pbx::{Desk, Pbx};
use ucx_plugins::PluginHost;

/// What commands act on. They ask as the operator.
pub struct Context {
    pub pbx: Pbx,
    pub desk: Desk,
    pub directory: SharedDirectory,
    pub plugins: Arc<PluginHost>,
    pub options: RunOptions,
    stop: RefCell<Option<oneshot::Sender<()>>>,
}

impl Context {
    pub fn new(
        pbx: Pbx,
        directory: SharedDirectory,
        plugins: Arc<PluginHost>,
        options: RunOptions,
        stop: oneshot::Sender<()>,
    ) -> Self {
        let desk = pbx.desk(Principal::OPERATOR);
        Self {
            pbx,
            desk,
            directory,
            plugins,
            options,
            stop: RefCell::new(Some(stop)),
        }
    }

    /// Ends the host.
    pub fn stop(&self) {
        if let Some(stop) = self.stop.borrow_mut().take() {
            // A host on its way down needs no second word.
            let _ = stop.send(());
        }
    }
}

/// The commands and what each does, for `help` and for the answer to unknown ones.
const HELP: &[(&str, &str)] = &[
    (
        "channel request hangup NAME|all",
        "hang up a channel, or all of them",
    ),
    (
        "core show channels [concise|verbose|count]",
        "the channels there are",
    ),
    ("core show channel NAME", "one channel and its variables"),
    ("core show settings", "where this host listens and reads from"),
    ("core show uptime [seconds]", "how long the host has been running"),
    ("core show version", "what runs"),
    ("core stop now|gracefully", "end the host"),
    ("dialplan show [CONTEXT|EXTEN@CONTEXT]", "the dialplan as it is"),
    ("dialplan reload", "read extensions.conf again"),
    ("help", "these lines"),
    ("pjsip show endpoints", "the endpoints there are"),
    ("pjsip show contacts", "where they can be reached"),
    ("plugin list", "the components there are"),
    ("plugin logs NAME", "the last lines a component logged"),
    ("plugin events", "what happened to components lately"),
];

/// Carries a command out and answers its text.
pub async fn execute(context: &Context, line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let lower: Vec<String> = words.iter().map(|word| word.to_ascii_lowercase()).collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    match lower.as_slice() {
        ["core", "show", "channels", rest @ ..] => channels::show(context, rest.first().copied()),
        ["core", "show", "channel", _] => channels::show_one(context, words[3]),
        ["channel", "request", "hangup", _] => channels::hangup(context, words[3]).await,
        ["core", "show", "version"] => core::version(),
        ["core", "show", "uptime", rest @ ..] => core::uptime(context, rest.first().copied()),
        ["core", "show", "settings"] => core::settings(context),
        ["core", "stop", "now" | "gracefully"] => core::stop(context),
        ["dialplan", "show"] => dialplan::show(context, None),
        ["dialplan", "show", _] => dialplan::show(context, Some(words[2])),
        ["dialplan", "reload"] => dialplan::reload(context).await,
        ["pjsip", "show", "endpoints"] => pjsip::endpoints(context),
        ["pjsip", "show", "contacts"] => pjsip::contacts(context),
        ["plugin", "list"] => plugins::list(context),
        ["plugin", "logs", _] => plugins::logs(context, words[2]),
        ["plugin", "events"] => plugins::events(context),
        ["help"] => help(),
        _ => format!("No such command '{line}' (type 'help' for those there are)\n"),
    }
}

fn help() -> String {
    HELP.iter()
        .map(|(command, what)| format!("{command:<46} {what}\n"))
        .collect()
}
