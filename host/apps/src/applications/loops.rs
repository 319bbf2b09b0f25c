//! `While`, `EndWhile`, `ExitWhile` and `ContinueWhile`: loops of the dialplan.

use std::sync::Arc;
use ucx_call::{Cause, Place};
use ucx_dialplan::{Query, truth};
use ucx_pbx::{Ending, Line};

application!(While, "While", begin,
    synopsis: "Runs what follows, up to EndWhile, as long as a condition holds.",
    syntax: "While(expression)",
    arguments: &[("expression", "False if empty or 0; read anew before each round.")],
);

application!(EndWhile, "EndWhile", end,
    synopsis: "Goes back to the While of the loop.",
    syntax: "EndWhile()",
);

application!(ExitWhile, "ExitWhile", exit,
    synopsis: "Leaves the loop.",
    syntax: "ExitWhile()",
);

application!(ContinueWhile, "ContinueWhile", end,
    synopsis: "Begins the next round of the loop.",
    syntax: "ContinueWhile()",
);

fn begin(line: &mut Line, args: &str) -> Result<(), Ending> {
    let here = line.place().clone();
    if truth(args) {
        return line.enter_loop().map_err(|reason| failed(line, &reason));
    }
    line.leave_loop(&here);
    leave(line, &here)
}

fn end(line: &mut Line, _: &str) -> Result<(), Ending> {
    match line.innermost_loop().cloned() {
        Some(place) => {
            line.jump(place);
            Ok(())
        }
        None => {
            tracing::warn!(place = %line.place(), "there is no While for this");
            Ok(())
        }
    }
}

fn exit(line: &mut Line, _: &str) -> Result<(), Ending> {
    match line.innermost_loop().cloned() {
        Some(place) => {
            line.leave_loop(&place);
            leave(line, &place)
        }
        None => {
            tracing::warn!(place = %line.place(), "there is no While for this");
            Ok(())
        }
    }
}

/// Goes to what follows the `EndWhile` that belongs to the `While` at that place.
fn leave(line: &mut Line, of: &Place) -> Result<(), Ending> {
    let mut inner = 0_usize;
    let mut priority = of.priority + 1;
    while let Some(application) = application_at(line, of, priority) {
        if application.eq_ignore_ascii_case("While") {
            inner += 1;
        } else if application.eq_ignore_ascii_case("EndWhile") {
            if inner == 0 {
                line.jump(Place {
                    priority: priority + 1,
                    ..of.clone()
                });
                return Ok(());
            }
            inner -= 1;
        }
        priority += 1;
    }
    Err(failed(line, "the loop has no EndWhile"))
}

/// The application at a priority of the extension the loop is in.
fn application_at(line: &Line, of: &Place, priority: u32) -> Option<Arc<str>> {
    let caller = line.channel().ok();
    let query = Query {
        context: &of.context,
        exten: &of.exten,
        caller_id: caller.as_ref().map_or("", |channel| channel.caller.number()),
        calendar: &line.pbx().calendar(),
    };
    let plan = line.pbx().dialplan();
    plan.step(&query, priority)
        .map(|step| step.row.application.clone())
}

fn failed(line: &Line, reason: &str) -> Ending {
    tracing::warn!(place = %line.place(), %reason, "the loop failed");
    Ending::Hangup(Cause::NONE)
}

#[cfg(test)]
mod tests {
    use crate::tests::{notes, steps};

    #[test]
    fn a_loop_runs_while_its_condition_holds() {
        let plan = "[main]\nexten => 100,1,Set(I=0)\n same => n,While($[${I} < 3])\n same => n,NoOp(${I})\n same => n,Set(I=$[${I} + 1])\n same => n,EndWhile()\n same => n,NoOp(done)\n";
        assert_eq!(notes(plan), ["0", "1", "2", "done"]);
    }

    #[test]
    fn loops_nest_and_can_be_left_and_continued() {
        let plan = "[main]\nexten => 100,1,Set(I=0)\n same => n,While(1)\n same => n,Set(I=$[${I} + 1])\n same => n,Set(J=0)\n same => n,While($[${J} < 2])\n same => n,Set(J=$[${J} + 1])\n same => n,NoOp(${I} ${J})\n same => n,EndWhile()\n same => n,ExecIf($[${I} = 1]?ContinueWhile())\n same => n,ExitWhile()\n same => n,EndWhile()\n same => n,NoOp(done)\n";
        assert_eq!(notes(plan), ["1 1", "1 2", "2 1", "2 2", "done"]);
    }

    #[test]
    fn a_loop_that_is_never_true_is_skipped_and_one_without_an_end_ends_the_call() {
        let skipped = "[main]\nexten => 100,1,While(0)\n same => n,While(1)\n same => n,EndWhile()\n same => n,NoOp(in)\n same => n,EndWhile()\n same => n,NoOp(out)\n";
        assert_eq!(notes(skipped), ["out"]);
        assert_eq!(
            steps("[main]\nexten => 100,1,While(0)\n same => n,NoOp()\n").len(),
            1
        );
        assert_eq!(
            steps("[main]\nexten => 100,1,EndWhile()\n same => n,ExitWhile()\n same => n,NoOp()\n").len(),
            3
        );
    }
}
