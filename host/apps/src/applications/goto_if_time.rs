//! `GotoIfTime`: one of two places in the dialplan, by the time of day.

use super::goto;
use crate::text;
use ucx_dialplan::{Branches, TimeSpec};
use ucx_pbx::{Ending, Line};

application!(GotoIfTime, "GotoIfTime", run,
    synopsis: "Goes to one of two priorities by the time of day.",
    syntax: "GotoIfTime(times,weekdays,mdays,months[,timezone]?[labeliftrue][:labeliffalse])",
    arguments: &[
        ("times", "A range such as 9:00-17:00, or * for any; several are joined by &."),
        ("weekdays", "Such as mon-fri."),
        ("mdays", "Days of the month, such as 1-15."),
        ("months", "Such as jan-mar."),
        ("timezone", "The host's own if left out."),
        ("labeliftrue", "As for Goto; without it the dialplan goes on here."),
        ("labeliffalse", "The same outside of these times."),
    ],
    notes: "Times that are not understood are warned of, and the dialplan goes on here.",
);

fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let Some(branches) = Branches::parse(args) else {
        text::warn(
            line,
            "GotoIfTime",
            &format!("{args:?} is not of the form times?where"),
        );
        return Ok(());
    };
    match TimeSpec::parse(branches.condition) {
        Ok(spec) => {
            let is_now = spec.matches(&line.pbx().calendar());
            goto::branch(line, "GotoIfTime", &branches, is_now)
        }
        Err(error) => {
            text::warn(line, "GotoIfTime", &error.to_string());
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::notes;

    #[test]
    fn it_asks_the_clock() {
        // The test's clock stands at 22:13 on 14 November 2023, a Tuesday.
        for (spec, taken) in [
            ("*,*,*,*", "yes"),
            ("22:00-23:00,tue,14,nov", "yes"),
            ("9:00-17:00,*,*,*", "no"),
            ("never,*,*,*", "on"),
        ] {
            let plan = format!(
                "[main]\nexten => 100,1,GotoIfTime({spec}?yes:no)\n same => n,NoOp(on)\n same => n,Hangup()\n same => n(yes),NoOp(yes)\n same => n,Hangup()\n same => n(no),NoOp(no)\n"
            );
            assert_eq!(notes(&plan), [taken], "{spec}");
        }
    }
}
