//! Whatever the host's events say, what is rendered of them keeps to the wire.

use crate::check_ami;
use proptest::prelude::*;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{
    BridgeId, BridgeKind, BridgePurpose, BridgeSnapshot, Cause, ChannelId, ChannelSnapshot, ChannelState,
    DeviceState, DialStatus, DigitSide, Event, EventKind, ExtensionState, OriginateReport, OriginateTo,
    Party, Place, Presentation, SecurityEvent, SecurityKind, Step, Technology, VideoMode,
};
use ucx_manager::event::{HintList, RenderContext, WatchedVariables, render};

/// Texts and numbers as they come, used up by what is made of them.
struct Dice {
    texts: Vec<String>,
    numbers: Vec<u16>,
    at: usize,
}

impl Dice {
    fn text(&mut self) -> Arc<str> {
        self.at += 1;
        Arc::from(self.texts[self.at % self.texts.len()].as_str())
    }

    fn maybe(&mut self) -> Option<Arc<str>> {
        self.is().then(|| self.text())
    }

    /// An id, which is never empty and has no line ends.
    fn id(&mut self) -> Arc<str> {
        Arc::from(format!("1795358289.{}", self.number()))
    }

    fn number(&mut self) -> u16 {
        self.at += 1;
        self.numbers[self.at % self.numbers.len()]
    }

    fn is(&mut self) -> bool {
        self.number() % 2 == 1
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::from(self.number()) % of.len()]
    }

    fn duration(&mut self) -> Duration {
        Duration::from_millis(u64::from(self.number()) * 977)
    }

    fn fields(&mut self) -> Arc<[(Arc<str>, Arc<str>)]> {
        (0..self.number() % 3)
            .map(|_| (self.text(), self.text()))
            .collect()
    }

    fn party(&mut self) -> Party {
        Party {
            number: self.maybe(),
            name: self.maybe(),
            presentation: self.one(&[
                Presentation::Allowed,
                Presentation::Restricted,
                Presentation::Unavailable,
            ]),
        }
    }

    fn channel(&mut self) -> Arc<ChannelSnapshot> {
        let states = [
            ChannelState::Down,
            ChannelState::Dialing,
            ChannelState::Ring,
            ChannelState::Ringing,
            ChannelState::Up,
            ChannelState::Busy,
        ];
        Arc::new(ChannelSnapshot {
            id: ChannelId(1),
            uniqueid: self.id(),
            linkedid: self.id(),
            name: self.text(),
            technology: self.one(&[Technology::Pjsip, Technology::Local]),
            endpoint: self.text(),
            state: self.one(&states),
            caller: self.party(),
            connected: self.party(),
            dialled: self.maybe(),
            language: self.text(),
            account: self.text(),
            place: Place {
                context: self.text(),
                exten: self.text(),
                priority: self.number().into(),
            },
            step: self.is().then(|| Step {
                application: self.text(),
                data: self.text(),
            }),
            cause: Cause(self.number() % 128),
            protocol_cause: self.is().then(|| self.number()),
            bridge: self.is().then_some(BridgeId(1)),
            is_held: self.is(),
            created_at: self.duration(),
            answered_at: None,
            protocol_id: self.text(),
            redirecting: self.maybe(),
            music: self.maybe(),
        })
    }

    fn bridge(&mut self) -> Arc<BridgeSnapshot> {
        let members = self.number() % 5;
        Arc::new(BridgeSnapshot {
            id: BridgeId(1),
            uniqueid: self.id(),
            kind: self.one(&[BridgeKind::Basic, BridgeKind::Stasis]),
            purpose: self.one(&[BridgePurpose::Mixing, BridgePurpose::Holding]),
            technology: self.one(&["simple_bridge", "softmix", "holding_bridge"]),
            creator: self.text(),
            name: self.text(),
            members: (0..members).map(|n| ChannelId(n.into())).collect(),
            member_uniqueids: (0..members).map(|_| self.id()).collect(),
            created_at: self.duration(),
            video: match self.number() % 3 {
                0 => VideoMode::None,
                1 => VideoMode::Talker,
                _ => VideoMode::Single(self.text()),
            },
            variables: Arc::default(),
        })
    }

    fn digit(&mut self) -> char {
        self.one(&['0', '9', '*', '#', 'A', '\r', '\n', 'é'])
    }

    fn address(&mut self) -> SocketAddr {
        let text = self.one(&["127.0.0.1:5060", "[::1]:1", "[2001:db8::1]:65535"]);
        text.parse().expect("an address")
    }
}

