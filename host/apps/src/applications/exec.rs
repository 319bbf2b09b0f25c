//! `Exec`: an application named at run time.

use crate::text;
use ucx_pbx::{Ending, Line};

application!(Exec, "Exec", waits run,
    synopsis: "Runs an application whose name is found at run time.",
    syntax: "Exec(appname(arguments))",
    arguments: &[("appname", "Its name."), ("arguments", "What it is given, with variables substituted once more.")],
    notes: "An application that does not exist ends the call.",
);

async fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let Some((name, arguments)) = text::call(args) else {
        text::warn(line, "Exec", "it needs an application");
        return Ok(());
    };
    let arguments = line.substitute(arguments);
    line.execute(name, &arguments).await
}

#[cfg(test)]
mod tests {
    use crate::tests::{notes, steps};

    #[test]
    fn an_application_is_run_by_name() {
        let plan =
            "[main]\nexten => 100,1,Set(APP=Set)\n same => n,Exec(${APP}(A=(x,y)))\n same => n,NoOp(${A})\n";
        assert_eq!(notes(plan), ["(x,y)"]);
        assert_eq!(
            notes("[main]\nexten => 100,1,Exec()\n same => n,NoOp(on)\n"),
            ["on"]
        );
    }

    #[test]
    fn an_unknown_application_and_endless_nesting_end_the_call() {
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
