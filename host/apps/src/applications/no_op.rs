//! `NoOp`: nothing at all, shown in the log.

use ucx_pbx::{Ending, Line};

application! {
    NoOp, "NoOp", run,
    synopsis: "Does nothing, so that its text is seen in the log.",
    syntax: "NoOp([text])",
    arguments: &[("text", "Whatever the log shall show, with its variables substituted.")],
}

#[allow(clippy::unnecessary_wraps)] // the shape of every application
fn run(_: &mut Line, _: &str) -> Result<(), Ending> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::tests::run;

    #[test]
    fn goes_on_with_its_text_shown() {
        let plan = "[main]\nexten => 100,1,NoOp(${EXTEN} is here)\n same => n,noop()\n";
        run(plan, async |world| {
            world.call("100");
            world.until_over().await;
            assert_eq!(world.steps("alice"), ["100,1 NoOp(100 is here)", "100,2 noop()"]);
        });
    }
}
