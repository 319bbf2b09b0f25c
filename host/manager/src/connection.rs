//! One connection: bytes in, requests to the session and the desk, answers and events out.

use crate::action::{Answering, Call, wait_complete, wait_response};
use crate::manager::{Admission, wall};
use crate::outbox::{Batch, Outbox};
use crate::reply::Failure;
use crate::session::not_allowed;
use crate::sessions::Connected;
use crate::{Answer, Decoder, Fault, Manager, Reply, Request, Session, Step, View};
use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout};
use ucx_call::{SecurityEvent, SecurityKind};
use ucx_pbx::Desk;

/// How long a write may stand still before the login says otherwise.
const WRITE_TIMEOUT: Duration = Duration::from_millis(100);

/// Bytes read at once.
const READ_BYTES: usize = 8 << 10;

/// Bytes that may be ready before they are written.
const WRITE_BYTES: usize = 64 << 10;

/// How long a client may take to read the goodbye before its connection is closed. Client libraries of two threads touch
/// their socket once more after they sent Logoff; the end shall not overtake that.
const GOODBYE: Duration = Duration::from_millis(50);

/// What waiting for ever comes to.
const WAIT_MAX: Duration = Duration::from_secs(30 * 86_400);

/// Whether a connection goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    On,
    Over,
}

pub(crate) struct Connection {
    manager: Arc<Manager>,
    stream: TcpStream,
    local: SocketAddr,
    remote: SocketAddr,
    number: u64,
    admission: Admission,
    session: Session,
    /// The desk with the user's rights, from the login on.
    desk: Option<Desk>,
    /// As `desk`, for the functions the user names itself.
    functions: Option<Desk>,
    outbox: Arc<Outbox>,
    /// Batches taken from the outbox whose events are not written yet.
    batches: VecDeque<Arc<Batch>>,
    out: Vec<u8>,
    write_timeout: Duration,
}

