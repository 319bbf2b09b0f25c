//! Single calls of sipp: how they end, and how their media changes.

use super::Bench;
use super::sipp_bench::expect_tone;
use crate::script::{Media, Script};
use anyhow::Result;
use std::time::Duration;

fn invites(name: &'static str) -> Script {
    Script::new(name).invite(Some(Media::FIRST)).reply_may_be(100)
}

pub fn busy(bench: &mut Bench) -> Result<()> {
    let callee = Script::new("busy-callee")
        .receive("INVITE")
        .refuse("486 Busy Here");
    let caller = invites("busy-caller")
        .reply_has(486, "Reason: Q.850;cause=17")
        .ack_refusal();
    bench.pair(&caller, "100", &callee, false).map(drop)
}

pub fn cancel(bench: &mut Bench) -> Result<()> {
    let callee = Script::new("cancelled-callee")
        .receive_invite()
        .reply("180 Ringing")
        .until_cancelled();
    let caller = invites("cancelling-caller").reply_is(180).pause(300).cancel();
    let caller = caller.reply_is(200).reply_is(487).ack_refusal();
    bench.pair(&caller, "100", &callee, false).map(drop)
}

/// The host gives up after two seconds: the callee is told, and so is the caller, with what `Hangup()` stands for.
pub fn no_answer(bench: &mut Bench) -> Result<()> {
    let callee = Script::new("silent-callee")
        .receive_invite()
        .reply("180 Ringing")
        .until_cancelled();
    let caller = invites("waiting-caller")
        .reply_is(180)
        .reply_has(603, "Reason: Q.850;cause=16")
        .ack_refusal();
    bench.pair(&caller, "103", &callee, false).map(drop)
}

/// The callee's tone begins a second and a half before its answer, and ends soon after it.
pub fn early_media(bench: &mut Bench) -> Result<()> {
    let callee = Script::new("early-callee")
        .receive("INVITE")
        .reply_with_media("183 Session Progress");
    let callee = callee
        .play(&bench.callee_tone())
        .pause(1500)
        .reply_with_media("200 OK")
        .receive("ACK")
        .until_bye();
    let caller = invites("early-caller")
        .reply_has(183, "m=audio [1-9]")
        .reply_is(200)
        .ack();
    let caller = caller.pause(200).bye().reply_is(200);
    let [caller, _] = bench.pair(&caller, "100", &callee, false)?;
    expect_tone("the caller", &caller, bench.tones.1, Duration::from_millis(1300))
}

pub fn hold(bench: &mut Bench) -> Result<()> {
    let change = |script: Script, version, direction, answer: &str| {
        script
            .reinvite(Media { version, direction })
            .reply_may_be(100)
            .reply_has(200, answer)
            .ack()
            .pause(600)
    };
    let script = invites("hold")
        .reply_is(200)
        .ack()
        .play(&bench.caller_tone())
        .pause(600);
    let script = change(script, 2, "sendonly", "a=recvonly");
    let script = change(script, 3, "sendrecv", "a=sendrecv");
    let heard = bench.solo(&script.bye().reply_is(200), "alice", "", "600")?;
    // While held there is silence towards the caller: it hears its tone before and after only.
    expect_tone("the caller", &heard, bench.tones.0, Duration::from_millis(800))?;
    if heard.packets > 75 {
        anyhow::bail!("{} packets came, as if the call had not been held", heard.packets);
    }
    Ok(())
}

pub fn delayed_offer(bench: &mut Bench) -> Result<()> {
    let script = Script::new("delayed")
        .invite(None)
        .reply_may_be(100)
        .reply_has(200, "m=audio [1-9][0-9]* RTP/AVP.* 0");
    let script = script
        .ack_with_answer()
        .play(&bench.caller_tone())
        .pause(1000)
        .bye()
        .reply_is(200);
    let heard = bench.solo(&script, "alice", "", "600")?;
    expect_tone("the caller", &heard, bench.tones.0, Duration::from_millis(700))
}

pub fn tcp(bench: &mut Bench) -> Result<()> {
    let callee = Script::new("tcp-callee")
        .receive("INVITE")
        .reply("180 Ringing")
        .reply_with_media("200 OK");
    let callee = callee.receive("ACK").play(&bench.callee_tone()).until_bye();
    let caller = invites("tcp-caller").reply_is(180).reply_is(200).ack();
    let caller = caller.play(&bench.caller_tone()).pause(1000).bye().reply_is(200);
    let [caller, callee] = bench.pair(&caller, "101", &callee, true)?;
    let (by_caller, by_callee) = bench.tones;
    expect_tone("the caller", &caller, by_callee, Duration::from_millis(700))?;
    expect_tone("the callee", &callee, by_caller, Duration::from_millis(700))
}
