//! Do the interfaces only grow? Each released text of a package is held against the present one, item by item, and each
//! released component is loaded.
#![allow(clippy::wildcard_enum_match_arm)] // kinds of WIT types that no package uses are compared by their names

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use wit_parser::{FunctionKind, Handle, InterfaceId, Resolve, Type, TypeDefKind, TypeId, WorldItem};

use super::Bed;
use super::components::PACKAGES;
use crate::Grants;

/// Every item of a contract by its name, written out.
type Items = BTreeMap<String, String>;

fn wit() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit")
}

fn own() -> impl Iterator<Item = &'static str> {
    PACKAGES
        .into_iter()
        .filter(|package| !package.starts_with("deps/"))
}

/// The packages of a folder, over the standard ones.
fn contract(folder: &Path) -> Resolve {
    let mut resolve = Resolve::default();
    for package in PACKAGES {
        let place = if package.starts_with("deps/") {
            wit()
        } else {
            folder.to_owned()
        };
        resolve.push_path(place.join(package)).unwrap();
    }
    resolve
}

/// All items of our own packages, and the interfaces that components export.
fn items(resolve: &Resolve) -> (Items, BTreeSet<String>) {
    let (mut items, mut exported) = (Items::new(), BTreeSet::new());
    for (_, package) in resolve
        .packages
        .iter()
        .filter(|(_, package)| package.name.namespace == "ucx")
    {
        for id in package.interfaces.values() {
            interface(resolve, *id, &mut items);
        }
        for (name, world) in &package.worlds {
            let world = &resolve.worlds[*world];
            let of = format!("world {}/{name}", package.name);
            for key in world.imports.keys() {
                items.insert(
                    format!("{of} imports {}", resolve.name_world_key(key)),
                    String::new(),
                );
            }
            for (key, item) in &world.exports {
                let name = resolve.name_world_key(key);
                items.insert(format!("{of} exports {name}"), String::new());
                if let WorldItem::Interface { id, .. } = item {
                    exported.insert(resolve.id_of(*id).unwrap());
                }
            }
        }
    }
    (items, exported)
}

fn interface(resolve: &Resolve, id: InterfaceId, items: &mut Items) {
    let name = resolve.id_of(id).unwrap();
    let interface = &resolve.interfaces[id];
    items.insert(format!("interface {name}"), String::new());
    for (word, id) in &interface.types {
        items.insert(format!("type {name}.{word}"), definition(resolve, *id));
    }
    for (word, function) in &interface.functions {
        let takes: Vec<String> = function
            .params
            .iter()
            .map(|param| format!("{}: {}", param.name, written(resolve, &param.ty)))
            .collect();
        let gives = function.result.as_ref().map(|result| written(resolve, result));
        let kind = match function.kind {
            FunctionKind::Freestanding => "function",
            FunctionKind::Method(_) => "method",
            FunctionKind::Static(_) => "static",
            FunctionKind::Constructor(_) => "constructor",
            _ => "async",
        };
        items.insert(
            format!("function {name}.{word}"),
            format!("{kind}({}) -> {}", takes.join(", "), gives.unwrap_or_default()),
        );
    }
}

/// What stands behind a type's name.
fn definition(resolve: &Resolve, id: TypeId) -> String {
    let field = |name: &str, of: Option<&Type>| match of {
        Some(of) => format!("{name}: {}", written(resolve, of)),
        None => name.to_owned(),
    };
    let joined = |fields: Vec<String>| fields.join(", ");
    match &resolve.types[id].kind {
        TypeDefKind::Record(record) => {
            let fields = record.fields.iter().map(|of| field(&of.name, Some(&of.ty)));
            format!("record {{{}}}", joined(fields.collect()))
        }
        TypeDefKind::Variant(variant) => {
            let cases = variant.cases.iter().map(|of| field(&of.name, of.ty.as_ref()));
            format!("variant {{{}}}", joined(cases.collect()))
        }
        TypeDefKind::Enum(of) => format!(
            "enum {{{}}}",
            joined(of.cases.iter().map(|of| of.name.clone()).collect())
        ),
        TypeDefKind::Flags(of) => format!(
            "flags {{{}}}",
            joined(of.flags.iter().map(|of| of.name.clone()).collect())
        ),
        TypeDefKind::Resource => "resource".to_owned(),
        _ => structure(resolve, id),
    }
}

/// A type as another item mentions it: by its name if it has one.
fn written(resolve: &Resolve, of: &Type) -> String {
    let Type::Id(id) = of else {
        return format!("{of:?}");
    };
    let definition = &resolve.types[*id];
    match (&definition.name, definition.owner) {
        (Some(name), wit_parser::TypeOwner::Interface(owner)) => {
            let whose = resolve.id_of(owner).unwrap_or_default();
            match &definition.kind {
                // A name that another interface's type has here is that type.
                TypeDefKind::Type(original @ Type::Id(_)) => written(resolve, original),
                _ => format!("{whose}.{name}"),
            }
        }
        _ => structure(resolve, *id),
    }
}

