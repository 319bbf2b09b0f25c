//! The entrances for a command line: parsed options in, a phone or a load that runs until it is done.

use std::io::{self, BufRead as _};
use std::net::SocketAddr;

use rustix::rand::{GetRandomFlags, getrandom};
use serde_json::json;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::sync::mpsc;
use ucx_sip::TransportKind;

use crate::config::{DEFAULT_MAX_CALLS, DEFAULT_TONES_HZ, Identity, PhoneConfig, Policy};
use crate::driver::{Clock, Driver, bind};
use crate::phone::Phone;
use crate::script::Conductor;

pub use crate::load::driver::{LoadOptions, load};

/// Lines of a script that are read ahead.
const MAX_LINES_IN: usize = 64;

/// What a phone is started with.
#[derive(Clone, Debug)]
pub struct PhoneOptions {
    /// Who the phone is.
    pub identity: Identity,
    /// The host.
    pub server: SocketAddr,
    /// The domain in its addresses, when that is not the server's address.
    pub domain: Option<String>,
    /// Where SIP is bound, port 0 for any; RTP is bound to the same address.
    pub bind: SocketAddr,
    /// What carries SIP.
    pub transport: TransportKind,
    /// What happens with incoming calls.
    pub policy: Policy,
    /// The tone it sends, in Hz.
    pub tone_hz: Option<u16>,
    /// The frequencies it tells apart, in Hz.
    pub listen_for_hz: Vec<u16>,
    /// Calls at once.
    pub max_calls: usize,
    /// Fixes every tag, branch and number; drawn from the system when there is none.
    pub seed: Option<[u8; 32]>,
}

impl PhoneOptions {
    /// A phone on UDP at any port of `bind`'s address that rings until it is answered.
    pub fn new(identity: Identity, bind: SocketAddr, server: SocketAddr) -> Self {
        Self {
            identity,
            server,
            domain: None,
            bind,
            transport: TransportKind::Udp,
            policy: Policy::default(),
            tone_hz: None,
            listen_for_hz: DEFAULT_TONES_HZ.to_vec(),
            max_calls: DEFAULT_MAX_CALLS,
            seed: None,
        }
    }
}

/// Runs a phone steered by the lines of standard input, answering on standard output; gives how many lines went wrong.
pub async fn phone(options: PhoneOptions) -> io::Result<u32> {
    phone_with(options, standard_input()?, tokio::io::stdout()).await
}

/// Runs a phone steered by lines, until `quit` or until the lines end; gives how many of them went wrong.
///
/// The first line it writes is `{"event":"ready","user":…,"sip":…}` with the bound address.
pub async fn phone_with(
    options: PhoneOptions,
    lines: mpsc::Receiver<String>,
    mut output: impl AsyncWrite + Unpin + Send + 'static,
) -> io::Result<u32> {
    let (sip, network, arrivals) = bind(options.bind, options.transport).await?;
    let seed = options.seed.map_or_else(fresh_seed, Ok)?;
    let ready =
        json!({ "event": "ready", "user": options.identity.user, "sip": sip.to_string(), "at_ms": 0.0 });
    output.write_all(format!("{ready}\n").as_bytes()).await?;
    output.flush().await?;
    let config = PhoneConfig {
        domain: options.domain,
        transport: options.transport,
        policy: options.policy,
        tone_hz: options.tone_hz,
        listen_for_hz: options.listen_for_hz,
        max_calls: options.max_calls,
        ..PhoneConfig::new(seed, options.identity, sip, options.server)
    };
    let conductor = Conductor::new(Phone::new(config));
    Driver::new(conductor, network, Clock::new())
        .run(arrivals, lines, output)
        .await
}

/// 32 bytes from the system.
pub(crate) fn fresh_seed() -> io::Result<[u8; 32]> {
    let mut seed = [0; 32];
    let drawn = getrandom(&mut seed, GetRandomFlags::empty())?;
    if drawn == seed.len() {
        Ok(seed)
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

/// Reads standard input on a thread of its own: a read of it cannot be called off, and must not keep the process.
fn standard_input() -> io::Result<mpsc::Receiver<String>> {
    let (sender, lines) = mpsc::channel(MAX_LINES_IN);
    std::thread::Builder::new()
        .name("script".to_owned())
        .spawn(move || {
            for line in io::stdin().lock().lines() {
                let Ok(line) = line else { return };
                if sender.blocking_send(line).is_err() {
                    return;
                }
            }
        })?;
    Ok(lines)
}
