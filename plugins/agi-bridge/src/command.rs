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
    takes: RangeInclusive<usize>,
    run: fn(&mut Session<'_>, &[String]) -> Done,
) -> Command {
    Command {
        name,
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
    command("answer", 0..=0, steer::answer),
    command("channel status", 0..=1, steer::status),
    command("control stream file", 2..=7, sound::control),
    command("database del", 2..=2, data::database_del)
        .dead()
        .failed("0"),
    command("database deltree", 1..=2, data::database_deltree)
        .dead()
        .failed("1"),
    command("database get", 2..=2, data::database_get)
        .dead()
        .failed("0"),
    command("database put", 3..=3, data::database_put)
        .dead()
        .failed("0"),
    command("exec", 1..=2, steer::execute).failed("-2"),
    command("get data", 1..=3, sound::get_data),
    command("get full variable", 1..=2, data::get_full_variable)
        .dead()
        .failed("0"),
    command("get option", 2..=3, sound::get_option),
    command("get variable", 1..=1, data::get_variable)
        .dead()
        .failed("0"),
    command("gosub", 3..=4, steer::gosub),
    command("hangup", 0..=1, steer::hangup),
    command("noop", 0..=128, steer::noop).dead(),
    command("receive char", 1..=1, steer::receive_char),
    command("record file", 4..=7, sound::record),
    command("say alpha", 2..=2, sound::say_alpha),
    command("say date", 2..=2, sound::say_date),
    command("say datetime", 2..=4, sound::say_datetime),
    command("say digits", 2..=2, sound::say_digits),
    command("say number", 2..=3, sound::say_number),
    command("say phonetic", 2..=2, sound::say_phonetic),
    command("say time", 2..=2, sound::say_time),
    command("send image", 1..=1, steer::nothing),
    command("send text", 1..=1, steer::send_text),
    command("set autohangup", 1..=1, steer::set_autohangup),
    command("set callerid", 1..=1, steer::set_callerid),
    command("set context", 1..=1, steer::set_context),
    command("set extension", 1..=1, steer::set_extension),
    command("set music", 1..=2, steer::set_music),
    command("set priority", 1..=1, steer::set_priority),
    command("set variable", 2..=2, data::set_variable)
        .dead()
        .failed("0"),
    command("speech destroy", 0..=0, steer::nothing).dead(),
    command("stream file", 2..=3, sound::stream),
    command("tdd mode", 1..=1, steer::nothing),
    command("verbose", 1..=2, steer::verbose).dead(),
    command("wait for digit", 1..=1, sound::wait_for_digit),
];
