//! `RaiseException`: goes to the `e` extension.

use ucx_pbx::{Ending, Line};

application!(RaiseException, "RaiseException", run,
    synopsis: "Goes to the e extension of this context.",
    syntax: "RaiseException(reason)",
    arguments: &[("reason", "What EXCEPTION(reason) reads there.")],
    notes: "Without an e extension it ends the call.",
);

fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    line.raise(args)
}

#[cfg(test)]
mod tests {
    use crate::tests::{notes, steps};

    #[test]
    fn e_learns_what_was_raised_and_where() {
        let plan = "[main]\nexten => 100,1,RaiseException(broken)\nexten => e,1,NoOp(${EXCEPTION(reason)} ${EXCEPTION(context)} ${EXCEPTION(exten)} ${EXCEPTION(priority)})\n";
        assert_eq!(notes(plan), ["broken main 100 1"]);
    }

    #[test]
    fn without_e_the_call_ends() {
        assert_eq!(
            steps("[main]\nexten => 100,1,RaiseException(broken)\n same => n,NoOp()\n").len(),
            1
        );
    }
}
