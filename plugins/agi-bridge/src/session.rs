//! How does a conversation go? A command, its answer, the next one, until the server closes; word of the caller's end in between.

use std::time::Duration;

use ucx::bindings::types::Location;
use ucx::net::{self, Connection, Heard};
use ucx::prelude::*;

use crate::command::{self, Answered, Command};
use crate::words;

/// The longest command in bytes.
const LINE_MAX: usize = 8192;
/// How long it listens at a time. It hears of the caller's end earlier, so this is no delay of anything.
const LISTENS: Duration = Duration::from_secs(60);
/// Word of the caller's end.
const HANGUP: &str = "HANGUP\n";
/// The answer to commands for the living.
const DEAD: &str = "511 Command Not Permitted on a dead channel or intercept routine\n";
/// The answer to what is no command.
const UNKNOWN: &str = "510 Invalid or unknown command\n";
/// The answer to a command with wrong words, before and after its usage.
const USAGE: [&str; 2] = [
    "520-Invalid command syntax.  Proper usage follows:\n",
    "520 End of proper usage.\n",
];

/// One conversation.
pub struct Session<'a> {
    /// The caller.
    pub call: &'a Channel,
    connection: Connection,
    /// Where the server wants the call to go on, as far as it said.
    pub place: Place,
    is_dead: bool,
    /// Every line is written to the log.
    is_traced: bool,
}

/// A place of the dialplan whose parts are said one by one.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// The context.
    pub context: Option<String>,
    /// The extension.
    pub exten: Option<String>,
    /// The priority, a number or a label.
    pub priority: Option<String>,
}

impl<'a> Session<'a> {
    /// A conversation that has not begun.
    pub fn new(call: &'a Channel, connection: Connection) -> Result<Self, Failure> {
        Ok(Self {
            call,
            connection,
            place: Place::default(),
            is_dead: false,
            is_traced: config("trace")?.as_deref() == Some("yes"),
        })
    }

    /// Whether the caller is gone.
    pub fn is_dead(&self) -> bool {
        self.is_dead
    }

    /// Tells what the call is, and does as it is told until the server closes.
    pub fn run(&mut self, told: &str) -> Result<(), Failure> {
        self.connection.send(told.as_bytes())?;
        loop {
            if !self.is_dead && net::cancelled() {
                self.dies()?;
            }
            match self.connection.line(LINE_MAX, LISTENS) {
                Heard::Ended => return Ok(()),
                Heard::Nothing => {}
                Heard::Line(line) => self.answer(&line)?,
            }
        }
    }

    fn answer(&mut self, line: &str) -> Result<(), Failure> {
        if self.is_traced {
            log::info(&format!("< {line}"));
        }
        let words = words::split(line);
        let Some((command, arguments)) = command::find(&words) else {
            return self.say(UNKNOWN);
        };
        if !command.takes.contains(&arguments.len()) {
            return self.say(&usage(command));
        }
        if self.is_dead && !command.is_allowed_dead {
            return self.say(DEAD);
        }
        match (command.run)(self, arguments) {
            Ok(Answered::With(words)) => self.say(&format!("200 result={words}\n")),
            Ok(Answered::After(first, words)) => self.say(&format!("100 {first}\n200 result={words}\n")),
            Ok(Answered::Usage) => self.say(&usage(command)),
            Ok(Answered::Last(words)) => {
                self.say(&format!("200 result={words}\n"))?;
                self.dies()
            }
            // The answer comes first, then word of why.
            Err(Error::Gone) if command.is_allowed_dead => self.say("200 result=0\n"),
            Err(Error::Gone) => {
                self.say(&format!("200 result={}\n", command.failed))?;
                self.dies()
            }
            Err(error) => {
                let why = Failure::from(error);
                log::warn(&format!("{}: {why}", command.name));
                self.say(&format!("200 result={}\n", command.failed))
            }
        }
    }

    fn dies(&mut self) -> Result<(), Failure> {
        if !self.is_dead {
            self.is_dead = true;
            self.say(HANGUP)?;
        }
        Ok(())
    }

    fn say(&mut self, text: &str) -> Result<(), Failure> {
        if self.is_traced {
            text.lines().for_each(|line| log::info(&format!("> {line}")));
        }
        self.connection.send(text.as_bytes())
    }

    /// Where the call goes on: where the server said, else after the step that asked.
    pub fn outcome(&self) -> Led {
        let Place {
            context,
            exten,
            priority,
        } = &self.place;
        if self.is_dead || (context.is_none() && exten.is_none() && priority.is_none()) {
            return Ok(Outcome::Done);
        }
        Ok(Outcome::ContinueAt(Location {
            context: context.clone().unwrap_or_default(),
            exten: exten.clone().unwrap_or_default(),
            priority: priority.clone().unwrap_or_else(|| "1".to_owned()),
        }))
    }
}

fn usage(command: &Command) -> String {
    let words = format!("{} {}", command.name.to_ascii_uppercase(), command.usage);
    format!("{}Usage: {}\n{}", USAGE[0], words.trim_end(), USAGE[1])
}
