//! The page that says which row of the tables is proved, by what, and which is not and why.

use super::credit::{Credit, Row};
use super::text::fits;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;
use ucx_facts::{EventUse, actions, ami_events, commands, events, operations, problems};

/// Why rows are not proved, as far as that was written down: interface, row, text of an error or `-`, reason.
struct Reasons(Vec<[String; 4]>);

impl Reasons {
    fn read() -> Result<Self, String> {
        let text = super::file("absent.tsv")?;
        let rows = text.lines().skip(1).map(|line| {
            let columns: Vec<String> = line.split('\t').map(str::to_owned).collect();
            <[String; 4]>::try_from(columns).map_err(|_| format!("absent.tsv: {line}"))
        });
        Ok(Self(rows.collect::<Result<_, _>>()?))
    }

    fn of(&self, interface: &str, row: &str, text: &str) -> &str {
        let mut rows = self.0.iter();
        let found = rows.find(|[is, name, error, _]| is == interface && fits(name, row) && fits(error, text));
        found.map_or("no case", |[_, _, _, why]| why)
    }
}

/// How much of something is proved.
#[derive(Clone, Copy, Default)]
struct Count {
    proved: usize,
    all: usize,
}

impl Count {
    fn add(&mut self, is_proved: bool) {
        self.all += 1;
        self.proved += usize::from(is_proved);
    }
}

/// Builds the page: counts first, then tables.
///
/// # Errors
/// When a table beside the cases cannot be read.
pub fn page(credit: &Credit, tests: &BTreeMap<u32, BTreeSet<String>>) -> Result<String, String> {
    let reasons = Reasons::read()?;
    let gotchas = super::file("gotchas.tsv")?;
    let mut counts: Vec<(&'static str, Count)> = Vec::new();
    let mut body = String::new();
    actions_part((credit, &reasons), &mut body, &mut counts);
    events_part((credit, &reasons), &mut body, &mut counts);
    commands_part((credit, &reasons), &mut body, &mut counts);
    operations_part((credit, &reasons), &mut body, &mut counts);
    problems_part((credit, &reasons), &mut body, &mut counts);
    told_part((credit, &reasons), &mut body, &mut counts);
    gotchas_part((credit, &gotchas), tests, &mut body, &mut counts);
    let mut text = String::from(
        "# What is proved over the wire\n\nWritten by `ucx-wire test --regenerate`; a run fails if it proves something else. A row counts as\n\
         proved when a case provoked it on a running host and what came was as the table says. Cases stand in `cases/`.\n\n\
         | what | proved | of |\n|---|---|---|\n",
    );
    for (what, count) in counts {
        line(
            &mut text,
            &[what, &count.proved.to_string(), &count.all.to_string()],
        );
    }
    text.push_str(&body);
    Ok(text)
}

fn line(text: &mut String, cells: &[&str]) {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "| {} |", cells.join(" | "));
}

fn head(text: &mut String, title: &str, cells: &[&str]) {
    let _ = write!(text, "\n## {title}\n\n");
    line(text, cells);
    let _ = writeln!(text, "|{}", "---|".repeat(cells.len()));
}

