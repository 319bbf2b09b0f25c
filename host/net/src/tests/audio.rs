//! What channels and bridges are given to hear, and what is written of them.

use super::world::World;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::LocalSet;
use ucx_call::{
    Action, BridgeId, ChannelId, IfExists, PlaybackControl, PlaybackId, RecordingControl, RecordingId,
    RecordingOf, RecordingSpec, Source,
};
use ucx_media::{Command, Event as MediaEvent, MixId, Muted, StreamId};

const BOB: &str =
    "[bob]\ntype=endpoint\naors=bob\nallow=ulaw\n[bob]\ntype=aor\ncontact=sip:bob@127.0.0.1:5072\n";

fn playback(number: u64, name: &str) -> Source {
    Source::Playback {
        playback: PlaybackId(number),
        owner: ChannelId(1),
        sounds: Arc::from([Arc::from(name)]),
        language: Arc::from("en"),
    }
}

/// What those channels say, mixed.
fn parts(channels: &[ChannelId]) -> Arc<[ucx_call::Part]> {
    channels.iter().copied().map(Into::into).collect()
}

/// Short words for commands.
fn words(commands: &[Command]) -> Vec<String> {
    let word = |command: &Command| match command {
        Command::Play { playback, repeat, .. } => format!("play {} {repeat:?}", name(*playback)),
        Command::PlayInMix { playback, repeat, .. } => format!("play in mix {} {repeat:?}", name(*playback)),
        Command::StopPlay { playback, .. } => format!("stop {}", name(*playback)),
        Command::StopInMix { .. } => "stop in mix".to_owned(),
        Command::HearMix { stream, mix } => format!("{} hears mix {}", stream.0, mix.0),
        Command::Mix { members, .. } => format!(
            "mix of {:?}",
            members
                .iter()
                .filter_map(|member| member.own)
                .map(|stream| stream.0)
                .collect::<Vec<_>>()
        ),
        Command::CloseMix { .. } => "close mix".to_owned(),
        Command::ControlPlay { control, .. } => format!("control {control:?}"),
        Command::ControlPlayInMix { control, .. } => format!("control in mix {control:?}"),
        Command::Mute { muted, .. } => format!("mute {muted:?}"),
        Command::Record { tap, .. } => format!("tap {tap}"),
        Command::StopRecord { tap, .. } => format!("no tap {tap}"),
        other @ (Command::RecordMix { .. }
        | Command::StopRecordMix { .. }
        | Command::ToneInMix { .. }
        | Command::Close { .. }
        | Command::Configure { .. }
        | Command::Connect { .. }
        | Command::Disconnect { .. }
        | Command::Echo { .. }
        | Command::Hold { .. }
        | Command::Listen { .. }
        | Command::Open { .. }
        | Command::SendDigits { .. }
        | Command::StopListen { .. }
        | Command::StopTone { .. }
        | Command::Tone { .. }
        | Command::Whisper { .. }
        | Command::Measure { .. }) => format!("{other:?}")
            .split([' ', '{'])
            .next()
            .unwrap_or_default()
            .to_owned(),
    };
    commands.iter().map(word).collect()
}

fn name(playback: u64) -> String {
    if playback >= 1 << 63 {
        "own".to_owned()
    } else {
        playback.to_string()
    }
}

async fn in_world<F: Future<Output = ()>>(test: impl FnOnce(World) -> F) {
    LocalSet::new().run_until(test(World::new(BOB))).await;
}

