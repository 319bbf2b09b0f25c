//! Which package lives on which floor, and what each may import.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::Violation;
use crate::workspace::{Kind, Package, Workspace};

/// The floor of every package; a package imports only what stands on a lower number.
///
/// Floors 0 to 4 are the house. 5 and 6 are its scaffolding: what tests share, then the tests and `xtask`.
pub const FLOORS: &[(&str, u8)] = &[
    ("ucx-call", 0),
    ("ucx-config", 0),
    ("ucx-bundle", 0),
    ("ucx-sip", 1),
    ("ucx-media", 1),
    ("ucx-dialplan", 1),
    ("ucx-switch", 1),
    ("ucx-queue", 1),
    ("ucx-conference", 1),
    ("ucx-parking", 1),
    ("ucx-presence", 1),
    ("ucx-pbx", 2),
    ("ucx-apps", 3),
    ("ucx-records", 3),
    ("ucx-manager", 3),
    ("ucx-gateway", 3),
    ("ucx-application", 3),
    ("ucx-plugins", 3),
    ("ucx-console", 3),
    ("ucx-net", 3),
    ("ucx-phone", 3),
    ("ucx-workshop", 3),
    ("ucx", 4),
    ("ucx-sim", 5),
    ("ucx-facts", 5),
    ("ucx-wire", 6),
    ("ucx-clients", 6),
    ("ucx-interop", 6),
    ("ucx-adversary", 6),
    ("ucx-bench", 6),
    ("ucx-soak", 6),
    ("ucx-features", 6),
    ("ucx-fuzz", 6),
    ("ucx-tidy", 6),
    ("ucx-xtask", 6),
];

/// Imports that a lower number alone would allow and the plan does not: these three know only their wire or language.
const STRANGERS: &[(&str, &str)] = &[
    ("ucx-sip", "ucx-call"),
    ("ucx-media", "ucx-call"),
    ("ucx-dialplan", "ucx-call"),
];

/// Foreign crates that one package alone may import.
const ONLY_FROM: &[(&str, &str)] = &[("wasmtime", "ucx-plugins")];

/// The highest floor without runtimes, clocks, sockets, threads and randomness.
pub const HIGHEST_PURE: u8 = 1;

/// The highest floor whose types are not serialised by derive: each interface owns its wire structs.
const HIGHEST_WITHOUT_SERDE: u8 = 2;

const EFFECTS: &[&str] = &[
    "async-io",
    "async-std",
    "chrono",
    "fastrand",
    "getrandom",
    "instant",
    "jiff",
    "mio",
    "quanta",
    "rand",
    "rayon",
    "smol",
    "socket2",
    "time",
    "tokio",
    "web-time",
];

/// The floor of a package, if it is in the plan.
pub fn floor(package: &str) -> Option<u8> {
    FLOORS
        .iter()
        .find(|(name, _)| *name == package)
        .map(|(_, floor)| *floor)
}

/// Says which members are missing from the plan and which imports go up or sideways.
pub fn imports(workspace: &Workspace) -> Vec<Violation> {
    workspace.packages.iter().flat_map(imports_of).collect()
}

fn imports_of(package: &Package) -> Vec<Violation> {
    let Some(own) = floor(&package.name) else {
        return vec![Violation::whole(
            &package.name,
            "has no floor: add it to FLOORS in tests/tidy",
        )];
    };
    let mut found = Vec::new();
    for import in &package.imports {
        if let Some(owner) = sole_importer(&import.name)
            && owner != package.name
        {
            found.push(Violation::whole(
                &package.name,
                format!("imports {}, which lives in {owner} alone", import.name),
            ));
        }
        let Some(below) = floor(&import.name) else {
            continue;
        };
        if below >= own {
            let rule = format!(
                "floor {own} imports {} on floor {below}: only lower floors may be imported",
                import.name
            );
            found.push(Violation::whole(&package.name, rule));
        }
        if STRANGERS.contains(&(package.name.as_str(), import.name.as_str())) {
            let rule = format!(
                "must not know {}: the drivers translate between the two",
                import.name
            );
            found.push(Violation::whole(&package.name, rule));
        }
    }
    found
}

fn sole_importer(import: &str) -> Option<&'static str> {
    let same = |name: &str| {
        import == name
            || import
                .strip_prefix(name)
                .is_some_and(|rest| rest.starts_with('-'))
    };
    ONLY_FROM
        .iter()
        .find(|(name, _)| same(name))
        .map(|(_, owner)| *owner)
}

/// Says which pure packages reach a runtime, a clock, a socket or randomness, and by which way.
pub fn effects(workspace: &Workspace) -> Vec<Violation> {
    let pure = workspace
        .packages
        .iter()
        .filter(|p| floor(&p.name).is_some_and(|f| f <= HIGHEST_PURE));
    pure.flat_map(|package| effects_of(&package.name, &workspace.normal))
        .collect()
}

fn effects_of(package: &str, normal: &BTreeMap<String, Vec<String>>) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::from([package.to_owned()]);
    let mut ways = VecDeque::from([vec![package.to_owned()]]);
    while let Some(way) = ways.pop_front() {
        let last = way.last().expect("a way holds at least its start");
        for next in normal.get(last).into_iter().flatten() {
            if !seen.insert(next.clone()) {
                continue;
            }
            let longer: Vec<String> = way.iter().chain([next]).cloned().collect();
            let name = next.split(' ').next().unwrap_or_default();
            if EFFECTS.contains(&name) {
                let rule = format!("is pure and reaches {next} by {}", longer.join(" > "));
                found.push(Violation::whole(package, rule));
            } else {
                ways.push_back(longer);
            }
        }
    }
    found
}

