//! The page that says which row of the tables is proved, by what, and which is not and why.

mod application;
mod gateway;
pub mod gotchas;
mod manager;

use super::built::Built;
use super::credit::Credit;
use super::text::fits;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Why rows are not proved, as far as that was written down: interface, row, text of an error or `-`, reason.
struct Reasons(Vec<[String; 4]>);

/// How reasons begin that say that a subject is not built.
const NOT_BUILT: [&str; 2] = ["later: ", "not built by design: "];

impl Reasons {
    fn read() -> Result<Self, String> {
        let text = super::file("absent.tsv")?;
        let rows = text.lines().skip(1).map(|line| {
            let columns: Vec<String> = line.split('\t').map(str::to_owned).collect();
            <[String; 4]>::try_from(columns).map_err(|_| format!("absent.tsv: {line}"))
        });
        Ok(Self(rows.collect::<Result<_, _>>()?))
    }

    fn of(&self, interface: &str, row: &str, text: &str) -> Option<&str> {
        let mut rows = self.0.iter();
        let found = rows.find(|[is, name, error, _]| is == interface && fits(name, row) && fits(error, text));
        found.map(|[_, _, _, why]| why.as_str())
    }

    /// Why something that is built is not proved.
    fn of_built(&self, interface: &str, row: &str, text: &str) -> Option<&str> {
        self.of(interface, row, text).filter(|why| !is_not_built(why))
    }

    /// Why something is not built.
    fn of_absent(&self, interface: &str, row: &str) -> &str {
        let why = self.of(interface, row, "-").filter(|why| is_not_built(why));
        why.unwrap_or("later")
    }
}

/// Whether a reason says that a subject is not built.
fn is_not_built(why: &str) -> bool {
    NOT_BUILT.iter().any(|start| why.starts_with(start))
}

/// How rows of one kind stand.
#[derive(Clone, Copy, Default)]
struct Count {
    all: usize,
    built: usize,
    proved: usize,
    /// Of what is built: cannot be provoked, for a reason that is told.
    cannot: usize,
}

/// How one row stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    NotBuilt,
    Proved,
    Cannot,
    NoCase,
}

impl Count {
    fn add(&mut self, standing: Standing) {
        self.all += 1;
        self.built += usize::from(standing != Standing::NotBuilt);
        self.proved += usize::from(standing == Standing::Proved);
        self.cannot += usize::from(standing == Standing::Cannot);
    }
}

/// What all parts of the page are made from.
#[derive(Clone, Copy)]
struct Ground<'a> {
    credit: &'a Credit,
    built: &'a Built,
    reasons: &'a Reasons,
}

/// The page as far as it is written, and what stands at its top.
#[derive(Default)]
struct Page {
    text: String,
    counts: Vec<(&'static str, Count)>,
    /// Built rows without a proof: what they are, and what is missing.
    open: Vec<(String, String)>,
}

impl Page {
    fn line(&mut self, cells: &[&str]) {
        let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "| {} |", cells.join(" | "));
    }

    fn head(&mut self, title: &str, cells: &[&str]) {
        let _ = write!(self.text, "\n## {title}\n\n");
        self.columns(cells);
    }

    fn columns(&mut self, cells: &[&str]) {
        self.line(cells);
        let _ = writeln!(self.text, "|{}", "---|".repeat(cells.len()));
    }

