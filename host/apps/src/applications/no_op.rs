//! `NoOp`: does nothing, visibly.

use ucx_pbx::{Ending, Line};

application!(NoOp, "NoOp", run,
    synopsis: "Does nothing but show its text in events and logs.",
    syntax: "NoOp([text])",
    arguments: &[("text", "Anything; it is substituted as for any application.")],
);

fn run(line: &Line, args: &str) -> Result<(), Ending> {
    tracing::debug!(place = %line.place(), text = args, "NoOp");
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::tests::steps;

    #[test]
    fn its_text_is_substituted_and_shown() {
        assert_eq!(
            steps("[main]\nexten => 100,1,NoOp(a ${EXTEN}, b)\n"),
            ["100,1 NoOp(a 100, b)"]
        );
    }
}
