//! `ucx plugin check FILE`: what a bundle is, who signed it, what it asks and exports, without running it.

use crate::args::{PluginCheckOptions, StateOptions};
use crate::places::Places;
use crate::{entropy, trust};
use anyhow::{Context, Result};
use std::fmt::Write;
use std::process::ExitCode;
use ucx_plugins::{Grants, Inspection, PluginHost, PluginHostConfig};

pub fn run(options: &PluginCheckOptions, state: &StateOptions) -> Result<ExitCode> {
    let places = Places::find(state)?;
    let ucx = match &options.config {
        Some(folder) => {
            let file = folder.join("ucx.toml");
            std::fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?
        }
        None => String::new(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .context("starting a worker")?;
    let mut config = PluginHostConfig::new(entropy::seed()?);
    config.trust = trust::load(&ucx, &places.trust())?.trust;
    config.grants = Grants::parse(&ucx).map_err(|error| anyhow::anyhow!("ucx.toml: {error}"))?;
    config.own_grants = Some(places.own_grants());
    let host =
        PluginHost::new(config, runtime.handle().clone()).map_err(|error| anyhow::anyhow!("{error}"))?;
    let seen = runtime.block_on(host.inspect(&options.bundle));
    let seen = seen.map_err(|refusal| anyhow::anyhow!("{} {refusal}", options.bundle.display()))?;
    crate::say(text(&seen).trim_end());
    let is_signed = seen.signer.is_ok() || options.unsigned;
    Ok(if is_signed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What there is to say about a bundle.
pub fn text(seen: &Inspection) -> String {
    let manifest = &seen.manifest;
    let mut text = format!("{} {}", manifest.id, manifest.version);
    if !manifest.description.is_empty() {
        let _ = write!(text, ": {}", manifest.description);
    }
    text.push('\n');
    let _ = match &seen.signer {
        Ok(signer) => writeln!(text, "signed by {} ({})", signer.name, signer.key),
        Err(fault) => writeln!(text, "NOT trusted: it {fault}"),
    };
    let _ = writeln!(text, "bundle {}\ncomponent {}", seen.bundle, seen.digest);
    let worlds: Vec<_> = manifest.worlds.iter().map(|world| world.word()).collect();
    let _ = writeln!(text, "worlds {}", worlds.join(", "));
    let _ = writeln!(text, "exports {}", seen.exports.join(", "));
    let asked = manifest.budget.memory_kib;
    let asked = asked.map_or("asks for no more than the default".to_owned(), |kib| {
        format!("asks for {kib} KiB")
    });
    let _ = writeln!(text, "memory {} KiB at its start, {asked}", seen.memory / 1024);
    let has = |has| if has { "yes" } else { "no" };
    let _ = writeln!(
        text,
        "interfaces {}, ingredients {}",
        has(seen.has_wit),
        has(seen.has_sbom)
    );
    text + &asks(seen)
}

/// What a bundle asks beside what it is given, with the lines to add.
pub fn asks(seen: &Inspection) -> String {
    let mut text = String::new();
    if seen.asks.is_empty() {
        text.push_str("asks for nothing\n");
    } else {
        text.push_str("asks:\n");
    }
    for ask in &seen.asks {
        let sign = if ask.is_granted { "granted" } else { "MISSING" };
        let _ = writeln!(text, "  {sign}  {} = {:?}", ask.list, ask.asked);
    }
    if let Some(lacks) = &seen.lacks {
        let _ = writeln!(text, "{lacks}");
    }
    text
}
