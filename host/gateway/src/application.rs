//! `AGI` and `EAGI`: which program the dialplan asks for, and how it is reached.

use crate::environment::Environment;
#[cfg(feature = "faults")]
use crate::fault::Fault;
use crate::peer::{Address, Network, Peer, ProgramError, Queue, SoundPipe, Stream, Tcp, connect, spawn};
use crate::session::{Session, Status};
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use ucx_call::{Interruption, Principal, PrincipalKind, Scope, Scopes};
use ucx_dialplan::Arguments;
use ucx_pbx::{Application, Directories, Ending, Help, Line, LocalBoxFuture, Registry};

/// What sessions need to know of the host.
#[derive(Clone, Debug)]
pub struct GatewayConfig {
    /// The version programs are told (`22.5.0`).
    pub version: Arc<str>,
    /// Where programs are, and the folders they are told of.
    pub directories: Directories,
    /// Seed of the numbers commands are told apart by.
    pub seed: u64,
    /// What programs may reach, by their requests as `AGI()` gets them (`menu.pl`, `agi://127.0.0.1/*`).
    pub scopes: Scopes,
}

/// Adds the applications of this interface.
pub fn register(registry: &mut Registry, config: GatewayConfig) {
    add(registry, Shared::new(config));
}

/// As [`register`], with programs in another network than this machine's.
pub fn register_over(registry: &mut Registry, config: GatewayConfig, network: Rc<dyn Network>) {
    add(registry, Shared::over(config, network));
}

/// As [`register_over`], with a mistake for the simulation to find.
#[cfg(feature = "faults")]
pub fn register_faulty(
    registry: &mut Registry,
    config: GatewayConfig,
    network: Rc<dyn Network>,
    fault: Fault,
) {
    let mut shared = Shared::over(config, network);
    shared.fault = Some(fault);
    add(registry, shared);
}

fn add(registry: &mut Registry, shared: Shared) {
    let shared = Rc::new(shared);
    registry.application(Agi {
        shared: shared.clone(),
        is_enhanced: false,
    });
    registry.application(Agi {
        shared,
        is_enhanced: true,
    });
}

/// What all sessions of a host share.
pub(crate) struct Shared {
    config: GatewayConfig,
    numbers: Cell<u64>,
    network: Rc<dyn Network>,
    #[cfg(feature = "faults")]
    fault: Option<Fault>,
}

impl Shared {
    /// The settings, and a row of numbers of their own.
    pub fn new(config: GatewayConfig) -> Self {
        Self::over(config, Rc::new(Tcp))
    }

    /// The same over that network.
    fn over(config: GatewayConfig, network: Rc<dyn Network>) -> Self {
        Self {
            numbers: Cell::new(config.seed),
            config,
            network,
            #[cfg(feature = "faults")]
            fault: None,
        }
    }

    /// Whether this mistake is to be made.
    #[cfg(feature = "faults")]
    pub fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    fn scope_of(&self, request: &str) -> Option<Arc<Scope>> {
        self.config.scopes.of(request)
    }

    /// A number to tell a command by: positive, of 31 bits, in no order (a step of SplitMix64).
    pub fn next_number(&self) -> u64 {
        let state = self.numbers.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.numbers.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) >> 33
    }
}

/// Where the commands come from.
enum Form<'a> {
    /// From Manager clients.
    Queue,
    /// From a program in the network.
    Network(Address<'a>),
    /// From a program of this machine.
    Program,
    /// From nowhere: the text says why.
    None(&'static str),
}

impl<'a> Form<'a> {
    fn of(request: &'a str) -> Self {
        const NO_ADDRESS: &str = "the address of the program makes no sense";
        if let Some(address) = strip_scheme(request, "hagi://") {
            return match Address::parse(address) {
                Some(address) if address.port.is_some() => Self::Network(address),
                Some(_) => {
                    Self::None("looking a service up by hagi:// is not part of this host: name its port")
                }
                None => Self::None(NO_ADDRESS),
            };
        }
        if let Some(address) = strip_scheme(request, "agi://") {
            return Address::parse(address).map_or(Self::None(NO_ADDRESS), Self::Network);
        }
        match strip_scheme(request, "agi:") {
            Some(queue) if queue.eq_ignore_ascii_case("async") => Self::Queue,
            Some(_) => Self::None(NO_ADDRESS),
            None => Self::Program,
        }
    }
}

fn strip_scheme<'a>(request: &'a str, scheme: &str) -> Option<&'a str> {
    let (head, rest) = request.split_at_checked(scheme.len())?;
    head.eq_ignore_ascii_case(scheme).then_some(rest)
}

