//! What becomes of a call whose flow misbehaves? Each argument is a step: `answer`, `play NAME`, `gather`, `dial NAME`,
//! `connect`, `trap`, and so on.

mod fields;
mod roam;

use std::time::Duration;

use ucx::bindings::flow::ucx::call::bridges::{Bridge, BridgeSpec, MemberSpec};
use ucx::bindings::flow::ucx::call::channels as raw;
use ucx::bindings::flow::ucx::call::monitoring::Spying;
use ucx::bindings::flow::ucx::host::turn;
use ucx::bindings::types::PlayOptions;
use ucx::prelude::*;

ucx::call_flow!(run);

/// Handles that outlive their step.
#[derive(Default)]
struct Held {
    peers: Vec<Channel>,
    bridges: Vec<Bridge>,
    spyings: Vec<Spying>,
}

fn run(call: &Channel, args: &Args) -> Led {
    let mut held = Held::default();
    let mut said = Vec::new();
    for place in 1.. {
        let step = decoded(args.at(place));
        let step = step.as_str();
        let (word, rest) = step.split_once(' ').unwrap_or((step, ""));
        match word {
            "" => break,
            "goto" => return goto("main", rest),
            "away" => return goto("forbidden", rest),
            "hangup" => return hang_up(rest.parse().unwrap_or(17)),
            "fail" => return fail(rest),
            "tell" => return fail(format!("said {}", said.join(" "))),
            "done" => break,
            _ => said.push(act(call, &mut held, word, rest)?),
        }
    }
    if !said.is_empty() {
        call.set_variable("MARK", &said.join(" "))?;
    }
    done()
}

fn plain() -> PlayOptions {
    PlayOptions {
        language: String::new(),
        stop_on: String::new(),
        offset: 0,
        attrs: Vec::new(),
    }
}

fn act(call: &Channel, held: &mut Held, word: &str, rest: &str) -> Result<String, Stop> {
    Ok(match word {
        "answer" => call.answer().map(|()| "up".to_owned())?,
        "play" => format!("{:?}", call.play(rest)?.ending),
        "fetch" => {
            let item = [MediaItem::Url(rest.to_owned())];
            format!(
                "{:?}",
                call.raw().ok_or("no handle")?.play(&item, &plain())?.ending
            )
        }
        "german" => {
            let options = PlayOptions {
                language: "de".to_owned(),
                ..plain()
            };
            format!(
                "{:?}",
                call.raw()
                    .ok_or("no handle")?
                    .play(&[file(rest)], &options)?
                    .ending
            )
        }
        "gather" => call.gather(digits(4).prompt(rest))?.digits,
        "record" => call.record(message(rest).most(2.secs()))?.name,
        "music" => call.start_music(rest).map(|()| String::new())?,
        "digits" => call.send_digits(rest).map(|()| String::new())?,
        "next" => call
            .next_event(2.secs())?
            .map_or("-".to_owned(), |event| event.kind),
        "sleep" => {
            turn::sleep(rest.parse().unwrap_or(1_000))?;
            "slept".to_owned()
        }
        "timer" => {
            turn::set_timer(rest.parse().unwrap_or(100), "tick")?;
            "set".to_owned()
        }
        "background" => {
            let items = [file(rest)];
            let playback = call.raw().ok_or("no handle")?.start_play(&items, &plain())?;
            playback.position()?.to_string()
        }
        _ => return facts(call, held, word, rest),
    })
}

fn facts(call: &Channel, held: &mut Held, word: &str, rest: &str) -> Result<String, Stop> {
    Ok(match word {
        "variable" => call.variable(rest)?.unwrap_or_default(),
        "secret" => call.set_variable("CDR(userfield)", "x").map(|()| String::new())?,
        "info" => call.info().name,
        "noop" => call.execute("NoOp", rest).map(|()| String::new())?,
        "system" => call.execute("System", rest).map(|()| String::new())?,
        "gosub" => call.subroutine("main", rest, &["a,b", "c"])?,
        "trap" => panic!("asked to trap"),
        "loop" => loop {
            std::hint::black_box(0);
        },
        "spin" => loop {
            call.info();
        },
        _ => return others(call, held, word, rest),
    })
}

