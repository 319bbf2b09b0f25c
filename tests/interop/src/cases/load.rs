//! Many calls at once, with media in both directions, each counted at both of its ends.

use super::Bench;
use super::sipp_bench::expect_tone;
use crate::ports;
use crate::process::with;
use crate::script::{Media, Script};
use crate::sipp::Sipp;
use anyhow::{Result, bail};
use std::time::Duration;

const RATE: u32 = 20;
const CALLS: u32 = 200;
/// How long both speak, in milliseconds.
const TALK_MS: u32 = 2000;
/// Messages sent twice that a busy machine may cause; a storm would be hundreds.
const RETRANSMISSIONS_MAX: u64 = 4;
/// What of the tone must have been heard: a loaded sipp starts its stream up to 200 ms late.
const HEARD_LEAST: Duration = Duration::from_millis(1600);
const LIMIT: Duration = Duration::from_secs(40);

pub fn calls(bench: &mut Bench) -> Result<()> {
    let media = bench.observe(2 * CALLS as usize)?;
    let (caller_media, callee_media) = media.ports().split_at(CALLS as usize);
    let callee = Script::new("load-callee")
        .receive("INVITE")
        .reply("180 Ringing")
        .reply_with_media("200 OK");
    let callee = callee.receive("ACK").play(&bench.callee_tone()).until_bye();
    let caller = Script::new("load-caller")
        .invite(Some(Media::FIRST))
        .reply_may_be(100)
        .reply_may_be(180);
    let caller = caller
        .reply_is(200)
        .ack()
        .play(&bench.caller_tone())
        .pause(TALK_MS)
        .bye()
        .reply_is(200);
    let many = |script, me, port, media| Sipp {
        calls: CALLS,
        rate: RATE,
        ..Sipp::once(script, me, port, media)
    };
    let called = many(&callee, "bob", bench.callees[0], callee_media).listen(&bench.folder)?;
    let caller = many(&caller, "alice", ports::free()?, caller_media);
    let caller = caller
        .call(&bench.folder, bench.host.sip(), "100")?
        .end(LIMIT)
        .map_err(|error| with(&error, &bench.host.tail()))?;
    let callee = called.end(LIMIT)?;
    bench.host.quiet()?;
    for (who, stats) in [("the caller", caller), ("the callee", callee)] {
        if stats.retransmissions > RETRANSMISSIONS_MAX {
            bail!("{who} had to repeat itself: {stats:?}");
        }
    }
    let heard = media.end();
    let (by_caller, by_callee) = bench.tones;
    let sides = heard
        .iter()
        .zip((0..CALLS).map(|_| by_callee).chain((0..CALLS).map(|_| by_caller)));
    for (place, (heard, tone)) in sides.enumerate() {
        expect_tone(
            &format!("side {place} of {}", 2 * CALLS),
            heard,
            tone,
            HEARD_LEAST,
        )?;
    }
    Ok(())
}
