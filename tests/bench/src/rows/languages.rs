//! What does the same decision cost in each language a component may be written in, and an event in a subscriber?

use super::World;
use super::router::{asked, realistic};
use crate::generate::seed;
use crate::report::{Budget, Row, median, quantile};
use anyhow::{Context, Result, anyhow, bail};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use tokio::runtime::Builder;
use ucx_plugins::{Attr, Event, Grants, Interruption, PluginHost, PluginHostConfig, Value, manifest_of};

/// Component, language, the most of a decision in a fresh instance in µs, and how often it is asked.
const ROUTERS: &[(&str, &str, f64, usize)] = &[
    ("rust-router", "Rust", 35.0, 10_000),
    ("c-router", "C", 35.0, 10_000),
    ("js-router", "JavaScript", 500.0, 2_000),
    ("python-router", "Python", 3_000.0, 400),
];

const TABLE: &str = "prefix,target\n+44,6001\n+4420,6002\n";
/// Events told to a subscriber.
const EVENTS: u32 = 100_000;
/// So many are told at once, when so many fewer wait than there is room for.
const TOLD: u32 = 500;
const WAITING_MAX: u64 = 2_000;

pub fn measure(world: &World) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for &(name, language, most_us, rounds) in ROUTERS {
        let work = format!("router decision, {language}, fresh, one lookup");
        let path = place(name);
        if !path.exists() {
            let why = format!("{} is not built", path.display());
            rows.push(Row::absent(&work, &format!("≤ {most_us} µs"), &why));
            continue;
        }
        let times = decisions(world, name, &path, world.rounds(rounds, rounds / 5))
            .with_context(|| format!("the router in {language}"))?;
        let (p50, p99) = (median(&times), quantile(&times, 0.99));
        rows.push(
            Row::new(work, p50, "µs", Budget::AtMost(most_us))
                .spread(p50, p99)
                .note(format!("{} decisions, an instance each", times.len())),
        );
    }
    rows.push(events(world)?);
    Ok(rows)
}

/// Where components in all languages are laid.
fn place(name: &str) -> PathBuf {
    super::components()
        .with_file_name("languages")
        .join(format!("{name}.wasm"))
}

fn host(world: &World, name: &str, path: &Path, runtime: &tokio::runtime::Handle) -> Result<Arc<PluginHost>> {
    let folder = world.folder.join(name);
    std::fs::create_dir_all(folder.join("tables")).context("making a folder")?;
    std::fs::write(folder.join("tables/routes.csv"), TABLE).context("writing a table")?;
    let manifest = manifest_of(path).map_err(|refusal| anyhow!("{refusal}"))?;
    let mut config = PluginHostConfig::new(seed(world.seed));
    config.tables = Some(folder.join("tables"));
    config.grants = Grants::of_everything(&manifest);
    config.interruption = Interruption::Time;
    PluginHost::new(config, runtime.clone()).map_err(|error| anyhow!("{error}"))
}

fn decisions(world: &World, name: &str, path: &Path, rounds: usize) -> Result<Vec<f64>> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .context("starting a runtime")?;
    let host = host(world, name, path, runtime.handle())?;
    runtime
        .block_on(host.install(path))
        .map_err(|refusal| anyhow!("{refusal}"))?;
    runtime.block_on(asked(&host, name, rounds))
}

/// Events to a subscriber that counts calls, in batches as they come.
fn events(world: &World) -> Result<Row> {
    let workers = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .context("starting a worker")?;
    let path = super::components().join("call-monitor.wasm");
    let host = host(world, "call-monitor", &path, workers.handle())?;
    workers
        .block_on(host.install(&path))
        .map_err(|refusal| anyhow!("{refusal}"))?;
    let mut event = Event::new("call.started", 1);
    event.call = Some(realistic().call);
    event.attrs = ["caller", "dialled"]
        .map(|name| Attr {
            name: name.to_owned(),
            value: Value::Text("+442071234567".to_owned()),
        })
        .into();
    let count = if world.is_quick { EVENTS / 10 } else { EVENTS };
    let waiting = || host.list().first().map_or(0, |status| status.waiting);
    let began = Instant::now();
    let mut told = 0;
    while told < count {
        if waiting() < WAITING_MAX {
            (0..TOLD).for_each(|_| host.deliver(&event));
            told += TOLD;
        } else {
            std::thread::yield_now();
        }
    }
    while waiting() > 0 {
        std::thread::yield_now();
    }
    let each_us = began.elapsed().as_secs_f64() * 1e6 / f64::from(told);
    let lost = host.list().first().map_or(0, |status| status.lost);
    if lost > 0 {
        bail!("{lost} events were lost");
    }
    Ok(Row::new(
        "an event to a subscriber, Rust, warm",
        each_us,
        "µs",
        Budget::None,
    )
    .note(format!(
        "{told} events in batches of up to 64, another thread tells them"
    )))
}
