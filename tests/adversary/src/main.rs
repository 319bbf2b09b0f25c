//! Does the host hold against hostile components and hostile SIP, while honest calls go on beside them?

#![allow(clippy::print_stdout, reason = "printing is what a check does")]

mod ami;
mod application;
mod beside;
mod book;
mod bundles;
mod chance;
mod components;
mod containment;
mod deeds;
mod events;
mod files;
mod flood;
mod folder;
mod gateway;
mod guests;
mod hall;
mod host;
mod http;
mod injection;
mod lodger;
mod lure;
mod manager;
mod neighbours;
mod overload;
mod phone;
mod pulse;
mod scene;
mod steps;
mod stream;
mod web;
mod wire;

use anyhow::{Context, Result, bail};
use book::Book;
use clap::{Parser, ValueEnum};
use pulse::Pulse;
use scene::{Porch, Scene};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};
use stream::StreamSpec;

/// What the host's memory may grow by under attack: the pool of guests keeps 256 KiB of each of its 512 places, and the SIP
/// endpoint remembers transactions for 32 s.
const GROWTH_MAX_KIB: u64 = 192 << 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    Test,
    Soak,
}

#[derive(Parser)]
struct Options {
    /// What is wanted of this check
    form: Form,
    /// Chooses the order, the noise and the guesses
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How long the full form goes on
    #[arg(long, default_value_t = 5)]
    minutes: u64,
    /// The host to attack; without it, it is built
    #[arg(long, value_name = "PROGRAM")]
    host: Option<PathBuf>,
    /// Only the clients of the three interfaces
    #[arg(long)]
    clients_only: bool,
}

/// How much of everything there is in one round.
struct Measure {
    calm: Duration,
    /// Honest calls beside all of it, if it goes on at once; else beside each part.
    all: Option<Duration>,
    deeds: Duration,
    bulk: Duration,
    files: Duration,
    wire: Duration,
    /// Decisions at twice what can be decided, and questions to a server that trickles.
    overload: Duration,
    clients: hall::Measure,
    heavy: (usize, usize),
    /// Calls of a neighbour beside each hostile component.
    beside: usize,
    /// Calls whose events a slow subscriber is told.
    events: usize,
    datagrams: usize,
    connections: usize,
    guesses: usize,
}

const SHORT: Measure = Measure {
    calm: Duration::from_secs(1),
    all: Some(Duration::from_secs(18)),
    deeds: Duration::from_secs(3),
    bulk: Duration::from_secs(2),
    files: Duration::from_secs(3),
    wire: Duration::from_secs(3),
    overload: Duration::from_millis(1_000),
    clients: hall::Measure {
        calm: Duration::from_secs(1),
        stream: Duration::from_secs(8),
        idle: 5_000,
        events: 15_000,
        logins: 40,
        pipelined: 1_000,
        programs: 3,
        commands: 600,
        endless: 4 << 20,
    },
    heavy: (20, 400),
    beside: 8,
    events: 60,
    datagrams: 10_000,
    connections: 500,
    guesses: 1_000,
};

const FULL: Measure = Measure {
    calm: Duration::from_secs(20),
    all: None,
    deeds: Duration::from_secs(10),
    bulk: Duration::from_secs(20),
    files: Duration::from_secs(20),
    wire: Duration::from_secs(30),
    overload: Duration::from_secs(15),
    clients: hall::Measure {
        calm: Duration::from_secs(15),
        stream: Duration::from_secs(40),
        idle: 5_000,
        events: 200_000,
        logins: 200,
        pipelined: 20_000,
        programs: 16,
        commands: 50_000,
        endless: 64 << 20,
    },
    heavy: (200, 2_000),
    beside: 60,
    events: 1_000,
    datagrams: 50_000,
    connections: 2_000,
    guesses: 10_000,
};

