//! Whatever the libraries offer, once: cases for the tests, each told in a line `ok CASE` or `failed CASE: WHY`.

mod application;
mod gateway;
mod manager;

use anyhow::{Context, Result, bail};
use std::future::Future;
use std::time::Duration;

/// How long a case may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// The context of what is called.
const CONTEXT: &str = "lib";

/// Where the host is, and as whom; from the environment, as for all trials.
pub struct Site {
    manager_port: u16,
    application_port: u16,
    user: String,
    secret: String,
}

impl Site {
    fn find() -> Result<Self> {
        let word = |name: &str| std::env::var(name).with_context(|| format!("{name} is not set"));
        let port = |name: &str| word(name)?.parse().with_context(|| format!("{name} is no port"));
        Ok(Self {
            manager_port: port("UCX_MANAGER_PORT")?,
            application_port: port("UCX_HTTP_PORT")?,
            user: word("UCX_USER")?,
            secret: word("UCX_SECRET")?,
        })
    }
}

/// Runs all cases.
pub async fn run() -> Result<()> {
    let site = Site::find()?;
    let mut all_held = manager::run(&site).await;
    all_held &= gateway::run(&site).await;
    all_held &= application::run(&site).await;
    say("end of the trial");
    if !all_held {
        bail!("some cases failed");
    }
    Ok(())
}

/// Runs one case; whether it held.
async fn case(name: &str, work: impl Future<Output = Result<()>>) -> bool {
    let ended = match tokio::time::timeout(PATIENCE, work).await {
        Ok(ended) => ended,
        Err(_) => Err(anyhow::anyhow!("it takes too long")),
    };
    match ended {
        Ok(()) => say(&format!("ok {name}")),
        Err(ref error) => say(&format!(
            "failed {name}: {}",
            format!("{error:#}").replace('\n', " ")
        )),
    }
    ended.is_ok()
}

#[allow(clippy::print_stdout)] // lines are what the trial is for
fn say(line: &str) {
    println!("{line}");
}

/// An error unless something holds.
fn wanted(holds: bool, what: impl std::fmt::Debug) -> Result<()> {
    if !holds {
        bail!("{what:?}");
    }
    Ok(())
}
