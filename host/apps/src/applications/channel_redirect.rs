//! `ChannelRedirect`: another channel goes on elsewhere.

use crate::text;
use ucx_call::Right;
use ucx_dialplan::{Arguments, Target};
use ucx_pbx::{Ending, Line};

application!(ChannelRedirect, "ChannelRedirect", needs Right::Control, run,
    synopsis: "Sends another channel to another place of the dialplan.",
    syntax: "ChannelRedirect(channel,[[context,]extension,]priority)",
    arguments: &[
        ("channel", "The channel's name or uniqueid."),
        ("context", "The context; the present one without it."),
        ("extension", "The extension; the present one without it."),
        ("priority", "The priority or label."),
    ],
    sets: &[("CHANNELREDIRECT_STATUS", "SUCCESS, or NOCHANNEL if there is no such channel.")],
    notes: "A place that does not exist is warned of, and nothing is set.",
);

fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let (name, target) = args.split_once(',').unwrap_or((args, ""));
    if Arguments::split(target).is_empty() || Target::parse(target).is_err() {
        text::warn(line, "ChannelRedirect", "it needs a channel and a place");
        return Ok(());
    }
    let Some(channel) = line.pbx().find_channel(name.trim()) else {
        return line.set_variable("CHANNELREDIRECT_STATUS", "NOCHANNEL");
    };
    let moved = line.place_of(target).and_then(|place| {
        line.may_enter(&place.context)
            .map_err(|refusal| refusal.to_string())?;
        line.pbx()
            .redirect(&channel, place)
            .map_err(|refusal| refusal.to_string())
    });
    match moved {
        Ok(()) => line.set_variable("CHANNELREDIRECT_STATUS", "SUCCESS"),
        Err(why) => {
            text::warn(line, "ChannelRedirect", &why);
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::test;

    #[test]
    fn another_channel_goes_on_elsewhere() {
        let plan = "[main]\nexten => 100,1,Answer()\n same => n,Wait(9)\nexten => 200,1,ChannelRedirect(PJSIP/alice-00000000,main,300,go)\n same => n,NoOp(${CHANNELREDIRECT_STATUS})\n same => n,ChannelRedirect(PJSIP/none-1,300,1)\n same => n,NoOp(${CHANNELREDIRECT_STATUS})\n same => n,ChannelRedirect(PJSIP/none-1)\n same => n,ChannelRedirect(PJSIP/alice-00000000,nowhere,1)\nexten => 300,1,NoOp(not here)\n same => n(go),NoOp(here)\n same => n,Wait(1)\n";
        test(plan, async |world| {
            world.call("100");
            world.pass(100).await;
            world.call("200");
            world.until_over().await;
            let steps = world.steps("alice-00000001");
            assert_eq!(steps[1], "200,2 NoOp(SUCCESS)");
            assert_eq!(steps[3], "200,4 NoOp(NOCHANNEL)");
            assert!(
                world
                    .steps("alice-00000000")
                    .contains(&"300,2 NoOp(here)".to_owned())
            );
        });
    }
}
