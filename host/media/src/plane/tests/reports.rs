//! RTCP, statistics, timeouts.

use super::world::{A, B, World, config, ms, peer, raw};
use crate::rtcp::{self, NtpTime, ReceiverReport, ReportBlock, RtcpPacket, SenderReport};
use crate::{Command, Direction, Event, PacketKind, RtcpPort, StreamConfig};
use std::net::SocketAddr;
use std::time::Duration;

fn compounds(world: &World, kind: PacketKind) -> Vec<(Duration, SocketAddr, Vec<RtcpPacket>)> {
    let sent = world.sent.get(&A).into_iter().flatten();
    let sent = sent.filter(|sent| sent.kind == kind && crate::rtp::is_rtcp(&sent.bytes));
    sent.map(|sent| (sent.at, sent.to, rtcp::parse(&sent.bytes).expect("a compound")))
        .collect()
}

fn rtcp_port() -> SocketAddr {
    SocketAddr::new(peer(A).ip(), peer(A).port() + 1)
}

fn report(world: &mut World, packet: RtcpPacket, from: SocketAddr) {
    let mut bytes = Vec::new();
    rtcp::write(&[packet], &mut bytes).expect("a compound");
    let now = world.now;
    world
        .plane
        .handle_datagram(now, A, PacketKind::Rtcp, from, &bytes);
    while let Some(event) = world.plane.poll_event() {
        world.events.push(event);
    }
}

#[test]
fn a_talking_stream_reports_about_every_five_seconds() {
    let mut world = World::with(&[A]);
    world.command(Command::Echo { stream: A });
    world.speak(A, 400);
    world.run(ms(100_000));

    let compounds = compounds(&world, PacketKind::Rtcp);
    assert!(
        (14..=28).contains(&compounds.len()),
        "{} reports",
        compounds.len()
    );
    assert!(
        compounds
            .windows(2)
            .all(|pair| (ms(2500)..=ms(7500)).contains(&(pair[1].0 - pair[0].0)))
    );
    let (at, to, packets) = &compounds[3];
    assert_eq!(*to, rtcp_port());
    let [
        RtcpPacket::SenderReport(report),
        RtcpPacket::SourceDescription(chunks),
    ] = packets.as_slice()
    else {
        panic!("a report and a description are due, not {packets:?}");
    };
    assert_eq!(report.ntp, NtpTime::from_unix(*at));
    assert_eq!(u64::from(report.octets), u64::from(report.packets) * 160);
    assert_eq!(report.ssrc, world.rtp(A)[0].header().ssrc);
    assert_eq!((report.blocks[0].fraction_lost, report.blocks[0].jitter), (0, 0));
    assert_eq!(chunks[0].items[0].0, rtcp::CNAME);
    let expected = world.rtp(A).iter().filter(|sent| sent.at < *at).count();
    assert_eq!(report.packets as usize, expected);
}

#[test]
fn a_listener_sends_receiver_reports_with_the_loss_it_saw() {
    let mut world = World::with(&[A]);
    for sequence in (0..100u16).filter(|n| !n.is_multiple_of(4)) {
        world.packet(
            A,
            peer(A),
            &raw(0, sequence, u32::from(sequence) * 160, &[0; 160]),
        );
        world.run(ms(20));
    }
    world.run(ms(8000));

    let (_, _, packets) = compounds(&world, PacketKind::Rtcp).remove(0);
    let Some(RtcpPacket::ReceiverReport(report)) = packets.first() else {
        panic!("a receiver report is due, not {packets:?}");
    };
    assert!(
        (60..=64).contains(&report.blocks[0].fraction_lost),
        "a quarter is 64/256: {:?}",
        report.blocks[0]
    );
    assert_eq!(report.blocks[0].ssrc, 0x1234_5678);
}

#[test]
fn the_round_trip_is_measured_from_an_echoed_report() {
    let mut world = World::with(&[A]);
    world.command(Command::Echo { stream: A });
    world.speak(A, 400);
    world.run(ms(10_000));
    let (sent_at, _, packets) = compounds(&world, PacketKind::Rtcp).pop().expect("a report");
    let Some(RtcpPacket::SenderReport(ours)) = packets.first() else {
        panic!("a sender report is due");
    };
    let held = world.now - sent_at;
    let block = ReportBlock {
        ssrc: ours.ssrc,
        fraction_lost: 12,
        last_report: ours.ntp.middle(),
        delay_since_last_report: u32::try_from(held.as_micros() * 65_536 / 1_000_000).expect("short"),
        ..ReportBlock::default()
    };
    world.now += ms(80);
    report(
        &mut world,
        RtcpPacket::ReceiverReport(ReceiverReport {
            ssrc: 5,
            blocks: vec![block],
        }),
        rtcp_port(),
    );

    let trip = world
        .plane
        .statistics(A)
        .expect("open")
        .round_trip
        .expect("measured");
    assert!((ms(79)..=ms(81)).contains(&trip), "{trip:?}");
    assert_eq!(world.plane.statistics(A).expect("open").remote, Some(block));
    assert!(matches!(
        world.events.last(),
        Some(Event::ReportReceived {
            round_trip: Some(_),
            ..
        })
    ));
}

