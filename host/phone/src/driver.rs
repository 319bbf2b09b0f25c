//! A phone on real sockets and a real clock: packets and script lines in, packets and JSON lines out.

mod network;

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

pub(crate) use network::{Arrival, Heard, Network, bind};

use crate::phone::Need;
use crate::script::{Conductor, Output};

/// JSON lines that may wait for their reader; then the phone waits too.
const MAX_LINES_OUT: usize = 4096;
/// Sleep when nothing at all is due.
const LONG: Duration = Duration::from_secs(3600);

/// The time since a start, which no arrival can set back.
#[derive(Debug)]
pub(crate) struct Clock {
    start: Instant,
    last: Duration,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self {
            start: Instant::now(),
            last: Duration::ZERO,
        }
    }

    pub(crate) fn now(&mut self) -> Duration {
        self.at(Instant::now())
    }

    /// The time of an instant, or the last time given if that is later.
    pub(crate) fn at(&mut self, instant: Instant) -> Duration {
        self.last = self.last.max(instant.saturating_duration_since(self.start));
        self.last
    }

    pub(crate) fn instant(&self, at: Option<Duration>) -> tokio::time::Instant {
        tokio::time::Instant::from_std(self.start + at.unwrap_or(self.last + LONG))
    }
}

/// A phone, its sockets and whoever reads what it says.
pub(crate) struct Driver {
    pub conductor: Conductor,
    pub network: Network,
    pub clock: Clock,
    files: Vec<JoinHandle<io::Result<()>>>,
}

/// Whether the phone goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    GoesOn,
    Quits,
}

impl Driver {
    pub(crate) fn new(conductor: Conductor, network: Network, clock: Clock) -> Self {
        Self {
            conductor,
            network,
            clock,
            files: Vec::new(),
        }
    }

    /// Runs until the script quits; gives how many of its lines went wrong.
    pub(crate) async fn run(
        mut self,
        mut arrivals: mpsc::Receiver<Arrival>,
        mut lines: mpsc::Receiver<String>,
        output: impl AsyncWrite + Unpin + Send + 'static,
    ) -> io::Result<u32> {
        let (said, heard) = mpsc::channel(MAX_LINES_OUT);
        let writer = tokio::spawn(write(heard, output));
        let mut has_lines = true;
        while self.drain(&said).await? == Course::GoesOn {
            let due = self.clock.instant(self.conductor.poll_timeout());
            let may_read = has_lines && self.conductor.has_room();
            tokio::select! {
                arrival = arrivals.recv() => {
                    if let Some(arrival) = arrival {
                        self.take(arrival);
                    }
                }
                line = lines.recv(), if may_read => {
                    let now = self.clock.now();
                    match line {
                        Some(line) => self.conductor.handle_line(now, &line),
                        None => {
                            has_lines = false;
                            self.conductor.handle_end(now);
                        }
                    }
                }
                () = tokio::time::sleep_until(due) => {
                    let now = self.clock.now();
                    self.conductor.handle_timeout(now);
                }
            }
        }
        for file in self.files {
            file.await.map_err(io::Error::other)??;
        }
        drop(said);
        writer.await.map_err(io::Error::other)??;
        Ok(self.conductor.failures())
    }

    fn take(&mut self, arrival: Arrival) {
        let now = self.clock.at(arrival.at);
        let phone = self.conductor.phone();
        match arrival.what {
            Heard::Datagram { socket, from, bytes } => phone.handle_datagram(now, socket, from, &bytes),
            Heard::Accepted { stream, peer } => {
                let connection = self.network.adopt(stream, peer);
                phone.handle_connected(now, connection, peer);
            }
            Heard::Connected { connection, peer } => phone.handle_connected(now, connection, peer),
            Heard::NotConnected { connection, peer } => {
                self.network.forget(connection);
                phone.handle_connection_failed(now, peer);
            }
            Heard::Stream {
                connection,
                peer,
                bytes,
            } => phone.handle_stream(now, connection, peer, &bytes),
            Heard::Closed { connection } => {
                self.network.forget(connection);
                phone.handle_connection_closed(now, connection);
            }
        }
        self.conductor.settle(now);
    }

    /// Sends, binds and writes until the phone has nothing left.
    async fn drain(&mut self, said: &mpsc::Sender<String>) -> io::Result<Course> {
        loop {
            let phone = self.conductor.phone();
            while let Some(transmit) = phone.poll_transmit() {
                self.network.send(&transmit).await;
            }
            if let Some(need) = phone.poll_need() {
                let now = self.clock.now();
                self.see_to(now, need);
                continue;
            }
            let Some(output) = self.conductor.poll_output() else {
                return Ok(Course::GoesOn);
            };
            match output {
                // A reader that is gone is told nothing more; the script goes on.
                Output::Line(line) => drop(said.send(line).await),
                Output::File { path, bytes } => {
                    self.files
                        .push(tokio::task::spawn_blocking(move || std::fs::write(path, bytes)));
                }
                Output::Quit => return Ok(Course::Quits),
            }
        }
    }

    fn see_to(&mut self, now: Duration, need: Need) {
        match need {
            Need::Ports { stream } => {
                let rtp: Option<SocketAddr> = self.network.open_pair(stream).ok();
                self.conductor.phone().handle_ports(now, stream, rtp);
                self.conductor.settle(now);
            }
            Need::Release { stream } => self.network.close_pair(stream),
            Need::Close { connection } => {
                self.network.forget(connection);
                self.conductor.phone().handle_connection_closed(now, connection);
                self.conductor.settle(now);
            }
        }
    }
}

async fn write(mut lines: mpsc::Receiver<String>, mut output: impl AsyncWrite + Unpin) -> io::Result<()> {
    while let Some(mut line) = lines.recv().await {
        line.push('\n');
        output.write_all(line.as_bytes()).await?;
        if lines.is_empty() {
            output.flush().await?;
        }
    }
    output.flush().await
}
