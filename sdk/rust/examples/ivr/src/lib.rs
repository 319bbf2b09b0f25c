//! A menu: the caller presses a digit, and the operator's table `ivr` says what it means.

use ucx::prelude::*;

const TRIES: usize = 3;
const RING_SECONDS: u64 = 20;
/// ITU-T Q.850: normal call clearing.
const NORMAL: u16 = 16;

ucx::call_flow!(ivr);

fn ivr(channel: &Channel, _args: &Args) -> Led {
    let menu = lookup("ivr");
    channel.answer()?;
    for _ in 0..TRIES {
        let pressed = channel.gather(digits(1).prompt(sound("prompt", "ivr-menu")?.as_str()))?.digits;
        let row = match pressed.as_str() {
            "" => None,
            digit => menu.find(digit)?,
        };
        let Some(row) = row else {
            say(channel, "invalid", "option-is-invalid")?;
            continue;
        };
        let (action, target) = (row.require("action")?, row.text("target").unwrap_or(""));
        log::info(&format!("{pressed}: {action} {target}"));
        count("choices", 1, &[]);
        match action {
            "goto" => return goto(target, row.text("exten").unwrap_or("s")),
            "hangup" => return hang_up(NORMAL),
            "dial" => {
                let dial = Dial::to([endpoint(target)]).timeout(RING_SECONDS.secs());
                if let Some(peer) = channel.dial(dial)?.answered {
                    channel.connect(&peer)?;
                    return done();
                }
                say(channel, "nobody", "vm-nobodyavail")?;
            }
            other => {
                return fail(format!("row {}: {other} is no action (dial, goto, hangup)", row.key));
            }
        }
    }
    say(channel, "goodbye", "vm-goodbye")?;
    hang_up(NORMAL)
}

fn sound(setting: &str, otherwise: &str) -> Result<String, Stop> {
    Ok(config(setting)?.unwrap_or_else(|| otherwise.to_owned()))
}

fn say(channel: &Channel, setting: &str, otherwise: &str) -> Result<(), Stop> {
    channel.play(sound(setting, otherwise)?.as_str())?;
    Ok(())
}
