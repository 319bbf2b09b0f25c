//! Actions at the desk of a small world with phones: what each answers, and what it says when it does not.

use super::host::ScriptedHost;
use crate::action::{Call, Mutes, Work, find};
use crate::event::{Classes, RenderContext};
use crate::{ManagerConfig, Reply, Request, User, load};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{Principal, PrincipalKind};
use ucx_pbx::Registry;
use ucx_pbx::testing::{Phone, World, run};

const PLAN: &str =
    "[main]\nexten => 100,1,NoOp(first)\n same => n(here),NoOp(second)\nexten => _2XX,1,NoOp()\n";

const USERS: &str = "[admin]\nsecret=a\nread=all\nwrite=all\nsetvar=OWN=1\n[caller]\nsecret=c\nwrite=call,originate,user,reporting\n[reader]\nsecret=r\n[editor]\nsecret=e\nwrite=config,command\n";

/// Somebody at the desk.
pub struct At<'w> {
    pub world: &'w mut World,
    pub host: ScriptedHost,
    user: Arc<User>,
    mutes: Mutes,
}

fn users() -> ManagerConfig {
    load(
        &ucx_config::parse_text("manager.conf", USERS).0,
        &Default::default(),
    )
    .0
}

/// Runs a test as a user, in a world where bob answers, carol is busy and dave lets it ring.
pub fn at(user: &str, test: impl AsyncFnOnce(&mut At<'_>)) {
    at_with(PLAN, user, Registry::new(), test);
}

pub fn at_with(plan: &str, user: &str, registry: Registry, test: impl AsyncFnOnce(&mut At<'_>)) {
    run(plan, registry, async |world| {
        world.phone("bob", Phone::Answers(Duration::from_millis(100)));
        world.phone("carol", Phone::Refuses(ucx_call::Cause::USER_BUSY));
        world.phone("dave", Phone::Rings);
        let user = users().users[user].clone();
        let mut at = At {
            world,
            host: ScriptedHost::default(),
            user,
            mutes: Mutes::default(),
        };
        test(&mut at).await;
    });
}

impl At<'_> {
    /// What is answered to a request, with LF for CR LF; `ActionID: 1` is added.
    pub async fn say(&self, text: &str) -> String {
        let request = Request::of(&format!("{text}\nActionID: 1"));
        let action = find(request.action().expect("a test names an action")).expect("there is the action");
        let Work::Desk(work) = action.work else {
            panic!("{} is the session's own", action.name)
        };
        let desk = self.world.desk.of(Principal::new(
            PrincipalKind::ManagerUser(self.user.name.clone()),
            self.user.rights(),
        ));
        let call = Call {
            request: &request,
            user: &self.user,
            desk: &desk,
            functions: &desk,
            host: &self.host,
            context: RenderContext::plain(Duration::from_secs(1_700_000_000)),
            mutes: &self.mutes,
        };
        let text = match work(call).await {
            Ok(text) => text,
            Err(failure) => Reply::error(&request, &failure.0),
        };
        String::from_utf8(text.to_vec()).unwrap().replace("\r\n", "\n")
    }

    /// The message of a refusal.
    pub async fn error(&self, text: &str) -> String {
        let answer = self.say(text).await;
        let message = answer
            .strip_prefix("Response: Error\nActionID: 1\nMessage: ")
            .unwrap_or_else(|| panic!("{text}: {answer}"));
        message.strip_suffix("\n\n").unwrap().to_owned()
    }

    /// The headers behind the ActionID of a success.
    pub async fn success(&self, text: &str) -> String {
        let answer = self.say(text).await;
        let rest = answer
            .strip_prefix("Response: Success\nActionID: 1\n")
            .unwrap_or_else(|| panic!("{text}: {answer}"));
        rest.strip_suffix('\n').unwrap().to_owned()
    }

    /// An answered call to bob that waits in the dialplan; its channel.
    pub async fn call_bob(&self) -> &'static str {
        let answer = self
            .success("Action: Originate\nChannel: PJSIP/bob\nApplication: Wait\nData: 60")
            .await;
        assert_eq!(answer, "Message: Originate successfully queued\n");
        "PJSIP/bob-00000000"
    }
}