/// One event of each kind, of calls.
fn call_events(dice: &mut Dice) -> Vec<EventKind> {
    let (one, two) = (dice.channel(), dice.channel());
    let caller = dice.is().then(|| dice.channel());
    let statuses = [
        DialStatus::Answer,
        DialStatus::Busy,
        DialStatus::Congestion,
        DialStatus::NoAnswer,
        DialStatus::ChanUnavail,
        DialStatus::Cancel,
    ];
    vec![
        EventKind::ChannelCreated { channel: one.clone() },
        EventKind::ChannelChanged {
            old: one.clone(),
            new: two.clone(),
        },
        EventKind::ChannelEnded { channel: two.clone() },
        EventKind::HangupRequested {
            channel: one.clone(),
            cause: Cause(dice.number() % 128),
            soft: dice.is(),
        },
        EventKind::VariableSet {
            channel: caller.clone(),
            name: dice.text(),
            value: dice.text(),
        },
        EventKind::DialStarted {
            caller: caller.clone(),
            peer: two.clone(),
            dial_string: dice.text(),
        },
        EventKind::DialProgressed {
            caller: caller.clone(),
            peer: two.clone(),
            status: dice.one(&["RINGING", "PROGRESS", "PROCEEDING"]),
        },
        EventKind::DialEnded {
            caller,
            peer: two.clone(),
            status: dice.one(&statuses),
            forward: dice.maybe(),
        },
    ]
}

/// One event of each kind, of bridges and pairs.
fn bridge_events(dice: &mut Dice) -> Vec<EventKind> {
    let (one, two, bridge) = (dice.channel(), dice.channel(), dice.bridge());
    vec![
        EventKind::BridgeCreated {
            bridge: bridge.clone(),
        },
        EventKind::BridgeEntered {
            bridge: bridge.clone(),
            channel: one.clone(),
            swapped: dice.is().then(|| dice.id()),
        },
        EventKind::BridgeLeft {
            bridge: bridge.clone(),
            channel: one.clone(),
        },
        EventKind::BridgeDestroyed {
            bridge: bridge.clone(),
        },
        EventKind::VideoSourceChanged {
            bridge: bridge.clone(),
            previous: dice.maybe(),
        },
        EventKind::LocalBridged {
            one: one.clone(),
            two: two.clone(),
            context: dice.text(),
            exten: dice.text(),
            optimizable: dice.is(),
        },
        EventKind::LocalOptimizationBegan {
            id: dice.number().into(),
            one: one.clone(),
            two: two.clone(),
            source: dice.channel(),
            bridge,
        },
        EventKind::LocalOptimizationEnded {
            id: dice.number().into(),
            one,
            two,
        },
    ]
}

/// One event of each kind, of what is heard, said and commanded on a channel.
fn channel_events(dice: &mut Dice) -> Vec<EventKind> {
    let channel = dice.channel();
    let side = dice.one(&[DigitSide::Received, DigitSide::Sent]);
    vec![
        EventKind::DigitBegan {
            channel: channel.clone(),
            digit: dice.digit(),
            side,
        },
        EventKind::DigitEnded {
            channel: channel.clone(),
            digit: dice.digit(),
            side,
            length: dice.duration(),
        },
        EventKind::Held {
            channel: channel.clone(),
            music: dice.maybe(),
        },
        EventKind::Unheld {
            channel: channel.clone(),
        },
        EventKind::MusicStarted {
            channel: channel.clone(),
            class: dice.text(),
        },
        EventKind::MusicStopped {
            channel: channel.clone(),
        },
        EventKind::User {
            channel: dice.is().then(|| channel.clone()),
            name: dice.text(),
            fields: dice.fields(),
        },
        EventKind::OriginateDecided(Arc::new(report(dice))),
    ]
}

