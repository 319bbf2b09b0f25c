//! How does a plugin misbehave? In the way the dialled number names; anything else gets a good answer.

use std::hint::black_box;

use ucx::prelude::*;

ucx::router!(route);

/// Rounds of somebody who thinks for long before a good answer.
const PONDERED: u64 = 15_000_000;

fn route(request: &RouteRequest) -> Answer {
    match request.dialled.as_str() {
        "trap" => panic!("asked to trap"),
        "loop" => endless(),
        "ponder" => {
            ponder();
            return pass("thought for long");
        }
        "memory" => hoard_memory(),
        "handles" => hoard_handles(),
        "flood" => flood_the_log(),
        "giant" => return connect([endpoint("6001")]).because("x".repeat(8 * 1024 * 1024)),
        "legs" => {
            return connect((0..100_000).map(|n| endpoint(n.to_string()))).because("a hundred thousand legs");
        }
        "recursion" => {
            black_box(descend(black_box(1)));
        }
        "injection" => {
            return connect([endpoint("6001").header("X-Note", "a\r\nContact: evil")]).because("a header");
        }
        "variable" => {
            return connect([endpoint("6001")])
                .set("CDR(accountcode)", "stolen")
                .because("a variable");
        }
        "uri" => {
            return connect([to(Target::Uri("sip:evil@example.com".to_owned()))])
                .because("a foreign address");
        }
        "elsewhere" => return continue_at("answering", "s", 1).because("a context of others"),
        "elsewhere-dialled" => {
            return connect([to(Target::Location(place_of("answering", "s")))])
                .because("a context of others");
        }
        "error" => return Err(Failure::new("asked to fail")),
        "write" => bucket("default")?
            .set("key", b"value")
            .map_err(|error| Failure::new(format!("{error:?}")))?,
        "snoop" => {
            lookup("salaries").find("6001")?;
        }
        other => {
            if let Some(place) = other.strip_prefix("line-in-") {
                return forge(place, "6001\r\nX-Forged: yes\r\nEvent: Forged");
            }
            if let Some(place) = other.strip_prefix("zero-in-") {
                return forge(place, "6001\0");
            }
            if let Some(place) = other.strip_prefix("more-in-") {
                return forge(place, "6001&Local/s@answering,30,U(x)");
            }
        }
    }
    connect([endpoint("6001")]).because("behaved")
}

/// An answer with that text in one of its places.
fn forge(place: &str, text: &str) -> Answer {
    let caller = |party: Party| {
        let mut leg = endpoint("6001");
        leg.caller = Some(party);
        connect([leg])
    };
    match place {
        "endpoint" => connect([endpoint(text)]),
        "trunk" => connect([trunk(text, "1")]),
        "trunk-number" => connect([trunk("6001", text)]),
        "extension" => connect([to(Target::Location(place_of("answering", text)))]),
        "context" => connect([to(Target::Location(place_of(text, "s")))]),
        "queue" => connect([queue(text)]),
        "header-name" => connect([endpoint("6001").header(text, "x")]),
        "header-value" => connect([endpoint("6001").header("X-Note", text)]),
        "caller-number" => caller(Party::number(text)),
        "caller-name" => caller(Party {
            name: Some(text.to_owned()),
            ..Party::number("1")
        }),
        "caller-address" => caller(Party {
            uri: Some(text.to_owned()),
            ..Party::number("1")
        }),
        "refusal" => return reject(21, text),
        "other-place" => continue_at(text, "s", 1),
        "variable" => connect([endpoint("6001")]).set(text, text),
        _ => connect([endpoint("6001")]),
    }
    .because("forged")
}

fn place_of(context: &str, exten: &str) -> Location {
    Location {
        context: context.to_owned(),
        exten: exten.to_owned(),
        priority: "1".to_owned(),
    }
}

fn endless() {
    let mut n: u64 = 1;
    loop {
        n = black_box(n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
    }
}

/// Takes a few hundredths of a second of a processor, and is honest about it.
fn ponder() {
    let mut n: u64 = 1;
    for _ in 0..PONDERED {
        n = black_box(n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
    }
}

fn hoard_memory() {
    let mut hoard: Vec<Vec<u8>> = Vec::new();
    loop {
        hoard.push(vec![1; 1024 * 1024]);
        black_box(&hoard);
    }
}

fn hoard_handles() {
    let mut hoard = Vec::new();
    loop {
        match bucket("default") {
            Ok(bucket) => hoard.push(bucket),
            Err(failure) => panic!("after {}: {failure}", hoard.len()),
        }
    }
}

fn flood_the_log() {
    let line = "flood ".repeat(20_000);
    for _ in 0..2_000 {
        log::error(&line);
    }
}

#[expect(unconditional_recursion, reason = "the stack's end is what is tested")]
fn descend(depth: u64) -> u64 {
    let frame = black_box([depth; 16]);
    frame[3] + descend(black_box(depth + 1)) + black_box(frame)[7]
}
