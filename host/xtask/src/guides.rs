//! Do the guides still hold? Their commands are run as they are written, page by page.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use ucx_workshop::shell;

use crate::tally::Tally;

/// The pages about languages, and those about uses.
const PAGES: [&str; 2] = ["docs/guides", "docs/uses"];
/// Where the pages make their plugins; anew each time.
const PLACE: &str = "target/guides";
/// How long one page may take.
const PAGE_LIMIT: Duration = Duration::from_secs(600);
/// Ends with the first command that fails, and ends what it left running.
const FRAME: &str = "set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n";

/// Runs all pages.
///
/// # Errors
/// When a page cannot be read or a shell cannot be started.
pub fn run(root: &Path) -> Result<Tally> {
    let mut tally = Tally::default();
    let place = root.join(PLACE);
    if place.exists() {
        std::fs::remove_dir_all(&place)?;
    }
    for page in pages(root)? {
        let text = std::fs::read_to_string(&page).with_context(|| page.display().to_string())?;
        let name = page
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let commands = commands(&text);
        if commands.is_empty() {
            continue;
        }
        let mut bash = Command::new("bash");
        bash.arg("-c").arg(format!("{FRAME}{commands}")).current_dir(root);
        let ended = shell::run(&format!("guide {name}"), &mut bash, PAGE_LIMIT, &mut |_| {})?;
        if ended.success {
            tally.passed += 1;
        } else {
            tally.failed += 1;
            println!("  {} does not hold:", page.display());
            ended.tail.iter().for_each(|line| println!("    {line}"));
        }
    }
    Ok(tally)
}

fn pages(root: &Path) -> Result<Vec<PathBuf>> {
    let mut pages = Vec::new();
    for folder in PAGES {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(root.join(folder)).context(folder)? {
            found.push(entry?.path());
        }
        found.retain(|path| path.extension().is_some_and(|end| end == "md"));
        found.sort();
        pages.append(&mut found);
    }
    Ok(pages)
}

/// The commands of a page: what stands in its `sh` blocks.
fn commands(page: &str) -> String {
    let mut commands = String::new();
    let mut inside = false;
    for line in page.lines() {
        match line.trim_end() {
            "```sh" => inside = true,
            "```" => inside = false,
            line if inside => {
                commands.push_str(line);
                commands.push('\n');
            }
            _ => {}
        }
    }
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_blocks_of_commands_are_run() {
        let page = "Text\n```sh\na\nb\n```\n```toml\nc\n```\n```sh\nd\n```\n";
        assert_eq!(commands(page), "a\nb\nd\n");
    }

    #[test]
    fn every_page_shows_the_templates_it_begins_with() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for (page, source) in [
            ("c", "c-router/main.c"),
            ("c", "c-call-flow/main.c"),
            ("javascript", "js-router/src/index.js"),
            ("javascript", "js-call-flow/src/index.js"),
            ("python", "python-router/app.py"),
            ("python", "python-call-flow/app.py"),
            ("rust", "rust-router/src/lib.rs"),
            ("rust", "rust-call-flow/src/lib.rs"),
        ] {
            let text = std::fs::read_to_string(root.join(PAGES[0]).join(format!("{page}.md"))).unwrap();
            let source = std::fs::read_to_string(root.join("sdk/templates").join(source)).unwrap();
            assert!(
                text.contains(source.trim()),
                "{page}.md shows another source than its template"
            );
        }
    }

    #[test]
    fn every_page_about_a_use_shows_the_scripts_it_runs() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(PAGES[1]);
        let mut shown = 0;
        for page in ["monitoring", "routing", "workflow", "ivr"] {
            let text = std::fs::read_to_string(folder.join(format!("{page}.md"))).unwrap();
            for line in commands(&text).lines() {
                let Some(script) = line
                    .strip_prefix("python3 ")
                    .and_then(|rest| rest.split(' ').next())
                else {
                    continue;
                };
                let source = std::fs::read_to_string(folder.join("office").join(script)).unwrap();
                assert!(
                    text.contains(source.trim()),
                    "{page}.md shows another {script} than it runs"
                );
                shown += 1;
            }
        }
        assert!(shown >= 6, "{shown}");
    }

    #[test]
    fn every_language_goes_from_nothing_to_an_installed_plugin() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let pages = pages(&root).unwrap();
        assert!(pages.len() >= 8, "{pages:?}");
        for page in pages {
            let text = std::fs::read_to_string(&page).unwrap();
            assert!(commands(&text).contains("cargo xtask"), "{}", page.display());
        }
        for page in ["c", "javascript", "python", "rust"] {
            let text = std::fs::read_to_string(root.join(PAGES[0]).join(format!("{page}.md"))).unwrap();
            for step in [
                "new my-router",
                "new my-flow",
                "test",
                "keygen",
                "pack",
                "grant",
                "install",
                "list",
            ] {
                let is_there = commands(&text)
                    .lines()
                    .any(|line| line.contains("ucx plugin") && line.contains(step));
                assert!(is_there, "{page}.md does not say `ucx plugin … {step}`");
            }
        }
    }
}
