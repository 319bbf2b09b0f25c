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
mod log;
mod places;
mod rx;
mod sim;
mod zone;

use args::{Command, Program};
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let program = Program::parse();
    let result = match program.command {
        Command::Run(options) => {
            log::start();
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

/// A line for whoever typed the command.
#[allow(clippy::print_stdout)]
fn say(line: &str) {
    println!("{line}");
}

#[allow(clippy::print_stderr)]
fn say_error(line: &str) {
    eprintln!("{line}");
}