/// One event of each kind, of programs that command a channel.
fn gateway_events(dice: &mut Dice) -> Vec<EventKind> {
    let channel = dice.channel();
    vec![
        EventKind::GatewayCommandStarted {
            channel: channel.clone(),
            id: dice.number().into(),
            command: dice.text(),
        },
        EventKind::GatewayCommandEnded {
            channel: channel.clone(),
            id: dice.number().into(),
            command: dice.text(),
            code: dice.number(),
            result: dice.one(&["Success", "Failure", "Usage"]),
        },
        EventKind::AsyncGatewayStarted {
            channel: channel.clone(),
            environment: dice.text(),
        },
        EventKind::AsyncGatewayDone {
            channel: channel.clone(),
            command_id: dice.maybe(),
            reply: dice.text(),
        },
        EventKind::AsyncGatewayEnded { channel },
    ]
}

fn report(dice: &mut Dice) -> OriginateReport {
    OriginateReport {
        request: dice.maybe(),
        is_success: dice.is(),
        channel: dice.is().then(|| dice.channel()),
        dial_string: dice.text(),
        to: if dice.is() {
            OriginateTo::Exten {
                context: dice.text(),
                exten: dice.text(),
            }
        } else {
            OriginateTo::Application {
                name: dice.text(),
                data: dice.text(),
            }
        },
        reason: dice.one(&[0, 1, 3, 4, 5, 8]),
        uniqueid: dice.is().then(|| dice.id()),
        caller: dice.party(),
    }
}

/// One event of each kind, of the host and its surroundings.
fn host_events(dice: &mut Dice) -> Vec<EventKind> {
    vec![
        EventKind::ContactStatus {
            endpoint: dice.text(),
            aor: dice.text(),
            contact: dice.text(),
            status: dice.one(&["Reachable", "NonQualified", "Removed"]),
            round_trip: dice.is().then(|| dice.duration()),
        },
        EventKind::EndpointStatus {
            technology: Technology::Pjsip,
            endpoint: dice.text(),
            is_reachable: dice.is(),
        },
        EventKind::RegistrationChanged {
            name: dice.text(),
            client_uri: dice.text(),
            server_uri: dice.text(),
            status: dice.one(&["Registered", "Unregistered", "Rejected"]),
        },
        EventKind::DeviceStateChanged {
            device: dice.text(),
            state: dice.one(&DeviceState::ALL).0,
        },
        EventKind::ExtensionStateChanged {
            context: dice.text(),
            exten: dice.text(),
            hint: dice.text(),
            state: dice.one(&[
                ExtensionState::Removed,
                ExtensionState::InUseRinging,
                ExtensionState::OnHold,
            ]),
        },
        EventKind::PresenceChanged {
            presentity: dice.text(),
            status: dice.text(),
            subtype: dice.text(),
            message: dice.text(),
        },
        EventKind::Reloaded {
            module: dice.text(),
            status: 2,
        },
        EventKind::ModuleChanged {
            module: dice.text(),
            is_loaded: dice.is(),
        },
        EventKind::FullyBooted,
        EventKind::ShuttingDown { restarts: dice.is() },
        EventKind::Test {
            state: dice.text(),
            fields: dice.fields(),
        },
    ]
}