fn main() -> ExitCode {
    let options = Options::parse();
    let mut book = Book::default();
    let began_at = Instant::now();
    let mut seed = options.seed;
    loop {
        if let Err(error) = round(&options, seed, &mut book) {
            book.note(&format!("seed {seed}"), Err(error));
        }
        let is_over = began_at.elapsed() >= Duration::from_secs(options.minutes * 60);
        if options.form == Form::Test || is_over || !book.all_held() {
            break;
        }
        seed += 1;
    }
    if options.form == Form::Soak {
        let kept = keep(&book.table());
        book.note("what neighbours felt is written down", kept);
    }
    if book.all_held() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Leaves a table where `cargo xtask soak` takes it from for its page.
fn keep(table: &str) -> Result<String> {
    let path = PathBuf::from("target/soak/adversary.md");
    std::fs::create_dir_all("target/soak").context("making target/soak")?;
    let words = "Set-up is from INVITE to 200, in ms; the last column is its p99 to the undisturbed one's.";
    std::fs::write(&path, format!("## What neighbours felt\n\n{words}\n\n{table}"))
        .with_context(|| format!("writing {}", path.display()))?;
    Ok(path.display().to_string())
}

/// One host from its start to its end, attacked in every way.
fn round(options: &Options, seed: u64, book: &mut Book) -> Result<()> {
    let program = match &options.host {
        Some(program) => program.clone(),
        None => build()?,
    };
    let measure = match options.form {
        Form::Test => &SHORT,
        Form::Soak => &FULL,
    };
    let (mut scene, mut porch) = Scene::set(&program, seed)?;
    let pulse = Pulse::start(scene.host.control());
    let spec = Streams {
        server: scene.host.sip(),
        seed,
    };
    book.note("seed", Ok(seed.to_string()));
    let calm = stream::run(&spec.of(measure.calm, 40));
    if let Ok(calm) = &calm {
        book.stream("nobody", calm);
    }
    book.note("honest calls, undisturbed", stream::check(calm));
    let before = scene.host.memory()?;
    match measure.all {
        _ if options.clients_only => outside(&mut porch, book, measure, &spec, Doors::Clients),
        Some(lasts) => {
            let all = spec.of(lasts, 46);
            beside(book, "all of it", Some(&all), |book| {
                at_once(&mut scene, &mut porch, book, measure, &spec);
            });
        }
        None => {
            inside(&mut scene, book, measure, &spec);
            outside(&mut porch, book, measure, &spec, Doors::All);
        }
    }
    book.note("the operator is answered all the time", pulse.end());
    book.note("memory stays bounded", bounded(&scene, before));
    drop(porch);
    ending(scene, book);
    Ok(())
}

/// Which doors are attacked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Doors {
    All,
    Clients,
}

/// Streams of honest calls to one host.
struct Streams {
    server: SocketAddr,
    seed: u64,
}

impl Streams {
    fn of(&self, lasts: Duration, part: u64) -> StreamSpec {
        StreamSpec {
            server: self.server,
            lasts,
            seed: chance::bytes(self.seed, part),
        }
    }
}

/// Those inside and those outside at the same time: what is told of one says nothing about the other.
fn at_once(scene: &mut Scene, porch: &mut Porch, book: &mut Book, measure: &Measure, spec: &Streams) {
    let other = std::thread::scope(|scope| {
        let other = scope.spawn(|| {
            let mut own = Book::default();
            outside(porch, &mut own, measure, spec, Doors::All);
            own
        });
        inside(scene, book, measure, spec);
        other.join()
    });
    match other {
        Ok(other) => book.absorb(other),
        Err(_) => book.note("those outside", Err(anyhow::anyhow!("their thread panicked"))),
    }
}

/// Components and files.
fn inside(scene: &mut Scene, book: &mut Book, measure: &Measure, spec: &Streams) {
    // One stream beside all is enough, and two at a time would be each other's.
    let stream = |lasts, part| measure.all.is_none().then(|| spec.of(lasts, part));
    let [deeds, bulk, files] = [(measure.deeds, 41), (measure.bulk, 42), (measure.files, 43)]
        .map(|(lasts, part)| stream(lasts, part));
    beside(book, "misdeeds one by one", deeds.as_ref(), |book| {
        deeds::one_by_one(scene, book)
    });
    containment::attack(scene, book, measure.beside);
    lodger::attack(scene, book);
    beside(book, "misdeeds in bulk", bulk.as_ref(), |book| {
        deeds::in_bulk(scene, book, measure.bulk)
    });
    beside(book, "hostile files", files.as_ref(), |book| {
        files::lies(scene, book);
        bundles::attack(scene, book);
        files::tables(scene, book);
        files::half_written(scene, book);
        files::successors(scene, book);
        let (functions, steps) = measure.heavy;
        files::heavy(scene, book, functions, steps);
    });
}

