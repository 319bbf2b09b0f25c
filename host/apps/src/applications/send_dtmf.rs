//! `SendDTMF`: digits for the caller.

use crate::text;
use std::time::Duration;
use ucx_dialplan::Arguments;
use ucx_pbx::{Ending, Line};

application!(SendDTMF, "SendDTMF", waits run,
    synopsis: "Sends digits to the caller and waits until they are sent.",
    syntax: "SendDTMF(digits[,timeout_ms[,duration_ms[,channel[,options]]]])",
    arguments: &[
        ("digits", "0-9, *, #, A-D; w is half a second's pause."),
        ("timeout_ms", "Pause between two digits, 250 without it."),
        ("duration_ms", "Length of a digit, 100 without it."),
        ("channel", "Sending to another channel is not honoured: nothing is sent, with a warning."),
    ],
    options: &[("a", "Answers the other channel; without meaning here.")],
    notes: "Characters that are no digits are warned of, and nothing is sent.",
);

const GAP: Duration = Duration::from_millis(250);
const LENGTH: Duration = Duration::from_millis(100);

async fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let args = Arguments::split(args);
    text::options(line, "SendDTMF", args.text(4), "a");
    if args.get(3).is_some() {
        text::warn(line, "SendDTMF", "sending to another channel is not honoured");
        return Ok(());
    }
    let time = |place| text::warned(line, "SendDTMF", args.text(place), text::milliseconds);
    let (gap, length) = (time(1).unwrap_or(GAP), time(2).unwrap_or(LENGTH));
    match line.send_digits(args.text(0), length, gap).await {
        Err(Ending::Refused(refusal)) => {
            text::warn(line, "SendDTMF", &format!("nothing was sent: {refusal}"));
            Ok(())
        }
        sent => sent,
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::test;
    use std::time::Duration;
    use ucx_call::Action;

    #[test]
    fn digits_are_sent_and_waited_for() {
        let plan = "[main]\nexten => 100,1,Answer()\n same => n,SendDTMF(12#,200,80)\n same => n,SendDTMF(5,soon)\n same => n,SendDTMF(xyz)\n same => n,SendDTMF()\n same => n,SendDTMF(1,,,PJSIP/bob,x)\n same => n,NoOp()\n";
        test(plan, async |world| {
            world.call("100");
            world.until_over().await;
            let sent = world.record().actions.iter().filter_map(|action| {
                let Action::SendDigits {
                    digits, length, gap, ..
                } = action
                else {
                    return None;
                };
                Some((digits.to_string(), *length, *gap))
            });
            let ms = Duration::from_millis;
            let expected = [
                ("12#".to_owned(), ms(80), ms(200)),
                ("5".to_owned(), ms(100), ms(250)),
            ];
            assert_eq!(sent.collect::<Vec<_>>(), expected);
            assert!((1_100..=1_300).contains(&world.pbx.now().as_millis()));
            assert_eq!(world.steps("alice").len(), 7);
        });
    }
}