/// One event of each kind of door.
fn security_events(dice: &mut Dice) -> Vec<EventKind> {
    let kinds = vec![
        SecurityKind::FailedAcl { acl: dice.maybe() },
        SecurityKind::InvalidAccountId,
        SecurityKind::SessionLimit,
        SecurityKind::RequestNotSupported { request: dice.text() },
        SecurityKind::RequestNotAllowed {
            request: dice.text(),
            parameters: dice.maybe(),
        },
        SecurityKind::AuthMethodNotAllowed { method: dice.text() },
        SecurityKind::RequestBadFormat { request: dice.text() },
        SecurityKind::SuccessfulAuth {
            uses_password: dice.is(),
        },
        SecurityKind::UnexpectedAddress {
            expected: dice.address(),
        },
        SecurityKind::ChallengeResponseFailed {
            challenge: dice.text(),
            response: dice.text(),
            expected: dice.text(),
        },
        SecurityKind::InvalidPassword {
            challenge: dice.maybe(),
            received_challenge: dice.maybe(),
            received_hash: dice.maybe(),
        },
        SecurityKind::ChallengeSent {
            challenge: dice.text(),
        },
        SecurityKind::InvalidTransport {
            attempted: dice.text(),
        },
    ];
    let events = kinds.into_iter().map(|kind| {
        EventKind::Security(Arc::new(SecurityEvent {
            kind,
            service: dice.one(&["AMI", "PJSIP", "ARI"]),
            account: dice.text(),
            session: dice.text(),
            transport: dice.one(&["UDP", "TCP", "TLS", "WS", "WSS"]),
            local: dice.address(),
            remote: dice.address(),
        }))
    });
    events.collect()
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[ -~]{0,12}",
        1 => any::<String>(),
        1 => Just("a\r\nEvent: Hangup\r\nPrivilege: call,all\r\n\r\n".to_owned()),
        1 => Just(String::new()),
    ]
}

/// What a session receives that sees everything.
fn stream(events: Vec<EventKind>, timestamps: bool, system_name: &str) -> Vec<u8> {
    let mut bytes = b"Asterisk Call Manager/11.0.0\r\n".to_vec();
    let mut watched = WatchedVariables::new(vec![Arc::from("COLOUR"), Arc::from("N")]);
    let presentity = events.iter().find_map(|kind| {
        let EventKind::PresenceChanged { presentity, .. } = kind else {
            return None;
        };
        Some(presentity.clone())
    });
    let hint = format!("PJSIP/bob,{}", presentity.unwrap_or_default());
    let hints = HintList(vec![["gold", "800", &hint].map(Arc::from)]);
    for (sequence, kind) in (1..).zip(events) {
        let at = Duration::from_millis(sequence * 7);
        let event = Event { sequence, at, kind };
        watched.before(&event);
        let context = RenderContext {
            timestamps,
            system_name,
            variables: &watched,
            hints: &hints,
            ..RenderContext::plain(Duration::from_secs(1_795_358_289))
        };
        for rendered in render(&event, &context) {
            bytes.extend_from_slice(&rendered.bytes);
        }
        watched.after(&event);
    }
    bytes
}

proptest! {
    #[test]
    fn every_event_keeps_to_the_wire(
        texts in prop::collection::vec(text(), 1..40),
        numbers in prop::collection::vec(any::<u16>(), 1..40),
        timestamps in any::<bool>(),
        system_name in "[a-z]{0,4}",
    ) {
        let mut dice = Dice { texts, numbers, at: 0 };
        let mut events = call_events(&mut dice);
        events.extend(bridge_events(&mut dice));
        events.extend(channel_events(&mut dice));
        events.extend(gateway_events(&mut dice));
        events.extend(host_events(&mut dice));
        events.extend(security_events(&mut dice));
        let bytes = stream(events, timestamps, &system_name);
        let found = check_ami(&bytes);
        prop_assert!(found.is_empty(), "{:#?}\n{}", found, String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn the_causes_of_both_tables_are_the_same() {
    for cause in ucx_facts::causes() {
        assert_eq!(Cause(cause.code).text(), cause.text);
        assert_eq!(Cause(cause.code).name(), Some(cause.name));
    }
}
