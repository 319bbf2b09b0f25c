//! A session: commands are carried out on the channel one after the other, until one side is gone.

mod end;
mod listen;
mod place;

pub(crate) use end::Status;
pub(crate) use listen::{Heard, digit_of, samples};

use crate::application::Shared;
use crate::command::{self, Command, Outcome, Run};
#[cfg(feature = "faults")]
use crate::fault::Fault;
use crate::peer::{Input, Peer};
use crate::wire::{self, LineError, Reply, Words};
use place::NextPlace;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};
use ucx_call::{ChannelSnapshot, EventKind, Interruption};
use ucx_dialplan::LocalTime;
use ucx_pbx::{Ending, Line};

/// How long a program may go on after its caller is gone; then the session ends without it.
const DEAD_TIME_MAX: Duration = Duration::from_secs(3_600);

/// How long it may say nothing then.
const DEAD_SILENCE_MAX: Duration = Duration::from_secs(60);

/// What a program writes, instead of a command, when it cannot run.
const FAILURE: &str = "failure";

/// Commands carried out without waiting after which other channels get their turn.
const COMMANDS_PER_TURN: u32 = 64;

/// The least time so many take: a program that asks without a pause shall not fill the stream that others read.
const TURN_TIME: Duration = Duration::from_millis(8);

/// Commands in a row that were there before the one before them was answered: who asks for more does not want to know the
/// answers, and would keep its caller long after it is gone.
const COMMANDS_AHEAD_MAX: u32 = 4_096;

/// The last moment that can be spoken, in the year 9999.
const EPOCH_MAX_S: u64 = 253_402_300_799;

/// A program's hold on a channel.
pub(crate) struct Session<'a> {
    /// The channel.
    pub line: &'a mut Line,
    /// Settings and counters all sessions share.
    pub shared: &'a Shared,
    /// Where the dialplan goes on, as far as the program said.
    pub next: NextPlace,
    /// The program asked to leave the queue of asynchronous commands.
    pub is_left: bool,
    peer: Peer,
    /// The caller is gone, and the program was told; until when it may go on.
    dead_until: Option<Instant>,
    /// Until when it may say nothing; no later than that.
    silent_until: Option<Instant>,
    /// The caller was gone before the program came, which is nothing to tell it then.
    was_dead: bool,
    /// Commands that were there before they were waited for, since one was waited for.
    ahead: u32,
    /// The operator was told that the program sends nonsense.
    has_warned: bool,
    /// What the application ends with, when that is decided before its end.
    ending: Option<Ending>,
}

impl<'a> Session<'a> {
    /// A session with that far side.
    pub fn new(line: &'a mut Line, shared: &'a Shared, peer: Peer) -> Self {
        Self {
            line,
            shared,
            next: NextPlace::default(),
            is_left: false,
            peer,
            dead_until: None,
            silent_until: None,
            was_dead: false,
            ahead: 0,
            has_warned: false,
            ending: None,
        }
    }

    /// Tells the program what the call is, carries out its commands, and says how it went by `AGISTATUS`.
    ///
    /// # Errors
    /// [`Ending`] if the dialplan does not go on after it.
    pub async fn run(mut self, environment: &str) -> Result<(), Ending> {
        if self.line.interruption() == Some(Interruption::HungUp) && !self.peer.is_queue() {
            self.die();
            self.was_dead = true;
        }
        let status = match self.greet(environment).await {
            Ok(()) => self.serve().await,
            Err(status) => status,
        };
        self.finish(status).await
    }

