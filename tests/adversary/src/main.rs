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
mod phone;
mod pulse;
mod scene;
mod steps;
mod stream;
mod wire;

use anyhow::{Context, Result, bail};
use book::Book;
use clap::{Parser, ValueEnum};
use pulse::Pulse;
use scene::Scene;
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
    deeds: Duration,
    bulk: Duration,
    files: Duration,
    wire: Duration,
    clients: hall::Measure,
    heavy: (usize, usize),
    /// Calls of a neighbour beside each hostile component.
    beside: usize,
    datagrams: usize,
    connections: usize,
    guesses: usize,
}

const SHORT: Measure = Measure {
    calm: Duration::from_secs(1),
    deeds: Duration::from_secs(3),
    bulk: Duration::from_secs(2),
    files: Duration::from_secs(3),
    wire: Duration::from_secs(3),
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
    beside: 12,
    datagrams: 10_000,
    connections: 500,
    guesses: 1_000,
};

const FULL: Measure = Measure {
    calm: Duration::from_secs(20),
    deeds: Duration::from_secs(10),
    bulk: Duration::from_secs(20),
    files: Duration::from_secs(20),
    wire: Duration::from_secs(30),
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
    if book.all_held() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
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
    let mut scene = Scene::set(&program, seed)?;
    let pulse = Pulse::start(scene.host.control());
    let server = scene.host.sip();
    let spec = move |lasts, part| StreamSpec {
        server,
        lasts,
        seed: chance::bytes(seed, part),
    };
    let calm = spec(measure.calm, 40);
    book.note("seed", Ok(seed.to_string()));
    book.note("honest calls, undisturbed", stream::check(stream::run(&calm)));
    let before = scene.host.memory()?;
    if !options.clients_only {
        other_attacks(&mut scene, book, measure, &spec);
    }
    beside(
        book,
        "hostile clients",
        &spec(measure.clients.stream, 45),
        |book| {
            hall::attack(&mut scene, book, &measure.clients);
        },
    );
    book.note("the operator is answered all the time", pulse.end());
    book.note("memory stays bounded", bounded(&scene, before));
    ending(scene, book);
    Ok(())
}

/// Components, files and SIP.
fn other_attacks(
    scene: &mut Scene,
    book: &mut Book,
    measure: &Measure,
    spec: &dyn Fn(Duration, u64) -> StreamSpec,
) {
    let (deeds, bulk, files, wire) = (
        spec(measure.deeds, 41),
        spec(measure.bulk, 42),
        spec(measure.files, 43),
        spec(measure.wire, 44),
    );
    beside(book, "misdeeds one by one", &deeds, |book| {
        deeds::one_by_one(scene, book)
    });
    containment::attack(scene, book, measure.beside);
    lodger::attack(scene, book);
    beside(book, "misdeeds in bulk", &bulk, |book| {
        deeds::in_bulk(scene, book, measure.bulk)
    });
    beside(book, "hostile files", &files, |book| {
        files::lies(scene, book);
        bundles::attack(scene, book);
        files::tables(scene, book);
        files::half_written(scene, book);
        files::successors(scene, book);
        let (functions, steps) = measure.heavy;
        files::heavy(scene, book, functions, steps);
    });
    beside(book, "hostile SIP", &wire, |book| {
        wire::half_open(scene, book, measure.connections);
        wire::oversized(scene, book);
        wire::noise(scene, book, measure.datagrams);
        wire::guesses(scene, book, measure.guesses);
    });
}

/// Does something hostile with the stream of honest calls beside it.
fn beside(book: &mut Book, what: &str, spec: &StreamSpec, hostile: impl FnOnce(&mut Book)) {
    let began_at = Instant::now();
    let (report, took) = stream::beside(spec, || {
        hostile(book);
        began_at.elapsed()
    });
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
fn ending(mut scene: Scene, book: &mut Book) {
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
