//! The written side of the house: ARCHITECTURE.md, its links and the decision pages.

use crate::Violation;
use crate::source::Text;

const ARCHITECTURE: &str = "ARCHITECTURE.md";
const ARCHITECTURE_LINES_MAX: usize = 300;
const DECISIONS: &str = "host/decisions/";
/// A page is what one sees without scrolling far.
const DECISION_LINES_MAX: usize = 70;
const HEADINGS: &[&str] = &[
    "## Context",
    "## Choice",
    "## Alternatives",
    "## What would change our mind",
];

/// Says what the pages lack; `folders` are those of the workspace's members.
pub fn check(texts: &[Text], folders: &[String]) -> Vec<Violation> {
    let Some(plan) = texts.iter().find(|t| t.path == ARCHITECTURE) else {
        return vec![Violation::whole(ARCHITECTURE, "is missing")];
    };
    let mut found = Vec::new();
    let lines = plan.body.lines().count();
    if lines > ARCHITECTURE_LINES_MAX {
        found.push(Violation::whole(
            ARCHITECTURE,
            format!("has {lines} lines, more than {ARCHITECTURE_LINES_MAX}"),
        ));
    }
    for folder in folders.iter().filter(|f| !plan.body.contains(&format!("`{f}`"))) {
        found.push(Violation::whole(
            ARCHITECTURE,
            format!("does not name `{folder}` in its code map"),
        ));
    }
    let pages: Vec<&Text> = texts.iter().filter(|t| t.path.starts_with(DECISIONS)).collect();
    for (number, page) in (1..).zip(&pages) {
        found.extend(decision(page, number, &plan.body));
    }
    found.extend(dead_links(plan, texts));
    found
}

fn decision(page: &Text, number: usize, plan: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut say = |rule: String| found.push(Violation::whole(&page.path, rule));
    let name = &page.path[DECISIONS.len()..];
    if !name.starts_with(&format!("{number:04}-")) {
        say(format!(
            "should be numbered {number:04}: pages are counted without gaps"
        ));
    }
    if !plan.contains(&format!("({})", page.path)) {
        say(format!("is not linked from {ARCHITECTURE}"));
    }
    for heading in HEADINGS.iter().filter(|h| !page.body.lines().any(|l| l == **h)) {
        say(format!("lacks the heading `{heading}`"));
    }
    let lines = page.body.lines().count();
    if lines > DECISION_LINES_MAX {
        say(format!(
            "has {lines} lines, more than a page of {DECISION_LINES_MAX}"
        ));
    }
    found
}

fn dead_links(plan: &Text, texts: &[Text]) -> Vec<Violation> {
    let mut found = Vec::new();
    for (number, line) in (1..).zip(plan.body.lines()) {
        for rest in line.split("](").skip(1) {
            let target = rest.split(')').next().unwrap_or_default();
            let local = !target.contains("://") && !target.starts_with('#');
            if local && !texts.iter().any(|t| t.path == target) {
                found.push(Violation::at(
                    &plan.path,
                    number,
                    format!("links to {target}, which does not exist"),
                ));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# T\n\n## Context\n\n## Choice\n\n## Alternatives\n\n## What would change our mind\n";

    fn text(path: &str, body: &str) -> Text {
        Text {
            path: path.to_owned(),
            body: body.to_owned(),
        }
    }

    fn said(texts: &[Text], folders: &[&str]) -> String {
        let folders: Vec<String> = folders.iter().map(ToString::to_string).collect();
        check(texts, &folders)
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn a_complete_set_passes() {
        let plan = text("ARCHITECTURE.md", "[a](host/decisions/0001-a.md) `host/call`\n");
        assert_eq!(
            said(&[plan, text("host/decisions/0001-a.md", PAGE)], &["host/call"]),
            ""
        );
    }

    #[test]
    fn a_page_that_nobody_links_is_found() {
        let plan = text("ARCHITECTURE.md", "nothing\n");
        let found = said(&[plan, text("host/decisions/0001-a.md", PAGE)], &[]);
        assert_eq!(
            found,
            "host/decisions/0001-a.md: is not linked from ARCHITECTURE.md"
        );
    }

    #[test]
    fn gaps_missing_headings_and_long_pages_are_found() {
        let plan = text("ARCHITECTURE.md", "[a](host/decisions/0002-a.md)\n");
        let long = format!(
            "# T\n## Context\n## Choice\n## Alternatives\n{}",
            "line\n".repeat(80)
        );
        let found = said(&[plan, text("host/decisions/0002-a.md", &long)], &[]);
        assert_eq!(found.lines().count(), 3, "{found}");
    }

    #[test]
    fn a_dead_link_an_unnamed_member_and_a_long_plan_are_found() {
        let plan = text(
            "ARCHITECTURE.md",
            &format!("[a](host/decisions/0009-gone.md)\n{}", "x\n".repeat(300)),
        );
        let found = said(&[plan], &["host/call"]);
        assert_eq!(found.lines().count(), 3, "{found}");
        assert!(said(&[], &[]).contains("is missing"));
    }
}