/// A registry with an application that waits.
pub fn waiting() -> Registry {
    struct Wait;
    impl ucx_pbx::Application for Wait {
        fn name(&self) -> &'static str {
            "Wait"
        }
        fn help(&self) -> &'static ucx_pbx::Help {
            &ucx_pbx::Help::NONE
        }
        fn run<'a>(
            &'a self,
            line: &'a mut ucx_pbx::Line,
            args: &'a str,
        ) -> ucx_pbx::LocalBoxFuture<'a, Result<(), ucx_pbx::Ending>> {
            Box::pin(async move { line.wait(Duration::from_secs(args.parse().unwrap_or(0))).await })
        }
    }
    let mut registry = Registry::new();
    registry.application(Wait);
    registry
}

#[test]
fn originate_says_what_is_wrong_in_the_fields_order() {
    at("admin", async |at| {
        for (headers, message) in [
            ("Context: main\nExten: 100\nPriority: 1", "Channel not specified"),
            (
                "Channel: bogus\nContext: main\nExten: 100\nPriority: 1",
                "Invalid channel",
            ),
            (
                "Channel: Nosuch/1\nContext: main\nExten: 100\nPriority: 1",
                "Originate failed",
            ),
            (
                "Channel: PJSIP/nobody\nContext: main\nExten: 100\nPriority: 1",
                "Originate failed",
            ),
            (
                "Channel: PJSIP/carol\nContext: main\nExten: 100\nPriority: 1",
                "Originate failed",
            ),
            (
                "Channel: PJSIP/dave\nContext: main\nExten: 100\nPriority: 1\nTimeout: 500",
                "Originate failed",
            ),
            (
                "Channel: PJSIP/bob",
                "Originate with 'Exten' requires 'Context' and 'Priority'",
            ),
            (
                "Channel: PJSIP/bob\nContext: main\nPriority: 1",
                "Extension does not exist.",
            ),
            (
                "Channel: PJSIP/bob\nContext: main\nExten: 100\nPriority: abc",
                "Invalid priority",
            ),
            (
                "Channel: PJSIP/bob\nContext: main\nExten: 100\nPriority: 1\nTimeout: abc",
                "Invalid timeout",
            ),
            (
                "Channel: PJSIP/bob\nContext: main\nExten: 999\nPriority: 1\nAsync: true",
                "Extension does not exist.",
            ),
        ] {
            assert_eq!(
                at.error(&format!("Action: Originate\n{headers}")).await,
                message,
                "{headers}"
            );
        }
        let long = "x".repeat(150);
        assert_eq!(
            at.error(&format!("Action: Originate\nChannelId: {long}")).await,
            "Uniqueid length exceeds maximum of 149"
        );
    });
}

#[test]
fn originate_calls_and_says_so_at_once_or_when_it_is_decided() {
    at_with(PLAN, "admin", waiting(), async |at| {
        let done = "Message: Originate successfully queued\n";
        let request = "Action: Originate\nChannel: PJSIP/bob\nContext: main\nExten: 100\nPriority: here";
        assert_eq!(at.success(request).await, done);
        assert_eq!(at.world.steps("bob"), ["100,2 NoOp(second)"]);
        at.world.until_over().await;
        for channel in ["PJSIP/bob", "Nosuch/1", "PJSIP/nobody"] {
            let request =
                format!("Action: Originate\nChannel: {channel}\nApplication: Wait\nData: 1\nAsync: true");
            assert_eq!(at.success(&request).await, done, "{channel}");
        }
        at.world.until_over().await;
        let decided = at.world.record().count(|kind| {
            matches!(kind, ucx_call::EventKind::OriginateDecided(report) if report.request.as_deref() == Some("1"))
        });
        assert_eq!(decided, 3);
    });
}

