//! What does one manifest ask that another did not, and what does a grant lack?

use crate::grant::Grant;
use crate::manifest::Manifest;

/// What a new manifest asks beyond an old one, a line each; settings are no authority, and do not count.
pub(crate) fn widened(old: &Manifest, new: &Manifest) -> Vec<String> {
    let mut wider = Vec::new();
    for world in new.worlds.difference(&old.worlds) {
        wider.push(format!("world {}", world.word()));
    }
    for ((list, asked), (_, before)) in new.asks.lists().into_iter().zip(old.asks.lists()) {
        let added: Vec<String> = asked.difference(before).map(|name| format!("{name:?}")).collect();
        if list != "config" && !added.is_empty() {
            wider.push(format!("{list} = [{}]", added.join(", ")));
        }
    }
    let more = |old: Option<u32>, new: Option<u32>| new.filter(|new| old.is_none_or(|old| *new > old));
    for (name, old, new) in [
        ("memory-kib", old.budget.memory_kib, new.budget.memory_kib),
        ("cpu-ms", old.budget.cpu_ms, new.budget.cpu_ms),
        ("wall-ms", old.budget.wall_ms, new.budget.wall_ms),
        ("data-kib", old.budget.data_kib, new.budget.data_kib),
        ("data-files", old.budget.data_files, new.budget.data_files),
    ] {
        if let Some(asked) = more(old, new) {
            wider.push(format!("{name} = {asked}"));
        }
    }
    wider
}

/// One line of what is asked beside what is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskLine {
    /// The list in manifest and grant.
    pub list: &'static str,
    /// What is asked.
    pub asked: String,
    /// Whether the grant gives it.
    pub is_granted: bool,
}

/// What a manifest asks, and which of it a grant gives.
pub(crate) fn asked_and_granted(manifest: &Manifest, grant: &Grant) -> Vec<AskLine> {
    let given = grant.lists(&manifest.asks);
    let lists = manifest.asks.lists().into_iter().zip(&given);
    let folder = manifest.budget.data_kib.map(|kib| AskLine {
        list: "data-kib",
        asked: kib.to_string(),
        is_granted: grant.data_kib.is_some_and(|given| given >= kib),
    });
    lists
        .flat_map(|((list, asked), given)| {
            asked.iter().map(move |name| AskLine {
                list,
                asked: name.clone(),
                is_granted: given.contains(name) || given.contains("*"),
            })
        })
        .chain(folder)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(rest: &str) -> Manifest {
        Manifest::parse(&format!("id = 'p'\nversion = '1'\n{rest}")).unwrap()
    }

    #[test]
    fn only_what_reaches_further_is_wider() {
        let old = manifest("worlds = ['router']\n[asks]\ntables = ['a', 'b']\n[budget]\nmemory-kib = 100\n");
        assert!(widened(&old, &old).is_empty());
        let narrower = manifest("worlds = ['router']\n[asks]\ntables = ['a']\nconfig = ['x']\n");
        assert!(widened(&old, &narrower).is_empty());
        let wider = manifest(
            "worlds = ['router', 'event-subscriber']\n[asks]\ntables = ['a', 'c']\nsecrets = ['k']\n[budget]\nmemory-kib = 200\n",
        );
        assert_eq!(
            widened(&old, &wider),
            [
                "world event-subscriber",
                "tables = [\"c\"]",
                "secrets = [\"k\"]",
                "memory-kib = 200"
            ]
        );
    }

    #[test]
    fn each_ask_is_held_against_the_grant() {
        let grant = Grant {
            tables: ["a".to_owned()].into(),
            events: ["*".to_owned()].into(),
            ..Grant::default()
        };
        let asks = manifest(
            "worlds = ['router']\n[asks]\ntables = ['a', 'b']\nevents = ['call.']\nconfig = ['x']\n",
        );
        let lines: Vec<_> = asked_and_granted(&asks, &grant)
            .into_iter()
            .map(|line| (line.list, line.asked, line.is_granted))
            .collect();
        let line = |list, asked: &str, is_granted| (list, asked.to_owned(), is_granted);
        assert_eq!(
            lines,
            [
                line("tables", "a", true),
                line("tables", "b", false),
                line("config", "x", true),
                line("events", "call.", true)
            ]
        );
    }
}
