//! Single requests of sipp: who may do what, and what the host says.

use super::Bench;
use super::sipp_bench::{CALL_LIMIT, PASSWORD, expect_tone};
use crate::ports;
use crate::script::{Media, Script};
use crate::sipp::Sipp;
use anyhow::{Result, bail};
use std::time::Duration;

pub fn options(bench: &mut Bench) -> Result<()> {
    let script = Script::new("options")
        .options()
        .reply_has(200, "Allow:.*INVITE.*BYE");
    bench.solo(&script, "alice", "", "").map(drop)
}

fn registration() -> Script {
    Script::new("register").register(false).challenge().register(true)
}

pub fn register(bench: &mut Bench) -> Result<()> {
    let (script, port) = (
        registration().reply_has(200, "Contact:.*carol@.*expires=60"),
        ports::free()?,
    );
    let carol = |script: &Script| -> Result<()> {
        let sipp = Sipp {
            password: PASSWORD,
            ..Sipp::once(script, "carol", port, &[9])
        };
        sipp.call(&bench.folder, bench.host.sip(), "")?
            .end(CALL_LIMIT)
            .map(drop)
    };
    carol(&script)?;
    let contacts = bench.host.ask("pjsip show contacts")?;
    if !contacts.contains(&format!("carol@127.0.0.1:{port}")) {
        bail!("the contact is not shown:\n{contacts}");
    }
    let media = bench.observe(1)?;
    let callee = Script::new("registered")
        .receive("INVITE")
        .reply_with_media("200 OK")
        .receive("ACK")
        .until_bye();
    let called = Sipp::once(&callee, "carol", port, media.ports()).listen(&bench.folder)?;
    let caller = Script::new("to-registered").invite(Some(Media::FIRST));
    let caller = caller
        .reply_may_be(100)
        .reply_may_be(180)
        .reply_is(200)
        .ack()
        .pause(200)
        .bye()
        .reply_is(200);
    bench.solo(&caller, "alice", "", "102")?;
    called.end(CALL_LIMIT).map(drop)
}

pub fn register_with_wrong_password(bench: &mut Bench) -> Result<()> {
    let before = bench.host.ask("pjsip show contacts")?;
    let script = registration().reply_is(401);
    bench.solo(&script, "carol", "wrong", "")?;
    let after = bench.host.ask("pjsip show contacts")?;
    if before != after {
        bail!("a wrong password changed the contacts:\n{before}\n{after}");
    }
    Ok(())
}

fn challenged(name: &'static str) -> Script {
    let script = Script::new(name)
        .invite(Some(Media::FIRST))
        .reply_may_be(100)
        .challenge()
        .ack_refusal();
    script.invite_with_credentials().reply_may_be(100)
}

pub fn challenged_invite(bench: &mut Bench) -> Result<()> {
    let script = challenged("challenged")
        .reply_is(200)
        .ack()
        .play(&bench.caller_tone());
    let script = script.pause(1000).bye().reply_is(200);
    let heard = bench.solo(&script, "carol", PASSWORD, "600")?;
    expect_tone("the caller", &heard, bench.tones.0, Duration::from_millis(700))
}

pub fn invite_with_wrong_password(bench: &mut Bench) -> Result<()> {
    let script = challenged("wrong-password").reply_is(401).ack_refusal();
    bench.solo(&script, "carol", "wrong", "600").map(drop)
}

pub fn unknown_extension(bench: &mut Bench) -> Result<()> {
    let script = Script::new("unknown")
        .invite(Some(Media::FIRST))
        .reply_may_be(100)
        .reply_is(404)
        .ack_refusal();
    bench.solo(&script, "alice", "", "999").map(drop)
}
