//! The part of the page with the details that break clients, and which tests are named after each.

use super::super::credit::{Credit, Row};
use super::{Count, Page, Standing};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

pub(super) fn part(
    (credit, gotchas): (&Credit, &str),
    tests: &BTreeMap<u32, BTreeSet<String>>,
    page: &mut Page,
) {
    let mut done = Count::default();
    page.head("Details that break clients", &["no.", "what", "test"]);
    for row in gotchas.lines().skip(1) {
        let columns: Vec<&str> = row.split('\t').collect();
        let [number, what, why] = columns[..] else {
            continue;
        };
        let key: u32 = number.parse().unwrap_or(0);
        if !why.is_empty() {
            done.add(Standing::NotBuilt);
            page.line(&[number, what, &format!("does not apply: {why}")]);
            continue;
        }
        let mut named: BTreeSet<String> = tests.get(&key).cloned().unwrap_or_default();
        named.extend(credit.rows.get(&Row::Gotcha(key)).cloned());
        if named.is_empty() {
            done.add(Standing::NoCase);
            page.missing("detail", number, what);
            named.insert("no case".to_owned());
        } else {
            done.add(Standing::Proved);
        }
        let named: Vec<String> = named.into_iter().collect();
        page.line(&[number, what, &named.join(", ")]);
    }
    page.counts.push(("Details that break clients", done));
}

/// Tests of the crates that carry the number of a detail in their name.
pub fn tests_of_crates(root: &Path) -> BTreeMap<u32, BTreeSet<String>> {
    let mut found: BTreeMap<u32, BTreeSet<String>> = BTreeMap::new();
    let mut folders = vec![root.join("host"), root.join("tests")];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() && !path.ends_with("target") {
                folders.push(path);
                continue;
            }
            if path.extension().is_none_or(|kind| kind != "rs") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            for name in text.lines().filter_map(named_test) {
                let Some(number) = super::super::play::gotcha(name) else {
                    continue;
                };
                let package = path.strip_prefix(root).unwrap_or(&path);
                let package: Vec<_> = package.components().take(2).collect();
                let package: std::path::PathBuf = package.into_iter().collect();
                found
                    .entry(number)
                    .or_default()
                    .insert(format!("{} `{name}`", package.display()));
            }
        }
    }
    found
}

fn named_test(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let rest = line.strip_prefix("async fn ").or(line.strip_prefix("fn "))?;
    let (name, _) = rest.split_once('(')?;
    name.starts_with("gotcha_").then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_found_by_their_names() {
        assert_eq!(
            named_test("    fn gotcha_01_banner() {"),
            Some("gotcha_01_banner")
        );
        assert_eq!(named_test("    async fn gotcha_2_x(a: u8) {"), Some("gotcha_2_x"));
        assert_eq!(named_test("fn other() {"), None);
    }
}
