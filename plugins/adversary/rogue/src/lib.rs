//! How does a plugin misbehave? In the way the dialled number names; anything else gets a good answer.

use std::hint::black_box;

use ucx::prelude::*;

ucx::router!(route);

fn route(request: &RouteRequest) -> Answer {
    match request.dialled.as_str() {
        "trap" => panic!("asked to trap"),
        "loop" => endless(),
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
        "error" => return Err(Failure::new("asked to fail")),
        "write" => bucket("default")?
            .set("key", b"value")
            .map_err(|error| Failure::new(format!("{error:?}")))?,
        "snoop" => {
            lookup("salaries").find("6001")?;
        }
        _ => {}
    }
    connect([endpoint("6001")]).because("behaved")
}

fn endless() {
    let mut n: u64 = 1;
    loop {
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
