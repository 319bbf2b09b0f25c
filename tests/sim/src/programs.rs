//! Programs in the network that the host's dialplan asks (AGI): what each says, how it dies, and who still holds a connection.

use crate::chance::Chance;
use crate::stage::Stage;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader, DuplexStream, ReadBuf};
use tokio::time::{Instant, sleep};
use ucx_gateway::{Connection, Network};
use ucx_pbx::LocalBoxFuture;

/// Bytes that may be under way in one direction of a connection.
const PIPE_BYTES: usize = 4_096;

/// Commands of a program that does not read its replies: more than the pipe holds.
const FLOOD: usize = 2_000;

/// How long a program lives that does not die before.
const LIFE: Duration = Duration::from_secs(20);

/// What programs ask for. Each comes to its end by itself.
const COMMANDS: [&str; 24] = [
    "NOOP",
    "ANSWER",
    "GET VARIABLE GENERATION",
    "SET VARIABLE SIGN \"seen here\"",
    "STREAM FILE chime \"\"",
    "STREAM FILE chime \"0123456789\"",
    "CONTROL STREAM FILE chime \"\"",
    "GET DATA chime 300 2",
    "GET OPTION chime 12 200",
    "WAIT FOR DIGIT 300",
    "RECEIVE CHAR 200",
    "RECORD FILE said wav # 400",
    "SAY DIGITS 12 \"\"",
    "SAY NUMBER 42 \"\"",
    "SET MUSIC ON",
    "SET MUSIC OFF",
    "CHANNEL STATUS",
    "EXEC Wait 0.4",
    "EXEC Playback chime",
    "EXEC Dial PJSIP/6004,1",
    "EXEC Stasis app1",
    "EXEC Stasis app2,nested",
    "HANGUP",
    "no such command",
];

/// How a program behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Nobody takes the connection.
    Refuses,
    /// It asks, reads what is answered, and ends.
    Talks,
    /// It writes that it cannot run.
    Fails,
    /// It asks and does not read what is answered.
    IsDeaf,
}

/// One session, as its program knows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Talk {
    pub manner: Manner,
    /// When the host began to ask for it, and had it.
    pub asked_at: Duration,
    pub connected_at: Option<Duration>,
    /// When it went by itself.
    pub gone_at: Option<Duration>,
    /// The host holds its end of the connection.
    is_held: bool,
    serial: u64,
}

type Talks = Rc<RefCell<BTreeMap<String, Talk>>>;

/// All programs; each channel's newest by the channel's uniqueid.
pub(crate) struct Programs {
    chance: RefCell<Chance>,
    talks: Talks,
    serial: Cell<u64>,
    started: Instant,
    stage: Rc<Stage>,
}

impl Programs {
    pub(crate) fn new(seed: u64, stage: Rc<Stage>) -> Self {
        Self {
            chance: RefCell::new(Chance::new(seed, "programs")),
            talks: Rc::default(),
            serial: Cell::default(),
            started: Instant::now(),
            stage,
        }
    }

    /// The newest session of a channel.
    pub(crate) fn talk(&self, uniqueid: &str) -> Option<Talk> {
        self.talks.borrow().get(uniqueid).copied()
    }

    /// A channel's session is over, or it never had one.
    pub(crate) fn is_held(&self, uniqueid: &str) -> bool {
        self.talk(uniqueid).is_some_and(|talk| talk.is_held)
    }

    /// Sessions the host has not let go of.
    pub(crate) fn held(&self) -> usize {
        self.talks.borrow().values().filter(|talk| talk.is_held).count()
    }

    fn note(&self, uniqueid: &str, manner: Manner) -> u64 {
        let serial = self.serial.get() + 1;
        self.serial.set(serial);
        let talk = Talk {
            manner,
            asked_at: self.started.elapsed(),
            connected_at: None,
            gone_at: None,
            is_held: false,
            serial,
        };
        let old = self.talks.borrow_mut().insert(uniqueid.to_owned(), talk);
        if old.is_some_and(|old| old.is_held) {
            self.stage.note_broken(format!(
                "{uniqueid} has a second gateway session beside its first"
            ));
        }
        serial
    }
}

/// A session's row, for its program and for the host's end of it.
#[derive(Clone)]
struct Row {
    talks: Talks,
    uniqueid: String,
    serial: u64,
}

