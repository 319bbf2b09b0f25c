//! `CHANNEL STATUS`: how far a channel is.

use super::prelude::*;

pub(super) static COMMAND: Command = Command {
    name: "channel status",
    syntax: "CHANNEL STATUS [<channel>]",
    synopsis: "Says how far a channel is.",
    description: "The state of the named channel, or of this one:\n 0 down, 1 reserved, 2 off hook, 3 dialling, 4 ringing here, 5 ringing there,\n 6 up, 7 busy. Result -1 if there is no such channel.",
    arguments: 0..=1,
    is_allowed_dead: false,
    run: Run::Now(run),
};

fn run(session: &mut Session<'_>, words: &Words) -> Outcome {
    let state = match words.get(2).filter(|name| !name.is_empty()) {
        None => session.line.channel().ok().map(|channel| channel.state),
        Some(name) => session.line.pbx().with_switch(|switch| {
            let id = switch.channel_by_name(name)?;
            switch.channel(id).map(|channel| channel.state)
        }),
    };
    Outcome::Done(state.map_or(wire::FAILED, |state| wire::result(state.number())))
}

#[cfg(test)]
mod tests {
    use crate::tests::prelude::*;

    #[test]
    fn channels_are_found_by_name() {
        assert_talk(&[
            ("CHANNEL STATUS", "200 result=4"),
            ("CHANNEL STATUS PJSIP/alice-00000000", "200 result=4"),
            ("CHANNEL STATUS NoSuch/chan", "200 result=-1"),
        ]);
        assert_usage("CHANNEL STATUS a b");
    }
}
