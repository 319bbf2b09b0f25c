//! What Cargo knows about the workspace, reduced to what the rules ask.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cargo_metadata::{CargoOpt, DependencyKind, Metadata, MetadataCommand, Target, TargetKind};

/// How one package imports another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Normal,
    Build,
    Dev,
}

/// One line of a package's dependency tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    pub name: String,
    pub kind: Kind,
}

/// One member of the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    pub name: String,
    /// Folder relative to the repository, with `/` between its parts.
    pub folder: String,
    pub imports: Vec<Import>,
    /// Names of the targets that `cargo test` would link into a program.
    pub test_programs: Vec<String>,
    /// Whether the folder holds a `tests` folder.
    pub has_tests_folder: bool,
}

/// The members and the graph of normal imports over every package; foreign ones are called `name version`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workspace {
    pub packages: Vec<Package>,
    pub normal: BTreeMap<String, Vec<String>>,
}

/// The repository's root: this crate stands two folders below it.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .nth(2)
        .expect("tests/tidy stands two folders below the root")
        .to_owned()
}

/// Reads the workspace at `root` with `cargo metadata`, for the platform it runs on.
///
/// # Errors
/// Cargo's own, when it cannot be run or cannot resolve the workspace.
pub fn read(root: &Path) -> Result<Workspace, cargo_metadata::Error> {
    let mut command = MetadataCommand::new();
    command.manifest_path(root.join("Cargo.toml"));
    command.other_options(vec!["--filter-platform".to_owned(), platform()]);
    command.features(CargoOpt::SomeFeatures(Vec::new()));
    let metadata = command.exec()?;
    Ok(reduce(&metadata, root))
}

fn platform() -> String {
    format!("{}-unknown-linux-gnu", std::env::consts::ARCH)
}

fn reduce(metadata: &Metadata, root: &Path) -> Workspace {
    let packages = metadata
        .workspace_packages()
        .into_iter()
        .map(|p| member(p, root))
        .collect();
    Workspace {
        packages,
        normal: normal_imports(metadata),
    }
}

fn member(package: &cargo_metadata::Package, root: &Path) -> Package {
    let folder = package.manifest_path.as_std_path().parent().unwrap_or(root);
    let imports = package.dependencies.iter().map(|d| Import {
        name: d.name.clone(),
        kind: kind(d.kind),
    });
    Package {
        name: package.name.to_string(),
        folder: folder
            .strip_prefix(root)
            .unwrap_or(folder)
            .to_string_lossy()
            .replace('\\', "/"),
        imports: imports.collect(),
        test_programs: package
            .targets
            .iter()
            .filter(|t| links_a_test(t))
            .map(|t| t.name.clone())
            .collect(),
        has_tests_folder: folder.join("tests").is_dir(),
    }
}

fn kind(kind: DependencyKind) -> Kind {
    if kind == DependencyKind::Development {
        Kind::Dev
    } else if kind == DependencyKind::Build {
        Kind::Build
    } else {
        Kind::Normal
    }
}

fn links_a_test(target: &Target) -> bool {
    target.test && !target.kind.contains(&TargetKind::CustomBuild)
}

fn normal_imports(metadata: &Metadata) -> BTreeMap<String, Vec<String>> {
    let labels: BTreeMap<_, _> = metadata.packages.iter().map(|p| (&p.id, label(p))).collect();
    let mut graph: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for node in metadata.resolve.iter().flat_map(|r| &r.nodes) {
        let Some(from) = labels.get(&node.id) else {
            continue;
        };
        let normal = node
            .deps
            .iter()
            .filter(|d| d.dep_kinds.iter().any(|k| k.kind == DependencyKind::Normal));
        let into = graph.entry(from.clone()).or_default();
        into.extend(normal.filter_map(|d| labels.get(&d.pkg)).cloned());
    }
    graph
}

/// Members are called by their name, foreign packages by name and version: two versions import different things.
fn label(package: &cargo_metadata::Package) -> String {
    match package.source {
        None => package.name.to_string(),
        Some(_) => format!("{} {}", package.name, package.version),
    }
}
