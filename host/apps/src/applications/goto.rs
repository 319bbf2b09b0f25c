//! `Goto`, `GotoIf` and `GotoIfTime`: move the channel elsewhere in the dialplan.

use ucx_call::Cause;
use ucx_dialplan::{Branches, TimeSpec, truth};
use ucx_pbx::{Ending, Line};

application!(Goto, "Goto", goto,
    synopsis: "Goes to another priority.",
    syntax: "Goto([[context,]extension,]priority)",
    arguments: &[("priority", "A number, a label, or +n and -n from here.")],
    notes: "A priority that makes no sense ends the call.",
);

application!(GotoIf, "GotoIf", goto_if,
    synopsis: "Goes to one of two priorities.",
    syntax: "GotoIf(condition?[labeliftrue][:labeliffalse])",
    arguments: &[
        ("condition", "False if empty or 0."),
        ("labeliftrue", "As for Goto; without it the dialplan goes on here."),
        ("labeliffalse", "The same."),
    ],
);

application!(GotoIfTime, "GotoIfTime", goto_if_time,
    synopsis: "Goes to one of two priorities by the time of day.",
    syntax: "GotoIfTime(times,weekdays,mdays,months[,timezone]?[labeliftrue][:labeliffalse])",
    arguments: &[("times", "A range such as 9:00-17:00, or *; so for the other three.")],
);

fn goto(line: &mut Line, args: &str) -> Result<(), Ending> {
    line.goto(args).map_err(|reason| {
        tracing::warn!(place = %line.place(), target = args, %reason, "the dialplan cannot go there");
        Ending::Hangup(Cause::NONE)
    })
}

fn goto_if(line: &mut Line, args: &str) -> Result<(), Ending> {
    let Some(branches) = branches(line, args) else {
        return Ok(());
    };
    branch(line, &branches, truth(branches.condition))
}

fn goto_if_time(line: &mut Line, args: &str) -> Result<(), Ending> {
    let Some(branches) = branches(line, args) else {
        return Ok(());
    };
    match TimeSpec::parse(branches.condition) {
        Ok(spec) => {
            let is_now = spec.matches(&line.pbx().calendar());
            branch(line, &branches, is_now)
        }
        Err(error) => {
            tracing::warn!(place = %line.place(), %error, "the time was not understood");
            Ok(())
        }
    }
}

fn branches<'a>(line: &Line, args: &'a str) -> Option<Branches<'a>> {
    let branches = Branches::parse(args);
    if branches.is_none() {
        tracing::warn!(place = %line.place(), text = args, "this needs condition?where");
    }
    branches
}

fn branch(line: &mut Line, branches: &Branches<'_>, is_true: bool) -> Result<(), Ending> {
    let target = if is_true { branches.yes } else { branches.no };
    if target.is_empty() {
        Ok(())
    } else {
        goto(line, target)
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::{notes, steps};

    #[test]
    fn goto_knows_contexts_extensions_labels_and_numbers() {
        let plan = "[main]\nexten => 100,1,Goto(here)\n same => n,NoOp(skipped)\n same => n(here),Goto(200,1)\nexten => 200,1,Goto(other,s,2)\n[other]\nexten => s,1,NoOp(skipped)\n same => n,NoOp(there)\n";
        assert_eq!(notes(plan), ["there"]);
    }

    #[test]
    fn an_unknown_label_ends_the_call() {
        assert_eq!(
            steps("[main]\nexten => 100,1,Goto(nowhere)\n same => n,NoOp()\n").len(),
            1
        );
    }

    #[test]
    fn goto_if_takes_the_branch_or_goes_on() {
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
    fn goto_if_time_asks_the_clock() {
        // The test's clock stands at 22:13 on 14 November 2023, a Tuesday.
        for (spec, taken) in [
            ("*,*,*,*", "yes"),
            ("22:00-23:00,tue,14,nov", "yes"),
            ("9:00-17:00,*,*,*", "no"),
        ] {
            let plan = format!(
                "[main]\nexten => 100,1,GotoIfTime({spec}?yes:no)\n same => n(yes),NoOp(yes)\n same => n,Hangup()\n same => n(no),NoOp(no)\n"
            );
            assert_eq!(notes(&plan), [taken], "{spec}");
        }
    }
}
