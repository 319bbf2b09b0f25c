//! What more can be said to the host? Steps with the fields that few flows fill in, and listening in on others.

use ucx::bindings::flow::ucx::call::bridges::{Bridge, BridgeSpec, MemberSpec};
use ucx::bindings::flow::ucx::call::channels::{self as raw, DialSpec, Side};
use ucx::bindings::flow::ucx::call::monitoring::{self, SpyMode, Spying};
use ucx::bindings::types::{GatherSpec, IfExists, PlayOptions, RecordSpec};
use ucx::prelude::*;

use crate::Held;

pub fn act(call: &Channel, held: &mut Held, word: &str, rest: &str) -> Result<String, Stop> {
    let handle = || call.raw().ok_or_else(|| Stop::from("no handle"));
    Ok(match word {
        "attrs" => {
            let info = call.info();
            let shown = info
                .attrs
                .iter()
                .map(|attr| format!("{}={:?}", attr.name, attr.value));
            format!("[{}] {}", info.tenant, shown.collect::<Vec<_>>().join(" "))
        }
        "peer-header" => {
            let peer = held.peers.last().ok_or("nobody answered")?;
            peer.raw().ok_or("no handle")?.get_headers(rest)?.join("+")
        }
        "play-with" => {
            let (name, attrs) = named(rest);
            let options = PlayOptions {
                language: String::new(),
                stop_on: String::new(),
                offset: 0,
                attrs,
            };
            let playback = handle()?.start_play(&[file(name)], &options)?;
            let ending = playback.wait(60_000)?.ending;
            format!("{ending:?}")
        }
        "gather-with" => {
            let (name, attrs) = named(rest);
            let spec = GatherSpec {
                prompt: vec![file(name)],
                min_digits: 1,
                max_digits: 1,
                terminators: String::new(),
                first: 500,
                between: 500,
                barge_in: true,
                attrs,
            };
            handle()?.gather(&spec)?.digits
        }
        "record-with" => {
            let (name, attrs) = named(rest);
            let spec = RecordSpec {
                name: name.to_owned(),
                format: "wav".to_owned(),
                max: 500,
                silence: 0,
                terminators: String::new(),
                beep: false,
                if_exists: IfExists::Overwrite,
                attrs,
            };
            handle()?.record_message(&spec)?.name
        }
        "dial-with" => {
            let (name, attrs) = named(rest);
            let spec = DialSpec {
                groups: vec![vec![endpoint(name)]],
                timeout: 5_000,
                early_media: false,
                ring_back: Vec::new(),
                attrs,
            };
            format!("{:?}", handle()?.dial(&spec)?.status)
        }
        "leg-with" => {
            let (name, attrs) = named(rest);
            let mut leg = endpoint(name).ring(5.secs());
            leg.attrs = attrs;
            let end = call.dial(Dial::to([leg]))?;
            format!("{:?}", end.status)
        }
        "call-with" => {
            let (name, attrs) = named(rest);
            let target = match name.split_once('@') {
                Some((exten, context)) => Target::Location(Location {
                    context: context.to_owned(),
                    exten: exten.to_owned(),
                    priority: "1".to_owned(),
                }),
                None => Target::Endpoint(name.to_owned()),
            };
            let spec = raw::OriginateSpec {
                leg: to(target).ring(5.secs()),
                caller: Party::number("100"),
                variables: Vec::new(),
                dedupe_key: String::new(),
                attrs,
            };
            let end = raw::originate(&spec)?;
            held.peers.extend(end.answered.map(Channel::from));
            format!("{:?}", end.status)
        }
        "enter-with" => {
            let (_, attrs) = named(rest);
            let bridge = Bridge::create(&BridgeSpec {
                kind: "mixing".to_owned(),
                name: "room".to_owned(),
                attrs: Vec::new(),
            })?;
            let part = |attrs| MemberSpec {
                role: "participant".to_owned(),
                absorb_digits: false,
                muted: false,
                attrs,
            };
            bridge.add(handle()?, &part(attrs.clone()))?;
            if let Some(peer) = held.peers.last() {
                bridge.add(peer.raw().ok_or("no handle")?, &part(attrs))?;
            }
            held.bridges.push(bridge);
            String::new()
        }
        _ => return listen(call, held, word, rest),
    })
}

/// A name, and attributes before it: `NAME=VALUE`, `NAME=VALUE` and so on, with a blank between.
fn named(words: &str) -> (&str, Vec<Attr>) {
    let (before, name) = words.rsplit_once(' ').unwrap_or(("", words));
    let pairs = before.split(' ').filter_map(|pair| pair.split_once('='));
    (name, pairs.map(|(name, value)| attr(name, value)).collect())
}

fn mode(word: &str) -> SpyMode {
    match word {
        "whisper" => SpyMode::Whisper,
        "barge" => SpyMode::Barge,
        _ => SpyMode::Listen,
    }
}

fn listen(call: &Channel, held: &mut Held, word: &str, rest: &str) -> Result<String, Stop> {
    let spying = |held: &Held| -> Result<usize, Stop> {
        let last = held.spyings.len().checked_sub(1);
        last.ok_or_else(|| "nobody is listened to".into())
    };
    Ok(match word {
        "spy" => {
            let (how, watched) = rest.split_once(' ').ok_or("spy MODE CHANNEL")?;
            let listener = call.raw().ok_or("no handle")?;
            let spying: Spying = monitoring::spy(listener, watched, mode(how), Side::Both, &[])?;
            held.spyings.push(spying);
            "listening".to_owned()
        }
        "spy-mode" => held.spyings[spying(held)?]
            .set_mode(mode(rest))
            .map(|()| rest.to_owned())?,
        "spy-switch" => held.spyings[spying(held)?]
            .switch_to(rest)
            .map(|()| "there".to_owned())?,
        "spy-wait" => match held.spyings[spying(held)?].wait(rest.parse().unwrap_or(0)) {
            Ok(()) => "over".to_owned(),
            Err(Error::Timeout) => "still".to_owned(),
            Err(error) => return Err(error.into()),
        },
        "spy-stop" => {
            held.spyings[spying(held)?].stop();
            "stopped".to_owned()
        }
        "spy-drop" => {
            held.spyings.clear();
            String::new()
        }
        _ => return crate::roam::act(call, word, rest),
    })
}
