//! Hostile clients of the three interfaces, one attack after the other, with honest ones beside them all the time.

use crate::book::Book;
use crate::host::Memory;
use crate::neighbours::{Ear, Neighbours};
use crate::scene::Porch;
use crate::{application, events, gateway, injection, manager};
use anyhow::{Result, bail};
use std::time::Duration;

/// What one attack may let the host's memory grow by: what may wait for a session that does not read, and as much again for
/// what the allocator keeps.
const GROWTH_MAX_KIB: u64 = 96 << 10;

/// How much of everything there is.
pub struct Measure {
    /// How long honest clients are watched undisturbed.
    pub calm: Duration,
    /// How long honest calls go on beside.
    pub stream: Duration,
    /// Connections that say nothing.
    pub idle: usize,
    /// Events told to a reader that does not read.
    pub events: usize,
    /// Guesses at once.
    pub logins: usize,
    /// Requests in one breath.
    pub pipelined: usize,
    /// Kinds of hostile programs; the last kind, which takes longest, only after all others.
    pub programs: usize,
    /// Commands for one channel in one breath.
    pub commands: usize,
    /// Bytes of what has no end.
    pub endless: usize,
}

/// Where attacks are told of, with the figures of those beside them.
pub struct Hall<'a> {
    pub scene: &'a mut Porch,
    pub measure: &'a Measure,
    pub ear: Ear,
    book: &'a mut Book,
    neighbours: &'a mut Neighbours,
}

impl Hall<'_> {
    /// One attack: it holds if the host did as it should, its memory stayed bounded, and those beside were not moved.
    pub fn attack(&mut self, what: &str, work: impl FnOnce(&mut Self) -> Result<String>) {
        let held = self.weighed(work);
        self.book.note(what, held);
    }

    fn weighed(&mut self, work: impl FnOnce(&mut Self) -> Result<String>) -> Result<String> {
        let before = self.scene.host.memory()?;
        let went = work(self);
        self.scene.host.is_alive()?;
        let after = self.scene.host.memory()?;
        let beside = self.neighbours.figures();
        let grown = grown(before, after);
        Ok(format!("{}; {}; beside: {}", went?, grown?, beside?))
    }
}

/// Whether the host's memory grew by no more than it may.
fn grown(before: Memory, after: Memory) -> Result<String> {
    let words = format!("{} KiB before, {} KiB after", before.now_kib, after.now_kib);
    if after.now_kib > before.now_kib + GROWTH_MAX_KIB {
        bail!("{words}: more than {GROWTH_MAX_KIB} KiB were added");
    }
    Ok(words)
}

/// All of it.
pub fn attack(scene: &mut Porch, book: &mut Book, measure: &Measure) {
    let mut neighbours = match Neighbours::start(scene) {
        Ok(neighbours) => neighbours,
        Err(error) => return book.note("honest clients come in", Err(error)),
    };
    std::thread::sleep(measure.calm);
    book.note("honest clients, undisturbed", neighbours.figures());
    let mut hall = Hall {
        ear: neighbours.ear.clone(),
        scene,
        measure,
        book,
        neighbours: &mut neighbours,
    };
    hall.attack("the host may open as many files as the system lets it", |hall| {
        hall.scene.host.open_files()
    });
    manager::attack(&mut hall);
    application::attack(&mut hall);
    gateway::attack(&mut hall);
    injection::attack(&mut hall);
    events::from_outside(&mut hall);
    book.note(
        "honest clients hear everything, and nothing forged",
        neighbours.end(),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_hoards_is_found_out() {
        let memory = |now_kib| Memory {
            now_kib,
            peak_kib: now_kib,
        };
        assert!(grown(memory(50_000), memory(60_000)).is_ok());
        assert!(grown(memory(50_000), memory(50_001 + GROWTH_MAX_KIB)).is_err());
    }
}
