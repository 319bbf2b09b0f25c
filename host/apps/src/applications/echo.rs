//! `Echo`: sends the caller back what it says.

use ucx_pbx::{Ending, Line};

application!(Echo, "Echo", waits run,
    synopsis: "Sends the caller back what it says.",
    syntax: "Echo()",
    notes: "It ends with the call, or when # is pressed.",
);

async fn run(line: &mut Line, _: &str) -> Result<(), Ending> {
    line.echo("#").await
}

#[cfg(test)]
mod tests {
    use crate::tests::test;
    use ucx_call::{Action, Source};

    #[test]
    fn the_caller_hears_itself_until_the_hash_key() {
        test(
            "[main]\nexten => 100,1,Answer()\n same => n,Echo()\n same => n,NoOp()\n",
            async |world| {
                let alice = world.call("100");
                world.pass(100).await;
                let hears = |action: &Action| {
                    matches!(
                        action,
                        Action::Hear {
                            source: Source::Echo,
                            ..
                        }
                    )
                };
                assert!(world.record().actions.iter().any(hears));
                world.press(alice, "12").await;
                assert_eq!(world.steps("alice").len(), 2);
                world.press(alice, "#").await;
                world.until_over().await;
                assert_eq!(world.steps("alice").len(), 3);
            },
        );
    }
}
