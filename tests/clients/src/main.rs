//! Programs of the field's own kind, on client libraries we did not write: a call monitor on the Manager, an IVR on the
//! Gateway, and an application on the Application interface. Each prints what it saw as one JSON object a line.

mod application;
mod gateway;
mod manager;
mod trial;

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

/// Clients of the three interfaces.
#[derive(Parser)]
struct Program {
    #[command(subcommand)]
    client: Client,
}

#[derive(Subcommand)]
enum Client {
    /// Follows calls and tells of each that is over.
    Manager(Login),
    /// Serves an IVR: plays a sound, takes a digit, and dials what that digit stands for.
    Gateway {
        /// Where to listen.
        #[arg(long)]
        bind: SocketAddr,
        /// What digit 2 dials.
        #[arg(long)]
        dial: String,
    },
    /// Runs an application: answers, plays a sound, calls somebody and joins both in a bridge.
    Application {
        #[command(flatten)]
        login: Login,
        /// The application's name.
        #[arg(long)]
        app: String,
        /// Whom it calls.
        #[arg(long)]
        dial: String,
    },
    /// Tries what the libraries offer, for the tests; where the host is stands in the environment.
    Trial,
}

/// Where to, and as whom.
#[derive(Args)]
struct Login {
    /// The host's address for this interface.
    #[arg(long)]
    server: SocketAddr,
    /// The account.
    #[arg(long)]
    user: String,
    /// A file with its secret.
    #[arg(long)]
    secret_file: PathBuf,
}

impl Login {
    fn secret(&self) -> Result<String> {
        let text = std::fs::read_to_string(&self.secret_file)
            .with_context(|| format!("reading {}", self.secret_file.display()))?;
        Ok(text.trim().to_owned())
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn main() -> ExitCode {
    let program = Program::parse();
    // A trial ends by itself.
    let has_end = matches!(program.client, Client::Trial);
    let work = async {
        match program.client {
            Client::Manager(login) => manager::follow(&login).await,
            Client::Gateway { bind, dial } => gateway::serve(bind, dial).await,
            Client::Application { login, app, dial } => application::run(&login, &app, &dial).await,
            Client::Trial => trial::run().await,
        }
    };
    let ended = tokio::select! {
        ended = work => ended,
        () = starter_is_gone(), if !has_end => Ok(()),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(&serde_json::json!({ "event": "error", "reason": format!("{error:#}") }));
            ExitCode::FAILURE
        }
    }
}

/// Whoever started the client holds its input open.
async fn starter_is_gone() {
    let read = tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
    let _ = read.await;
}

/// Says what was seen.
#[allow(clippy::print_stdout)] // lines are what the program is for
fn tell(what: &Value) {
    println!("{what}");
}
