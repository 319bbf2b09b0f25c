//! The operator's commands: one table a family, found by their words, with the field's texts.

mod application;
mod bridges;
mod channels;
mod core;
mod database;
mod dialplan;
mod hints;
mod logger;
mod manager;
mod modules;
mod music;
mod pjsip;
mod plugins;
mod registry;
mod text;

use crate::host::doors::Doors;
use crate::office::Office;
use crate::spec::HostSpec;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use tokio::sync::oneshot;
use ucx_call::{EventKind, Principal, PrincipalKind, Right, Rights};
use ucx_config::pjsip::Pjsip;
use ucx_net::{FileSounds, SharedDirectory};
use ucx_pbx::{CommandOutput, Desk, LocalBoxFuture, Pbx};
use ucx_plugins::PluginHost;

/// Words of a command line; what stands behind is left out.
const WORDS_MAX: usize = 128;

/// How a host ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Stop,
    Restart,
}

/// What a [`Context`] is made of.
pub struct ContextParts {
    pub pbx: Pbx,
    pub directory: SharedDirectory,
    pub plugins: Arc<PluginHost>,
    pub office: Arc<Office>,
    pub spec: Arc<HostSpec>,
    pub sounds: Rc<FileSounds>,
    pub stop: oneshot::Sender<End>,
}

/// What commands act on; on the control thread.
pub struct Context {
    pub pbx: Pbx,
    pub directory: SharedDirectory,
    pub plugins: Arc<PluginHost>,
    pub office: Arc<Office>,
    pub spec: Arc<HostSpec>,
    pub sounds: Rc<FileSounds>,
    /// Open once the host is up.
    doors: RefCell<Option<Rc<Doors>>>,
    stop: RefCell<Option<oneshot::Sender<End>>>,
    /// Counts what was asked about the end of the host, so that a later word takes an earlier one back.
    end_asked: Cell<u64>,
    is_ending: Cell<bool>,
}

impl Context {
    pub fn new(parts: ContextParts) -> Self {
        Self {
            pbx: parts.pbx,
            directory: parts.directory,
            plugins: parts.plugins,
            office: parts.office,
            spec: parts.spec,
            sounds: parts.sounds,
            doors: RefCell::new(None),
            stop: RefCell::new(Some(parts.stop)),
            end_asked: Cell::new(0),
            is_ending: Cell::new(false),
        }
    }

    /// Puts another pjsip.conf in force.
    pub fn set_pjsip(&self, pjsip: Pjsip) {
        self.directory.reload(&pjsip);
        self.plugins.set_trunks(pjsip.trunks());
        self.pbx.set_pjsip(Arc::new(pjsip));
    }

    /// The interfaces, once they are open.
    pub fn doors(&self) -> Option<Rc<Doors>> {
        self.doors.borrow().clone()
    }

    pub fn set_doors(&self, doors: Doors) {
        *self.doors.borrow_mut() = Some(Rc::new(doors));
    }

    pub fn close_doors(&self) {
        self.doors.borrow_mut().take();
    }

    /// Tells the world that the host ends, once.
    pub fn say_that_it_ends(&self, end: End) {
        if !self.is_ending.replace(true) {
            let restarts = end == End::Restart;
            self.pbx.publish(EventKind::ShuttingDown { restarts });
        }
    }

    /// Ends the host.
    pub fn stop(&self, end: End) {
        if let Some(stop) = self.stop.borrow_mut().take() {
            // A host on its way down needs no second word.
            let _ = stop.send(end);
        }
    }

    /// The operator, as this host was told to treat him.
    pub fn operator(&self) -> Principal {
        let rights = match self.spec.is_dangerous {
            true => Rights::ALL.with(Right::System),
            false => Rights::ALL,
        };
        Principal::new(PrincipalKind::Operator, rights)
    }
}

/// A command line on its way through a command.
pub struct Ask<'a> {
    pub context: &'a Rc<Context>,
    /// The desk of whoever asks.
    pub desk: Desk,
    /// The words behind the command's own.
    pub args: Vec<&'a str>,
}

impl Ask<'_> {
    /// Whether whoever asks may change what the host runs.
    fn may_change_the_dialplan(&self) -> bool {
        let by = self.desk.principal();
        by.kind == PrincipalKind::Operator || by.rights.has(Right::System)
    }
}

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done(String),
    /// It was not written as it has to be.
    Usage,
    /// It was understood and failed.
    Failed(String),
}

impl Outcome {
    /// A line that ends here.
    fn line(text: impl Into<String>) -> Self {
        let mut text = text.into();
        text.push('\n');
        Self::Done(text)
    }

    fn failed(text: impl Into<String>) -> Self {
        let mut text = text.into();
        text.push('\n');
        Self::Failed(text)
    }
}

