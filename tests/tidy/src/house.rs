//! The rules, held against this very repository.

use std::sync::LazyLock;

use crate::source::{Text, test_files, texts};
use crate::workspace::{Workspace, read, root};
use crate::{Violation, floors, pages, purity, words};

static WORKSPACE: LazyLock<Workspace> =
    LazyLock::new(|| read(&root()).unwrap_or_else(|error| panic!("cargo metadata: {error}")));

static TEXTS: LazyLock<Vec<Text>> =
    LazyLock::new(|| texts(&root()).unwrap_or_else(|error| panic!("reading the repository: {error}")));

fn none(found: Vec<Violation>) {
    let said: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert!(found.is_empty(), "{} broken:\n{}", found.len(), said.join("\n"));
}

#[test]
fn imports_go_down_the_floors() {
    none(floors::imports(&WORKSPACE));
}

#[test]
fn pure_floors_reach_no_effect() {
    none(floors::effects(&WORKSPACE));
}

#[test]
fn types_below_the_interfaces_are_not_serialised() {
    none(floors::serde(&WORKSPACE));
}

#[test]
fn each_crate_links_one_test_program() {
    none(floors::test_programs(&WORKSPACE));
}

#[test]
fn pure_sources_name_no_effect() {
    let tests = test_files(&TEXTS);
    let pure = |path: &str| {
        let owner = WORKSPACE
            .packages
            .iter()
            .find(|p| path.starts_with(&format!("{}/src/", p.folder)));
        owner
            .and_then(|p| floors::floor(&p.name))
            .is_some_and(|f| f <= floors::HIGHEST_PURE)
    };
    let sources: Vec<&Text> = TEXTS
        .iter()
        .filter(|t| t.is_rust() && pure(&t.path) && !tests.contains(&t.path))
        .collect();
    assert!(!sources.is_empty(), "no source of the pure floors was found");
    none(
        sources
            .iter()
            .flat_map(|t| purity::check(&t.path, &t.body))
            .collect(),
    );
}

#[test]
fn no_text_holds_a_forbidden_word() {
    none(TEXTS.iter().flat_map(words::forbidden).collect());
}

#[test]
fn every_rust_file_says_what_it_answers() {
    none(TEXTS.iter().filter_map(words::opening).collect());
}

#[test]
fn only_measurements_are_left_out() {
    none(TEXTS.iter().flat_map(words::ignored).collect());
}

#[test]
fn lines_end_without_blanks() {
    none(TEXTS.iter().flat_map(words::line_ends).collect());
}

#[test]
fn guests_do_not_import_the_host() {
    let outside = |t: &&Text| {
        t.path.ends_with("Cargo.toml") && ["plugins/", "sdk/"].iter().any(|f| t.path.starts_with(f))
    };
    let imports_host = |t: &&Text| t.body.contains("../host/");
    none(
        TEXTS
            .iter()
            .filter(outside)
            .filter(imports_host)
            .map(|t| {
                Violation::whole(
                    &t.path,
                    "imports a host crate: guests know the WIT packages alone",
                )
            })
            .collect(),
    );
}

#[test]
fn architecture_and_decisions_are_complete() {
    let folders: Vec<String> = WORKSPACE.packages.iter().map(|p| p.folder.clone()).collect();
    none(pages::check(&TEXTS, &folders));
}
