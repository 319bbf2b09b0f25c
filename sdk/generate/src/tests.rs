//! Are the committed files those of the packages as they are now?

use std::path::Path;

use crate::model::{self, Shape, Ty, lower_camel, upper_camel};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

#[test]
fn the_committed_files_are_current() {
    for (path, bytes) in crate::sdk(root()).unwrap() {
        let committed = std::fs::read(&path).unwrap_or_default();
        assert!(
            committed == bytes,
            "{} is not what the WIT packages say; run `cargo xtask sdk`",
            path.display()
        );
    }
}

#[test]
fn handles_and_named_lists_are_told_apart_from_records() {
    let (interfaces, _) = model::read(&root().join("wit")).unwrap();
    let channels = interfaces.iter().find(|i| i.key == "channels").unwrap();
    let Shape::Resource(methods) = &channels.types.iter().find(|t| t.name == "channel").unwrap().shape else {
        panic!("channel is no resource")
    };
    let connect = methods.iter().find(|m| m.name == "connect").unwrap();
    assert_eq!(connect.params[0].1, Ty::Borrow("channels.channel".to_owned()));
    let play = methods.iter().find(|m| m.name == "play").unwrap();
    assert_eq!(
        play.params[0].1,
        Ty::List(Box::new(Ty::Named("media.media-item".to_owned())))
    );
    assert!(interfaces.iter().any(|i| i.key == "wasi_config_store"));
}

#[test]
fn what_has_no_neutral_value_is_asked_for() {
    let (interfaces, _) = model::read(&root().join("wit")).unwrap();
    let fields = |key: &str, name: &str| {
        let interface = interfaces.iter().find(|i| i.key == key).unwrap();
        let Shape::Record(fields) = &interface.types.iter().find(|t| t.name == name).unwrap().shape else {
            panic!("{name} is no record")
        };
        fields
            .iter()
            .map(|f| (f.name.clone(), f.optional))
            .collect::<Vec<_>>()
    };
    assert!(
        fields("media", "gather-spec")
            .iter()
            .all(|(_, optional)| *optional)
    );
    assert!(
        fields("common", "location")
            .iter()
            .all(|(_, optional)| !*optional)
    );
    let request = fields("http", "request");
    assert_eq!(
        request.iter().filter(|(_, optional)| !*optional).count(),
        2,
        "{request:?}"
    );
}

#[test]
fn names_change_their_clothes() {
    assert_eq!(upper_camel("if-exists"), "IfExists");
    assert_eq!(lower_camel("stop-on"), "stopOn");
}
