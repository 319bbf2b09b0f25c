//! Messages against the captures under `ari/` and `registration/`: the same bytes for the same things.

use super::derive::derive;
use super::render::{Context, render};
use super::surroundings::Surroundings;
use super::*;
use crate::applications::Source;
use crate::clock::Clock;
use crate::model::{EndpointState, PlaybackState, RecordingState};
use jiff::tz::TimeZone;
use ucx_call::{
    BridgeId, BridgeKind, BridgePurpose, ChannelId, ChannelState, DialStatus, DigitSide, EventKind, Party,
    Place, Step, Technology, VideoMode,
};

const ALICE: &str = r#"{"id":"1795358181.0","name":"PJSIP/alice-00000000","state":"Ring","protocol_id":"alice-call-1","caller":{"name":"Alice","number":"1001"},"connected":{"name":"","number":""},"accountcode":"","dialplan":{"context":"gold","exten":"app","priority":1,"app_name":"Stasis","app_data":"gold,one,two words"},"creationtime":"2026-11-22T14:36:21.381+0000","language":"en"}"#;

const BRIDGE: &str = r#"{"id":"br-2","technology":"simple_bridge","bridge_type":"mixing","bridge_class":"stasis","creator":"Stasis","name":"","channels":["1795358181.0"],"creationtime":"2026-11-22T14:36:21.382+0000","video_mode":"single","video_source_id":"1795358181.0"}"#;

fn alice() -> ChannelSnapshot {
    ChannelSnapshot {
        id: ChannelId(0),
        uniqueid: Arc::from("1795358181.0"),
        linkedid: Arc::from("1795358181.0"),
        name: Arc::from("PJSIP/alice-00000000"),
        technology: Technology::Pjsip,
        endpoint: Arc::from("alice"),
        state: ChannelState::Ring,
        caller: Party::new("1001", "Alice"),
        connected: Party::default(),
        dialled: None,
        language: Arc::from("en"),
        account: Arc::default(),
        place: Place::new("gold", "app", 1),
        step: Some(step("Stasis", "gold,one,two words")),
        cause: Cause(16),
        bridge: None,
        is_held: false,
        created_at: Duration::from_millis(381),
        answered_at: None,
        protocol_id: Arc::from("alice-call-1"),
        redirecting: None,
        music: None,
        protocol_cause: None,
    }
}

fn step(application: &str, data: &str) -> Step {
    Step {
        application: Arc::from(application),
        data: Arc::from(data),
    }
}

fn bridge() -> Arc<BridgeSnapshot> {
    Arc::new(BridgeSnapshot {
        id: BridgeId(0),
        uniqueid: Arc::from("br-2"),
        kind: BridgeKind::Stasis,
        purpose: BridgePurpose::Mixing,
        technology: "simple_bridge",
        creator: Arc::from("Stasis"),
        name: Arc::default(),
        members: vec![ChannelId(0)],
        member_uniqueids: vec![Arc::from("1795358181.0")],
        created_at: Duration::from_millis(382),
        video: VideoMode::Single(Arc::from("1795358181.0")),
        variables: Arc::default(),
    })
}

fn shown_with(message: &Message, surroundings: &Surroundings) -> String {
    let clock = Clock::new(Duration::ZERO, Duration::from_secs(1_795_358_181), TimeZone::UTC);
    let context = Context {
        entity_id: "02:00:00:00:00:01",
        clock: &clock,
        surroundings,
    };
    let bytes = render(message, Duration::from_millis(595), &context).to("gold");
    String::from_utf8(bytes.to_vec()).expect("messages are text")
}

fn shown(message: &Message) -> String {
    shown_with(message, &Surroundings::default())
}

/// A message of the usual form: what it begins with, its type, and what stands behind the timestamp.
fn usual(before: &str, kind: &str, body: &str) -> String {
    format!(
        r#"{{{before}"type":"{kind}","timestamp":"2026-11-22T14:36:21.595+0000",{body}"asterisk_id":"02:00:00:00:00:01","application":"gold"}}"#
    )
}

fn told(kind: &EventKind) -> Vec<String> {
    derive(kind, &Surroundings::default())
        .iter()
        .map(|told| shown(&told.message))
        .collect()
}

