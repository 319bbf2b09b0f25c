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

pub(super) const PLAN: &str =
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
