//! How are components in Python, JavaScript and C built? From a folder with a manifest and the one file that tells its
//! language, by pinned tools, each only when something it is made of has changed.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, bail, ensure};

use super::{TARGET, Toolchain, cargo, output, run, say, sorted_entries};
use crate::needs::{Installer, Libraries, NODE, Need, PYTHON};

/// Builds Python components; the SDK pins it.
pub const PYTHON_TOOLS: Libraries = Libraries {
    name: "python-guests",
    folder: "sdk/python",
    files: &["requirements.txt"],
    by: Installer::Pip,
};

/// Build JavaScript components; the SDK pins them.
pub const NODE_TOOLS: Libraries = Libraries {
    name: "node-guests",
    folder: "sdk/js",
    files: &["package.json", "package-lock.json"],
    by: Installer::Npm,
};

/// All that [`build`] needs beside what Rust components need.
pub const NEEDS: &[Need] = &[
    Need::Libraries(PYTHON_TOOLS),
    NODE,
    Need::Libraries(NODE_TOOLS),
    CLANG,
    C_LIBRARY,
];

const CLANG: Need = Need::Program {
    name: "clang",
    package: "clang",
};
const C_LIBRARY: Need = Need::File {
    path: LIBC,
    package: "wasi-libc",
};

const LIBC: &str = "/usr/lib/wasm32-wasi/libc.a";
const C_FLAGS: [&str; 6] = [
    "--target=wasm32-wasi",
    "-std=c11",
    "-Oz",
    "-Wall",
    "-Wextra",
    "-Werror",
];
/// The folders of our packages below `wit`.
const PACKAGES: [&str; 6] = ["types", "events", "host", "call", "queue", "plugin"];
/// The world every component of these languages is built for: it includes those of its manifest.
const WORLD: &str = "plugin";

/// What a component is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    Python,
    /// Or TypeScript.
    JavaScript,
    C,
    /// A crate of its own, outside the workspace under `plugins`.
    Rust,
}

impl Language {
    /// What building in it needs of the machine beside a toolchain.
    pub(super) fn needs(self) -> &'static [Need] {
        match self {
            Self::Python => &[PYTHON, Need::Libraries(PYTHON_TOOLS)],
            Self::JavaScript => &[NODE, Need::Libraries(NODE_TOOLS)],
            Self::C => &[CLANG, C_LIBRARY],
            Self::Rust => &[],
        }
    }

    /// Whether building in it needs the toolchain for components.
    pub(super) fn needs_toolchain(self) -> bool {
        match self {
            Self::C | Self::Rust => true,
            Self::Python | Self::JavaScript => false,
        }
    }
}

/// The files that tell the language.
const MARKS: [(&str, Language); 5] = [
    ("app.py", Language::Python),
    ("src/index.js", Language::JavaScript),
    ("src/index.ts", Language::JavaScript),
    ("main.c", Language::C),
    ("Cargo.toml", Language::Rust),
];

/// A folder that holds a component's source.
#[derive(Debug)]
pub(super) struct Source {
    folder: PathBuf,
    /// The file that tells the language, from the folder.
    mark: &'static str,
    pub(super) language: Language,
    manifest: Manifest,
}

/// What is read of a manifest; the host reads it all.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Manifest {
    id: String,
    worlds: Vec<String>,
    asks_http: bool,
}

/// Builds every component of these languages: under `plugins`, the templates and the examples of the SDKs.
pub fn build(root: &Path, toolchain: &Toolchain) -> anyhow::Result<Vec<PathBuf>> {
    let mut folders = super::plugin_folders(&root.join("plugins"))?;
    folders.extend(super::plugin_folders(&root.join("sdk/templates"))?);
    for language in ["c", "js", "python", "rust"] {
        let examples = root.join("sdk").join(language).join("examples");
        if examples.is_dir() {
            folders.extend(super::plugin_folders(&examples)?);
        }
    }
    // Crates under `plugins` are members of the workspace there.
    let member =
        |folder: &Path| folder.starts_with(root.join("plugins")) && folder.join("Cargo.toml").exists();
    folders.retain(|folder| !member(folder));
    build_folders(
        root,
        Some(toolchain),
        &folders,
        &root.join("target/plugins/languages"),
    )
}