#[test]
fn originate_sets_the_users_variables_and_its_own() {
    at_with(PLAN, "admin", waiting(), async |at| {
        let request = "Action: Originate\nChannel: PJSIP/bob\nApplication: Wait\nData: 60\nCallerID: Robot <900>\n\
                       Variable: A=1,__B=two\nVariable: A=2\nAccount: acct1\nChannelId: my-chan-1";
        at.success(request).await;
        let channel = at.world.desk.channel("my-chan-1").await.unwrap();
        assert_eq!(&*channel.account, "acct1");
        for (name, value) in [("A", "2"), ("B", "two"), ("OWN", "1")] {
            let request = format!("Action: Getvar\nChannel: {}\nVariable: {name}", channel.name);
            let answer = at.success(&request).await;
            assert_eq!(answer, format!("Variable: {name}\nValue: {value}\n"));
        }
    });
}

#[test]
fn only_the_system_right_reaches_code_through_originate() {
    const CASES: [(&str, &str); 9] = [
        ("System", "ls"),
        ("TrySystem", "ls"),
        ("Exec", "System(ls)"),
        ("ExecIf", "1?System(ls)"),
        ("AGI", "x.agi"),
        ("MixMonitor", "x.wav"),
        ("Playback", "${SHELL(ls)}"),
        ("Set", "X=${file(/etc/passwd)}"),
        ("Queue", "sales,,,,,x.agi"),
    ];
    at("caller", async |at| {
        for (application, data) in CASES {
            let request =
                format!("Action: Originate\nChannel: PJSIP/bob\nApplication: {application}\nData: {data}");
            assert_eq!(
                at.error(&request).await,
                "Originate Access Forbidden: app or data blacklisted",
                "{application}"
            );
        }
        let request = "Action: Originate\nChannel: PJSIP/bob\nContext: main\nExten: 100\nPriority: 1\nVariable: FILE(x)=1";
        assert_eq!(
            at.error(request).await,
            "Originate Access Forbidden: app or data blacklisted"
        );
        assert_eq!(at.world.desk.counts().await.unwrap().channels, 0);
    });
    at("admin", async |at| {
        for (application, data) in CASES {
            let request = format!(
                "Action: Originate\nChannel: PJSIP/bob\nApplication: {application}\nData: {data}\nAsync: true"
            );
            at.success(&request).await;
        }
    });
}

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

#[test]
fn bridges_are_listed_and_ended() {
    at_with(PLAN, "admin", waiting(), async |at| {
        let spec = ucx_pbx::BridgeSpec {
            uniqueid: Some(Arc::from("room")),
            purpose: ucx_call::BridgePurpose::Mixing,
            name: Arc::from(""),
            creator: Arc::from("Stasis"),
            video: ucx_call::VideoMode::None,
        };
        at.world.desk.create_bridge(spec).await.unwrap();
        let bob = at.call_bob().await;
        let list = at.success("Action: BridgeList").await;
        assert!(
            list.contains("\nEvent: BridgeListItem\nActionID: 1\nBridgeUniqueid: room\nBridgeType: stasis\n"),
            "{list}"
        );
        assert!(
            list.ends_with("Event: BridgeListComplete\nActionID: 1\nEventList: Complete\nListItems: 1\n")
        );
        assert!(
            at.success("Action: BridgeList\nBridgeType: nosuch")
                .await
                .ends_with("ListItems: 0\n")
        );
        let info = at.success("Action: BridgeInfo\nBridgeUniqueid: room").await;
        assert!(
            info.contains("EventList: Complete\nListItems: 0\nBridgeUniqueid: room\n"),
            "{info}"
        );
        for action in ["BridgeInfo", "BridgeDestroy"] {
            assert_eq!(
                at.error(&format!("Action: {action}")).await,
                "BridgeUniqueid must be provided"
            );
            assert_eq!(
                at.error(&format!("Action: {action}\nBridgeUniqueid: x")).await,
                "Specified BridgeUniqueid not found"
            );
        }
        assert_eq!(at.error("Action: BridgeKick").await, "Channel must be provided");
        assert_eq!(
            at.error("Action: BridgeKick\nChannel: x").await,
            "Channel does not exist"
        );
        assert_eq!(
            at.error(&format!("Action: BridgeKick\nChannel: {bob}")).await,
            "Channel is not in a bridge"
        );
        assert_eq!(
            at.error(&format!("Action: BridgeKick\nChannel: {bob}\nBridgeUniqueid: x"))
                .await,
            "Bridge not found"
        );
        assert_eq!(
            at.success("Action: BridgeDestroy\nBridgeUniqueid: room").await,
            "Message: Bridge has been destroyed\n"
        );
        assert!(at.success("Action: BridgeList").await.ends_with("ListItems: 0\n"));
        let list = at.success("Action: BridgeTechnologyList").await;
        assert!(list.contains(
            "Event: BridgeTechnologyListItem\nBridgeTechnology: softmix\nBridgeType: MultiMix\n\
             BridgePriority: 10\nBridgeSuspended: No\nActionID: 1\n\n"
        ));
    });
    // Whoever may only look ends nothing, although the action itself asks for no class.
    at("reader", async |at| {
        assert_eq!(
            at.error("Action: BridgeDestroy\nBridgeUniqueid: room").await,
            "Permission denied"
        );
    });
}

