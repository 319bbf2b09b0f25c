//! `ucx sim`: soft phones in a process of their own.

use crate::args::{SimCallOptions, SimCommand, SimOptions, SimPhoneOptions};
use anyhow::{Context, Result};
use serde_json::Value;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::sync::mpsc;
use ucx_phone::cli::PhoneOptions;
use ucx_phone::{Identity, Policy};
use ucx_sip::TransportKind;

/// Lines of a script that may wait for the phone.
const LINES_MAX: usize = 64;
/// Bytes of answers that may wait to be read.
const ANSWERS_MAX: usize = 1 << 16;
/// The tone a call is made with when no other is asked for, in Hz; no call-progress tone has it.
const OWN_TONE: u16 = 1000;

pub fn run(options: SimOptions) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("starting a runtime")?;
    let local = tokio::task::LocalSet::new();
    let is_well = match options.command {
        SimCommand::Phone(options) => {
            let phone = phone(options)?;
            local
                .block_on(&runtime, ucx_phone::cli::phone(phone))
                .context("the phone")?
                == 0
        }
        SimCommand::Call(options) => local.block_on(&runtime, call(options))?,
    };
    Ok(if is_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Makes one call and shows how it went; whether it was answered.
async fn call(options: SimCallOptions) -> Result<bool> {
    let mut phone = phone(options.phone)?;
    phone.tone_hz.get_or_insert(OWN_TONE);
    let (lines, script) = mpsc::channel(LINES_MAX);
    let (output, answers) = tokio::io::duplex(ANSWERS_MAX);
    let mut in_call: Vec<String> = options
        .record
        .map(|file| format!("record {}", file.display()))
        .into_iter()
        .collect();
    in_call.extend(options.digits.map(|digits| format!("digits {digits}")));
    in_call.extend([
        format!("wait {}s", options.stay),
        "stats".to_owned(),
        "ladder".to_owned(),
    ]);
    in_call.extend(["hangup".to_owned(), "quit".to_owned()]);
    lines
        .send("register".to_owned())
        .await
        .context("the phone takes no lines")?;
    let follow = async {
        let mut answers = BufReader::new(answers).lines();
        let (mut is_answered, mut is_over) = (false, false);
        while let Some(line) = answers.next_line().await.context("reading the phone")? {
            let event: Value = serde_json::from_str(&line).context("reading the phone")?;
            show(&event);
            let next = match event["event"].as_str().unwrap_or_default() {
                "registered" => vec![format!("call {}", options.number)],
                "answered" => {
                    is_answered = true;
                    std::mem::take(&mut in_call)
                }
                "ended" => {
                    is_over = true;
                    Vec::new()
                }
                "failed" | "register-failed" => vec!["ladder".to_owned(), "quit".to_owned()],
                "error" => vec!["quit".to_owned()],
                _ => Vec::new(),
            };
            for line in next {
                // A phone that has quit takes no more lines, and has nothing more to be told.
                let _ = lines.send(line).await;
            }
        }
        Ok::<_, anyhow::Error>((is_answered, is_over))
    };
    let (wrong, followed) = tokio::join!(ucx_phone::cli::phone_with(phone, script, output), follow);
    let (is_answered, is_over) = followed?;
    // What was still to be done in a call that is over cannot be done, and need not.
    Ok(is_answered && (wrong.context("the phone")? == 0 || is_over))
}

/// One event of the phone, for somebody who reads along.
fn show(event: &Value) {
    let at = event["at_ms"].as_f64().unwrap_or_default();
    let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
    match event["event"].as_str().unwrap_or_default() {
        "ok" if event["text"].is_string() => crate::say(&text("text")),
        "ok" | "ready" | "over" => {}
        "error" => crate::say(&format!("{at:>10.1} ms  {}: {}", text("command"), text("reason"))),
        "ended" | "failed" => crate::say(&format!("{at:>10.1} ms  {} ({})", text("event"), ending(event))),
        "tone-heard" => crate::say(&format!("{at:>10.1} ms  hears {} Hz", event["hz"])),
        "digit-heard" => crate::say(&format!("{at:>10.1} ms  hears the digit {}", text("digit"))),
        other => crate::say(&format!("{at:>10.1} ms  {other}")),
    }
}

fn ending(event: &Value) -> String {
    match (event["by"].as_str(), event["status"].as_u64()) {
        (Some(by), _) => format!("by {by}, cause {}", event["cause"]),
        (None, Some(status)) => format!("status {status}"),
        (None, None) => "no reason given".to_owned(),
    }
}

/// The phone that the options describe.
fn phone(options: SimPhoneOptions) -> Result<PhoneOptions> {
    let password = match &options.secret_file {
        Some(path) => {
            let text =
                std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
            Some(text.trim().to_owned())
        }
        None => options.secret,
    };
    let home: IpAddr = if options.server.is_ipv4() {
        Ipv4Addr::LOCALHOST.into()
    } else {
        Ipv6Addr::LOCALHOST.into()
    };
    let bind = options.bind.unwrap_or(SocketAddr::new(home, 0));
    let identity = Identity {
        password,
        ..Identity::new(&options.user)
    };
    let mut phone = PhoneOptions::new(identity, bind, options.server);
    phone.tone_hz = options.tone;
    if options.tcp {
        phone.transport = TransportKind::Tcp;
    }
    if let Some(ms) = options.answer_after {
        phone.policy = Policy::Answer {
            after: Duration::from_millis(ms),
        };
    }
    Ok(phone)
}
