//! `StopMusicOnHold`: the end of `StartMusicOnHold`.

use ucx_pbx::{Ending, Line};

application!(StopMusicOnHold, "StopMusicOnHold", run,
    synopsis: "Ends the music the caller hears.",
    syntax: "StopMusicOnHold()",
    notes: "Without any music nothing happens.",
);

fn run(line: &mut Line, _: &str) -> Result<(), Ending> {
    line.stop_music()
}

#[cfg(test)]
mod tests {
    use crate::tests::notes;

    #[test]
    fn without_music_nothing_happens() {
        let plan = "[main]\nexten => 100,1,Answer()\n same => n,StopMusicOnHold()\n same => n,NoOp(on)\n";
        assert_eq!(notes(plan), ["on"]);
    }
}