/// Says which packages below the interfaces import serde.
pub fn serde(workspace: &Workspace) -> Vec<Violation> {
    let low = workspace
        .packages
        .iter()
        .filter(|p| floor(&p.name).is_some_and(|f| f <= HIGHEST_WITHOUT_SERDE));
    let derives = |p: &&Package| {
        p.imports
            .iter()
            .any(|i| i.name == "serde" && i.kind == Kind::Normal)
    };
    low.filter(derives)
        .map(|p| {
            Violation::whole(
                &p.name,
                "imports serde: wire structs belong to the interfaces above",
            )
        })
        .collect()
}

/// Says which packages would link more than one test program.
pub fn test_programs(workspace: &Workspace) -> Vec<Violation> {
    let mut found = Vec::new();
    for package in &workspace.packages {
        if package.has_tests_folder {
            found.push(Violation::whole(
                &package.folder,
                "has a tests folder: put its tests inside src",
            ));
        }
        if package.test_programs.len() > 1 {
            let rule = format!(
                "links {} test programs ({}): set `test = false` on all but one",
                package.test_programs.len(),
                package.test_programs.join(", ")
            );
            found.push(Violation::whole(&package.name, rule));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Import;

    fn package(name: &str, imports: &[(&str, Kind)]) -> Package {
        Package {
            name: name.to_owned(),
            folder: format!("host/{}", name.trim_start_matches("ucx-")),
            imports: imports
                .iter()
                .map(|(n, k)| Import {
                    name: (*n).to_owned(),
                    kind: *k,
                })
                .collect(),
            test_programs: vec![name.to_owned()],
            has_tests_folder: false,
        }
    }

    fn workspace(packages: &[Package]) -> Workspace {
        let mut normal: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for package in packages {
            let names = package
                .imports
                .iter()
                .filter(|i| i.kind == Kind::Normal)
                .map(|i| i.name.clone());
            normal.insert(package.name.clone(), names.collect());
        }
        Workspace {
            packages: packages.to_vec(),
            normal,
        }
    }

    fn said(found: &[Violation]) -> String {
        found
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn a_lower_floor_may_be_imported() {
        let good = workspace(&[
            package("ucx-switch", &[("ucx-call", Kind::Normal)]),
            package("ucx-net", &[("ucx-sip", Kind::Normal), ("ucx-pbx", Kind::Normal)]),
            package("ucx", &[("ucx-net", Kind::Normal), ("tokio", Kind::Normal)]),
        ]);
        assert_eq!(imports(&good), []);
    }

    #[test]
    fn a_neighbour_may_not_be_imported_even_for_tests() {
        let bad = workspace(&[package("ucx-manager", &[("ucx-application", Kind::Dev)])]);
        assert_eq!(
            said(&imports(&bad)),
            "ucx-manager: floor 3 imports ucx-application on floor 3: only lower floors may be imported"
        );
    }

    #[test]
    fn a_higher_floor_may_not_be_imported() {
        let bad = workspace(&[package("ucx-switch", &[("ucx-pbx", Kind::Normal)])]);
        assert_eq!(imports(&bad).len(), 1, "{}", said(&imports(&bad)));
    }

    #[test]
    fn a_package_without_a_floor_is_named() {
        let bad = workspace(&[package("ucx-attic", &[])]);
        assert!(said(&imports(&bad)).starts_with("ucx-attic: has no floor"));
    }

    #[test]
    fn sip_does_not_know_the_vocabulary_of_calls() {
        let bad = workspace(&[package("ucx-sip", &[("ucx-call", Kind::Normal)])]);
        assert_eq!(
            said(&imports(&bad)),
            "ucx-sip: must not know ucx-call: the drivers translate between the two"
        );
    }

    #[test]
    fn wasmtime_and_its_family_live_in_one_package() {
        let bad = workspace(&[
            package("ucx-net", &[("wasmtime-wasi", Kind::Normal)]),
            package(
                "ucx-plugins",
                &[("wasmtime", Kind::Normal), ("wasmtime-wasi", Kind::Normal)],
            ),
        ]);
        assert_eq!(
            said(&imports(&bad)),
            "ucx-net: imports wasmtime-wasi, which lives in ucx-plugins alone"
        );
    }

    #[test]
    fn an_effect_is_found_through_another_crate() {
        let mut bad = workspace(&[package("ucx-sip", &[("ids", Kind::Normal)])]);
        bad.normal
            .insert("ids".to_owned(), vec!["getrandom 0.3.1".to_owned()]);
        assert_eq!(
            said(&effects(&bad)),
            "ucx-sip: is pure and reaches getrandom 0.3.1 by ucx-sip > ids > getrandom 0.3.1"
        );
    }

    #[test]
    fn an_effect_is_allowed_above_the_pure_floors_and_in_tests() {
        let good = workspace(&[
            package("ucx-pbx", &[("tokio", Kind::Normal)]),
            package("ucx-sip", &[("tokio", Kind::Dev)]),
        ]);
        assert_eq!(effects(&good), []);
    }

    #[test]
    fn serde_stays_with_the_interfaces() {
        let mixed = workspace(&[
            package("ucx-pbx", &[("serde", Kind::Normal)]),
            package("ucx-plugins", &[("serde", Kind::Normal)]),
            package("ucx-call", &[("serde", Kind::Dev)]),
        ]);
        assert_eq!(
            said(&serde(&mixed)),
            "ucx-pbx: imports serde: wire structs belong to the interfaces above"
        );
    }

    #[test]
    fn a_second_test_program_and_a_tests_folder_are_found() {
        let mut two = package("ucx-sip", &[]);
        two.test_programs.push("torture".to_owned());
        two.has_tests_folder = true;
        assert_eq!(test_programs(&workspace(&[two])).len(), 2);
        assert_eq!(test_programs(&workspace(&[package("ucx-sip", &[])])), []);
    }
}
