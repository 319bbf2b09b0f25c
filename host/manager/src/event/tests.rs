//! Events as captures show them, and the rules of the folds.

use super::*;
use std::sync::Arc;
use ucx_call::{
    BridgeId, BridgeKind, BridgePurpose, BridgeSnapshot, Cause, ChannelId, ChannelSnapshot, ChannelState,
    DigitSide, OriginateReport, OriginateTo, Party, Place, Presentation, SecurityEvent, SecurityKind, Step,
    Technology, VideoMode,
};

/// 2026-11-22T14:38:07.000+0000.
const EPOCH: Duration = Duration::from_secs(1_795_358_287);

fn alice() -> ChannelSnapshot {
    ChannelSnapshot {
        id: ChannelId(1),
        uniqueid: Arc::from("1795358289.0"),
        linkedid: Arc::from("1795358289.0"),
        name: Arc::from("PJSIP/alice-00000000"),
        technology: Technology::Pjsip,
        endpoint: Arc::from("alice"),
        state: ChannelState::Ring,
        caller: Party::new("1001", "Alice"),
        connected: Party::default(),
        dialled: None,
        language: Arc::from("en"),
        account: Arc::default(),
        place: Place::new("gold", "1002", 1),
        step: None,
        cause: Cause::NONE,
        bridge: None,
        is_held: false,
        created_at: Duration::ZERO,
        answered_at: None,
        protocol_id: Arc::default(),
        protocol_cause: None,
        redirecting: None,
        music: None,
    }
}

fn bob() -> ChannelSnapshot {
    ChannelSnapshot {
        id: ChannelId(2),
        uniqueid: Arc::from("1795358289.1"),
        name: Arc::from("PJSIP/bob-00000001"),
        endpoint: Arc::from("bob"),
        state: ChannelState::Down,
        caller: Party::new("1002", "Bob"),
        connected: Party::new("1001", "Alice"),
        ..alice()
    }
}

fn bridge(members: &[ChannelSnapshot]) -> Arc<BridgeSnapshot> {
    Arc::new(BridgeSnapshot {
        id: BridgeId(1),
        uniqueid: Arc::from("b-1"),
        kind: BridgeKind::Basic,
        purpose: BridgePurpose::Mixing,
        technology: "simple_bridge",
        creator: Arc::default(),
        name: Arc::default(),
        members: members.iter().map(|member| member.id).collect(),
        member_uniqueids: members.iter().map(|member| member.uniqueid.clone()).collect(),
        created_at: Duration::ZERO,
        video: VideoMode::None,
        variables: Arc::default(),
    })
}

fn event(kind: EventKind) -> Event {
    Event {
        sequence: 1,
        at: Duration::from_millis(2254),
        kind,
    }
}

fn texts(kind: EventKind) -> Vec<String> {
    let rendered = render(&event(kind), &RenderContext::plain(EPOCH));
    rendered.iter().map(text_of).collect()
}

fn text_of(rendered: &Rendered) -> String {
    String::from_utf8(rendered.bytes.to_vec()).expect("messages are text")
}

fn only(kind: EventKind) -> String {
    let mut all = texts(kind);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

/// What follows the block of a channel that has not changed since.
fn tail(text: &str) -> Vec<&str> {
    let (_, rest) = text
        .split_once("Linkedid: 1795358289.0\r\n")
        .expect("a block of a channel");
    rest.trim_end_matches("\r\n").split("\r\n").collect()
}

fn names(old: ChannelSnapshot, new: ChannelSnapshot) -> Vec<&'static str> {
    let (old, new) = (Arc::new(old), Arc::new(new));
    let kind = EventKind::ChannelChanged { old, new };
    let rendered = render(&event(kind), &RenderContext::plain(EPOCH));
    rendered.iter().map(|one| one.name).collect()
}

fn step(application: &str, data: &str) -> Option<Step> {
    Some(Step {
        application: Arc::from(application),
        data: Arc::from(data),
    })
}

