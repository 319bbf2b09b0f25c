//! `Gosub`: a subroutine of the dialplan.

use crate::text;
use ucx_call::Cause;
use ucx_pbx::{Ending, Line};

application!(Gosub, "Gosub", run,
    synopsis: "Goes to a subroutine, which Return comes back from.",
    syntax: "Gosub([[context,]extension,]priority[(arg1[,…argN])])",
    arguments: &[
        ("context", "The present one if left out."),
        ("extension", "The present one if left out."),
        ("priority", "A number or a label."),
        ("arg1", "Read in the subroutine as ARG1 and so on; ARGC is how many there are."),
    ],
    notes: "A place that does not exist, and too many subroutines one inside the other, end the call.",
);

fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    enter(line, "Gosub", args)
}

/// Enters a subroutine; one that does not exist ends the call.
pub(super) fn enter(line: &mut Line, application: &str, target: &str) -> Result<(), Ending> {
    line.gosub(target).map_err(|reason| {
        text::warn(
            line,
            application,
            &format!("the call cannot go to {target:?}: {reason}"),
        );
        Ending::Hangup(Cause::NONE)
    })
}

#[cfg(test)]
mod tests {
    use crate::tests::{notes, steps, values};

    #[test]
    fn a_subroutine_gets_arguments_and_comes_back() {
        let plan = "[main]\nexten => 100,1,Gosub(sub,s,1(a,\"b,c\"))\n same => n,NoOp(${GOSUB_RETVAL} [${ARG1}] [${X}])\n[sub]\nexten => s,1,Set(LOCAL(X)=inner)\n same => n,NoOp(${ARGC} ${ARG2} ${X})\n same => n,Return(${ARG1}!)\n";
        assert_eq!(notes(plan), ["2 b,c inner", "a! [] []"]);
    }

    #[test]
    fn nowhere_and_too_deep_end_the_call() {
        assert_eq!(
            steps("[main]\nexten => 100,1,Gosub(nowhere,1)\n same => n,NoOp()\n").len(),
            1
        );
        assert_eq!(
            steps("[main]\nexten => 100,1,Gosub()\n same => n,NoOp()\n").len(),
            1
        );
        let endless =
            "[main]\nexten => 100,1,Set(DEPTH=$[${DEPTH} + 1])\n same => n,Gosub(1)\n same => n,NoOp()\n";
        assert_eq!(values(endless, "DEPTH").len(), ucx_pbx::GOSUB_DEPTH_MAX + 1);
    }
}
