//! Calls between two phones: sound, digits, hold, endings, loss, and the same run twice.

use std::time::Duration;

use super::wire::{World, config, name};
use crate::{CallReport, EndedBy, Happening, Policy};

const AT_ONCE: Policy = Policy::Answer {
    after: Duration::ZERO,
};

fn talking(seed: u8) -> World {
    let mut world = World::pair(seed, AT_ONCE);
    world
        .with(0, |phone, now| phone.call(now, "6002"))
        .expect("a call");
    world.run_ms(1000);
    world
}

fn report(world: &World, phone: usize) -> &CallReport {
    let ended = world.told(phone).find_map(|what| {
        if let Happening::Ended { report, .. } | Happening::Failed { report, .. } = what {
            Some(report)
        } else {
            None
        }
    });
    ended.expect("the call is over")
}

fn ending(world: &World, phone: usize) -> (EndedBy, Option<u16>) {
    let ended = world.told(phone).find_map(|what| {
        if let Happening::Ended { by, cause, .. } = what {
            Some((*by, *cause))
        } else {
            None
        }
    });
    ended.expect("the call is over")
}

fn failure(world: &World, phone: usize) -> u16 {
    let failed = world.told(phone).find_map(|what| {
        if let Happening::Failed { status, .. } = what {
            Some(*status)
        } else {
            None
        }
    });
    failed.expect("the call failed")
}

fn heard_digits(world: &World, phone: usize) -> String {
    let digits = world.told(phone).filter_map(|what| {
        if let Happening::DigitHeard { digit, .. } = what {
            Some(*digit)
        } else {
            None
        }
    });
    digits.collect()
}

#[test]
fn each_hears_the_others_tone() {
    let mut world = World::pair(
        1,
        Policy::Answer {
            after: Duration::from_millis(300),
        },
    );
    world
        .with(0, |phone, now| phone.call(now, "6002"))
        .expect("a call");
    world.run_ms(1000);

    assert_eq!(world.names(0), ["ringing", "answered", "tone-heard"]);
    assert_eq!(world.names(1), ["incoming-call", "answered", "tone-heard"]);
    assert_eq!(world.phones[0].tones(world.call_of(0)), [660]);
    assert_eq!(world.phones[1].tones(world.call_of(1)), [440]);
    let after = world.told(0).find_map(|what| {
        if let Happening::ToneHeard { after_ms, .. } = what {
            Some(*after_ms)
        } else {
            None
        }
    });
    let after = after.expect("a tone");
    assert!(
        (280..340).contains(&after.as_millis()),
        "the tone began with the answer, not at {after:?}"
    );
}

#[test]
fn a_steady_call_has_clean_figures_on_both_sides() {
    let mut world = talking(2);
    world.run_ms(9000);
    let call = world.call_of(0);
    world
        .with(0, |phone, now| phone.hangup(now, call))
        .expect("a hangup");
    world.run_ms(100);

    assert_eq!(ending(&world, 0), (EndedBy::Us, Some(16)));
    assert_eq!(ending(&world, 1), (EndedBy::Peer, Some(16)));
    for phone in 0..2 {
        let report = report(&world, phone);
        assert!((495..=500).contains(&report.frames_sent), "{report}");
        assert!((495..=500).contains(&report.frames_received), "{report}");
        assert_eq!(
            (
                report.frames_lost,
                report.holes,
                report.ssrc_changes,
                report.resets
            ),
            (0, 0, 0, 0),
            "{report}"
        );
        assert!(report.largest_gap < Duration::from_millis(22), "{report}");
        assert!(
            report
                .first_frame
                .is_some_and(|first| first < Duration::from_millis(30)),
            "{report}"
        );
    }
    assert!(
        report(&world, 0)
            .setup
            .is_some_and(|setup| setup < Duration::from_millis(5))
    );
    assert!(report(&world, 0).round_trip.is_some(), "RTCP went both ways");
}

