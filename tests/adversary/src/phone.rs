//! A soft phone on sockets of its own, in a thread of its own, steered by lines.

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::sync::mpsc;
use ucx_phone::cli::{PhoneOptions, phone_with};
use ucx_phone::{Identity, Policy};
use ucx_sip::TransportKind;

/// How long an answer to a line may take; expectations have their own limits below it.
const PATIENCE: Duration = Duration::from_secs(10);
/// Lines that may wait for the phone.
const LINES: usize = 16;
/// Bytes of its words that may wait to be read.
const WORDS: usize = 1 << 20;

/// Who a phone is and how it behaves.
pub struct PhoneSpec {
    pub user: &'static str,
    pub password: &'static str,
    pub server: SocketAddr,
    pub tone_hz: u16,
    pub transport: TransportKind,
    pub seed: [u8; 32],
}

/// A running phone; dropping it ends it.
pub struct Phone {
    user: &'static str,
    lines: Option<mpsc::Sender<String>>,
    words: Receiver<Value>,
    thread: Option<JoinHandle<()>>,
}

/// What became of a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    Answered {
        call: u64,
        after_ms: f64,
    },
    Failed {
        status: u64,
        cause: Option<u64>,
        after_ms: f64,
    },
}

impl Phone {
    /// Starts it and registers it.
    pub fn start(spec: &PhoneSpec) -> Result<Self> {
        let identity = Identity {
            password: Some(spec.password.to_owned()),
            ..Identity::new(spec.user)
        };
        let bind = SocketAddr::new(spec.server.ip(), 0);
        let mut options = PhoneOptions::new(identity, bind, spec.server);
        options.tone_hz = Some(spec.tone_hz);
        options.transport = spec.transport;
        options.policy = Policy::Answer {
            after: Duration::ZERO,
        };
        options.seed = Some(spec.seed);
        let (lines, script) = mpsc::channel(LINES);
        let (sender, words) = channel();
        let thread = std::thread::Builder::new()
            .name(format!("phone {}", spec.user))
            .spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                let runtime = runtime.expect("the system gives a runtime");
                tokio::task::LocalSet::new().block_on(&runtime, async move {
                    let (mouth, ear) = tokio::io::duplex(WORDS);
                    let listening = tokio::spawn(async move {
                        let mut said = BufReader::new(ear).lines();
                        while let Ok(Some(line)) = said.next_line().await {
                            if let Ok(value) = serde_json::from_str(&line)
                                && sender.send(value).is_err()
                            {
                                return;
                            }
                        }
                    });
                    // A phone that cannot run says nothing, which its owner notices.
                    let _ = phone_with(options, script, mouth).await;
                    let _ = listening.await;
                });
            })
            .context("starting a thread")?;
        let mut phone = Self {
            user: spec.user,
            lines: Some(lines),
            words,
            thread: Some(thread),
        };
        phone.register()?;
        Ok(phone)
    }

    fn register(&mut self) -> Result<()> {
        self.say("register")?;
        self.say("expect-registered within 5s").map(drop)
    }

    /// Takes the registration back and registers again.
    pub fn register_anew(&mut self) -> Result<()> {
        self.say("unregister")?;
        self.say("expect-unregistered within 5s")?;
        self.register()
    }

    /// Says one line and waits for its answer.
    pub fn say(&mut self, line: &str) -> Result<Value> {
        let lines = self.lines.as_ref().context("the phone has hung its handset up")?;
        lines
            .blocking_send(line.to_owned())
            .with_context(|| format!("phone {} is gone", self.user))?;
        self.wait_for(line, &mut |word| match word["event"].as_str() {
            Some("ok") => Some(Ok(word.clone())),
            Some("error") => Some(Err(anyhow!(
                "{}",
                word["reason"].as_str().unwrap_or("no reason given")
            ))),
            _ => None,
        })?
        .with_context(|| format!("phone {}: `{line}`", self.user))
    }

    #[expect(
        clippy::needless_pass_by_ref_mut,
        reason = "whoever waits takes the words away from all others"
    )]
    fn wait_for<T>(&mut self, what: &str, is_it: &mut dyn FnMut(&Value) -> Option<T>) -> Result<T> {
        let until = Instant::now() + PATIENCE;
        loop {
            match self
                .words
                .recv_timeout(until.saturating_duration_since(Instant::now()))
            {
                Ok(word) => {
                    if let Some(found) = is_it(&word) {
                        return Ok(found);
                    }
                }
                Err(RecvTimeoutError::Timeout) => bail!("phone {}: no end of `{what}`", self.user),
                Err(RecvTimeoutError::Disconnected) => bail!("phone {} is gone", self.user),
            }
        }
    }

    /// Calls a number and waits for what becomes of it.
    pub fn call(&mut self, number: &str) -> Result<Outcome> {
        let call = self.say(&format!("call {number}"))?["call"].as_u64();
        let call = call.context("the call has no number")?;
        self.wait_for(number, &mut |word| {
            if word["call"].as_u64() != Some(call) {
                return None;
            }
            match word["event"].as_str() {
                Some("answered") => Some(Outcome::Answered {
                    call,
                    after_ms: word["setup_ms"].as_f64().unwrap_or(f64::MAX),
                }),
                Some("failed") => Some(Outcome::Failed {
                    status: word["status"].as_u64().unwrap_or(0),
                    cause: word["cause"].as_u64(),
                    after_ms: word["report"]["duration_ms"].as_f64().unwrap_or(f64::MAX),
                }),
                _ => None,
            }
        })
    }

    /// Calls a number, hears that tone from whoever answers, and hangs up; answers the time from INVITE to 200.
    pub fn call_and_hear(&mut self, number: &str, hz: u16) -> Result<f64> {
        let (call, after_ms) = match self.call(number)? {
            Outcome::Answered { call, after_ms } => (call, after_ms),
            Outcome::Failed { status, cause, .. } => bail!("the call failed: {status}, cause {cause:?}"),
        };
        let heard = self.say(&format!("expect-tone {hz} within 3s #{call}"));
        self.hangup(call)?;
        heard.map(|_| after_ms)
    }

    pub fn hangup(&mut self, call: u64) -> Result<()> {
        self.say(&format!("hangup #{call}")).map(drop)
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        // The phone quits when its lines end.
        self.lines = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