    /// Sends the environment, or announces it to those who fill the queue.
    async fn greet(&mut self, environment: &str) -> Result<(), Status> {
        match &mut self.peer {
            Peer::Stream(stream) => {
                let is_ours = stream.program.is_some();
                match self.tell(environment).await {
                    Ok(()) => Ok(()),
                    Err(error) => {
                        tracing::debug!(place = %self.line.place(), %error, "a program did not take what it was told");
                        // One that only speaks may have said all it had to say, and is read to its end.
                        let has_ended = error.kind() == ErrorKind::BrokenPipe && is_ours;
                        let is_taken = error.kind() == ErrorKind::Interrupted;
                        if has_ended || is_taken {
                            Ok(())
                        } else {
                            Err(Status::Failed)
                        }
                    }
                }
            }
            Peer::Queue(_) => {
                let environment = Arc::from(environment);
                self.publish(|channel| EventKind::AsyncGatewayStarted { channel, environment });
                Ok(())
            }
        }
    }

    /// Carries out what comes, until nothing does or the channel is taken away.
    async fn serve(&mut self) -> Status {
        let mut words = Words::default();
        let mut turn_until = Instant::now() + TURN_TIME;
        for turn in 1_u32.. {
            if turn.is_multiple_of(COMMANDS_PER_TURN) {
                tokio::task::yield_now().await;
                sleep_until(turn_until).await;
                turn_until = Instant::now() + TURN_TIME;
            }
            if let Some(status) = self.notice_the_end().await {
                return status;
            }
            if self.ahead > COMMANDS_AHEAD_MAX && !self.peer.is_queue() {
                tracing::warn!(place = %self.line.place(), "a program asks and does not wait for answers");
                return Status::Failed;
            }
            let input = match self.wait().await {
                Ok(input) => input,
                Err(ending) => {
                    if self.line.interruption().is_none() {
                        self.ending = Some(ending);
                    }
                    continue;
                }
            };
            let (text, id, principal) = match input {
                Input::Line { text, .. } if text.starts_with(FAILURE) && !self.peer.is_queue() => {
                    tracing::warn!(place = %self.line.place(), %text, "a program could not run");
                    return Status::Failed;
                }
                Input::Line { text, id, principal } => (text, id, principal),
                Input::Bad(error) => {
                    self.warn_of(error);
                    (Arc::default(), None, None)
                }
                #[cfg(feature = "faults")]
                Input::Over
                    if self.shared.has(Fault::DeathUnnoticed) && self.line.interruption().is_none() =>
                {
                    // It ends when the channel is taken away.
                    let _ = self.line.wait_forever().await;
                    continue;
                }
                Input::Over => return self.status_at_the_end().await,
            };
            let own = principal.map(|principal| self.line.act_for(principal));
            let done = self.carry_out(&mut words, &text, id).await;
            if let Some(own) = own {
                self.line.act_for(own);
            }
            if let Err(status) = done {
                return status;
            }
            self.note_sign_of_life();
            if self.is_left && self.peer.is_queue() {
                return Status::Done;
            }
        }
        Status::Failed
    }

    /// What comes next from the program, unless the channel is taken away or a dead session's time is up first.
    async fn wait(&mut self) -> Result<Input, Ending> {
        let (line, peer) = (&mut *self.line, &mut self.peer);
        self.ahead += 1;
        tokio::select! {
            biased;
            input = peer.next() => return Ok(input),
            () = std::future::ready(()) => self.ahead = 0,
        }
        if let Some(until) = self.silent_until {
            return tokio::select! {
                biased;
                input = peer.next() => Ok(input),
                () = sleep_until(until) => Err(Ending::Interrupted(Interruption::HungUp)),
            };
        }
        tokio::select! {
            biased;
            ended = line.wait_forever() => Err(ended.err().unwrap_or(Ending::Interrupted(Interruption::HungUp))),
            input = peer.next() => Ok(input),
        }
    }

    /// Reads one line as a command, does it and answers it.
    async fn carry_out(
        &mut self,
        words: &mut Words,
        text: &Arc<str>,
        id: Option<Arc<str>>,
    ) -> Result<(), Status> {
        let number = self.shared.next_number();
        self.publish(|channel| EventKind::GatewayCommandStarted {
            channel,
            id: number,
            command: text.clone(),
        });
        let outcome = match words.read(text) {
            Ok(()) => self.outcome(words).await,
            Err(error) => {
                self.warn_of(error);
                Outcome::Unknown
            }
        };
        let (code, result, reply) = outcome.told();
        self.publish(|channel| EventKind::GatewayCommandEnded {
            channel,
            id: number,
            command: text.clone(),
            code,
            result,
        });
        match reply {
            Some(reply) => self.answer(reply, id).await,
            None => Ok(()),
        }
    }