#[test]
fn the_called_phone_can_hang_up_too() {
    let mut world = talking(3);
    let call = world.call_of(1);
    world
        .with(1, |phone, now| phone.hangup(now, call))
        .expect("a hangup");
    world.run_ms(100);

    assert_eq!(ending(&world, 0).0, EndedBy::Peer);
    assert_eq!(ending(&world, 1).0, EndedBy::Us);
    assert_eq!(
        world.phones[0].calls().count() + world.phones[1].calls().count(),
        0
    );
}

#[test]
fn digits_arrive_once_each_and_in_order_even_when_packets_are_lost() {
    let mut world = talking(4);
    world.lose_rtp = 100;
    let call = world.call_of(0);
    world
        .with(0, |phone, now| phone.send_digits(now, call, "1550*#d"))
        .expect("digits");
    world.run_ms(3000);

    assert_eq!(heard_digits(&world, 1), "1550*#D");
    assert!(world.names(0).contains(&"digits-sent".to_owned()));
    assert_eq!(world.phones[1].tones(world.call_of(1)), [440]);
}

#[test]
fn lost_packets_are_counted_where_they_are_missed() {
    let mut world = talking(5);
    world.lose_rtp = 50;
    world.run_ms(10_000);
    world.lose_rtp = 0;
    world.run_ms(1000);
    let call = world.call_of(0);
    world
        .with(0, |phone, now| phone.hangup(now, call))
        .expect("a hangup");
    world.run_ms(100);

    let (sender, receiver) = (report(&world, 1), report(&world, 0));
    let missing = sender.frames_sent - receiver.frames_received;
    assert!((5..60).contains(&receiver.frames_lost), "{receiver}");
    assert!(
        missing.abs_diff(receiver.frames_lost) <= 1,
        "{sender}\n{receiver}"
    );
    assert!(receiver.largest_gap > Duration::from_millis(38), "{receiver}");
}

#[test]
fn a_held_phone_hears_no_more_and_then_again() {
    let mut world = talking(6);
    let call = world.call_of(0);
    world.with(0, |phone, now| phone.hold(now, call)).expect("a hold");
    world.run_ms(1000);
    assert!(world.phones[0].tones(call).is_empty(), "the held phone is silent");
    assert!(
        world
            .told(0)
            .any(|what| matches!(what, Happening::Changed { holding: true, .. }))
    );
    assert!(
        world
            .told(0)
            .any(|what| matches!(what, Happening::ToneLost { hz: 660, .. }))
    );
    assert!(world.names(1).contains(&"held".to_owned()));

    world
        .with(0, |phone, now| phone.unhold(now, call))
        .expect("no more hold");
    world.run_ms(1000);
    assert_eq!(world.phones[0].tones(call), [660]);
    assert_eq!(world.names(1).last().map(String::as_str), Some("resumed"));
    world
        .with(0, |phone, now| phone.hangup(now, call))
        .expect("a hangup");
    world.run_ms(100);
    let report = report(&world, 0);
    assert_eq!(
        (report.holes, report.resets, report.ssrc_changes),
        (0, 0, 0),
        "being on hold is no hole: {report}"
    );
}

#[test]
fn both_can_hold_at_once_and_glare_is_solved() {
    let mut world = talking(7);
    let (a, b) = (world.call_of(0), world.call_of(1));
    world.with(0, |phone, now| phone.hold(now, a)).expect("a hold");
    world.with(1, |phone, now| phone.hold(now, b)).expect("a hold");
    world.run_ms(6000);

    for phone in 0..2 {
        assert!(
            world
                .told(phone)
                .any(|what| matches!(what, Happening::Changed { holding: true, .. })),
            "{:?}",
            world.names(phone)
        );
    }
}

#[test]
fn a_busy_phone_refuses_with_486() {
    let mut world = World::pair(8, Policy::Busy);
    world
        .with(0, |phone, now| phone.call(now, "6002"))
        .expect("a call");
    world.run_ms(100);

    assert_eq!(failure(&world, 0), 486);
    assert_eq!(world.names(1), ["incoming-call", "ended"]);
}

