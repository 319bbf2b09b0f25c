//! `Progress`: sound before the answer.

use ucx_call::Indication;
use ucx_pbx::{Ending, Line};

application!(Progress, "Progress", run,
    synopsis: "Tells the caller that sound follows before the answer.",
    syntax: "Progress()",
    notes: "Nothing happens if the call is answered.",
);

fn run(line: &mut Line, _: &str) -> Result<(), Ending> {
    line.indicate(Indication::Progress)
}

#[cfg(test)]
mod tests {
    use crate::tests::indications;
    use ucx_call::Indication;

    #[test]
    fn the_caller_is_told_until_the_answer() {
        let told =
            indications("[main]\nexten => 100,1,Progress()\n same => n,Answer()\n same => n,Progress()\n");
        assert_eq!(told, [Indication::Progress]);
    }
}
