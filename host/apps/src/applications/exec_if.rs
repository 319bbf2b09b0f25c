//! `ExecIf`: one of two applications.

use crate::text;
use ucx_dialplan::{Branches, truth};
use ucx_pbx::{Ending, Line};

application!(ExecIf, "ExecIf", waits run,
    synopsis: "Runs one of two applications.",
    syntax: "ExecIf(expression?appiftrue(arguments)[:appiffalse(arguments)])",
    arguments: &[
        ("expression", "False if empty or 0."),
        ("appiftrue", "Run if it is true; nothing if left out."),
        ("appiffalse", "Run if it is false; nothing if left out."),
    ],
    notes: "An application that does not exist ends the call.",
);

async fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let Some(branches) = Branches::parse(args) else {
        text::warn(
            line,
            "ExecIf",
            &format!("{args:?} is not of the form expression?application"),
        );
        return Ok(());
    };
    let chosen = if truth(branches.condition) {
        branches.yes
    } else {
        branches.no
    };
    match text::call(chosen) {
        Some((name, arguments)) => line.execute(name, arguments).await,
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::{notes, steps};

    #[test]
    fn one_of_two_runs() {
        let plan = "[main]\nexten => 100,1,ExecIf(1?Set(A=yes):Set(A=no))\n same => n,ExecIf(0?Set(B=yes):Set(B=no))\n same => n,ExecIf(0?Set(A=never))\n same => n,ExecIf(1)\n same => n,NoOp(${A} ${B})\n";
        assert_eq!(notes(plan), ["yes no"]);
    }

    #[test]
    fn what_a_caller_brings_along_is_not_substituted_again() {
        let plan = "[main]\nexten => 100,1,Set(D=$)\n same => n,Set(T=${D}{EXTEN})\n same => n,ExecIf(1?Set(A=${T}))\n same => n,NoOp(${LEN(${A})})\n";
        assert_eq!(notes(plan), ["8"]);
    }

    #[test]
    fn an_unknown_application_ends_the_call_and_only_if_it_is_chosen() {
        assert_eq!(
            steps("[main]\nexten => 100,1,ExecIf(1?Nonsense())\n same => n,NoOp()\n").len(),
            1
        );
        assert_eq!(
            steps("[main]\nexten => 100,1,ExecIf(0?Nonsense())\n same => n,NoOp()\n").len(),
            2
        );
    }
}