#[test]
fn the_database_is_written_read_and_deleted() {
    at("admin", async |at| {
        for (family, key, value) in [
            ("fam", "k1", "one"),
            ("fam", "k2", "two words"),
            ("fam/sub", "k3", "3"),
        ] {
            let request = format!("Action: DBPut\nFamily: {family}\nKey: {key}\nVal: {value}");
            assert_eq!(
                at.success(&request).await,
                "Message: Updated database successfully\n"
            );
        }
        assert_eq!(
            at.success("Action: DBGet\nFamily: fam\nKey: k1").await,
            "EventList: start\nMessage: Result will follow\n\n\
             Event: DBGetResponse\nFamily: fam\nKey: k1\nVal: one\nActionID: 1\n\n\
             Event: DBGetComplete\nActionID: 1\nEventList: Complete\nListItems: 1\n"
        );
        for (request, message) in [
            ("DBGet\nFamily: fam\nKey: nosuch", "Database entry not found"),
            ("DBGet\nFamily: fam", "No key specified."),
            ("DBGet\nKey: k1", "No family specified."),
            ("DBPut\nFamily: fam", "No key specified"),
            ("DBPut\nKey: x\nVal: y", "No family specified"),
            ("DBDel\nFamily: fam", "No key specified."),
            ("DBDel\nKey: fam", "No family specified."),
            (
                "DBDel\nFamily: fam\nKey: nosuch",
                "Database entry could not be deleted",
            ),
            ("DBDelTree", "No family specified."),
            ("DBDelTree\nFamily: nosuch", "Database entry not found"),
        ] {
            assert_eq!(
                at.error(&format!("Action: {request}")).await,
                message,
                "{request}"
            );
        }
    });
}

#[test]
fn trees_of_the_database_are_read_and_deleted() {
    at("admin", async |at| {
        for (family, key, value) in [
            ("fam", "k1", "one"),
            ("fam", "k2", "two words"),
            ("fam/sub", "k3", "3"),
        ] {
            at.success(&format!(
                "Action: DBPut\nFamily: {family}\nKey: {key}\nVal: {value}"
            ))
            .await;
        }
        let tree = at.success("Action: DBGetTree\nFamily: fam").await;
        assert!(
            tree.contains("Event: DBGetTreeResponse\nKey: /fam/sub/k3\nVal: 3\nActionID: 1\n\n"),
            "{tree}"
        );
        assert!(tree.ends_with("Event: DBGetTreeComplete\nActionID: 1\nEventList: Complete\nListItems: 3\n"));
        assert!(
            at.success("Action: DBGetTree\nFamily: fam\nKey: sub")
                .await
                .ends_with("ListItems: 1\n")
        );
        assert!(
            at.success("Action: DBGetTree\nFamily: x")
                .await
                .ends_with("ListItems: 0\n")
        );
        assert_eq!(
            at.success("Action: DBDel\nFamily: fam\nKey: k1").await,
            "Message: Key deleted successfully\n"
        );
        assert_eq!(
            at.success("Action: DBDelTree\nFamily: fam\nKey: sub").await,
            "Message: Key tree deleted successfully\n"
        );
        assert!(at.success("Action: DBGetTree").await.ends_with("ListItems: 1\n"));
    });
}

