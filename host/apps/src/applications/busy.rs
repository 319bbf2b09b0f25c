//! `Busy` and `Congestion`: turn the caller away.

use crate::text;
use ucx_call::{Cause, Tone};
use ucx_pbx::{Ending, Line};

application!(Busy, "Busy", waits busy,
    synopsis: "Turns the caller away as busy.",
    syntax: "Busy([timeout])",
    arguments: &[("timeout", "Seconds the tone is heard in an answered call; without it until the caller hangs up.")],
    notes: "A call that is not answered ends at once with cause 17.",
);

application!(Congestion, "Congestion", waits congestion,
    synopsis: "Turns the caller away for lack of a way through.",
    syntax: "Congestion([timeout])",
    arguments: &[("timeout", "Seconds the tone is heard in an answered call; without it until the caller hangs up.")],
    notes: "A call that is not answered ends at once with cause 34.",
);

async fn busy(line: &mut Line, args: &str) -> Result<(), Ending> {
    Err(line
        .turn_away(Tone::Busy, Cause::USER_BUSY, text::seconds(args))
        .await)
}

async fn congestion(line: &mut Line, args: &str) -> Result<(), Ending> {
    Err(line
        .turn_away(
            Tone::Congestion,
            Cause::NORMAL_CIRCUIT_CONGESTION,
            text::seconds(args),
        )
        .await)
}

#[cfg(test)]
mod tests {
    use crate::tests::test;
    use ucx_call::{Action, Cause, Source, Tone};

    #[test]
    fn an_unanswered_call_ends_with_the_cause() {
        for (application, cause) in [("Busy", 17), ("Congestion", 34)] {
            test(
                &format!("[main]\nexten => 100,1,{application}(5)\n same => n,NoOp()\n"),
                async |world| {
                    world.call("100");
                    world.until_over().await;
                    assert_eq!(world.record().cause("alice"), Some(Cause(cause)));
                    assert_eq!(world.steps("alice").len(), 1);
                    assert!(world.pbx.now().as_secs() < 1);
                },
            );
        }
    }

    #[test]
    fn in_an_answered_call_the_tone_is_heard_for_its_time() {
        test(
            "[main]\nexten => 100,1,Answer()\n same => n,Busy(2)\n",
            async |world| {
                world.call("100");
                world.until_over().await;
                assert_eq!(world.pbx.now().as_secs(), 2);
                let hears = |action: &Action| {
                    matches!(
                        action,
                        Action::Hear {
                            source: Source::Tone(Tone::Busy),
                            ..
                        }
                    )
                };
                assert!(world.record().actions.iter().any(hears));
                assert_eq!(world.record().cause("alice"), Some(Cause::NONE));
            },
        );
    }
}
