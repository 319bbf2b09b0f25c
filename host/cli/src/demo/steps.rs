//! The steps, in an order a newcomer can follow; each is checked by what is heard at the far end.

use super::phone::Phone;
use super::stage::Stage;
use anyhow::{Result, ensure};
use serde_json::Value;
use std::time::Duration;

/// Each phone's own tone in Hz.
const TONES: [(&str, u16); 3] = [("6001", 440), ("6002", 660), ("6003", 880)];
/// How long the two calls whose gaps are compared are listened to.
const LISTEN: Duration = Duration::from_secs(3);

const TO_6003: &str = "prefix,action,target,ring\n7,endpoint,6003,20\n";
const TO_6002: &str = "prefix,action,target,ring\n7,endpoint,6002,20\n";

pub struct Phones {
    pub alice: Phone,
    pub bob: Phone,
    pub carol: Phone,
}

/// Shows them all; the first that does not hold ends the show.
pub fn show(stage: &Stage) -> Result<()> {
    title(
        1,
        "The host listens, three phones register, and the component prefix-router is installed",
    );
    let [alice, bob, carol] = TONES.map(|(user, hz)| stage.phone(user, hz));
    let mut phones = Phones {
        alice: alice?,
        bob: bob?,
        carol: carol?,
    };
    stage.install("prefix-router", "prefix-router")?;
    let first = stage.wait_for_generation("prefix-router", 0)?;
    stage.install("call-monitor", "call-monitor")?;
    stage.wait_for_generation("call-monitor", 0)?;
    held(&format!(
        "SIP at {}; {}",
        stage.sip(),
        "6001, 6002 and 6003 are registered (digest, SHA-256)"
    ));
    held(&format!(
        "prefix-router is active as generation {first}, call-monitor beside it"
    ));
    let plain = plain_call(stage, &mut phones)?;
    let second = swap_under_a_call(stage, &mut phones, first, &plain)?;
    let third = trap(stage, &mut phones, second)?;
    old_one_back(stage, &mut phones, third)?;
    menu(stage, &mut phones)?;
    title(7, "What call-monitor wrote");
    std::thread::sleep(Duration::from_millis(500));
    let lines = stage.ask("plugin logs call-monitor")?;
    for line in lines.lines() {
        crate::say(&format!("     {line}"));
    }
    ensure!(
        lines.lines().filter(|line| line.contains("answered")).count() >= 4,
        "call-monitor missed calls"
    );
    super::interfaces::show(stage, &mut phones)
}

/// 6001 dials 700; the component's table says 6002.
fn plain_call(stage: &Stage, phones: &mut Phones) -> Result<Value> {
    title(
        2,
        "6001 dials 700: the component looks 7 up in its table and sends the call to 6002",
    );
    phones.alice.say_all(&[
        "call 700",
        &format!("record {}", stage.recording("6001-hears-6002.wav")),
        "expect-answered within 5s",
        "expect-tone 660 within 5s",
    ])?;
    held("6001 hears 660 Hz, the tone of 6002");
    phones.bob.say("expect-tone 440 within 5s")?;
    held("6002 hears 440 Hz, the tone of 6001");
    std::thread::sleep(LISTEN);
    phones.alice.say("expect-tone 660 within 2s")?;
    let figures = phones.alice.stats(None)?;
    phones.alice.say_all(&["hangup", "expect-over within 5s"])?;
    held(&format!(
        "hung up after {} frames received, {} lost",
        figures["frames_received"], figures["frames_lost"]
    ));
    Ok(figures)
}

/// The component is replaced and its table edited while 6001 talks to 6002.
fn swap_under_a_call(stage: &Stage, phones: &mut Phones, before: u64, plain: &Value) -> Result<u64> {
    title(
        3,
        "The same call again, and the component is replaced by another build while they talk",
    );
    phones.alice.say_all(&[
        "call 700",
        &format!(
            "record {}",
            stage.recording("6001-hears-6002-during-the-swap.wav")
        ),
        "expect-answered within 5s",
        "expect-tone 660 within 5s",
    ])?;
    phones.bob.say("expect-tone 440 within 5s")?;
    stage.install("prefix-router-b", "prefix-router")?;
    let generation = stage.wait_for_generation("prefix-router", before)?;
    held(&format!(
        "another build is active as generation {generation}; 6001 and 6002 are still talking"
    ));
    stage.edit_table(TO_6003)?;
    held("the table now sends 7 to 6003");
    std::thread::sleep(LISTEN);
    phones.alice.say("expect-tone 660 within 2s")?;
    phones.bob.say("expect-tone 440 within 2s")?;
    let figures = phones.alice.stats(None)?;
    compare(plain, &figures)?;
    crate::say("     and the next call, from 6001 again while the first one goes on:");
    let answer = phones.alice.say("call 700")?;
    phones
        .carol
        .say_all(&["expect-answered within 5s", "expect-tone 440 within 5s"])?;
    let call = answer["call"].as_u64();
    let tone = call.map_or_else(
        || "expect-tone 880".to_owned(),
        |call| format!("expect-tone 880 within 5s #{call}"),
    );
    phones.alice.say(&tone)?;
    held("it goes to 6003: 6001 hears 880 Hz there, and 6003 hears 440 Hz");
    phones.alice.say_all(&["hangup", "hangup"])?;
    phones.bob.say("expect-over within 5s")?;
    phones.carol.say("expect-over within 5s")?;
    Ok(generation)
}

