//! `SET AUTOHANGUP`: ends the call after a while.

use super::prelude::*;

pub(super) static COMMAND: Command = Command {
    name: "set autohangup",
    syntax: "SET AUTOHANGUP <seconds>",
    synopsis: "Limits how long the call may last.",
    description: "The call is hung up that many seconds from now; 0 takes the limit away. Result 0.",
    arguments: 1..=1,
    is_allowed_dead: false,
    run: Run::Now(run),
};

fn run(session: &mut Session<'_>, words: &Words) -> Outcome {
    let Some(after_s) = words.get(2).and_then(|word| word.parse::<u32>().ok()) else {
        return Outcome::Usage(&COMMAND);
    };
    let after = (after_s > 0).then(|| Duration::from_secs(u64::from(after_s)));
    session.line.set_absolute_timeout(after);
    Outcome::Done(wire::DONE)
}

#[cfg(test)]
mod tests {
    use crate::tests::prelude::*;

    #[test]
    fn the_call_ends_in_time() {
        let talk = Talk::new(&[
            "SET AUTOHANGUP 3",
            "STREAM FILE tone \"\"",
            "WAIT FOR DIGIT 10000",
        ]);
        talk.run(async |_, _| {});
        assert_eq!(
            talk.replies(),
            ["200 result=0", "200 result=0 endpos=8000", "200 result=-1"]
        );
        assert_eq!(talk.status(), "HANGUP");
        let talk = Talk::new(&["SET AUTOHANGUP 1", "SET AUTOHANGUP 0", "WAIT FOR DIGIT 5000"]);
        talk.run(async |_, _| {});
        assert_eq!(talk.replies(), ["200 result=0"; 3]);
        assert_usage("SET AUTOHANGUP never");
    }
}