#[tokio::test(start_paused = true)]
async fn sounds_tones_and_music_take_each_others_place() {
    in_world(|mut world| async move {
        let channel = world.dial(1, "bob");
        world.commands();
        world.control.hear(channel, playback(4, "hello"));
        world.finish().await;
        world
            .control
            .control_playback(PlaybackId(4), PlaybackControl::Pause);
        world
            .control
            .control_playback(PlaybackId(5), PlaybackControl::Pause);
        world.control.hear(channel, Source::Music(Arc::from("default")));
        world.finish().await;
        world.control.hear(channel, playback(6, "tone:ring;tonezone=us"));
        world.control.hear(channel, Source::Music(Arc::from("absent")));
        world.finish().await;
        let expected = [
            "StopListen",
            "play 4 Times(1)",
            "control Pause",
            "stop 4",
            "StopListen",
            "play own Forever",
            "stop own",
            "StopListen",
            "play 6 Last",
            "stop 6",
            "StopListen",
        ];
        assert_eq!(words(&world.commands()), expected);
        assert!(world.control.owners.is_empty());
        world.control.hear(channel, playback(7, "absent"));
        world.finish().await;
        assert!(world.control.owners.is_empty(), "its end was told");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_bridge_is_mixed_for_all_and_goes_on_when_members_change() {
    in_world(|mut world| async move {
        let (one, two) = (world.dial(1, "bob"), world.dial(2, "bob"));
        let bridge = BridgeId(9);
        world.commands();
        world.control.hear(one, Source::Mix(bridge));
        world
            .control
            .mix(bridge, &parts(&[one, two]), playback(4, "hello"));
        world.finish().await;
        world.control.mix(bridge, &parts(&[one]), playback(4, "hello"));
        world
            .control
            .control_playback(PlaybackId(4), PlaybackControl::Restart);
        let expected = [
            "1 hears mix 9",
            "mix of [1, 2]",
            "1 hears mix 9",
            "stop in mix",
            "play in mix 4 Times(1)",
            "mix of [1]",
            "control in mix Restart",
        ];
        assert_eq!(words(&world.commands()), expected);
        world.control.handle_media_event(MediaEvent::MixPlaybackEnded {
            mix: MixId(9),
            playback: 4,
            completed: true,
        });
        assert!(world.control.owners.is_empty(), "its end was told");
        world.control.mix(bridge, &parts(&[]), Source::Silence);
        assert!(world.control.mixes.is_empty());
        world.commands();
        world.control.mix(bridge, &parts(&[two]), Source::Silence);
        assert!(
            words(&world.commands()).contains(&"1 hears mix 9".to_owned()),
            "who heard it hears it again"
        );
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn directions_are_muted_as_asked() {
    in_world(|mut world| async move {
        let channel = world.dial(1, "bob");
        world.commands();
        for (inbound, outbound) in [(true, true), (true, false), (false, true), (false, false)] {
            world.control.handle_action(Action::Mute {
                channel,
                inbound,
                outbound,
            });
        }
        let expected = [Muted::Both, Muted::Inbound, Muted::Outbound, Muted::Nothing];
        assert_eq!(
            words(&world.commands()),
            expected.map(|muted| format!("mute {muted:?}"))
        );
    })
    .await;
}

fn spec(name: &str, beep: bool) -> Arc<RecordingSpec> {
    Arc::new(RecordingSpec {
        name: Arc::from(name),
        format: Arc::from("wav"),
        max_duration: None,
        max_silence: Some(Duration::from_secs(1)),
        if_exists: IfExists::Overwrite,
        beep,
    })
}

#[tokio::test]
async fn what_a_channel_says_ends_in_a_file_until_silence_comes() {
    let folder = std::env::temp_dir().join(format!("ucx-net-recordings-{}", std::process::id()));
    let kept = folder.clone();
    in_world(|mut world| async move {
        let channel = world.dial(1, "bob");
        world.control = world.control.with_recordings(&kept, &[]).expect("a folder");
        world.commands();
        let of = RecordingOf::Channel(channel);
        world.control.record(RecordingId(3), of, spec("r", true));
        world.finish().await;
        assert_eq!(words(&world.commands()), ["play own Times(1)", "tap 3"]);
        let begun = world.pbx.now();
        for frame in 1..=10 {
            world.control.handle_media_event(MediaEvent::Recorded {
                stream: StreamId(1),
                tap: 3,
                side: ucx_media::Side::Inbound,
                at: begun + Duration::from_millis(20 * frame),
                samples: Arc::from([4000; 160]),
            });
        }
        world.run(Duration::from_millis(1_700)).await;
        world.finish().await;
        assert_eq!(words(&world.commands()), ["no tap 3"]);
        let bytes = std::fs::read(kept.join("r.wav")).expect("a file");
        let sound = ucx_media::Sound::from_file("wav", &bytes).expect("a sound");
        assert!(sound.samples()[..1500].iter().all(|sample| *sample == 4000));
        assert!(sound.duration() >= Duration::from_millis(1_200));

        world.control.record(RecordingId(4), of, spec("gone", false));
        world
            .control
            .control_recording(RecordingId(4), RecordingControl::Cancel);
        world.finish().await;
        world.finish().await;
        assert!(!kept.join("gone.wav").exists());
    })
    .await;
    std::fs::remove_dir_all(folder).expect("it is ours");
}

#[tokio::test(start_paused = true)]
async fn a_tone_of_the_switch_is_that_of_the_country() {
    in_world(|mut world| async move {
        let text = "[general]\ncountry=at\n[at]\nbusy=420/400,0/400\n";
        let (config, _) = ucx_config::parse_text("indications.conf", text);
        let (indications, _) = ucx_config::indications::load(&config);
        world.control = world.control.with_indications(indications);
        let channel = world.dial(1, "bob");
        world.commands();
        for tone in [ucx_call::Tone::Busy, ucx_call::Tone::Ringing] {
            world.control.hear(channel, Source::Tone(tone));
        }
        let mut tones = Vec::new();
        for command in world.commands() {
            if let Command::Tone { tone, .. } = command {
                tones.push(tone.segments()[0].frequency);
            }
        }
        assert_eq!(tones, [420, 440]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_digit_that_came_as_a_message_reaches_who_hears_the_channel() {
    in_world(|mut world| async move {
        let (one, two) = (world.dial(1, "bob"), world.dial(2, "bob"));
        world.control.hear(two, Source::Channel(one));
        world.commands();
        let length = Duration::from_millis(160);
        world
            .control
            .pass_digit(one, '5', length, crate::keypad::DigitWay::Media);
        assert_eq!(words(&world.commands()), [""; 0], "the relay does it");
        world
            .control
            .pass_digit(one, '5', length, crate::keypad::DigitWay::Message);
        world
            .control
            .pass_digit(two, '5', length, crate::keypad::DigitWay::Message);
        assert_eq!(words(&world.commands()), ["SendDigits"]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_controller_listens_until_it_has_heard_enough() {
    in_world(|mut world| async move {
        let channel = world.dial(1, "bob");
        world.commands();
        let listen = |of| Action::Listen {
            listener: RecordingId(9),
            of,
        };
        world.control.handle_action(listen(RecordingOf::Channel(channel)));
        let listener = RecordingId(9);
        world.control.handle_action(Action::StopListening { listener });
        world.control.handle_action(Action::StopListening { listener });
        assert_eq!(words(&world.commands()), ["tap 9", "no tap 9"]);
        world
            .control
            .handle_action(listen(RecordingOf::Bridge(BridgeId(3))));
        world.control.handle_action(Action::StopListening { listener });
        assert_eq!(words(&world.commands()), ["RecordMix", "StopRecordMix"]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_playback_that_two_hear_is_told_to_its_channel() {
    in_world(|mut world| async move {
        let channel = world.dial(1, "bob");
        world.control.hear(channel, playback(4, "hello"));
        world
            .control
            .mix(BridgeId(3), &[ChannelId(7).into()].into(), playback(4, "hello"));
        world.finish().await;
        world.finish().await;
        world.control.mix(BridgeId(3), &[].into(), Source::Silence);
        let owner = world.control.owners.get(&PlaybackId(4)).copied();
        assert_eq!(owner, Some(crate::play::Owner::Channel(ChannelId(1))));
    })
    .await;
}