#[test]
fn the_host_says_what_it_is_and_does_what_a_line_asks_for() {
    at("admin", async |at| {
        let settings = at.success("Action: CoreSettings").await;
        assert!(settings.starts_with(
            "AMIversion: 11.0.0\nAsteriskVersion: 22.5.0\nSystemName: \nCoreMaxCalls: 0\nCoreMaxLoadAvg: 0.000000\n"
        ));
        assert!(settings.ends_with("CoreHTTPenabled: No\nSoundsSearchCustomDir: No\n"));
        let status = at.success("Action: CoreStatus").await;
        assert!(status.starts_with("CoreStartupDate: 2023-11-1"), "{status}");
        assert!(status.ends_with("CoreCurrentCalls: 0\nCoreProcessedCalls: 0\n"));
        assert_eq!(
            at.success("Action: Command\nCommand: core show uptime").await,
            "Message: Command output follows\nOutput: System uptime: 3 minutes\nOutput: \nOutput: Last reload: 1 minute\n"
        );
        assert_eq!(
            at.say("Action: Command\nCommand: bogus").await,
            "Response: Error\nActionID: 1\nMessage: Command output follows\nOutput: No such command\n\n"
        );
        assert_eq!(at.error("Action: Command").await, "No command provided");
        assert_eq!(
            at.error("Action: Command\nCommand: module  load x.so").await,
            "Command blacklisted"
        );
        assert_eq!(at.host.asked.lock().unwrap().len(), 2);
    });
}

#[test]
fn events_of_clients_hold_what_they_said() {
    at("caller", async |at| {
        assert_eq!(
            at.success("Action: UserEvent\nUserEvent: Test\nHeader1: value one\nheader1: two")
                .await,
            "Message: Event Sent\n"
        );
        let record = at.world.record();
        let fields = record.events.iter().find_map(|event| match &event.kind {
            ucx_call::EventKind::User { name, fields, .. } if &**name == "Test" => Some(fields.clone()),
            _ => None,
        });
        let fields: Vec<_> = fields
            .unwrap()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(fields, ["Header1=value one", "header1=two", "ActionID=1"]);
    });
}

#[test]
fn gateway_commands_need_a_channel_that_waits_for_some() {
    at_with(PLAN, "admin", waiting(), async |at| {
        let bob = at.call_bob().await;
        assert_eq!(
            at.error(&format!(
                "Action: AGI\nChannel: {bob}\nCommand: NOOP\nCommandID: 1"
            ))
            .await,
            format!("Failed to add AGI command to channel {bob} queue")
        );
        assert_eq!(
            at.error("Action: AGI\nChannel: PJSIP/none-1\nCommand: NOOP")
                .await,
            "Channel PJSIP/none-1 does not exist."
        );
        for request in [
            format!("Action: AGI\nChannel: {bob}"),
            "Action: AGI\nCommand: NOOP".to_owned(),
        ] {
            assert_eq!(
                at.error(&request).await,
                "Both, Channel and Command are *required*"
            );
        }
        let channel = at.world.desk.channel(bob).await.unwrap().id;
        let mut commands = at.world.pbx.async_gateway(channel).unwrap();
        assert_eq!(
            at.success(&format!(
                "Action: AGI\nChannel: {bob}\nCommand: ANSWER\nCommandID: c1"
            ))
            .await,
            "Message: Added AGI command to queue\n"
        );
        let command = commands.next().await;
        assert_eq!(
            (&*command.command, command.command_id.as_deref()),
            ("ANSWER", Some("c1"))
        );
    });
}

#[test]
fn classes_are_what_the_field_asks_for() {
    for (name, classes) in [
        ("AbsoluteTimeout", Classes::SYSTEM | Classes::CALL),
        ("AGI", Classes::AGI),
        ("BridgeKick", Classes::NONE),
        ("Command", Classes::COMMAND),
        ("CoreStatus", Classes::SYSTEM | Classes::REPORTING),
        ("DBGet", Classes::SYSTEM | Classes::REPORTING),
        ("DBPut", Classes::SYSTEM),
        ("Getvar", Classes::CALL | Classes::REPORTING),
        ("Hangup", Classes::SYSTEM | Classes::CALL),
        ("Originate", Classes::ORIGINATE),
        ("UserEvent", Classes::USER),
    ] {
        assert_eq!(find(name).unwrap().classes(), classes, "{name}");
    }
}