/// Builds the components of these folders into `place`; answers their paths. Python and JavaScript need no toolchain.
pub fn build_folders(
    root: &Path,
    toolchain: Option<&Toolchain>,
    folders: &[PathBuf],
    place: &Path,
) -> anyhow::Result<Vec<PathBuf>> {
    std::fs::create_dir_all(place.join("made-of"))?;
    let mut built: Vec<PathBuf> = Vec::new();
    for folder in folders {
        let source = Source::read(folder).with_context(|| folder.display().to_string())?;
        let to = place.join(format!("{}.wasm", source.manifest.id));
        ensure!(
            !built.contains(&to),
            "two components are called {}",
            source.manifest.id
        );
        let note = place.join("made-of").join(&source.manifest.id);
        let made_of = format!("{:016x}\n", source.made_of(root, toolchain)?);
        let current = to.exists() && std::fs::read_to_string(&note).is_ok_and(|text| text == made_of);
        if !current {
            let began = Instant::now();
            source
                .build(root, toolchain, &to)
                .with_context(|| format!("building {}", folder.display()))?;
            let size = std::fs::metadata(&to)?.len() / 1024;
            let seconds = began.elapsed().as_secs_f32();
            say(&format!("{}: {size} KiB in {seconds:.1} s", source.manifest.id));
            std::fs::write(&note, made_of)?;
        }
        // Last: where a host watches, a component counts only with its manifest.
        std::fs::copy(folder.join("plugin.toml"), to.with_extension("toml"))?;
        built.push(to);
    }
    Ok(built)
}

impl Source {
    pub(super) fn read(folder: &Path) -> anyhow::Result<Self> {
        let folder = std::fs::canonicalize(folder)?;
        let text = std::fs::read_to_string(folder.join("plugin.toml")).context("reading plugin.toml")?;
        let (mark, language) = MARKS
            .into_iter()
            .find(|(mark, _)| folder.join(mark).is_file())
            .context("has none of app.py, src/index.js, src/index.ts, main.c, Cargo.toml")?;
        Ok(Self {
            folder,
            mark,
            language,
            manifest: Manifest::read(&text)?,
        })
    }

    /// A number that changes with anything the component is made of.
    fn made_of(&self, root: &Path, toolchain: Option<&Toolchain>) -> anyhow::Result<u64> {
        let mut sum = DefaultHasher::new();
        let compiled = toolchain.filter(|_| self.language.needs_toolchain());
        compiled.map(|toolchain| &toolchain.key).hash(&mut sum);
        let sdk = match self.language {
            Language::Python => "sdk/python",
            Language::JavaScript => "sdk/js",
            Language::C => "sdk/c",
            Language::Rust => "sdk/rust",
        };
        for place in [
            &self.folder,
            &root.join(sdk),
            &root.join("wit"),
            &root.join("sdk/generate/src"),
        ] {
            add_files(place, &mut sum)?;
        }
        Ok(sum.finish())
    }

    fn build(&self, root: &Path, toolchain: Option<&Toolchain>, to: &Path) -> anyhow::Result<()> {
        let toolchain = || toolchain.context("it needs the toolchain for components");
        if self.language == Language::Rust {
            return self.build_rust(root, toolchain()?, to);
        }
        let work = root.join("target/plugins/work").join(&self.manifest.id);
        if work.exists() {
            std::fs::remove_dir_all(&work)?;
        }
        let wit = work.join("wit");
        self.stage_wit(root, &wit)?;
        match self.language {
            Language::Python => self.build_python(root, &wit, to),
            Language::JavaScript => self.build_javascript(root, &wit, to),
            Language::C => self.build_c(root, toolchain()?, &work, to),
            Language::Rust => Ok(()),
        }
    }

    /// Lays all packages below one folder, with the world of this component.
    fn stage_wit(&self, root: &Path, wit: &Path) -> anyhow::Result<()> {
        let mut world = format!("package ucx:built;\n\nworld {WORLD} {{\n");
        for name in self.manifest.all_worlds() {
            world.push_str(&format!("  include ucx:plugin/{name}@0.1.0;\n"));
        }
        world.push_str("}\n");
        std::fs::create_dir_all(wit.join("deps"))?;
        std::fs::write(wit.join("world.wit"), world)?;
        let own = PACKAGES.map(|package| root.join("wit").join(package));
        for folder in sorted_entries(&root.join("wit/deps"))?.into_iter().chain(own) {
            if !folder.is_dir() {
                continue;
            }
            let to = wit
                .join("deps")
                .join(folder.file_name().context("a package's folder has a name")?);
            std::fs::create_dir_all(&to)?;
            for text in sorted_entries(&folder)? {
                if text.extension().is_some_and(|end| end == "wit") {
                    std::fs::copy(&text, to.join(text.file_name().context("a text has a name")?))?;
                }
            }
        }
        Ok(())
    }

