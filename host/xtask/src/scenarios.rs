//! Do components behave as their scenarios say? Those that no guide plays, each with `ucx plugin test`.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use ucx_workshop::shell;

use crate::tally::Tally;

/// Where the menu's scenarios are, which are the same in all languages.
const MENU: &str = "sdk/cases";
/// The folders of components, each with the folder of its scenarios if that is not its own.
const COMPONENTS: [(&str, Option<&str>); 5] = [
    ("sdk/rust/examples/ivr", Some(MENU)),
    ("sdk/c/examples/ivr", Some(MENU)),
    ("sdk/js/examples/ivr", Some(MENU)),
    ("sdk/python/examples/ivr", Some(MENU)),
    ("sdk/c/tests/texts", None),
];
/// How long one component may take, its building and compiling included.
const LIMIT: Duration = Duration::from_secs(300);

/// Plays all; each scenario that went well is a pass.
///
/// # Errors
/// When a program cannot be started or waited for.
pub fn run(root: &Path) -> Result<Tally> {
    let mut tally = Tally::default();
    if !shell::build(root, "ucx")? {
        tally.failed += 1;
        return Ok(tally);
    }
    for (folder, tests) in COMPONENTS {
        let mut ucx = Command::new(shell::program(root, "ucx"));
        ucx.args(["plugin", "test", folder]).current_dir(root);
        if let Some(tests) = tests {
            ucx.args(["--tests", tests]);
        }
        let mut passed = 0;
        let ended = shell::run(folder, &mut ucx, LIMIT, &mut |line| {
            passed += usize::from(line.starts_with("  ok "));
        })?;
        if ended.success {
            tally.passed += passed;
        } else {
            tally.failed += 1;
            println!("  {folder} does not do what its scenarios say:");
            ended.tail.iter().for_each(|line| println!("    {line}"));
        }
    }
    Ok(tally)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_component_and_its_scenarios_are_there() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for (folder, tests) in COMPONENTS {
            let tests = tests.map_or_else(|| root.join(folder).join("tests"), |tests| root.join(tests));
            assert!(root.join(folder).join("plugin.toml").is_file(), "{folder}");
            let scenarios = std::fs::read_dir(&tests).unwrap().flatten();
            let is_scenario = |name: &std::ffi::OsStr| name.to_string_lossy().ends_with(".toml");
            assert!(
                scenarios
                    .map(|entry| entry.file_name())
                    .any(|name| is_scenario(&name)),
                "{folder}"
            );
        }
    }
}
