//! `Exec`, `TryExec` and `ExecIf`: run an application named at run time.

use ucx_call::Cause;
use ucx_dialplan::{Branches, truth};
use ucx_pbx::{Ending, Line};

application!(Exec, "Exec", waits exec,
    synopsis: "Runs an application whose name is found at run time.",
    syntax: "Exec(application(arguments))",
    arguments: &[("application", "Its name."), ("arguments", "What it is given.")],
    notes: "An application that does not exist ends the call.",
);

application!(TryExec, "TryExec", waits try_exec,
    synopsis: "Runs an application and goes on whatever becomes of it.",
    syntax: "TryExec(application(arguments))",
    sets: &[("TRYSTATUS", "SUCCESS, FAILED or NOAPP")],
);

application!(ExecIf, "ExecIf", waits exec_if,
    synopsis: "Runs one of two applications.",
    syntax: "ExecIf(expression?appiftrue(arguments)[:appiffalse(arguments)])",
    arguments: &[("expression", "False if empty or 0.")],
);

async fn exec(line: &mut Line, args: &str) -> Result<(), Ending> {
    match call(line, args) {
        Some((name, arguments)) => line.execute(name, &arguments).await,
        None => Ok(()),
    }
}

async fn try_exec(line: &mut Line, args: &str) -> Result<(), Ending> {
    let Some((name, arguments)) = call(line, args) else {
        return line.set_variable("TRYSTATUS", "NOAPP");
    };
    if line.application(name).is_none() {
        return line.set_variable("TRYSTATUS", "NOAPP");
    }
    let status = match line.execute(name, &arguments).await {
        Ok(()) => "SUCCESS",
        Err(Ending::Hangup(Cause::NONE) | Ending::Refused(_)) => "FAILED",
        Err(ending @ (Ending::Hangup(_) | Ending::Interrupted(_))) => return Err(ending),
    };
    line.set_variable("TRYSTATUS", status)
}

async fn exec_if(line: &mut Line, args: &str) -> Result<(), Ending> {
    let Some(branches) = Branches::parse(args) else {
        tracing::warn!(place = %line.place(), text = args, "ExecIf needs expression?application");
        return Ok(());
    };
    let text = if truth(branches.condition) {
        branches.yes
    } else {
        branches.no
    };
    if text.is_empty() {
        Ok(())
    } else {
        exec(line, text).await
    }
}

/// `NAME(arguments)`, with the arguments substituted once more, as the field does.
fn call<'a>(line: &mut Line, text: &'a str) -> Option<(&'a str, String)> {
    let (name, rest) = text.split_once('(').unwrap_or((text, ""));
    let name = name.trim();
    if name.is_empty() {
        return None;
    }
    let arguments = rest.trim_end();
    let arguments = arguments.strip_suffix(')').unwrap_or(arguments);
    Some((name, line.substitute(arguments)))
}

#[cfg(test)]
mod tests {
    use crate::tests::{notes, steps, values};

    #[test]
    fn an_application_is_run_by_name() {
        let plan =
            "[main]\nexten => 100,1,Set(APP=Set)\n same => n,Exec(${APP}(A=(x,y)))\n same => n,NoOp(${A})\n";
        assert_eq!(notes(plan), ["(x,y)"]);
    }

    #[test]
    fn exec_if_runs_one_of_two() {
        let plan = "[main]\nexten => 100,1,ExecIf(1?Set(A=yes):Set(A=no))\n same => n,ExecIf(0?Set(B=yes):Set(B=no))\n same => n,ExecIf(0?Set(A=never))\n same => n,NoOp(${A} ${B})\n";
        assert_eq!(notes(plan), ["yes no"]);
    }

    #[test]
    fn try_exec_says_how_it_went() {
        let plan = "[main]\nexten => 100,1,TryExec(Set(A=1))\n same => n,TryExec(Nonsense())\n same => n,TryExec(Goto(nowhere))\n same => n,NoOp()\n";
        assert_eq!(values(plan, "TRYSTATUS"), ["SUCCESS", "NOAPP", "FAILED"]);
    }

    #[test]
    fn exec_of_an_unknown_application_and_endless_nesting_end_the_call() {
        assert_eq!(
            steps("[main]\nexten => 100,1,Exec(Nonsense())\n same => n,NoOp()\n").len(),
            1
        );
        let nested = format!("{}NoOp(x){}", "Exec(".repeat(30), ")".repeat(30));
        assert_eq!(
            steps(&format!("[main]\nexten => 100,1,{nested}\n same => n,NoOp()\n")).len(),
            1
        );
    }
}
