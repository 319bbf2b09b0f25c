//! The dialplan application `Stasis`: it gives a channel to an application of a client until that lets it go on.
//!
//! The channel's task serves here: notices of the channel and requests of clients, one after the other. However it ends,
//! what it played is over, and `StasisEnd` is said once. A client that goes away leaves its channels where they are; they
//! stay until somebody hangs up or a client of that name comes back.

pub mod board;
pub mod deck;
pub mod media;
pub mod seat;
pub mod stage;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub mod world;

use crate::ApplicationHandle;
use crate::applications::{Kind, Source};
use crate::event::Message;
use board::Owner;
use deck::{Act, Saying, Step, Unfinished};
use seat::{Exit, Seat};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{sleep_until, timeout};
use ucx_call::{ChannelSnapshot, Holder, Report};
use ucx_pbx::{Application, Ending, Help, Line, LineJobs, LineNotice, LocalBoxFuture, Pbx, Registry};

/// What a client's application is called where channels name who drives them.
const HOLDER: &str = "Stasis";

/// How long the end of a recording is waited for after its channel left.
const RECORDING_WAIT: Duration = Duration::from_secs(10);

/// Where the host keeps what was recorded, unless its configuration says otherwise.
const SPOOL: &str = "/var/spool/asterisk";

/// Adds `Stasis` to the applications of the dialplan.
pub fn register(handle: &ApplicationHandle, registry: &mut Registry) {
    let handle = handle.clone();
    registry.application(Stasis { handle });
}

struct Stasis {
    handle: ApplicationHandle,
}

static HELP: Help = Help {
    synopsis: "Gives the channel to an application of a client.",
    syntax: "Stasis(application[,argument[,...]])",
    arguments: &[
        ("application", "the name under which a client listens for events"),
        ("argument", "told to the client with StasisStart"),
    ],
    options: &[],
    sets: &[(
        "STASISSTATUS",
        "SUCCESS after the application let the channel go on, FAILED if no client has that name",
    )],
    notes: "The channel stays until the client lets it go on, or it is hung up or sent elsewhere; also while the client is away.",
};

impl Application for Stasis {
    fn name(&self) -> &'static str {
        "Stasis"
    }

    fn help(&self) -> &'static Help {
        &HELP
    }

    fn run<'a>(&'a self, line: &'a mut Line, args: &'a str) -> LocalBoxFuture<'a, Result<(), Ending>> {
        Box::pin(self.serve(line, args))
    }
}

/// The variable that tells the dialplan how it went.
const STATUS: &str = "STASISSTATUS";

impl Stasis {
    async fn serve(&self, line: &mut Line, args: &str) -> Result<(), Ending> {
        let mut args = args.split(',').map(str::to_owned);
        let mut application = args.next().unwrap_or_default();
        let mut args: Vec<String> = args.collect();
        line.set_variable(STATUS, "")?;
        let is_there = self.handle.is_registered(&application);
        #[cfg(feature = "faults")]
        let is_there = is_there || self.handle.has(crate::Fault::DeadApplicationTakes);
        if !is_there {
            tracing::warn!(%application, "no client has an application of that name");
            return line.set_variable(STATUS, "FAILED");
        }
        let left = loop {
            match self.visit(line, &application, args).await {
                Ok(Exit::Move {
                    application: next,
                    args: next_args,
                }) => (application, args) = (next, next_args),
                Ok(Exit::Continue(place)) => break Ok(place),
                Err(ending) => break Err(ending),
            }
        };
        // A channel that is over has no variables.
        let _ = line.set_variable(STATUS, "SUCCESS");
        if let Some(place) = left? {
            line.jump(place);
        }
        Ok(())
    }

    /// One stay in one application, from `StasisStart` to `StasisEnd`.
    async fn visit(&self, line: &mut Line, application: &str, args: Vec<String>) -> Result<Exit, Ending> {
        line.push_lease(Holder::Application(Arc::from(HOLDER)))?;
        let visit = Visit::begin(&self.handle, line, application, args)?;
        let left = match line.serve_jobs() {
            Ok(mut jobs) => self.stay(line, &mut jobs, &visit.seat).await,
            Err(ending) => Err(ending),
        };
        self.clear(line, &visit.seat);
        if left.is_ok() {
            // It may be in no bridge.
            let _ = line.leave_bridge();
        }
        line.pop_lease();
        drop(visit);
        left
    }

