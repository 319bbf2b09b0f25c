//! `MusicOnHold`: music for a while, or until the caller hangs up.

use crate::text;
use ucx_dialplan::Arguments;
use ucx_pbx::{Ending, Line};

application!(MusicOnHold, "MusicOnHold", waits run,
    synopsis: "Lets the caller hear music.",
    syntax: "MusicOnHold([class[,duration]])",
    arguments: &[
        ("class", "The class of musiconhold.conf, default without it."),
        ("duration", "Seconds after which it goes on; without it, or with 0, the music plays until the caller hangs up."),
    ],
    notes: "It does not answer the call.",
);

async fn run(line: &mut Line, args: &str) -> Result<(), Ending> {
    let args = Arguments::split(args);
    let time = text::warned(line, "MusicOnHold", args.text(1), text::seconds);
    line.start_music(args.get(0))?;
    match time.filter(|time| !time.is_zero()) {
        Some(time) => line.wait(time).await?,
        None => line.wait_forever().await?,
    }
    line.stop_music()
}

#[cfg(test)]
mod tests {
    use crate::tests::test;
    use ucx_call::{Cause, EventKind};

    #[test]
    fn music_plays_for_its_time_or_until_the_call_ends() {
        let plan = "[main]\nexten => 100,1,Answer()\n same => n,MusicOnHold(jazz,2)\n same => n,NoOp(on)\n same => n,MusicOnHold()\n same => n,NoOp(never)\n";
        test(plan, async |world| {
            let alice = world.call("100");
            world.pass(2_500).await;
            assert_eq!(world.steps("alice").len(), 4);
            world.desk.hangup(alice, Cause::NORMAL_CLEARING).await.unwrap();
            world.until_over().await;
            let record = world.record();
            let classes = record.events.iter().filter_map(|event| {
                let EventKind::MusicStarted { class, .. } = &event.kind else {
                    return None;
                };
                Some(class.to_string())
            });
            assert_eq!(classes.collect::<Vec<_>>(), ["jazz", "default"]);
            assert_eq!(
                record.count(|kind| matches!(kind, EventKind::MusicStopped { .. })),
                2
            );
        });
    }
}
