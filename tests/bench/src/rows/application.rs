//! What does an Application request cost, and how soon does one take effect on a call?

use super::World;
use crate::generate::Load;
use crate::host::Host;
use crate::report::{Budget, Row, median, quantile};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};
use tungstenite::{Message, WebSocket};

/// `bench:bench`.
const BASIC: &str = "YmVuY2g6YmVuY2g=";
const CONNECTIONS: usize = 8;
const PATIENCE: Duration = Duration::from_secs(20);

pub fn measure(world: &World) -> Result<Vec<Row>> {
    let host = world.bare_host("application")?;
    let mut rows = gets(world, &host)?;
    rows.push(answers(world, &host)?);
    host.stop()?;
    Ok(rows)
}

/// One connection that is kept.
struct Client(TcpStream);

impl Client {
    fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).context("reaching the Application interface")?;
        stream.set_nodelay(true).context("a quick socket")?;
        stream
            .set_read_timeout(Some(PATIENCE))
            .context("setting a time limit")?;
        Ok(Self(stream))
    }

    /// One request; its status line.
    fn ask(&mut self, method: &str, path: &str) -> Result<String> {
        let request = format!(
            "{method} /ari/{path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Basic {BASIC}\r\nContent-Length: 0\r\n\r\n"
        );
        self.0.write_all(request.as_bytes()).context("asking")?;
        let mut answer = Vec::new();
        let mut chunk = [0; 16 * 1024];
        loop {
            let length = self.0.read(&mut chunk).context("reading the answer")?;
            if length == 0 {
                bail!("the connection was closed");
            }
            answer.extend_from_slice(&chunk[..length]);
            if let Some(status) = whole(&answer) {
                return Ok(status);
            }
        }
    }
}

/// The status line, once the answer is there with its body.
fn whole(answer: &[u8]) -> Option<String> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>().ok())?
    });
    (answer.len() >= end + 4 + length.unwrap_or(0))
        .then(|| head.lines().next().unwrap_or_default().to_owned())
}

fn gets(world: &World, host: &Host) -> Result<Vec<Row>> {
    let time = world.time(3_000, 1_000);
    let mut clients = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut client = Client::connect(host.application())?;
        let status = client.ask("GET", "channels")?;
        if !status.contains("200") {
            bail!("GET /channels answered {status}");
        }
        clients.push(client);
    }
    let (began, before) = (Instant::now(), host.cpu()?);
    let threads: Vec<_> = clients
        .into_iter()
        .map(|mut client| {
            std::thread::spawn(move || -> Result<u64> {
                let mut asked = 0;
                while began.elapsed() < time {
                    client.ask("GET", "channels")?;
                    asked += 1;
                }
                Ok(asked)
            })
        })
        .collect();
    let mut asked = 0;
    for thread in threads {
        match thread.join() {
            Ok(count) => asked += count?,
            Err(_) => bail!("a client ended badly"),
        }
    }
    let took = began.elapsed().as_secs_f64();
    let used = host.cpu()?.saturating_sub(before).as_secs_f64() * 1e6;
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let asked = asked as f64;
    let cost = Row::new("ARI GET, CPU", used / asked, "µs", Budget::AtMost(12.0)).peer("20 µs");
    let rate = Row::new(
        "ARI GET, rate on 8 connections",
        asked / took,
        "/s",
        Budget::AtLeast(20_000.0),
    );
    Ok(vec![
        cost,
        rate.peer("20,000-39,900/s")
            .note("with the clients on the same cores"),
    ])
}

/// From StasisStart to the news that the channel is up.
fn answers(world: &World, host: &Host) -> Result<Row> {
    let address = host.application();
    let stream = TcpStream::connect(address).context("reaching the Application interface")?;
    stream
        .set_read_timeout(Some(PATIENCE))
        .context("setting a time limit")?;
    let url = format!("ws://{address}/ari/events?app=bench&api_key=bench:bench");
    let (mut events, _) = tungstenite::client(url, stream)
        .map_err(|error| anyhow::anyhow!("the WebSocket was refused: {error}"))?;
    let mut client = Client::connect(address)?;
    let load = Load::new(host.sip(), "860", 20.0, world.time(5_000, 2_000));
    let running = load.start()?;
    let mut times = Vec::new();
    for _ in 0..world.rounds(80, 30) {
        let started = next(&mut events, "StasisStart")?;
        let began = Instant::now();
        let id = started["channel"]["id"]
            .as_str()
            .context("a channel's id")?
            .to_owned();
        let status = client.ask("POST", &format!("channels/{id}/answer"))?;
        if !status.contains("204") {
            bail!("answering was refused: {status}");
        }
        loop {
            let changed = next(&mut events, "ChannelStateChange")?;
            if changed["channel"]["id"] == id.as_str() {
                break;
            }
        }
        times.push(began.elapsed().as_secs_f64() * 1e3);
    }
    drop(events);
    host.ask("channel request hangup all")?;
    running.end()?;
    host.quiet()?;
    let row = Row::new(
        "ARI StasisStart to answer effect",
        median(&times),
        "ms",
        Budget::AtMost(0.35),
    );
    Ok(row
        .spread(quantile(&times, 0.5), quantile(&times, 0.99))
        .peer("0.33-0.35 ms")
        .note(format!("{} calls", times.len())))
}

fn next(events: &mut WebSocket<TcpStream>, kind: &str) -> Result<Value> {
    loop {
        let message = events.read().context("reading events")?;
        if let Message::Text(text) = message {
            let event: Value = serde_json::from_str(&text).context("an event")?;
            if event["type"] == kind {
                return Ok(event);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_with_its_body() {
        assert_eq!(whole(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n["), None);
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]";
        assert_eq!(whole(answer), Some("HTTP/1.1 200 OK".to_owned()));
        assert_eq!(whole(b"HTTP/1.1 204 No Content\r\n"), None);
    }
}
