//! `TryExec`: an application whose failure does not end the call.

use crate::text;
use ucx_call::Cause;
use ucx_pbx::{Ending, Line};

application!(TryExec, "TryExec", waits run,
    synopsis: "Runs an application and goes on whatever becomes of it.",
    syntax: "TryExec(appname(arguments))",
    arguments: &[("appname", "Its name."), ("arguments", "What it is given, with variables substituted once more.")],
    sets: &[("TRYSTATUS", "SUCCESS, FAILED if the application wanted the call to end, or NOAPP if there is none of that name.")],
    notes: "An application that hangs up with a cause of its own still does, and so does a caller.",
);

async fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let known = text::call(args).filter(|(name, _)| line.application(name).is_some());
    let Some((name, arguments)) = known else {
        return line.set_variable("TRYSTATUS", "NOAPP");
    };
    let arguments = line.substitute(arguments);
    let status = match line.execute(name, &arguments).await {
        Ok(()) => "SUCCESS",
        Err(Ending::Hangup(Cause::NONE) | Ending::Refused(_)) => "FAILED",
        Err(ending @ (Ending::Hangup(_) | Ending::Interrupted(_))) => return Err(ending),
    };
    line.set_variable("TRYSTATUS", status)
}

#[cfg(test)]
mod tests {
    use crate::tests::{steps, values};

    #[test]
    fn the_status_says_how_it_went() {
        let plan = "[main]\nexten => 100,1,TryExec(Set(A=1))\n same => n,TryExec(Nonsense())\n same => n,TryExec(Goto(nowhere))\n same => n,TryExec()\n same => n,NoOp()\n";
        assert_eq!(values(plan, "TRYSTATUS"), ["SUCCESS", "NOAPP", "FAILED", "NOAPP"]);
    }

    #[test]
    fn a_cause_given_still_ends_the_call() {
        assert_eq!(
            steps("[main]\nexten => 100,1,TryExec(Hangup(17))\n same => n,NoOp()\n").len(),
            1
        );
    }
}
