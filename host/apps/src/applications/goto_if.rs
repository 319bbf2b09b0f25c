//! `GotoIf`: one of two places in the dialplan.

use super::goto;
use crate::text;
use ucx_dialplan::{Branches, truth};
use ucx_pbx::{Ending, Line};

application!(GotoIf, "GotoIf", run,
    synopsis: "Goes to one of two priorities.",
    syntax: "GotoIf(condition?[labeliftrue][:labeliffalse])",
    arguments: &[
        ("condition", "False if empty or 0."),
        ("labeliftrue", "As for Goto; without it the dialplan goes on here."),
        ("labeliffalse", "The same for a condition that is false."),
    ],
);

fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let Some(branches) = Branches::parse(args) else {
        text::warn(
            line,
            "GotoIf",
            &format!("{args:?} is not of the form condition?where"),
        );
        return Ok(());
    };
    goto::branch(line, "GotoIf", &branches, truth(branches.condition))
}

#[cfg(test)]
mod tests {
    use crate::tests::{notes, steps};

    #[test]
    fn it_takes_the_branch_or_goes_on() {
        for (condition, taken) in [
            ("1?yes:no", "yes"),
            ("0?yes:no", "no"),
            ("?yes:no", "no"),
            ("1?:no", "on"),
            ("0?yes", "on"),
            ("1", "on"),
        ] {
            let plan = format!(
                "[main]\nexten => 100,1,GotoIf({condition})\n same => n,NoOp(on)\n same => n,Hangup()\n same => n(yes),NoOp(yes)\n same => n,Hangup()\n same => n(no),NoOp(no)\n"
            );
            assert_eq!(notes(&plan), [taken], "{condition}");
        }
    }

    #[test]
    fn a_branch_to_nowhere_ends_the_call_if_it_is_taken() {
        assert_eq!(
            steps("[main]\nexten => 100,1,GotoIf(1?nowhere)\n same => n,NoOp()\n").len(),
            1
        );
        assert_eq!(
            steps("[main]\nexten => 100,1,GotoIf(0?nowhere)\n same => n,NoOp()\n").len(),
            2
        );
    }
}
