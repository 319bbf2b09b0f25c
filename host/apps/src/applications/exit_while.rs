//! `ExitWhile`: the way out of a loop.

use super::while_;
use crate::text;
use ucx_pbx::{Ending, Line};

application!(ExitWhile, "ExitWhile", run,
    synopsis: "Leaves the loop, whatever its condition.",
    syntax: "ExitWhile()",
    notes: "Outside a loop nothing happens but a warning; a loop without an EndWhile ends the call.",
);

fn run(line: &mut Line, _: &str) -> Result<(), Ending> {
    match line.innermost_loop().cloned() {
        Some(place) => while_::leave(line, &place),
        None => {
            text::warn(line, "ExitWhile", "there is no While for it");
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::notes;

    #[test]
    fn only_the_innermost_loop_is_left() {
        let plan = "[main]\nexten => 100,1,Set(I=0)\n same => n,While($[${I} < 2])\n same => n,Set(I=$[${I} + 1])\n same => n,While(1)\n same => n,NoOp(${I})\n same => n,ExitWhile()\n same => n,EndWhile()\n same => n,EndWhile()\n same => n,NoOp(done)\n same => n,ExitWhile()\n same => n,NoOp(on)\n";
        assert_eq!(notes(plan), ["1", "2", "done", "on"]);
    }
}
