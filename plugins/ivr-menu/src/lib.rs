//! What does a caller hear, and where does each key lead? The operator's table `menus` says it.

use ucx::prelude::*;

/// How long an endpoint rings when the row does not say.
const RING_SECONDS: u64 = 20;
/// How often a menu is read out when its row does not say.
const TRIES: u32 = 3;
/// Menus and keys one caller may go through; a table that leads round and round ends here.
const STEPS_MAX: usize = 100;
/// ITU-T Q.850: normal call clearing.
const NORMAL: u16 = 16;

ucx::call_flow!(lead);

fn lead(call: &Channel, args: &Args) -> Led {
    let mut menu = match args.at(1) {
        "" => "main".to_owned(),
        name => name.to_owned(),
    };
    call.answer()?;
    for _ in 0..STEPS_MAX {
        match visit(call, &menu)? {
            Next::Menu(name) => menu = name,
            Next::End(outcome) => return Ok(outcome),
        }
    }
    fail(format!("menu {menu} leads round and round"))
}

/// Where a menu leads.
enum Next {
    Menu(String),
    End(Outcome),
}

fn visit(call: &Channel, menu: &str) -> Result<Next, Stop> {
    let Some(row) = lookup("menus").find(menu)? else {
        return Err(format!("there is no menu {menu}").into());
    };
    let tries = row
        .int("tries")
        .and_then(|tries| u32::try_from(tries).ok())
        .unwrap_or(TRIES);
    let prompt = row.require("prompt")?;
    for _ in 0..tries.max(1) {
        let pressed = call.gather(digits(1).prompt(prompt).until(""))?;
        if pressed.digits.is_empty() {
            continue;
        }
        let Some(choice) = lookup("menus").find(&format!("{menu}/{}", pressed.digits))? else {
            play_setting(call, "invalid")?;
            continue;
        };
        if let Some(next) = follow(call, menu, &choice)? {
            return Ok(next);
        }
    }
    play_setting(call, "goodbye")?;
    Ok(Next::End(Outcome::Done))
}

/// Does what a key stands for; none if the menu is read out again.
fn follow(call: &Channel, menu: &str, choice: &Row) -> Result<Option<Next>, Stop> {
    if let Some(prompt) = choice.text("prompt").filter(|prompt| !prompt.is_empty()) {
        call.play(prompt)?;
    }
    match choice.require("action")? {
        "dial" => {
            let ring = choice
                .int("ring")
                .and_then(|ring| u64::try_from(ring).ok())
                .unwrap_or(RING_SECONDS)
                .secs();
            let legs = choice
                .require("target")?
                .split('&')
                .map(|name| endpoint(name.trim()));
            match call.dial(Dial::to(legs).timeout(ring))?.answered {
                Some(peer) => {
                    call.connect(&peer)?;
                    Ok(Some(Next::End(Outcome::Hangup(NORMAL))))
                }
                None => {
                    play_setting(call, "unavailable")?;
                    Ok(Some(Next::Menu(menu.to_owned())))
                }
            }
        }
        "menu" => Ok(Some(Next::Menu(choice.require("target")?.to_owned()))),
        "goto" => {
            let target = choice.require("target")?;
            let (context, exten) = target.split_once(',').unwrap_or(("", target));
            Ok(Some(Next::End(goto(context.trim(), exten.trim())?)))
        }
        "say" => {
            call.play(choice.require("target")?)?;
            Ok(None)
        }
        "hangup" => Ok(Some(Next::End(Outcome::Hangup(NORMAL)))),
        other => Err(format!(
            "row {}: {other} is no action (dial, menu, goto, say, hangup)",
            choice.key
        )
        .into()),
    }
}

/// Plays the sound the operator set for that, if there is one.
fn play_setting(call: &Channel, name: &str) -> Result<(), Stop> {
    if let Some(sound) = config(name)? {
        call.play(sound.as_str())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ucx::testing::{self, Caller};

    fn led(caller: &Caller, menu: &str) -> Led {
        testing::config("invalid", "option-is-invalid");
        testing::config("unavailable", "not-available");
        testing::table(
            "menus",
            &[
                ("main", &[("prompt", "welcome&main-menu")]),
                (
                    "main/1",
                    &[
                        ("action", "dial"),
                        ("target", "6001&6002"),
                        ("prompt", "one-moment"),
                    ],
                ),
                ("main/2", &[("action", "menu"), ("target", "support")]),
                ("main/3", &[("action", "goto"), ("target", "sales,s")]),
                ("main/4", &[("action", "say"), ("target", "opening-hours")]),
                ("main/9", &[("action", "hangup")]),
                ("main/8", &[("action", "dance")]),
                ("support", &[("prompt", "support-menu"), ("tries", "1")]),
                ("round", &[("prompt", "x")]),
                ("round/1", &[("action", "menu"), ("target", "round")]),
            ],
        );
        let args = Args(vec![attr("arg1", menu)]);
        lead(&caller.channel(), &args)
    }

    #[test]
    fn a_key_rings_its_endpoints_and_connects() {
        let caller = Caller::default().presses("1");
        assert!(matches!(led(&caller, ""), Ok(Outcome::Hangup(16))));
        assert_eq!(
            caller.steps(),
            [
                "answer",
                "gather welcome&main-menu",
                "play one-moment",
                "dial 6001&6002",
                "connect"
            ]
        );
    }

    #[test]
    fn nobody_there_leads_back_to_the_menu() {
        let caller = Caller::default()
            .presses("1")
            .presses("9")
            .dials(DialStatus::Busy);
        assert!(matches!(led(&caller, "main"), Ok(Outcome::Hangup(16))));
        assert_eq!(
            caller.steps()[4..],
            ["play not-available", "gather welcome&main-menu"]
        );
    }

    #[test]
    fn menus_lead_to_menus_and_out_of_them() {
        let caller = Caller::default().presses("2");
        assert!(matches!(led(&caller, "main"), Ok(Outcome::Done)));
        assert_eq!(caller.steps()[2..], ["gather support-menu"]);
        let caller = Caller::default().presses("3");
        let Ok(Outcome::ContinueAt(place)) = led(&caller, "main") else {
            panic!("not sent on")
        };
        assert_eq!((place.context.as_str(), place.exten.as_str()), ("sales", "s"));
    }

    #[test]
    fn wrong_keys_and_silence_count_as_tries() {
        let caller = Caller::default().presses("7").presses("4");
        assert!(matches!(led(&caller, "main"), Ok(Outcome::Done)));
        let heard = caller.steps();
        let asked = heard.iter().filter(|step| step.starts_with("gather")).count();
        assert_eq!(asked, 3);
        assert!(heard.contains(&"play option-is-invalid".to_owned()));
        assert!(heard.contains(&"play opening-hours".to_owned()));
    }

    #[test]
    fn a_caller_who_leaves_ends_it_quietly_and_a_broken_table_is_named() {
        let gone = Caller::default().leaves_after(1);
        assert_eq!(led(&gone, "main").unwrap_err(), Stop::Gone);
        let failure = |menu: &str, key: &str| {
            led(&Caller::default().presses(key), menu)
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            failure("main", "8"),
            "row main/8: dance is no action (dial, menu, goto, say, hangup)"
        );
        assert_eq!(failure("nowhere", "1"), "there is no menu nowhere");
        let mut caller = Caller::default();
        for _ in 0..200 {
            caller = caller.presses("1");
        }
        assert_eq!(
            led(&caller, "round").unwrap_err().to_string(),
            "menu round leads round and round"
        );
    }
}
