//! Is only a whole, granted component taken, and does what ran before go on?

use super::{Bed, component, first_target, generation};
use crate::{PluginEvent, Refusal, RouteOutcome, Target};

fn copy(bed: &Bed, name: &str) -> std::path::PathBuf {
    let from = component(name);
    bed.folder.write(
        &format!("{name}.toml"),
        std::fs::read(from.with_extension("toml")).unwrap(),
    );
    bed.folder
        .write(&format!("{name}.wasm"), std::fs::read(from).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_decides_by_the_operators_table() {
    let bed = Bed::new("decides");
    bed.install("prefix-router").await;
    let outcome = bed.route("prefix-router", "+441611234567").await;
    let Target::Trunk(to) = first_target(&outcome) else {
        panic!("no trunk: {outcome:?}")
    };
    assert_eq!((to.trunk.as_str(), to.number.as_str()), ("london", "01611234567"));
    bed.folder
        .write("tables/routes.csv", "prefix,action,target\n+44,endpoint,6009\n");
    bed.host.reload_tables();
    let outcome = bed.route("prefix-router", "+441611234567").await;
    assert_eq!(first_target(&outcome), Target::Endpoint("6009".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_file_is_refused_and_the_old_one_stays() {
    let bed = Bed::new("broken");
    let path = copy(&bed, "prefix-router");
    bed.host.install(&path).await.unwrap();
    let whole = std::fs::read(&path).unwrap();
    for broken in [
        &b""[..],
        b"\0asm",
        &whole[..whole.len() / 2],
        &whole[..whole.len() - 1],
        b"not wasm at all",
    ] {
        std::fs::write(&path, broken).unwrap();
        let refusal = bed.host.install(&path).await.unwrap_err();
        assert!(matches!(refusal, Refusal::NotAComponent(_)), "{refusal}");
        assert_eq!(generation(&bed.route("prefix-router", "+4420").await), 1);
    }
    let refused = bed
        .host
        .recent()
        .into_iter()
        .filter(|event| matches!(event, PluginEvent::Refused { .. }));
    assert_eq!(refused.count(), 5);
    std::fs::write(&path, &whole).unwrap();
    assert!(!bed.host.install(&path).await.unwrap().changed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_core_module_is_no_component() {
    let bed = Bed::new("module");
    bed.folder.write("m.toml", super::components::manifest("m"));
    let path = bed.folder.write("m.wasm", wat::parse_str("(module)").unwrap());
    assert!(matches!(
        bed.host.install(&path).await.unwrap_err(),
        Refusal::NotAComponent(_)
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_and_not_granted_is_named() {
    let bed = Bed::with("ungranted", |config| {
        config.grants.plugins.remove("prefix-router");
    });
    let refusal = bed.host.install(&component("prefix-router")).await.unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "not granted; add to [plugins.prefix-router]: tables = [\"routes\"]"
    );
    assert!(matches!(
        bed.route("prefix-router", "1").await,
        RouteOutcome::Fallback { generation: 0, .. }
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_that_promises_what_is_not_exported_is_refused() {
    let bed = Bed::new("promise");
    let path = copy(&bed, "call-monitor");
    let text = std::fs::read_to_string(path.with_extension("toml")).unwrap();
    std::fs::write(
        path.with_extension("toml"),
        text.replace("event-subscriber", "router"),
    )
    .unwrap();
    let refusal = bed.host.install(&path).await.unwrap_err().to_string();
    assert!(
        refusal.contains("it exports ucx:events/subscriber@0.1.0"),
        "{refusal}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_import_is_named() {
    let text = r#"(component (import "acme:x/y@1.0.0" (instance (export "f" (func)))))"#;
    let bed = Bed::new("import");
    bed.folder.write("i.toml", super::components::manifest("i"));
    let path = bed.folder.write("i.wasm", wat::parse_str(text).unwrap());
    let refusal = bed.host.install(&path).await.unwrap_err();
    assert!(
        matches!(&refusal, Refusal::Import(why) if why.contains("acme:x/y@1.0.0")),
        "{refusal}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn compiled_code_is_kept_for_the_host_alone() {
    use std::os::unix::fs::PermissionsExt;
    let bed = Bed::with("cache", |config| {
        config.cache = Some(std::env::temp_dir().join(format!("ucx-cache-{}", std::process::id())))
    });
    let cache = std::env::temp_dir().join(format!("ucx-cache-{}", std::process::id()));
    bed.install("prefix-router").await;
    assert_eq!(
        std::fs::metadata(&cache).unwrap().permissions().mode() & 0o777,
        0o700
    );
    let kept: Vec<_> = std::fs::read_dir(&cache)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(kept.len(), 1);
    // Spoilt code is not run, but made anew.
    std::fs::write(&kept[0], b"spoilt").unwrap();
    let again = Bed::with("cache2", |config| config.cache = Some(cache.clone()));
    again.install("prefix-router").await;
    assert!(std::fs::metadata(&kept[0]).unwrap().len() > 1000);
    first_target(&again.route("prefix-router", "+4420").await);
    std::fs::set_permissions(&cache, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut config = crate::PluginHostConfig::new([0; 32]);
    config.cache = Some(cache.clone());
    let refused = crate::PluginHost::new(config, tokio::runtime::Handle::current());
    std::fs::remove_dir_all(&cache).unwrap();
    assert!(refused.is_err_and(|why| why.contains("0700")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_may_stand_in_the_component() {
    let bed = Bed::new("embedded");
    let mut wasm = std::fs::read(component("prefix-router")).unwrap();
    let manifest = std::fs::read(component("prefix-router").with_extension("toml")).unwrap();
    let path = bed.folder.write("alone.wasm", &wasm);
    assert!(matches!(
        bed.host.install(&path).await.unwrap_err(),
        Refusal::NoManifest(_)
    ));
    let name = b"ucx:manifest";
    let length = 1 + name.len() + manifest.len();
    assert!((128..16384).contains(&length));
    wasm.extend([
        0,
        (length & 0x7f) as u8 | 0x80,
        (length >> 7) as u8,
        name.len() as u8,
    ]);
    wasm.extend(name);
    wasm.extend(manifest);
    std::fs::write(&path, wasm).unwrap();
    assert_eq!(bed.host.install(&path).await.unwrap().plugin, "prefix-router");
    first_target(&bed.route("prefix-router", "+4420").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_belongs_to_the_file_it_came_from_while_that_is_there() {
    let bed = Bed::new("thief");
    let honest = copy(&bed, "prefix-router");
    bed.host.install(&honest).await.unwrap();
    bed.folder.write(
        "thief.toml",
        "id = 'prefix-router'\nversion = '9'\nworlds = ['router']\n",
    );
    let thief = bed
        .folder
        .write("thief.wasm", std::fs::read(component("always-traps")).unwrap());
    assert_eq!(
        bed.host.install(&thief).await,
        Err(Refusal::Taken(honest.clone()))
    );
    assert!(matches!(
        first_target(&bed.route("prefix-router", "+4420").await),
        Target::Trunk(_)
    ));
    std::fs::remove_file(honest).unwrap();
    assert_eq!(bed.host.install(&thief).await.unwrap().generation, 2);
}
