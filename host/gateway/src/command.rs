//! The commands a program may send, one file each, and the table they stand in.

mod answer;
mod async_break;
mod channel_status;
mod control_stream_file;
mod database_del;
mod database_deltree;
mod database_get;
mod database_put;
mod exec;
mod get_data;
mod get_full_variable;
mod get_option;
mod get_variable;
mod gosub;
mod hangup;
mod noop;
mod receive_char;
mod receive_text;
mod record_file;
mod say_alpha;
mod say_date;
mod say_datetime;
mod say_digits;
mod say_number;
mod say_phonetic;
mod say_time;
mod send_image;
mod send_text;
mod set_autohangup;
mod set_callerid;
mod set_context;
mod set_extension;
mod set_music;
mod set_priority;
mod set_variable;
mod speech_activate_grammar;
mod speech_create;
mod speech_deactivate_grammar;
mod speech_destroy;
mod speech_load_grammar;
mod speech_recognize;
mod speech_set;
mod speech_unload_grammar;
mod stream_file;
mod tdd_mode;
mod verbose;
mod wait_for_digit;

use crate::session::{Heard, Session};
use crate::wire::{Reply, Words};
use std::ops::RangeInclusive;
use std::sync::Arc;
use ucx_pbx::LocalBoxFuture;

/// What a command's file begins with.
mod prelude {
    pub(super) use super::{ALL, ANY, ANY_DIGIT, Command, Outcome, Run, milliseconds, played_outcome, speak};
    pub(super) use crate::session::{Heard, Session, samples};
    pub(super) use crate::wire::{self, Words};
    pub(super) use std::sync::Arc;
    pub(super) use std::time::Duration;
}

/// More arguments than a line has words.
const ALL: usize = crate::wire::WORDS_MAX;

/// Whatever stands behind the name.
const ANY: RangeInclusive<usize> = 0..=ALL;

/// Every digit a telephone sends.
const ANY_DIGIT: &str = "0123456789*#ABCD";

/// A command: what it is called, what it says about itself, and what it does.
pub struct Command {
    /// Its name, in small letters.
    pub name: &'static str,
    /// How it is written.
    pub syntax: &'static str,
    /// One line: what it does.
    pub synopsis: &'static str,
    /// What else its users have to know; each line but the first begins with a blank.
    pub description: &'static str,
    /// How many arguments it takes.
    pub arguments: RangeInclusive<usize>,
    /// Whether it works when the caller is gone.
    pub is_allowed_dead: bool,
    pub(crate) run: Run,
}

impl Command {
    /// What is answered to those who write it wrongly.
    pub fn usage(&self) -> String {
        format!(" Usage: {}\n {}\n", self.syntax, self.description)
    }
}

