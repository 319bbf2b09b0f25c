//! `Return`: the way back from a subroutine.

use crate::text;
use ucx_call::Cause;
use ucx_pbx::{Ending, Line};

application!(Return, "Return", run,
    synopsis: "Comes back from a subroutine.",
    syntax: "Return([value])",
    arguments: &[("value", "What GOSUB_RETVAL holds afterwards.")],
    sets: &[("GOSUB_RETVAL", "The value; empty without one.")],
    notes: "Outside a subroutine it ends the call.",
);

fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    line.leave_subroutine(args).map_err(|reason| {
        text::warn(line, "Return", &reason);
        Ending::Hangup(Cause::NONE)
    })
}

#[cfg(test)]
mod tests {
    use crate::tests::{notes, steps};

    #[test]
    fn it_comes_back_with_its_value() {
        let plan = "[main]\nexten => 100,1,Gosub(sub)\n same => n,NoOp([${GOSUB_RETVAL}])\n same => n,Gosub(sub2)\n same => n,NoOp([${GOSUB_RETVAL}])\n same => n,Hangup()\n same => n(sub),Return(a, b)\n same => n(sub2),Return()\n";
        assert_eq!(notes(plan), ["[a, b]", "[]"]);
    }

    #[test]
    fn outside_a_subroutine_it_ends_the_call() {
        assert_eq!(
            steps("[main]\nexten => 100,1,Return()\n same => n,NoOp()\n").len(),
            1
        );
    }
}
