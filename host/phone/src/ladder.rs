//! Which SIP messages were sent and received, drawn as a ladder between this phone and its peers.

use std::collections::VecDeque;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use crate::event::ms;

/// Messages a ladder keeps; the oldest go first.
pub const MAX_RUNGS: usize = 2048;
/// Characters of a message's first line that are kept.
const MAX_LINE: usize = 60;
/// Bytes of a message in which its CSeq is looked for.
const HEAD_BYTES: usize = 4096;

/// Which way a message went, seen from the phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrow {
    /// It came in.
    Received,
    /// It went out.
    Sent,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rung {
    /// When.
    pub at: Duration,
    /// Which way.
    pub arrow: Arrow,
    /// Who is at the other end.
    pub peer: SocketAddr,
    /// The first line; a response's is followed by the method it answers.
    pub line: String,
}

/// The messages of one phone, oldest first.
#[derive(Clone, Debug)]
pub struct Ladder {
    name: String,
    rungs: VecDeque<Rung>,
}

impl Ladder {
    /// An empty ladder of a phone of that name.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            rungs: VecDeque::new(),
        }
    }

    /// Adds a message; bytes that do not begin like one, as keep-alives, are passed over.
    pub fn note(&mut self, at: Duration, arrow: Arrow, peer: SocketAddr, bytes: &[u8]) {
        let Some(line) = summary(bytes) else {
            return;
        };
        if self.rungs.len() == MAX_RUNGS {
            self.rungs.pop_front();
        }
        self.rungs.push_back(Rung {
            at,
            arrow,
            peer,
            line,
        });
    }

    /// The messages, oldest first.
    pub fn rungs(&self) -> impl Iterator<Item = &Rung> {
        self.rungs.iter()
    }

    /// Forgets all messages.
    pub fn clear(&mut self) {
        self.rungs.clear();
    }
}

/// The first line, and for a response the CSeq method behind it.
fn summary(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(HEAD_BYTES)]);
    let mut lines = head.split("\r\n");
    let first = lines.next().map(str::trim).filter(|line| !line.is_empty())?;
    let mut line: String = first
        .strip_suffix(" SIP/2.0")
        .unwrap_or(first)
        .chars()
        .take(MAX_LINE)
        .collect();
    if let Some(status) = first.strip_prefix("SIP/2.0 ") {
        let method = lines.find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let is_cseq = name.trim().eq_ignore_ascii_case("cseq");
            is_cseq.then(|| value.split_whitespace().nth(1).unwrap_or_default().to_owned())
        });
        line = format!("{} ({})", status.trim(), method.unwrap_or_default());
    }
    Some(line)
}

impl fmt::Display for Ladder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self
            .rungs
            .iter()
            .map(|rung| rung.line.chars().count())
            .max()
            .unwrap_or(0)
            + 1;
        for rung in &self.rungs {
            let line = format!("{} ", rung.line);
            let (left, right) = match rung.arrow {
                Arrow::Received => ('◄', '─'),
                Arrow::Sent => ('─', '►'),
            };
            writeln!(
                f,
                "{:>12.3} ms  {} {left}─ {line:─<width$}─{right} {}",
                ms(rung.at),
                self.name,
                rung.peer
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ladder_says_who_sent_what_when() {
        let peer = SocketAddr::from(([192, 0, 2, 1], 5060));
        let mut ladder = Ladder::new("6001");
        ladder.note(
            Duration::from_millis(1),
            Arrow::Sent,
            peer,
            b"OPTIONS sip:192.0.2.1 SIP/2.0\r\nCSeq: 3 OPTIONS\r\n\r\n",
        );
        ladder.note(
            Duration::from_micros(2500),
            Arrow::Received,
            peer,
            b"SIP/2.0 200 OK\r\nVia: x\r\nCSEQ: 3 OPTIONS\r\n\r\n",
        );
        ladder.note(Duration::from_millis(3), Arrow::Received, peer, b"\r\n\r\n");

        assert_eq!(
            ladder.to_string(),
            "       1.000 ms  6001 ── OPTIONS sip:192.0.2.1 ─► 192.0.2.1:5060\n\
             \x20      2.500 ms  6001 ◄─ 200 OK (OPTIONS) ─────── 192.0.2.1:5060\n"
        );
    }

    #[test]
    fn a_long_ladder_forgets_its_oldest_rungs() {
        let mut ladder = Ladder::new("x");
        for n in 0..MAX_RUNGS + 3 {
            let peer = SocketAddr::from(([192, 0, 2, 1], 5060));
            ladder.note(
                Duration::from_secs(n as u64),
                Arrow::Sent,
                peer,
                b"BYE sip:a SIP/2.0\r\n\r\n",
            );
        }

        assert_eq!(ladder.rungs().count(), MAX_RUNGS);
        assert_eq!(
            ladder.rungs().next().map(|rung| rung.at),
            Some(Duration::from_secs(3))
        );
    }
}