#[test]
fn a_peers_sender_report_is_echoed_in_the_next_block() {
    let mut world = World::with(&[A]);
    world.packet(A, peer(A), &raw(0, 1, 1, &[0; 160]));
    let theirs = SenderReport {
        ssrc: 0x1234_5678,
        ntp: NtpTime(0xaaaa_bbbb_cccc_dddd),
        ..SenderReport::default()
    };
    report(&mut world, RtcpPacket::SenderReport(theirs), rtcp_port());
    world.run(ms(8000));

    let sent = world.events.iter().find_map(|event| {
        if let Event::ReportSent { report, .. } = event {
            report.blocks().first().copied()
        } else {
            None
        }
    });
    assert_eq!(sent.expect("a report").last_report, 0xbbbb_cccc);
}

#[test]
fn muxed_reports_share_the_rtp_port_both_ways() {
    let muxed = StreamConfig {
        rtcp: RtcpPort::Muxed,
        ..config()
    };
    let mut world = World::configured(&[(A, muxed)]);
    world.command(Command::Echo { stream: A });
    world.speak(A, 400);
    world.run(ms(8000));

    let compounds = compounds(&world, PacketKind::Rtp);
    assert_eq!(compounds[0].1, peer(A));
    let mut bytes = Vec::new();
    let packet = RtcpPacket::ReceiverReport(ReceiverReport {
        ssrc: 9,
        blocks: Vec::new(),
    });
    rtcp::write(&[packet], &mut bytes).expect("a compound");
    world.packet(A, peer(A), &bytes);
    assert!(
        world
            .events
            .iter()
            .any(|event| matches!(event, Event::ReportReceived { .. }))
    );
}

#[test]
fn reports_from_strangers_are_not_believed() {
    let mut world = World::with(&[A]);
    let stranger = SocketAddr::from(([203, 0, 113, 66], 666));
    report(
        &mut world,
        RtcpPacket::ReceiverReport(ReceiverReport::default()),
        stranger,
    );

    assert_eq!(world.plane.statistics(A).expect("open").counters.foreign, 1);
    assert_eq!(world.events, []);
}

#[test]
fn closing_says_goodbye_and_gives_the_figures() {
    let mut world = World::with(&[A, B]);
    world.command(Command::Connect { a: A, b: B });
    world.speak(A, 400);
    world.speak(B, 600);
    world.run(ms(1000));
    world.command(Command::Close { stream: A });

    let (_, _, packets) = compounds(&world, PacketKind::Rtcp).pop().expect("a goodbye");
    assert!(
        matches!(
            packets.as_slice(),
            [RtcpPacket::SenderReport(_), _, RtcpPacket::Goodbye(_)]
        ),
        "{packets:?}"
    );
    let Some(Event::Closed { stream, statistics }) = world.events.last() else {
        panic!("the stream is closed, not {:?}", world.events.last());
    };
    assert_eq!(
        (*stream, statistics.sent_packets, statistics.received_packets),
        (A, 50, 50)
    );
    assert_eq!(world.plane.statistics(A), None);
    world.run(ms(10_000));
    assert!(world.rtp(A).len() == 50, "nothing is sent after the end");
}

#[test]
fn silence_is_told_once_and_again_after_a_sign_of_life() {
    let patient = StreamConfig {
        rtp_timeout: Some(ms(5000)),
        ..config()
    };
    let mut world = World::configured(&[(A, patient)]);
    let timeouts = |world: &World| {
        let told = world
            .events
            .iter()
            .filter(|event| matches!(event, Event::RtpTimeout { .. }));
        told.count()
    };
    world.run(ms(4000));
    world.packet(A, peer(A), &raw(0, 1, 1, &[0; 160]));
    world.run(ms(4900));
    assert_eq!(timeouts(&world), 0);
    world.run(ms(20_000));
    assert_eq!(timeouts(&world), 1);
    world.packet(A, peer(A), &raw(0, 2, 161, &[0; 160]));
    world.run(ms(20_000));
    assert_eq!(timeouts(&world), 2);
}

#[test]
fn a_held_party_may_be_silent() {
    let patient = StreamConfig {
        rtp_timeout: Some(ms(5000)),
        ..config()
    };
    let mut world = World::configured(&[(A, patient)]);
    world.command(Command::Hold {
        stream: A,
        direction: Direction::SendOnly,
    });
    world.run(ms(60_000));
    assert!(
        !world
            .events
            .iter()
            .any(|event| matches!(event, Event::RtpTimeout { .. }))
    );
    world.command(Command::Hold {
        stream: A,
        direction: Direction::Both,
    });
    world.run(ms(4000));
    assert!(
        !world
            .events
            .iter()
            .any(|event| matches!(event, Event::RtpTimeout { .. }))
    );
    world.run(ms(2000));
    assert!(
        world
            .events
            .iter()
            .any(|event| matches!(event, Event::RtpTimeout { .. }))
    );
}
