//! `Verbose` and `Log`: write to the log.

use ucx_dialplan::Arguments;
use ucx_pbx::{Ending, Line};

application!(Verbose, "Verbose", verbose,
    synopsis: "Writes to the log.",
    syntax: "Verbose([level,]message)",
    arguments: &[("level", "0 to 10: 0 to 2 are information, higher ones for finding faults.")],
);

application!(Log, "Log", log,
    synopsis: "Writes to the log with a level.",
    syntax: "Log(level,message)",
    arguments: &[("level", "ERROR, WARNING, NOTICE, DEBUG, VERBOSE or DTMF.")],
);

fn verbose(line: &mut Line, args: &str) -> Result<(), Ending> {
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

fn log(line: &mut Line, args: &str) -> Result<(), Ending> {
    let args = Arguments::split_into(args, 2);
    let (place, message) = (line.place(), args.text(1));
    match args.text(0).trim().to_ascii_uppercase().as_str() {
        "ERROR" => tracing::error!(%place, "{message}"),
        "WARNING" => tracing::warn!(%place, "{message}"),
        "NOTICE" | "VERBOSE" => tracing::info!(%place, "{message}"),
        "DEBUG" | "DTMF" => tracing::debug!(%place, "{message}"),
        level => tracing::warn!(%place, level, "there is no such log level"),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::level_and_message;
    use crate::tests::steps;

    #[test]
    fn a_first_number_is_the_level() {
        assert_eq!(level_and_message("3,text, more"), (3, "text, more"));
        assert_eq!(level_and_message("text, more"), (0, "text, more"));
    }

    #[test]
    fn the_dialplan_goes_on_whatever_is_logged() {
        let plan = "[main]\nexten => 100,1,Verbose(1,a)\n same => n,Verbose(b)\n same => n,Log(NOTICE,c)\n same => n,Log(WRONG)\n same => n,NoOp()\n";
        assert_eq!(steps(plan).len(), 5);
    }
}
