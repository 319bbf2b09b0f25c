//! `GosubIf`: one of two subroutines.

use super::gosub;
use crate::text;
use ucx_dialplan::{Branches, truth};
use ucx_pbx::{Ending, Line};

application!(GosubIf, "GosubIf", run,
    synopsis: "Goes to one of two subroutines.",
    syntax: "GosubIf(condition?[labeliftrue[(arguments)]][:labeliffalse[(arguments)]])",
    arguments: &[
        ("condition", "False if empty or 0."),
        ("labeliftrue", "As for Gosub; without it the dialplan goes on here."),
        ("labeliffalse", "The same for a condition that is false."),
    ],
);

fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let Some(branches) = Branches::parse(args) else {
        text::warn(
            line,
            "GosubIf",
            &format!("{args:?} is not of the form condition?where"),
        );
        return Ok(());
    };
    match if truth(branches.condition) {
        branches.yes
    } else {
        branches.no
    } {
        "" => Ok(()),
        target => gosub::enter(line, "GosubIf", target),
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::notes;

    #[test]
    fn it_enters_one_of_two_or_none() {
        let plan = "[main]\nexten => 100,1,GosubIf(1?yes(1):no)\n same => n,GosubIf(0?yes:no(2))\n same => n,GosubIf(0?yes)\n same => n,GosubIf(1)\n same => n,Hangup()\n same => n(yes),NoOp(yes ${ARG1})\n same => n,Return()\n same => n(no),NoOp(no ${ARG1})\n same => n,Return()\n";
        assert_eq!(notes(plan), ["yes 1", "no 2"]);
    }
}
