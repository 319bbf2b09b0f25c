//! `Gosub`, `GosubIf`, `Return` and `StackPop`: subroutines of the dialplan.

use ucx_call::Cause;
use ucx_dialplan::{Branches, truth};
use ucx_pbx::{Ending, Line};

application!(Gosub, "Gosub", gosub,
    synopsis: "Goes to a subroutine, which Return comes back from.",
    syntax: "Gosub([[context,]extension,]priority[(arg1[,…argN])])",
    arguments: &[("arg1", "Readable in the subroutine as ARG1 and so on; ARGC is how many.")],
    notes: "A place that does not exist, and too many subroutines one inside the other, end the call.",
);

application!(GosubIf, "GosubIf", gosub_if,
    synopsis: "Goes to one of two subroutines.",
    syntax: "GosubIf(condition?[labeliftrue[(arguments)]][:labeliffalse[(arguments)]])",
    arguments: &[("condition", "False if empty or 0.")],
);

application!(Return, "Return", leave,
    synopsis: "Comes back from a subroutine.",
    syntax: "Return([value])",
    arguments: &[("value", "What GOSUB_RETVAL holds afterwards.")],
    sets: &[("GOSUB_RETVAL", "The value.")],
    notes: "Outside a subroutine it ends the call.",
);

application!(StackPop, "StackPop", stack_pop,
    synopsis: "Forgets where the present subroutine would return to.",
    syntax: "StackPop()",
);

fn gosub(line: &mut Line, args: &str) -> Result<(), Ending> {
    let entered = line.gosub(args);
    entered.map_err(|reason| failed(line, &reason))
}

fn gosub_if(line: &mut Line, args: &str) -> Result<(), Ending> {
    let Some(branches) = Branches::parse(args) else {
        tracing::warn!(place = %line.place(), text = args, "GosubIf needs condition?where");
        return Ok(());
    };
    let target = if truth(branches.condition) {
        branches.yes
    } else {
        branches.no
    };
    if target.is_empty() {
        Ok(())
    } else {
        gosub(line, target)
    }
}

fn leave(line: &mut Line, args: &str) -> Result<(), Ending> {
    let left = line.leave_subroutine(args);
    left.map_err(|reason| failed(line, &reason))
}

fn stack_pop(line: &mut Line, _: &str) -> Result<(), Ending> {
    if let Err(reason) = line.pop_subroutine() {
        tracing::warn!(place = %line.place(), %reason, "nothing to pop");
    }
    Ok(())
}

fn failed(line: &Line, reason: &str) -> Ending {
    tracing::warn!(place = %line.place(), %reason, "the subroutine failed");
    Ending::Hangup(Cause::NONE)
}

#[cfg(test)]
mod tests {
    use crate::tests::{notes, steps};

    #[test]
    fn a_subroutine_gets_arguments_and_returns_a_value() {
        let plan = "[main]\nexten => 100,1,Gosub(sub,s,1(a,\"b,c\"))\n same => n,NoOp(${GOSUB_RETVAL} [${ARG1}] [${X}])\n[sub]\nexten => s,1,Set(LOCAL(X)=inner)\n same => n,NoOp(${ARGC} ${ARG2} ${X})\n same => n,Return(${ARG1}!)\n";
        assert_eq!(notes(plan), ["2 b,c inner", "a! [] []"]);
    }

    #[test]
    fn gosub_if_enters_one_of_two_or_none() {
        let plan = "[main]\nexten => 100,1,GosubIf(1?yes(1):no)\n same => n,GosubIf(0?yes:no(2))\n same => n,GosubIf(0?yes)\n same => n,Hangup()\n same => n(yes),NoOp(yes ${ARG1})\n same => n,Return()\n same => n(no),NoOp(no ${ARG1})\n same => n,Return()\n";
        assert_eq!(notes(plan), ["yes 1", "no 2"]);
    }

    #[test]
    fn return_without_gosub_and_gosub_to_nowhere_end_the_call() {
        assert_eq!(
            steps("[main]\nexten => 100,1,Return()\n same => n,NoOp()\n").len(),
            1
        );
        assert_eq!(
            steps("[main]\nexten => 100,1,Gosub(nowhere,1)\n same => n,NoOp()\n").len(),
            1
        );
    }

    #[test]
    fn a_popped_subroutine_does_not_come_back() {
        let plan = "[main]\nexten => 100,1,Gosub(sub)\n same => n,Hangup()\n same => n(sub),StackPop()\n same => n,StackPop()\n same => n,Return()\n same => n,NoOp()\n";
        assert_eq!(steps(plan).len(), 4);
    }
}
