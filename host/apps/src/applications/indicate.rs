//! `Ringing`, `Progress` and `Proceeding`: tell the caller how far the call is.

use ucx_call::Indication;
use ucx_pbx::{Ending, Line};

application!(Ringing, "Ringing", ringing,
    synopsis: "Tells the caller that it rings.",
    syntax: "Ringing()",
    notes: "Nothing happens if the call is answered.",
);

application!(Progress, "Progress", progress,
    synopsis: "Tells the caller that sound follows before the answer.",
    syntax: "Progress()",
    notes: "Nothing happens if the call is answered.",
);

application!(Proceeding, "Proceeding", proceeding,
    synopsis: "Tells the caller that the call is being worked on.",
    syntax: "Proceeding()",
    notes: "Nothing happens if the call is answered.",
);

fn ringing(line: &mut Line, _: &str) -> Result<(), Ending> {
    line.indicate(Indication::Ringing)
}

fn progress(line: &mut Line, _: &str) -> Result<(), Ending> {
    line.indicate(Indication::Progress)
}

fn proceeding(line: &mut Line, _: &str) -> Result<(), Ending> {
    line.indicate(Indication::Proceeding)
}

#[cfg(test)]
mod tests {
    use crate::tests::test;
    use ucx_call::{Action, Indication};

    #[test]
    fn the_caller_is_told_until_the_answer() {
        let plan = "[main]\nexten => 100,1,Proceeding()\n same => n,Ringing()\n same => n,Progress()\n same => n,Answer()\n same => n,Ringing()\n";
        test(plan, async |world| {
            world.call("100");
            world.until_over().await;
            let told = world.record().actions.iter().filter_map(|action| match action {
                Action::Indicate { indication, .. } => Some(*indication),
                _ => None,
            });
            assert_eq!(
                told.collect::<Vec<_>>(),
                [Indication::Proceeding, Indication::Ringing, Indication::Progress]
            );
        });
    }
}