fn structure(resolve: &Resolve, id: TypeId) -> String {
    let of = |of: &Type| written(resolve, of);
    let maybe = |of: &Option<Type>| {
        of.as_ref()
            .map_or_else(|| "_".to_owned(), |of| written(resolve, of))
    };
    match &resolve.types[id].kind {
        TypeDefKind::Option(inner) => format!("option<{}>", of(inner)),
        TypeDefKind::List(inner) => format!("list<{}>", of(inner)),
        TypeDefKind::Result(result) => format!("result<{}, {}>", maybe(&result.ok), maybe(&result.err)),
        TypeDefKind::Tuple(tuple) => format!(
            "tuple<{}>",
            tuple.types.iter().map(of).collect::<Vec<_>>().join(", ")
        ),
        TypeDefKind::Handle(Handle::Own(id)) => format!("own<{}>", of(&Type::Id(*id))),
        TypeDefKind::Handle(Handle::Borrow(id)) => format!("borrow<{}>", of(&Type::Id(*id))),
        TypeDefKind::Type(inner) => of(inner),
        other => other.as_str().to_owned(),
    }
}

/// What in `new` would break a component that was compiled against `old`.
fn breaking(old: &Resolve, new: &Resolve) -> Vec<String> {
    let ((old, exported), (new, _)) = (items(old), items(new));
    let mut broken = Vec::new();
    for (name, before) in &old {
        match new.get(name) {
            None => broken.push(format!("{name} is gone")),
            Some(now) if now != before => broken.push(format!("{name} was\n  {before}\nand is\n  {now}")),
            Some(_) => {}
        }
    }
    for name in new.keys().filter(|name| !old.contains_key(*name)) {
        let in_export = name.strip_prefix("function ").is_some_and(|function| {
            exported
                .iter()
                .any(|interface| function.starts_with(&format!("{interface}.")))
        });
        let world = name
            .strip_prefix("world ")
            .and_then(|name| name.split_once(" exports "));
        let in_world = world.is_some_and(|(world, _)| {
            old.keys()
                .any(|name| name.starts_with(&format!("world {world} ")))
        });
        if in_export || in_world {
            broken.push(format!("{name} is new, and old components lack it"));
        }
    }
    broken
}

#[test]
fn within_a_major_version_the_interfaces_only_grow() {
    let now = contract(&wit());
    let mut seen = 0;
    for released in std::fs::read_dir(wit().join("released")).unwrap() {
        let released = released.unwrap().path();
        if !released.is_dir() {
            continue;
        }
        seen += 1;
        let broken = breaking(&contract(&released), &now);
        assert!(
            broken.is_empty(),
            "against {}:\n{}",
            released.display(),
            broken.join("\n")
        );
    }
    assert!(seen > 0, "no release is kept");
}

/// The released packages with one text replaced by another.
fn edited(name: &str, from: &str, to: &str) -> Resolve {
    let folder = super::Folder::new("wit");
    let mut found = false;
    for package in own() {
        for file in std::fs::read_dir(wit().join(package)).unwrap() {
            let file = file.unwrap().path();
            if file.extension().is_none_or(|extension| extension != "wit") {
                continue;
            }
            let mut text = std::fs::read_to_string(&file).unwrap();
            if file.file_name().is_some_and(|file| file == name) {
                found = text.contains(from);
                text = text.replacen(from, to, 1);
            }
            folder.write(
                &format!("{package}/{}", file.file_name().unwrap().to_string_lossy()),
                text,
            );
        }
    }
    assert!(found, "{name} holds no {from:?}");
    contract(&folder.0)
}

#[test]
fn an_edit_that_breaks_components_is_found_and_an_addition_is_none() {
    let now = contract(&wit());
    assert!(breaking(&now, &now).is_empty());
    let added = edited(
        "events.wit",
        "interface subscriber {",
        "interface beside {\n  more: func() -> u32;\n}\n\ninterface subscriber {",
    );
    assert!(breaking(&now, &added).is_empty());
    assert_eq!(
        breaking(&added, &now).len(),
        2,
        "an interface and its function are gone"
    );
    let export = edited(
        "events.wit",
        "interface subscriber {",
        "interface subscriber {\n  also: func() -> u32;\n",
    );
    let broken = breaking(&now, &export);
    assert!(
        broken.len() == 1 && broken[0].contains("old components lack it"),
        "{broken:?}"
    );
    for (name, from, to) in [
        (
            "routing.wit",
            "reason: string,",
            "reason: string,\n    more: string,",
        ),
        ("routing.wit", "reason: string,", "why: string,"),
        ("worlds.wit", "export ucx:call/router@0.1.0;", ""),
    ] {
        assert!(
            !breaking(&now, &edited(name, from, to)).is_empty(),
            "{name}: {from} to {to}"
        );
    }
}

/// All lists of a grant, given whole.
pub(super) fn everything(id: &str) -> String {
    let lists = crate::Grant::default();
    let lists = lists.names().map(|(list, _)| format!("{list} = ['*']\n"));
    format!("[plugins.{id}]\n{}", lists.concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_component_of_the_museum_still_loads() {
    let museum = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/museum");
    let releases = std::fs::read_dir(museum)
        .unwrap()
        .flatten()
        .map(|entry| entry.path());
    let pieces = releases
        .filter(|path| path.is_dir())
        .flat_map(|path| std::fs::read_dir(path).unwrap());
    let pieces = pieces.map(|entry| entry.unwrap().path());
    let pieces: Vec<PathBuf> = pieces
        .filter(|path| path.extension().is_some_and(|extension| extension == "wasm"))
        .collect();
    assert!(pieces.len() >= 2, "{pieces:?}");
    for path in pieces {
        let manifest = std::fs::read_to_string(path.with_extension("toml")).unwrap();
        let id = crate::Manifest::parse(&manifest).unwrap().id;
        let bed = Bed::with("museum", |config| {
            config.grants = Grants::parse(&everything(&id)).unwrap()
        });
        let checked = bed.host.check(&path).await;
        assert!(checked.is_ok(), "{}: {:?}", path.display(), checked.err());
    }
}
