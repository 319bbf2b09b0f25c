//! `SEND IMAGE`: a picture for the caller.

use super::prelude::*;

pub(super) static COMMAND: Command = Command {
    name: "send image",
    syntax: "SEND IMAGE <image>",
    synopsis: "Sends a picture.",
    description: "No channel of this host takes pictures; result 0, as where a channel takes none.",
    arguments: 1..=1,
    is_allowed_dead: false,
    run: Run::Now(run),
};

fn run(_: &mut Session<'_>, _: &Words) -> Outcome {
    Outcome::Done(wire::DONE)
}

#[cfg(test)]
mod tests {
    use crate::tests::prelude::*;

    #[test]
    fn no_channel_takes_pictures() {
        assert_talk(&[("SEND IMAGE nosuch", "200 result=0")]);
        assert_usage("SEND IMAGE");
    }
}
