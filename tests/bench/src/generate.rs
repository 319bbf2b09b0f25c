//! Calls at a steady rate from a process of its own, so that its cost is not the host's.

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::Value;
use std::net::{IpAddr, SocketAddr};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use ucx_phone::Identity;
use ucx_phone::cli::LoadOptions;
use ucx_phone::load::Sound;

/// What the generator's process is told.
#[derive(Args)]
pub struct Options {
    #[arg(long)]
    server: SocketAddr,
    #[arg(long)]
    number: String,
    /// Answers calls as this user; nobody if the host itself answers
    #[arg(long)]
    callee: Option<String>,
    #[arg(long)]
    rate: f64,
    #[arg(long)]
    duration_ms: u64,
    #[arg(long)]
    hold_ms: u64,
    #[arg(long)]
    rtp: bool,
    #[arg(long)]
    seed: u64,
}

/// The generator's process: makes the calls and prints the report.
pub fn run(options: &Options) -> Result<()> {
    // A phone has a processor of its own, and does not wait for what the host computes.
    ucx_net::take_short_turns();
    let mut load = LoadOptions::new(options.server, IpAddr::from([127, 0, 0, 1]));
    load.callers = vec![Identity::new("caller")];
    load.callees = options.callee.iter().map(|user| Identity::new(user)).collect();
    load.numbers = vec![options.number.clone()];
    load.rate = options.rate;
    load.duration = Duration::from_millis(options.duration_ms);
    load.hold = Duration::from_millis(options.hold_ms);
    load.sound = if options.rtp { Sound::Rtp } else { Sound::Silent };
    load.seed = Some(seed(options.seed));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("starting a runtime")?;
    let report = runtime
        .block_on(ucx_phone::cli::load(load))
        .context("making calls")?;
    println!("{}", report.to_json());
    Ok(())
}

/// The generators' seed from the run's.
pub fn seed(number: u64) -> [u8; 32] {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    seed
}

/// Calls to make.
#[derive(Clone, Debug)]
pub struct Load {
    pub server: SocketAddr,
    pub number: &'static str,
    /// Whether somebody has to answer; else the host does.
    pub is_bridged: bool,
    pub rate: f64,
    pub duration: Duration,
    pub hold: Duration,
    pub has_sound: bool,
    pub seed: u64,
}

impl Load {
    /// Silent calls that end as soon as they are answered.
    pub fn new(server: SocketAddr, number: &'static str, rate: f64, duration: Duration) -> Self {
        Self {
            server,
            number,
            is_bridged: false,
            rate,
            duration,
            hold: Duration::ZERO,
            has_sound: false,
            seed: 1,
        }
    }

    pub fn bridged(self) -> Self {
        Self {
            is_bridged: true,
            ..self
        }
    }

    pub fn hold(self, hold: Duration) -> Self {
        Self { hold, ..self }
    }

    /// Starts the generator.
    pub fn start(&self) -> Result<Running> {
        let own = std::env::current_exe().context("finding this program")?;
        let mut command = Command::new(own);
        let ms = |time: Duration| time.as_millis().to_string();
        command.args(["generate", "--number", self.number]);
        command.args([
            "--server",
            &self.server.to_string(),
            "--rate",
            &self.rate.to_string(),
        ]);
        command.args(["--duration-ms", &ms(self.duration), "--hold-ms", &ms(self.hold)]);
        command.args(["--seed", &self.seed.to_string()]);
        if self.is_bridged {
            command.args(["--callee", "callee"]);
        }
        if self.has_sound {
            command.arg("--rtp");
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Ok(Running(command.spawn().context("starting the generator")?))
    }

    /// Makes the calls and waits for their report.
    pub fn run(&self) -> Result<Calls> {
        self.start()?.end()
    }
}

/// A generator at work.
pub struct Running(Child);

impl Running {
    /// Waits until all calls are over.
    pub fn end(self) -> Result<Calls> {
        let output = self.0.wait_with_output().context("waiting for the generator")?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            bail!(
                "the generator failed: {text}{}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(Calls(
            serde_json::from_str(text.trim()).context("reading the generator's report")?,
        ))
    }
}

/// How a load went.
#[derive(Clone, Debug)]
pub struct Calls(pub Value);

impl Calls {
    /// A figure of the report; 0 if it has none there.
    pub fn number(&self, pointer: &str) -> f64 {
        self.0.pointer(pointer).and_then(Value::as_f64).unwrap_or(0.0)
    }

    pub fn begun(&self) -> f64 {
        self.number("/begun")
    }

    pub fn completed(&self) -> f64 {
        self.number("/completed")
    }

    pub fn answered(&self) -> f64 {
        self.number("/answered")
    }

    /// Calls that did not go as they should: failed, dropped or without an end.
    pub fn lost(&self) -> f64 {
        self.number("/failed") + self.number("/dropped") + self.number("/open")
    }

    /// How late calls were begun, 99 of 100, in ms.
    pub fn lateness_ms(&self) -> f64 {
        self.number("/lateness_ms/p99")
    }

    /// From INVITE to 200: half of them, and 99 of 100, in ms.
    pub fn setup_ms(&self) -> (f64, f64) {
        (self.number("/setup_ms/p50"), self.number("/setup_ms/p99"))
    }

    pub fn generator_us(&self) -> f64 {
        self.number("/cpu_us_per_call")
    }

    pub fn rtp(&self, what: &str) -> f64 {
        self.number(&format!("/rtp/{what}"))
    }

    /// An error unless all calls went as they should.
    pub fn expect_whole(&self) -> Result<()> {
        if self.lost() > 0.0 || self.begun() == 0.0 {
            bail!("calls were lost: {}", self.0);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_calls_are_an_error() {
        let calls = |text: &str| Calls(serde_json::from_str(text).unwrap());
        let whole = calls(
            r#"{"begun":2,"completed":2,"failed":0,"dropped":0,"open":0,"setup_ms":{"p50":0.4,"p99":1}}"#,
        );
        assert!(whole.expect_whole().is_ok());
        assert_eq!(whole.setup_ms(), (0.4, 1.0));
        assert!(
            calls(r#"{"begun":2,"completed":1,"failed":0,"dropped":1}"#)
                .expect_whole()
                .is_err()
        );
        assert!(calls(r#"{"begun":0}"#).expect_whole().is_err());
    }
}
