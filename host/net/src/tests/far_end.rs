//! Whom do we call, what is offered to them, and what is known of them then?

use super::world::{PEER, World};
use std::sync::Arc;
use tokio::task::LocalSet;
use ucx_call::{Cause, ChannelId, Principal};
use ucx_pbx::{Destination, OriginateSpec, Technologies};
use ucx_sip::{Account, AccountId, Accounts, AorSettings, Event};
use ucx_switch::DialTarget;

const BOB: &str = "[global]\ntype=global\ndefault_outbound_endpoint=bob\n\
    [bob]\ntype=endpoint\naors=bob\nallow=ulaw,alaw\n[bob]\ntype=aor\ncontact=sip:bob@127.0.0.1:5072\n";

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
                   m=audio 20000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n";

/// A host whose peer takes calls of anybody.
fn world() -> World {
    let mut world = World::new(BOB);
    let mut accounts = Accounts::default();
    let guest = Account::of_user(AccountId(9), "guest", None);
    accounts.add_user(guest, "guest", AorSettings::default());
    accounts.anonymous = Some("guest".into());
    world.peer.set_accounts(accounts);
    world
}

/// The session and the offer of the last call that came to the peer.
fn offered(world: &World) -> (ucx_sip::SessionId, String) {
    let last = world.peer_events.iter().rev().find_map(|event| {
        let Event::Incoming { session, call } = event else {
            return None;
        };
        let offer = call.sdp.as_ref().expect("we offer");
        let media = String::from_utf8_lossy(offer);
        let media = media.lines().find_map(|line| line.strip_prefix("m=audio "));
        Some((*session, media.expect("audio").to_owned()))
    });
    last.expect("a call came")
}

#[tokio::test(start_paused = true)]
async fn codecs_are_offered_as_asked_and_never_others_than_the_endpoints() {
    LocalSet::new()
        .run_until(async {
            for (number, codecs, expected) in [
                (1, &[][..], "0 8 101"),
                (2, &["alaw"], "8 101"),
                (3, &["gsm", "alaw", "ulaw"], "8 0 101"),
                // What nobody carries is no reason not to call.
                (4, &["gsm"], "0 8 101"),
            ] {
                let mut world = world();
                world.dial_as(ChannelId(number), "bob", codecs);
                let (_, media) = offered(&world);
                assert!(
                    media.ends_with(&format!("RTP/AVP {expected}")),
                    "{codecs:?}: {media}"
                );
            }
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn where_a_far_end_is_and_what_is_spoken_with_it_is_known_once_it_is_settled() {
    LocalSet::new()
        .run_until(async {
            let mut world = world();
            let served = world.pbx.clone();
            let serving = tokio::task::spawn_local(async move { served.serve_desk().await });
            let desk = world.pbx.desk(Principal::OPERATOR);
            let to = Destination::Application {
                name: Arc::from("NoOp"),
                data: Arc::default(),
            };
            let begun = desk.originate_begin(OriginateSpec::new("PJSIP/bob", to)).await;
            let (channel, _wait) = begun.expect("it is called");
            world.settle();
            let known = desk.channel_and_far_end(channel.id).await.expect("it rings").1;
            assert_eq!((known.peer, known.codecs.len()), (Some(PEER), 0));
            let (session, _) = offered(&world);
            let now = world.pbx.now();
            world
                .peer
                .progress(now, session, SDP.as_bytes().to_vec().into())
                .expect("it waits");
            world.settle();
            let known = desk
                .channel_and_far_end(channel.id)
                .await
                .expect("it still rings")
                .1;
            assert_eq!((known.peer, &*known.codecs), (Some(PEER), &["alaw"][..]));
            serving.abort();
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn an_address_is_called_by_the_endpoint_for_what_goes_out() {
    LocalSet::new()
        .run_until(async {
            let world = World::new(BOB);
            let resolved = world.directory.resolve("PJSIP", "sip:carol@192.0.2.9");
            let [DialTarget::Endpoint { endpoint, target, .. }] = resolved.as_slice() else {
                panic!("{resolved:?}")
            };
            assert_eq!((&**endpoint, &**target), ("bob", "sip:carol@192.0.2.9"));
            let without = World::new(&BOB.replace("default_outbound_endpoint=bob\n", ""));
            let resolved = without.directory.resolve("PJSIP", "sip:carol@192.0.2.9");
            let [DialTarget::Unavailable { cause, .. }] = resolved.as_slice() else {
                panic!("{resolved:?}")
            };
            assert_eq!(*cause, Cause::NO_ROUTE_DESTINATION);
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_sound_is_played_as_loud_as_its_name_says() {
    LocalSet::new()
        .run_until(async {
            let mut world = World::new(BOB);
            let channel = world.dial(1, "bob");
            world.commands();
            world.control.hear(
                channel,
                ucx_call::Source::Playback {
                    playback: ucx_call::PlaybackId(7),
                    owner: channel,
                    sounds: Arc::from([ucx_call::louder("hello", 20)]),
                    language: Arc::from("en"),
                },
            );
            world.finish().await;
            let played = world.commands().into_iter().find_map(|command| {
                if let ucx_media::Command::Play { sounds, .. } = command {
                    return Some(sounds[0].samples()[0]);
                }
                None
            });
            // Twenty decibels are ten times as much.
            assert_eq!(played, Some(10));
        })
        .await;
}