#[test]
fn a_channels_life_is_told_as_in_the_capture() {
    let channel = Arc::new(alice());
    let of_channel = format!(r#""channel":{ALICE},"#);
    assert_eq!(
        told(&EventKind::ChannelCreated {
            channel: channel.clone()
        })[1],
        usual("", "ChannelCreated", &of_channel)
    );
    assert_eq!(
        told(&EventKind::VariableSet {
            channel: Some(channel.clone()),
            name: Arc::from("SIPDOMAIN"),
            value: Arc::from("127.0.0.1"),
        }),
        [usual(
            r#""variable":"SIPDOMAIN","value":"127.0.0.1","#,
            "ChannelVarset",
            &of_channel
        )]
    );
    assert_eq!(
        told(&EventKind::VariableSet {
            channel: None,
            name: Arc::from("G"),
            value: Arc::from("7"),
        }),
        [usual(r#""variable":"G","value":"7","#, "ChannelVarset", "")]
    );
    assert_eq!(
        told(&EventKind::DigitEnded {
            channel: channel.clone(),
            digit: '5',
            side: DigitSide::Received,
            length: Duration::from_millis(120),
        }),
        [usual(
            "",
            "ChannelDtmfReceived",
            &format!(r#""digit":"5","duration_ms":120,{of_channel}"#)
        )]
    );
    assert_eq!(
        told(&EventKind::Held {
            channel: channel.clone(),
            music: Some(Arc::from("default")),
        }),
        [usual(
            "",
            "ChannelHold",
            &format!(r#""musicclass":"default",{of_channel}"#)
        )]
    );
    assert_eq!(
        told(&EventKind::Unheld {
            channel: channel.clone()
        }),
        [usual("", "ChannelUnhold", &of_channel)]
    );
    assert_eq!(
        told(&EventKind::ChannelEnded { channel })[0],
        usual(
            "",
            "ChannelDestroyed",
            &format!(r#""cause":16,"cause_txt":"Normal Clearing",{of_channel}"#)
        )
    );
}

#[test]
fn digits_that_we_send_and_that_begin_are_not_told() {
    let channel = Arc::new(alice());
    for side in [DigitSide::Sent, DigitSide::Received] {
        let began = EventKind::DigitBegan {
            channel: channel.clone(),
            digit: '1',
            side,
        };
        assert!(told(&began).is_empty());
    }
    let sent = EventKind::DigitEnded {
        channel,
        digit: '1',
        side: DigitSide::Sent,
        length: Duration::ZERO,
    };
    assert!(told(&sent).is_empty());
}

#[test]
fn changes_are_told_in_the_captures_order() {
    let old = Arc::new(alice());
    let mut new = alice();
    new.state = ChannelState::Up;
    new.step = Some(step("Stasis", "gold,one,two words"));
    new.place.priority += 1;
    new.caller = Party::new("1001", "Alicia");
    new.connected = Party::new("1002", "Bob");
    let kinds = |old: &Arc<ChannelSnapshot>, new: ChannelSnapshot| -> Vec<&'static str> {
        let change = EventKind::ChannelChanged {
            old: old.clone(),
            new: Arc::new(new),
        };
        let told = derive(&change, &Surroundings::default());
        told.iter().map(|told| told.message.kind()).collect()
    };
    assert_eq!(
        kinds(&old, new),
        [
            "ChannelStateChange",
            "ChannelDialplan",
            "ChannelCallerId",
            "ChannelConnectedLine"
        ]
    );
    // A step is told at each place, another one at the same place is not, nor is one that is over.
    let mut moved = (*old).clone();
    moved.place.priority = 2;
    assert_eq!(kinds(&old, moved), ["ChannelDialplan"]);
    let mut other = (*old).clone();
    other.step = Some(step("Wait", "1"));
    assert!(kinds(&old, other).is_empty());
    let mut done = (*old).clone();
    done.step = None;
    assert!(kinds(&old, done).is_empty());
}

#[test]
fn steps_and_callers_are_written_as_in_the_capture() {
    let channel = Arc::new(alice());
    assert_eq!(
        shown(&Message::ChannelDialplan {
            channel: channel.clone()
        }),
        usual(
            "",
            "ChannelDialplan",
            &format!(
                r#""dialplan_app":"Stasis","dialplan_app_data":"gold,one,two words","channel":{ALICE},"#
            )
        )
    );
    assert_eq!(
        shown(&Message::ChannelCallerId { channel }),
        usual(
            "",
            "ChannelCallerId",
            &format!(
                r#""caller_presentation":0,"caller_presentation_txt":"Presentation Allowed, Not Screened","channel":{ALICE},"#
            )
        )
    );
}

#[test]
fn requests_to_hang_up_say_who_asked() {
    let shown = |cause, soft, protocol_cause| {
        let mut channel = alice();
        channel.protocol_cause = protocol_cause;
        let told = told(&EventKind::HangupRequested {
            channel: Arc::new(channel),
            cause: Cause(cause),
            soft,
        });
        told[0].split(r#""type""#).next().map(str::to_owned)
    };
    assert_eq!(
        shown(32, true, None).as_deref(),
        Some(r#"{"cause":32,"soft":true,"#)
    );
    assert_eq!(shown(0, false, None).as_deref(), Some("{"));
    assert_eq!(
        shown(23, false, Some(302)).as_deref(),
        Some(r#"{"cause":23,"tech_cause":302,"#)
    );
    assert_eq!(
        shown(16, true, Some(302)).as_deref(),
        Some(r#"{"cause":16,"soft":true,"tech_cause":302,"#)
    );
}

#[test]
fn dials_are_told_of_the_caller_or_of_the_leg() {
    let (caller, peer) = (Arc::new(alice()), Arc::new(alice()));
    let begun = EventKind::DialStarted {
        caller: Some(caller.clone()),
        peer: peer.clone(),
        dial_string: Arc::from("bob"),
    };
    assert_eq!(
        told(&begun),
        [usual(
            "",
            "Dial",
            &format!(r#""dialstatus":"","forward":"","dialstring":"bob","caller":{ALICE},"peer":{ALICE},"#)
        )]
    );
    let ended = EventKind::DialEnded {
        caller: None,
        peer,
        status: DialStatus::Answer,
        forward: None,
    };
    assert_eq!(
        told(&ended),
        [usual(
            "",
            "Dial",
            &format!(r#""dialstatus":"ANSWER","forward":"","dialstring":"","peer":{ALICE},"#)
        )]
    );
}

#[test]
fn bridges_are_told_to_who_listens_to_the_bridge() {
    let (bridge, channel) = (bridge(), Arc::new(alice()));
    let entered = EventKind::BridgeEntered {
        bridge: bridge.clone(),
        channel,
        swapped: None,
    };
    assert_eq!(
        told(&entered),
        [usual(
            "",
            "ChannelEnteredBridge",
            &format!(r#""bridge":{BRIDGE},"channel":{ALICE},"#)
        )]
    );
    let sources = &derive(&entered, &Surroundings::default())[0].sources;
    assert!(sources.contains(&Source::Bridge(Arc::from("br-2"))));
    assert!(!sources.contains(&Source::Channel(Arc::from("1795358181.0"))));
    let shown_source = EventKind::VideoSourceChanged {
        bridge,
        previous: Some(Arc::from("1.1")),
    };
    assert_eq!(
        told(&shown_source),
        [usual(
            "",
            "BridgeVideoSourceChanged",
            &format!(r#""bridge":{BRIDGE},"old_video_source_id":"1.1","#)
        )]
    );
}

#[test]
fn devices_and_replacements_name_the_application_early() {
    let device = EventKind::DeviceStateChanged {
        device: Arc::from("PJSIP/alice"),
        state: DeviceState::InUse,
    };
    assert_eq!(
        told(&device),
        [
            r#"{"type":"DeviceStateChanged","application":"gold","timestamp":"2026-11-22T14:36:21.595+0000","device_state":{"name":"PJSIP/alice","state":"INUSE"},"asterisk_id":"02:00:00:00:00:01"}"#
        ]
    );
    assert_eq!(
        shown(&Message::ApplicationReplaced),
        r#"{"type":"ApplicationReplaced","timestamp":"2026-11-22T14:36:21.595+0000","application":"gold","asterisk_id":"02:00:00:00:00:01"}"#
    );
}

#[test]
fn endpoints_show_their_channels_and_whether_they_can_be_reached() {
    let mut surroundings = Surroundings::default();
    let created = EventKind::ChannelCreated {
        channel: Arc::new(alice()),
    };
    surroundings.set_reachable(&Arc::from("alice"), true);
    surroundings.before(&created);
    let told = derive(&created, &surroundings);
    assert_eq!(
        shown_with(&told[0].message, &surroundings),
        usual(
            "",
            "EndpointStateChange",
            r#""endpoint":{"technology":"PJSIP","resource":"alice","state":"online","channel_ids":["1795358181.0"]},"#
        )
    );
    assert_eq!(told[0].sources, [Source::Endpoint(Arc::from("PJSIP/alice"))]);

    let qualified = EventKind::ContactStatus {
        endpoint: Arc::from("bob"),
        aor: Arc::from("bob"),
        contact: Arc::from("sip:bob@127.0.0.1:5072"),
        status: "Reachable",
        round_trip: Some(Duration::from_micros(846)),
    };
    surroundings.set_reachable(&Arc::from("bob"), true);
    assert_eq!(
        shown_with(&derive(&qualified, &surroundings)[0].message, &surroundings),
        usual(
            "",
            "ContactStatusChange",
            r#""endpoint":{"technology":"PJSIP","resource":"bob","state":"online","channel_ids":[]},"contact_info":{"uri":"sip:bob@127.0.0.1:5072","contact_status":"Reachable","aor":"bob","roundtrip_usec":"846"},"#
        )
    );
    let gone = EventKind::EndpointStatus {
        technology: Technology::Pjsip,
        endpoint: Arc::from("bob"),
        is_reachable: false,
    };
    surroundings.before(&gone);
    assert_eq!(
        shown_with(&derive(&gone, &surroundings)[0].message, &surroundings),
        usual(
            "",
            "PeerStatusChange",
            r#""endpoint":{"technology":"PJSIP","resource":"bob","state":"offline","channel_ids":[]},"peer":{"peer_status":"Unreachable"},"#
        )
    );
    let ended = EventKind::ChannelEnded {
        channel: Arc::new(alice()),
    };
    surroundings.before(&ended);
    assert_eq!(surroundings.endpoint("alice").channel_ids, Vec::<String>::new());
    assert_eq!(surroundings.endpoint("nobody").state, EndpointState::Unknown);
}

#[test]
fn variables_the_operator_names_are_shown_with_channels() {
    let mut surroundings = Surroundings::default();
    surroundings.show(vec![Arc::from("LANG"), Arc::from("TENANT")]);
    let channel = Arc::new(alice());
    let message = Message::StasisEnd {
        channel: channel.clone(),
    };
    let unset = shown_with(&message, &surroundings);
    assert!(
        unset.contains(r#""language":"en","channelvars":{"LANG":"","TENANT":""}}"#),
        "{unset}"
    );
    surroundings.before(&EventKind::VariableSet {
        channel: Some(channel.clone()),
        name: Arc::from("TENANT"),
        value: Arc::from("a\"b"),
    });
    let set = shown_with(&message, &surroundings);
    assert!(
        set.contains(r#""channelvars":{"LANG":"","TENANT":"a\"b"}}"#),
        "{set}"
    );
    surroundings.after(&EventKind::ChannelEnded { channel });
    assert_eq!(shown_with(&message, &surroundings), unset);
}

#[test]
fn variables_a_client_wants_reported_are_shown_once_they_are_set() {
    let channel = Arc::new(alice());
    let mut surroundings = Surroundings::default();
    let message = Message::StasisEnd {
        channel: channel.clone(),
    };
    let set = |name: &str, value: &str| EventKind::VariableSet {
        channel: Some(channel.clone()),
        name: Arc::from(name),
        value: Arc::from(value),
    };
    surroundings.report(channel.uniqueid.clone(), Arc::from("STATE"));
    surroundings.before(&set("OTHER", "1"));
    assert!(!shown_with(&message, &surroundings).contains("channelvars"));
    surroundings.before(&set("STATE", "created"));
    let shown = shown_with(&message, &surroundings);
    assert!(shown.contains(r#""channelvars":{"STATE":"created"}}"#), "{shown}");
    surroundings.before(&set("STATE", "gone"));
    assert!(shown_with(&message, &surroundings).contains(r#"{"STATE":"gone"}"#));
}

#[test]
fn functions_are_shown_as_the_channel_was_then() {
    let channel = Arc::new(alice());
    let mut surroundings = Surroundings::default();
    let names = [
        "CHANNEL(language)",
        "CALLERID(num)",
        "connectedline(name)",
        "SHELL(id)",
    ];
    surroundings.show(names.map(Arc::from).to_vec());
    let message = Message::StasisEnd {
        channel: channel.clone(),
    };
    let shown = shown_with(&message, &surroundings);
    let expected = r#""channelvars":{"CHANNEL(language)":"en","CALLERID(num)":"1001","connectedline(name)":"","SHELL(id)":""}}"#;
    assert!(shown.contains(expected), "{shown}");
}

#[test]
fn user_events_carry_their_fields_and_their_name() {
    let fields: Arc<[(Arc<str>, Arc<str>)]> = [("Label", "lab"), ("Var", "")]
        .map(|(key, value)| (Arc::from(key), Arc::from(value)))
        .into();
    let said = EventKind::User {
        channel: Some(Arc::new(alice())),
        name: Arc::from("After"),
        fields,
    };
    assert_eq!(
        told(&said),
        [usual(
            "",
            "ChannelUserevent",
            &format!(
                r#""eventname":"After","userevent":{{"eventname":"After","Label":"lab","Var":""}},"channel":{ALICE},"#
            )
        )]
    );
    let asked = Message::ChannelUserevent {
        name: "MyEvent".to_owned(),
        userevent: serde_json::json!({"k": "v", "n": 3})
            .as_object()
            .cloned()
            .unwrap_or_default(),
        channel: None,
        bridge: None,
        endpoint: None,
    };
    assert_eq!(
        shown(&asked),
        usual(
            "",
            "ChannelUserevent",
            r#""eventname":"MyEvent","userevent":{"k":"v","n":3,"eventname":"MyEvent"},"#
        )
    );
}

#[test]
fn what_applications_do_is_written_as_in_the_captures() {
    let channel = Arc::new(alice());
    assert_eq!(
        shown(&Message::StasisStart {
            channel: channel.clone(),
            args: vec!["one".to_owned(), "two words".to_owned()],
            replaced: None,
        }),
        usual(
            "",
            "StasisStart",
            &format!(r#""args":["one","two words"],"channel":{ALICE},"#)
        )
    );
    assert_eq!(
        shown(&Message::ApplicationMoveFailed {
            channel,
            destination: "nosuch".to_owned(),
            args: Vec::new(),
        }),
        usual(
            "",
            "ApplicationMoveFailed",
            &format!(r#""channel":{ALICE},"destination":"nosuch","args":[],"#)
        )
    );
    let playback = Playback {
        id: "p2".to_owned(),
        media_uri: "sound:beep".to_owned(),
        next_media_uri: Some("sound:digits/1".to_owned()),
        target_uri: "channel:1.0".to_owned(),
        language: "en".to_owned(),
        state: PlaybackState::Continuing,
    };
    assert_eq!(
        shown(&Message::PlaybackContinuing(playback)),
        usual(
            "",
            "PlaybackContinuing",
            r#""playback":{"id":"p2","media_uri":"sound:beep","next_media_uri":"sound:digits/1","target_uri":"channel:1.0","language":"en","state":"continuing"},"#
        )
    );
    let recording = LiveRecording {
        name: "r1".to_owned(),
        format: "wav".to_owned(),
        state: RecordingState::Done,
        target_uri: "channel:1.0".to_owned(),
        cause: None,
        duration: Some(0),
        talking_duration: None,
        silence_duration: None,
    };
    assert_eq!(
        shown(&Message::RecordingFinished(recording)),
        usual(
            "",
            "RecordingFinished",
            r#""recording":{"name":"r1","format":"wav","state":"done","target_uri":"channel:1.0","duration":0},"#
        )
    );
}

#[test]
fn names_and_values_cannot_break_out_of_their_quotes() {
    let nasty = "a\"},\r\n\u{0}é";
    let message = Message::ChannelVarset {
        channel: None,
        name: Arc::from(nasty),
        value: Arc::from(nasty),
    };
    let clock = Clock::new(Duration::ZERO, Duration::ZERO, TimeZone::UTC);
    let context = Context {
        entity_id: "02:00:00:00:00:01",
        clock: &clock,
        surroundings: &Surroundings::default(),
    };
    let text = render(&message, Duration::ZERO, &context).to(nasty);
    let value: Value = serde_json::from_slice(&text).expect("the message is JSON");
    for key in ["variable", "value", "application"] {
        assert_eq!(value[key], nasty);
    }
    assert!(!text.iter().any(u8::is_ascii_control));
}