    /// Once a session: who sends nonsense sends much of it.
    fn warn_of(&mut self, error: LineError) {
        if !std::mem::replace(&mut self.has_warned, true) {
            tracing::warn!(place = %self.line.place(), ?error, "a program sent what is no command");
        }
    }

    async fn outcome(&mut self, words: &Words) -> Outcome {
        let Some(command) = command::find(words) else {
            return Outcome::Unknown;
        };
        if !command.is_allowed_dead && self.is_dead() {
            return Outcome::Dead;
        }
        if !command.takes(words) {
            return Outcome::Usage(command);
        }
        match command.run {
            Run::Now(run) => run(self, words),
            Run::Waits(run) => run(self, words).await,
        }
    }

    async fn answer(&mut self, reply: Reply, id: Option<Arc<str>>) -> Result<(), Status> {
        match &mut self.peer {
            Peer::Stream(_) => match self.tell(&reply).await {
                Ok(()) => Ok(()),
                Err(error) if error.kind() == ErrorKind::TimedOut => {
                    tracing::warn!(place = %self.line.place(), "a program does not read its replies");
                    Err(Status::Failed)
                }
                // It is gone, or hears no more; what it still has to say is read to its end.
                Err(_) => Ok(()),
            },
            Peer::Queue(_) => {
                let reply = Arc::from(&*reply);
                self.publish(|channel| EventKind::AsyncGatewayDone {
                    channel,
                    command_id: id,
                    reply,
                });
                Ok(())
            }
        }
    }

    /// Writes to a program. One that does not read holds nobody who takes the channel away: then the error is
    /// [`ErrorKind::Interrupted`], and nothing more is written.
    async fn tell(&mut self, text: &str) -> io::Result<()> {
        let Peer::Stream(stream) = &mut self.peer else {
            return Ok(());
        };
        if self.dead_until.is_some() || self.line.interruption().is_some() {
            return stream.write(text).await;
        }
        let ended = tokio::select! {
            biased;
            written = stream.write(text) => return written,
            ended = self.line.wait_forever() => ended,
        };
        stream.give_up();
        if let (Err(ending), None) = (ended, self.line.interruption()) {
            self.ending = Some(ending);
        }
        Err(ErrorKind::Interrupted.into())
    }

    /// Tells the program of the caller's end, once. Says how the session ends if that ends it.
    async fn notice_the_end(&mut self) -> Option<Status> {
        if self.is_dead() {
            return self.is_overdue().then_some(Status::HungUp);
        }
        match self.line.interruption() {
            None if self.ending.is_none() => return None,
            None | Some(Interruption::HungUp) => {}
            Some(
                Interruption::TimedOut
                | Interruption::Redirected
                | Interruption::TakenOver
                | Interruption::Shutdown,
            ) => return Some(Status::HungUp),
        }
        self.die();
        if self.peer.is_queue() || self.is_set("AGIEXITONHANGUP", false) {
            return Some(Status::HungUp);
        }
        self.say_hangup().await;
        // Nobody waits for one that hears nothing any more.
        let is_stuck = matches!(&self.peer, Peer::Stream(stream) if stream.is_stuck());
        is_stuck.then_some(Status::HungUp)
    }

    /// The caller is gone.
    fn die(&mut self) {
        self.dead_until = Some(Instant::now() + DEAD_TIME_MAX);
        self.note_sign_of_life();
    }

    /// The program says something, or has just been told that its caller is gone.
    fn note_sign_of_life(&mut self) {
        let until = Instant::now() + DEAD_SILENCE_MAX;
        self.silent_until = self.dead_until.map(|dead| dead.min(until));
    }

