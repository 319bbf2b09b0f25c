//! Which command does a line name, and how is it carried out on the call?

mod control;
mod data;
mod sound;
mod steer;
mod text;

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
    command("asyncagi break", "", 0..=128, steer::nothing).dead(),
    command("channel status", "[<channel>]", 0..=1, steer::status),
    command(
        "control stream file",
        "<file> <keys> [<skip ms> [<forward> [<back> [<pause> [<offset ms>]]]]]",
        2..=7,
        control::play,
    )
    .failed("-1 endpos=-1"),
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
    command("exec", "<application> [<arguments>]", 1..=128, steer::execute)
        .dead()
        .failed("-2"),
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
    )
    .failed("-1 endpos=0"),
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
    command("receive char", "<timeout ms>", 1..=1, text::receive_char).failed("-1 (hangup)"),
    command("receive text", "<timeout ms>", 1..=1, text::receive_text),
    command(
        "record file",
        "<name> <format> <keys> <timeout ms> [<offset>] [BEEP] [s=<seconds>]",
        4..=7,
        sound::record,
    )
    .failed("-1 (writefile)"),
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
    command("send text", "<text>", 1..=1, text::send_text),
    command("set autohangup", "<seconds>", 1..=1, steer::set_autohangup),
    command("set callerid", "<number>", 1..=1, steer::set_callerid),
    command("set context", "<context>", 1..=1, steer::set_context),
    command("set extension", "<extension>", 1..=1, steer::set_extension),
    command("set music", "on|off [<class>]", 1..=2, steer::set_music),
    command("set priority", "<priority>", 1..=1, steer::set_priority),
    command("set variable", "<name> <value>", 2..=2, data::set_variable)
        .dead()
        .failed("0"),
    command("speech activate grammar", "<name>", 1..=1, steer::nothing),
    command("speech create", "<engine>", 1..=1, steer::nothing),
    command("speech deactivate grammar", "<name>", 1..=1, steer::nothing),
    command("speech destroy", "", 0..=0, steer::nothing).dead(),
    command("speech load grammar", "<name> <path>", 2..=2, steer::nothing),
    command(
        "speech recognize",
        "<prompt> <timeout ms> [<offset>]",
        2..=3,
        steer::nothing,
    ),
    command("speech set", "<name> <value>", 2..=2, steer::nothing),
    command("speech unload grammar", "<name>", 1..=1, steer::nothing).dead(),
    command(
        "stream file",
        "<file> <keys> [<offset samples>]",
        2..=3,
        sound::stream,
    )
    .failed("-1 endpos=0"),
    command("tdd mode", "on|off", 1..=1, steer::nothing),
    command("verbose", "<text> [<level>]", 1..=2, steer::verbose).dead(),
    command("wait for digit", "<timeout ms>", 1..=1, sound::wait_for_digit),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_of_the_protocol_is_known() {
        let all = "answer;asyncagi break;channel status;control stream file;database del;database deltree;database get;\
            database put;exec;get data;get full variable;get option;get variable;gosub;hangup;noop;receive char;\
            receive text;record file;say alpha;say date;say datetime;say digits;say number;say phonetic;say time;\
            send image;send text;set autohangup;set callerid;set context;set extension;set music;set priority;\
            set variable;speech activate grammar;speech create;speech deactivate grammar;speech destroy;\
            speech load grammar;speech recognize;speech set;speech unload grammar;stream file;tdd mode;verbose;\
            wait for digit";
        let names: Vec<&str> = COMMANDS.iter().map(|command| command.name).collect();
        let mut known = names.clone();
        known.sort_unstable();
        assert_eq!(known, all.split(';').collect::<Vec<_>>());
        assert_eq!(known.len(), 47);
        for name in names {
            let words: Vec<String> = name.split(' ').map(str::to_uppercase).collect();
            assert_eq!(
                find(&words).map(|(command, rest)| (command.name, rest.len())),
                Some((name, 0))
            );
        }
    }
}