#[test]
fn a_phone_with_all_its_calls_is_busy() {
    let mut callee = config(1, 0, 9);
    callee.policy = AT_ONCE;
    callee.max_calls = 1;
    let mut world = World::of(9, vec![config(0, 1, 9), callee]);
    world
        .with(0, |phone, now| phone.call(now, "6002"))
        .expect("a call");
    world.run_ms(100);
    world
        .with(0, |phone, now| phone.call(now, "6002"))
        .expect("a second call");
    world.run_ms(100);

    assert_eq!(failure(&world, 0), 486);
    assert_eq!(world.phones[0].calls().count(), 1);
}

#[test]
fn a_refusal_carries_its_status() {
    let mut world = World::pair(10, Policy::Reject { status: 603 });
    world
        .with(0, |phone, now| phone.call(now, "6002"))
        .expect("a call");
    world.run_ms(100);

    assert_eq!(failure(&world, 0), 603);
}

#[test]
fn a_ringing_call_is_cancelled() {
    let mut world = World::pair(11, Policy::Ring);
    let call = world
        .with(0, |phone, now| phone.call(now, "6002"))
        .expect("a call");
    world.run_ms(500);
    world
        .with(0, |phone, now| phone.hangup(now, call))
        .expect("a hangup");
    world.run_ms(100);

    assert_eq!(ending(&world, 0).0, EndedBy::Us);
    assert_eq!(ending(&world, 1).0, EndedBy::Peer);
    assert!(world.names(0).contains(&"ringing".to_owned()));
}

#[test]
fn a_ringing_call_is_answered_or_refused_by_hand() {
    let mut world = World::pair(12, Policy::Ring);
    for (deed, expected) in [("answer", "answered"), ("refuse", "failed")] {
        world
            .with(0, |phone, now| phone.call(now, "6002"))
            .expect("a call");
        world.run_ms(200);
        let call = world.phones[1].calls().next_back().expect("it rings");
        match deed {
            "answer" => world
                .with(1, |phone, now| phone.answer(now, call))
                .expect("an answer"),
            _ => world
                .with(1, |phone, now| phone.reject(now, call, 480))
                .expect("a refusal"),
        }
        world.run_ms(200);
        assert!(
            world.names(0).contains(&expected.to_owned()),
            "{deed}: {:?}",
            world.names(0)
        );
    }
    assert_eq!(failure(&world, 0), 480);
}

#[test]
fn a_tone_can_change_and_stop_during_the_call() {
    let mut world = talking(13);
    let (a, b) = (world.call_of(0), world.call_of(1));
    world
        .with(1, |phone, now| phone.play(now, b, Some(1000)))
        .expect("a tone");
    world.run_ms(500);
    assert_eq!(world.phones[0].tones(a), [1000]);
    world
        .with(1, |phone, now| phone.play(now, b, None))
        .expect("silence");
    world.run_ms(500);
    assert!(world.phones[0].tones(a).is_empty());
    let figures = world.phones[0].report(world.now, a).expect("figures");
    assert_eq!(
        (figures.holes, figures.resets, figures.frames_lost),
        (0, 0, 0),
        "{figures}"
    );
}

#[test]
fn a_recording_holds_what_was_heard() {
    let mut world = World::pair(14, AT_ONCE);
    let call = world
        .with(0, |phone, now| phone.call(now, "6002"))
        .expect("a call");
    world
        .with(0, |phone, now| phone.record(now, call))
        .expect("a recording");
    world.run_ms(2000);
    world
        .with(0, |phone, now| phone.hangup(now, call))
        .expect("a hangup");
    let samples = world
        .with(0, |phone, now| phone.take_recording(now, call))
        .expect("a recording");

    assert!(
        (15_500..16_500).contains(&samples.len()),
        "2 s are 16,000 samples, not {}",
        samples.len()
    );
    assert!(
        ucx_media::goertzel_power(&samples[8000..8800], 660) > 0.8,
        "the far end's tone is on the tape"
    );
    assert_eq!(
        world.with(0, |phone, now| phone.take_recording(now, call)),
        None,
        "it is given once"
    );
}

