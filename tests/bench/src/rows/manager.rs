//! What does it cost to tell Manager clients, and to answer them?

use super::World;
use crate::ami::{Ami, Readers};
use crate::generate::Load;
use crate::host::Host;
use crate::report::{Budget, Row, median, quantile};
use anyhow::{Context, Result, bail};
use std::time::Instant;

/// Listeners of the row that budgets a whole call.
const LISTENERS: usize = 10;
/// Bridged calls a second.
const RATE: f64 = 100.0;
/// Calls of the looping extension a second; each is thousands of events.
const LOOP_RATE: f64 = 20.0;
/// The name of the event that marks the end of a burst.
const PING: &str = "Action: Ping\r\n\r\n";

pub fn measure(world: &World) -> Result<Vec<Row>> {
    let host = world.bare_host("manager")?;
    let mut rows = vec![listeners(world, &host)?];
    rows.extend(deliveries(world, &host)?);
    rows.extend(pings(world, &host)?);
    rows.push(originates(world, &host)?);
    host.stop()?;
    Ok(rows)
}

fn listeners(world: &World, host: &Host) -> Result<Row> {
    let load = Load::new(host.sip(), "100", RATE, world.time(5_000, 2_000)).bridged();
    let short = Load {
        duration: world.time(1_000, 500),
        ..load.clone()
    };
    world.cpu_a_call(host, &short)?;
    let readers = Readers::start(host.manager(), LISTENERS)?;
    let before = readers.settle();
    let (us, calls) = world.cpu_a_call(host, &load)?;
    let seen = readers.settle() - before;
    readers.end()?;
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let events = seen as f64 / LISTENERS as f64 / calls.begun();
    let row = Row::new(
        "CPU per bridged call with 10 Manager listeners",
        us / 1e3,
        "ms",
        Budget::AtMost(1.8),
    );
    Ok(row.peer("18.4 ms").note(format!("{events:.0} events a call")))
}

/// Calls that loop make many events; their cost without listeners is taken off.
fn deliveries(world: &World, host: &Host) -> Result<Vec<Row>> {
    let load = Load::new(host.sip(), "800", LOOP_RATE, world.time(3_000, 1_000));
    let (mut rows, counts) = (Vec::new(), [1, 10, 100]);
    let (plain, _) = world.cpu_a_call(host, &load)?;
    for count in counts {
        let readers = Readers::start(host.manager(), count)?;
        let before = readers.settle();
        let (began, cpu) = (Instant::now(), host.cpu()?);
        let (_, calls) = world.cpu_a_call(host, &load)?;
        let mut last = (Instant::now(), readers.seen());
        loop {
            std::thread::sleep(std::time::Duration::from_millis(20));
            let seen = readers.seen();
            if seen != last.1 {
                last = (Instant::now(), seen);
            } else if last.0.elapsed().as_millis() > 400 {
                break;
            }
        }
        let used = host.cpu()?.saturating_sub(cpu).as_secs_f64() * 1e6 - plain * calls.begun();
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
        let delivered = (last.1 - before) as f64;
        if delivered == 0.0 {
            bail!("nothing was delivered");
        }
        readers.end()?;
        let rate = delivered / last.0.duration_since(began).as_secs_f64();
        let budget = if count == 1 {
            Budget::None
        } else {
            Budget::AtMost(1.5)
        };
        let row = Row::new(
            format!("AMI deliveries to {count} clients, CPU per delivery"),
            used.max(0.0) / delivered,
            "µs",
            budget,
        );
        let note =
            format!("{delivered:.0} deliveries, {rate:.0} a second with the generator on the same cores");
        rows.push(row.peer("10-14 / 5-11 / 11-32 µs").note(note));
    }
    rows.push(burst(world, host)?);
    Ok(rows)
}

/// As many events as can be: one client says them, ten read them.
fn burst(world: &World, host: &Host) -> Result<Row> {
    let readers = Readers::start(host.manager(), 10)?;
    let before = readers.settle();
    let mut speaker = Ami::login(host.manager(), "off")?;
    let (began, count) = (Instant::now(), world.rounds(40_000, 10_000));
    speaker.pipeline(
        "Action: UserEvent\r\nUserEvent: Burst\r\nBody: some text to carry\r\n\r\n",
        count,
    )?;
    let mut last = (Instant::now(), 0);
    while last.0.elapsed().as_millis() < 300 {
        std::thread::sleep(std::time::Duration::from_millis(2));
        let seen = readers.seen();
        if seen != last.1 {
            last = (Instant::now(), seen);
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let delivered = (last.1 - before) as f64;
    let rate = delivered / last.0.duration_since(began).as_secs_f64();
    readers.end()?;
    let row = Row::new(
        "AMI deliveries a second, 10 clients",
        rate,
        "/s",
        Budget::AtLeast(400_000.0),
    );
    Ok(row.peer("196,000 at best").note(format!(
        "{delivered:.0} user events said by one more client; all on the same cores"
    )))
}

fn pings(world: &World, host: &Host) -> Result<Vec<Row>> {
    let mut client = Ami::login(host.manager(), "off")?;
    let mut times = Vec::new();
    for _ in 0..world.rounds(5_000, 1_000) {
        let began = Instant::now();
        client.send(PING)?;
        client.message()?;
        times.push(began.elapsed().as_secs_f64() * 1e6);
    }
    let round_trip = Row::new("AMI Ping round trip", median(&times), "µs", Budget::AtMost(32.0))
        .spread(quantile(&times, 0.5), quantile(&times, 0.99))
        .peer("32 µs");
    let count = world.rounds(200_000, 50_000);
    let took = client.pipeline(PING, count)?;
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let rate = count as f64 / took.as_secs_f64();
    let pipelined =
        Row::new("AMI Ping, pipelined", rate, "/s", Budget::AtLeast(100_000.0)).peer("27,000-45,000/s");
    Ok(vec![round_trip, pipelined])
}

fn originates(world: &World, host: &Host) -> Result<Row> {
    let mut client = Ami::login(host.manager(), "off")?;
    let request = "Action: Originate\r\nChannel: Local/900@bench/n\r\nApplication: Wait\r\nData: 0\r\nAsync: true\r\n\r\n";
    client.pipeline(request, 200)?;
    host.quiet()?;
    let (count, before) = (world.rounds(4_000, 1_000), host.cpu()?);
    let began = Instant::now();
    client.pipeline(request, count)?;
    host.quiet()?;
    let took = began.elapsed();
    let used = host.cpu()?.saturating_sub(before);
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let count = count as f64;
    let answer = client.send(PING).and_then(|()| client.message());
    answer.context("the session after it all")?;
    let row = Row::new(
        "AMI Originate of a Local channel",
        used.as_secs_f64() * 1e3 / count,
        "ms",
        Budget::AtMost(0.25),
    );
    Ok(row
        .peer("1.0 ms")
        .note(format!("{:.0} a second", count / took.as_secs_f64())))
}