fn actions_part(
    (credit, reasons): (&Credit, &Reasons),
    text: &mut String,
    counts: &mut Vec<(&'static str, Count)>,
) {
    let (mut done, mut errors) = (Count::default(), Count::default());
    let mut absent: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    head(
        text,
        "Manager: actions",
        &["action", "proved by", "errors", "errors not provoked"],
    );
    for action in actions() {
        let by = credit.rows.get(&Row::Action(action.name));
        done.add(by.is_some());
        let seen = |error: &'static str| credit.rows.contains_key(&Row::ActionError(action.name, error));
        let provoked = action.errors.iter().filter(|error| seen(error)).count();
        errors.proved += provoked;
        errors.all += action.errors.len();
        let Some(by) = by else {
            let why = reasons.of("action", action.name, "-");
            absent.entry(why).or_default().push(action.name);
            continue;
        };
        let missing = action
            .errors
            .iter()
            .copied()
            .filter(|error| !seen(error))
            .map(|error| {
                let why = reasons.of("action", action.name, error);
                format!("{} ({why})", error.trim_end_matches("\\n"))
            });
        let missing: Vec<String> = missing.collect();
        let part = format!("{provoked}/{}", action.errors.len());
        line(text, &[action.name, by, &part, &missing.join("; ")]);
    }
    absent_list(text, &absent);
    counts.push(("Manager: actions", done));
    counts.push(("Manager: errors of actions", errors));
}

fn absent_list(text: &mut String, absent: &BTreeMap<&str, Vec<&str>>) {
    if absent.is_empty() {
        return;
    }
    text.push_str("\nAbsent:\n\n");
    for (why, names) in absent {
        let _ = writeln!(text, "- {why}: {}", names.join(", "));
    }
}

fn events_part(
    (credit, reasons): (&Credit, &Reasons),
    text: &mut String,
    counts: &mut Vec<(&'static str, Count)>,
) {
    let mut absent: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let (mut by_itself, mut of_lists) = (Count::default(), Count::default());
    head(text, "Manager: events", &["event", "seen in"]);
    for event in ami_events() {
        let by = credit.rows.get(&Row::Event(event.name));
        let count = if event.used == EventUse::Async {
            &mut by_itself
        } else {
            &mut of_lists
        };
        count.add(by.is_some());
        match by {
            Some(by) => line(text, &[event.name, by]),
            None => {
                let why = reasons.of("event", event.name, "-");
                absent.entry(why).or_default().push(event.name);
            }
        }
    }
    absent_list(text, &absent);
    counts.push(("Manager: events", by_itself));
    counts.push(("Manager: events of lists", of_lists));
}

fn commands_part(
    (credit, reasons): (&Credit, &Reasons),
    text: &mut String,
    counts: &mut Vec<(&'static str, Count)>,
) {
    let rows = &credit.replies;
    let (mut done, mut all) = (Count::default(), Count::default());
    head(
        text,
        "Gateway: commands",
        &["command", "replies", "proved by", "replies not provoked"],
    );
    let names = commands().iter().map(|command| command.name).chain(["*"]);
    for name in names {
        let own: Vec<usize> = (0..rows.len()).filter(|at| rows[*at].command == name).collect();
        let seen = |at: &&usize| credit.rows.contains_key(&Row::Reply(**at));
        let proved = own.iter().filter(seen).count();
        all.proved += proved;
        all.all += own.len();
        let shown = if name == "*" { "(any)" } else { name };
        if name != "*" {
            done.add(proved > 0);
        }
        let by = own.iter().find_map(|at| credit.rows.get(&Row::Reply(*at)));
        let missing = own.iter().filter(|at| !seen(at)).map(|at| {
            let why = reasons.of("command", name, &rows[*at].label);
            format!("{} ({why})", rows[*at].label)
        });
        let missing: Vec<String> = missing.collect();
        let part = format!("{proved}/{}", own.len());
        line(
            text,
            &[
                shown,
                &part,
                by.map_or("absent", String::as_str),
                &missing.join("; "),
            ],
        );
    }
    counts.push(("Gateway: commands", done));
    counts.push(("Gateway: replies", all));
}

fn operations_part(
    (credit, reasons): (&Credit, &Reasons),
    text: &mut String,
    counts: &mut Vec<(&'static str, Count)>,
) {
    let mut absent: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut done = Count::default();
    head(
        text,
        "Application: operations",
        &["operation", "request", "proved by"],
    );
    for operation in operations() {
        let by = credit.rows.get(&Row::Operation(operation.resource, operation.id));
        done.add(by.is_some());
        let name = format!("{}.{}", operation.resource, operation.id);
        match by {
            Some(by) => line(
                text,
                &[&name, &format!("{} {}", operation.method, operation.path), by],
            ),
            None => {
                let why = reasons.of("operation", &name, "-");
                absent.entry(why).or_default().push(name);
            }
        }
    }
    let absent: BTreeMap<&str, Vec<&str>> = absent
        .iter()
        .map(|(why, names)| (*why, names.iter().map(String::as_str).collect()))
        .collect();
    absent_list(text, &absent);
    counts.push(("Application: operations", done));
}

fn problems_part(
    (credit, reasons): (&Credit, &Reasons),
    text: &mut String,
    counts: &mut Vec<(&'static str, Count)>,
) {
    let mut done = Count::default();
    let mut absent: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    head(
        text,
        "Application: errors",
        &["resource", "operation", "status", "message", "proved by"],
    );
    for (at, problem) in problems().iter().enumerate() {
        let by = credit.rows.get(&Row::Problem(at));
        done.add(by.is_some());
        let operation = problem.operation.unwrap_or("(any)");
        let Some(by) = by else {
            let name = format!("{}.{operation}", problem.resource);
            let said = format!("{} {}", problem.status, problem.message);
            let why = reasons.of("problem", &name, &said);
            absent.entry(why).or_default().push(format!("{name}: {said}"));
            continue;
        };
        let status = format!("{} {}", problem.status, problem.phrase);
        line(text, &[problem.resource, operation, &status, problem.message, by]);
    }
    text.push_str("\nAbsent:\n");
    for (why, rows) in &absent {
        let _ = write!(text, "\n- {why}:\n");
        for row in rows {
            let _ = writeln!(text, "  - {row}");
        }
    }
    counts.push(("Application: errors", done));
}

fn told_part(
    (credit, reasons): (&Credit, &Reasons),
    text: &mut String,
    counts: &mut Vec<(&'static str, Count)>,
) {
    let mut done = Count::default();
    let mut absent: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    head(text, "Application: events", &["event", "seen in"]);
    for name in events()
        .keys()
        .copied()
        .filter(|name| *name != "Event" && *name != "Message")
    {
        let by = credit.rows.get(&Row::Told(name));
        done.add(by.is_some());
        match by {
            Some(by) => line(text, &[name, by]),
            None => absent
                .entry(reasons.of("told", name, "-"))
                .or_default()
                .push(name),
        }
    }
    absent_list(text, &absent);
    counts.push(("Application: events", done));
}

fn gotchas_part(
    (credit, gotchas): (&Credit, &str),
    tests: &BTreeMap<u32, BTreeSet<String>>,
    text: &mut String,
    counts: &mut Vec<(&'static str, Count)>,
) {
    let mut done = Count::default();
    head(text, "Details that break clients", &["no.", "what", "test"]);
    for row in gotchas.lines().skip(1) {
        let columns: Vec<&str> = row.split('\t').collect();
        let [number, what, why] = columns[..] else {
            continue;
        };
        let key: u32 = number.parse().unwrap_or(0);
        if !why.is_empty() {
            line(text, &[number, what, &format!("does not apply: {why}")]);
            continue;
        }
        let mut named: BTreeSet<String> = tests.get(&key).cloned().unwrap_or_default();
        named.extend(credit.rows.get(&Row::Gotcha(key)).cloned());
        done.add(!named.is_empty());
        let named: Vec<String> = named.into_iter().collect();
        let named = if named.is_empty() {
            "no case".to_owned()
        } else {
            named.join(", ")
        };
        line(text, &[number, what, &named]);
    }
    counts.push(("Details that break clients, of those that apply", done));
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
                let Some(number) = super::play::gotcha(name) else {
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
        let before = page(&credit, &BTreeMap::new()).expect("a page");
        credit.answered("Ping", "Success", "", "a/ping");
        let after = page(&credit, &BTreeMap::new()).expect("a page");
        assert!(!before.contains("| Ping | a/ping |") && after.contains("| Ping | a/ping |"));
    }

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
