//! `Proceeding`: the call is being worked on.

use ucx_call::Indication;
use ucx_pbx::{Ending, Line};

application!(Proceeding, "Proceeding", run,
    synopsis: "Tells the caller that the call is being worked on.",
    syntax: "Proceeding()",
    notes: "Nothing happens if the call is answered.",
);

fn run(line: &mut Line, _: &str) -> Result<(), Ending> {
    line.indicate(Indication::Proceeding)
}

#[cfg(test)]
mod tests {
    use crate::tests::indications;
    use ucx_call::Indication;

    #[test]
    fn the_caller_is_told_until_the_answer() {
        let told = indications(
            "[main]\nexten => 100,1,Proceeding()\n same => n,Answer()\n same => n,Proceeding()\n",
        );
        assert_eq!(told, [Indication::Proceeding]);
    }
}