const ALICE: &str = "Channel: PJSIP/alice-00000000\r\nChannelState: 4\r\nChannelStateDesc: Ring\r\n\
    CallerIDNum: 1001\r\nCallerIDName: Alice\r\nConnectedLineNum: <unknown>\r\n\
    ConnectedLineName: <unknown>\r\nLanguage: en\r\nAccountCode: \r\nContext: gold\r\nExten: 1002\r\n\
    Priority: 1\r\nUniqueid: 1795358289.0\r\nLinkedid: 1795358289.0\r\n";

#[test]
fn a_new_channel_reads_as_captured() {
    let channel = Arc::new(alice());
    assert_eq!(
        only(EventKind::ChannelCreated { channel }),
        format!("Event: Newchannel\r\nPrivilege: call,all\r\n{ALICE}\r\n")
    );
}

#[test]
fn one_change_becomes_its_messages_in_the_captured_order() {
    // The far half of a Local pair in `local/not_optimised`: step, caller and connected line at once.
    let old = ChannelSnapshot {
        caller: Party::default(),
        connected: Party::default(),
        ..bob()
    };
    let mut new = ChannelSnapshot {
        step: step("AppDial", "(Outgoing Line)"),
        ..bob()
    };
    assert_eq!(
        names(old.clone(), new.clone()),
        ["Newexten", "NewCallerid", "NewConnectedLine"]
    );
    new.state = ChannelState::Ringing;
    new.account = Arc::from("acct1");
    assert_eq!(
        names(old, new),
        [
            "Newstate",
            "Newexten",
            "NewAccountCode",
            "NewCallerid",
            "NewConnectedLine"
        ]
    );
}

#[test]
fn steps_are_told_at_each_place_they_are_seen_at() {
    let first = ChannelSnapshot {
        step: step("NoOp", ""),
        ..alice()
    };
    let again = ChannelSnapshot {
        step: step("NoOp", ""),
        place: Place::new("gold", "1002", 2),
        ..alice()
    };
    assert_eq!(names(first.clone(), again), ["Newexten"]);
    let moved = ChannelSnapshot {
        place: Place::new("gold", "dest", 1),
        ..first.clone()
    };
    assert_eq!(names(first.clone(), moved), ["Newexten"]);
    let other = ChannelSnapshot {
        step: step("Wait", "1"),
        ..first.clone()
    };
    assert_eq!(names(first.clone(), other), [""; 0]);
    let bridged = ChannelSnapshot {
        place: Place::new("gold", "", 1),
        ..first.clone()
    };
    assert_eq!(names(first, bridged), ["Newexten"]);
}

#[test]
fn a_change_clients_have_no_word_for_says_nothing() {
    let held = ChannelSnapshot {
        is_held: true,
        bridge: Some(BridgeId(1)),
        ..alice()
    };
    assert_eq!(names(alice(), held), [""; 0]);
    let hidden = ChannelSnapshot {
        caller: Party {
            presentation: Presentation::Restricted,
            ..alice().caller
        },
        ..alice()
    };
    assert_eq!(names(alice(), hidden), [""; 0]);
}

#[test]
fn a_caller_is_told_with_how_it_may_be_shown() {
    let new = Arc::new(ChannelSnapshot {
        caller: Party {
            number: None,
            name: Some(Arc::from("O'Hara\r\nEvent: x")),
            presentation: Presentation::Restricted,
        },
        ..alice()
    });
    let old = Arc::new(alice());
    let text = only(EventKind::ChannelChanged { old, new });
    assert!(text.contains("CallerIDNum: <unknown>\r\nCallerIDName: O\\'Hara\\r\\nEvent: x\r\n"));
    assert_eq!(
        tail(&text),
        ["CID-CallingPres: 32 (Presentation Prohibited, Not Screened)"]
    );
}

#[test]
fn a_dial_shows_both_blocks_or_only_the_leg() {
    let (caller, peer) = (Some(Arc::new(alice())), Arc::new(bob()));
    let text = only(EventKind::DialStarted {
        caller,
        peer: peer.clone(),
        dial_string: Arc::from("bob"),
    });
    let (first, second) = text.split_once("DestChannel: ").expect("two blocks");
    assert_eq!(
        first,
        format!("Event: DialBegin\r\nPrivilege: call,all\r\n{ALICE}")
    );
    assert!(
        second
            .ends_with("DestUniqueid: 1795358289.1\r\nDestLinkedid: 1795358289.0\r\nDialString: bob\r\n\r\n")
    );
    let text = only(EventKind::DialEnded {
        caller: None,
        peer,
        status: ucx_call::DialStatus::Cancel,
        forward: Some(Arc::from("1003")),
    });
    assert!(text.starts_with("Event: DialEnd\r\nPrivilege: call,all\r\nDestChannel: "));
    assert!(text.ends_with("Forward: 1003\r\nDialStatus: CANCEL\r\n\r\n"));
}

