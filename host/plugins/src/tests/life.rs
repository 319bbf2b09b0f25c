//! Bundles and their gates, generations over restarts, and trials.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ucx_bundle::{Bundle, Fault, SecretKey, Trust, TrustedKey};

use super::components::{manifest, router};
use super::{Bed, Folder, component, generation};
use crate::{
    CanaryRules, Decision, GrantChange, Installed, NoVerdict, Order, Placed, PluginEvent, PluginHost,
    QuarantineRules, Refusal, RouteOutcome, RouteRequest, Step, Then, TrialKind,
};

const ID: &str = "swapped";

fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed([seed; 32])
}

/// A bed that trusts the first key and keeps generations in `folder`.
fn bed(name: &str, folder: &Folder) -> Bed {
    let state = folder.0.clone();
    Bed::with(name, |config| {
        let grant = config.grants.plugins["prefix-router-b"].clone();
        config.grants.plugins.insert(ID.to_owned(), grant);
        config.generations = Some(state.join("generations"));
        config.own_grants = Some(state.join("grants.toml"));
        config.trust.add(TrustedKey {
            name: "us".to_owned(),
            key: key(1).public(),
            plugins: Vec::new(),
        });
    })
}

/// A shipped component as a bundle of the plugin `swapped`, unsigned.
fn pack(name: &str, version: &str, more: &str) -> Bundle {
    let from = component(name);
    let text = std::fs::read_to_string(from.with_extension("toml")).unwrap();
    let text = text.replace(&format!("id = \"{name}\""), &format!("id = \"{ID}\""));
    let old = text
        .lines()
        .find(|line| line.starts_with("version"))
        .unwrap()
        .to_owned();
    let text = text.replace(&old, &format!("version = \"{version}\"")) + more;
    Bundle::new(text, std::fs::read(from).unwrap(), None, None).unwrap()
}

/// The same with other asks than the component's own.
fn plain(name: &str, version: &str, rest: &str) -> Bundle {
    let text = format!("id = '{ID}'\nversion = '{version}'\nworlds = ['router']\n{rest}");
    Bundle::new(text, std::fs::read(component(name)).unwrap(), None, None).unwrap()
}

fn by(then: Then) -> Order {
    Order {
        by: "operator".to_owned(),
        then,
        ..Order::default()
    }
}

async fn take(bed: &Bed, bundle: &Bundle, order: Order) -> Result<Installed, Refusal> {
    bed.host.take_bundle(bundle.to_bytes(), order).await
}

async fn install(bed: &Bed, bundle: Bundle) -> Result<Installed, Refusal> {
    take(bed, &bundle.signed(&key(1)), by(Then::Activate)).await
}

