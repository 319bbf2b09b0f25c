//! `SoftHangup`: the end of another channel.

use crate::text;
use ucx_call::{Cause, Right};
use ucx_dialplan::Arguments;
use ucx_pbx::{Ending, Line};

application!(SoftHangup, "SoftHangup", needs Right::Control, run,
    synopsis: "Asks for the end of another channel.",
    syntax: "SoftHangup(Technology/Resource[,options])",
    arguments: &[("Technology/Resource", "The channel's name, or what stands before the number in it.")],
    options: &[("a", "Ends every channel of that technology and resource, not just the first.")],
    notes: "A channel that is not there is passed over.",
);

fn run(line: &Line, args: &str) -> Result<(), Ending> {
    let args = Arguments::split(args);
    let options = text::options(line, "SoftHangup", args.text(1), "a");
    let name = args.text(0);
    if name.is_empty() {
        text::warn(line, "SoftHangup", "it needs a channel");
        return Ok(());
    }
    let found = line.pbx().with_switch(|switch| {
        let is_meant = |channel: &&std::sync::Arc<ucx_call::ChannelSnapshot>| {
            let base = channel.name.rsplit_once('-').map_or("", |(base, _)| base);
            channel.name.eq_ignore_ascii_case(name) || base.eq_ignore_ascii_case(name)
        };
        let most = if options.has('a') { usize::MAX } else { 1 };
        let found = switch.channels().filter(is_meant).take(most);
        found.map(|channel| channel.id).collect::<Vec<_>>()
    });
    for channel in found {
        line.pbx().hang_up(channel, Cause::NONE);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::tests::test;

    #[test]
    fn others_are_ended_by_name_or_all_together() {
        for (args, left) in [
            ("PJSIP/alice-00000000", 1),
            ("PJSIP/alice", 1),
            ("PJSIP/alice,a", 0),
            ("PJSIP/nobody", 2),
            ("", 2),
        ] {
            let plan = format!("[main]\nexten => 100,1,Wait(9)\nexten => 200,1,SoftHangup({args})\n");
            test(&plan, async |world| {
                world.call("100");
                world.call("100");
                world.call("200");
                world.pass(100).await;
                let counts = world.desk.counts().await.unwrap();
                assert_eq!(counts.channels, left, "{args}");
                world.until_over().await;
            });
        }
    }
}
