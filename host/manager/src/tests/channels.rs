//! Channels at the desk: their variables, their end, where they are sent, how they are shown and silenced.

use super::actions::{PLAN, at_with, waiting};
use std::time::Duration;

#[test]
fn variables_are_read_and_set_but_not_through_what_reaches_code() {
    at_with(PLAN, "caller", waiting(), async |at| {
        let bob = at.call_bob().await;
        assert_eq!(
            at.success("Action: Getvar\nVariable: NOSUCH").await,
            "Variable: NOSUCH\nValue: \n"
        );
        assert_eq!(
            at.success("Action: Setvar\nVariable: FOO\nValue: bar").await,
            "Message: Variable Set\n"
        );
        assert_eq!(
            at.success("Action: Getvar\nVariable: FOO").await,
            "Variable: FOO\nValue: bar\n"
        );
        at.success(&format!(
            "Action: Setvar\nChannel: {bob}\nVariable: COLOR\nValue: blue"
        ))
        .await;
        assert_eq!(
            at.success(&format!("Action: Getvar\nChannel: {bob}\nVariable: COLOR"))
                .await,
            "Variable: COLOR\nValue: blue\n"
        );
        assert_eq!(at.error("Action: Getvar").await, "No variable specified");
        assert_eq!(
            at.error("Action: Setvar\nValue: 1").await,
            "No variable specified"
        );
        for action in ["Getvar", "Setvar"] {
            let request = format!("Action: {action}\nChannel: PJSIP/none-1\nVariable: C\nValue: 1");
            assert_eq!(at.error(&request).await, "No such channel");
        }
        for name in ["SHELL(ls)", "shell (ls)", "TOUPPER(${FILE(x)})", "LEN(FILE(x))"] {
            assert_eq!(
                at.error(&format!("Action: Getvar\nVariable: {name}")).await,
                "GetVar Access Forbidden: Variable"
            );
            assert_eq!(
                at.error(&format!("Action: Setvar\nVariable: {name}\nValue: x"))
                    .await,
                "Variable not set"
            );
            assert_eq!(
                at.error(&format!("Action: Status\nVariables: A,{name}")).await,
                "Status Access Forbidden: Variables"
            );
        }
        assert_eq!(
            at.error("Action: Setvar\nVariable: NOSUCHFUNCTION(x)\nValue: 1")
                .await,
            "Variable not set"
        );
    });
}

#[test]
fn hangup_ends_one_channel_or_all_that_match() {
    at_with(PLAN, "caller", waiting(), async |at| {
        let bob = at.call_bob().await;
        for (channel, message) in [
            ("", "No channel specified"),
            ("PJSIP/none-1", "No such channel"),
            ("/PJSIP", "Regex format invalid, Channel param should be /regex/"),
            ("//", "Regex format invalid, Channel param should be /regex/"),
            ("/(/", "Regex compile failed on: /(/"),
        ] {
            assert_eq!(
                at.error(&format!("Action: Hangup\nChannel: {channel}")).await,
                message
            );
        }
        let begin = "EventList: start\nMessage: Channels hung up will follow\n\n";
        let end = |items| {
            format!(
                "Event: ChannelsHungupListComplete\nActionID: 1\nEventList: Complete\nListItems: {items}\n"
            )
        };
        assert_eq!(
            at.success("Action: Hangup\nChannel: /nomatch.*/").await,
            format!("{begin}{}", end(0))
        );
        assert_eq!(
            at.success("Action: Hangup\nChannel: /^PJSIP\\/bob-.*$/\nCause: 17")
                .await,
            format!(
                "{begin}Event: ChannelHungup\nChannel: {bob}\nActionID: 1\n\n{}",
                end(1)
            )
        );
        at.world.until_over().await;
        assert_eq!(at.world.record().cause("bob"), Some(ucx_call::Cause::USER_BUSY));
        at.call_bob().await;
        assert_eq!(
            at.success("Action: Hangup\nChannel: PJSIP/bob-00000001\nCause: 999")
                .await,
            "Message: Channel Hungup\n"
        );
        at.world.until_over().await;
    });
}

const PLACES: &str = "[main]\nexten => 100,1,Wait(60)\nexten => 200,1,Wait(61)\n same => n(two),Wait(62)\n";

/// A request to send the first channel to bob somewhere.
fn redirect(rest: &str) -> String {
    format!("Action: Redirect\nChannel: PJSIP/bob-00000000\n{rest}")
}

