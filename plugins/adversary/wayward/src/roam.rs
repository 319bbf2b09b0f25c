//! Where may a flow go that wants to be everywhere? Steps that try what was not granted, and more of what was.

use std::hint::black_box;

use ucx::bindings::flow::ucx::call::bridges::{Bridge, BridgeSpec};
use ucx::bindings::flow::ucx::call::channels as raw;
use ucx::bindings::flow::ucx::call::devices;
use ucx::bindings::flow::ucx::host::turn;
use ucx::bindings::types::{Leg, PlayOptions, TrunkNumber};
use ucx::prelude::*;
use ucx::web;

/// More than there can be of anything.
const PLENTY: usize = 100_000;

pub fn act(call: &Channel, word: &str, rest: &str) -> Result<String, Stop> {
    Ok(match word {
        "descend" => descend(black_box(1)).to_string(),
        "memory" => {
            let mut hoard: Vec<Vec<u8>> = Vec::new();
            loop {
                hoard.push(vec![1; 1 << 20]);
                black_box(&hoard);
            }
        }
        "hoard" => hoard(call, rest)?,
        "bridge-named" => bridge(&"x".repeat(rest.parse().unwrap_or(1))).map(|_| String::new())?,
        "shout" => {
            let (count, bytes) = rest.split_once(' ').unwrap_or((rest, "1"));
            let value = "x".repeat(bytes.parse().unwrap_or(1));
            let fields: Vec<Attr> = (0..count.parse().unwrap_or(1))
                .map(|n: usize| attr(format!("field{n}"), value.as_str()))
                .collect();
            devices::publish("noise", &fields).map(|()| String::new())?
        }
        "reach" => reach(call, rest)?,
        "sub" => {
            let (context, exten) = rest.split_once(' ').ok_or("sub CONTEXT EXTEN")?;
            call.subroutine(context, exten, &[])?
        }
        "language" => raw_of(call)?.set_language(rest).map(|()| String::new())?,
        "rename" => raw_of(call)?
            .set_caller(&Party::number(rest))
            .map(|()| String::new())?,
        "event" => call
            .user_event(rest, &[attr(rest, rest)])
            .map(|()| String::new())?,
        _ => return ask(word, rest),
    })
}

fn raw_of(call: &Channel) -> Result<&raw::Channel, Stop> {
    call.raw().ok_or_else(|| "no handle".into())
}

#[expect(unconditional_recursion, reason = "the stack's end is what is tested")]
fn descend(depth: u64) -> u64 {
    let frame = black_box([depth; 16]);
    frame[3] + descend(black_box(depth + 1)) + black_box(frame)[7]
}

fn bridge(name: &str) -> Result<Bridge, Error> {
    Bridge::create(&BridgeSpec {
        kind: "mixing".to_owned(),
        name: name.to_owned(),
        attrs: Vec::new(),
    })
}

/// Takes more and more of something until it is refused; says how many there were, and why no more.
fn hoard(call: &Channel, what: &str) -> Result<String, Stop> {
    let options = PlayOptions {
        language: String::new(),
        stop_on: String::new(),
        offset: 0,
        attrs: Vec::new(),
    };
    let sound = [silence(std::time::Duration::from_millis(100))];
    let (mut playbacks, mut bridges, mut buckets, mut calls) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for count in 0..PLENTY {
        let taken: Result<(), Failure> = match what {
            "timers" => turn::set_timer(3_600_000, "late").map(drop).map_err(Into::into),
            "playbacks" => raw_of(call)?
                .start_play(&sound, &options)
                .map(|playback| playbacks.push(playback))
                .map_err(Into::into),
            "bridges" => bridge("hoard")
                .map(|bridge| bridges.push(bridge))
                .map_err(Into::into),
            "bridges-let-go" => bridge("hoard").map(drop).map_err(Into::into),
            "calls" => raw::start_originate(&call_to(to(Target::Endpoint("sink".to_owned()))))
                .map(|dialing| calls.push(dialing))
                .map_err(Into::into),
            "buckets" => bucket("default").map(|bucket| buckets.push(bucket)),
            "variables" => call.set_variable("MARK", &count.to_string()).map_err(Into::into),
            "events" => devices::publish("noise", &[]).map_err(Into::into),
            "lines" => {
                log::error(&format!("line {count}"));
                Ok(())
            }
            "values" => keep(&count.to_string(), 200 << 10),
            "large" => keep("large", 512 << 10),
            other => return Err(format!("{other} cannot be hoarded").into()),
        };
        if let Err(failure) = taken {
            return Ok(format!("{count}: {failure}"));
        }
        if what == "values" {
            turn::sleep(2)?;
        }
    }
    Ok(format!("{PLENTY} and no end"))
}

