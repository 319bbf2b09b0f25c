//! `PlayTones`: a tone while the dialplan goes on.

use crate::text;
use ucx_call::Tone;
use ucx_pbx::{Ending, Line};

application!(PlayTones, "PlayTones", run,
    synopsis: "Lets the caller hear a tone while the dialplan goes on.",
    syntax: "PlayTones(arg)",
    arguments: &[("arg", "The tone's name: ring, busy or congestion. Lists of frequencies are not honoured, with a warning.")],
    notes: "It ends with StopPlayTones, or when something else is to be heard.",
);

fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let tone = match args.trim().to_ascii_lowercase().as_str() {
        "ring" | "ringing" => Tone::Ringing,
        "busy" => Tone::Busy,
        "congestion" => Tone::Congestion,
        _ => {
            text::warn(line, "PlayTones", &format!("{args:?} is no tone that is known"));
            return Ok(());
        }
    };
    line.tone(Some(tone))
}

#[cfg(test)]
mod tests {
    use crate::tests::{test, tones};
    use ucx_call::{Action, Source, Tone};

    #[test]
    fn tones_are_heard_until_they_are_stopped() {
        let plan = "[main]\nexten => 100,1,Answer()\n same => n,PlayTones(busy)\n same => n,Wait(1)\n same => n,StopPlayTones()\n same => n,PlayTones(440/100)\n same => n,Wait(1)\n";
        test(plan, async |world| {
            world.call("100");
            world.until_over().await;
            assert_eq!(tones(world), [Tone::Busy]);
            let silent = |action: &&Action| {
                matches!(
                    action,
                    Action::Hear {
                        source: Source::Silence,
                        ..
                    }
                )
            };
            assert!(world.record().actions.iter().filter(silent).count() >= 1);
        });
    }
}
