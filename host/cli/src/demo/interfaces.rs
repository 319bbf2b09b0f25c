//! The steps with existing software: a call monitor on the Manager, an IVR on the Gateway, an application on the Application
//! interface. The clients are third-party libraries, unmodified.

use super::client::Client;
use super::phone::Phone;
use super::stage::Stage;
use super::steps::{Phones, held, title};
use anyhow::{Context, Result, ensure};
use std::time::Duration;

/// Shows the three, if the program with the clients is there.
pub fn show(stage: &Stage, phones: &mut Phones) -> Result<()> {
    let Some(program) = stage.clients() else {
        title(
            8,
            "Existing software (left out: start the demonstration with `cargo xtask demo`)",
        );
        return Ok(());
    };
    let program = program.to_owned();
    let secrets = [
        ("manager", stage.secret_file("manager")?),
        ("application", stage.secret_file("application")?),
    ];
    let [manager, application] = secrets.map(|(door, file)| {
        stage.address(door).map(|address| {
            [
                "--server".to_owned(),
                address,
                "--user".to_owned(),
                "ucx".to_owned(),
                "--secret-file".to_owned(),
                file,
            ]
        })
    });
    let (manager, application) = (manager?, application?);
    let (monitor, _) = Client::start(&program, "manager", &refs(&manager))?;
    monitored(phones, &monitor)?;
    menu(stage, &program, phones, &monitor)?;
    joined(&program, &refs(&application), phones)
}

fn refs(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).collect()
}

/// Presses a key as soon as the newest call is up; answers of earlier calls may still wait to be expected.
pub(super) fn press(phone: &mut Phone, digits: &str) -> Result<()> {
    let mut pressed = phone.say(&format!("digits {digits}"));
    for _ in 0..100 {
        if pressed.is_ok() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
        pressed = phone.say(&format!("digits {digits}"));
    }
    pressed.map(|_| ())
}

/// A client follows a call by its events.
fn monitored(phones: &mut Phones, monitor: &Client) -> Result<()> {
    title(
        8,
        "Manager: a client on asterisk-rs-ami follows a call from 6001 to 6002",
    );
    phones.alice.say_all(&[
        "call 6002",
        "expect-answered within 5s",
        "expect-tone 660 within 5s",
    ])?;
    phones.alice.say_all(&["hangup", "expect-over within 5s"])?;
    let call = monitor.wait_for("call", |call| {
        call["channel"]
            .as_str()
            .is_some_and(|channel| channel.contains("6001"))
    })?;
    let events = call["events"].as_array().context("the events of the call")?;
    for wanted in ["DialBegin", "DialEnd", "BridgeEnter", "Hangup"] {
        ensure!(
            events.iter().any(|event| event == wanted),
            "the monitor did not see {wanted}: {events:?}"
        );
    }
    held(&format!(
        "it saw {} events of {}, and its end: {}",
        events.len(),
        call["channel"].as_str().unwrap_or_default(),
        call["cause_text"].as_str().unwrap_or_default()
    ));
    Ok(())
}

/// A program takes part in the call: it plays, takes a digit, and dials.
fn menu(stage: &Stage, program: &std::path::Path, phones: &mut Phones, monitor: &Client) -> Result<()> {
    title(
        9,
        "Gateway: an IVR on asterisk-rs-agi answers 800, asks for a digit, and dials",
    );
    let (ivr, ready) = Client::start(
        program,
        "gateway",
        &["--bind", "127.0.0.1:0", "--dial", "PJSIP/6002,20"],
    )?;
    let address = ready["address"].as_str().context("where the IVR listens")?;
    stage.ask(&format!("dialplan set global GATEWAY agi://{address}/ivr"))?;
    phones.alice.say("call 800")?;
    press(&mut phones.alice, "2")?;
    let digits = ivr.wait_for("digits", |_| true)?;
    ensure!(digits["digits"] == "2", "the IVR got other digits: {digits}");
    held("it answers, 6001 presses 2, and the IVR gets it");
    phones.alice.say("expect-tone 660 within 8s")?;
    phones.bob.say("expect-tone 440 within 5s")?;
    held("the IVR dials 6002: 6001 hears 660 Hz, and 6002 hears 440 Hz");
    phones.alice.say_all(&["hangup", "expect-over within 5s"])?;
    phones.bob.say("expect-over within 5s")?;
    monitor.wait_for("call", |_| true)?;
    Ok(())
}

/// An application answers, plays, calls somebody, and joins both in a bridge.
fn joined(program: &std::path::Path, login: &[&str], phones: &mut Phones) -> Result<()> {
    title(
        10,
        "Application: a program on asterisk-rs-ari answers 810, plays, calls 6002 and bridges",
    );
    let mut args = login.to_vec();
    args.extend(["--app", "demo", "--dial", "PJSIP/6002"]);
    let (application, _) = Client::start(program, "application", &args)?;
    phones.alice.say("call 810")?;
    let played = application.wait_for("played", |_| true)?;
    ensure!(played["state"] == "done", "the chime was not played: {played}");
    held("6001 is answered, and the chime is played to its end");
    application.wait_for("bridged", |_| true)?;
    phones.alice.say("expect-tone 660 within 5s")?;
    phones.bob.say("expect-tone 440 within 5s")?;
    held("the application called 6002 and joined both: 660 Hz one way, 440 Hz the other");
    phones.alice.say_all(&["hangup", "expect-over within 5s"])?;
    phones.bob.say("expect-over within 5s")?;
    application.wait_for("ended", |_| true)?;
    held("6001 hangs up; the application ends the other leg and the bridge");
    Ok(())
}
