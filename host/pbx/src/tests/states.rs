//! Devices, hints, contacts and the database as the whole host has them.

use super::apps::registry;
use crate::testing::{Phone, World, run};
use crate::{DatabaseChange, Pbx, PbxConfig};
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{Action, DeviceState, EventKind, ExtensionState, Refusal};

const PLAN: &str = "[globals]\nDOOR=Custom:door\n[main]\nexten => 100,1,Call(PJSIP/bob)\nexten => 500,1,Play(hello)\nexten => 1002,hint,PJSIP/bob\nexten => 800,hint,${DOOR}\nexten => _7XX,hint,Custom:${EXTEN}\n";

fn test(test: impl AsyncFnOnce(&mut World)) {
    run(PLAN, registry(), test);
}

/// Capture `calls/answered_callee_hangup`, with the hints of capture `blf/dialog_info`.
#[test]
fn a_call_is_told_with_the_states_of_its_devices() {
    test(async |world| {
        world.endpoints(&["alice", "bob"]);
        world.phone(
            "bob",
            Phone::AnswersAndLeaves(Duration::from_secs(1), Duration::from_secs(1)),
        );
        world.call("100");
        world.until_over().await;
        assert_eq!(
            world.record().states(),
            [
                "PJSIP/alice NOT_INUSE",
                "PJSIP/bob NOT_INUSE",
                "1002 0",
                "PJSIP/bob RINGING",
                "1002 8",
                "PJSIP/alice INUSE",
                "PJSIP/bob INUSE",
                "1002 1",
                "PJSIP/bob NOT_INUSE",
                "1002 0",
                "PJSIP/alice NOT_INUSE",
            ]
        );
        let sequences: Vec<_> = world.record().events.iter().map(|event| event.sequence).collect();
        assert!(sequences.windows(2).all(|pair| pair[0] + 1 == pair[1]));
    });
}

#[test]
fn hints_know_globals_and_patterns() {
    test(async |world| {
        let desk = &world.desk;
        desk.set_device_state("Custom:door", DeviceState::InUse)
            .await
            .unwrap();
        desk.set_device_state("Custom:711", DeviceState::Ringing)
            .await
            .unwrap();
        let view = desk.extension_state("main", "800").await.unwrap().unwrap();
        assert_eq!((&*view.hint, view.state), ("Custom:door", ExtensionState::InUse));
        let view = desk.extension_state("main", "711").await.unwrap().unwrap();
        assert_eq!((&*view.hint, view.state), ("Custom:711", ExtensionState::Ringing));
        assert_eq!(desk.extension_state("main", "100").await.unwrap(), None);
        let listed: Vec<_> = desk.extension_states().await.unwrap();
        let listed: Vec<_> = listed.iter().map(|view| &*view.exten).collect();
        assert_eq!(listed, ["1002", "800"]);
        let states = desk.device_states().await.unwrap();
        assert_eq!(states.len(), 2);
        assert!(desk.delete_device_state("Custom:711").await.unwrap());
    });
}

#[test]
fn a_contact_that_goes_takes_its_device_away() {
    test(async |world| {
        let text = "[frank]\ntype=endpoint\naors=frank\n[frank]\ntype=aor\nmax_contacts=1\n";
        let (config, _) = ucx_config::parse_text("pjsip.conf", text);
        world.pbx.set_pjsip(Arc::new(ucx_config::pjsip::load(&config).0));
        let (aor, contact): (Arc<str>, Arc<str>) = (Arc::from("frank"), Arc::from("sip:frank@192.0.2.9"));
        let added = EventKind::ContactAdded {
            aor: aor.clone(),
            contact: contact.clone(),
            expires_s: 60,
            user_agent: Some(Arc::from("phone")),
        };
        world.pbx.publish(added);
        world.pbx.describe_contact(
            "frank",
            &contact,
            Some(Arc::from("192.0.2.9:5060")),
            Some(Arc::from("call-1")),
        );
        let contacts = world.desk.contacts().await.unwrap();
        assert_eq!(
            (&*contacts[0].endpoint, contacts[0].expires_at),
            ("frank", Some(Duration::from_secs(60)))
        );
        assert_eq!(contacts[0].call_id.as_deref(), Some("call-1"));
        let status = |status| EventKind::ContactStatus {
            endpoint: aor.clone(),
            aor: aor.clone(),
            contact: contact.clone(),
            status,
            round_trip: None,
        };
        world.pbx.publish(status("Unreachable"));
        world.pbx.publish(status("Reachable"));
        world.pbx.publish(EventKind::ContactRemoved {
            aor: aor.clone(),
            contact: contact.clone(),
            reason: "expired",
        });
        assert!(world.desk.contacts().await.unwrap().is_empty());
        assert_eq!(
            world.record().states(),
            [
                "UNAVAILABLE",
                "NOT_INUSE",
                "UNAVAILABLE",
                "NOT_INUSE",
                "UNAVAILABLE"
            ]
            .map(|state| format!("PJSIP/frank {state}"))
        );
    });
}

