//! `Playback`: plays sounds to their end.

use crate::text;
use ucx_dialplan::Arguments;
use ucx_pbx::{Ending, Line, PlayEnd};

application!(Playback, "Playback", waits run,
    synopsis: "Plays sounds to their end.",
    syntax: "Playback(filename[&filename2…][,options])",
    arguments: &[("filename", "Names of sounds without their format; several are played one after the other.")],
    options: &[
        ("skip", "Plays nothing if the call is not answered."),
        ("noanswer", "Plays without answering the call."),
    ],
    sets: &[("PLAYBACKSTATUS", "SUCCESS or FAILED")],
    notes: "The call is answered first unless an option says otherwise. Digits pressed meanwhile are lost.",
);

async fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let args = Arguments::split(args);
    let sounds = text::sounds(args.text(0));
    if sounds.is_empty() {
        tracing::warn!(place = %line.place(), "Playback needs a sound");
        return line.set_variable("PLAYBACKSTATUS", "FAILED");
    }
    let has = |word: &str| {
        args.iter()
            .skip(1)
            .any(|option| option.trim().eq_ignore_ascii_case(word))
    };
    if !line.is_up() {
        if has("skip") {
            return line.set_variable("PLAYBACKSTATUS", "SUCCESS");
        }
        if !has("noanswer") {
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
    use crate::tests::test;

    #[test]
    fn sounds_are_played_to_their_end_and_the_status_says_how() {
        for (args, status, time_ms, is_up) in [
            ("a&b", "SUCCESS", 2_000, true),
            ("missing", "FAILED", 50, true),
            ("a,noanswer", "SUCCESS", 1_000, false),
            ("a,skip", "SUCCESS", 0, false),
            ("", "FAILED", 0, false),
        ] {
            let plan = format!("[main]\nexten => 100,1,Playback({args})\n same => n,Set(AT=${{EPOCH}})\n");
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
}
