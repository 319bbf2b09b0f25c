//! `Log`: a line in the log, with its level.

use crate::text;
use ucx_dialplan::Arguments;
use ucx_pbx::{Ending, Line};

application!(Log, "Log", run,
    synopsis: "Writes to the log with a level.",
    syntax: "Log(level,message)",
    arguments: &[
        ("level", "ERROR, WARNING, NOTICE, DEBUG, VERBOSE or DTMF; NOTICE and VERBOSE are information here, DTMF is for finding faults."),
        ("message", "Commas and all."),
    ],
    notes: "An unknown level is warned of, and the message is lost.",
);

fn run(line: &Line, args: &str) -> Result<(), Ending> {
    let args = Arguments::split_into(args, 2);
    let (place, message) = (line.place(), args.text(1));
    match level(args.text(0)) {
        Some(tracing::Level::ERROR) => tracing::error!(%place, "{message}"),
        Some(tracing::Level::WARN) => tracing::warn!(%place, "{message}"),
        Some(tracing::Level::INFO) => tracing::info!(%place, "{message}"),
        Some(_) => tracing::debug!(%place, "{message}"),
        None => text::warn(line, "Log", &format!("there is no level {:?}", args.text(0))),
    }
    Ok(())
}

fn level(word: &str) -> Option<tracing::Level> {
    Some(match word.trim().to_ascii_uppercase().as_str() {
        "ERROR" => tracing::Level::ERROR,
        "WARNING" => tracing::Level::WARN,
        "NOTICE" | "VERBOSE" => tracing::Level::INFO,
        "DEBUG" | "DTMF" => tracing::Level::DEBUG,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::level;
    use crate::tests::steps;
    use tracing::Level;

    #[test]
    fn levels_go_by_the_fields_words() {
        let words = [
            "error", "WARNING", " NOTICE", "VERBOSE", "DEBUG", "DTMF", "loud", "",
        ];
        let levels = words.map(level);
        let [information, debug] = [Some(Level::INFO), Some(Level::DEBUG)];
        assert_eq!(
            levels,
            [
                Some(Level::ERROR),
                Some(Level::WARN),
                information,
                information,
                debug,
                debug,
                None,
                None
            ]
        );
    }

    #[test]
    fn the_dialplan_goes_on() {
        let plan = "[main]\nexten => 100,1,Log(NOTICE,c)\n same => n,Log(WRONG)\n same => n,Log()\n same => n,NoOp()\n";
        assert_eq!(steps(plan).len(), 4);
    }
}