#[test]
fn bridges_count_their_members_and_name_the_unknown() {
    let text = only(EventKind::BridgeEntered {
        bridge: bridge(&[alice(), bob()]),
        channel: Arc::new(alice()),
        swapped: Some(Arc::from("1795358289.2")),
    });
    assert_eq!(
        text,
        format!(
            "Event: BridgeEnter\r\nPrivilege: call,all\r\nBridgeUniqueid: b-1\r\nBridgeType: basic\r\n\
             BridgeTechnology: simple_bridge\r\nBridgeCreator: <unknown>\r\nBridgeName: <unknown>\r\n\
             BridgeNumChannels: 2\r\nBridgeVideoSourceMode: none\r\n{ALICE}SwapUniqueid: 1795358289.2\r\n\r\n"
        )
    );
}

#[test]
fn a_hangup_says_number_and_text() {
    let channel = Arc::new(ChannelSnapshot {
        cause: Cause::USER_BUSY,
        ..alice()
    });
    let text = only(EventKind::ChannelEnded { channel });
    assert_eq!(tail(&text), ["Cause: 17", "Cause-txt: User busy"]);
}

#[test]
fn a_request_to_hang_up_without_a_cause_has_no_header_except_on_local_halves() {
    let request = |channel: ChannelSnapshot| EventKind::HangupRequested {
        channel: Arc::new(channel),
        cause: Cause::NONE,
        soft: false,
    };
    assert_eq!(tail(&only(request(alice()))), [""]);
    let half = ChannelSnapshot {
        technology: Technology::Local,
        ..alice()
    };
    assert_eq!(tail(&only(request(half))), ["Cause: 0"]);
}

#[test]
fn a_global_variable_belongs_to_no_channel() {
    let text = only(EventKind::VariableSet {
        channel: None,
        name: Arc::from("FOO"),
        value: Arc::from("a?\n"),
    });
    assert_eq!(
        text,
        "Event: VarSet\r\nPrivilege: dialplan,all\r\nChannel: none\r\nUniqueid: none\r\nVariable: FOO\r\n\
         Value: a\\?\\n\r\n\r\n"
    );
}

#[test]
fn digits_say_side_and_length() {
    let text = only(EventKind::DigitEnded {
        channel: Arc::new(alice()),
        digit: '#',
        side: DigitSide::Sent,
        length: Duration::from_millis(105),
    });
    assert_eq!(tail(&text), ["Digit: #", "DurationMs: 105", "Direction: Sent"]);
}

#[test]
fn an_originate_that_failed_names_what_was_called() {
    let report = |is_success| {
        EventKind::OriginateDecided(Arc::new(OriginateReport {
            request: Some(Arc::from("a2")),
            is_success,
            channel: Some(Arc::new(bob())),
            dial_string: Arc::from("PJSIP/bob"),
            to: OriginateTo::Exten {
                context: Arc::from("gold"),
                exten: Arc::from("echo"),
            },
            reason: 5,
            uniqueid: is_success.then(|| bob().uniqueid),
            caller: Party::default(),
        }))
    };
    assert_eq!(
        only(report(false)),
        "Event: OriginateResponse\r\nPrivilege: call,all\r\nActionID: a2\r\nResponse: Failure\r\n\
         Channel: PJSIP/bob\r\nContext: gold\r\nExten: echo\r\nReason: 5\r\nUniqueid: <unknown>\r\n\
         CallerIDNum: <unknown>\r\nCallerIDName: <unknown>\r\n\r\n"
    );
    let text = only(report(true));
    assert!(text.contains("Response: Success\r\nChannel: PJSIP/bob-00000001\r\n"));
    assert!(text.contains("Uniqueid: 1795358289.1\r\n"));
}

