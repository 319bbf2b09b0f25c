//! `Playback`: sounds, to their end.

use crate::text;
use ucx_call::Cause;
use ucx_dialplan::Arguments;
use ucx_pbx::{Ending, Line, PlayEnd};

application!(Playback, "Playback", waits run,
    synopsis: "Plays sounds to their end.",
    syntax: "Playback(filenames[&filename2…][,options])",
    arguments: &[("filenames", "Names of sounds without their format; several are played one after the other.")],
    options: &[
        ("skip", "Plays nothing if the call is not answered."),
        ("noanswer", "Plays without answering the call."),
        ("say", "Spoken texts instead of sounds. Not honoured, with a warning."),
        ("mix", "Spoken texts beside sounds. Not honoured, with a warning."),
    ],
    sets: &[("PLAYBACKSTATUS", "SUCCESS, or FAILED if a sound could not be played.")],
    notes: "The call is answered first unless an option says otherwise. Digits pressed meanwhile are lost. Without a sound \
            it ends the call.",
);

async fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let args = Arguments::split(args);
    let sounds = text::sounds(args.text(0));
    if sounds.is_empty() {
        text::warn(line, "Playback", "it needs a sound");
        return Err(Ending::Hangup(Cause::NONE));
    }
    let (mut skips, mut answers) = (false, true);
    for word in args.iter().skip(1).map(str::trim).filter(|word| !word.is_empty()) {
        match word.to_ascii_lowercase().as_str() {
            "skip" => skips = true,
            "noanswer" => answers = false,
            _ => text::warn(line, "Playback", &format!("the option {word:?} is not honoured")),
        }
    }
    if !line.is_up() {
        if skips {
            return line.set_variable("PLAYBACKSTATUS", "SUCCESS");
        }
        if answers {
            line.answer()?;
        }
    }
    let status = match line.play(&sounds).await? {
        PlayEnd::Completed | PlayEnd::Digit(_) => "SUCCESS",
        PlayEnd::Failed => "FAILED",
    };
    line.set_variable("PLAYBACKSTATUS", status)
}

#[cfg(test)]
mod tests {
    use crate::tests::{steps, test};

    #[test]
    fn sounds_are_played_to_their_end_and_the_status_says_how() {
        for (args, status, time_ms, is_up) in [
            ("a&b", "SUCCESS", 2_000, true),
            ("missing", "FAILED", 50, true),
            ("a,noanswer", "SUCCESS", 1_000, false),
            ("a,NoAnswer,say", "SUCCESS", 1_000, false),
            ("a,skip", "SUCCESS", 0, false),
            ("a,mix", "SUCCESS", 1_000, true),
        ] {
            let plan = format!("[main]\nexten => 100,1,Playback({args})\n");
            test(&plan, async |world| {
                world.call("100");
                world.until_over().await;
                let took = world.pbx.now().as_millis();
                assert!((time_ms..time_ms + 150).contains(&took), "{args}: {took}");
                assert_eq!(world.record().values("PLAYBACKSTATUS"), [status], "{args}");
                assert_eq!(
                    world.record().ended("alice").unwrap().answered_at.is_some(),
                    is_up,
                    "{args}"
                );
            });
        }
    }

    #[test]
    fn an_answered_call_plays_in_spite_of_skip() {
        test(
            "[main]\nexten => 100,1,Answer()\n same => n,Playback(a,skip)\n",
            async |world| {
                world.call("100");
                world.until_over().await;
                assert!(world.pbx.now().as_millis() >= 1_000);
            },
        );
    }

    #[test]
    fn without_a_sound_the_call_ends() {
        assert_eq!(
            steps("[main]\nexten => 100,1,Playback()\n same => n,NoOp()\n").len(),
            1
        );
    }
}