    fn build_python(&self, root: &Path, wit: &Path, to: &Path) -> anyhow::Result<()> {
        let tools = PYTHON_TOOLS.target(root);
        run(Command::new("python3")
            .arg(tools.join("bin/componentize-py"))
            .args(["-q", "-d"])
            .arg(wit)
            .args(["-w", WORLD, "componentize", "app", "-o"])
            .arg(to)
            .arg("-p")
            .arg(&self.folder)
            .arg("-p")
            .arg(root.join("sdk/python"))
            .env("PYTHONPATH", &tools)
            .env("PYTHONDONTWRITEBYTECODE", "1"))
    }

    fn build_javascript(&self, root: &Path, wit: &Path, to: &Path) -> anyhow::Result<()> {
        let said = output(
            Command::new("node")
                .arg(root.join("sdk/js/build.mjs"))
                .arg("--wit")
                .arg(wit)
                .args([
                    "--world",
                    WORLD,
                    "--worlds",
                    &self.manifest.all_worlds().join(","),
                ])
                .arg("--entry")
                .arg(self.folder.join(self.mark))
                .arg("--out")
                .arg(to)
                .arg("--tools")
                .arg(NODE_TOOLS.target(root)),
        )?;
        ensure!(said.trim().is_empty(), "the build said: {said}");
        Ok(())
    }

    fn build_c(&self, root: &Path, toolchain: &Toolchain, work: &Path, to: &Path) -> anyhow::Result<()> {
        let sdk = root.join("sdk/c");
        let made = work.join("bindings");
        run(Command::new(generator(root)?)
            .arg("c")
            .arg(work.join("wit"))
            .arg(WORLD)
            .arg(&made))?;
        let own = sorted_entries(&self.folder)?;
        let own = own
            .iter()
            .filter(|file| file.extension().is_some_and(|end| end == "c"));
        let mut sources: Vec<PathBuf> = own.cloned().collect();
        sources.extend(["ucx.c", "flow.c", "arena.c"].map(|file| sdk.join(file)));
        sources.push(made.join("plugin.c"));
        let mut objects = vec![made.join("plugin_component_type.o")];
        for (number, source) in sources.iter().enumerate() {
            let object = work.join(format!("{number}.o"));
            let mut clang = Command::new("clang");
            clang.args(C_FLAGS).arg("-I").arg(&made).arg("-I").arg(&sdk);
            for world in self.manifest.all_worlds() {
                clang.arg(format!("-DUCX_WORLD_{}", world.replace('-', "_").to_uppercase()));
            }
            run(clang.arg("-c").arg(source).arg("-o").arg(&object))?;
            objects.push(object);
        }
        let mut link = Command::new(&toolchain.linker);
        if let Some(wasm_ld) = &toolchain.wasm_ld {
            link.arg(format!("--wasm-ld-path={}", wasm_ld.display()));
        }
        run(link
            .args([
                "--wasi-adapter",
                "none",
                "--no-entry",
                "--gc-sections",
                "--strip-all",
                "-z",
            ])
            .arg(format!("stack-size={}", super::GUEST_STACK))
            .args(&objects)
            .arg(LIBC)
            .arg("-o")
            .arg(to))
    }

    fn build_rust(&self, root: &Path, toolchain: &Toolchain, to: &Path) -> anyhow::Result<()> {
        let target_dir = root.join("target/plugins").join(&toolchain.key);
        let mut cargo = toolchain.cargo(&target_dir);
        cargo
            .args([
                "build",
                "--release",
                "--locked",
                "--target",
                TARGET,
                "--manifest-path",
            ])
            .arg(self.folder.join("Cargo.toml"));
        run(&mut cargo)?;
        let release = target_dir.join(TARGET).join("release");
        let from = release.join(format!("{}.wasm", self.manifest.id.replace('-', "_")));
        std::fs::copy(&from, to)
            .with_context(|| format!("{}: is the package named like the plugin's id?", from.display()))?;
        Ok(())
    }
}

