//! `SET PRIORITY`: at which priority the dialplan goes on.

use super::prelude::*;
use ucx_dialplan::Query;

pub(super) static COMMAND: Command = Command {
    name: "set priority",
    syntax: "SET PRIORITY <priority or label>",
    synopsis: "Sets the priority to go on at.",
    description: "The dialplan goes on at that priority, or at that label of the extension it goes\n on in, after the program. Result 0.",
    arguments: 1..=1,
    is_allowed_dead: false,
    run: Run::Now(run),
};

fn run(session: &mut Session<'_>, words: &Words) -> Outcome {
    let word = words.get(2).unwrap_or_default();
    match word.parse().ok().or_else(|| labelled(session, word)) {
        Some(priority) => session.next.priority = Some(priority),
        None => {
            tracing::warn!(place = %session.line.place(), label = word, "there is no such priority");
        }
    }
    Outcome::Done(wire::DONE)
}

/// The priority of that label in the extension the dialplan goes on in.
fn labelled(session: &Session<'_>, label: &str) -> Option<u32> {
    let here = session.line.place();
    let place = session.next.over(here).unwrap_or_else(|| here.clone());
    let channel = session.line.channel().ok()?;
    let pbx = session.line.pbx();
    let calendar = pbx.calendar();
    let query = Query {
        context: &place.context,
        exten: &place.exten,
        caller_id: channel.caller.number(),
        calendar: &calendar,
    };
    pbx.dialplan().priority_by_label(&query, label)
}

#[cfg(test)]
mod tests {
    use crate::tests::prelude::*;

    fn steps(commands: &[&str]) -> Vec<String> {
        let talk = Talk::new(commands);
        talk.run(async |_, _| {});
        talk.steps()
    }

    #[test]
    fn the_dialplan_goes_on_there() {
        assert_eq!(steps(&["SET PRIORITY 3"]), ["100,1 Talk()", "100,3 Note(end)"]);
        assert_eq!(steps(&["SET PRIORITY end"]), ["100,1 Talk()", "100,3 Note(end)"]);
        assert_eq!(
            steps(&["SET EXTENSION 300", "SET PRIORITY there"]),
            ["100,1 Talk()", "300,2 Note(next)"]
        );
        assert_eq!(
            steps(&["SET PRIORITY nowhere"]),
            ["100,1 Talk()", "100,2 Note(SUCCESS)", "100,3 Note(end)"]
        );
        assert_usage("SET PRIORITY");
    }
}