#[test]
fn requests_that_concern_no_channel_reach_the_drivers() {
    test(async |world| {
        world.endpoints(&["bob"]);
        world.desk.qualify("bob").await.unwrap();
        assert!(matches!(
            world.desk.qualify("none").await,
            Err(Refusal::Invalid(_))
        ));
        assert!(world.desk.register("none", true).await.is_err());
        world.desk.register("*all", true).await.unwrap();
        let header = |value: &str| vec![(Arc::from("Event"), Arc::from(value))];
        world.desk.notify("bob", header("check-sync")).await.unwrap();
        let injected = world.desk.notify("bob", header("a\r\nVia: b")).await;
        assert!(matches!(injected, Err(Refusal::Invalid(_))));
        world.pass(10).await;
        let asked = world.record().actions.iter().filter(|action| {
            matches!(
                action,
                Action::Qualify { .. } | Action::Register { .. } | Action::Notify { .. }
            )
        });
        assert_eq!(asked.count(), 3);
    });
}

#[test]
fn states_that_were_set_come_back_from_the_database() {
    test(async |world| {
        let mut changes = world.pbx.database_changes();
        world
            .pbx
            .set_device_state("Custom:door", DeviceState::Busy)
            .unwrap();
        world
            .pbx
            .set_presence_state("CustomPresence:door", "away", "lunch", "back, at one")
            .unwrap();
        let rows: Vec<_> = std::iter::from_fn(|| changes.try_recv().ok())
            .filter_map(|change| match change {
                DatabaseChange::Put { path, value } => Some((path, value)),
                DatabaseChange::Delete { .. } | DatabaseChange::DeleteTree { .. } => None,
            })
            .collect();
        assert_eq!(rows.len(), 2);
        let again = Pbx::new(PbxConfig {
            database: rows,
            ..PbxConfig::default()
        });
        assert_eq!(again.device_state("Custom:door"), DeviceState::Busy);
        let person = again.presence_state("CustomPresence:door").unwrap();
        assert_eq!((&*person.status, &*person.message), ("away", "back, at one"));
        assert_eq!(again.database_tree("").len(), 2);
    });
}

#[test]
fn rows_are_read_and_written_at_the_desk() {
    test(async |world| {
        let desk = &world.desk;
        desk.database_put("fam", "k1", "one").await.unwrap();
        desk.database_put("fam/sub", "k2", "two").await.unwrap();
        assert!(desk.database_put("fam", "", "x").await.is_err());
        assert_eq!(
            desk.database_get("fam", "k1").await.unwrap().as_deref(),
            Some("one")
        );
        assert_eq!(desk.database_tree("/fam/sub").await.unwrap().len(), 1);
        assert!(desk.database_delete("fam", "k1").await.unwrap());
        assert_eq!(desk.database_delete_tree("fam", Some("sub")).await.unwrap(), 1);
        assert_eq!(desk.database_tree("").await.unwrap(), []);
    });
}

#[test]
fn events_for_tests_are_only_published_when_they_are_wanted() {
    test(async |world| {
        world.pbx.test_event("PLAYBACK", &[("File", "hello")]);
        assert_eq!(
            world
                .record()
                .count(|kind| matches!(kind, EventKind::Test { .. })),
            1
        );
        let quiet = Pbx::new(PbxConfig::default());
        let mut events = quiet.subscribe(crate::SubscribeSpec::all("none")).unwrap();
        quiet.test_event("PLAYBACK", &[]);
        assert_eq!(events.try_recv(), None);
    });
}
