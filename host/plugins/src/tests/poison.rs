//! What if something else stands where the host keeps compiled code? It is found out, and the component compiled anew.

use std::path::Path;

use super::{Bed, component, first_target};
use crate::Target;

fn kept(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "cwasm"))
        .collect()
}

async fn decides(name: &str, cache: &Path) {
    let bed = Bed::with(name, |config| config.cache = Some(cache.to_owned()));
    bed.host.install(&component("prefix-router")).await.unwrap();
    let outcome = bed.route("prefix-router", "+442071234567").await;
    assert!(matches!(first_target(&outcome), Target::Trunk(to) if to.trunk == "city"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_code_of_this_engine_is_not_run() {
    let bed = Bed::new("poison");
    let cache = bed.folder.0.join("code");
    decides("poison-first", &cache).await;
    let files = kept(&cache);
    assert!(!files.is_empty());
    let good = std::fs::read(&files[0]).unwrap();
    let half = &good[..good.len() / 2];
    let mut foreign = good.clone();
    // Its first bytes are those of the file's form; the engine's version stands behind.
    foreign[16..4096].iter_mut().for_each(|byte| *byte ^= 0xff);
    for (what, bytes) in [
        ("empty", &b""[..]),
        ("text", b"#!/bin/sh\nrm -rf /\n"),
        ("half", half),
        ("foreign", &foreign),
        ("zeros", &vec![0; good.len()]),
    ] {
        for file in &files {
            std::fs::write(file, bytes).unwrap();
        }
        decides(what, &cache).await;
        let again = std::fs::read(&files[0]).unwrap();
        assert_ne!(again, bytes, "{what} is still kept");
    }
}
