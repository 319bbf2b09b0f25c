//! WASI's preview 2 as guests see it: a clock, chance, words for the log, and connections where they were granted.
//! No files, no environment.
//!
//! Python and JavaScript components import all of it, whatever they use; so all of it is linked, with nothing behind it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamError, StreamResult};
use wasmtime_wasi::{HostMonotonicClock, HostWallClock, WasiCtx};

use super::{logging, network};
use crate::bindings::wasi::logging::logging::Level;
use crate::resources::WallClock;
use crate::sockets::Sockets;
use crate::state::PluginDesk;

/// Random bytes of one call; a guest that wants more traps.
const RANDOM_MAX: u64 = 64 << 10;
/// The clocks' resolution: the host counts milliseconds.
const RESOLUTION: Duration = Duration::from_millis(1);
/// What a guest may write to its standard error at a time, in bytes.
const WRITE_MAX: usize = 4096;
/// Lines an instance may write to its standard output and error in its life: a traceback, and some.
const LINES_MAX: u32 = 256;

/// What stands behind one instance's WASI.
///
/// To the guest of a decision `clock` stands still, so that the same question meets the same clock when it is asked again;
/// to that of a call flow it shows what is written down, or was.
pub(crate) fn context(
    plugin: &Arc<str>,
    clock: WallClock,
    seed: [u8; 32],
    desk: &Arc<PluginDesk>,
    sockets: &Arc<Sockets>,
) -> WasiCtx {
    let clock = Clock(clock);
    let mut hashing = [0; 16];
    hashing.copy_from_slice(&seed[16..]);
    let mut seed = ChaCha20Rng::from_seed(seed);
    let words = Words {
        plugin: Arc::clone(plugin),
        desk: Arc::clone(desk),
        line: Arc::default(),
    };
    let mut builder = WasiCtx::builder();
    builder
        .secure_random(ChaCha20Rng::from_rng(&mut seed))
        .insecure_random(ChaCha20Rng::from_rng(&mut seed))
        .insecure_random_seed(u128::from_le_bytes(hashing))
        .max_random_size(RANDOM_MAX)
        .wall_clock(clock.clone())
        .monotonic_clock(clock)
        .stdout(words.clone())
        .stderr(words)
        .allow_tcp(false)
        .allow_udp(false)
        .allow_ip_name_lookup(false);
    network::open(&mut builder, sockets);
    builder.build()
}

/// The host's clock, for both of WASI's.
#[derive(Clone)]
struct Clock(WallClock);

impl HostWallClock for Clock {
    fn resolution(&self) -> Duration {
        RESOLUTION
    }

    fn now(&self) -> Duration {
        (self.0)()
    }
}

impl HostMonotonicClock for Clock {
    fn resolution(&self) -> u64 {
        u64::try_from(RESOLUTION.as_nanos()).unwrap_or(u64::MAX)
    }

    fn now(&self) -> u64 {
        u64::try_from((self.0)().as_nanos()).unwrap_or(u64::MAX)
    }
}

/// Standard output and error: each line becomes one of the plugin's log.
#[derive(Clone)]
struct Words {
    plugin: Arc<str>,
    desk: Arc<PluginDesk>,
    /// The line that is not ended yet, and the lines written; both streams of an instance share them.
    line: Arc<Mutex<(Vec<u8>, u32)>>,
}

impl Words {
    fn say(&self, bytes: &[u8]) {
        let mut held = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        let (line, count) = &mut *held;
        for &byte in bytes {
            if byte != b'\n' && line.len() < WRITE_MAX {
                line.push(byte);
                continue;
            }
            if *count == LINES_MAX {
                self.desk.log.drop_one();
            } else {
                *count += 1;
                let text = String::from_utf8_lossy(line).into_owned();
                logging::put(&self.plugin, &self.desk, Level::Warn, "stderr".to_owned(), text);
            }
            line.clear();
        }
    }
}

impl IsTerminal for Words {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Words {
    fn async_stream(&self) -> Box<dyn tokio::io::AsyncWrite + Send + Sync> {
        // Only preview 3 asks for this one, which is not linked.
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Words {
    async fn ready(&mut self) {}
}

impl OutputStream for Words {
    fn write(&mut self, bytes: bytes::Bytes) -> StreamResult<()> {
        if bytes.len() > WRITE_MAX {
            return Err(StreamError::trap("more was written than was allowed"));
        }
        self.say(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(WRITE_MAX)
    }
}
