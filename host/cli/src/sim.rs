//! `ucx sim`: soft phones in a process of their own.

use crate::args::{SimCommand, SimOptions, SimPhoneOptions};
use anyhow::{Context, Result};
use std::net::{IpAddr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;
use ucx_phone::cli::PhoneOptions;
use ucx_phone::{Identity, Policy};
use ucx_sip::TransportKind;

pub fn run(options: SimOptions) -> Result<ExitCode> {
    match options.command {
        SimCommand::Phone(options) => phone(options),
    }
}

fn phone(options: SimPhoneOptions) -> Result<ExitCode> {
    let password = match &options.secret_file {
        Some(path) => {
            let text =
                std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
            Some(text.trim().to_owned())
        }
        None => options.secret,
    };
    let home = if options.server.is_ipv4() {
        IpAddr::from([127, 0, 0, 1])
    } else {
        "::1".parse().context("an address")?
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
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("starting a runtime")?;
    let wrong = tokio::task::LocalSet::new()
        .block_on(&runtime, ucx_phone::cli::phone(phone))
        .context("the phone")?;
    Ok(if wrong == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