static AGI_HELP: Help = Help {
    synopsis: "Lets a program take part in the call.",
    syntax: "AGI(program[,argument…])",
    arguments: &[
        (
            "program",
            "A file in the folder of programs, or an absolute name: it is run for this call. agi://host[:port][/script]: a \
             program in the network, at port 4573 unless given. agi:async: commands come from Manager clients.",
        ),
        ("argument", "Given to the program."),
    ],
    options: &[],
    sets: &[(
        "AGISTATUS",
        "SUCCESS: the program came to its end. FAILURE: it could not be reached, or came to a bad one. NOTFOUND: there is \
         none. HANGUP: the caller hung up before that.",
    )],
    notes: "The program is told of the caller's end (SIGHUP, or a line HANGUP) unless the variable AGISIGHUP says no, and may \
            go on with commands that need no caller, for an hour at the most; with AGIEXITONHANGUP it may not. One of this machine \
            that says nothing for a minute then is ended.",
};

static EAGI_HELP: Help = Help {
    synopsis: "Lets a program take part in the call and hear it.",
    syntax: "EAGI(program[,argument…])",
    arguments: &[
        (
            "program",
            "As for AGI. One of this machine finds what the caller says open as number 3: samples of 16 bits, 8,000 a second, \
             low byte first.",
        ),
        ("argument", "Given to the program."),
    ],
    options: &[],
    sets: &[("AGISTATUS", "As for AGI.")],
    notes: "What a program does not read in time is lost to it. While the caller sends nothing, nothing comes.",
};

struct Agi {
    shared: Rc<Shared>,
    /// The program hears the call.
    is_enhanced: bool,
}

impl Application for Agi {
    fn name(&self) -> &'static str {
        if self.is_enhanced { "EAGI" } else { "AGI" }
    }

    fn help(&self) -> &'static Help {
        if self.is_enhanced { &EAGI_HELP } else { &AGI_HELP }
    }

    fn run<'a>(&'a self, line: &'a mut Line, args: &'a str) -> LocalBoxFuture<'a, Result<(), Ending>> {
        Box::pin(async move {
            let arguments: Vec<String> = Arguments::split(args).iter().map(str::to_owned).collect();
            let request = arguments.first().map(String::as_str).unwrap_or_default();
            let session = Principal::new(
                PrincipalKind::GatewaySession(Arc::from(request)),
                line.principal().rights,
            );
            let session = session
                .within(line.principal().scope.clone())
                .within(self.shared.scope_of(request));
            let own = line.act_for(session);
            let result = if self.is_enhanced && matches!(Form::of(request), Form::Program) {
                hearing_gateway(line, &self.shared, request, &arguments).await
            } else {
                gateway(line, &self.shared, request, &arguments, None).await
            };
            line.act_for(own);
            result
        })
    }
}

/// As [`gateway`], with a program that hears the call.
async fn hearing_gateway(
    line: &mut Line,
    shared: &Shared,
    request: &str,
    arguments: &[String],
) -> Result<(), Ending> {
    let pipe = match SoundPipe::new() {
        Ok(pipe) => pipe,
        Err(error) => {
            tracing::warn!(place = %line.place(), %error, "EAGI: there is no pipe for what is said");
            return without(line, Status::Failed);
        }
    };
    // The program of a caller who is gone hears nothing.
    let Ok(listening) = line.listen() else {
        return gateway(line, shared, request, arguments, Some(&pipe)).await;
    };
    tokio::select! {
        biased;
        ended = gateway(line, shared, request, arguments, Some(&pipe)) => ended,
        () = pipe.fill(listening) => Ok(()),
    }
}

/// Runs one session from its beginning to its end.
async fn gateway(
    line: &mut Line,
    shared: &Shared,
    request: &str,
    arguments: &[String],
    sound: Option<&SoundPipe>,
) -> Result<(), Ending> {
    let form = Form::of(request);
    let peer = match reach(line, shared, &form, (request, arguments), sound).await {
        Ok(peer) => peer,
        Err(status) => return without(line, status),
    };
    let channel = line.channel()?;
    let (request, network_script) = match &form {
        Form::Queue => ("async", None),
        Form::Network(address) => (request, Some(address.script)),
        Form::Program | Form::None(_) => (request, None),
    };
    let environment = Environment {
        request,
        network_script,
        channel: &channel,
        version: &shared.config.version,
        arguments: arguments.get(1..).unwrap_or_default(),
        is_enhanced: sound.is_some(),
    };
    let environment = environment.render();
    drop(channel);
    Session::new(line, shared, peer).run(&environment).await
}

