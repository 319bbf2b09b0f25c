//! What may stand in ucx.toml? The tables there are, what is wrong in one, and which nobody reads.

use crate::{components, rights, trust};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use toml::Spanned;
use ucx_plugins::{Grants, ScheduleRule};

/// The tables of the file.
pub const TABLES: [&str; 6] = ["plugins", "records", "rights", "routing", "schedules", "trust"];

/// Reads `[schedules.NAME]`.
///
/// # Errors
/// A sentence about what is wrong in it.
pub fn schedules(text: &str) -> Result<BTreeMap<String, ScheduleRule>, String> {
    #[derive(Deserialize)]
    struct File {
        #[serde(default)]
        schedules: BTreeMap<String, ScheduleRule>,
    }
    let File { schedules } = toml::from_str(text).map_err(|error| error.to_string())?;
    ucx_plugins::check_schedules(&schedules)?;
    Ok(schedules)
}

/// What is wrong in the file, beside its chains, which are judged by the plugins there are.
pub fn faults(text: &str) -> Vec<String> {
    // A file that is no TOML is that to every reader.
    if let Err(error) = toml::from_str::<toml::Table>(text) {
        return vec![error.to_string()];
    }
    let words = |error: anyhow::Error| {
        let words = format!("{error:#}");
        words.strip_prefix("ucx.toml: ").unwrap_or(&words).to_owned()
    };
    let read = [
        Grants::parse(text).map(drop),
        rights::ScopesOfDoors::parse(text).map(drop),
        schedules(text).map(drop),
        components::records(text).map(drop).map_err(words),
        trust::load(text, Path::new("")).map(drop).map_err(words),
    ];
    read.into_iter().filter_map(Result::err).collect()
}

/// Tables that nobody reads, with their lines.
pub fn strangers(text: &str) -> Vec<(usize, String)> {
    let Ok(tables) = toml::from_str::<BTreeMap<Spanned<String>, toml::Value>>(text) else {
        return Vec::new();
    };
    let line = |at: usize| text[..at.min(text.len())].matches('\n').count() + 1;
    let mut strangers: Vec<_> = tables
        .into_keys()
        .filter(|table| !TABLES.contains(&table.get_ref().as_str()))
        .map(|table| (line(table.span().start), table.into_inner()))
        .collect();
    strangers.sort_unstable();
    strangers
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use ucx_plugins::Chains;

    const PAGE: &str = include_str!("../../../docs/ucx-toml.md");
    /// A word that no table knows.
    const NO_WORD: &str = "no-such-word";

    /// The words a table knows, read off its reader's complaint about one it does not know.
    fn words(table: &str, read: impl Fn(&str) -> Result<(), String>) -> BTreeSet<String> {
        let complaint = read(&format!("[{table}]\n{NO_WORD} = 1\n")).expect_err(table);
        let (_, known) = complaint.split_once("expected ").expect(&complaint);
        let known: BTreeSet<String> = known.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        assert!(!known.is_empty() && !known.contains(NO_WORD), "{complaint}");
        known
    }

    fn plugins() -> BTreeSet<String> {
        ["fraud-guard", "prefix-router", "menu"].map(str::to_owned).into()
    }

    fn chains(text: &str) -> Result<(), String> {
        let wrong = Chains::parse(text, &plugins()).map(drop);
        wrong.map_err(|wrong| {
            wrong
                .into_iter()
                .map(|(line, why)| format!("{line}: {why}\n"))
                .collect()
        })
    }

    /// What code knows of each table, by the heading it has on the page.
    fn known() -> BTreeMap<&'static str, BTreeSet<String>> {
        let grants = |text: &str| Grants::parse(text).map(drop);
        let rights = |text: &str| rights::ScopesOfDoors::parse(text).map(drop);
        let records = |text: &str| {
            components::records(text)
                .map(drop)
                .map_err(|error| format!("{error:#}"))
        };
        let trusted = |text: &str| {
            trust::load(text, Path::new(""))
                .map(drop)
                .map_err(|error| format!("{error:#}"))
        };
        let schedule = |text: &str| schedules(text).map(drop);
        BTreeMap::from([
            ("[plugins.ID]", words("plugins.x", grants)),
            ("[routing.CONTEXT]", words("routing.x", chains)),
            ("[schedules.NAME]", words("schedules.x", schedule)),
            ("[rights.DOOR.WHO]", words("rights.manager.x", rights)),
            ("[trust]", words("trust", trusted)),
            ("[trust.keys.NAME]", words("trust.keys.x", trusted)),
            ("[records]", words("records", records)),
        ])
    }

    /// The words of each table on the page: the first column below its heading.
    fn written() -> BTreeMap<&'static str, BTreeSet<String>> {
        let sections = PAGE.split("\n## `").skip(1).filter_map(|section| {
            let (heading, text) = section.split_once('`')?;
            let rows = text.lines().filter_map(|line| line.strip_prefix("| `"));
            let words = rows.flat_map(|row| {
                let cell = row.split(" |").next().unwrap_or_default();
                cell.split('`').step_by(2).map(str::to_owned).collect::<Vec<_>>()
            });
            Some((heading, words.collect()))
        });
        sections.collect()
    }

    fn examples() -> Vec<&'static str> {
        let blocks = PAGE.split("```toml\n").skip(1);
        blocks
            .filter_map(|block| Some(block.split_once("```")?.0))
            .collect()
    }

    #[test]
    fn the_page_for_operators_names_every_word_that_is_read_and_no_other() {
        let (known, written) = (known(), written());
        for (table, words) in &known {
            let written = written
                .get(table)
                .unwrap_or_else(|| panic!("no heading for {table}"));
            assert_eq!(written, words, "{table}: what the page says, and what is read");
        }
        assert_eq!(written.len(), known.len());
    }

    #[test]
    fn the_examples_of_the_page_are_read_and_use_every_word() {
        let examples = examples();
        assert!(!examples.is_empty());
        for text in &examples {
            assert_eq!(faults(text), [""; 0], "{text}");
            assert!(strangers(text).is_empty(), "{text}");
            chains(text).unwrap();
        }
        let all = examples.concat();
        for word in known().values().flatten() {
            let is_set = all.lines().any(|line| {
                let line = line.trim_start_matches("# ");
                line.split_once(" =").is_some_and(|(key, _)| key == word)
            }) || all.contains(&format!("[trust.{word}."));
            assert!(is_set, "no example sets {word}");
        }
    }

    #[test]
    fn what_is_wrong_and_what_nobody_reads_is_said() {
        let text = "[plugins.x]\ntabels = ['a']\n";
        assert!(faults(text)[0].contains("tabels"), "{:?}", faults(text));
        let text = "[schedules.office]\nzone = 'Mars/Olympus'\n";
        assert!(faults(text)[0].contains("schedule office"), "{:?}", faults(text));
        assert_eq!(faults("[plugins").len(), 1);
        assert_eq!(
            strangers("[plugins.x]\n\n[schedule.office]\n[route]\n"),
            [(3, "schedule".to_owned()), (4, "route".to_owned())]
        );
        let office = schedules("[schedules.office]\nopen = ['Mon-Fri 09:00-17:00']\n").unwrap();
        assert_eq!(office["office"].open.len(), 1);
    }
}