impl Row {
    fn change(&self, change: impl FnOnce(&mut Talk)) {
        if let Some(talk) = self.talks.borrow_mut().get_mut(&self.uniqueid)
            && talk.serial == self.serial
        {
            change(talk);
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.change(|talk| talk.is_held = false);
    }
}

impl Network for Programs {
    fn connect<'a>(&'a self, host: &'a str, _port: u16) -> LocalBoxFuture<'a, io::Result<Connection>> {
        let part = Part::draw(&mut self.chance.borrow_mut());
        Box::pin(async move {
            let serial = self.note(host, part.manner);
            if !part.arrives_after.is_zero() {
                sleep(part.arrives_after).await;
            }
            if part.manner == Manner::Refuses {
                return Err(io::ErrorKind::ConnectionRefused.into());
            }
            let (near, far) = tokio::io::duplex(PIPE_BYTES);
            let row = Row {
                talks: self.talks.clone(),
                uniqueid: host.to_owned(),
                serial,
            };
            let (own, started) = (row.clone(), self.started);
            own.change(|talk| {
                talk.connected_at = Some(started.elapsed());
                talk.is_held = true;
            });
            tokio::task::spawn_local(async move {
                if part.play(far).await {
                    own.change(|talk| talk.gone_at = Some(started.elapsed()));
                }
            });
            let (reader, writer) = tokio::io::split(near);
            let held = Rc::new(Held(row));
            let reader = End(reader, held.clone());
            let writer = End(writer, held);
            Ok((Box::new(reader) as Box<_>, Box::new(writer) as Box<_>))
        })
    }
}

/// The host's hold on a connection.
struct Held(Row);

/// One direction of the host's end; the hold is let go of when both are.
struct End<T>(T, #[allow(dead_code, reason = "held, not read")] Rc<Held>);

impl<T: AsyncRead + Unpin> AsyncRead for End<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for End<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

/// What one program is going to do.
struct Part {
    manner: Manner,
    arrives_after: Duration,
    commands: Vec<(Duration, &'static str)>,
    /// It dies then, whatever it is about.
    dies_after: Option<Duration>,
}

impl Part {
    fn draw(chance: &mut Chance) -> Self {
        let manner = match chance.below(100) {
            0..6 => Manner::Refuses,
            6..9 => Manner::Fails,
            9..12 => Manner::IsDeaf,
            _ => Manner::Talks,
        };
        let arrives_after = if chance.permille(300) {
            chance.ms(1, 1_500)
        } else {
            Duration::ZERO
        };
        let length = chance.below(6);
        let command = |chance: &mut Chance| {
            let pause = if chance.permille(500) {
                Duration::ZERO
            } else {
                chance.ms(1, 400)
            };
            (pause, COMMANDS[chance.index(COMMANDS.len())])
        };
        let commands = (0..length).map(|_| command(chance)).collect();
        let dies_after = chance.permille(500).then(|| chance.ms(0, 2_000));
        Self {
            manner,
            arrives_after,
            commands,
            dies_after,
        }
    }

    /// Whether it went by itself, and not because the host did.
    async fn play(self, far: DuplexStream) -> bool {
        let dies_after = self.dies_after.unwrap_or(LIFE);
        let mut far = BufReader::new(far);
        tokio::select! {
            biased;
            () = sleep(dies_after) => true,
            talked = self.talk(&mut far) => talked.is_ok(),
        }
    }

    /// The error says that the host is gone, which ends it.
    async fn talk(&self, far: &mut BufReader<DuplexStream>) -> io::Result<()> {
        if self.manner == Manner::IsDeaf {
            for _ in 0..FLOOD {
                far.write_all(b"NOOP\n").await?;
            }
            return std::future::pending().await;
        }
        while !line(far).await?.is_empty() {}
        if self.manner == Manner::Fails {
            far.write_all(b"failure: not today\n").await?;
            return std::future::pending().await;
        }
        for (pause, command) in &self.commands {
            if !pause.is_zero() {
                sleep(*pause).await;
            }
            far.write_all(format!("{command}\n").as_bytes()).await?;
            let mut is_usage = false;
            loop {
                let reply = line(far).await?;
                is_usage |= reply.starts_with("520-");
                let is_last = if is_usage {
                    reply.starts_with("520 ")
                } else {
                    reply.starts_with(|first: char| first.is_ascii_digit()) && !reply.starts_with("100")
                };
                if is_last {
                    break;
                }
            }
        }
        Ok(())
    }
}

async fn line(far: &mut BufReader<DuplexStream>) -> io::Result<String> {
    let mut line = String::new();
    if far.read_line(&mut line).await? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_owned())
}