    /// It went on without its caller for too long, or said nothing for too long.
    fn is_overdue(&self) -> bool {
        self.silent_until.is_some_and(|until| Instant::now() >= until)
    }

    /// Whether commands that need a caller are refused.
    pub fn is_dead(&self) -> bool {
        self.dead_until.is_some()
    }

    /// Puts an event about the channel into the stream; nothing happens if it is over.
    pub fn publish(&self, kind: impl FnOnce(Arc<ChannelSnapshot>) -> EventKind) {
        if let Ok(channel) = self.line.channel() {
            self.line.pbx().publish(kind(channel));
        }
    }

    /// Takes note of how something on the channel ended, as far as it matters for the session.
    pub fn note(&mut self, ending: Ending) {
        match ending {
            // Whoever asks the line hears of it.
            Ending::Interrupted(_) => {}
            Ending::Hangup(_) => self.ending = Some(ending),
            Ending::Refused(refusal) => {
                tracing::warn!(place = %self.line.place(), %refusal, "a program's command was refused");
            }
        }
    }

    /// Takes note of how a command's work on the channel ended, and answers -1.
    pub fn failed(&mut self, ending: Ending) -> Outcome {
        self.note(ending);
        Outcome::Failed(wire::FAILED)
    }

    /// Sets a variable of the channel; one that is over has none.
    pub fn set(&mut self, variable: &str, value: &str) {
        if let Err(ending) = self.line.set_variable(variable, value) {
            self.note(ending);
        }
    }

    /// A moment a command names by its seconds since 1970, and what the clocks of a zone or of this host show then.
    pub fn local_time(&self, epoch_s: Option<&str>, timezone: Option<&str>) -> Option<(u64, LocalTime)> {
        let epoch_s: u64 = epoch_s?.parse().ok().filter(|at| *at <= EPOCH_MAX_S)?;
        let timezone = timezone.filter(|zone| !zone.is_empty());
        Some((epoch_s, self.line.pbx().local_time(epoch_s, timezone)))
    }

    /// Answers a command that is not done yet.
    pub async fn say_meanwhile(&mut self, reply: &str) {
        if let Peer::Stream(stream) = &mut self.peer {
            // A program that is gone is found out by what follows.
            let _ = stream.write(reply).await;
        }
    }

    /// Whether a variable of the channel says yes, or what it is without one.
    pub fn is_set(&self, variable: &str, otherwise: bool) -> bool {
        match self.line.variable(variable) {
            Some(value) if !value.is_empty() => truth(&value),
            _ => otherwise,
        }
    }
}

/// The field's words for yes.
fn truth(text: &str) -> bool {
    ["yes", "true", "y", "t", "1", "on"]
        .iter()
        .any(|yes| text.eq_ignore_ascii_case(yes))
}

impl Command {
    /// Whether the number of words is one it takes.
    fn takes(&self, words: &Words) -> bool {
        let name = self.name.split(' ').count();
        words
            .len()
            .checked_sub(name)
            .is_some_and(|arguments| self.arguments.contains(&arguments))
    }
}

impl Outcome {
    /// The number and word of the event, and the reply.
    fn told(self) -> (u16, &'static str, Option<Reply>) {
        match self {
            Self::Done(reply) => (200, "Success", Some(reply)),
            Self::Failed(reply) => (200, "Failure", Some(reply)),
            Self::Odd(reply) => (200, "Unknown Result", Some(reply)),
            Self::Superseded => (200, "Success", None),
            Self::Usage(command) => (520, "Usage", Some(wire::usage(&command.usage()))),
            Self::Unknown => (510, "Invalid or unknown command", Some(wire::UNKNOWN)),
            Self::Dead => (
                511,
                "Command Not Permitted on a dead channel or intercept routine",
                Some(wire::DEAD),
            ),
        }
    }
}
