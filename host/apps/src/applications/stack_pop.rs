//! `StackPop`: no way back from a subroutine.

use crate::text;
use ucx_pbx::{Ending, Line};

application!(StackPop, "StackPop", run,
    synopsis: "Forgets where the present subroutine would return to.",
    syntax: "StackPop()",
    notes: "Outside a subroutine nothing happens but a warning.",
);

fn run(line: &mut Line, _: &str) -> Result<(), Ending> {
    if let Err(reason) = line.pop_subroutine() {
        text::warn(line, "StackPop", &reason);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::tests::steps;

    #[test]
    fn a_popped_subroutine_does_not_come_back() {
        let plan = "[main]\nexten => 100,1,Gosub(sub)\n same => n,Hangup()\n same => n(sub),StackPop()\n same => n,StackPop()\n same => n,Return()\n same => n,NoOp()\n";
        assert_eq!(steps(plan).len(), 4);
    }
}
