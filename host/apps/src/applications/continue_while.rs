//! `ContinueWhile`: the next round of a loop.

use super::while_;
use ucx_pbx::{Ending, Line};

application!(ContinueWhile, "ContinueWhile", run,
    synopsis: "Begins the next round of the loop.",
    syntax: "ContinueWhile()",
    notes: "Outside a loop nothing happens but a warning.",
);

fn run(line: &mut Line, _: &str) -> Result<(), Ending> {
    while_::again(line, "ContinueWhile")
}

#[cfg(test)]
mod tests {
    use crate::tests::notes;

    #[test]
    fn the_rest_of_the_round_is_left_out() {
        let plan = "[main]\nexten => 100,1,Set(I=0)\n same => n,While($[${I} < 3])\n same => n,Set(I=$[${I} + 1])\n same => n,ExecIf($[${I} = 2]?ContinueWhile())\n same => n,NoOp(${I})\n same => n,EndWhile()\n same => n,ContinueWhile()\n same => n,NoOp(on)\n";
        assert_eq!(notes(plan), ["1", "3", "on"]);
    }
}
