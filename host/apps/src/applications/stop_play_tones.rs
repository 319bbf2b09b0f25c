//! `StopPlayTones`: the end of `PlayTones`.

use ucx_pbx::{Ending, Line};

application!(StopPlayTones, "StopPlayTones", run,
    synopsis: "Ends the tone the caller hears.",
    syntax: "StopPlayTones()",
    notes: "Without a tone nothing happens.",
);

fn run(line: &mut Line, _: &str) -> Result<(), Ending> {
    line.tone(None)
}

#[cfg(test)]
mod tests {
    use crate::tests::notes;

    #[test]
    fn without_a_tone_nothing_happens() {
        let plan = "[main]\nexten => 100,1,Answer()\n same => n,StopPlayTones()\n same => n,NoOp(on)\n";
        assert_eq!(notes(plan), ["on"]);
    }
}
