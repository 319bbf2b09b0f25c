//! `While`: a loop, and what its other applications share.

use crate::text;
use std::sync::Arc;
use ucx_call::{Cause, Place};
use ucx_dialplan::{Query, truth};
use ucx_pbx::{Ending, Line};

application!(While, "While", run,
    synopsis: "Runs what follows, up to EndWhile, as long as a condition holds.",
    syntax: "While(expr)",
    arguments: &[("expr", "False if empty or 0; read anew before each round.")],
    notes: "Without an EndWhile to go to, a condition that is false ends the call.",
);

fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let here = line.place().clone();
    if truth(args.trim()) {
        return line.enter_loop().map_err(|reason| failed(line, &reason));
    }
    leave(line, &here)
}

/// Goes back to the `While` of the innermost loop, for another round.
pub(super) fn again(line: &mut Line, application: &str) -> Result<(), Ending> {
    match line.innermost_loop().cloned() {
        Some(place) => line.jump(place),
        None => text::warn(line, application, "there is no While for it"),
    }
    Ok(())
}

/// Leaves the loop of the `While` at that place: goes to what follows its `EndWhile`.
pub(super) fn leave(line: &mut Line, of: &Place) -> Result<(), Ending> {
    line.leave_loop(of);
    let mut inner = 0_usize;
    let mut priority = of.priority + 1;
    while let Some(application) = application_at(line, of, priority) {
        priority += 1;
        if application.eq_ignore_ascii_case("While") {
            inner += 1;
        } else if application.eq_ignore_ascii_case("EndWhile") {
            if inner == 0 {
                line.jump(Place {
                    priority,
                    ..of.clone()
                });
                return Ok(());
            }
            inner -= 1;
        }
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
    text::warn(line, "While", reason);
    Ending::Hangup(Cause::NONE)
}

#[cfg(test)]
mod tests {
    use crate::tests::{notes, steps};

    #[test]
    fn it_runs_while_its_condition_holds() {
        let plan = "[main]\nexten => 100,1,Set(I=0)\n same => n,While($[${I} < 3])\n same => n,NoOp(${I})\n same => n,Set(I=$[${I} + 1])\n same => n,EndWhile()\n same => n,NoOp(done)\n";
        assert_eq!(notes(plan), ["0", "1", "2", "done"]);
    }

    #[test]
    fn one_that_is_never_true_is_skipped_with_the_loops_inside_it() {
        let plan = "[main]\nexten => 100,1,While(0)\n same => n,While(1)\n same => n,EndWhile()\n same => n,NoOp(in)\n same => n,EndWhile()\n same => n,NoOp(out)\n";
        assert_eq!(notes(plan), ["out"]);
    }

    #[test]
    fn one_without_an_end_ends_the_call() {
        assert_eq!(
            steps("[main]\nexten => 100,1,While(0)\n same => n,NoOp()\n").len(),
            1
        );
    }
}