/// Reaches whoever sends the commands.
async fn reach(
    line: &mut Line,
    shared: &Shared,
    form: &Form<'_>,
    (request, arguments): (&str, &[String]),
    sound: Option<&SoundPipe>,
) -> Result<Peer, Status> {
    match form {
        Form::Queue => match line.pbx().async_gateway(line.id()) {
            Ok(commands) => Ok(Peer::Queue(Queue(commands))),
            Err(refusal) => {
                tracing::warn!(place = %line.place(), %refusal, "no commands can be taken");
                Err(Status::Failed)
            }
        },
        Form::Network(address) => {
            let connected = unless_taken_away(line, connect(&*shared.network, *address)).await?;
            let (reader, writer) = connected.map_err(|error| {
                tracing::warn!(place = %line.place(), request, %error, "the program cannot be reached");
                Status::Failed
            })?;
            Ok(Peer::Stream(Box::new(Stream::new(reader, writer, None))))
        }
        Form::Program => {
            let arguments = arguments.get(1..).unwrap_or_default();
            match spawn(request, arguments, &shared.config.directories, sound).await {
                Ok((program, stdout, stdin)) => Ok(Peer::Stream(Box::new(Stream::new(
                    Box::new(stdout),
                    Box::new(stdin),
                    Some(program),
                )))),
                Err(ProgramError::NotFound) => {
                    tracing::warn!(place = %line.place(), request, "there is no such program");
                    Err(Status::NotFound)
                }
                Err(ProgramError::Failed(error)) => {
                    tracing::warn!(place = %line.place(), request, %error, "the program cannot be run");
                    Err(Status::Failed)
                }
            }
        }
        Form::None(why) => {
            tracing::warn!(place = %line.place(), request, "{why}");
            Err(Status::Failed)
        }
    }
}

/// Does something that takes a while. A caller who hangs up meanwhile is no reason to give it up, as the program may have
/// something to do for one that is gone; a channel that goes elsewhere is.
async fn unless_taken_away<T>(line: &mut Line, work: impl Future<Output = T>) -> Result<T, Status> {
    let mut work = std::pin::pin!(work);
    if line.interruption().is_none() {
        tokio::select! {
            biased;
            done = &mut work => return Ok(done),
            _ = line.wait_forever() => {}
        }
    }
    match line.interruption() {
        None | Some(Interruption::HungUp) => Ok(work.await),
        Some(
            Interruption::TimedOut
            | Interruption::Redirected
            | Interruption::TakenOver
            | Interruption::Shutdown,
        ) => Err(Status::HungUp),
    }
}

/// No session came about: the dialplan goes on, and knows why.
fn without(line: &mut Line, status: Status) -> Result<(), Ending> {
    line.set_variable("AGISTATUS", status.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(request: &str) -> &'static str {
        match Form::of(request) {
            Form::Queue => "queue",
            Form::Network(_) => "network",
            Form::Program => "program",
            Form::None(_) => "none",
        }
    }

    #[test]
    fn the_form_is_read_off_the_request() {
        assert_eq!(form("agi:async"), "queue");
        assert_eq!(form("AGI:Async"), "queue");
        assert_eq!(form("agi://127.0.0.1/x"), "network");
        assert_eq!(form("hagi://127.0.0.1:4573/x"), "network");
        assert_eq!(form("hagi://services.example/x"), "none");
        assert_eq!(form("agi://"), "none");
        assert_eq!(form("agi:other"), "none");
        assert_eq!(form("test.agi"), "program");
        assert_eq!(form("agi"), "program");
        assert_eq!(form(""), "program");
    }

    #[test]
    fn numbers_are_short_and_all_different() {
        let shared = crate::tests::shared();
        let numbers: std::collections::BTreeSet<_> = (0..10_000).map(|_| shared.next_number()).collect();
        assert!(numbers.len() > 9_990);
        assert!(numbers.iter().all(|number| *number < 1 << 31));
    }
}