impl Connection {
    pub fn new(
        manager: Arc<Manager>,
        stream: TcpStream,
        number: u64,
        challenge: u32,
        admission: Admission,
    ) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        let (local, remote) = (stream.local_addr()?, stream.peer_addr()?);
        let version = &manager.host.identity().manager_version;
        let out = format!("Asterisk Call Manager/{version}\r\n").into_bytes();
        Ok(Self {
            manager,
            stream,
            local,
            remote,
            number,
            admission,
            session: Session::new(challenge),
            desk: None,
            functions: None,
            outbox: Arc::default(),
            batches: VecDeque::new(),
            out,
            write_timeout: WRITE_TIMEOUT,
        })
    }

    pub async fn run(mut self) {
        let ended = self.talk().await;
        if let Some(user) = self.session.user() {
            self.manager.sessions.leave(self.number);
            if user.displays_connects {
                tracing::info!(user = %user.name, remote = %self.remote, "a manager user logged off");
            }
        }
        match ended {
            // The last answer has to arrive although the client may still be talking.
            Ok(()) => drop(self.stream.shutdown().await),
            Err(error) => tracing::debug!(%error, remote = %self.remote, "a manager connection ended"),
        }
    }

    async fn talk(&mut self) -> io::Result<()> {
        self.write().await?;
        let deadline = Instant::now() + self.manager.config().auth_timeout;
        let mut decoder = Decoder::default();
        let mut buffer = vec![0; READ_BYTES];
        let gives_way = self.admission.gives_way();
        loop {
            let outbox = self.outbox.clone();
            let is_open = self.session.user().is_none();
            tokio::select! {
                biased;
                ready = self.stream.readable() => ready?,
                () = outbox.arrived() => {}
                () = gives_way.notified(), if is_open => return Ok(()),
                () = sleep_until(deadline), if is_open => return Ok(()),
            }
            match self.stream.try_read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(count) => {
                    let mut input = &buffer[..count];
                    while let Some((request, fault)) = decoder.decode(&mut input) {
                        if self.request(&request, fault).await? == Flow::Over {
                            return self.bid_farewell().await;
                        }
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
            self.events().await?;
            self.write().await?;
            if self.outbox.is_over() {
                return Err(io::Error::other("the session was too slow, or was ended"));
            }
        }
    }

    /// Writes what is ready and leaves the client a moment to close first; what it still says is not heard.
    async fn bid_farewell(&mut self) -> io::Result<()> {
        self.write().await?;
        let mut unheard = [0; 512];
        let until_closed = async { while !matches!(self.stream.read(&mut unheard).await, Ok(0) | Err(_)) {} };
        // Whether it closed or not, the connection is over now.
        let _closed = timeout(GOODBYE, until_closed).await;
        Ok(())
    }

    /// Answers one request, and writes events that arrived meanwhile behind the answer.
    async fn request(&mut self, request: &Request, fault: Option<Fault>) -> io::Result<Flow> {
        let step = self.step(request, fault);
        let flow = match step {
            Step::Answer(answer) => {
                let answer = match answer.logs_in {
                    true => self.log_in(request, answer),
                    false => answer,
                };
                self.answer(answer).await?
            }
            Step::Run(work) => {
                self.ask(request, work).await;
                Flow::On
            }
            Step::Wait(limit) => {
                self.wait(request, limit).await?;
                Flow::On
            }
        };
        if flow == Flow::On {
            self.events().await?;
        }
        if self.out.len() >= WRITE_BYTES {
            self.write().await?;
        }
        Ok(flow)
    }

    fn step(&mut self, request: &Request, fault: Option<Fault>) -> Step {
        let manager = &self.manager;
        let view = View {
            config: &manager.config(),
            remote: self.remote.ip(),
            is_online: &|user| manager.sessions.has_user(user),
            wall: wall(),
            booted: manager.host.is_booted().then(|| manager.host.times().0),
            context: manager.context(),
        };
        let step = self.session.handle(request, fault, &view);
        self.outbox.set_mask(self.session.mask());
        step
    }

    async fn answer(&mut self, answer: Answer) -> io::Result<Flow> {
        if let Some((kind, account)) = answer.security {
            self.tell(kind, account).await;
        }
        if !answer.delay.is_zero() {
            self.manager.failed(self.remote.ip());
            let gives_way = self.admission.gives_way();
            tokio::select! {
                biased;
                () = gives_way.notified() => return Ok(Flow::Over),
                () = tokio::time::sleep(answer.delay) => {}
            }
        }
        self.out.extend_from_slice(&answer.text);
        Ok(if answer.closes { Flow::Over } else { Flow::On })
    }

    async fn tell(&self, kind: SecurityKind, account: Arc<str>) {
        let event = SecurityEvent {
            kind,
            service: "AMI",
            account,
            session: Arc::from(format!("{:#x}", self.number)),
            transport: "TCP",
            local: self.local,
            remote: self.remote,
        };
        self.manager.tell(event).await;
    }

    /// Takes the session's place among those that are logged in; if its user has one and may have one only, it is turned away.
    fn log_in(&mut self, request: &Request, answer: Answer) -> Answer {
        let Some(user) = self.session.user().cloned() else {
            return answer;
        };
        let who = Connected {
            number: self.number,
            user: user.clone(),
            remote: self.remote,
            since: self.manager.host.times().0,
        };
        let after = self.manager.position.newest();
        if !self.manager.sessions.join(who, self.outbox.clone(), after) {
            let answer = self.session.give_way(request, &user.name);
            self.outbox.set_mask(self.session.mask());
            return answer;
        }
        self.admission.settle();
        self.write_timeout = user.write_timeout;
        self.desk = Some(self.manager.desk_of(&user));
        self.functions = Some(self.manager.desk_of_functions(&user));
        if user.displays_connects {
            tracing::info!(user = %user.name, remote = %self.remote, "a manager user logged on");
        }
        answer
    }

    /// Asks the desk and answers what it said.
    async fn ask(&mut self, request: &Request, work: fn(Call<'_>) -> Answering<'_>) {
        let (Some(user), Some(desk), Some(functions)) = (self.session.user(), &self.desk, &self.functions)
        else {
            return;
        };
        let call = Call {
            request,
            user,
            desk,
            functions,
            host: &*self.manager.host,
            context: self.manager.context(),
            mutes: &self.manager.mutes,
        };
        let failure = match work(call).await {
            Ok(text) => return self.out.extend_from_slice(&text),
            Err(failure) => failure,
        };
        self.out.extend_from_slice(&Reply::error(request, &failure.0));
        if failure == Failure::DENIED {
            let kind = not_allowed(request.action().unwrap_or_default());
            self.tell(kind, self.session.account()).await;
        }
    }

    /// Waits for an event the session sees, and writes what there is between the two ends of the answer.
    async fn wait(&mut self, request: &Request, limit: Option<Duration>) -> io::Result<()> {
        self.write().await?;
        let until = Instant::now() + limit.unwrap_or(WAIT_MAX);
        let mut events = Vec::new();
        let (mut is_silent, mut byte) = (true, [0]);
        while Instant::now() < until {
            self.outbox.take(&mut self.batches);
            self.pass(&mut events);
            if !events.is_empty() || self.outbox.is_over() {
                break;
            }
            tokio::select! {
                () = self.outbox.arrived() => {}
                () = sleep_until(until) => {}
                // What the client says meanwhile is read later; that it is gone must be seen now.
                said = self.stream.peek(&mut byte), if is_silent => match said? {
                    0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                    _ => is_silent = false,
                },
            }
        }
        self.out.extend_from_slice(&wait_response(request));
        self.out.append(&mut events);
        self.out.extend_from_slice(&wait_complete(request));
        Ok(())
    }

    /// Writes the events that have arrived, unless the last request asked for none behind its answer.
    async fn events(&mut self) -> io::Result<()> {
        if self.session.is_suppressed() {
            return Ok(());
        }
        self.outbox.take(&mut self.batches);
        while !self.batches.is_empty() {
            let mut out = std::mem::take(&mut self.out);
            self.pass(&mut out);
            self.out = out;
            if self.out.len() >= WRITE_BYTES {
                self.write().await?;
            }
        }
        Ok(())
    }

    /// Moves events the session sees from its batches to `out`, a good writing's worth at a time.
    fn pass(&mut self, out: &mut Vec<u8>) {
        let (mask, filters) = (self.session.mask(), self.session.filters());
        while out.len() < WRITE_BYTES
            && let Some(batch) = self.batches.pop_front()
        {
            for event in batch.events() {
                let is_seen = mask.contains(event.classes)
                    && (filters.is_empty() || filters.pass(event.name, &event.bytes));
                if is_seen {
                    out.extend_from_slice(&event.bytes);
                }
            }
        }
    }

    /// Writes what is ready; a write that stands still for too long ends the session.
    async fn write(&mut self) -> io::Result<()> {
        let mut written = 0;
        while written < self.out.len() {
            match self.stream.try_write(&self.out[written..]) {
                Ok(count) => written += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    timeout(self.write_timeout, self.stream.writable())
                        .await
                        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
                }
                Err(error) => return Err(error),
            }
        }
        self.out.clear();
        // A long list leaves a large buffer behind, which an idle session shall not keep.
        self.out.shrink_to(2 * WRITE_BYTES);
        Ok(())
    }
}