    /// Serves until the channel is to leave.
    async fn stay(&self, line: &mut Line, jobs: &mut LineJobs, seat: &Seat) -> Result<Exit, Ending> {
        loop {
            self.perform(line, seat)?;
            let exit = seat.session().exit.take();
            if let Some(exit) = exit.and_then(|exit| self.admit(line, seat, exit)) {
                return Ok(exit);
            }
            let digits_at = seat.session().digits.first().map(|digits| digits.at);
            let digits_due = async {
                match digits_at {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                notice = line.next() => Self::hear(seat, notice?),
                job = jobs.next() => job.run(line).await,
                () = digits_due => {}
            }
        }
    }

    /// A move into an application that nobody has fails, and the channel stays.
    fn admit(&self, line: &Line, seat: &Seat, exit: Exit) -> Option<Exit> {
        let (destination, args) = match exit {
            Exit::Move { application, args } if !self.handle.is_registered(&application) => {
                (application, args)
            }
            Exit::Move { .. } | Exit::Continue(_) => return Some(exit),
        };
        if let Ok(channel) = line.channel() {
            let message = Message::ApplicationMoveFailed {
                channel,
                destination,
                args,
            };
            self.handle.tell(sequence(line.pbx()), &seat.application, message);
        }
        None
    }

    fn hear(seat: &Seat, notice: LineNotice) {
        let deck = &mut seat.session().deck;
        match notice {
            LineNotice::Digit { digit, .. } => deck.digit(digit),
            LineNotice::PlaybackEnded { playback, complete } => deck.play_ended(playback, complete),
            LineNotice::RecordingStarted(recording) => deck.recording_started(recording),
            LineNotice::RecordingEnded(recording, end) => deck.recording_ended(recording, end),
            LineNotice::DigitsSent
            | LineNotice::BridgeLeft(_)
            | LineNotice::Text(_)
            | LineNotice::Referred(_) => {}
        }
    }

    /// Does and says what is due.
    fn perform(&self, line: &mut Line, seat: &Seat) -> Result<(), Ending> {
        let mut session = seat.session();
        while let Some(digits) = session.due(tokio::time::Instant::now()) {
            unless_interrupted(line.send_digits_now(&digits.text, digits.length, digits.gap))?;
        }
        while let Some(step) = session.deck.poll() {
            match step {
                Step::Say(saying) => self.say(line, seat, saying),
                Step::Play(sounds, _) => {
                    let playback = unless_interrupted(line.start_play(&sounds))?;
                    session.deck.play_began(playback);
                }
                Step::PlayRecording(name) => {
                    let spool = line.variable("ASTSPOOLDIR").unwrap_or_else(|| SPOOL.to_owned());
                    let sound: Arc<str> = Arc::from(format!("{spool}/recording/{name}"));
                    let playback = unless_interrupted(line.start_play(&[sound]))?;
                    session.deck.play_began(playback);
                }
                Step::StopPlaying(playback) => drop(unless_interrupted(line.stop_play(playback))?),
                Step::ControlPlaying(playback, control) => {
                    unless_interrupted(line.control_playback(playback, control))?;
                }
                Step::Act(act) => drop(unless_interrupted(hear_else(line, &act))?),
                Step::Record(spec) => {
                    let began = match line.start_recording(spec.as_ref().clone()) {
                        Ok(recording) => Ok(recording),
                        Err(Ending::Refused(refusal)) => Err(Arc::from(refusal.to_string())),
                        Err(ending) => return Err(ending),
                    };
                    session.deck.record_began(began);
                }
                Step::ControlRecording(recording, control) => {
                    unless_interrupted(line.control_recording(recording, control))?;
                }
            }
        }
        Ok(())
    }

    /// Nothing plays or is recorded any more. A file that is still being finished is told of by and by.
    fn clear(&self, line: &mut Line, seat: &Seat) {
        let unfinished = seat.session().deck.clear();
        if let Some(unfinished) = unfinished {
            self.tell_later(line, seat, unfinished);
        }
        let mut session = seat.session();
        while let Some(step) = session.deck.poll() {
            // What the channel's end stopped already refuses to be stopped, which is as well.
            match step {
                Step::Say(saying) => self.say(line, seat, saying),
                Step::StopPlaying(playback) => drop(line.stop_play(playback)),
                Step::ControlRecording(recording, control) => {
                    drop(line.control_recording(recording, control));
                }
                Step::Play(..)
                | Step::PlayRecording(_)
                | Step::ControlPlaying(..)
                | Step::Record(_)
                | Step::Act(_) => {}
            }
        }
    }

    fn tell_later(&self, line: &mut Line, seat: &Seat, unfinished: Unfinished) {
        let mut reports = line.pbx().reports();
        line.disown_recording(unfinished.recording);
        let (handle, owner) = (self.handle.clone(), seat.owner());
        let application = seat.application.clone();
        tokio::task::spawn_local(async move {
            let ended = async {
                while let Some(report) = reports.recv().await {
                    match report {
                        Report::RecordingEnded { recording, end } if recording == unfinished.recording => {
                            return Some(end);
                        }
                        Report::RecordingEnded { .. }
                        | Report::RecordingStarted { .. }
                        | Report::BridgePlaybackEnded { .. } => {}
                    }
                }
                None
            };
            let end = timeout(RECORDING_WAIT, ended).await.ok().flatten();
            let end = end.unwrap_or(ucx_call::RecordingEnd::Failed(
                "nobody told how the recording ended",
            ));
            for saying in unfinished.ended(end) {
                handle.board().note(&saying, &owner);
                if let Some(message) = message_of(saying) {
                    handle.tell(0, &application, message);
                }
            }
        });
    }

    fn say(&self, line: &Line, seat: &Seat, saying: Saying) {
        say(&self.handle, sequence(line.pbx()), &seat.owner(), saying);
    }
}

fn hear_else(line: &mut Line, act: &Act) -> Result<(), Ending> {
    match act {
        Act::StartMusic(class) => line.start_music(class.as_deref()),
        Act::StopMusic => line.stop_music(),
        Act::Silence => line.start_silence(),
    }
}

/// The newest event: what is said now comes after it.
fn sequence(pbx: &Pbx) -> u64 {
    pbx.with_switch(|switch| switch.sequence())
}

/// Says something of a playback or recording to whoever listens to its owner, after that event of the stream.
pub fn say(handle: &ApplicationHandle, after: u64, owner: &Owner, saying: Saying) {
    handle.board().note(&saying, owner);
    let Some(message) = message_of(saying) else { return };
    let (source, every) = match owner {
        Owner::Channel(id) => (Source::Channel(id.clone()), Kind::Channel),
        Owner::Bridge(id) => (Source::Bridge(id.clone()), Kind::Bridge),
    };
    let every = Source::Every(every);
    handle.publish(after, vec![source, every], message);
}

fn message_of(saying: Saying) -> Option<Message> {
    Some(match saying {
        Saying::PlaybackQueued(_) | Saying::PlaybackGone(_) | Saying::RecordingChanged(_) => return None,
        Saying::PlaybackStarted(view) => Message::PlaybackStarted(view),
        Saying::PlaybackContinuing(view) => Message::PlaybackContinuing(view),
        Saying::PlaybackFinished(view) => Message::PlaybackFinished(view),
        Saying::RecordingStarted(view) => Message::RecordingStarted(view),
        Saying::RecordingFinished(view) => Message::RecordingFinished(view),
        Saying::RecordingFailed(view) => Message::RecordingFailed(view),
    })
}

/// What the switch refuses is over at once; a channel that is taken away ends all.
fn unless_interrupted<T>(done: Result<T, Ending>) -> Result<Option<T>, Ending> {
    match done {
        Ok(value) => Ok(Some(value)),
        Err(Ending::Refused(refusal)) => {
            tracing::debug!(%refusal, "the switch refused an application");
            Ok(None)
        }
        Err(ending @ (Ending::Interrupted(_) | Ending::Hangup(_))) => Err(ending),
    }
}

/// A stay in an application. However it is dropped, the application hears of its end.
struct Visit {
    handle: ApplicationHandle,
    pbx: Pbx,
    seat: Arc<Seat>,
    /// The channel as it was when last seen.
    channel: Arc<ChannelSnapshot>,
}

impl Visit {
    fn begin(
        handle: &ApplicationHandle,
        line: &Line,
        application: &str,
        args: Vec<String>,
    ) -> Result<Self, Ending> {
        let channel = line.channel()?;
        let seat = Seat::new(channel.id, channel.uniqueid.clone(), Arc::from(application));
        let seat = Arc::new(seat);
        handle.board().sit(&channel.uniqueid, seat.clone());
        handle.enter(sequence(line.pbx()), application, channel.clone(), args, None);
        Ok(Self {
            handle: handle.clone(),
            pbx: line.pbx().clone(),
            seat,
            channel,
        })
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.handle.board().rise(&self.seat.uniqueid);
        let channel = self.pbx.channel(self.seat.channel);
        let channel = channel.unwrap_or_else(|| self.channel.clone());
        #[cfg(feature = "faults")]
        let Some(channel) = self.leave_wrongly(channel) else {
            return;
        };
        self.handle
            .leave(sequence(&self.pbx), &self.seat.application, channel);
    }
}

#[cfg(feature = "faults")]
impl Visit {
    /// Leaves as a fault wants it; the channel is for a leave that comes after, if there is to be one.
    fn leave_wrongly(&self, channel: Arc<ChannelSnapshot>) -> Option<Arc<ChannelSnapshot>> {
        let application = &self.seat.application;
        if self.handle.has(crate::Fault::StasisEndTwice) {
            self.handle
                .leave(sequence(&self.pbx), application, channel.clone());
        }
        if self.handle.has(crate::Fault::StasisEndLost) && channel.cause != ucx_call::Cause::NONE {
            return None;
        }
        if self.handle.has(crate::Fault::StasisEndLate) {
            let (handle, pbx, application) = (self.handle.clone(), self.pbx.clone(), application.clone());
            tokio::task::spawn_local(async move {
                tokio::time::sleep(Duration::from_millis(1)).await;
                handle.leave(sequence(&pbx), &application, channel);
            });
            return None;
        }
        Some(channel)
    }
}
