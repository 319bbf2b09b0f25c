//! Overhearing, whispering, bare RTP, how media goes, texts, and callers sent elsewhere.

use super::world::World;
use std::sync::Arc;
use tokio::task::LocalSet;
use ucx_call::{Action, BridgeId, ChannelId, Part, Source, Voice};
use ucx_media::{Codec, Command, MixId, MixMember, MixVoice, StreamId};

const TEXT: &str = "[bob]\ntype=endpoint\ncontext=office\nallow=ulaw\naors=bob\n[bob]\ntype=aor\ncontact=sip:bob@127.0.0.1:5072\n";

async fn in_world<F: Future<Output = ()>>(test: impl FnOnce(World) -> F) {
    LocalSet::new().run_until(test(World::new(TEXT))).await;
}

/// The members that the newest command about a mix names.
fn members(commands: &[Command], wanted: u64) -> Vec<MixMember> {
    let found = commands.iter().rev().find_map(|command| {
        if let Command::Mix { mix, members } = command
            && *mix == MixId(wanted)
        {
            return Some(members.clone());
        }
        None
    });
    found.expect("the mix was told")
}

#[tokio::test(start_paused = true)]
async fn voices_of_a_mix_are_those_of_streams_and_of_other_mixes() {
    in_world(|mut world| async move {
        let one = world.dial(1, "bob");
        world.commands();
        let unowned = |voice| Part { voice, own: None };
        let other = Voice::Mix {
            of: BridgeId(8),
            without: Some(BridgeId(9)),
        };
        let parts = Arc::from([
            unowned(Voice::Said(one)),
            unowned(Voice::Heard(one)),
            unowned(other),
        ]);
        world.control.mix(BridgeId(9), &parts, Source::Silence);
        let told: Vec<_> = members(&world.commands(), 9)
            .iter()
            .map(|member| member.voice)
            .collect();
        let other = MixVoice::Mix {
            mix: MixId(8),
            without: Some(MixId(9)),
        };
        let stream = StreamId(1);
        assert_eq!(told, [MixVoice::Said(stream), MixVoice::Heard(stream), other]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn media_that_is_opened_later_joins_its_mixes_and_whispers() {
    in_world(|mut world| async move {
        let later = ChannelId(1);
        let parts = Arc::from([Part::from(later)]);
        world.control.mix(BridgeId(9), &parts, Source::Silence);
        world.control.whisper(later, Arc::from([BridgeId(9)]));
        assert!(members(&world.commands(), 9).is_empty());
        world.dial(1, "bob");
        let commands = world.commands();
        let own = Some(StreamId(1));
        let voice = MixVoice::Said(StreamId(1));
        assert_eq!(members(&commands, 9), [MixMember { voice, own }]);
        let is_whisper = |command: &Command| matches!(command, Command::Whisper { stream, mixes } if *stream == StreamId(1) && *mixes == [MixId(9)]);
        assert!(commands.iter().any(is_whisper), "{commands:?}");
        world.control.drop_call(later);
        assert!(world.control.whispers.is_empty());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn bare_rtp_goes_to_its_address_in_its_codec() {
    in_world(|mut world| async move {
        let remote = ([127, 0, 0, 1], 10_060).into();
        world.control.open_rtp(ChannelId(1), remote, "slin");
        let commands = world.commands();
        let configured = commands.iter().find_map(|command| {
            if let Command::Configure { config, remote, .. } = command {
                return Some((config.clone(), *remote));
            }
            None
        });
        let (config, to) = configured.expect("it was configured");
        assert_eq!(to, Some(remote));
        assert_eq!(config.send[0].codec, Codec::Slin);
        assert!(world.control.calls.contains_key(&ChannelId(1)));
        world.control.open_rtp(ChannelId(2), remote, "nosuch");
        assert!(!world.control.calls.contains_key(&ChannelId(2)));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn how_media_goes_is_asked_of_the_stream() {
    in_world(|mut world| async move {
        let one = world.dial(1, "bob");
        world.commands();
        world.control.handle_action(Action::Measure { channel: one });
        let is_asked =
            |command: &Command| matches!(command, Command::Measure { stream } if *stream == StreamId(1));
        assert!(world.commands().iter().any(is_asked));
        // Without media there is nobody to ask, and the asker is told so at once.
        world.control.handle_action(Action::Measure {
            channel: ChannelId(7),
        });
        assert!(world.commands().is_empty());
    })
    .await;
}
