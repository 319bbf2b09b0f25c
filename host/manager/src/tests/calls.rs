//! Actions on calls that are under way: what they do to them.

use super::actions::{At, at, at_with, waiting};
use std::time::Duration;
use ucx_call::{Action, EventKind, PlaybackControl, Signal, Source};

/// Two answered calls that wait in the dialplan.
async fn two_calls(at: &At<'_>) -> (&'static str, &'static str) {
    let first = at.call_bob().await;
    at.call_bob().await;
    at.world.pass(500).await;
    (first, "PJSIP/bob-00000001")
}

#[test]
fn bridge_says_what_is_wrong() {
    at("admin", async |at| {
        for (headers, message) in [
            (
                "Channel1: PJSIP/bob-00000000",
                "Missing channel parameter in request",
            ),
            (
                "Channel2: PJSIP/bob-00000000",
                "Missing channel parameter in request",
            ),
            ("Channel1: none\nChannel2: other", "Channel1 does not exist: none"),
        ] {
            assert_eq!(at.error(&format!("Action: Bridge\n{headers}")).await, message);
        }
    });
    at_with("[main]\n", "admin", waiting(), async |at| {
        let first = at.call_bob().await;
        at.world.pass(500).await;
        let with = |other: &str| format!("Action: Bridge\nChannel1: {first}\nChannel2: {other}");
        assert_eq!(at.error(&with("none")).await, "Channel2 does not exist: none");
        assert_eq!(at.error(&with(first)).await, "Unable to create bridge");
    });
}

#[test]
fn bridge_takes_two_out_of_the_dialplan_and_connects_them() {
    at_with("[main]\n", "admin", waiting(), async |at| {
        let (one, two) = two_calls(at).await;
        let wish = format!("Action: Bridge\nChannel1: {one}\nChannel2: {two}\nTone: Channel2");
        assert_eq!(at.success(&wish).await, "Message: Channels have been bridged\n");
        at.world.pass(100).await;
        let record = at.world.record();
        let entered: Vec<_> = record
            .events
            .iter()
            .filter_map(|event| match &event.kind {
                EventKind::BridgeEntered { channel, bridge, .. } => {
                    Some((channel.name.to_string(), bridge.members.len()))
                }
                _ => None,
            })
            .collect();
        assert_eq!(entered, [(one.to_owned(), 1), (two.to_owned(), 2)]);
        let beeps = record.actions.iter().filter(|action| {
            matches!(action, Action::Hear { source: Source::Playback { sounds, .. }, .. } if *sounds[0] == *"beep")
        });
        assert_eq!(beeps.count(), 1);
        at.success(&format!("Action: Hangup\nChannel: {two}")).await;
        at.world.until_over().await;
    });
}

/// A registry with an application that plays for long, and says how it ended.
fn playing() -> ucx_pbx::Registry {
    struct Play;
    impl ucx_pbx::Application for Play {
        fn name(&self) -> &'static str {
            "Play"
        }
        fn help(&self) -> &'static ucx_pbx::Help {
            &ucx_pbx::Help::NONE
        }
        fn run<'a>(
            &'a self,
            line: &'a mut ucx_pbx::Line,
            _args: &'a str,
        ) -> ucx_pbx::LocalBoxFuture<'a, Result<(), ucx_pbx::Ending>> {
            Box::pin(async move {
                let sounds: Vec<_> = ["a"; 60].into_iter().map(std::sync::Arc::from).collect();
                let end = line.play(&sounds).await?;
                let said = format!("{end:?} {}", line.is_stopped());
                line.set_variable("PLAYED", &said)
            })
        }
    }
    let mut registry = waiting();
    registry.application(Play);
    registry
}

#[test]
fn control_playback_says_what_is_wrong_and_does_as_told() {
    at_with("[main]\n", "admin", playing(), async |at| {
        let channel = "PJSIP/bob-00000000";
        for (headers, message) in [
            ("Control: stop", "Channel not specified"),
            ("Channel: PJSIP/bob-00000000", "Control not specified"),
            ("Channel: none\nControl: stop", "No such channel"),
        ] {
            assert_eq!(
                at.error(&format!("Action: ControlPlayback\n{headers}")).await,
                message
            );
        }
        at.success("Action: Originate\nChannel: PJSIP/bob\nApplication: Play")
            .await;
        at.world.pass(500).await;
        let control = |word: &str| format!("Action: ControlPlayback\nChannel: {channel}\nControl: {word}");
        assert_eq!(at.error(&control("sing")).await, "Unknown control type");
        for word in ["pause", "Pause", "forward", "reverse", "restart", "stop"] {
            assert_eq!(at.success(&control(word)).await, "", "{word}");
        }
        at.world.until_over().await;
        let record = at.world.record();
        let controls: Vec<_> = record
            .actions
            .iter()
            .filter_map(|action| match action {
                Action::ControlPlayback { control, .. } => Some(*control),
                _ => None,
            })
            .collect();
        let skip = Duration::from_secs(3);
        assert_eq!(
            controls,
            [
                PlaybackControl::Pause,
                PlaybackControl::Unpause,
                PlaybackControl::Forward(skip),
                PlaybackControl::Reverse(skip),
                PlaybackControl::Restart
            ]
        );
        assert_eq!(record.values("PLAYED"), ["Failed true"]);
    });
}

