//! A server of the Gateway interface that writes down what both sides said, and checks it.

use crate::Violation;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

const LOOK: Duration = Duration::from_millis(5);

/// The environment, in its order; the first two only over a network.
const ENVIRONMENT: [&str; 22] = [
    "agi_network",
    "agi_network_script",
    "agi_request",
    "agi_channel",
    "agi_language",
    "agi_type",
    "agi_uniqueid",
    "agi_version",
    "agi_callerid",
    "agi_calleridname",
    "agi_callingpres",
    "agi_callingani2",
    "agi_callington",
    "agi_callingtns",
    "agi_dnid",
    "agi_rdnis",
    "agi_context",
    "agi_extension",
    "agi_priority",
    "agi_enhanced",
    "agi_accountcode",
    "agi_threadid",
];

/// One session of the Gateway interface.
pub struct Session {
    stream: TcpStream,
    pending: Vec<u8>,
    /// The environment, line by line.
    pub environment: Vec<String>,
    /// Lines that came unasked.
    pub hangups: usize,
    /// Lines of the host.
    pub lines: Vec<String>,
    is_closed: bool,
}

impl Session {
    /// Takes the next session that comes.
    pub fn accept(listener: &TcpListener, limit: Duration) -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("a session: {error}");
        listener.set_nonblocking(true).map_err(failed)?;
        let began = Instant::now();
        let stream = loop {
            match listener.accept() {
                Ok((stream, _)) => break stream,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if began.elapsed() > limit {
                        return Err("no Gateway session came".to_owned());
                    }
                    std::thread::sleep(LOOK);
                }
                Err(error) => return Err(failed(error)),
            }
        };
        stream.set_nonblocking(false).map_err(failed)?;
        stream.set_read_timeout(Some(LOOK)).map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        let mut session = Self {
            stream,
            pending: Vec::new(),
            environment: Vec::new(),
            hangups: 0,
            lines: Vec::new(),
            is_closed: false,
        };
        loop {
            let line = session.line(limit)?;
            if line.is_empty() {
                return Ok(session);
            }
            session.environment.push(line);
        }
    }

    /// The value of a line of the environment.
    pub fn value(&self, name: &str) -> Option<&str> {
        let mut lines = self.environment.iter();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    fn line(&mut self, limit: Duration) -> Result<String, String> {
        let began = Instant::now();
        loop {
            if let Some(end) = self.pending.iter().position(|byte| *byte == b'\n') {
                let bytes: Vec<u8> = self.pending.drain(..=end).collect();
                let line = String::from_utf8_lossy(&bytes[..end]).into_owned();
                self.lines.push(line.clone());
                return Ok(line);
            }
            let mut buffer = [0; 4096];
            match self.stream.read(&mut buffer) {
                Ok(0) => {
                    self.is_closed = true;
                    return Err("the session is closed".to_owned());
                }
                Ok(count) => self.pending.extend_from_slice(&buffer[..count]),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    if began.elapsed() > limit {
                        return Err(format!("not within {} ms: a line", limit.as_millis()));
                    }
                }
                Err(error) => return Err(format!("reading a session: {error}")),
            }
        }
    }

    /// Says a command.
    pub fn say(&mut self, command: &str) -> Result<(), String> {
        self.stream
            .write_all(format!("{command}\n").as_bytes())
            .map_err(|error| format!("saying {command}: {error}"))
    }

    /// The reply to a command: all its lines, joined by a bar.
    pub fn reply(&mut self, limit: Duration) -> Result<String, String> {
        let mut lines = Vec::new();
        loop {
            let line = self.line(limit)?;
            if line == "HANGUP" {
                self.hangups += 1;
                continue;
            }
            let is_last = !line.starts_with("100 ") && (lines.is_empty() || line.starts_with(['2', '5']));
            let is_open = line.starts_with("520-");
            lines.push(line);
            if is_last && !is_open {
                return Ok(lines.join("|"));
            }
        }
    }

    /// Waits for the line that says the caller is gone.
    pub fn hangup(&mut self, limit: Duration) -> Result<(), String> {
        let line = self.line(limit)?;
        if line != "HANGUP" {
            return Err(format!("not HANGUP: {line}"));
        }
        self.hangups += 1;
        Ok(())
    }

    /// Ends our side; waits for the other's end.
    pub fn close(mut self) -> Vec<String> {
        // The host may have closed before.
        let _ = self.stream.shutdown(std::net::Shutdown::Write);
        while self.line(Duration::from_millis(300)).is_ok() {}
        self.lines
    }
}

/// What is wrong with all the lines of a session.
pub fn check(lines: &[String]) -> Vec<Violation> {
    let mut found = Vec::new();
    let end = lines.iter().position(String::is_empty).unwrap_or(lines.len());
    let mut next = 0;
    for (at, line) in lines[..end].iter().enumerate() {
        let Some((name, _)) = line.split_once(": ") else {
            found.push(Violation::new(
                at + 1,
                "environment",
                format!("no name and value: {line}"),
            ));
            continue;
        };
        let place = ENVIRONMENT[next.min(ENVIRONMENT.len())..]
            .iter()
            .position(|is| *is == name);
        match place {
            Some(0) => next += 1,
            // Only the script of the network may be missing.
            Some(1) if ENVIRONMENT[next] == "agi_network_script" => next += 2,
            _ if next == ENVIRONMENT.len() && name.starts_with("agi_arg_") => {}
            _ => found.push(Violation::new(
                at + 1,
                "environment",
                format!("{name} stands here"),
            )),
        }
    }
    if next != ENVIRONMENT.len() {
        found.push(Violation::new(
            end,
            "environment",
            format!("{} is missing", ENVIRONMENT[next]),
        ));
    }
    let mut is_usage = false;
    for (at, line) in lines.iter().enumerate().skip(end + 1) {
        let is_reply = line.starts_with("200 result=") || line.starts_with("100 result=");
        let is_error =
            line.starts_with("510 ") || line.starts_with("511 ") || line.starts_with("503 result=");
        let is_whole_usage = line == "520 Invalid command syntax.  Proper usage not available.";
        if line.contains('\r') {
            found.push(Violation::new(at + 1, "framing", "a CR"));
        }
        if line.starts_with("520-") {
            is_usage = true;
        } else if is_usage {
            is_usage = line != "520 End of proper usage.";
        } else if !(is_reply || is_error || is_whole_usage || line == "HANGUP") {
            found.push(Violation::new(at + 1, "reply", line.clone()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(change: impl Fn(&mut Vec<String>)) -> Vec<Violation> {
        let mut lines: Vec<String> = ENVIRONMENT.iter().map(|name| format!("{name}: x")).collect();
        lines.extend(["agi_arg_1: a", "", "200 result=0", "HANGUP"].map(str::to_owned));
        lines.extend(["520-Invalid", "any text", "520 End of proper usage."].map(str::to_owned));
        change(&mut lines);
        check(&lines)
    }

    #[test]
    fn a_session_as_documented_is_accepted() {
        assert_eq!(session(|_| {}), []);
        assert_eq!(session(|lines| drop(lines.remove(1))), []);
    }

    #[test]
    fn each_deviation_is_found() {
        assert!(!session(|lines| lines.swap(3, 4)).is_empty());
        assert!(!session(|lines| drop(lines.remove(5))).is_empty());
        assert!(!session(|lines| lines[24] = "200 done".to_owned()).is_empty());
        assert!(!session(|lines| lines[24] = "200 result=0\r".to_owned()).is_empty());
    }
}
