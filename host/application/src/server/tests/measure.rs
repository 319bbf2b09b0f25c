//! What a request costs. Not part of the tests: `cargo test -p ucx-application -- --ignored --nocapture measure`.

// A measurement's only product is what it prints.
#![allow(clippy::print_stdout)]

use super::site::{Site, serve};
use rustix::time::{ClockId, clock_gettime};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};
use ucx_pbx::testing::World;

const CONNECTIONS: usize = 8;

const REQUESTS: u32 = 20_000;

fn cpu(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or(0),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
}

/// Asks again and again; the CPU time it took of its own.
fn client(address: SocketAddr, path: &str) -> Duration {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream.set_nodelay(true).expect("it is a TCP stream");
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:8088\r\nAuthorization: Basic Z29sZDpnb2xkcGFzcw==\r\nAccept: */*\r\n\r\n"
    );
    let mut reply = [0; 4_096];
    let from = cpu(ClockId::ThreadCPUTime);
    for _ in 0..REQUESTS {
        stream.write_all(request.as_bytes()).expect("the server reads");
        let read = stream.read(&mut reply).expect("the server answers");
        assert!(reply[..read].starts_with(b"HTTP/1.1 200"));
    }
    cpu(ClockId::ThreadCPUTime) - from
}

async fn measure(site: &Site, path: &'static str) {
    let (address, from, cpu_from) = (site.address, Instant::now(), cpu(ClockId::ProcessCPUTime));
    let clients: Vec<_> = (0..CONNECTIONS)
        .map(|_| tokio::task::spawn_blocking(move || client(address, path)))
        .collect();
    let mut theirs = Duration::ZERO;
    for client in clients {
        theirs += client.await.expect("clients do not fail");
    }
    let total = REQUESTS * u32::try_from(CONNECTIONS).expect("few");
    let ours = (cpu(ClockId::ProcessCPUTime) - cpu_from).saturating_sub(theirs) / total;
    let rate = f64::from(total) / from.elapsed().as_secs_f64();
    println!(
        "GET {path}: {rate:.0}/s on {CONNECTIONS} connections, {ours:?} CPU each (one thread serves all)"
    );
}

#[test]
#[ignore = "a measurement"]
fn measure_requests() {
    serve(async |world: &mut World, site: &Site| {
        measure(site, "/ari/asterisk/ping").await;
        measure(site, "/ari/channels").await;
        world.call("wait");
        measure(site, "/ari/channels").await;
    });
}