fn keep(key: &str, bytes: usize) -> Result<(), Failure> {
    bucket("default")?
        .set(key, &vec![1; bytes])
        .map_err(|error| Failure::new(format!("{error:?}")))
}

/// `dial`, `call` or `transfer`, to a destination of that kind.
fn reach(call: &Channel, rest: &str) -> Result<String, Stop> {
    let mut words = rest.splitn(3, ' ');
    let (how, kind, name) = (words.next(), words.next(), words.next().unwrap_or(""));
    let (before, behind) = name.split_once('@').unwrap_or((name, ""));
    let target = match kind {
        Some("endpoint") => Target::Endpoint(name.to_owned()),
        Some("dialstring") => Target::DialString(name.to_owned()),
        Some("uri") => Target::Uri(name.to_owned()),
        Some("trunk") => Target::Trunk(TrunkNumber {
            number: before.to_owned(),
            trunk: behind.to_owned(),
        }),
        Some("location") => Target::Location(Location {
            exten: before.to_owned(),
            context: behind.to_owned(),
            priority: "1".to_owned(),
        }),
        _ => return Err("reach HOW KIND NAME".into()),
    };
    let status = match how {
        Some("dial") => call.dial(Dial::to([to(target)]).timeout(1.secs()))?.status,
        Some("transfer") => {
            return Ok(format!("{:?}", raw_of(call)?.transfer(&target, &[])?.status));
        }
        _ => raw::originate(&call_to(to(target)))?.status,
    };
    Ok(format!("{status:?}"))
}

/// A call of its own to that leg, which rings for a second.
fn call_to(leg: Leg) -> raw::OriginateSpec {
    raw::OriginateSpec {
        leg: leg.ring(1.secs()),
        caller: Party::number("100"),
        variables: Vec::new(),
        dedupe_key: String::new(),
        attrs: Vec::new(),
    }
}

/// What the host keeps for those it was granted to, and what the machine has that no guest is to see.
fn ask(word: &str, rest: &str) -> Result<String, Stop> {
    let granted = |answer: Result<(), Failure>| answer.map(|()| "granted".to_owned());
    Ok(match word {
        "global" => devices::get_global(rest)?.unwrap_or_default(),
        "setglobal" => devices::set_global(rest, "evil").map(|()| String::new())?,
        "device" => devices::set_state(rest, devices::DeviceState::Busy).map(|()| String::new())?,
        "bucket" => granted(bucket(rest).map(drop))?,
        "password" => granted(secret(rest).map(drop).map_err(Into::into))?,
        "table" => granted(lookup(rest).find("1").map(drop).map_err(Into::into))?,
        "setting" => granted(config(rest).map(drop))?,
        "open" => match std::fs::read(rest) {
            Ok(bytes) => format!("{} bytes", bytes.len()),
            Err(error) => format!("no file: {error}"),
        },
        "folder" => match std::fs::read_dir(rest) {
            Ok(entries) => format!("{} entries", entries.count()),
            Err(error) => format!("no folder: {error}"),
        },
        "environment" => std::env::var("PATH").unwrap_or_else(|_| "no path".to_owned()),
        "socket" => match std::net::TcpStream::connect(rest) {
            Ok(_) => "connected".to_owned(),
            Err(error) => format!("no connection: {error}"),
        },
        "fetch" => web::get(rest).send()?.status.to_string(),
        "fetch-with" => {
            let (url, value) = rest.split_once(' ').ok_or("fetch-with URL VALUE")?;
            web::get(url).header("X-Note", value).send()?.status.to_string()
        }
        other => return Err(format!("{other} is no step").into()),
    })
}
