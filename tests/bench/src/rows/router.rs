//! What does a component's decision cost: inside the plugin host, as a caller on another thread sees it, on a whole call?

use super::{GRANTS, World, between};
use crate::generate::{Load, seed};
use crate::report::{Budget, Row, median, quantile};
use anyhow::{Context, Result, anyhow, bail};
use std::sync::Arc;
use std::time::Instant;
use tokio::runtime::{Builder, Handle};
use ucx_plugins::{Attr, Grants, Header, PluginHost, PluginHostConfig, RouteOutcome, RouteRequest, Value};

const RATE: f64 = 100.0;
const TABLE: &str = "prefix,action,target,strip,add,ring\n+44,trunk,london,3,0,\n+4420,trunk,city,,,12\n";

pub fn measure(world: &World) -> Result<Vec<Row>> {
    let mut rows = decisions(world)?;
    rows.extend(tax(world)?);
    Ok(rows)
}

fn decisions(world: &World) -> Result<Vec<Row>> {
    let folder = world.folder.join("router");
    std::fs::create_dir_all(folder.join("tables")).context("making a folder")?;
    std::fs::write(folder.join("tables/routes.csv"), TABLE).context("writing a table")?;
    let (wasm, manifest) = (
        folder.join("prefix-router.wasm"),
        folder.join("prefix-router.toml"),
    );
    std::fs::write(&wasm, world.component("prefix-router")?).context("writing a component")?;
    std::fs::write(manifest, world.manifest("prefix-router")?).context("writing a manifest")?;
    let host = |runtime: &Handle| -> Result<Arc<PluginHost>> {
        let mut config = PluginHostConfig::new(seed(world.seed));
        config.tables = Some(folder.join("tables"));
        config.grants = Grants::parse(GRANTS).map_err(|error| anyhow!("{error}"))?;
        PluginHost::new(config, runtime.clone()).map_err(|error| anyhow!("{error}"))
    };
    let one = Builder::new_current_thread()
        .enable_all()
        .build()
        .context("starting a runtime")?;
    let workers = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .context("starting a worker")?;
    let mut rows = Vec::new();
    let budgets = [
        (
            "router decision, Rust, fresh, inside `plugins`",
            35.0,
            Some(150.0),
            one.handle(),
            "",
        ),
        (
            "the same as the call sees it, both wake-ups",
            150.0,
            None,
            workers.handle(),
            "FastAGI: 600-800 µs",
        ),
    ];
    for (work, p50_us, p99_us, runtime, peer) in budgets {
        let host = host(runtime)?;
        one.block_on(host.install(&wasm))
            .map_err(|refusal| anyhow!("{refusal}"))?;
        let times = one.block_on(asked(&host, "prefix-router", world.rounds(20_000, 4_000)))?;
        let (p50, p99) = (median(&times), quantile(&times, 0.99));
        let row = Row::new(work, p50, "µs", Budget::AtMost(p50_us)).spread(p50, p99);
        let note = "a realistic request, one lookup; switching tasks on one thread included";
        rows.push(row.peer(peer).note(if p99_us.is_some() {
            note
        } else {
            "guest on another thread"
        }));
        if let Some(most) = p99_us {
            rows.push(Row::new(format!("{work}, p99"), p99, "µs", Budget::AtMost(most)));
        }
    }
    Ok(rows)
}

/// The times of decisions in µs, the first tenth left out.
pub async fn asked(host: &PluginHost, name: &str, rounds: usize) -> Result<Vec<f64>> {
    let mut times = Vec::with_capacity(rounds);
    for round in 0..rounds + rounds / 10 {
        let request = realistic();
        let began = Instant::now();
        let outcome = host.route(name, request).await;
        let taken = began.elapsed().as_secs_f64() * 1e6;
        if !matches!(outcome, RouteOutcome::Verdict { .. }) {
            bail!("the router gave no verdict: {outcome:?}");
        }
        if round >= rounds / 10 {
            times.push(taken);
        }
    }
    Ok(times)
}

pub fn realistic() -> RouteRequest {
    let mut request = RouteRequest::new("1763856000.17", "+442071234567");
    request.caller.number = "+4930123456".to_owned();
    request.caller.name = Some("Example Limited".to_owned());
    request.via = Some("trunk-berlin".to_owned());
    request.place.context = "from-trunk".to_owned();
    let header = |n| Header {
        name: format!("X-Header-{n}"),
        value: "some value".to_owned(),
    };
    request.headers = (0..4).map(header).collect();
    let attr = |name: &str| Attr {
        name: name.to_owned(),
        value: Value::Text("ulaw,alaw,g722".to_owned()),
    };
    request.attrs = ["codecs", "language", "redirecting", "arg1"].map(attr).into();
    request
}

/// The same calls through a component and through the dialplan, in turn.
fn tax(world: &World) -> Result<Vec<Row>> {
    let (host, _home) = world.routing_host("tax")?;
    let native = Load::new(host.sip(), "100", RATE, world.time(6_000, 2_000)).bridged();
    let routed = Load {
        number: "720",
        ..native.clone()
    };
    for load in [&native, &routed] {
        world.cpu_a_call(
            &host,
            &Load {
                duration: world.time(1_000, 500),
                ..load.clone()
            },
        )?;
    }
    let (mut natives, mut routeds) = (Vec::new(), Vec::new());
    let (mut native_ms, mut routed_ms) = (Vec::new(), Vec::new());
    for _ in 0..world.rounds(3, 2) {
        for (load, costs, setups) in [
            (&native, &mut natives, &mut native_ms),
            (&routed, &mut routeds, &mut routed_ms),
        ] {
            let (us, calls) = world.cpu_a_call(&host, load)?;
            costs.push(us);
            setups.push(calls.setup_ms().0);
        }
    }
    host.stop()?;
    let share = (median(&routeds) / median(&natives) - 1.0) * 100.0;
    let note = format!(
        "at {RATE} calls/s: through Wasm {:.0} µs ({}), through Dial {:.0} µs ({})",
        median(&routeds),
        between(&routeds, "µs"),
        median(&natives),
        between(&natives, "µs")
    );
    let later_us = (median(&routed_ms) - median(&native_ms)) * 1e3;
    Ok(vec![
        Row::new(
            "plugin tax on a whole call (Rust, fresh)",
            share,
            "%",
            Budget::AtMost(10.0),
        )
        .note(note),
        Row::new(
            "INVITE to 200 later by a component",
            later_us,
            "µs",
            Budget::AtMost(150.0),
        )
        .note("difference of medians on the wire, bridged calls"),
    ])
}
