//! Damaged messages: whatever a peer sends, the endpoint stays whole and goes on answering.

use super::scripted::{PLAIN, Text, peer, text};
use super::world::{SDP, World, address, sdp};
use crate::event::Event;
use crate::{Flow, TransportId, TransportKind};

const ROUNDS: u32 = 6_000;

fn damage(world: &mut World, bytes: &mut Vec<u8>) {
    for _ in 0..=world.random(4) {
        let at = world.random(bytes.len() as u32) as usize;
        match world.random(4) {
            0 => bytes[at] = world.random(256) as u8,
            1 => bytes.truncate(at.max(1)),
            2 => {
                let end = (at + world.random(40) as usize).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => {
                bytes.remove(at);
                bytes.push(b' ');
            }
        }
    }
}

#[test]
fn damaged_messages_harm_nobody() {
    let mut world = World::new(1);
    world.keep_log = false;
    let more = "Content-Type: application/sdp\nRecord-Route: <sip:p;lr>, <sip:q>\nReason: Q.850;cause=16\n";
    for round in 0..ROUNDS {
        let methods = ["INVITE", "ACK", "CANCEL", "BYE", "REGISTER", "OPTIONS", "INFO"];
        let method = methods[world.random(7) as usize];
        let branch = format!("z9hG4bK-{}", round / 20);
        let sound = text(&Text {
            method,
            branch: &branch,
            cseq: 1 + round / 20,
            more,
            body: SDP,
            ..PLAIN
        });
        let mut bytes = sound.replace('\n', "\r\n").into_bytes();
        damage(&mut world, &mut bytes);
        let udp = Flow {
            transport: TransportId(0),
            kind: TransportKind::Udp,
            local: address(0),
            remote: peer(),
            connection: None,
        };
        world.nodes[0].handle_datagram(world.now, &udp, &bytes);
        let tcp = Flow {
            transport: TransportId(1),
            kind: TransportKind::Tcp,
            connection: Some(u64::from(round)),
            ..udp
        };
        world.nodes[0].handle_stream(world.now, &tcp, &bytes);
        world.nodes[0].handle_connection_closed(world.now, u64::from(round));
        world.run_for(std::time::Duration::from_millis(20));
        for event in world.events(0) {
            if let Event::Incoming { session, .. } = event {
                let _ = match round % 3 {
                    0 => world.nodes[0].answer(world.now, session, sdp()),
                    1 => world.nodes[0].ring(world.now, session),
                    _ => world.nodes[0].hangup(world.now, session, Some(21)),
                };
            }
        }
    }
    world.nodes[0].hangup_all(world.now, None);
    world.assert_all_over();
    let replies = world.ask(
        peer(),
        0,
        &text(&Text {
            method: "OPTIONS",
            branch: "z9hG4bK-end",
            ..PLAIN
        }),
    );
    assert!(
        replies.iter().any(|reply| reply.starts_with("SIP/2.0 200 ")),
        "still answering"
    );
}
