//! The table of everything `test`, `soak` and `bench` can run. A new check is one line in it.

use anyhow::{Result, bail};

use ucx_workshop::guests::languages;
use ucx_workshop::needs::{DENY, NODE, NODE_CLIENTS, Need, PYTHON, PYTHON_CLIENTS, Tool};

/// The forms a check can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Short, with a fixed seed.
    Test,
    /// Full, for as long as it is told.
    Soak,
    /// Measured beside budgets.
    Bench,
}

impl Form {
    /// The word by which a check's program is told its form.
    pub fn word(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Soak => "soak",
            Self::Bench => "bench",
        }
    }
}

/// How a check is run.
#[derive(Clone, Copy, Debug)]
pub enum Run {
    /// Unit tests of the workspace, by nextest where it can be had.
    Units,
    /// Cargo in this folder, with these arguments; the results `cargo test` prints are counted.
    Cargo(&'static str, &'static [&'static str]),
    /// A prebuilt tool with these arguments, whose success is one pass.
    Tool(Tool, &'static [&'static str]),
    /// Builds the shipped components.
    Components,
    /// Builds those in other languages than Rust, the templates and the examples.
    Languages,
    /// Scenarios of components that the guides do not play.
    Scenarios,
    /// The commands of the guides, as written there.
    Guides,
    /// A program of the machine with these arguments, whose success is one pass.
    Script(&'static str, &'static [&'static str]),
    /// A program of the workspace, started as `PROGRAM FORM --seed N [--minutes M]`. It prints a line
    /// `ok WHAT`, `failed WHAT: WHY` or `skipped WHAT: WHY` for each thing it tried; other lines are shown.
    Program(&'static str),
    /// The demonstration, whose success is one pass.
    Demo,
}

/// One line of the table.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    pub name: &'static str,
    /// What passes when it passes.
    pub about: &'static str,
    pub run: Run,
    pub needs: &'static [Need],
    /// What it can do without: it skips by itself what lacks them.
    pub wishes: &'static [Need],
    pub forms: &'static [Form],
}

/// Everything there is to run, in the order in which it is run.
#[rustfmt::skip]
pub const CHECKS: &[Check] = &[
    check("components", "the shipped components build", Run::Components),
    check("guests", "the components' logic, run natively", Run::Cargo("plugins", &["test", "--workspace"])),
    check("languages", "components in Python, JavaScript and C, templates and examples build", Run::Languages).needs(languages::NEEDS),
    check("sdk-shapes", "what the SDKs take from the WIT packages is current", Run::Cargo("sdk/generate", &["test"])),
    check("sdk-python", "the Python SDK, its templates and examples, run by Python", Run::Script("python3", PYTHON_TESTS)).needs(&[PYTHON]),
    check("plugins-python", "the components in Python, run by Python", Run::Script("python3", PYTHON_PLUGINS)).needs(&[PYTHON]),
    check("sdk-js", "the JavaScript SDK, its templates and examples, run by Node", Run::Script("node", NODE_TESTS)).needs(&[NODE]),
    check("units", "unit tests of every crate", Run::Units).forms(&[Form::Test, Form::Soak]),
    check("docs", "examples in the documentation", Run::Cargo(".", &["test", "--workspace", "--doc"])),
    check("demo", "the demonstration, each step checked at the far end", Run::Demo),
    check("scenarios", "one menu in four languages, and what a C plugin hands over, played in the real runtime", Run::Scenarios).needs(languages::NEEDS),
    check("guides", "the commands of the guides: from nothing to tested and installed plugins that take calls, in each language; the uses, each by a script and by a component", Run::Guides).needs(languages::NEEDS).wishes(&[Need::Libraries(PYTHON_CLIENTS)]),
    check("adversary", "hostile components and clients against a host, with honest calls beside them", Run::Program("ucx-adversary")).forms(&[Form::Test, Form::Soak]),
    check("wire", "every row of the tables that is built, provoked over the wire, and the page that says so", Run::Program("ucx-wire")),
    check("licences", "what the host depends on", Run::Tool(DENY, HOST_RULES)).needs(&[Need::Tool(DENY)]),
    check("guest-licences", "what the components depend on", Run::Tool(DENY, GUEST_RULES)).needs(&[Need::Tool(DENY)]),
    check("interop", "sipp and baresip call through the host, libraries of others speak with it", Run::Program("ucx-interop")).needs(TOOLS_OF_OTHERS).wishes(LIBRARIES_OF_OTHERS),
    check("sim", "whole worlds from a seed: rules, equal logs, faults found", Run::Program("ucx-sim")).forms(&[Form::Test, Form::Soak, Form::Bench]),
    check("swap", "a component swapped and taken back under calls with sound: nothing lost, no hole", Run::Program("ucx-bench")).forms(&[Form::Test, Form::Soak]),
    check("figures", "values beside budgets: calls, sound, components, memory", Run::Program("ucx-bench")).forms(&[Form::Bench]),
    check("shape", "the longest files and functions, for a look", Run::Program("ucx-tidy")),
];

const PYTHON_TESTS: &[&str] = &["-m", "unittest", "discover", "--quiet", "-s", "sdk/python/tests"];
const PYTHON_PLUGINS: &[&str] = &[
    "-m",
    "unittest",
    "discover",
    "--quiet",
    "-s",
    "plugins/ivr-menu-python/tests",
];
const NODE_TESTS: &[&str] = &[
    "--test",
    "sdk/js/tests/sdk.test.js",
    "sdk/js/tests/ivr.test.js",
    "plugins/workflow-hooks/tests/hooks.test.js",
];

// The namespace for baresip needs root as well; without it that part alone is skipped, and says so.
const TOOLS_OF_OTHERS: &[Need] = &[
    Need::Program {
        name: "sipp",
        package: "sip-tester",
    },
    Need::Program {
        name: "baresip",
        package: "baresip-core",
    },
    Need::Program {
        name: "ip",
        package: "iproute2",
    },
];

const LIBRARIES_OF_OTHERS: &[Need] = &[
    Need::Libraries(PYTHON_CLIENTS),
    NODE,
    Need::Libraries(NODE_CLIENTS),
    Need::File {
        path: "/usr/share/perl5/Asterisk/AGI.pm",
        package: "libasterisk-agi-perl",
    },
    Need::File {
        path: "/usr/share/perl5/Telephony/Asterisk/AMI.pm",
        package: "libtelephony-asterisk-ami-perl",
    },
];

// Advisories are left out: their database comes from the network, which CI cannot reach.
const HOST_RULES: &[&str] = &["check", "bans", "licenses", "sources"];
const GUEST_RULES: &[&str] = &[
    "--manifest-path",
    "plugins/Cargo.toml",
    "--config",
    "deny.toml",
    "check",
    "bans",
    "licenses",
    "sources",
];

const fn check(name: &'static str, about: &'static str, run: Run) -> Check {
    Check {
        name,
        about,
        run,
        needs: &[],
        wishes: &[],
        forms: &[Form::Test],
    }
}

impl Check {
    const fn needs(self, needs: &'static [Need]) -> Self {
        Self { needs, ..self }
    }

    const fn wishes(self, wishes: &'static [Need]) -> Self {
        Self { wishes, ..self }
    }

    const fn forms(self, forms: &'static [Form]) -> Self {
        Self { forms, ..self }
    }
}

/// The checks of a form, only those named if any are.
///
/// # Errors
/// When a name is none of the form's checks, or the form has no check at all.
pub fn chosen(table: &[Check], form: Form, names: &[String]) -> Result<Vec<Check>> {
    let has: Vec<Check> = table
        .iter()
        .filter(|c| c.forms.contains(&form))
        .copied()
        .collect();
    let known: Vec<&str> = has.iter().map(|c| c.name).collect();
    if has.is_empty() {
        bail!("no check has the form `{}`", form.word());
    }
    if let Some(stranger) = names.iter().find(|n| !known.contains(&n.as_str())) {
        bail!(
            "no check `{stranger}` with the form `{}`; there are: {}",
            form.word(),
            known.join(", ")
        );
    }
    Ok(has
        .into_iter()
        .filter(|c| names.is_empty() || names.iter().any(|n| n == c.name))
        .collect())
}

/// What all checks together need.
pub fn every_need() -> Vec<Need> {
    let each = |check: &'static Check| check.needs.iter().chain(check.wishes);
    let mut all: Vec<Need> = CHECKS.iter().flat_map(each).copied().collect();
    all.push(Need::Tool(ucx_workshop::needs::NEXTEST));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(checks: &[Check]) -> Vec<&str> {
        checks.iter().map(|c| c.name).collect()
    }

    #[test]
    fn names_are_unique_and_every_check_but_a_measurement_has_a_short_form() {
        for check in CHECKS {
            assert_eq!(
                CHECKS.iter().filter(|c| c.name == check.name).count(),
                1,
                "{}",
                check.name
            );
            let measures = check.forms == [Form::Bench];
            assert!(measures || check.forms.contains(&Form::Test), "{}", check.name);
        }
    }

    #[test]
    fn a_name_chooses_and_a_wrong_name_is_answered_with_the_list() {
        let table = [
            check("a", "", Run::Units),
            check("b", "", Run::Units).forms(&[Form::Soak]),
        ];
        assert_eq!(names(&chosen(&table, Form::Test, &[]).unwrap()), ["a"]);
        assert_eq!(
            names(&chosen(&table, Form::Soak, &["b".to_owned()]).unwrap()),
            ["b"]
        );
        let refused = chosen(&table, Form::Test, &["b".to_owned()])
            .unwrap_err()
            .to_string();
        assert_eq!(refused, "no check `b` with the form `test`; there are: a");
        assert!(chosen(&table, Form::Bench, &[]).is_err());
    }
}
