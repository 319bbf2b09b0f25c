//! `Ringing`: the caller hears it ring.

use ucx_call::Indication;
use ucx_pbx::{Ending, Line};

application!(Ringing, "Ringing", run,
    synopsis: "Tells the caller that it rings.",
    syntax: "Ringing()",
    notes: "Nothing happens if the call is answered.",
);

fn run(line: &mut Line, _: &str) -> Result<(), Ending> {
    line.indicate(Indication::Ringing)
}

#[cfg(test)]
mod tests {
    use crate::tests::indications;
    use ucx_call::Indication;

    #[test]
    fn the_caller_is_told_until_the_answer() {
        let told =
            indications("[main]\nexten => 100,1,Ringing()\n same => n,Answer()\n same => n,Ringing()\n");
        assert_eq!(told, [Indication::Ringing]);
    }
}
