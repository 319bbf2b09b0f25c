//! Asking a running host: one command, or a console of them on standard input.

use crate::rx;
use anyhow::{Context, Result};
use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

/// Carries out one command, or all that are typed until the input ends. The status says whether the host answered.
pub fn run(socket: &Path, command: Option<&str>) -> Result<ExitCode> {
    match command {
        Some(command) => Ok(ask(socket, command)),
        None => console(socket),
    }
}

fn ask(socket: &Path, command: &str) -> ExitCode {
    match rx::ask(socket, command) {
        Ok(text) => {
            print(&text);
            ExitCode::SUCCESS
        }
        Err(_) => {
            crate::say_error(&format!(
                "Unable to connect to remote asterisk (does {} exist?)",
                socket.display()
            ));
            ExitCode::FAILURE
        }
    }
}

fn console(socket: &Path) -> Result<ExitCode> {
    let is_typed = std::io::stdin().is_terminal();
    let mut lines = std::io::stdin().lock().lines();
    loop {
        if is_typed {
            print("*CLI> ");
        }
        let Some(line) = lines.next() else {
            return Ok(ExitCode::SUCCESS);
        };
        let line = line.context("reading a command")?;
        match line.trim() {
            "" => {}
            "quit" | "exit" => return Ok(ExitCode::SUCCESS),
            command => {
                if ask(socket, command) == ExitCode::FAILURE {
                    return Ok(ExitCode::FAILURE);
                }
            }
        }
    }
}

/// Writes as it came; a reader that is gone needs nothing more.
fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