fn others(call: &Channel, held: &mut Held, word: &str, rest: &str) -> Result<String, Stop> {
    let peer = |held: &Held| -> Result<usize, Stop> {
        held.peers
            .len()
            .checked_sub(1)
            .ok_or_else(|| "nobody answered".into())
    };
    Ok(match word {
        "dial" => {
            let end = call.dial(Dial::to([endpoint(rest)]).timeout(Duration::from_secs(5)))?;
            held.peers.extend(end.answered);
            format!("{:?}", end.status)
        }
        "connect" => {
            let end = call.connect(&held.peers[peer(held)?])?;
            format!("talked {}", end.talked.as_secs())
        }
        "greet" => {
            // Taken into a task of its own before it is connected.
            let end = held.peers[peer(held)?].play(rest)?;
            format!("{:?}", end.ending)
        }
        "drop" => {
            held.peers.clear();
            String::new()
        }
        "call" | "once" | "again" | "announce" => {
            let mut leg = endpoint(rest).ring(5.secs());
            if word == "announce" {
                leg.headers.push(Header {
                    name: "X-Out".to_owned(),
                    value: "told".to_owned(),
                });
            }
            let spec = raw::OriginateSpec {
                leg,
                caller: Party::number("100"),
                variables: Vec::new(),
                dedupe_key: match word {
                    "once" | "again" => format!("once-{rest}"),
                    _ => String::new(),
                },
                attrs: Vec::new(),
            };
            let end = raw::originate(&spec)?;
            held.peers.extend(end.answered.map(Channel::from));
            format!("{:?}", end.status)
        }
        "adopt" => {
            held.peers.push(raw::adopt(rest)?.into());
            "mine".to_owned()
        }
        "meet" => {
            let bridge = Bridge::create(&BridgeSpec {
                kind: "mixing".to_owned(),
                name: "room".to_owned(),
                attrs: Vec::new(),
            })?;
            let part = MemberSpec {
                role: "participant".to_owned(),
                absorb_digits: false,
                muted: false,
                attrs: Vec::new(),
            };
            bridge.add(call.raw().ok_or("no handle")?, &part)?;
            if let Ok(peer) = peer(held) {
                bridge.add(held.peers[peer].raw().ok_or("no handle")?, &part)?;
            }
            let members = bridge.info()?.channels.len();
            held.bridges.push(bridge);
            members.to_string()
        }
        "refer" => {
            let target = Target::Uri(rest.to_owned());
            let end = call.raw().ok_or("no handle")?.transfer(&target, &[])?;
            format!("{:?} {}", end.status, end.sip_code)
        }
        "hold" => {
            call.raw().ok_or("no handle")?.hold(rest == "on", "")?;
            String::new()
        }
        "header" => call.raw().ok_or("no handle")?.get_headers(rest)?.join("+"),
        "send-header" => {
            let header = Header {
                name: rest.to_owned(),
                value: "yes".to_owned(),
            };
            call.raw().ok_or("no handle")?.add_header(&header)?;
            String::new()
        }
        "transfer" => {
            let target = Target::Endpoint(rest.to_owned());
            format!(
                "{:?}",
                call.raw().ok_or("no handle")?.transfer(&target, &[])?.status
            )
        }
        "leave" => {
            let place = Location {
                context: "main".to_owned(),
                exten: rest.to_owned(),
                priority: "1".to_owned(),
            };
            call.raw().ok_or("no handle")?.continue_at(&place)?;
            String::new()
        }
        "queue" => match call.raw().ok_or("no handle")?.enqueue(&raw::EnqueueSpec {
            queue: rest.to_owned(),
            priority: 0,
            timeout: 0,
            attrs: Vec::new(),
        }) {
            Err(Error::Unavailable(why)) => why,
            Err(error) => return Err(error.into()),
            Ok(_) => "served".to_owned(),
        },
        _ => return fields::act(call, held, word, rest),
    })
}

/// A step with what the dialplan has no way to write: `%` and two hexadecimal digits stand for a byte.
fn decoded(step: &str) -> String {
    let mut bytes = Vec::with_capacity(step.len());
    let mut rest = step.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match code.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(code) if byte == b'%' => {
                bytes.push(code);
                rest = &after[2..];
            }
            _ => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
