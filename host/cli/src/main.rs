//! The `ucx` program: the one place where all parts are put together.

mod args;
mod astdb;
mod asterisk;
mod chains;
mod check;
mod command;
mod components;
mod config;
mod control;
mod demo;
mod entropy;
mod host;
mod limits;
mod log;
mod modules;
mod office;
mod own;
mod places;
mod plugin;
mod provided;
mod rehearsal;
mod reload;
mod replay;
mod rights;
mod rx;
mod samples;
mod sim;
mod spec;
mod spool;
mod trust;
mod ucx_toml;
mod why;
mod workbench;
mod zone;

use args::{Command, Program, RunOptions};
use clap::Parser;
use host::End;
use places::Places;
use spec::HostSpec;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut words = std::env::args_os()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned());
    if words.next().as_deref() == Some(ucx_plugins::COMPILE_WORD) {
        return compile(&words.collect::<Vec<_>>());
    }
    if asterisk::is_called_so() {
        let args: Vec<String> = std::env::args_os()
            .skip(1)
            .map(|arg| arg.to_string_lossy().into_owned())
            .collect();
        return ended(asterisk::run(&args));
    }
    let program = Program::parse();
    ended(match program.command {
        Command::Run(options) => run(&options),
        Command::Asterisk(options) => asterisk::run(&options.args),
        Command::Rx(options) => rx::run(&options),
        Command::Check(options) => check::run(&options),
        Command::Why(options) => why::run(&options),
        Command::Replay(options) => replay::run(&options),
        Command::Plugin(options) => plugin::run(&options),
        Command::Secrets(options) => config::print_secrets(&options),
        Command::Sim(options) => sim::run(options),
        Command::Demo(options) => demo::run(&options),
    })
}

/// `ucx run`.
fn run(options: &RunOptions) -> anyhow::Result<ExitCode> {
    let log = log::to_terminal();
    let places = Places::open(&options.state)?;
    let spec = HostSpec::of_run(options, &places)?;
    match host::run(spec, log)? {
        End::Stop => Ok(ExitCode::SUCCESS),
        End::Restart => asterisk::restart(),
    }
}

/// The compiler's process, which the host starts for each component.
fn compile(words: &[String]) -> ExitCode {
    match ucx_plugins::compile_as_child(words, std::io::stdin(), std::io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(line) => {
            say_error(&line);
            ExitCode::FAILURE
        }
    }
}

fn ended(result: anyhow::Result<ExitCode>) -> ExitCode {
    match result {
        Ok(code) => code,
        Err(error) => {
            say_error(&format!("ucx: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// A line for whoever typed the command.
#[allow(clippy::print_stdout)]
fn say(line: &str) {
    println!("{line}");
}

#[allow(clippy::print_stderr)]
fn say_error(line: &str) {
    eprintln!("{line}");
}
