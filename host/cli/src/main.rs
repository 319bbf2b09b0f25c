//! The `ucx` program: the one place where all parts are put together.

mod args;
mod check;
mod command;
mod components;
mod config;
mod control;
mod demo;
mod entropy;
mod host;
mod places;
mod rx;
mod sim;
mod zone;

use args::{Command, Program};
use clap::Parser;
use std::io::IsTerminal;
use std::process::ExitCode;

fn main() -> ExitCode {
    let program = Program::parse();
    let result = match program.command {
        Command::Run(options) => {
            start_log();
            host::run(options).map(|()| ExitCode::SUCCESS)
        }
        Command::Rx(options) => rx::run(&options),
        Command::Check(options) => check::run(&options),
        Command::Secrets(options) => config::print_secrets(&options),
        Command::Sim(options) => sim::run(options),
        Command::Demo(options) => demo::run(&options),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            say_error(&format!("ucx: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Lines go to standard error; `UCX_LOG` says which (`info` if it is not set).
fn start_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("UCX_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colours)
        .init();
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