/// How a command is carried out.
pub(crate) enum Run {
    /// At once.
    Now(fn(&mut Session<'_>, &Words) -> Outcome),
    /// In a while.
    Waits(for<'s> fn(&'s mut Session<'_>, &'s Words) -> LocalBoxFuture<'s, Outcome>),
}

/// How a command went.
pub(crate) enum Outcome {
    /// Well.
    Done(Reply),
    /// The channel or what it needs let it down.
    Failed(Reply),
    /// It ended in a way that has no name of its own.
    Odd(Reply),
    /// The next command, or the program's end, came in its way: nothing is answered.
    Superseded,
    /// It is written otherwise.
    Usage(&'static Command),
    /// There is no such command.
    Unknown,
    /// It needs a caller, and there is none any more.
    Dead,
}

/// All commands, by name.
pub fn commands() -> &'static [&'static Command] {
    &COMMANDS
}

static COMMANDS: [&Command; 47] = [
    &answer::COMMAND,
    &async_break::COMMAND,
    &channel_status::COMMAND,
    &control_stream_file::COMMAND,
    &database_del::COMMAND,
    &database_deltree::COMMAND,
    &database_get::COMMAND,
    &database_put::COMMAND,
    &exec::COMMAND,
    &get_data::COMMAND,
    &get_full_variable::COMMAND,
    &get_option::COMMAND,
    &get_variable::COMMAND,
    &gosub::COMMAND,
    &hangup::COMMAND,
    &noop::COMMAND,
    &receive_char::COMMAND,
    &receive_text::COMMAND,
    &record_file::COMMAND,
    &say_alpha::COMMAND,
    &say_date::COMMAND,
    &say_datetime::COMMAND,
    &say_digits::COMMAND,
    &say_number::COMMAND,
    &say_phonetic::COMMAND,
    &say_time::COMMAND,
    &send_image::COMMAND,
    &send_text::COMMAND,
    &set_autohangup::COMMAND,
    &set_callerid::COMMAND,
    &set_context::COMMAND,
    &set_extension::COMMAND,
    &set_music::COMMAND,
    &set_priority::COMMAND,
    &set_variable::COMMAND,
    &speech_activate_grammar::COMMAND,
    &speech_create::COMMAND,
    &speech_deactivate_grammar::COMMAND,
    &speech_destroy::COMMAND,
    &speech_load_grammar::COMMAND,
    &speech_recognize::COMMAND,
    &speech_set::COMMAND,
    &speech_unload_grammar::COMMAND,
    &stream_file::COMMAND,
    &tdd_mode::COMMAND,
    &verbose::COMMAND,
    &wait_for_digit::COMMAND,
];

/// The command a line begins with, whatever the case.
pub(crate) fn find(words: &Words) -> Option<&'static Command> {
    let is_meant = |command: &&&Command| {
        command.name.split(' ').enumerate().all(|(place, part)| {
            words
                .get(place)
                .is_some_and(|word| word.eq_ignore_ascii_case(part))
        })
    };
    COMMANDS.iter().find(is_meant).copied()
}

/// Reads milliseconds.
fn milliseconds(word: Option<&str>) -> Option<Option<std::time::Duration>> {
    let ms: i64 = word?.parse().ok()?;
    Some(u64::try_from(ms).ok().map(std::time::Duration::from_millis))
}

/// What is answered when a sound was played that long.
fn played_outcome(heard: Heard, endpos: u128) -> Outcome {
    let reply = |result: i64| crate::wire::result(format_args!("{result} endpos={endpos}"));
    match heard {
        Heard::Completed => Outcome::Done(reply(0)),
        Heard::Digit(digit) => Outcome::Done(reply(i64::from(u32::from(digit)))),
        Heard::Superseded => Outcome::Superseded,
        Heard::Failed | Heard::Gone => Outcome::Failed(reply(-1)),
    }
}

/// Plays what was put into sounds.
async fn speak(session: &mut Session<'_>, sounds: &[Arc<str>], stops: &str) -> Outcome {
    match session.play(sounds, stops).await.heard {
        Heard::Completed => Outcome::Done(crate::wire::DONE),
        Heard::Digit(digit) => Outcome::Done(crate::wire::result(u32::from(digit))),
        Heard::Superseded => Outcome::Superseded,
        Heard::Failed | Heard::Gone => Outcome::Failed(crate::wire::FAILED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> Option<&'static str> {
        find(&Words::of(line).unwrap()).map(|command| command.name)
    }

    #[test]
    fn there_are_all_forty_seven_in_order() {
        assert_eq!(commands().len(), 47);
        assert!(commands().is_sorted_by_key(|command| command.name));
    }

    #[test]
    fn each_says_what_it_is() {
        for command in commands() {
            let name = command.name;
            assert!(command.syntax.to_ascii_lowercase().starts_with(name), "{name}");
            assert!(
                command.synopsis.ends_with('.') && command.description.ends_with('.'),
                "{name}"
            );
            let usage = command.usage();
            assert!(
                usage
                    .lines()
                    .all(|line| line.starts_with(' ') && !line.starts_with("  ")),
                "{usage}"
            );
            assert!(usage.lines().skip(1).all(|line| line.len() <= 90), "{usage}");
        }
    }

    #[test]
    fn a_name_is_found_whatever_the_case_and_only_whole() {
        assert_eq!(found("Stream FILE beep"), Some("stream file"));
        assert_eq!(found("database get a b"), Some("database get"));
        assert_eq!(found("SET VARIABLE"), Some("set variable"));
        assert_eq!(found("WAIT FOR"), None);
        assert_eq!(found("BOGUS COMMAND"), None);
        assert_eq!(found(""), None);
    }
}