impl Manifest {
    fn read(text: &str) -> anyhow::Result<Self> {
        let id = words(text, "id");
        let [id] = &id[..] else {
            bail!("plugin.toml has no id = \"...\"");
        };
        let worlds = words(text, "worlds");
        ensure!(!worlds.is_empty(), "plugin.toml has no worlds = [\"...\"]");
        Ok(Self {
            id: id.clone(),
            worlds,
            asks_http: !words(text, "http").is_empty(),
        })
    }

    /// The worlds, and `http` where a router or selector asks for servers; the others have it.
    fn all_worlds(&self) -> Vec<String> {
        let mut all = self.worlds.clone();
        if self.asks_http
            && all
                .iter()
                .all(|world| ["router", "agent-selector"].contains(&world.as_str()))
        {
            all.push("http".to_owned());
        }
        all
    }
}

/// The texts in quotes of `KEY = ...`, a list's over all its lines.
fn words(text: &str, key: &str) -> Vec<String> {
    let value = |line: &str| {
        let rest = line.trim().strip_prefix(key)?.trim_start().strip_prefix('=')?;
        Some(rest.trim().to_owned())
    };
    let mut lines = text.lines();
    let Some(mut all) = lines.find_map(value) else {
        return Vec::new();
    };
    while all.starts_with('[') && !all.contains(']') {
        let Some(line) = lines.next() else { break };
        all.push_str(line);
    }
    all.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Adds names and contents of all files below, but for what tests and tools leave behind.
fn add_files(place: &Path, sum: &mut DefaultHasher) -> anyhow::Result<()> {
    const LEFT_OUT: [&str; 7] = [
        "__pycache__",
        "node_modules",
        "target",
        "tests",
        "examples",
        "built",
        "try",
    ];
    for entry in sorted_entries(place)? {
        let name = entry
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if LEFT_OUT.contains(&name.as_str()) {
            continue;
        }
        name.hash(sum);
        if entry.is_dir() {
            add_files(&entry, sum)?;
        } else {
            std::fs::read(&entry)
                .with_context(|| format!("reading {}", entry.display()))?
                .hash(sum);
        }
    }
    Ok(())
}

/// The program that writes bindings, built once; a workspace of its own, for other crates' features are no matter of its.
pub fn generator(root: &Path) -> anyhow::Result<PathBuf> {
    let target = root.join("target/tools/generate");
    run(Command::new(cargo())
        .args(["build", "--quiet", "--locked", "--manifest-path"])
        .arg(root.join("sdk/generate/Cargo.toml"))
        .env("CARGO_TARGET_DIR", &target))?;
    Ok(target.join("debug/ucx-generate"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "id = \"a-b\"\nversion = \"1\"\nworlds = [\"router\", \"event-subscriber\"]\n[asks]\nhttp = [\"x:80\"]\n";

    #[test]
    fn a_manifest_tells_name_and_worlds() {
        let manifest = Manifest::read(TEXT).unwrap();
        assert_eq!((manifest.id.as_str(), manifest.worlds.len()), ("a-b", 2));
        let long = Manifest::read("id = \"x\"\nworlds = [\n  \"router\",\n  \"call-flow\",\n]\n").unwrap();
        assert_eq!(long.worlds, ["router", "call-flow"]);
        assert!(Manifest::read("worlds = [\"router\"]").is_err());
        assert!(Manifest::read("id = \"x\"").is_err());
    }

    #[test]
    fn only_what_lacks_http_gets_it_added() {
        assert_eq!(
            Manifest::read(TEXT).unwrap().all_worlds(),
            ["router", "event-subscriber"]
        );
        let router = Manifest::read(&TEXT.replace(", \"event-subscriber\"", "")).unwrap();
        assert_eq!(router.all_worlds(), ["router", "http"]);
        let quiet = TEXT.replace(", \"event-subscriber\"", "").replace("\"x:80\"", "");
        assert_eq!(Manifest::read(&quiet).unwrap().all_worlds(), ["router"]);
    }

    #[test]
    fn what_a_component_is_made_of_changes_with_any_file() {
        let place = std::env::temp_dir().join(format!("ucx-made-of-{}", std::process::id()));
        std::fs::create_dir_all(place.join("inner")).unwrap();
        let sum = || {
            let mut sum = DefaultHasher::new();
            add_files(&place, &mut sum).unwrap();
            sum.finish()
        };
        std::fs::write(place.join("inner/a"), "1").unwrap();
        let first = sum();
        assert_eq!(first, sum());
        std::fs::write(place.join("inner/a"), "2").unwrap();
        assert_ne!(first, sum());
        std::fs::remove_dir_all(&place).unwrap();
    }
}