/// Which rule decided: the first one plans one group of legs, the second two.
async fn groups(bed: &Bed) -> (u64, usize) {
    let outcome = bed.route(ID, "+442071234567").await;
    let RouteOutcome::Verdict { verdict, generation } = outcome else {
        panic!("no verdict: {outcome:?}")
    };
    let Decision::Connect(groups) = verdict.decision else {
        panic!("not connected")
    };
    (generation, groups.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_bundle_is_taken_and_others_have_each_their_refusal() {
    let folder = Folder::new("gates");
    let bed = bed("gates", &folder);
    let bundle = pack("prefix-router", "1.0.0", "");
    let order = || by(Then::Activate);
    let unsigned = take(&bed, &bundle, order()).await;
    assert_eq!(unsigned, Err(Refusal::Bundle(Fault::Unsigned)));
    let stranger = take(&bed, &bundle.clone().signed(&key(2)), order()).await;
    assert_eq!(
        stranger,
        Err(Refusal::Bundle(Fault::UnknownKey(key(2).public().id())))
    );
    let mut bytes = bundle.clone().signed(&key(1)).to_bytes();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let changed = bed.host.take_bundle(bytes, order()).await;
    assert_eq!(
        changed,
        Err(Refusal::Bundle(Fault::DigestMismatch("component.wasm")))
    );
    let other = Order {
        plugin: Some("other".to_owned()),
        ..order()
    };
    let wanted = take(&bed, &bundle.clone().signed(&key(1)), other).await;
    assert!(matches!(wanted, Err(Refusal::NotThat { .. })), "{wanted:?}");
    let no_version = install(&bed, pack("prefix-router", "1", "")).await;
    assert_eq!(
        no_version,
        Err(Refusal::Bundle(Fault::NotAVersion("1".to_owned())))
    );
    // A manifest that lies about what the component exports.
    let lying = install(&bed, plain("call-monitor", "1.0.0", "")).await;
    assert!(matches!(lying, Err(Refusal::Export(_))), "{lying:?}");
    assert!(bed.host.list().is_empty());
    assert_eq!(bed.host.history(ID).len(), 0);

    let installed = install(&bed, bundle.clone()).await.unwrap();
    assert!(installed.is_active() && installed.generation == 1);
    assert_eq!(groups(&bed).await, (1, 1));
    assert_eq!(bed.host.list()[0].signer.as_deref(), Some("us"));
    assert!(!install(&bed, bundle).await.unwrap().changed);
    let line = &bed.host.history(ID)[0];
    assert_eq!((line.step, line.by.as_str()), (Step::Staged, "operator"));
    assert_eq!(
        line.gates,
        [
            "form",
            "digests",
            "signature",
            "version",
            "grant",
            "compiled",
            "linked",
            "started"
        ]
    );
    let refused = bed.host.recent();
    let refused = refused
        .iter()
        .filter(|event| matches!(event, PluginEvent::Refused { .. }));
    assert_eq!(refused.count(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_version_and_an_unsigned_one_need_a_word() {
    let folder = Folder::new("older");
    let bed = bed("older", &folder);
    install(&bed, pack("prefix-router", "1.10.0", "")).await.unwrap();
    let older = pack("prefix-router-b", "1.9.0", "").signed(&key(1));
    let refused = take(&bed, &older, by(Then::Activate)).await.unwrap_err();
    assert!(refused.to_string().contains("older than 1.10.0"), "{refused}");
    let order = Order {
        is_downgrade: true,
        ..by(Then::Promote)
    };
    assert_eq!(take(&bed, &older, order).await.unwrap().generation, 2);
    // Going down once does not lower the bar.
    let refused = install(&bed, pack("prefix-router", "1.9.5", "")).await;
    assert!(matches!(refused, Err(Refusal::Older { .. })), "{refused:?}");
    let order = Order {
        is_unsigned: true,
        ..by(Then::Promote)
    };
    let taken = take(&bed, &pack("prefix-router", "1.11.0", ""), order)
        .await
        .unwrap();
    assert_eq!((taken.generation, bed.host.list()[0].signer.clone()), (3, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_asks_more_waits_for_a_human() {
    let folder = Folder::new("wider");
    let bed = bed("wider", &folder);
    let modest = pack("prefix-router", "1.0.0", "");
    install(&bed, modest).await.unwrap();
    let changes = [GrantChange::Give("variables".to_owned(), "*".to_owned())];
    bed.host.change_grant(ID, &changes).unwrap();
    let text = pack("prefix-router-b", "1.1.0", "").manifest().to_owned();
    let text = text.replace("[asks]\n", "[asks]\nvariables = [\"VIP\"]\n");
    let greedy = Bundle::new(
        text,
        std::fs::read(component("prefix-router-b")).unwrap(),
        None,
        None,
    )
    .unwrap();
    let staged = install(&bed, greedy).await.unwrap();
    assert_eq!(
        staged.placed,
        Placed::Staged(vec!["variables = [\"VIP\"]".to_owned()])
    );
    assert_eq!(groups(&bed).await, (1, 1));
    assert_eq!(bed.host.list()[0].staged, Some(2));
    let told = bed
        .host
        .recent()
        .into_iter()
        .any(|event| matches!(event, PluginEvent::Staged { generation: 2, .. }));
    assert!(told);
    assert_eq!(bed.host.promote(ID, "operator").await.unwrap().generation, 2);
    assert_eq!(groups(&bed).await, (2, 2));
    assert_eq!(bed.host.promote(ID, "operator").await, Err(Refusal::NothingWaits));
    assert_eq!(bed.host.list()[0].staged, None);
}

#[tokio::test(flavor = "multi_thread")]
#[allow(clippy::too_many_lines)] // one story
async fn the_active_generation_comes_back_after_a_restart_and_one_can_go_back() {
    let folder = Folder::new("restart");
    let first = bed("restart", &folder);
    install(&first, pack("prefix-router", "1.0.0", "")).await.unwrap();
    install(&first, pack("prefix-router-b", "1.1.0", ""))
        .await
        .unwrap();
    assert_eq!(groups(&first).await, (2, 2));
    drop(first);

    let second = bed("restart2", &folder);
    assert!(second.host.list().is_empty());
    second.host.restore().await;
    assert_eq!(groups(&second).await, (2, 2));
    assert_eq!(second.host.list()[0].signer.as_deref(), Some("us"));
    // The first generation is not in memory any more.
    assert_eq!(
        second
            .host
            .roll_back(ID, None, "operator")
            .await
            .unwrap()
            .generation,
        1
    );
    assert_eq!(groups(&second).await, (1, 1));
    assert_eq!(
        second
            .host
            .roll_back(ID, Some(2), "operator")
            .await
            .unwrap()
            .generation,
        2
    );
    assert_eq!(groups(&second).await, (2, 2));
    let missing = second.host.roll_back(ID, Some(7), "operator").await;
    assert_eq!(missing, Err(Refusal::NoSuchGeneration(7)));
    let steps: Vec<_> = second
        .host
        .history(ID)
        .iter()
        .map(|line| (line.step, line.generation))
        .collect();
    let activated = |number| [(Step::Staged, number), (Step::Activated, number)];
    let expected = [
        activated(1).as_slice(),
        &activated(2),
        &[(Step::RolledBack, 1), (Step::RolledBack, 2)],
    ]
    .concat();
    assert_eq!(steps, expected);
    drop(second);

    // Moved by hand while the host is down, and once more while it runs.
    let pointer = folder.0.join("generations").join(ID).join("active");
    std::fs::write(&pointer, "1\n").unwrap();
    let third = bed("restart3", &folder);
    third.host.restore().await;
    assert_eq!(groups(&third).await, (1, 1));
    std::fs::write(&pointer, "2\n").unwrap();
    third.host.follow_pointers().await;
    assert_eq!(groups(&third).await, (2, 2));
    std::fs::write(&pointer, "9\n").unwrap();
    third.host.follow_pointers().await;
    assert_eq!(groups(&third).await, (2, 2));
    assert_eq!(std::fs::read_to_string(&pointer).unwrap(), "2\n");
    assert_eq!(
        install(&third, pack("prefix-router", "1.2.0", ""))
            .await
            .unwrap()
            .generation,
        3
    );
    assert!(third.host.remove_by(ID, "operator"));
    drop(third);
    let fourth = bed("restart4", &folder);
    fourth.host.restore().await;
    assert!(fourth.host.list().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_trusted_no_more_does_not_come_back() {
    let folder = Folder::new("revoked");
    let first = bed("revoked", &folder);
    install(&first, pack("prefix-router", "1.0.0", "")).await.unwrap();
    drop(first);
    let second = bed("revoked2", &folder);
    second.host.set_trust(Trust::default());
    second.host.restore().await;
    assert!(second.host.list().is_empty());
    let told =
        second.host.recent().iter().any(
            |event| matches!(event, PluginEvent::Refused { reason, .. } if reason.contains("not trusted")),
        );
    assert!(told);
}

/// A loose component in the bed's folder, under that version.
fn put(bed: &Bed, name: &str) -> PathBuf {
    let bundle = pack(name, "1.0.0", "");
    bed.folder.write("swapped.toml", bundle.manifest());
    bed.folder.write("swapped.wasm", bundle.component())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loose_file_that_was_gone_back_from_is_not_taken_again() {
    let folder = Folder::new("loose");
    let first = bed("loose", &folder);
    first.host.install(&put(&first, "prefix-router")).await.unwrap();
    let path = put(&first, "prefix-router-b");
    assert_eq!(first.host.install(&path).await.unwrap().generation, 2);
    first.host.roll_back(ID, None, "operator").await.unwrap();
    let again = first.host.install(&path).await.unwrap();
    assert_eq!((again.generation, again.changed), (1, false));
    // The same over a restart, as the watch does it.
    let second = bed("loose2", &folder);
    second.host.restore().await;
    assert!(!second.host.install(&path).await.unwrap().changed);
    assert_eq!(groups(&second).await, (1, 1));
    // Other rights are another matter for the active one.
    let changes = [GrantChange::Give("memory-kib".to_owned(), "10000".to_owned())];
    second.host.change_grant(ID, &changes).unwrap();
    assert_eq!(
        second
            .host
            .install(&put(&first, "prefix-router"))
            .await
            .unwrap()
            .generation,
        3
    );
    // Nor does what was taken out come back from its old file.
    let path = put(&first, "prefix-router");
    second.host.install(&path).await.unwrap();
    assert!(second.host.remove_by(ID, "operator"));
    assert!(!second.host.install(&path).await.unwrap().changed);
    assert!(second.host.list().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_for_signed_bundles_takes_no_loose_file() {
    let bed = Bed::with("signed-only", |config| config.is_signed_only = true);
    let refusal = bed.host.install(&component("prefix-router")).await;
    assert_eq!(refusal, Err(Refusal::SignedOnly));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_in_the_folder_is_taken_once_and_only_signed() {
    let folder = Folder::new("dropped");
    let first = bed("dropped", &folder);
    let path = |name: &str| first.folder.0.join(name);
    std::fs::write(path("no.ucx"), pack("prefix-router", "1.0.0", "").to_bytes()).unwrap();
    let refusal = first.host.take_dropped(&path("no.ucx")).await;
    assert_eq!(refusal, Err(Refusal::Bundle(Fault::Unsigned)));
    for (name, version) in [("prefix-router", "1.0.0"), ("prefix-router-b", "1.1.0")] {
        let bundle = pack(name, version, "").signed(&key(1));
        std::fs::write(path(version), bundle.to_bytes()).unwrap();
        assert!(first.host.take_dropped(&path(version)).await.unwrap().is_some());
    }
    assert_eq!(groups(&first).await, (2, 2));
    first.host.roll_back(ID, None, "operator").await.unwrap();
    assert_eq!(first.host.take_dropped(&path("1.1.0")).await, Ok(None));
    assert_eq!(groups(&first).await, (1, 1));
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..500 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what} never came");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shadow_is_asked_without_effect_and_reports_where_it_differs() {
    let folder = Folder::new("shadow");
    let bed = bed("shadow", &folder);
    install(&bed, pack("prefix-router", "1.0.0", "")).await.unwrap();
    let shadow = pack("prefix-router-b", "1.1.0", "").signed(&key(1));
    let placed = take(&bed, &shadow, by(Then::Shadow)).await.unwrap();
    assert_eq!((placed.placed, placed.generation), (Placed::Shadow, 2));
    assert_eq!(groups(&bed).await, (1, 1));
    bed.route(ID, "6012345").await;
    let host = Arc::clone(&bed.host);
    until("the shadow's second verdict", || {
        host.trial(ID).unwrap().asked == 2
    })
    .await;
    let report = bed.host.trial(ID).unwrap();
    assert_eq!((report.kind, report.failed), (TrialKind::Shadow, 0));
    assert_eq!((report.agreed, report.disagreements.len()), (0, 2));
    let differs = report
        .disagreements
        .iter()
        .any(|one| one.dialled == "+442071234567");
    assert!(differs, "{:?}", report.disagreements);
    assert!(report.disagreements[0].active != report.disagreements[0].shadow);
    assert_eq!(bed.host.list()[0].verdicts, 2);
    // Promoted, it is a generation like any other.
    assert_eq!(bed.host.promote(ID, "operator").await.unwrap().generation, 2);
    assert_eq!(groups(&bed).await, (2, 2));
    assert_eq!(bed.host.trial(ID), None);
    // The same component under a later version says the same.
    let same = pack("prefix-router-b", "1.2.0", "").signed(&key(1));
    take(&bed, &same, by(Then::Shadow)).await.unwrap();
    assert_eq!(groups(&bed).await, (2, 2));
    until("the verdict of the second shadow", || {
        host.trial(ID).unwrap().asked == 1
    })
    .await;
    assert_eq!(bed.host.trial(ID).unwrap().agreed, 1);
}

/// Asks about one call after the other until the trial is over; the calls each generation got.
async fn calls(bed: &Bed, most: u64) -> (u64, u64) {
    let (mut first, mut second) = (0, 0);
    for call in 0..most {
        let request = RouteRequest::new(format!("call-{call}"), "+442071234567");
        match generation(&bed.host.route(ID, request).await) {
            1 => first += 1,
            _ => second += 1,
        }
        if bed.host.trial(ID).is_none() {
            break;
        }
    }
    (first, second)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_gets_its_share_and_becomes_the_active_one() {
    let folder = Folder::new("canary");
    let bed = bed("canary", &folder);
    install(&bed, pack("prefix-router", "1.0.0", "")).await.unwrap();
    let rules = CanaryRules {
        share: 30,
        decisions: 40,
        errors: 0,
    };
    let canary = pack("prefix-router-b", "1.1.0", "").signed(&key(1));
    let placed = take(&bed, &canary, by(Then::Canary(rules))).await.unwrap();
    assert_eq!(placed.placed, Placed::Canary);
    let request = || RouteRequest::new("one-call", "+442071234567");
    let once = generation(&bed.host.route(ID, request()).await);
    assert_eq!(
        generation(&bed.host.route(ID, request()).await),
        once,
        "a call moved between generations"
    );
    let (old, new) = calls(&bed, 400).await;
    assert!(new <= 40 && (50..150).contains(&old), "{old} and {new}");
    assert_eq!(groups(&bed).await, (2, 2));
    assert_eq!(bed.host.history(ID).last().unwrap().step, Step::Activated);
    assert_eq!(bed.host.history(ID).last().unwrap().by, "host");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_that_fails_is_dropped_and_one_that_asks_more_waits() {
    let folder = Folder::new("canary-bad");
    let bed = bed("canary-bad", &folder);
    install(&bed, pack("prefix-router", "1.0.0", "")).await.unwrap();
    let rules = CanaryRules {
        share: 50,
        decisions: 20,
        errors: 2,
    };
    let traps = router("(memory (export \"memory\") 1)", "unreachable");
    let text = format!("id = '{ID}'\nversion = '1.1.0'\nworlds = ['router']\n");
    let traps = Bundle::new(text, traps, None, None).unwrap().signed(&key(1));
    take(&bed, &traps, by(Then::Canary(rules))).await.unwrap();
    let (_, failed) = calls(&bed, 200).await;
    assert_eq!(failed, 3, "the budget is two");
    assert_eq!(groups(&bed).await, (1, 1));
    assert_eq!(bed.host.history(ID).last().unwrap().step, Step::Dropped);
    let told = bed
        .host
        .recent()
        .into_iter()
        .any(|event| matches!(event, PluginEvent::TrialFailed { .. }));
    assert!(told);
    assert!(bed.host.end_trial(ID, "operator").is_err());

    let changes = [GrantChange::Give("variables".to_owned(), "*".to_owned())];
    bed.host.change_grant(ID, &changes).unwrap();
    let text = pack("prefix-router-b", "1.2.0", "").manifest().to_owned();
    let text = text.replace("[asks]\n", "[asks]\nvariables = [\"VIP\"]\n");
    let wasm = std::fs::read(component("prefix-router-b")).unwrap();
    let greedy = Bundle::new(text, wasm, None, None).unwrap().signed(&key(1));
    take(&bed, &greedy, by(Then::Canary(rules))).await.unwrap();
    calls(&bed, 200).await;
    assert_eq!(groups(&bed).await, (1, 1));
    assert_eq!(bed.host.list()[0].staged, Some(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn trials_are_for_routers_beside_a_router() {
    let folder = Folder::new("no-trial");
    let bed = bed("no-trial", &folder);
    let bundle = pack("prefix-router", "1.0.0", "").signed(&key(1));
    let alone = take(&bed, &bundle, by(Then::Shadow)).await;
    assert!(matches!(alone, Err(Refusal::NoTrial(_))), "{alone:?}");
    assert!(bed.host.list().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_input_that_traps_again_and_again_is_not_tried_for_a_while() {
    let bed = Bed::with("quarantine", |config| {
        config.quarantine = Some(QuarantineRules::default())
    });
    bed.install("rogue").await;
    let mut reasons = Vec::new();
    for call in 0..5 {
        let outcome = bed
            .host
            .route("rogue", RouteRequest::new(call.to_string(), "trap"))
            .await;
        let RouteOutcome::Fallback { reason, .. } = outcome else {
            panic!("it decided: {outcome:?}")
        };
        reasons.push(reason);
    }
    assert!(
        reasons[..3]
            .iter()
            .all(|reason| matches!(reason, NoVerdict::Trapped(_))),
        "{reasons:?}"
    );
    assert_eq!(reasons[3..], [NoVerdict::Quarantined, NoVerdict::Quarantined]);
    assert_eq!(bed.host.list()[0].quarantined, 1);
    let other = bed.route("rogue", "recursion").await;
    let RouteOutcome::Fallback { reason, .. } = other else {
        panic!("it decided")
    };
    assert_ne!(reason, NoVerdict::Quarantined);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_is_inspected_without_running_it() {
    let folder = Folder::new("inspect");
    let bed = bed("inspect", &folder);
    let bundle = pack("prefix-router-b", "1.0.0", "").signed(&key(1));
    let path = bed.folder.write("x.ucx", bundle.to_bytes());
    let seen = bed.host.inspect(&path).await.unwrap();
    assert_eq!(seen.signer.unwrap().name, "us");
    assert_eq!(seen.manifest.version, "1.0.0");
    assert!(
        seen.exports
            .iter()
            .any(|export| export.starts_with("ucx:call/router")),
        "{:?}",
        seen.exports
    );
    assert!(seen.memory > 0 && seen.lacks.is_none());
    assert!(seen.asks.iter().all(|ask| ask.is_granted));
    let bare = PluginHost::new(
        crate::PluginHostConfig::new([1; 32]),
        tokio::runtime::Handle::current(),
    )
    .unwrap();
    let seen = bare.inspect(&path).await.unwrap();
    assert!(matches!(seen.signer, Err(Fault::UnknownKey(_))));
    assert!(seen.lacks.unwrap().contains("tables = [\"routes\"]"));
    let junk = bed.folder.write("junk.ucx", manifest("x"));
    assert_eq!(bare.inspect(&junk).await, Err(Refusal::Bundle(Fault::NotABundle)));
}