/// The call with the swap must be no worse than the one without.
fn compare(plain: &Value, swapped: &Value) -> Result<()> {
    let number = |figures: &Value, name: &str| figures[name].as_f64().unwrap_or(f64::MAX);
    held(&format!(
        "largest gap between two frames: {:.1} ms with the swap, {:.1} ms in the call without one",
        number(swapped, "largest_gap_ms"),
        number(plain, "largest_gap_ms"),
    ));
    for (name, what) in [
        ("resets", "its numbering began anew"),
        ("ssrc_changes", "its source changed"),
        ("frames_lost", "frames were lost"),
    ] {
        ensure!(
            number(swapped, name) == 0.0,
            "the stream that left the host was not whole: {what}"
        );
    }
    held("no hole in the numbering, no reset, no change of source");
    Ok(())
}

/// A component that traps costs its own decision only.
fn trap(stage: &Stage, phones: &mut Phones, before: u64) -> Result<u64> {
    title(4, "A component that traps at every question takes its place");
    stage.install("always-traps", "prefix-router")?;
    let generation = stage.wait_for_generation("prefix-router", before)?;
    held(&format!("it is active as generation {generation}"));
    phones.alice.say_all(&[
        "call 700",
        "expect-answered within 5s",
        "expect-tone 660 within 5s",
    ])?;
    phones.bob.say("expect-tone 440 within 5s")?;
    held("the call still arrives: the declared fallback is the dialplan, which rings 6002");
    phones.alice.say_all(&["hangup", "expect-over within 5s"])?;
    let events = stage.ask("plugin events")?;
    ensure!(events.contains("trapped"), "the trap was not told");
    held("and the operator can read why (plugin events)");
    Ok(generation)
}

fn old_one_back(stage: &Stage, phones: &mut Phones, before: u64) -> Result<()> {
    title(5, "The old component comes back");
    stage.edit_table(TO_6002)?;
    stage.install("prefix-router", "prefix-router")?;
    let generation = stage.wait_for_generation("prefix-router", before)?;
    phones.alice.say_all(&[
        "call 700",
        "expect-answered within 5s",
        "expect-tone 660 within 5s",
    ])?;
    phones.bob.say("expect-tone 440 within 5s")?;
    phones.alice.say_all(&["hangup", "expect-over within 5s"])?;
    held(&format!("generation {generation} decides, and 700 is 6002 again"));
    Ok(())
}

/// A component leads the caller through a menu.
fn menu(stage: &Stage, phones: &mut Phones) -> Result<()> {
    title(
        6,
        "6001 dials 820: the component ivr-menu plays a menu, hears a key, and rings 6002",
    );
    stage.install("ivr-menu", "ivr-menu")?;
    stage.wait_for_generation("ivr-menu", 0)?;
    phones.alice.say_all(&["call 820", "expect-answered within 5s"])?;
    super::interfaces::press(&mut phones.alice, "2")?;
    phones
        .bob
        .say_all(&["expect-answered within 5s", "expect-tone 440 within 5s"])?;
    phones.alice.say("expect-tone 660 within 5s")?;
    held("6001 hears the menu, presses 2, and hears 660 Hz, the tone of 6002");
    phones.bob.say("hangup")?;
    phones.alice.say("expect-over within 5s")?;
    held("6002 hangs up, and so does the component for 6001");
    Ok(())
}

pub fn title(number: u32, text: &str) {
    crate::say(&format!("\n {number}. {text}"));
}

pub fn held(text: &str) {
    crate::say(&format!("   + {text}"));
}