/// How a command runs.
pub enum Run {
    Now(fn(&Ask<'_>) -> Outcome),
    Waits(for<'a> fn(&'a Ask<'a>) -> LocalBoxFuture<'a, Outcome>),
}

/// A command of the operator.
pub struct CliCommand {
    /// The words it is found by.
    pub words: &'static str,
    /// What may stand behind them.
    pub arguments: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
    pub run: Run,
}

impl CliCommand {
    fn usage(&self) -> String {
        let space = if self.arguments.is_empty() { "" } else { " " };
        format!(
            "Usage: {}{space}{}\n       {}\n",
            self.words, self.arguments, self.summary
        )
    }
}

/// All commands, family by family.
fn commands() -> impl Iterator<Item = &'static CliCommand> {
    const FAMILIES: &[&[CliCommand]] = &[
        application::COMMANDS,
        bridges::COMMANDS,
        channels::COMMANDS,
        core::COMMANDS,
        database::COMMANDS,
        dialplan::COMMANDS,
        hints::COMMANDS,
        logger::COMMANDS,
        manager::COMMANDS,
        modules::COMMANDS,
        music::COMMANDS,
        pjsip::COMMANDS,
        plugins::COMMANDS,
        registry::COMMANDS,
    ];
    FAMILIES.iter().flat_map(|family| family.iter())
}

/// The command with the most words that the line begins with, and how many those are.
fn find(words: &[String]) -> Option<(&'static CliCommand, usize)> {
    commands()
        .filter_map(|command| {
            let count = command.words.split(' ').count();
            let begins = words.len() >= count
                && command
                    .words
                    .split(' ')
                    .zip(words)
                    .all(|(own, said)| own.eq_ignore_ascii_case(said));
            // `help` stands alone: with words behind it the field knows no such command.
            let stands = command.words != "help" || words.len() == 1;
            (begins && stands).then_some((command, count))
        })
        .max_by_key(|(_, count)| *count)
}

/// Carries a command line out for somebody.
pub async fn execute(context: &Rc<Context>, by: &Principal, line: &str) -> CommandOutput {
    let line = line.trim();
    let words = text::words(line, WORDS_MAX);
    let Some((command, count)) = find(&words) else {
        return CommandOutput {
            text: unknown(line, &words),
            is_success: false,
        };
    };
    // What whoever asks may reach is theirs; that they may use the console is what let them come here.
    let system = by.rights.has(Right::System);
    let principal = Principal {
        rights: if system {
            Rights::ALL.with(Right::System)
        } else {
            Rights::ALL
        },
        ..by.clone()
    };
    let ask = Ask {
        context,
        desk: context.pbx.desk(principal),
        args: words.iter().skip(count).map(String::as_str).collect(),
    };
    let outcome = match command.run {
        Run::Now(run) => run(&ask),
        Run::Waits(run) => run(&ask).await,
    };
    let (text, is_success) = match outcome {
        Outcome::Done(text) => (text, true),
        Outcome::Usage => (command.usage(), false),
        Outcome::Failed(text) => (format!("{text}Command '{line}' failed.\n"), false),
    };
    CommandOutput { text, is_success }
}

/// The answer to a line that begins with no command (captures cli-idle-and-call and reload_all).
fn unknown(line: &str, words: &[String]) -> String {
    let known = (0..words.len())
        .take_while(|count| {
            let begun = &words[..=*count];
            commands().any(|command| {
                let mut own = command.words.split(' ');
                begun
                    .iter()
                    .all(|said| own.next().is_some_and(|own| own.eq_ignore_ascii_case(said)))
            })
        })
        .count();
    let shown = words.get(..(known + 2).min(words.len())).unwrap_or_default();
    format!(
        "No such command '{line}' (type 'core show help {}' for other possible commands)\n",
        shown.join(" ")
    )
}

/// What `core show help` says of commands that begin with those words.
fn help(words: &[String]) -> Outcome {
    if let Some((command, _)) = find(words).filter(|(_, count)| *count == words.len()) {
        return Outcome::Done(command.usage());
    }
    let mut rows: Vec<(String, &str)> = commands()
        .filter(|command| {
            let mut own = command.words.split(' ');
            words.iter().enumerate().all(|(place, said)| {
                // The last word may be begun only.
                own.next().is_some_and(|own| match place + 1 == words.len() {
                    true => own.starts_with(&said.to_ascii_lowercase()),
                    false => own.eq_ignore_ascii_case(said),
                })
            })
        })
        .map(|command| (command.words.to_owned(), command.summary))
        .collect();
    rows.sort();
    if rows.is_empty() {
        return Outcome::line(format!("No such command '{}'.", words.join(" ")));
    }
    Outcome::Done(
        rows.iter()
            .map(|(words, summary)| format!("{words:>30}  {summary}\n"))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn said(line: &str) -> String {
        unknown(line, &text::words(line, WORDS_MAX))
    }

    #[test]
    fn unknown_commands_are_answered_as_in_the_field() {
        for (line, hint) in [
            ("nosuch command", "nosuch command"),
            ("no such command", "no such"),
            ("core", "core"),
            ("help nosuch", "help nosuch"),
            ("manager show eventq", "manager show eventq"),
        ] {
            if line.starts_with("manager") && !commands().any(|command| command.words.starts_with("manager"))
            {
                continue;
            }
            assert_eq!(
                said(line),
                format!(
                    "No such command '{line}' (type 'core show help {hint}' for other possible commands)\n"
                )
            );
        }
    }

    #[test]
    fn the_longest_command_is_found_and_keeps_its_arguments() {
        let words = text::words("core show channels verbose", WORDS_MAX);
        let (command, count) = find(&words).unwrap();
        assert_eq!((command.words, count), ("core show channels", 3));
        assert!(find(&text::words("core show", WORDS_MAX)).is_none());
    }

    #[test]
    fn each_command_has_its_own_words_and_a_summary() {
        let mut seen = BTreeSet::new();
        for command in commands() {
            assert!(seen.insert(command.words), "{} twice", command.words);
            assert!(!command.summary.is_empty(), "{}", command.words);
            assert_eq!(command.words, command.words.to_ascii_lowercase());
        }
    }
}
