//! The configuration a host starts with: a directory, or the built-in default.

use crate::args::{Ports, RunOptions, StateOptions};
use crate::entropy;
use crate::places::{Places, write_private};
use crate::samples::{Files, samples};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use ucx_config::indications::{self, Indications};
use ucx_config::musiconhold::{self, MusicOnHold};
use ucx_config::pjsip::{self, Pjsip};
use ucx_config::rtp::{self, Rtp};
use ucx_config::{Config, Diagnostic, DirSource, MemorySource, Severity, Source, parse};
use ucx_dialplan::Dialplan;

const PJSIP: &str = include_str!("default/pjsip.conf");
const MANAGER: &str = include_str!("default/manager.conf");
const HTTP: &str = include_str!("default/http.conf");
const ARI: &str = include_str!("default/ari.conf");
const EXTENSIONS: &str = include_str!("default/extensions.conf");
const UCX: &str = include_str!("default/ucx.toml");
const ROUTES: &str = include_str!("default/routes.csv");
const MENUS: &str = include_str!("default/menus.csv");

/// Who has a secret in the built-in default: the phones, and the clients named `ucx` of the interfaces.
const HOLDERS: [&str; 5] = ["6001", "6002", "6003", "manager", "application"];

/// Everything that was read.
pub struct Loaded {
    pub pjsip: Pjsip,
    pub rtp: Rtp,
    pub dialplan: Dialplan,
    pub indications: Indications,
    pub music: MusicOnHold,
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
    let (indications, music) = (read("indications.conf"), read("musiconhold.conf"));
    let (pjsip, mut found) = pjsip::load(&pjsip);
    let (rtp, more) = rtp::load(&rtp);
    found.extend(more);
    let (dialplan, more) = ucx_dialplan::load(&extensions);
    found.extend(more);
    let (indications, more) = indications::load(&indications);
    found.extend(more);
    let (music, more) = musiconhold::load(&music);
    found.extend(more);
    diagnostics.extend(found);
    let ucx = source
        .read("ucx.toml")
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Loaded {
        pjsip,
        rtp,
        dialplan,
        indications,
        music,
        ucx: ucx.unwrap_or_default(),
        diagnostics,
    }
}

/// The source a host reads from: a directory, or the built-in default with its secrets filled in.
pub fn source(options: &RunOptions, places: &Places) -> Result<Arc<dyn Source + Send + Sync>> {
    match &options.config {
        Some(folder) if folder.is_dir() => Ok(Arc::new(Files::new(Some(DirSource::new(folder)), samples()))),
        Some(folder) => bail!("{} is not a directory", folder.display()),
        None => Ok(Arc::new(built_in(options, places)?)),
    }
}

fn built_in(options: &RunOptions, places: &Places) -> Result<MemorySource> {
    let (sip, manager, http, rtp) = match options.ports {
        Ports::Standard => (5060, 5038, 8088, "[general]\nrtpstart = 10000\nrtpend = 20000\n"),
        Ports::Free => (0, 0, 0, "[general]\nrtpstart = 30000\nrtpend = 39999\n"),
    };
    let mut words = vec![
        (
            "@BIND@".to_owned(),
            SocketAddr::new(options.listen, sip).to_string(),
        ),
        ("@LISTEN@".to_owned(), options.listen.to_string()),
        ("@MANAGERPORT@".to_owned(), manager.to_string()),
        ("@HTTPPORT@".to_owned(), http.to_string()),
    ];
    for (holder, secret) in secrets(places)? {
        words.push((format!("@SECRET{}@", holder.to_ascii_uppercase()), secret));
    }
    let fill = |text: &str| {
        let filled = words
            .iter()
            .fold(text.to_owned(), |text, (word, value)| text.replace(word, value));
        filled.into_bytes()
    };
    Ok(samples()
        .with("pjsip.conf", fill(PJSIP))
        .with("manager.conf", fill(MANAGER))
        .with("http.conf", fill(HTTP))
        .with("ari.conf", fill(ARI))
        .with("extensions.conf", EXTENSIONS.as_bytes())
        .with("rtp.conf", rtp.as_bytes())
        .with("ucx.toml", UCX.as_bytes()))
}

/// The secrets of the built-in default; made at the first start, and kept.
pub fn secrets(places: &Places) -> Result<BTreeMap<String, String>> {
    let path = places.secrets();
    let mut secrets: BTreeMap<String, String> = BTreeMap::new();
    if path.exists() {
        let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        secrets = toml::from_str(&text).with_context(|| format!("reading {}", path.display()))?;
    }
    let known = secrets.len();
    for holder in HOLDERS {
        if !secrets.contains_key(holder) {
            secrets.insert(holder.to_owned(), entropy::secret()?);
        }
    }
    if secrets.len() > known {
        write_private(&path, &toml::to_string(&secrets).context("writing secrets")?)?;
    }
    Ok(secrets)
}

/// Makes the folders of plugins and tables; the default table is put there if the folder is new.
pub fn prepare_folders(plugins: &std::path::Path, tables: &std::path::Path, is_default: bool) -> Result<()> {
    std::fs::create_dir_all(plugins).with_context(|| format!("making {}", plugins.display()))?;
    let is_new = !tables.exists();
    std::fs::create_dir_all(tables).with_context(|| format!("making {}", tables.display()))?;
    if is_new && is_default {
        for (name, text) in [("routes.csv", ROUTES), ("menus.csv", MENUS)] {
            std::fs::write(tables.join(name), text).context("writing the default tables")?;
        }
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
    for (holder, secret) in secrets(&places)? {
        crate::say(&format!("{holder} {secret}"));
    }
    Ok(ExitCode::SUCCESS)
}