fn security(kind: SecurityKind, service: &'static str, remote: &str) -> EventKind {
    EventKind::Security(Arc::new(SecurityEvent {
        kind,
        service,
        account: Arc::from("gold"),
        session: Arc::from("0x1"),
        transport: "TCP",
        local: "127.0.0.1:5038".parse().expect("an address"),
        remote: remote.parse().expect("an address"),
    }))
}

#[test]
fn a_login_is_told_as_captured() {
    let kind = security(
        SecurityKind::SuccessfulAuth { uses_password: false },
        "AMI",
        "127.0.0.1:51192",
    );
    assert_eq!(
        only(kind),
        "Event: SuccessfulAuth\r\nPrivilege: security,all\r\nEventTV: 2026-11-22T14:38:09.254+0000\r\n\
         Severity: Informational\r\nService: AMI\r\nEventVersion: 1\r\nAccountID: gold\r\nSessionID: 0x1\r\n\
         LocalAddress: IPV4/TCP/127.0.0.1/5038\r\nRemoteAddress: IPV4/TCP/127.0.0.1/51192\r\n\
         UsingPassword: 0\r\nSessionTV: 2026-11-22T14:38:09.254+0000\r\n\r\n"
    );
}

#[test]
fn doors_without_sessions_do_not_tell_their_time() {
    let acl = Some(Arc::from("acl-1"));
    let text = only(security(SecurityKind::FailedAcl { acl }, "PJSIP", "[::1]:5078"));
    assert!(
        text.ends_with("RemoteAddress: IPV6/TCP/::1/5078\r\nACLName: acl-1\r\n\r\n"),
        "{text}"
    );
}

#[test]
fn a_bad_request_says_its_account_last() {
    let request = Arc::from("Action: Bogus");
    let text = only(security(
        SecurityKind::RequestBadFormat { request },
        "AMI",
        "127.0.0.1:1",
    ));
    assert!(text.ends_with("+0000\r\nAccountID: gold\r\n\r\n"), "{text}");
    assert_eq!(text.matches("AccountID").count(), 1);
}

#[test]
fn a_wrong_password_is_of_the_second_form_and_has_no_session() {
    let kind = SecurityKind::InvalidPassword {
        challenge: None,
        received_challenge: None,
        received_hash: None,
    };
    let text = only(security(kind, "AMI", "127.0.0.1:1"));
    assert!(text.contains("EventVersion: 2\r\n"));
    assert!(
        text.ends_with("SessionTV: 1970-01-01T00:00:00.000+0000\r\n\r\n"),
        "{text}"
    );
}

#[test]
fn gateway_texts_are_encoded_and_a_cut_command_has_no_code() {
    let channel = Arc::new(alice());
    let text = only(EventKind::AsyncGatewayDone {
        channel: channel.clone(),
        command_id: Some(Arc::from("cmd-4")),
        reply: Arc::from("200 result=1 (dark blue)\n"),
    });
    assert_eq!(
        tail(&text),
        ["Result: 200%20result%3D1%20(dark%20blue)%0A", "CommandId: cmd-4"]
    );
    let text = only(EventKind::GatewayCommandEnded {
        channel,
        id: 7,
        command: Arc::from("STREAM FILE tt-monkeys \"\""),
        code: 200,
        result: "Failure",
    });
    assert_eq!(tail(&text)[2..], ["ResultCode: -1", "Result: Failure"]);
}

#[test]
fn presence_is_told_once_more_for_each_hint_that_shows_it() {
    let hint = |exten: &str, hint: &str| [Arc::from("gold"), Arc::from(exten), Arc::from(hint)];
    let hints = HintList(vec![
        hint("800", "Custom:door"),
        hint("801", "Custom:door&PJSIP/bob,CustomPresence:door"),
    ]);
    let kind = EventKind::PresenceChanged {
        presentity: Arc::from("CustomPresence:door"),
        status: Arc::from("away"),
        subtype: Arc::from("lunch"),
        message: Arc::from("back at one"),
    };
    let ctx = RenderContext::plain(EPOCH).with_hints(&hints);
    let rendered = render(&event(kind), &ctx);
    let told: Vec<String> = rendered.iter().map(text_of).collect();
    assert_eq!(told.len(), 2);
    assert_eq!(
        told[1],
        "Event: PresenceStatus\r\nPrivilege: call,all\r\nExten: 801\r\nContext: gold\r\n\
         Hint: Custom:door&PJSIP/bob,CustomPresence:door\r\nStatus: away\r\nSubtype: lunch\r\n\
         Message: back at one\r\n\r\n"
    );
}

