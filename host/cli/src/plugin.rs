//! `ucx plugin …`: makes, signs and checks bundles; every other word goes to the running host.

mod check;
mod pack;
mod sbom;

pub use check::asks as asks_text;

use crate::args::{PluginCommand, PluginOptions, StateOptions};
use crate::places::{Places, write_private};
use crate::{entropy, rx, workbench};
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;
use ucx_bundle::{Bundle, SecretKey};

/// The largest bundle that is read, in bytes.
const BUNDLE_FILE_MAX: u64 = 80 << 20;

/// How long a command may take: a component that carries an interpreter is compiled for a while.
const COMPILE_TIMEOUT: Duration = Duration::from_secs(300);

/// What a host answers to a command that was not carried out begins with one of these, or ends as below.
const NOT_DONE: [&str; 2] = ["Usage:", "No such command"];

pub fn run(options: &PluginOptions) -> Result<ExitCode> {
    match &options.command {
        PluginCommand::Workbench(command) => workbench::run(command),
        PluginCommand::Pack(pack) => pack::run(pack),
        PluginCommand::Keygen { name } => keygen(name),
        PluginCommand::Sign { bundle, key } => sign(bundle, key),
        PluginCommand::Check(check) => check::run(check, &options.state),
        PluginCommand::Running(words) => ask(options, words),
    }
}

/// Writes `NAME.key`, for its owner alone, and `NAME.pub`, for everybody who is to trust it.
fn keygen(name: &Path) -> Result<ExitCode> {
    let (secret, public) = (name.with_extension("key"), name.with_extension("pub"));
    for file in [&secret, &public] {
        if file.exists() {
            bail!(
                "{} exists; a key that was used is not written over",
                file.display()
            );
        }
    }
    let key = SecretKey::from_seed(entropy::seed()?);
    write_private(&secret, &key.to_text())?;
    let comment = name.file_name().map(|name| name.to_string_lossy().into_owned());
    std::fs::write(&public, key.public().to_text(&comment.unwrap_or_default()))
        .with_context(|| format!("writing {}", public.display()))?;
    crate::say(&format!("{} signs and stays secret", secret.display()));
    crate::say(&format!(
        "{} is the key {}; put it into STATE/trust of the hosts that are to take what it signs",
        public.display(),
        key.public().id()
    ));
    Ok(ExitCode::SUCCESS)
}

fn sign(file: &Path, key: &Path) -> Result<ExitCode> {
    let key = read_key(key)?;
    let bundle = read_bundle(file)?.signed(&key);
    std::fs::write(file, bundle.to_bytes()).with_context(|| format!("writing {}", file.display()))?;
    crate::say(&format!("{} is signed by {}", file.display(), key.public().id()));
    Ok(ExitCode::SUCCESS)
}

fn read_key(file: &Path) -> Result<SecretKey> {
    let text = std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    SecretKey::parse(&text).map_err(|fault| anyhow::anyhow!("{} {fault}", file.display()))
}

fn read_bundle(file: &Path) -> Result<Bundle> {
    let about = std::fs::metadata(file).with_context(|| format!("reading {}", file.display()))?;
    if !about.is_file() || about.len() > BUNDLE_FILE_MAX {
        bail!("{} is no file of at most {BUNDLE_FILE_MAX} bytes", file.display());
    }
    let bytes = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    Bundle::read(&bytes).map_err(|fault| anyhow::anyhow!("{} {fault}", file.display()))
}

/// Asks the running host. Names of files are seen from here, so they are sent whole.
fn ask(options: &PluginOptions, words: &[String]) -> Result<ExitCode> {
    let mut state = StateOptions {
        state: options.state.state.clone(),
    };
    let mut line = "plugin".to_owned();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == "--state" {
            state.state = Some(words.next().context("--state needs a folder")?.into());
            continue;
        }
        line.push(' ');
        line.push_str(&said(word));
    }
    let text = rx::ask_within(&Places::find(&state)?.control_socket(), &line, COMPILE_TIMEOUT)?;
    crate::say(text.trim_end_matches('\n'));
    let is_done = !NOT_DONE.iter().any(|begin| text.starts_with(begin)) && !text.ends_with("' failed.\n");
    Ok(if is_done {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// A word as a command line has it.
fn said(word: &str) -> String {
    let path = Path::new(word);
    let whole = (word.ends_with(".ucx") && path.is_file()).then(|| path.canonicalize().ok());
    let word = whole
        .flatten()
        .map_or_else(|| word.to_owned(), |path| path.to_string_lossy().into_owned());
    let is_plain = !word.is_empty() && !word.contains(|c: char| c.is_whitespace() || c == '"' || c == '\\');
    if is_plain {
        word
    } else {
        format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::PackOptions;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn words_with_blanks_stay_words() {
        assert_eq!(said("tables=routes"), "tables=routes");
        assert_eq!(
            said("config.greeting=good \"day\""),
            "\"config.greeting=good \\\"day\\\"\""
        );
        assert_eq!(said(""), "\"\"");
    }

    #[test]
    fn a_key_is_made_once_and_signs_what_was_packed() {
        let folder = std::env::temp_dir().join(format!("ucx-pack-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let at = |name: &str| folder.join(name);
        keygen(&at("us")).unwrap();
        assert!(keygen(&at("us")).is_err());
        let mode = std::fs::metadata(at("us.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::write(at("p.wasm"), b"\0asm\x0d\0\x01\0").unwrap();
        let options = |version: &str| {
            let manifest = format!("id = 'p'\nversion = '{version}'\nworlds = ['router']\n");
            std::fs::write(at("p.toml"), manifest).unwrap();
            PackOptions {
                component: at("p.wasm"),
                manifest: None,
                wit: None,
                sbom: None,
                lock: None,
                key: None,
                out: Some(folder.clone()),
            }
        };
        assert!(pack::run(&options("1")).is_err(), "no version of a bundle");
        pack::run(&options("1.2.3")).unwrap();
        let file = at("p-1.2.3.ucx");
        assert!(read_bundle(&file).unwrap().signature().is_none());
        sign(&file, &at("us.key")).unwrap();
        let trust = crate::trust::load("", &folder).unwrap().trust;
        let signer = trust.signer(&read_bundle(&file).unwrap(), "p").unwrap();
        assert_eq!(signer.name, "us");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
