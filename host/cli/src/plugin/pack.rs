//! `ucx plugin pack`: a component, its manifest and what else belongs to it, in one file.

use super::{read_key, sbom};
use crate::args::PackOptions;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use ucx_bundle::{Bundle, Version, file_name};
use ucx_plugins::Manifest;

/// The largest file that is packed, in bytes; the parts have bounds of their own.
const PART_MAX: u64 = 64 << 20;

pub fn run(options: &PackOptions) -> Result<ExitCode> {
    let manifest_file = match &options.manifest {
        Some(file) => file.clone(),
        None => beside(&options.component)?,
    };
    let text = read_text(&manifest_file)?;
    let manifest =
        Manifest::parse(&text).map_err(|why| anyhow::anyhow!("{}: {why}", manifest_file.display()))?;
    Version::parse(&manifest.version)
        .map_err(|fault| anyhow::anyhow!("{}: {fault}", manifest_file.display()))?;
    let wit = options.wit.as_deref().map(read_text).transpose()?;
    let sbom = match (&options.sbom, &options.lock) {
        (Some(file), _) => Some(read_text(file)?),
        (None, Some(lock)) => Some(sbom::of_lock(&manifest.id, &manifest.version, &read_text(lock)?)?),
        (None, None) => None,
    };
    let component = read(&options.component)?;
    let bundle =
        Bundle::new(text, component, wit, sbom).map_err(|fault| anyhow::anyhow!("the bundle {fault}"))?;
    let bundle = match &options.key {
        Some(key) => bundle.signed(&read_key(key)?),
        None => bundle,
    };
    let name = file_name(&manifest.id, &manifest.version);
    let out = match &options.out {
        Some(out) if out.is_dir() => out.join(name),
        Some(out) => out.clone(),
        None => PathBuf::from(name),
    };
    std::fs::write(&out, bundle.to_bytes()).with_context(|| format!("writing {}", out.display()))?;
    let signed = if bundle.signature().is_some() {
        "signed"
    } else {
        "not signed"
    };
    crate::say(&format!("{} {signed}, digest {}", out.display(), bundle.digest()));
    Ok(ExitCode::SUCCESS)
}

/// `NAME.toml` or `plugin.toml` beside the component.
fn beside(component: &Path) -> Result<PathBuf> {
    let candidates = [
        component.with_extension("toml"),
        component.with_file_name("plugin.toml"),
    ];
    let found = candidates.iter().find(|file| file.is_file()).cloned();
    found.with_context(|| format!("there is no {}; say --manifest FILE", candidates[0].display()))
}

fn read(file: &Path) -> Result<Vec<u8>> {
    let about = std::fs::metadata(file).with_context(|| format!("reading {}", file.display()))?;
    if !about.is_file() || about.len() > PART_MAX {
        bail!("{} is no file of at most {PART_MAX} bytes", file.display());
    }
    std::fs::read(file).with_context(|| format!("reading {}", file.display()))
}

fn read_text(file: &Path) -> Result<String> {
    String::from_utf8(read(file)?).with_context(|| format!("{} is not UTF-8", file.display()))
}
