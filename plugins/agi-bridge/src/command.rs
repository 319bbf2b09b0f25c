//! Which command does a line name, and how is it carried out on the call?

mod data;
mod sound;
mod steer;

use std::ops::RangeInclusive;

use ucx::prelude::*;

use crate::session::Session;

/// What a command is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// `200 result=` and these words.
    With(String),
    /// A line `100` first.
    After(&'static str, String),
    /// As `With`, and the caller is gone by it.
    Last(String),
    /// The words were wrong.
    Usage,
}

/// `200 result=` and that.
pub fn with(words: impl ToString) -> Done {
    Ok(Answered::With(words.to_string()))
}

/// What came of a command; an error is answered with the command's `failed`.
pub type Done = Result<Answered, Error>;

/// A command of the protocol.
pub struct Command {
    /// Its words in lower case.
    pub name: &'static str,
    /// What follows them, for whoever got it wrong.
    pub usage: &'static str,
    /// How many words may follow.
    pub takes: RangeInclusive<usize>,
    /// It needs no caller.
    pub is_allowed_dead: bool,
    /// The result when it fails or the caller leaves.
    pub failed: &'static str,
    /// Carries it out.
    pub run: fn(&mut Session<'_>, &[String]) -> Done,
}

/// The command that the first words name, the longest name first, and the words after it.
pub fn find(words: &[String]) -> Option<(&'static Command, &[String])> {
    let names = |command: &Command| {
        let mut parts = command.name.split(' ');
        let count = parts.clone().count();
        let fits = words.len() >= count
            && words
                .iter()
                .zip(parts.by_ref())
                .all(|(word, part)| word.eq_ignore_ascii_case(part));
        fits.then_some(count)
    };
    let all = COMMANDS
        .iter()
        .filter_map(|command| Some((command, names(command)?)));
    let (command, count) = all.max_by_key(|(_, count)| *count)?;
    Some((command, &words[count..]))
}

const fn command(
    name: &'static str,
    usage: &'static str,
    takes: RangeInclusive<usize>,
    run: fn(&mut Session<'_>, &[String]) -> Done,
) -> Command {
    Command {
        name,
        usage,
        takes,
        is_allowed_dead: false,
        failed: "-1",
        run,
    }
}

impl Command {
    const fn dead(self) -> Self {
        Self {
            is_allowed_dead: true,
            ..self
        }
    }

    const fn failed(self, failed: &'static str) -> Self {
        Self { failed, ..self }
    }
}

/// Everything there is; what is not here is answered 510.
static COMMANDS: &[Command] = &[
    command("answer", "", 0..=0, steer::answer),
    command("channel status", "[<channel>]", 0..=1, steer::status),
    command(
        "control stream file",
        "<file> <keys> [<skip ms> [<forward> [<back> [<pause> [<offset ms>]]]]]",
        2..=7,
        sound::control,
    ),
    command("database del", "<family> <key>", 2..=2, data::database_del)
        .dead()
        .failed("0"),
    command(
        "database deltree",
        "<family> [<tree>]",
        1..=2,
        data::database_deltree,
    )
    .dead()
    .failed("1"),
    command("database get", "<family> <key>", 2..=2, data::database_get)
        .dead()
        .failed("0"),
    command(
        "database put",
        "<family> <key> <value>",
        3..=3,
        data::database_put,
    )
    .dead()
    .failed("0"),
    command("exec", "<application> [<arguments>]", 1..=2, steer::execute).failed("-2"),
    command(
        "get data",
        "<file> [<timeout ms> [<most digits>]]",
        1..=3,
        sound::get_data,
    ),
    command(
        "get full variable",
        "<text> [<channel>]",
        1..=2,
        data::get_full_variable,
    )
    .dead()
    .failed("0"),
    command(
        "get option",
        "<file> <keys> [<timeout ms>]",
        2..=3,
        sound::get_option,
    ),
    command("get variable", "<name>", 1..=1, data::get_variable)
        .dead()
        .failed("0"),
    command(
        "gosub",
        "<context> <extension> <priority> [<arguments>]",
        3..=4,
        steer::gosub,
    ),
    command("hangup", "[<channel>]", 0..=1, steer::hangup),
    command("noop", "[<text>]", 0..=128, steer::noop).dead(),
    command("receive char", "<timeout ms>", 1..=1, steer::receive_char),
    command(
        "record file",
        "<name> <format> <keys> <timeout ms> [<offset>] [BEEP] [s=<seconds>]",
        4..=7,
        sound::record,
    ),
    command("say alpha", "<text> <keys>", 2..=2, sound::say_alpha),
    command("say date", "<seconds> <keys>", 2..=2, sound::say_date),
    command(
        "say datetime",
        "<seconds> <keys> [<format> [<zone>]]",
        2..=4,
        sound::say_datetime,
    ),
    command("say digits", "<digits> <keys>", 2..=2, sound::say_digits),
    command(
        "say number",
        "<number> <keys> [<gender>]",
        2..=3,
        sound::say_number,
    ),
    command("say phonetic", "<text> <keys>", 2..=2, sound::say_phonetic),
    command("say time", "<seconds> <keys>", 2..=2, sound::say_time),
    command("send image", "<image>", 1..=1, steer::nothing),
    command("send text", "<text>", 1..=1, steer::send_text),
    command("set autohangup", "<seconds>", 1..=1, steer::set_autohangup),
    command("set callerid", "<number>", 1..=1, steer::set_callerid),
    command("set context", "<context>", 1..=1, steer::set_context),
    command("set extension", "<extension>", 1..=1, steer::set_extension),
    command("set music", "on|off [<class>]", 1..=2, steer::set_music),
    command("set priority", "<priority>", 1..=1, steer::set_priority),
    command("set variable", "<name> <value>", 2..=2, data::set_variable)
        .dead()
        .failed("0"),
    command("speech destroy", "", 0..=0, steer::nothing).dead(),
    command(
        "stream file",
        "<file> <keys> [<offset samples>]",
        2..=3,
        sound::stream,
    ),
    command("tdd mode", "on|off", 1..=1, steer::nothing),
    command("verbose", "<text> [<level>]", 1..=2, steer::verbose).dead(),
    command("wait for digit", "<timeout ms>", 1..=1, sound::wait_for_digit),
];
