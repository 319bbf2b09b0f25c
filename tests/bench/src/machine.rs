//! On what was it measured? Facts of the machine and the source, for whoever reads the figures later.

use serde::Serialize;
use std::process::Command;

/// What the figures depend on beside the code.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    pub date: String,
    pub commit: String,
    pub system: String,
    pub processor: String,
    pub cores: usize,
    pub memory_mib: u64,
    /// Processes that wanted to run in the last minute before the bench, on average.
    pub load_before: String,
}

impl Machine {
    pub fn look() -> Self {
        let read = |path| std::fs::read_to_string(path).unwrap_or_default();
        let (cpuinfo, meminfo) = (read("/proc/cpuinfo"), read("/proc/meminfo"));
        let memory_kib: u64 = field(&meminfo, "MemTotal")
            .and_then(|text| text.split(' ').next()?.parse().ok())
            .unwrap_or(0);
        Self {
            date: said(Command::new("date").args(["-u", "+%Y-%m-%d %H:%M UTC"])),
            commit: said(Command::new("git").args(["describe", "--always", "--dirty"])),
            system: said(Command::new("uname").args(["-srm"])),
            processor: field(&cpuinfo, "model name").unwrap_or("unknown").to_owned(),
            cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            memory_mib: memory_kib / 1024,
            load_before: read("/proc/loadavg")
                .split(' ')
                .next()
                .unwrap_or_default()
                .to_owned(),
        }
    }
}

/// The value of the first line `NAME : VALUE`.
pub fn field<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim())
    })
}

fn said(command: &mut Command) -> String {
    let output = command.output().ok().filter(|output| output.status.success());
    output.map_or_else(
        || "unknown".to_owned(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}
