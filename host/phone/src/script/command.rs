//! What does a line of a script say?

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::config::Policy;
use crate::event::CallId;

/// How long an expectation waits when it does not say.
pub const DEFAULT_PATIENCE: Duration = Duration::from_secs(5);
/// The longest wait or patience.
pub const MAX_WAIT: Duration = Duration::from_secs(24 * 3600);
/// The lifetime a registration asks for when it does not say.
const DEFAULT_EXPIRY: Duration = Duration::from_secs(3600);
/// The status of a refusal that does not say.
const DEFAULT_REFUSAL: u16 = 603;

/// The events that can be expected, as they are named in JSON.
const EVENTS: [&str; 18] = [
    "registered",
    "register-failed",
    "unregistered",
    "incoming-call",
    "ringing",
    "progress",
    "answered",
    "tone-heard",
    "tone-lost",
    "digit-heard",
    "digits-sent",
    "held",
    "resumed",
    "changed",
    "change-failed",
    "failed",
    "ended",
    "over",
];

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Something done at once.
    Do(Deed),
    /// `wait 500ms`
    Wait {
        /// For how long.
        time: Duration,
    },
    /// `expect-… [within 3s]`
    Expect {
        /// What.
        what: Expectation,
        /// For how long at most.
        within: Duration,
    },
}

/// What a script waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// `expect-tone 660`: heard just now.
    Tone { hz: u16, call: Option<CallId> },
    /// `expect-silence`: no tone is heard.
    Silence { call: Option<CallId> },
    /// `expect-digits 123`: among those heard and not expected yet.
    Digits(String),
    /// `expect-answered` and so on for every event; `over` stands for `ended` and `failed`. What happened since the
    /// last event that was expected counts.
    Event(&'static str),
}

/// What is done at once. Where a call may be named, `#2` at the end names it; otherwise it is the newest one that lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// `register [for 600s]`
    Register { expires: Duration },
    /// `unregister`
    Unregister,
    /// `call 700`
    Call { number: String },
    /// `answer`
    Answer { call: Option<CallId> },
    /// `reject [486]`
    Reject { status: u16, call: Option<CallId> },
    /// `hangup`
    Hangup { call: Option<CallId> },
    /// `hold`
    Hold { call: Option<CallId> },
    /// `unhold`
    Unhold { call: Option<CallId> },
    /// `tone 440` or `tone off`: in calls that live and in those to come, or in the one named.
    Tone { hz: Option<u16>, call: Option<CallId> },
    /// `digits 123#`
    Digits { digits: String, call: Option<CallId> },
    /// `record FILE`: written when the call ends, at `record off` and at `quit`.
    Record { file: String, call: Option<CallId> },
    /// `record off`
    RecordOff { call: Option<CallId> },
    /// `policy answer [after 1s]`, `policy busy`, `policy reject 480`, `policy ring`
    Policy(Policy),
    /// `stats`: the figures of a call.
    Stats { call: Option<CallId> },
    /// `ladder`: the SIP messages sent and received.
    Ladder,
    /// `quit`: ends the calls and the registration, then the phone.
    Quit,
}

/// Why a line is no command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScriptError {
    /// No command is called that.
    Unknown(String),
    /// Something is missing after the command.
    Missing(&'static str),
    /// Something does not read as what it should be.
    Bad {
        /// What it should be.
        what: &'static str,
        /// What stands there.
        text: String,
    },
    /// Something stands behind the command's end.
    Surplus(String),
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(word) => write!(f, "no command is called {word:?}"),
            Self::Missing(what) => write!(f, "{what} is missing"),
            Self::Bad { what, text } => write!(f, "{text:?} is no {what}"),
            Self::Surplus(text) => write!(f, "{text:?} stands behind the command's end"),
        }
    }
}

impl std::error::Error for ScriptError {}

/// The words of a line that are still to be read.
struct Words<'a> {
    words: Vec<&'a str>,
    call: Option<CallId>,
}

impl<'a> Words<'a> {
    fn new(line: &'a str) -> Result<Self, ScriptError> {
        let mut words: Vec<&str> = line.split_whitespace().collect();
        let mut call = None;
        // `digits #` is a key, `digits 1 #2` a call.
        if let Some(number) = words
            .last()
            .and_then(|word| word.strip_prefix('#'))
            .filter(|word| !word.is_empty())
        {
            call = Some(CallId(read("call", number)?));
            words.pop();
        }
        words.reverse();
        Ok(Self { words, call })
    }

    fn next(&mut self) -> Option<&'a str> {
        self.words.pop()
    }

    fn need(&mut self, what: &'static str) -> Result<&'a str, ScriptError> {
        self.next().ok_or(ScriptError::Missing(what))
    }

    fn number(&mut self, what: &'static str) -> Result<u16, ScriptError> {
        read(what, self.need(what)?)
    }

    /// `word TIME`, if it stands there.
    fn time_after(&mut self, word: &str, otherwise: Duration) -> Result<Duration, ScriptError> {
        if self.words.last() != Some(&word) {
            return Ok(otherwise);
        }
        self.next();
        time(self.need("a time")?)
    }

    fn end(mut self, command: Command) -> Result<Command, ScriptError> {
        match self.next() {
            None => Ok(command),
            Some(word) => Err(ScriptError::Surplus(word.to_owned())),
        }
    }
}

