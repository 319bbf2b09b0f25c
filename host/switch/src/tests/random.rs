//! Random deeds: whatever is asked in whatever order, the invariants hold and everything ends.

use super::world::{World, leg, local, to};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::time::Duration;
use ucx_call::*;

const CAUSES: [Cause; 4] = [
    Cause::NORMAL_CLEARING,
    Cause::USER_BUSY,
    Cause::NO_ANSWER,
    Cause::NONE,
];

/// Does one deed chosen by `what` to the channel chosen by `which`.
fn deed(world: &mut World, what: u8, which: usize, how: usize) {
    let ids: Vec<_> = world.switch.channels().map(|channel| channel.id).collect();
    if ids.is_empty() || what == 0 {
        world.incoming(["alice", "bob", "carol"][how % 3], "1", "100");
        return;
    }
    let id = ids[which % ids.len()];
    let other = ids[how % ids.len()];
    let cause = CAUSES[how % CAUSES.len()];
    let lease = world.switch.top_lease(id).unwrap_or(Lease {
        channel: id,
        epoch: 0,
    });
    let signal = |world: &mut World, signal| world.signal(id, signal);
    match what % 17 {
        1 => signal(world, Signal::Ringing),
        2 => signal(world, Signal::Progress),
        3 => signal(world, Signal::Answered),
        4 => signal(world, Signal::Failed(cause)),
        5 => signal(world, Signal::HungUp(cause)),
        6 => drop(world.step(|switch, now| switch.answer(now, lease))),
        7 => drop(
            world
                .step(|switch, now| switch.dial(now, lease, to(vec![leg("dave", "4"), local("9", true)], 3))),
        ),
        8 => drop(
            world.step(|switch, now| switch.dial(now, lease, to(vec![local("8", how.is_multiple_of(2))], 3))),
        ),
        9 => drop(world.step(|switch, now| switch.connect(now, lease, other))),
        10 => world.step(|switch, now| switch.finish(now, lease, cause)),
        11 => drop(world.step(|switch, now| switch.redirect(now, id, Place::new("office", "x", 1)))),
        12 => drop(world.step(|switch, now| switch.redirected_to(now, lease))),
        13 => drop(world.step(|switch, now| switch.push_lease(now, lease, Holder::Dialplan))),
        14 => world.step(|switch, now| switch.release(now, lease)),
        15 => drop(world.step(|switch, now| switch.hangup(now, id, cause))),
        _ => {
            world.now += Duration::from_secs(2);
            world.step(|switch, now| switch.handle_timeout(now));
        }
    }
}

/// Ends all that is left as honest controllers would.
fn wind_up(world: &mut World) {
    for _ in 0..10_000 {
        let Some(id) = world.switch.channels().map(|channel| channel.id).next() else {
            return;
        };
        match world.switch.top_lease(id) {
            Some(lease) => world.step(|switch, now| switch.release(now, lease)),
            None => world
                .step(|switch, now| switch.hangup(now, id, Cause::NORMAL_CLEARING))
                .expect("it is there"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_channel_born_is_ended_once(deeds in prop::collection::vec((0u8..40, 0usize..64, 0usize..64), 1..120)) {
        let mut world = World::new();
        for (what, which, how) in deeds {
            deed(&mut world, what, which, how);
        }
        wind_up(&mut world);
        prop_assert!(world.switch.is_empty(), "something is left: {:?}", world.log());
        let mut lives: BTreeMap<ChannelId, (u32, u32)> = BTreeMap::new();
        for event in &world.events {
            match &event.kind {
                EventKind::ChannelCreated { channel } => lives.entry(channel.id).or_default().0 += 1,
                EventKind::ChannelEnded { channel } => lives.entry(channel.id).or_default().1 += 1,
                _ => {}
            }
        }
        prop_assert!(lives.values().all(|&life| life == (1, 1)), "{lives:?}");
        let started = world.log().iter().filter(|line| line.starts_with("dial ") && line.split(' ').count() == 2).count();
        let ended = world.log().iter().filter(|line| line.starts_with("dialled ")).count();
        prop_assert_eq!(started, ended, "each leg that was dialled is told to have ended once");
    }
}
