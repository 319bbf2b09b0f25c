//! What a process used: CPU time and memory, as the kernel counts them.

use crate::machine::field;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::time::Duration;

/// How the kernel counts CPU time in `stat`: ticks of 10 ms on every Linux this runs on.
const TICK: Duration = Duration::from_millis(10);

/// CPU time of a process, user and system together, with that of threads that ended.
pub fn cpu(pid: u32) -> Result<Duration> {
    let path = format!("/proc/{pid}/stat");
    let text = std::fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
    ticks(&text)
        .map(|ticks| TICK * ticks)
        .with_context(|| format!("no CPU time in {text}"))
}

/// CPU time of a process and of its children that ended.
pub fn cpu_with_children(pid: u32) -> Result<Duration> {
    let path = format!("/proc/{pid}/stat");
    let text = std::fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
    let (_, rest) = text
        .rsplit_once(')')
        .with_context(|| format!("no fields in {text}"))?;
    let fields = rest.split_whitespace().skip(11).take(4);
    let ticks: u32 = fields.filter_map(|field| field.parse::<u32>().ok()).sum();
    Ok(TICK * ticks)
}

/// CPU time of a process's living threads, those of one name together.
pub fn cpu_by_thread(pid: u32) -> Result<BTreeMap<String, Duration>> {
    let folder = format!("/proc/{pid}/task");
    let mut threads = BTreeMap::new();
    for thread in std::fs::read_dir(&folder).with_context(|| format!("reading {folder}"))? {
        // One that ends in this moment has no file any more.
        let path = thread
            .with_context(|| format!("reading {folder}"))?
            .path()
            .join("stat");
        let Ok(text) = std::fs::read_to_string(path) else {
            continue;
        };
        let name = text.split_once('(').and_then(|(_, rest)| rest.rsplit_once(')'));
        if let (Some((name, _)), Some(ticks)) = (name, ticks(&text)) {
            *threads.entry(name.to_owned()).or_default() += TICK * ticks;
        }
    }
    Ok(threads)
}

/// utime and stime are the 14th and 15th field; the name before them may hold blanks and brackets.
fn ticks(stat: &str) -> Option<u32> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let user: u32 = fields.next()?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    Some(user + system)
}

/// Memory of a process's own in KiB: resident and not a page of a file, which the first call of a kind brings in for good.
pub fn memory_kib(pid: u32) -> Result<f64> {
    status_kib(pid, "RssAnon")
}

/// All resident memory of a process in KiB.
pub fn resident_kib(pid: u32) -> Result<f64> {
    status_kib(pid, "VmRSS")
}

fn status_kib(pid: u32, name: &str) -> Result<f64> {
    let path = format!("/proc/{pid}/status");
    let text = std::fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
    let value = field(&text, name).and_then(|value| value.split(' ').next()?.parse().ok());
    value.with_context(|| format!("no {name} in {path}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn a_name_with_blanks_and_brackets_does_not_shift_the_fields() {
        let stat = "7 (a (b) c) S 1 7 7 0 -1 4194560 100 0 0 0 31 11 0 0 20 0 1 0 5 6 7";
        assert_eq!(ticks(stat), Some(42));
        assert_eq!(ticks("7 (a) S 1"), None);
    }

    #[test]
    fn work_costs_time_and_memory_is_counted() {
        let own = std::process::id();
        let (before, began) = (cpu(own).unwrap(), Instant::now());
        while began.elapsed() < Duration::from_millis(400) {
            std::hint::spin_loop();
        }
        assert!(cpu(own).unwrap() > before);
        assert!(cpu_by_thread(own).unwrap().values().sum::<Duration>() > before);
        assert!(memory_kib(own).unwrap() > 100.0);
        assert!(cpu(u32::MAX).is_err());
    }
}