fn read<T: FromStr>(what: &'static str, text: &str) -> Result<T, ScriptError> {
    text.parse().map_err(|_| ScriptError::Bad {
        what,
        text: text.to_owned(),
    })
}

/// Reads `500ms`, `3s`, `1.5s` or `2m`.
fn time(text: &str) -> Result<Duration, ScriptError> {
    let bad = || ScriptError::Bad {
        what: "time",
        text: text.to_owned(),
    };
    let unit_at = text
        .find(|character: char| character.is_ascii_alphabetic())
        .ok_or_else(bad)?;
    let (number, unit) = text.split_at(unit_at);
    let seconds = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        _ => return Err(bad()),
    };
    let number: f64 = number.parse().map_err(|_| bad())?;
    let time = Duration::try_from_secs_f64(number * seconds).map_err(|_| bad())?;
    if time > MAX_WAIT { Err(bad()) } else { Ok(time) }
}

impl FromStr for Command {
    type Err = ScriptError;

    fn from_str(line: &str) -> Result<Self, ScriptError> {
        let mut words = Words::new(line)?;
        let verb = words.need("a command")?;
        let command = if verb == "wait" {
            Self::Wait {
                time: time(words.need("a time")?)?,
            }
        } else if let Some(name) = verb.strip_prefix("expect-") {
            let what = expectation(name, &mut words)?.ok_or_else(|| ScriptError::Unknown(verb.to_owned()))?;
            Self::Expect {
                what,
                within: words.time_after("within", DEFAULT_PATIENCE)?,
            }
        } else {
            Self::Do(deed(verb, &mut words)?)
        };
        words.end(command)
    }
}

fn deed(verb: &str, words: &mut Words<'_>) -> Result<Deed, ScriptError> {
    let call = words.call;
    Ok(match verb {
        "register" => Deed::Register {
            expires: words.time_after("for", DEFAULT_EXPIRY)?,
        },
        "unregister" => Deed::Unregister,
        "call" => Deed::Call {
            number: words.need("a number")?.to_owned(),
        },
        "answer" => Deed::Answer { call },
        "reject" => {
            let status = words
                .next()
                .map_or(Ok(DEFAULT_REFUSAL), |word| read("status", word))?;
            Deed::Reject {
                status: refusal(status)?,
                call,
            }
        }
        "hangup" => Deed::Hangup { call },
        "hold" => Deed::Hold { call },
        "unhold" => Deed::Unhold { call },
        "tone" => {
            let hz = match words.need("a frequency")? {
                "off" => None,
                hz => Some(read("frequency", hz)?),
            };
            Deed::Tone { hz, call }
        }
        "digits" => Deed::Digits {
            digits: words.need("digits")?.to_owned(),
            call,
        },
        "record" => match words.need("a file")? {
            "off" => Deed::RecordOff { call },
            file => Deed::Record {
                file: file.to_owned(),
                call,
            },
        },
        "policy" => Deed::Policy(policy(words)?),
        "stats" => Deed::Stats { call },
        "ladder" => Deed::Ladder,
        "quit" => Deed::Quit,
        _ => return Err(ScriptError::Unknown(verb.to_owned())),
    })
}

fn refusal(status: u16) -> Result<u16, ScriptError> {
    let bad = || ScriptError::Bad {
        what: "status of a refusal",
        text: status.to_string(),
    };
    (300..700).contains(&status).then_some(status).ok_or_else(bad)
}

fn policy(words: &mut Words<'_>) -> Result<Policy, ScriptError> {
    match words.need("a policy")? {
        "answer" => Ok(Policy::Answer {
            after: words.time_after("after", Duration::ZERO)?,
        }),
        "busy" => Ok(Policy::Busy),
        "reject" => Ok(Policy::Reject {
            status: refusal(words.number("status")?)?,
        }),
        "ring" => Ok(Policy::Ring),
        word => Err(ScriptError::Bad {
            what: "policy",
            text: word.to_owned(),
        }),
    }
}

/// `None` when nothing of that name can be expected.
fn expectation(name: &str, words: &mut Words<'_>) -> Result<Option<Expectation>, ScriptError> {
    let call = words.call;
    Ok(match name {
        "tone" => Some(Expectation::Tone {
            hz: words.number("frequency")?,
            call,
        }),
        "silence" => Some(Expectation::Silence { call }),
        "digits" => Some(Expectation::Digits(words.need("digits")?.to_owned())),
        name => EVENTS
            .into_iter()
            .find(|event| *event == name)
            .map(Expectation::Event),
    })
}