#[test]
fn redirect_says_what_is_wrong_in_the_fields_order() {
    at_with(PLACES, "caller", waiting(), async |at| {
        at.call_bob().await;
        let to = redirect;
        for (request, message) in [
            (
                "Action: Redirect\nContext: main\nExten: 100\nPriority: 1".to_owned(),
                "Channel not specified",
            ),
            (to("Exten: 100\nPriority: 1"), "Context not specified"),
            (to("Context: main\nPriority: 1"), "Exten not specified"),
            (to("Context: main\nExten: 100"), "Priority not specified"),
            (
                to("Context: main\nExten: 100\nPriority: nolabel"),
                "Priority is invalid",
            ),
            (
                "Action: Redirect\nChannel: PJSIP/none-1\nContext: main\nExten: 100\nPriority: 1".to_owned(),
                "Channel does not exist: PJSIP/none-1",
            ),
            (
                to("ExtraChannel: PJSIP/none-1\nContext: main\nExten: 100\nPriority: 1"),
                "ExtraChannel does not exist: PJSIP/none-1",
            ),
            (
                to("ExtraChannel: x\nExtraContext: m\nContext: m\nExten: 1\nPriority: 1"),
                "ExtraExten not specified",
            ),
            (
                to(
                    "ExtraChannel: x\nExtraContext: main\nExtraExten: 100\nContext: main\nExten: 100\nPriority: 1",
                ),
                "ExtraPriority not specified",
            ),
            (
                to(
                    "ExtraChannel: x\nExtraContext: main\nExtraExten: 100\nExtraPriority: q\nContext: main\nExten: 100\nPriority: 1",
                ),
                "ExtraPriority is invalid",
            ),
        ] {
            assert_eq!(at.error(&request).await, message, "{request}");
        }
    });
}

#[test]
fn redirect_moves_one_or_two_channels() {
    at_with(PLACES, "caller", waiting(), async |at| {
        at.call_bob().await;
        let to = redirect;
        assert_eq!(
            at.success(&to("Context: main\nExten: 200\nPriority: two")).await,
            "Message: Redirect successful\n"
        );
        at.world.pass(10).await;
        assert_eq!(at.world.steps("bob"), ["200,2 Wait(62)"]);
        at.call_bob().await;
        assert_eq!(
            at.success(&to(
                "ExtraChannel: PJSIP/bob-00000001\nContext: main\nExten: 100\nPriority: 1"
            ))
            .await,
            "Message: Dual Redirect successful\n"
        );
        at.world.pass(10).await;
        assert_eq!(at.world.steps("bob-00000001"), ["100,1 Wait(60)"]);
        assert_eq!(
            at.success(&to("Context: main\nExten: nosuch\nPriority: 1")).await,
            "Message: Redirect successful\n"
        );
        at.world.pass(10).await;
        assert!(at.world.record().ended("bob-00000000").is_some());
    });
}

#[test]
fn channels_are_listed_and_shown_in_detail() {
    at_with(PLAN, "admin", waiting(), async |at| {
        assert_eq!(
            at.success("Action: CoreShowChannels").await,
            "EventList: start\nMessage: Channels will follow\n\n\
             Event: CoreShowChannelsComplete\nActionID: 1\nEventList: Complete\nListItems: 0\n"
        );
        let bob = at.call_bob().await;
        let list = at.success("Action: CoreShowChannels").await;
        assert!(list.contains(&format!(
            "\nEvent: CoreShowChannel\nActionID: 1\nChannel: {bob}\nChannelState: 6\n"
        )));
        assert!(list.contains("\nDuration: 00:00:00\nBridgeId: \n\n"), "{list}");
        let status = at
            .success(&format!("Action: Status\nChannel: {bob}\nVariables: OWN,NOSUCH"))
            .await;
        assert!(
            status.contains(&format!("\nEvent: Status\nPrivilege: Call\nChannel: {bob}\n")),
            "{status}"
        );
        assert!(status.contains("\nType: PJSIP\nDNID: "), "{status}");
        assert!(
            status.contains("\nVariable: OWN=1\nVariable: NOSUCH=(null)\nActionID: 1\n\n"),
            "{status}"
        );
        assert!(
            status.ends_with(
                "Event: StatusComplete\nActionID: 1\nEventList: Complete\nListItems: 1\nItems: 1\n"
            )
        );
        assert_eq!(
            at.error("Action: Status\nChannel: PJSIP/none-1").await,
            "No such channel"
        );
        let map = at
            .success(&format!("Action: CoreShowChannelMap\nChannel: {bob}"))
            .await;
        assert!(map.ends_with(
            "Event: CoreShowChannelMapComplete\nActionID: 1\nEventList: Complete\nListItems: 0\n"
        ));
        assert_eq!(
            at.error("Action: CoreShowChannelMap").await,
            "CoreShowChannelMap requires a channel."
        );
        assert_eq!(
            at.error("Action: CoreShowChannelMap\nChannel: x").await,
            "Could not get channel snapshot"
        );
    });
}

