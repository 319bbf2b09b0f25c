//! `Verbose`: a line in the log.

use ucx_pbx::{Ending, Line};

application!(Verbose, "Verbose", run,
    synopsis: "Writes to the log.",
    syntax: "Verbose([level,]message)",
    arguments: &[
        ("level", "0 to 10, 0 without it: 0 to 2 are information, higher ones for finding faults."),
        ("message", "Commas and all."),
    ],
);

fn run(line: &Line, args: &str) -> Result<(), Ending> {
    let (level, message) = level_and_message(args);
    if level <= 2 {
        tracing::info!(place = %line.place(), "{message}");
    } else {
        tracing::debug!(place = %line.place(), level, "{message}");
    }
    Ok(())
}

/// A first argument that is a number is the level.
fn level_and_message(args: &str) -> (u8, &str) {
    let split = args
        .split_once(',')
        .and_then(|(level, message)| Some((level.trim().parse().ok()?, message)));
    split.unwrap_or((0, args))
}

#[cfg(test)]
mod tests {
    use super::level_and_message;
    use crate::tests::steps;

    #[test]
    fn a_first_number_is_the_level() {
        assert_eq!(level_and_message("3,text, more"), (3, "text, more"));
        assert_eq!(level_and_message("text, more"), (0, "text, more"));
        assert_eq!(level_and_message(""), (0, ""));
    }

    #[test]
    fn the_dialplan_goes_on() {
        let plan = "[main]\nexten => 100,1,Verbose(1,a)\n same => n,Verbose(b)\n same => n,Verbose()\n same => n,NoOp()\n";
        assert_eq!(steps(plan).len(), 4);
    }
}