/// Clients of the interfaces, and the wire of SIP if that door is meant too.
fn outside(porch: &mut Porch, book: &mut Book, measure: &Measure, spec: &Streams, doors: Doors) {
    let stream = |lasts, part| measure.all.is_none().then(|| spec.of(lasts, part));
    if doors == Doors::All {
        let wire = stream(measure.wire, 44);
        beside(book, "hostile SIP", wire.as_ref(), |book| {
            wire::half_open(porch, book, measure.connections);
            wire::oversized(porch, book);
            wire::noise(porch, book, measure.datagrams);
            wire::guesses(porch, book, measure.guesses);
        });
    }
    let clients = stream(measure.clients.stream, 45);
    beside(book, "hostile clients", clients.as_ref(), |book| {
        hall::attack(porch, book, &measure.clients);
    });
    if doors == Doors::All {
        rush(porch, book, measure, &stream);
    }
}

/// More than can be done, of everything.
fn rush(
    porch: &Porch,
    book: &mut Book,
    measure: &Measure,
    stream: &dyn Fn(Duration, u64) -> Option<StreamSpec>,
) {
    let held = stream(measure.overload, 47);
    beside(book, "components that hold connections", held.as_ref(), |book| {
        overload::holding(porch, book, measure.overload)
    });
    match overload::capacity(porch, measure.overload) {
        Ok(capacity) => {
            let asked = stream(measure.overload, 48);
            beside(
                book,
                "decisions at twice what can be decided",
                asked.as_ref(),
                |book| overload::decisions(porch, book, capacity, measure.overload),
            );
        }
        Err(error) => book.note("decisions that can be made in a second", Err(error)),
    }
    let events = stream(measure.overload, 49);
    beside(book, "floods of events", events.as_ref(), |book| {
        events::attack(porch, book, measure.events)
    });
}

/// Does something hostile, with the stream of honest calls beside it if there is one.
fn beside(book: &mut Book, what: &str, spec: Option<&StreamSpec>, hostile: impl FnOnce(&mut Book)) {
    let Some(spec) = spec else {
        return hostile(book);
    };
    let began_at = Instant::now();
    let (report, took) = stream::beside(spec, || {
        hostile(book);
        began_at.elapsed()
    });
    if let Ok(report) = &report {
        book.stream(what, report);
    }
    let checked = stream::check(report);
    let checked = checked.map(|words| format!("{words}; hostile for {:.1} s", took.as_secs_f64()));
    book.note(&format!("honest calls beside {what}"), checked);
}

fn bounded(scene: &Scene, before: host::Memory) -> Result<String> {
    let after = scene.host.memory()?;
    let words = format!(
        "{} KiB before, {} KiB after, {} KiB at most",
        before.now_kib, after.now_kib, after.peak_kib
    );
    if after.now_kib > before.now_kib + GROWTH_MAX_KIB {
        bail!("{words}");
    }
    Ok(words)
}

/// No channel is left over, and the host goes down in good order.
fn ending(scene: Scene, book: &mut Book) {
    let quiet = scene
        .host
        .until("all channels are gone", Duration::from_secs(5), &mut |host| {
            Ok(host
                .ask("core show channels count")?
                .contains("0 active channels"))
        });
    book.note("no channel is left over", quiet.map(|_| String::new()));
    let log = scene.host.log();
    let panics = log
        .lines()
        .find(|line| line.starts_with("thread '") && line.contains("panicked at"));
    let unharmed = panics.map_or(Ok(String::new()), |line| Err(anyhow::anyhow!("{line}")));
    book.note("nothing in the host panicked", unharmed);
    let stopped = scene.host.stop();
    book.note(
        "the host stops when it is told to",
        stopped.map(|time| format!("{} ms", time.as_millis())),
    );
}

/// Builds the host and says where it lies: beside this program.
fn build() -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--quiet", "--workspace", "--bin", "ucx"])
        .status()
        .context("starting cargo")?;
    if !built.success() {
        bail!("the host does not build");
    }
    let own = std::env::current_exe().context("finding this program")?;
    Ok(own.with_file_name("ucx"))
}
