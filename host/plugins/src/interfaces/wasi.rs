//! `wasi:clocks/wall-clock` and `wasi:random/random`: the host's clock and its seeded chance.

use crate::bindings::wasi::clocks::wall_clock::{self, Datetime};
use crate::bindings::wasi::random::random;
use crate::state::GuestState;

/// Random bytes of one call; a guest that wants more traps.
const RANDOM_MAX: u64 = 64 << 10;
/// The clock's resolution: the host counts milliseconds.
const RESOLUTION: Datetime = Datetime {
    seconds: 0,
    nanoseconds: 1_000_000,
};

impl wall_clock::Host for GuestState {
    fn now(&mut self) -> wasmtime::Result<Datetime> {
        let now = (self.host.clock)();
        Ok(Datetime {
            seconds: now.as_secs(),
            nanoseconds: now.subsec_nanos(),
        })
    }

    fn resolution(&mut self) -> wasmtime::Result<Datetime> {
        Ok(RESOLUTION)
    }
}

impl random::Host for GuestState {
    fn get_random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        match usize::try_from(len) {
            Ok(count) if len <= RANDOM_MAX => Ok(self.host.random_bytes(count)),
            Ok(_) | Err(_) => Err(wasmtime::Error::msg(format!(
                "at most {RANDOM_MAX} random bytes at a time"
            ))),
        }
    }

    fn get_random_u64(&mut self) -> wasmtime::Result<u64> {
        Ok(self.host.random_u64())
    }
}
