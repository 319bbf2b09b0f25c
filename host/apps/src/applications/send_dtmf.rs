//! `SendDTMF`: sends digits to the caller.

use crate::text;
use std::time::Duration;
use ucx_dialplan::Arguments;
use ucx_pbx::{Ending, Line};

application!(SendDTMF, "SendDTMF", waits run,
    synopsis: "Sends digits to the caller.",
    syntax: "SendDTMF(digits[,timeout_ms[,duration_ms]])",
    arguments: &[
        ("digits", "0-9, *, #, A-D; w is half a second's pause."),
        ("timeout_ms", "Pause between two digits, 250 without it."),
        ("duration_ms", "Length of a digit, 100 without it."),
    ],
    notes: "Sending to another channel than one's own is not honoured.",
);

const GAP: Duration = Duration::from_millis(250);
const LENGTH: Duration = Duration::from_millis(100);

async fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let args = Arguments::split(args);
    if args.get(3).is_some() {
        tracing::warn!(place = %line.place(), "SendDTMF cannot send to another channel");
        return Ok(());
    }
    let gap = args.get(1).and_then(text::milliseconds).unwrap_or(GAP);
    let length = args.get(2).and_then(text::milliseconds).unwrap_or(LENGTH);
    match line.send_digits(args.text(0), length, gap).await {
        Err(Ending::Refused(refusal)) => {
            tracing::warn!(place = %line.place(), %refusal, "the digits were not sent");
            Ok(())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::test;
    use ucx_call::Action;

    #[test]
    fn digits_are_sent_and_waited_for() {
        let plan = "[main]\nexten => 100,1,Answer()\n same => n,SendDTMF(12#,200,100)\n same => n,SendDTMF(xyz)\n same => n,NoOp()\n";
        test(plan, async |world| {
            world.call("100");
            world.until_over().await;
            let sent = world.record().actions.iter().filter_map(|action| match action {
                Action::SendDigits { digits, .. } => Some(digits.to_string()),
                _ => None,
            });
            assert_eq!(sent.collect::<Vec<_>>(), ["12#"]);
            assert!((900..=1_000).contains(&world.pbx.now().as_millis()));
            assert_eq!(world.steps("alice").len(), 4);
        });
    }
}
