//! What does a relayed packet cost, and how much later does it arrive? Beside it a forwarder that does nothing else.

use super::World;
use crate::process;
use crate::report::{Budget, Row};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};

const CALLS: usize = 100;

pub fn measure(world: &World) -> Result<Vec<Row>> {
    let host = world.bare_host("relay")?;
    let mut talk = Talk::start(world, Some(host.sip()))?;
    let relayed = talk.listen(host.pid())?;
    host.quiet()?;
    host.stop()?;
    let mut talk = Talk::start(world, None)?;
    let mut forwarder = Forwarder::start(&talk)?;
    talk.tell(&forwarder.addresses)?;
    let forwarded = talk.listen(forwarder.child.id());
    forwarder.end();
    let forwarded = forwarded?;
    let lost = relayed.sent - relayed.received;
    let note = format!(
        "{CALLS} calls, {:.0} packets, {lost:.0} lost; the forwarder lost {:.0} of {:.0}",
        relayed.received,
        forwarded.sent - forwarded.received,
        forwarded.sent
    );
    let cpu = Row::new(
        "RTP relayed, CPU per packet",
        relayed.cpu_us,
        "µs",
        Budget::AtMost(12.0),
    );
    let added = |figures: &Figures| figures.p50_us - figures.direct_us;
    let trip = Row::new(
        "RTP relayed, added round trip",
        added(&relayed),
        "µs",
        Budget::AtMost(200.0),
    );
    Ok(vec![
        cpu.floor(forwarded.cpu_us).peer("32-36 µs").note(note),
        trip.floor(added(&forwarded))
            .spread(added(&relayed), relayed.p99_us - relayed.direct_us)
            .peer("350 µs")
            .note(format!(
                "two passages; socket to socket takes {:.1} µs",
                relayed.direct_us
            )),
    ])
}

struct Figures {
    cpu_us: f64,
    sent: f64,
    received: f64,
    p50_us: f64,
    p99_us: f64,
    direct_us: f64,
}

/// The process that holds the calls.
struct Talk {
    child: Child,
    lines: BufReader<ChildStdout>,
    caller: SocketAddr,
    callee: SocketAddr,
}

impl Talk {
    fn start(world: &World, server: Option<SocketAddr>) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe().context("finding this program")?);
        command.args([
            "talk",
            "--calls",
            &CALLS.to_string(),
            "--seed",
            &world.next_seed().to_string(),
        ]);
        command.args(["--talk-ms", &world.time(8_000, 3_000).as_millis().to_string()]);
        if let Some(server) = server {
            command.args(["--server", &server.to_string()]);
        }
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        let mut child = command.spawn().context("starting the talkers")?;
        let lines = BufReader::new(child.stdout.take().context("the talkers' output")?);
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut talk = Self {
            child,
            lines,
            caller: any,
            callee: any,
        };
        let line = talk.line()?;
        let mut words = line.split_whitespace().skip(1);
        let mut address = || words.next().and_then(|word| word.parse().ok());
        if let (Some(caller), Some(callee)) = (address(), address()) {
            (talk.caller, talk.callee) = (caller, callee);
            return Ok(talk);
        }
        bail!("the talkers said {line:?} instead of their addresses")
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.lines.read_line(&mut line).context("hearing the talkers")?;
        Ok(line.trim().to_owned())
    }

    fn tell(&mut self, line: &str) -> Result<()> {
        let input = self.child.stdin.as_mut().context("the talkers' input")?;
        writeln!(input, "{line}").context("telling the talkers")
    }

    /// Waits for the figures, and for what the process in between used while the sound was steady.
    fn listen(&mut self, between: u32) -> Result<Figures> {
        let said = self.line()?;
        if said != "steady" {
            bail!("the talkers did not get to speak: {said}");
        }
        let before = process::cpu(between)?;
        self.line()?;
        let used = process::cpu(between)?.saturating_sub(before);
        let json: Value = serde_json::from_str(&self.line()?).context("reading the talkers' figures")?;
        let number = |name: &str| json[name].as_f64().unwrap_or(0.0);
        if number("round_trips") < 10.0 {
            bail!("hardly a packet came back: {json}");
        }
        let status = self.child.wait().context("waiting for the talkers")?;
        if !status.success() {
            bail!("the talkers ended with {status}");
        }
        Ok(Figures {
            cpu_us: used.as_secs_f64() * 1e6 / number("received"),
            sent: number("sent"),
            received: number("received"),
            p50_us: number("p50_us"),
            p99_us: number("p99_us"),
            direct_us: number("direct_p50_us"),
        })
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        // It has ended already unless something went wrong.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Forwarder {
    child: Child,
    addresses: String,
}

impl Forwarder {
    fn start(talk: &Talk) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe().context("finding this program")?)
            .args(["forward", "--pairs", &CALLS.to_string()])
            .args([
                "--caller",
                &talk.caller.to_string(),
                "--callee",
                &talk.callee.to_string(),
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("starting the forwarder")?;
        let mut addresses = String::new();
        let output = child.stdout.take().context("the forwarder's output")?;
        BufReader::new(output)
            .read_line(&mut addresses)
            .context("hearing the forwarder")?;
        Ok(Self {
            child,
            addresses: addresses.trim().to_owned(),
        })
    }

    fn end(&mut self) {
        // It never ends by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Forwarder {
    fn drop(&mut self) {
        self.end();
    }
}
