//! `SayDigits`: digits, spoken one by one.

use std::sync::Arc;
use ucx_pbx::{Ending, Line};

application!(SayDigits, "SayDigits", waits run,
    synopsis: "Says digits one by one.",
    syntax: "SayDigits(digits)",
    arguments: &[("digits", "What to say; * and # are said as well, other characters are left out.")],
    notes: "The call is answered first. Digits pressed meanwhile are lost.",
);

/// Digits said in a row; further ones are left out.
const DIGITS_MAX: usize = 256;

async fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let sounds: Vec<Arc<str>> = args.chars().filter_map(sound).take(DIGITS_MAX).collect();
    if sounds.is_empty() {
        return Ok(());
    }
    line.answer()?;
    line.play(&sounds).await.map(drop)
}

fn sound(character: char) -> Option<Arc<str>> {
    Some(match character {
        '*' => Arc::from("digits/star"),
        '#' => Arc::from("digits/pound"),
        '-' => Arc::from("digits/minus"),
        '0'..='9' => Arc::from(format!("digits/{character}")),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use crate::tests::test;
    use ucx_call::{Action, Source};

    #[test]
    fn each_digit_is_a_sound() {
        test(
            "[main]\nexten => 100,1,SayDigits(1x0*#)\n same => n,SayDigits()\n",
            async |world| {
                world.call("100");
                world.until_over().await;
                let said = world.record().actions.iter().find_map(|action| {
                    let Action::Hear {
                        source: Source::Playback { sounds, .. },
                        ..
                    } = action
                    else {
                        return None;
                    };
                    Some(sounds.join(" "))
                });
                assert_eq!(
                    said.as_deref(),
                    Some("digits/1 digits/0 digits/star digits/pound")
                );
            },
        );
    }
}
