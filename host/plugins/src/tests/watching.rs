//! Is what is put into the folder taken, and only when it is whole?

use std::time::{Duration, Instant};

use super::{Bed, component, first_target};
use crate::{PluginEvent, Target};

async fn until(bed: &Bed, what: impl Fn(&[PluginEvent]) -> bool) {
    let began = Instant::now();
    while !what(&bed.host.recent()) {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "{:?}",
            bed.host.recent()
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn activated(events: &[PluginEvent], number: u64) -> bool {
    events
        .iter()
        .any(|event| matches!(event, PluginEvent::Activated { generation, .. } if *generation == number))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_is_taken_from_the_folder_when_it_is_whole() {
    let bed = Bed::new("watch");
    let folder = bed.folder.0.join("plugins");
    std::fs::create_dir_all(&folder).unwrap();
    let _watch = bed.host.watch(&folder).unwrap();
    let whole = std::fs::read(component("prefix-router")).unwrap();
    let manifest = std::fs::read(component("prefix-router").with_extension("toml")).unwrap();
    bed.folder.write("plugins/router.toml", &manifest);
    // Half of it, and left so for long enough that it is looked at.
    bed.folder.write("plugins/router.wasm", &whole[..whole.len() / 2]);
    until(&bed, |events| {
        events
            .iter()
            .any(|event| matches!(event, PluginEvent::Refused { .. }))
    })
    .await;
    assert!(bed.host.list().is_empty());
    bed.folder.write("plugins/router.wasm", &whole);
    until(&bed, |events| activated(events, 1)).await;
    assert!(matches!(
        first_target(&bed.route("prefix-router", "+4420").await),
        Target::Trunk(_)
    ));
    // A broken successor changes nothing.
    bed.folder.write("plugins/router.wasm", b"\0asm broken");
    let refusals = |events: &[PluginEvent]| {
        events
            .iter()
            .filter(|event| matches!(event, PluginEvent::Refused { .. }))
            .count()
    };
    until(&bed, |events| refusals(events) >= 2).await;
    assert!(matches!(
        first_target(&bed.route("prefix-router", "+4420").await),
        Target::Trunk(_)
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_is_taken_when_its_file_changes() {
    let bed = Bed::new("watch-table");
    let folder = bed.folder.0.join("plugins");
    std::fs::create_dir_all(&folder).unwrap();
    bed.install("prefix-router").await;
    let _watch = bed.host.watch(&folder).unwrap();
    bed.folder
        .write("tables/routes.csv", "prefix,action,target\n+44,endpoint,6123\n");
    let began = Instant::now();
    while first_target(&bed.route("prefix-router", "+4420").await) != Target::Endpoint("6123".to_owned()) {
        assert!(began.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_component_is_taken_once_it_is_granted() {
    let bed = Bed::with("watch-grant", |config| {
        config.grants.plugins.remove("prefix-router");
    });
    let folder = bed.folder.0.join("plugins");
    let from = component("prefix-router");
    bed.folder.write(
        "plugins/router.toml",
        std::fs::read(from.with_extension("toml")).unwrap(),
    );
    bed.folder
        .write("plugins/router.wasm", std::fs::read(&from).unwrap());
    let _watch = bed.host.watch(&folder).unwrap();
    until(&bed, |events| {
        events
            .iter()
            .any(|event| matches!(event, PluginEvent::Refused { reason, .. } if reason.contains("tables")))
    })
    .await;
    assert!(bed.host.check(&from).await.is_err());
    bed.host
        .set_grants(crate::Grants::parse("[plugins.prefix-router]\ntables = ['routes']").unwrap());
    until(&bed, |events| activated(events, 1)).await;
    assert_eq!(bed.host.check(&from).await.unwrap().id, "prefix-router");
    assert_eq!(bed.host.list()[0].generation, 1);
}
