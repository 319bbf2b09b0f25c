//! `ucx plugin new|build|test|dev`: what somebody does who writes a plugin.

mod build;
mod dev;
mod new;
mod test;

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use ucx_workshop::guests::languages;
use ucx_workshop::template;

#[derive(Subcommand)]
pub enum WorkbenchCommand {
    /// Begin a plugin: source, manifest, scenarios, and a host's configuration to try it with
    New(NewOptions),
    /// Build the plugin of a folder into its folder `built`
    Build(PluginFolder),
    /// Build a plugin and play the scenarios of its folder `tests`
    Test(TestOptions),
    /// Build, swap into a local host and place a call, again at each change of the source
    Dev(DevOptions),
}

#[derive(Args)]
pub struct NewOptions {
    /// What it is called: lower case letters, digits and dashes
    #[arg(value_name = "NAME")]
    pub name: String,
    /// What it is written in
    #[arg(long, value_enum)]
    pub language: Language,
    /// What it is for
    #[arg(long, value_enum, default_value = "router")]
    pub world: World,
    /// The folder it is put into
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub into: PathBuf,
    /// The folder that holds `sdk` and `wit`; found by itself beside plugin or program
    #[arg(long, value_name = "DIR")]
    pub sdk: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Language {
    Rust,
    Python,
    /// JavaScript or TypeScript
    Javascript,
    C,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum World {
    /// Says where calls go
    Router,
    /// Leads calls
    CallFlow,
}

impl Language {
    fn of_workshop(self) -> languages::Language {
        match self {
            Self::Rust => languages::Language::Rust,
            Self::Python => languages::Language::Python,
            Self::Javascript => languages::Language::JavaScript,
            Self::C => languages::Language::C,
        }
    }
}

impl World {
    fn of_workshop(self) -> template::Purpose {
        match self {
            Self::Router => template::Purpose::Router,
            Self::CallFlow => template::Purpose::CallFlow,
        }
    }
}

#[derive(Args)]
pub struct PluginFolder {
    /// The plugin's folder, with its plugin.toml
    #[arg(value_name = "DIR", default_value = ".")]
    pub folder: PathBuf,
    /// The folder that holds `sdk` and `wit`; found by itself beside plugin or program
    #[arg(long, value_name = "DIR")]
    pub sdk: Option<PathBuf>,
}

#[derive(Args)]
pub struct TestOptions {
    #[command(flatten)]
    pub plugin: PluginFolder,
    /// Only scenarios whose name holds these words
    #[arg(long, value_name = "WORDS")]
    pub only: Option<String>,
    /// Seed of everything random
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The folder of the scenarios; `tests` of the plugin's folder if not given
    #[arg(long, value_name = "DIR")]
    pub tests: Option<PathBuf>,
    /// A built component, with its manifest beside it, to be taken as it is
    #[arg(long, value_name = "FILE")]
    pub component: Option<PathBuf>,
    /// Tell what happened in every scenario, not only in failed ones
    #[arg(long)]
    pub story: bool,
}

#[derive(Args)]
pub struct DevOptions {
    #[command(flatten)]
    pub plugin: PluginFolder,
    /// The number that is called after each build
    #[arg(long, value_name = "NUMBER", default_value = "7100")]
    pub number: String,
    /// What the caller presses, a second after the answer
    #[arg(long, value_name = "DIGITS")]
    pub digits: Option<String>,
    /// The host's configuration, tables beside it; the plugin's folder `try` if not given
    #[arg(long, value_name = "DIR")]
    pub config: Option<PathBuf>,
    /// End after the first build and call, with exit status 0 only if both went well
    #[arg(long)]
    pub once: bool,
}

pub fn run(command: &WorkbenchCommand) -> Result<ExitCode> {
    match command {
        WorkbenchCommand::New(options) => new::run(options),
        WorkbenchCommand::Build(options) => build::run(options),
        WorkbenchCommand::Test(options) => test::run(options),
        WorkbenchCommand::Dev(options) => dev::run(options),
    }
}

/// A path as somebody at this place would write it.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}
