//! Worlds in which everybody does what is written here, so that one of them can be compared with another in which one thing
//! goes wrong.

use crate::deeds::Deed;
use crate::people::{PHONES, Side};
use std::time::Duration;
use ucx_plugins::Fate;

/// How long a scripted phone rings before it is answered.
pub(crate) const RINGS_FOR: Duration = Duration::from_millis(300);

/// By then all phones are registered.
const REGISTERED: Duration = Duration::from_millis(800);
/// Applications have had a generation before, whose legs are not waited for any longer by then.
const APPLICATIONS_SETTLE: Duration = Duration::from_secs(11);

/// Calls that ask no component, in the worlds with too many questions: one so often.
const CALM_EVERY_MS: u64 = 25;
/// Questions to a router that waits two seconds for the web, of which 32 may be open at once: twice as many as can be.
const CROWD_EVERY_MS: u64 = 31;
/// Questions to a router that computes for 10 ms, where there is one processor: twice as many as it can do.
const BURN_EVERY_MS: u64 = 5;
/// When the calls and the questions begin.
const BEGIN_MS: u64 = 1_000;
const ASK_MS: u64 = 2_000;

/// The numbers of scripts. `200` is where components send calls on to.
pub(crate) const NUMBERS: &str = "
[main]
exten => 200,1,NoOp(sent on)
 same => n,Hangup()
exten => 8101,1,Wasm(wayward,answer,play chime,timer 100,next,info,gather chime,noop x,music default,sleep 50,dial 6002,greet chime,connect)
 same => n,NoOp(led ${WASMSTATUS})
 same => n,Hangup()
exten => 8102,1,Wasm(wayward,answer,call 6004,meet,sleep 300,event seen,noop y)
 same => n,NoOp(led ${WASMSTATUS})
 same => n,Hangup()
exten => 8103,1,Wasm(wayward,answer,play chime,goto 200)
 same => n,NoOp(led ${WASMSTATUS})
 same => n,Hangup()
exten => 8111,1,Wasm(foreman,answer,play chime,info,gather chime,noop x,dial 6002,mark done,goto 200)
 same => n,NoOp(led ${WASMSTATUS})
 same => n,Hangup()
exten => 8112,1,Wasm(foreman,answer,remind 1500,hold)
 same => n,NoOp(led ${WASMSTATUS})
 same => n,Hangup()
exten => 8113,1,Wasm(foreman,answer,hold)
 same => n,NoOp(led ${WASMSTATUS})
 same => n,Hangup()
exten => 8114,1,Wasm(foreman,answer,goto 200)
 same => n,NoOp(led ${WASMSTATUS})
 same => n,Hangup()
exten => 8121,1,Wasm(http-router)
 same => n,Hangup(17)
exten => loop,1,Wasm(rogue)
 same => n,Hangup(17)
";

/// What everybody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    /// Three calls that a call flow leads, two of them at once.
    Flow,
    /// Calls, digits, reminders and HTTP requests at an application, which answers, plays, dials, connects and sends on;
    /// beside it another that calls two phones and connects them. The first is meddled with.
    Foreman,
    /// The same, and the second is meddled with.
    Clicks,
    /// Phones make calls that ask no component.
    Calm,
    /// The same, beside twice as many questions to a router as may be open: it waits for a slow service.
    Crowd,
    /// The same, beside twice as many questions as the processor can do: the router computes without an end.
    Burning,
}

/// What is done to the component of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The operator stops all that runs of it.
    Stopped,
    /// The instance that asks traps: before its request, during it, or with the answer.
    Trapped(Fate),
    /// The generation before takes its place.
    Swapped,
}

impl What {
    /// Whether an instance ends by it.
    pub fn kills(self) -> bool {
        self != Self::Swapped
    }

    /// All that can be done.
    pub const ALL: [Self; 5] = [
        Self::Trapped(Fate::TrapsDuring),
        Self::Swapped,
        Self::Trapped(Fate::TrapsBefore),
        Self::Stopped,
        Self::Trapped(Fate::TrapsAfter),
    ];
}

/// A script, and what is done at which of its component's requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Play {
    /// The script.
    pub script: Script,
    /// The request, from 1, and what is done at it.
    pub meddling: Option<(u64, What)>,
}

/// What a call that was led well does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// The next priority of the dialplan.
    Priority,
    /// What the component sent it to.
    SentOn,
}