#[test]
fn local_optimize_away_lets_a_kept_pair_go() {
    let plan = "[main]\nexten => 200,1,Wait(60)\n";
    at_with(plan, "admin", waiting(), async |at| {
        assert_eq!(
            at.error("Action: LocalOptimizeAway").await,
            "'Channel' not specified."
        );
        let of = |name: &str| format!("Action: LocalOptimizeAway\nChannel: {name}");
        assert_eq!(at.error(&of("none")).await, "Channel does not exist.");
        let bob = at.call_bob().await;
        at.success("Action: Originate\nChannel: Local/200@main/n\nApplication: Wait\nData: 60\nAsync: true")
            .await;
        at.call_bob().await;
        at.world.pass(500).await;
        assert_eq!(at.error(&of(bob)).await, "Unable to find channel");
        for (one, two) in [
            ("PJSIP/bob-00000001", "Local/200@main-00000000;2"),
            (bob, "Local/200@main-00000000;1"),
        ] {
            at.success(&format!("Action: Bridge\nChannel1: {one}\nChannel2: {two}"))
                .await;
            at.world.pass(100).await;
        }
        let heard = at.world.pbx.find_channel(bob).expect("lives").id;
        at.world.pbx.signal(heard, Signal::Heard);
        let is_end = |kind: &EventKind| matches!(kind, EventKind::LocalOptimizationEnded { .. });
        assert_eq!(at.world.record().count(is_end), 0, "it was made to stay");
        let said = at.success(&of("Local/200@main-00000000;1")).await;
        assert_eq!(said, "Message: Queued channel to be optimized away\n");
        assert_eq!(at.world.record().count(is_end), 1);
        at.success(&format!("Action: Hangup\nChannel: {bob}")).await;
        at.world.until_over().await;
    });
}

#[test]
fn send_text_reaches_an_answered_call() {
    at_with("[main]\n", "admin", waiting(), async |at| {
        for (headers, message) in [
            ("Message: hi", "No channel specified"),
            ("Channel: PJSIP/bob-00000000", "No Message specified"),
            ("Channel: none\nMessage: hi", "No such channel"),
        ] {
            assert_eq!(at.error(&format!("Action: SendText\n{headers}")).await, message);
        }
        at.success("Action: Originate\nChannel: PJSIP/dave\nApplication: Wait\nData: 60\nAsync: true")
            .await;
        let early = "Action: SendText\nChannel: PJSIP/dave-00000000\nMessage: hi";
        assert_eq!(at.error(early).await, "Failure", "it rings");
        at.success("Action: Originate\nChannel: PJSIP/bob\nApplication: Wait\nData: 60")
            .await;
        let wish = "Action: SendText\nChannel: PJSIP/bob-00000001\nMessage: hi there";
        assert_eq!(at.success(wish).await, "Message: Success\n");
        let sent = at.world.record().actions.iter().any(
            |action| matches!(action, Action::SendText { content_type, text, .. } if **content_type == *"text/plain" && **text == *"hi there"),
        );
        assert!(sent);
    });
}

#[test]
fn message_send_says_what_is_wrong_and_sends() {
    at("admin", async |at| {
        at.world.endpoints(&["bob"]);
        for (headers, message) in [
            ("Body: hi", "No 'To' address specified."),
            ("To: xmpp:bob\nBody: hi", "Message technology not found."),
            ("To: pjsip:bob\nBase64Body: !!", "Internal failure"),
            ("To: pjsip:none\nBody: hi", "Message failed to send."),
            ("To: pjsip:bob", "Message failed to send."),
        ] {
            assert_eq!(
                at.error(&format!("Action: MessageSend\n{headers}")).await,
                message
            );
        }
        let wish = "Action: MessageSend\nDestination: pjsip:sip:bob@192.0.2.1\nFrom: sip:alice@192.0.2.2\nBase64Body: SGk=\nVariable: X-Kind=note";
        assert_eq!(at.success(wish).await, "Message: Message successfully sent\n");
        at.world.pass(10).await;
        let sent = at.world.record().actions.iter().find_map(|action| match action {
            Action::Message {
                uri,
                from,
                text,
                headers,
                ..
            } => Some(format!("{uri:?} {from:?} {text} {}", headers.len())),
            _ => None,
        });
        assert_eq!(
            sent.as_deref(),
            Some("Some(\"sip:bob@192.0.2.1\") Some(\"sip:alice@192.0.2.2\") Hi 1")
        );
    });
    at("reader", async |at| {
        let denied = at
            .error("Action: MessageSend\nTo: pjsip:sip:bob@192.0.2.1\nBody: hi")
            .await;
        assert_eq!(denied, "Permission denied");
    });
}