    fn say(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Rows under the reason they share.
    fn list(&mut self, title: &str, rows: &BTreeMap<String, Vec<String>>) {
        if rows.is_empty() {
            return;
        }
        let _ = write!(self.text, "\n{title}\n\n");
        for (why, names) in rows {
            let _ = writeln!(self.text, "- {why}: {}", names.join(", "));
        }
    }

    fn missing(&mut self, kind: &str, row: &str, what: &str) {
        self.open.push((format!("{kind} {row}"), what.to_owned()));
    }
}

/// Builds the page: counts first, then what is built and lacks a proof, then the tables.
///
/// # Errors
/// When a table beside the cases cannot be read, or says of something built that it is not.
pub fn page(
    credit: &Credit,
    built: &Built,
    tests: &BTreeMap<u32, BTreeSet<String>>,
) -> Result<String, String> {
    let reasons = Reasons::read()?;
    let gotchas = super::file("gotchas.tsv")?;
    let ground = Ground {
        credit,
        built,
        reasons: &reasons,
    };
    let mut page = Page::default();
    manager::actions_part(ground, &mut page);
    manager::events_part(ground, &mut page)?;
    gateway::commands_part(ground, &mut page);
    application::operations_part(ground, &mut page);
    application::problems_part(ground, &mut page);
    application::events_part(ground, &mut page)?;
    gotchas::part((credit, &gotchas), tests, &mut page);
    let mut top = Page::default();
    top.say(
        "# What is proved over the wire\n\nWritten by `ucx-wire test --regenerate`; a run fails if it proves something else. A row counts as\n\
         proved when a case provoked it on a running host and what came was as the table says. Cases stand in `cases/`.\n\n\
         *Built* is what the host itself says it has: by `ListCommands`, and by answering an operation otherwise than with\n\
         501. Texts of errors count as built where the action or operation is. *Cannot be provoked* are texts and events\n\
         of what is built that no client can bring about here; why stands with each. Rows that are not built are proved by\n\
         nothing and stand at the end of their part.\n\n",
    );
    top.columns(&["what", "rows", "built", "proved", "cannot be provoked", "no case"]);
    for (what, count) in &page.counts {
        let no_case = count.built - count.proved - count.cannot;
        let numbers = [count.all, count.built, count.proved, count.cannot, no_case].map(|n| n.to_string());
        let [all, built, proved, cannot, no_case] = &numbers;
        top.line(&[what, all, built, proved, cannot, no_case]);
    }
    top.say("\n## Built, but without a case\n\n");
    if page.open.is_empty() {
        top.say("None.\n");
    }
    for (row, what) in &page.open {
        top.say(&format!("- {row}: {what}\n"));
    }
    Ok(top.text + &page.text)
}

/// How a row of the events stands; a reason must not say that one that came is not built.
fn standing_of_event(by: Option<&String>, why: Option<&str>, name: &str) -> Result<Standing, String> {
    match (by, why) {
        (Some(by), Some(why)) if is_not_built(why) => Err(format!(
            "absent.tsv says of {name} \"{why}\", and {by} has seen it"
        )),
        (Some(_), _) => Ok(Standing::Proved),
        (None, Some(why)) if is_not_built(why) => Ok(Standing::NotBuilt),
        (None, Some(_)) => Ok(Standing::Cannot),
        (None, None) => Ok(Standing::NoCase),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(names: [&'static str; 2]) -> Built {
        Built {
            actions: names.into_iter().collect(),
            ..Built::default()
        }
    }

    #[test]
    fn tables_of_reasons_have_their_columns() {
        Reasons::read().expect("it can be read");
        let text = super::super::file("gotchas.tsv").expect("it is there");
        let numbers: Vec<u32> = text
            .lines()
            .skip(1)
            .map(|line| {
                assert_eq!(line.split('\t').count(), 3, "{line}");
                line.split('\t')
                    .next()
                    .and_then(|number| number.parse().ok())
                    .expect("a number")
            })
            .collect();
        assert_eq!(numbers, (1..=63).collect::<Vec<u32>>());
    }

    #[test]
    fn what_is_proved_stands_on_the_page() {
        let mut credit = Credit::new().expect("the tables are there");
        let built = built(["Ping", "Getvar"]);
        let before = page(&credit, &built, &BTreeMap::new()).expect("a page");
        credit.answered("Ping", "Success", "", "a/ping");
        let after = page(&credit, &built, &BTreeMap::new()).expect("a page");
        assert!(!before.contains("| Ping | a/ping |") && after.contains("| Ping | a/ping |"));
    }

    #[test]
    fn what_is_built_and_what_is_not_stand_apart() {
        let credit = Credit::new().expect("the tables are there");
        let page = page(&credit, &built(["Ping", "Getvar"]), &BTreeMap::new()).expect("a page");
        assert!(page.contains("- action Ping: no success\n"), "{page}");
        assert!(page.contains("- action Getvar: no success\n"));
        assert!(page.contains("- action Getvar: `No such channel`\n"));
        assert!(!page.contains("- action Queue"));
        assert!(page.contains("| Manager: actions | 165 | 2 | 0 | 0 | 2 |"));
    }

    #[test]
    fn a_reason_must_not_say_that_what_came_is_not_built() {
        let by = "a/b".to_owned();
        assert!(standing_of_event(Some(&by), Some("later: x"), "X").is_err());
        assert!(standing_of_event(Some(&by), None, "X").is_ok_and(|it| it == Standing::Proved));
        assert!(standing_of_event(None, Some("later: x"), "X").is_ok_and(|it| it == Standing::NotBuilt));
        assert!(standing_of_event(None, Some("needs x"), "X").is_ok_and(|it| it == Standing::Cannot));
    }
}
