//! The rows of the budget, in groups that share a host.

mod absent;
mod application;
mod boot;
mod calls;
mod dialplan;
mod gateway;
mod languages;
mod manager;
mod memory;
mod overload;
mod parked;
mod rate;
mod relay;
mod router;
mod swap;

pub use swap::fallbacks;

use crate::generate::{Calls, Load};
use crate::host::{Home, Host};
use crate::report::Row;
use anyhow::{Context, Result};
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What may be granted to the components of the bench.
const GRANTS: &str = "[plugins.prefix-router]\ntables = [\"routes\"]\n";

/// What all measurements share.
pub struct World {
    program: PathBuf,
    folder: PathBuf,
    seed: u64,
    runs: Cell<u64>,
    is_quick: bool,
}

/// Rows that are measured together.
pub struct Group {
    pub name: &'static str,
    pub measure: fn(&World) -> Result<Vec<Row>>,
}

/// All groups, in the order in which they run.
pub const GROUPS: &[Group] = &[
    Group {
        name: "calls",
        measure: calls::measure,
    },
    Group {
        name: "relay",
        measure: relay::measure,
    },
    Group {
        name: "dialplan",
        measure: dialplan::measure,
    },
    Group {
        name: "router",
        measure: router::measure,
    },
    Group {
        name: "languages",
        measure: languages::measure,
    },
    Group {
        name: "overload",
        measure: overload::measure,
    },
    Group {
        name: "swap",
        measure: swap::measure,
    },
    Group {
        name: "memory",
        measure: memory::measure,
    },
    Group {
        name: "parked",
        measure: parked::measure,
    },
    Group {
        name: "boot",
        measure: boot::measure,
    },
    Group {
        name: "manager",
        measure: manager::measure,
    },
    Group {
        name: "gateway",
        measure: gateway::measure,
    },
    Group {
        name: "application",
        measure: application::measure,
    },
    Group {
        name: "rate",
        measure: rate::measure,
    },
    Group {
        name: "absent",
        measure: absent::measure,
    },
];

impl World {
    pub fn new(program: PathBuf, seed: u64, is_quick: bool) -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("ucx-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        Ok(Self {
            program,
            folder,
            seed,
            runs: Cell::new(0),
            is_quick,
        })
    }

    /// A seed for the next generator. Two with one seed would make the same calls, and the host refuses the second's.
    pub fn next_seed(&self) -> u64 {
        self.runs.set(self.runs.get() + 1);
        self.seed.wrapping_mul(1_000_000).wrapping_add(self.runs.get())
    }

    /// Makes calls under a seed of their own.
    fn run(&self, load: &Load) -> Result<Calls> {
        Load {
            seed: self.next_seed(),
            ..load.clone()
        }
        .run()
    }

    /// The time a measurement takes: the full one, or the quick one.
    fn time(&self, full_ms: u64, quick_ms: u64) -> Duration {
        Duration::from_millis(if self.is_quick { quick_ms } else { full_ms })
    }

    /// How often a measurement is repeated.
    fn rounds(&self, full: usize, quick: usize) -> usize {
        if self.is_quick { quick } else { full }
    }

    /// A host without components.
    fn bare_host(&self, name: &str) -> Result<Host> {
        Host::start(&self.program, &Home::new(&self.folder, name, "")?)
    }

    /// A host with the router that the dialplan asks; its home too, for swaps.
    pub fn routing_host(&self, name: &str) -> Result<(Host, Home)> {
        let home = Home::new(&self.folder, name, GRANTS)?;
        home.install(
            "prefix-router",
            &self.manifest("prefix-router")?,
            &self.component("prefix-router")?,
        )?;
        let host = Host::start(&self.program, &home)?;
        host.wait_for_plugins(1)?;
        Ok((host, home))
    }

    pub fn component(&self, name: &str) -> Result<Vec<u8>> {
        read(&components().join(format!("{name}.wasm")))
    }

    pub fn manifest(&self, name: &str) -> Result<String> {
        Ok(String::from_utf8(read(
            &components().join(format!("{name}.toml")),
        )?)?)
    }

    /// Makes calls that all have to succeed; the host's CPU for each in µs beside the generator's report.
    fn cpu_a_call(&self, host: &Host, load: &Load) -> Result<(f64, Calls)> {
        let before = host.cpu()?;
        let calls = self.run(load)?;
        calls.expect_whole()?;
        host.quiet()?;
        let used = host.cpu()?.saturating_sub(before);
        Ok((used.as_secs_f64() * 1e6 / calls.begun(), calls))
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // What is left over lies in the system's folder for such things.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Where `cargo xtask plugins` leaves the components.
fn components() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let built = target.join("plugins/components");
    // Other target folders share the components of the usual one.
    if built.is_dir() {
        built
    } else {
        PathBuf::from("target/plugins/components")
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path)
        .with_context(|| format!("reading {} (`cargo xtask plugins` builds it)", path.display()))
}

/// The lowest and highest of some values, in words.
fn between(values: &[f64], unit: &str) -> String {
    let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = values.iter().copied().fold(0.0, f64::max);
    format!(
        "{} rounds between {lowest:.0} and {highest:.0} {unit}",
        values.len()
    )
}
