//! `EndWhile`: the end of a loop.

use super::while_;
use ucx_pbx::{Ending, Line};

application!(EndWhile, "EndWhile", run,
    synopsis: "Goes back to the While of the loop.",
    syntax: "EndWhile()",
    notes: "Outside a loop nothing happens but a warning.",
);

fn run(line: &mut Line, _: &str) -> Result<(), Ending> {
    while_::again(line, "EndWhile")
}

#[cfg(test)]
mod tests {
    use crate::tests::notes;

    #[test]
    fn the_condition_is_read_anew() {
        let plan = "[main]\nexten => 100,1,Set(GO=1)\n same => n,While(${GO})\n same => n,Set(GO=0)\n same => n,NoOp(once)\n same => n,EndWhile()\n same => n,EndWhile()\n same => n,NoOp(on)\n";
        assert_eq!(notes(plan), ["once", "on"]);
    }
}
