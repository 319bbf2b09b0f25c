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
    use serde::Deserialize;
    use std::collections::BTreeMap;
    use ucx::testing::{self, Caller};

    /// More keys than any caller can use up.
    const MANY: usize = 200;

    /// The table of what the menu does, in every language it is written in.
    #[derive(Deserialize)]
    struct Cases {
        settings: BTreeMap<String, String>,
        table: BTreeMap<String, BTreeMap<String, String>>,
        cases: Vec<Case>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "kebab-case")]
    struct Case {
        name: String,
        #[serde(default)]
        menu: String,
        #[serde(default)]
        keys: Vec<String>,
        keys_again: Option<String>,
        #[serde(default)]
        dials: Vec<String>,
        leaves_after: Option<usize>,
        outcome: String,
        #[serde(default)]
        detail: String,
        did: Option<Vec<String>>,
    }

    impl Case {
        fn caller(&self) -> Caller {
            let again = self.keys_again.iter().flat_map(|key| [key].repeat(MANY));
            let mut caller = self
                .keys
                .iter()
                .chain(again)
                .fold(Caller::default(), |caller, key| caller.presses(key));
            for status in &self.dials {
                caller = caller.dials(match status.as_str() {
                    "busy" => DialStatus::Busy,
                    "no-answer" => DialStatus::NoAnswer,
                    other => panic!("{}: {other} is no way to end a dial", self.name),
                });
            }
            match self.leaves_after {
                Some(steps) => caller.leaves_after(steps),
                None => caller,
            }
        }
    }

    /// An outcome in the words of the cases.
    fn told(outcome: Outcome) -> (&'static str, String) {
        match outcome {
            Outcome::Done => ("done", String::new()),
            Outcome::ContinueAt(place) => (
                "continue-at",
                format!("{},{},{}", place.context, place.exten, place.priority),
            ),
            Outcome::Hangup(cause) => ("hangup", cause.to_string()),
            Outcome::Failed(words) => ("failed", words),
            Outcome::Other(_) => ("other", String::new()),
        }
    }

    #[test]
    fn every_case_is_done_as_it_is_written() {
        let cases: Cases = serde_json::from_str(include_str!("../cases.json")).unwrap();
        for (name, value) in &cases.settings {
            testing::config(name, value);
        }
        let rows: Vec<(&str, Vec<(&str, &str)>)> = cases
            .table
            .iter()
            .map(|(key, row)| {
                (
                    key.as_str(),
                    row.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect(),
                )
            })
            .collect();
        let rows: Vec<(&str, &[(&str, &str)])> =
            rows.iter().map(|(key, row)| (*key, row.as_slice())).collect();
        testing::table("menus", &rows);
        assert!(cases.cases.len() > 10);
        for case in &cases.cases {
            let caller = case.caller();
            let args = Args(vec![attr("arg1", case.menu.as_str())]);
            let (outcome, detail) = told(ucx::run_flow(lead, &caller.channel(), &args));
            assert_eq!(
                (outcome, detail.as_str()),
                (case.outcome.as_str(), case.detail.as_str()),
                "{}",
                case.name
            );
            if let Some(did) = &case.did {
                assert_eq!(&caller.steps(), did, "{}", case.name);
            }
        }
    }
}