impl Script {
    /// The component that is meddled with.
    pub(crate) fn target(self) -> Option<&'static str> {
        match self {
            Self::Flow => Some("wayward"),
            Self::Foreman => Some("foreman"),
            Self::Clicks => Some("click-to-call"),
            Self::Calm | Self::Crowd | Self::Burning => None,
        }
    }

    /// Applications take part.
    pub(crate) fn has_applications(self) -> bool {
        matches!(self, Self::Foreman | Self::Clicks)
    }

    /// The component that is asked too much, and how long a decision of it may take by the clock.
    pub(crate) fn overloads(self) -> Option<(&'static str, Duration)> {
        match self {
            Self::Crowd => Some(("http-router", Duration::from_secs(2))),
            Self::Burning => Some(("rogue", Duration::from_millis(250))),
            Self::Calm | Self::Flow | Self::Foreman | Self::Clicks => None,
        }
    }

    /// The component computes as long as it may, which takes the machine a while as well: so not for long.
    fn asks_until_ms(self) -> u64 {
        match self {
            Self::Crowd => 7_000,
            Self::Burning => 3_500,
            Self::Calm | Self::Flow | Self::Foreman | Self::Clicks => 0,
        }
    }

    /// When everybody is there, and nobody has called yet.
    pub(crate) fn begins(self) -> Duration {
        if self.has_applications() {
            APPLICATIONS_SETTLE + REGISTERED
        } else {
            REGISTERED
        }
    }

    /// When nothing more is begun.
    pub(crate) fn lasts(self) -> Duration {
        match self {
            Self::Flow => Duration::from_secs(16),
            Self::Foreman | Self::Clicks => APPLICATIONS_SETTLE + Duration::from_secs(20),
            Self::Calm | Self::Crowd | Self::Burning => Duration::from_secs(10),
        }
    }

    /// Where a call goes on that was led well.
    pub(crate) fn next(exten: &str) -> Next {
        match exten {
            "8101" | "8102" => Next::Priority,
            _ => Next::SentOn,
        }
    }

    /// How long a phone talks before it hangs up; none does not hang up by itself.
    pub(crate) fn talks_for(self, phone: usize, side: Side) -> Option<Duration> {
        match (self, side) {
            (Self::Calm | Self::Crowd | Self::Burning, Side::Caller) => Some(Duration::from_millis(500)),
            (_, Side::Caller) => None,
            (_, Side::Called) => Some(Duration::from_millis(match phone {
                4 => 6_000,
                5 => 2_000,
                _ => 800,
            })),
        }
    }

    /// Everything that is done, and when.
    pub(crate) fn deeds(self) -> Vec<(Duration, Deed)> {
        let mut deeds = match self {
            Self::Flow => vec![
                call(1_000, 0, "8101"),
                call(1_200, 2, "8102"),
                call(13_000, 6, "8103"),
            ],
            Self::Foreman | Self::Clicks => vec![
                call(1_000, 7, "8112"),
                call(1_200, 6, "8113"),
                ask(1_500, "foreman", "GET", "/held", ""),
                (
                    Duration::from_millis(3_400),
                    Deed::DigitsNewest {
                        phone: 6,
                        digits: "9",
                    },
                ),
                call(4_000, 0, "8111"),
                call(4_500, 3, "8114"),
                ask(
                    5_000,
                    "click-to-call",
                    "POST",
                    "/calls",
                    r#"{"from": "6005", "to": "6006"}"#,
                ),
                ask(16_000, "foreman", "GET", "/lives", ""),
                call(16_500, 2, "8114"),
                ask(17_500, "click-to-call", "GET", "/calls/1", ""),
            ],
            Self::Calm | Self::Crowd | Self::Burning => self.crowd(),
        };
        if self.has_applications() {
            deeds.iter_mut().for_each(|(at, _)| *at += APPLICATIONS_SETTLE);
        }
        deeds.sort_by_key(|(at, _)| *at);
        deeds
    }

    fn crowd(self) -> Vec<(Duration, Deed)> {
        let number = if self == Self::Burning { "loop" } else { "8121" };
        let every = if self == Self::Burning {
            BURN_EVERY_MS
        } else {
            CROWD_EVERY_MS
        };
        let half = PHONES / 2;
        // The one half makes the calls, the other has the questions asked.
        let turn = |at: u64, every: u64| usize::try_from(at / every).unwrap_or(0) % half;
        let calls = (BEGIN_MS..8_000).step_by(each(CALM_EVERY_MS));
        let calls = calls.map(|at| call(at, turn(at, CALM_EVERY_MS), "700"));
        let asked = (ASK_MS..self.asks_until_ms()).step_by(each(every));
        let asked = asked.map(|at| call(at, half + turn(at, every), number));
        calls.chain(asked).collect()
    }
}

fn each(ms: u64) -> usize {
    usize::try_from(ms).unwrap_or(1)
}

fn call(at_ms: u64, phone: usize, number: &'static str) -> (Duration, Deed) {
    (Duration::from_millis(at_ms), Deed::Call { phone, number })
}

fn ask(
    at_ms: u64,
    plugin: &'static str,
    method: &'static str,
    path: &'static str,
    body: &'static str,
) -> (Duration, Deed) {
    let deed = Deed::AskPart {
        plugin,
        method,
        path,
        body,
    };
    (Duration::from_millis(at_ms), deed)
}
