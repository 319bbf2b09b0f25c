//! `Congestion`: the caller is turned away.

use crate::text;
use ucx_call::{Cause, Tone};
use ucx_pbx::{Ending, Line};

application!(Congestion, "Congestion", waits run,
    synopsis: "Turns the caller away for lack of a way through.",
    syntax: "Congestion([timeout])",
    arguments: &[("timeout", "Seconds the tone is heard in an answered call; without it until the caller hangs up.")],
    notes: "A call that is not answered ends at once with cause 34.",
);

async fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let time = text::warned(line, "Congestion", args, text::seconds);
    Err(line
        .turn_away(Tone::Congestion, Cause::NORMAL_CIRCUIT_CONGESTION, time)
        .await)
}

#[cfg(test)]
mod tests {
    use crate::tests::{test, tones};
    use ucx_call::{Cause, Signal, Tone};

    #[test]
    fn an_unanswered_call_ends_with_the_cause() {
        test(
            "[main]\nexten => 100,1,Congestion(5)\n same => n,NoOp()\n",
            async |world| {
                world.call("100");
                world.until_over().await;
                assert_eq!(world.record().cause("alice"), Some(Cause(34)));
                assert_eq!(world.steps("alice").len(), 1);
                assert!(world.pbx.now().as_secs() < 1);
            },
        );
    }

    #[test]
    fn in_an_answered_call_the_tone_is_heard_for_its_time() {
        test(
            "[main]\nexten => 100,1,Answer()\n same => n,Congestion(2)\n",
            async |world| {
                world.call("100");
                world.until_over().await;
                assert_eq!(world.pbx.now().as_secs(), 2);
                assert_eq!(tones(world), [Tone::Congestion]);
                assert_eq!(world.record().cause("alice"), Some(Cause::NONE));
            },
        );
    }

    #[test]
    fn without_a_time_the_tone_is_heard_until_the_caller_leaves() {
        test(
            "[main]\nexten => 100,1,Answer()\n same => n,Congestion(long)\n",
            async |world| {
                let alice = world.call("100");
                world.pass(60_000).await;
                assert!(world.pbx.channel(alice).is_some());
                world.pbx.signal(alice, Signal::HungUp(Cause::NORMAL_CLEARING));
                world.until_over().await;
                assert_eq!(world.record().cause("alice"), Some(Cause::NORMAL_CLEARING));
            },
        );
    }
}
