//! `Goto`: another place in the dialplan.

use crate::text;
use ucx_call::Cause;
use ucx_dialplan::Branches;
use ucx_pbx::{Ending, Line};

application!(Goto, "Goto", run,
    synopsis: "Goes to another priority.",
    syntax: "Goto([[context,]extension,]priority)",
    arguments: &[
        ("context", "The present one if left out."),
        ("extension", "The present one if left out."),
        ("priority", "A number, a label, or +n and -n from here."),
    ],
    notes: "A priority that makes no sense ends the call; an extension that does not exist goes to i.",
);

fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    go(line, "Goto", args)
}

/// Goes to a target; one that makes no sense ends the call.
pub(super) fn go(line: &mut Line, application: &str, target: &str) -> Result<(), Ending> {
    line.goto(target).map_err(|reason| {
        text::warn(
            line,
            application,
            &format!("the call cannot go to {target:?}: {reason}"),
        );
        Ending::Hangup(Cause::NONE)
    })
}

/// Goes to one of two targets; without one there the dialplan goes on here.
pub(super) fn branch(
    line: &mut Line,
    application: &str,
    branches: &Branches<'_>,
    is_true: bool,
) -> Result<(), Ending> {
    match if is_true { branches.yes } else { branches.no } {
        "" => Ok(()),
        target => go(line, application, target),
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::{notes, steps};

    #[test]
    fn it_knows_contexts_extensions_labels_and_numbers() {
        let plan = "[main]\nexten => 100,1,Goto(here)\n same => n,NoOp(skipped)\n same => n(here),Goto(200,1)\nexten => 200,1,Goto(other,s,2)\n[other]\nexten => s,1,NoOp(skipped)\n same => n,NoOp(there)\n";
        assert_eq!(notes(plan), ["there"]);
        let relative = "[main]\nexten => 100,1,Goto(+2)\n same => n,NoOp(skipped)\n same => n,NoOp(there)\n";
        assert_eq!(notes(relative), ["there"]);
    }

    #[test]
    fn what_is_no_place_ends_the_call() {
        for target in ["nowhere", "", "0", "a,b,c,d"] {
            let plan = format!("[main]\nexten => 100,1,Goto({target})\n same => n,NoOp()\n");
            assert_eq!(steps(&plan).len(), 1, "{target}");
        }
    }

    #[test]
    fn an_extension_that_does_not_exist_goes_to_i() {
        let plan = "[main]\nexten => 100,1,Goto(999,1)\nexten => i,1,NoOp(${INVALID_EXTEN})\n";
        assert_eq!(notes(plan), ["999"]);
    }
}