#[test]
fn the_head_of_a_message_says_time_and_system_if_asked() {
    let ctx = RenderContext {
        system_name: "north",
        timestamps: true,
        ..RenderContext::plain(EPOCH)
    };
    let rendered = render(&event(EventKind::FullyBooted), &ctx);
    assert_eq!(
        text_of(&rendered[0]),
        "Event: FullyBooted\r\nPrivilege: system,all\r\nTimestamp: 1795358289.254000\r\nSystemName: north\r\n\
         Status: Fully Booted\r\nUptime: 2\r\nLastReload: 2\r\n\r\n"
    );
    let mut text = Text::new();
    system::booted_at_login(&mut text, Duration::from_secs(5), &RenderContext::plain(EPOCH));
    assert_eq!(
        text.as_bytes(),
        b"Event: FullyBooted\r\nPrivilege: system,all\r\nUptime: 5\r\nLastReload: 5\r\nStatus: Fully Booted\r\n\r\n"
    );
}

#[test]
fn watched_variables_stand_in_every_block_until_the_channel_ends() {
    let mut watched = WatchedVariables::new(vec![Arc::from("COLOUR"), Arc::from("OTHER")]);
    let channel = Arc::new(alice());
    let set = event(EventKind::VariableSet {
        channel: Some(channel.clone()),
        name: Arc::from("__COLOUR"),
        value: Arc::from("dark \"blue\""),
    });
    watched.before(&set);
    let block = |watched: &WatchedVariables| {
        let mut text = Text::new();
        let ctx = RenderContext::plain(EPOCH).with_variables(watched);
        block::channel(&mut text, "Dest", &channel, &ctx);
        String::from_utf8_lossy(text.as_bytes()).into_owned()
    };
    assert!(block(&watched).ends_with(
        "DestLinkedid: 1795358289.0\r\nDestChanVariable: COLOUR=dark \\\"blue\\\"\r\nDestChanVariable: OTHER=\r\n"
    ));
    watched.after(&event(EventKind::ChannelEnded {
        channel: channel.clone(),
    }));
    assert!(block(&watched).ends_with("DestChanVariable: COLOUR=\r\nDestChanVariable: OTHER=\r\n"));
}

#[test]
fn functions_that_a_snapshot_answers_are_shown_with_channels() {
    let names = [
        "CHANNEL(state)",
        "CHANNEL(Context)",
        "CALLERID(num)",
        "CALLERID(all)",
        "CONNECTEDLINE(pres)",
        "CHANNEL(colour)",
        "DB(a/b)",
    ];
    let watched = WatchedVariables::new(names.into_iter().map(Arc::from).collect());
    let channel = alice();
    let mut shown = Vec::new();
    watched.visit(&channel, &mut |name, value| shown.push(format!("{name}={value}")));
    let (state, context) = (channel.state.as_str(), &channel.place.context);
    let (number, name) = (channel.caller.number(), channel.caller.name());
    assert_eq!(
        shown,
        [
            format!("CHANNEL(state)={state}"),
            format!("CHANNEL(Context)={context}"),
            format!("CALLERID(num)={number}"),
            format!("CALLERID(all)=\"{name}\" <{number}>"),
            "CONNECTEDLINE(pres)=allowed_not_screened".to_owned(),
            "CHANNEL(colour)=".to_owned(),
            "DB(a/b)=".to_owned(),
        ]
    );
}

#[test]
fn names_from_outside_cannot_make_headers() {
    let text = only(EventKind::User {
        channel: None,
        name: Arc::from("Mark\r\nEvent: Hangup"),
        fields: Arc::from([(Arc::from("Key\r\nEvent"), Arc::from("a\nb"))]),
    });
    assert_eq!(
        text,
        "Event: UserEvent\r\nPrivilege: user,all\r\nUserEvent: Mark  Event: Hangup\r\nKey  Event: a b\r\n\r\n"
    );
}
