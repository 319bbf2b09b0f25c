//! The configuration a host starts with: a directory, or the built-in default.

use crate::args::{Ports, RunOptions, StateOptions};
use crate::entropy;
use crate::places::{Places, write_private};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::ExitCode;
use ucx_config::pjsip::{self, Pjsip};
use ucx_config::rtp::{self, Rtp};
use ucx_config::{Config, Diagnostic, DirSource, MemorySource, Severity, Source, parse};
use ucx_dialplan::Dialplan;

const PJSIP: &str = include_str!("default/pjsip.conf");
const EXTENSIONS: &str = include_str!("default/extensions.conf");
const UCX: &str = include_str!("default/ucx.toml");
const ROUTES: &str = include_str!("default/routes.csv");

/// The phones of the built-in default.
const PHONES: [&str; 3] = ["6001", "6002", "6003"];

/// Everything that was read.
pub struct Loaded {
    pub pjsip: Pjsip,
    pub rtp: Rtp,
    pub dialplan: Dialplan,
    pub ucx: String,
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads the files of a source.
pub fn load(source: &dyn Source) -> Loaded {
    let mut diagnostics = Vec::new();
    let mut read = |file: &str| -> Config {
        let (config, mut found) = parse(source, file);
        if config.found() {
            diagnostics.append(&mut found);
        }
        config
    };
    let (pjsip, rtp, extensions) = (read("pjsip.conf"), read("rtp.conf"), read("extensions.conf"));
    let (pjsip, mut found) = pjsip::load(&pjsip);
    let (rtp, more) = rtp::load(&rtp);
    found.extend(more);
    let (dialplan, more) = ucx_dialplan::load(&extensions);
    found.extend(more);
    diagnostics.extend(found);
    let ucx = source
        .read("ucx.toml")
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Loaded {
        pjsip,
        rtp,
        dialplan,
        ucx: ucx.unwrap_or_default(),
        diagnostics,
    }
}

/// The source a host reads from: a directory, or the built-in default with its secrets filled in.
pub fn source(options: &RunOptions, places: &Places) -> Result<Box<dyn Source>> {
    match &options.config {
        Some(folder) if folder.is_dir() => Ok(Box::new(DirSource::new(folder))),
        Some(folder) => bail!("{} is not a directory", folder.display()),
        None => Ok(Box::new(built_in(options, places)?)),
    }
}

fn built_in(options: &RunOptions, places: &Places) -> Result<MemorySource> {
    let port = match options.ports {
        Ports::Standard => 5060,
        Ports::Free => 0,
    };
    let mut text = PJSIP.replace("@BIND@", &SocketAddr::new(options.listen, port).to_string());
    for (phone, secret) in secrets(places)? {
        text = text.replace(&format!("@SECRET{phone}@"), &secret);
    }
    let rtp = match options.ports {
        Ports::Standard => "[general]\nrtpstart = 10000\nrtpend = 20000\n",
        Ports::Free => "[general]\nrtpstart = 30000\nrtpend = 39999\n",
    };
    Ok(MemorySource::new()
        .with("pjsip.conf", text.as_bytes())
        .with("extensions.conf", EXTENSIONS.as_bytes())
        .with("rtp.conf", rtp.as_bytes())
        .with("ucx.toml", UCX.as_bytes()))
}

/// The secrets of the built-in phones; made at the first start, and kept.
pub fn secrets(places: &Places) -> Result<BTreeMap<String, String>> {
    let path = places.secrets();
    if path.exists() {
        let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        return toml::from_str(&text).with_context(|| format!("reading {}", path.display()));
    }
    let made = PHONES
        .iter()
        .map(|phone| Ok(((*phone).to_owned(), entropy::secret()?)));
    let made = made.collect::<Result<BTreeMap<_, _>>>()?;
    write_private(&path, &toml::to_string(&made).context("writing secrets")?)?;
    Ok(made)
}

/// Makes the folders of plugins and tables; the default table is put there if the folder is new.
pub fn prepare_folders(plugins: &std::path::Path, tables: &std::path::Path, is_default: bool) -> Result<()> {
    std::fs::create_dir_all(plugins).with_context(|| format!("making {}", plugins.display()))?;
    let is_new = !tables.exists();
    std::fs::create_dir_all(tables).with_context(|| format!("making {}", tables.display()))?;
    if is_new && is_default {
        std::fs::write(tables.join("routes.csv"), ROUTES).context("writing the default table")?;
    }
    Ok(())
}

/// Says what was found, and refuses to start on errors.
pub fn report(diagnostics: &[Diagnostic]) -> Result<()> {
    for diagnostic in diagnostics {
        match diagnostic.severity {
            Severity::Error => tracing::error!("{diagnostic}"),
            Severity::Warning => tracing::warn!("{diagnostic}"),
        }
    }
    let errors = diagnostics
        .iter()
        .filter(|found| found.severity == Severity::Error)
        .count();
    if errors > 0 {
        tracing::error!(
            errors,
            "the configuration has errors; what they concern is left out"
        );
    }
    Ok(())
}

/// `ucx secrets`.
pub fn print_secrets(options: &StateOptions) -> Result<ExitCode> {
    let places = Places::open(options)?;
    for (phone, secret) in secrets(&places)? {
        crate::say(&format!("{phone} {secret}"));
    }
    Ok(ExitCode::SUCCESS)
}
