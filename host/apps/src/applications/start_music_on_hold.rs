//! `StartMusicOnHold`: music while the dialplan goes on.

use ucx_dialplan::Arguments;
use ucx_pbx::{Ending, Line};

application!(StartMusicOnHold, "StartMusicOnHold", run,
    synopsis: "Lets the caller hear music while the dialplan goes on.",
    syntax: "StartMusicOnHold([class])",
    arguments: &[("class", "The class of musiconhold.conf, default without it.")],
    notes: "It ends with StopMusicOnHold, or when something else is to be heard.",
);

fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    line.start_music(Arguments::split(args).get(0))
}

#[cfg(test)]
mod tests {
    use crate::tests::test;
    use ucx_call::{Action, Source};

    #[test]
    fn music_goes_on_until_it_is_stopped() {
        let plan = "[main]\nexten => 100,1,Answer()\n same => n,StartMusicOnHold(jazz)\n same => n,Wait(1)\n same => n,StopMusicOnHold()\n same => n,Wait(1)\n";
        test(plan, async |world| {
            world.call("100");
            world.until_over().await;
            let heard = world.record().actions.iter().filter_map(|action| {
                let Action::Hear { source, .. } = action else {
                    return None;
                };
                Some(source.clone())
            });
            let heard: Vec<_> = heard.collect();
            assert_eq!(heard[..2], [Source::Music("jazz".into()), Source::Silence]);
            assert!(world.pbx.now().as_millis() >= 2_000);
        });
    }
}