#[test]
fn a_channel_map_goes_through_bridges_and_local_pairs() {
    at_with(
        "[main]\nexten => 100,1,Wait(60)\n",
        "admin",
        waiting(),
        async |at| {
            at.success(
                "Action: Originate\nChannel: Local/100@main/n\nApplication: Wait\nData: 60\nAsync: true",
            )
            .await;
            at.world.pass(100).await;
            let map = at
                .success("Action: CoreShowChannelMap\nChannel: Local/100@main-00000000;1")
                .await;
            assert!(
                map.contains(
                    "Event: CoreShowChannelMap\nActionID: 1\nChannel: Local/100@main-00000000;1\n\
                     ConnectedChannel: Local/100@main-00000000;2\n\n"
                ),
                "{map}"
            );
        },
    );
}

#[test]
fn timers_digits_and_silence_of_a_channel() {
    at_with(PLAN, "admin", waiting(), async |at| {
        let bob = at.call_bob().await;
        let about = |action: &str, rest: &str| format!("Action: {action}\nChannel: {bob}\n{rest}");
        assert_eq!(at.error("Action: AbsoluteTimeout").await, "No channel specified");
        assert_eq!(
            at.error(&about("AbsoluteTimeout", "")).await,
            "No timeout specified"
        );
        assert_eq!(
            at.error("Action: AbsoluteTimeout\nChannel: PJSIP/none-1\nTimeout: 60")
                .await,
            "No such channel"
        );
        assert_eq!(
            at.success(&about("AbsoluteTimeout", "Timeout: 20")).await,
            "Message: Timeout Set\n"
        );
        assert_eq!(at.error("Action: PlayDTMF\nDigit: 5").await, "Channel not found");
        assert_eq!(
            at.error("Action: PlayDTMF\nDigit: 5\nChannel: x").await,
            "Channel not found"
        );
        assert_eq!(at.error(&about("PlayDTMF", "")).await, "No digit specified");
        assert_eq!(
            at.error(&about("PlayDTMF", "Digit: 5\nDuration: long")).await,
            "Could not convert Duration parameter"
        );
        for rest in ["Digit: 5", "Digit: 5\nDuration: 150\nReceive: true"] {
            assert_eq!(
                at.success(&about("PlayDTMF", rest)).await,
                "Message: DTMF successfully queued\n"
            );
        }
        at.world.pass(500).await;
        let digits = at
            .world
            .record()
            .count(|kind| matches!(kind, ucx_call::EventKind::DigitEnded { digit: '5', .. }));
        assert!(digits >= 1);
        at.world.until_over().await;
        assert!(at.world.pbx.now() < Duration::from_secs(25));
    });
}

#[test]
fn a_channel_is_silenced_and_texts_are_not_sent() {
    at_with(PLAN, "admin", waiting(), async |at| {
        let bob = at.call_bob().await;
        let about = |action: &str, rest: &str| format!("Action: {action}\nChannel: {bob}\n{rest}");
        assert_eq!(at.error("Action: MuteAudio").await, "Channel not specified");
        assert_eq!(
            at.error(&about("MuteAudio", "Direction: in")).await,
            "State not specified"
        );
        assert_eq!(
            at.error(&about("MuteAudio", "State: on")).await,
            "Direction not specified"
        );
        assert_eq!(
            at.error("Action: MuteAudio\nChannel: x\nDirection: in\nState: on")
                .await,
            "No such channel"
        );
        assert_eq!(
            at.error(&about("MuteAudio", "State: on\nDirection: up")).await,
            "Failed to mute/unmute stream"
        );
        assert_eq!(
            at.success(&about("MuteAudio", "State: on\nDirection: in")).await,
            ""
        );
        at.world.pass(10).await;
        assert!(
            at.world
                .record()
                .actions
                .iter()
                .any(|action| matches!(action, ucx_call::Action::Mute { .. }))
        );
        assert_eq!(
            at.error("Action: SendText\nMessage: hi").await,
            "No channel specified"
        );
        assert_eq!(at.error(&about("SendText", "")).await, "No Message specified");
        assert_eq!(
            at.error("Action: SendText\nChannel: x\nMessage: hi").await,
            "No such channel"
        );
    });
}