#[test]
fn sip_survives_loss_and_every_table_is_empty_afterwards() {
    let mut world = World::pair(
        15,
        Policy::Answer {
            after: Duration::from_millis(200),
        },
    );
    world.lose_sip = 250;
    for _ in 0..20 {
        world
            .with(0, |phone, now| phone.call(now, "6002"))
            .expect("a call");
        world.run_ms(8000);
        let calls: Vec<_> = world.phones[0].calls().collect();
        for call in calls {
            world
                .with(0, |phone, now| phone.hangup(now, call))
                .expect("a hangup");
        }
        world.run_ms(40_000);
    }
    world.lose_sip = 0;
    world.run_ms(120_000);

    assert!(world.names(0).iter().filter(|name| *name == "answered").count() > 10);
    for phone in &world.phones {
        assert_eq!(phone.calls().count(), 0);
        assert_eq!(phone.load(), ucx_sip::Load::default());
    }
}

#[test]
fn nobody_there_ends_as_408() {
    let mut world = World::of(16, vec![config(0, 1, 16)]);
    world
        .with(0, |phone, now| phone.call(now, "6002"))
        .expect("a call");
    world.run_ms(40_000);

    assert_eq!(failure(&world, 0), 408);
}

#[test]
fn a_phone_without_registrar_is_told_so() {
    let mut world = World::pair(17, Policy::Ring);
    world
        .with(0, |phone, now| phone.register(now, Duration::from_secs(60)))
        .expect("a registration");
    world.run_ms(100);

    assert_eq!(world.names(0), ["register-failed"]);
    world
        .with(0, |phone, now| phone.register(now, Duration::from_secs(60)))
        .expect("another try");
}

#[test]
fn several_calls_go_on_at_once() {
    let mut world = World::pair(18, AT_ONCE);
    for _ in 0..5 {
        world
            .with(0, |phone, now| phone.call(now, "6002"))
            .expect("a call");
    }
    world.run_ms(2000);

    let calls: Vec<_> = world.phones[0].calls().collect();
    assert_eq!(calls.len(), 5);
    for call in calls {
        assert_eq!(world.phones[0].tones(call), [660]);
    }
}

#[test]
fn the_same_seed_gives_the_same_transcript() {
    let run = |seed| {
        let mut world = World::pair(
            seed,
            Policy::Answer {
                after: Duration::from_millis(150),
            },
        );
        (world.lose_rtp, world.lose_sip) = (30, 100);
        let call = world
            .with(0, |phone, now| phone.call(now, "6002"))
            .expect("a call");
        world.run_ms(5000);
        // Whether the call is up by now is the seed's choice.
        let _ = world.with(0, |phone, now| phone.send_digits(now, call, "42"));
        world.run_ms(2000);
        let _ = world.with(0, |phone, now| phone.hangup(now, call));
        world.run_ms(5000);
        world.transcript
    };

    let first = run(19);
    assert!(first.len() > 10_000);
    assert!(first == run(19), "two runs of one seed differ");
    assert!(first != run(20), "the seed has no effect");
}

#[test]
fn what_cannot_be_done_is_refused_with_a_reason() {
    let mut world = talking(21);
    let call = world.call_of(0);
    let refusals = [
        world.with(0, |phone, now| phone.call(now, "").map(drop)),
        world.with(0, |phone, now| phone.call(now, "6002 evil").map(drop)),
        world.with(0, |phone, now| phone.answer(now, call)),
        world.with(0, |phone, now| phone.reject(now, call, 486)),
        world.with(0, |phone, now| phone.send_digits(now, call, "12x")),
        world.with(0, |phone, now| phone.hangup(now, crate::CallId(99))),
        world.with(0, |phone, now| phone.unregister(now)),
    ];

    for refusal in refusals {
        let error = refusal.expect_err("it cannot be done");
        assert!(!error.to_string().is_empty());
    }
    assert_eq!(
        name(world.told(0).last().expect("events")),
        "tone-heard",
        "nothing else happened"
    );
}
