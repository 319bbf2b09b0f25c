//! What does it take to build the components under `plugins/`, and where do the standard WIT texts come from?
//!
//! Guests are built for `wasm32-unknown-unknown` and linked by `wasm-component-ld`, so that what cargo leaves behind is
//! the component. The target's standard library is taken where it is (a rustup toolchain that has the target), else added
//! by rustup, else built once from Debian's packaged Rust, unpacked below `target/` without any rights. Components in other
//! languages: [`languages`].

mod alone;
mod debian;
pub mod languages;
mod wasi;

pub use alone::{build_alone, home};

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};

const NO_WASM_LD: &str = "no wasm-ld found: install a rustup toolchain, or Debian's package lld";
const TARGET: &str = "wasm32-unknown-unknown";
/// Set to `debian` to skip rustup's target, as on a machine that cannot reach rustup's server.
const ROUTE_VARIABLE: &str = "UCX_GUEST_TOOLCHAIN";
/// Stack of a guest in bytes. Small, because the pages of it are zeroed again for each fresh instance.
const GUEST_STACK: u32 = 32 * 1024;
/// Rustup is given this long to fetch the target before the next way is taken.
const RUSTUP_PATIENCE: Duration = Duration::from_secs(120);

/// A way to build guests, found or made by [`setup`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toolchain {
    /// The compiler, if it is not the one cargo would take.
    rustc: Option<PathBuf>,
    /// The target's own sysroot, if the compiler's does not have the target.
    sysroot: Option<PathBuf>,
    /// `wasm-component-ld`.
    linker: PathBuf,
    /// The `wasm-ld` it drives.
    wasm_ld: Option<PathBuf>,
    /// Names the standard library in use; guests built on another one are not mixed with these.
    key: String,
}

impl Toolchain {
    fn of_rustup(compiler: &Compiler, linker: PathBuf, wasm_ld: Option<PathBuf>) -> Self {
        Self {
            rustc: None,
            sysroot: None,
            linker,
            wasm_ld,
            key: format!("rust-{}", compiler.version),
        }
    }

    fn of_debian(
        (rustc, sysroot, version): (PathBuf, PathBuf, String),
        linker: PathBuf,
        wasm_ld: PathBuf,
    ) -> Self {
        Self {
            rustc: Some(rustc),
            sysroot: Some(sysroot),
            linker,
            wasm_ld: Some(wasm_ld),
            key: format!("debian-{version}"),
        }
    }

    /// Cargo, set up to build components.
    fn cargo(&self, target_dir: &Path) -> Command {
        let mut flags = format!("-Clink-arg=-zstack-size={GUEST_STACK}");
        if let Some(wasm_ld) = &self.wasm_ld {
            flags.push_str(&format!(" -Clink-arg=--wasm-ld-path={}", wasm_ld.display()));
        }
        if let Some(sysroot) = &self.sysroot {
            flags.push_str(&format!(" --sysroot={}", sysroot.display()));
        }
        let mut cargo = Command::new(cargo());
        cargo
            .env("CARGO_TARGET_DIR", target_dir)
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", &self.linker)
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags)
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS");
        if let Some(rustc) = &self.rustc {
            cargo.env("RUSTC", rustc);
        }
        cargo
    }
}

/// Makes everything ready that building guests and the plugin host needs; quick when it already is.
pub fn setup(root: &Path) -> anyhow::Result<Toolchain> {
    wasi::lay(root)?;
    let toolchain = find_toolchain(root)?;
    say(&format!("guest toolchain: {}", toolchain.key));
    Ok(toolchain)
}

/// Builds all components and lays them, each with its manifest, into `target/plugins/components`; answers their paths.
pub fn build(root: &Path, toolchain: &Toolchain) -> anyhow::Result<Vec<PathBuf>> {
    let began = Instant::now();
    let target_dir = root.join("target/plugins").join(&toolchain.key);
    let mut cargo = toolchain.cargo(&target_dir);
    cargo
        .args([
            "build",
            "--release",
            "--workspace",
            "--locked",
            "--target",
            TARGET,
        ])
        .arg("--manifest-path")
        .arg(root.join("plugins/Cargo.toml"));
    run(&mut cargo)?;
    let built = lay_components(root, &target_dir.join(TARGET).join("release"))?;
    say(&format!(
        "{} components in {:.1} s",
        built.len(),
        began.elapsed().as_secs_f32()
    ));
    Ok(built)
}

/// Copies each plugin's component and manifest to one place, under the plugin's name.
fn lay_components(root: &Path, release: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let place = root.join("target/plugins/components");
    std::fs::create_dir_all(&place)?;
    let mut built = Vec::new();
    for folder in plugin_folders(&root.join("plugins"))? {
        if !folder.join("Cargo.toml").exists() {
            continue;
        }
        let name = folder
            .file_name()
            .context("a plugin's folder has a name")?
            .to_string_lossy()
            .into_owned();
        let from = release.join(format!("{}.wasm", name.replace('-', "_")));
        ensure!(
            from.exists(),
            "plugin {name}: {} was not built; is the package named like its folder?",
            from.display()
        );
        let to = place.join(format!("{name}.wasm"));
        std::fs::copy(folder.join("plugin.toml"), place.join(format!("{name}.toml")))?;
        std::fs::copy(&from, &to).with_context(|| format!("copying {}", from.display()))?;
        built.push(to);
    }
    Ok(built)
}

/// The folders with a `plugin.toml`: `plugins/NAME` and `plugins/GROUP/NAME`.
fn plugin_folders(plugins: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in sorted_entries(plugins)? {
        if entry.join("plugin.toml").exists() {
            found.push(entry);
        } else if entry.is_dir() {
            found.extend(
                sorted_entries(&entry)?
                    .into_iter()
                    .filter(|inner| inner.join("plugin.toml").exists()),
            );
        }
    }
    Ok(found)
}

fn sorted_entries(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .with_context(|| format!("reading {}", folder.display()))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    entries.sort();
    Ok(entries)
}

fn find_toolchain(root: &Path) -> anyhow::Result<Toolchain> {
    let compiler = Compiler::ask("rustc")?;
    let tools = compiler.tools();
    let linker = component_linker(root, &tools)?;
    let wasm_ld = find_wasm_ld(&tools);
    if !is_debian_forced() {
        if !compiler.has_target() && !debian::is_ready(root) {
            add_target();
        }
        if compiler.has_target() {
            return Ok(Toolchain::of_rustup(&compiler, linker, wasm_ld));
        }
    }
    let wasm_ld = wasm_ld.context(NO_WASM_LD)?;
    let found = debian::toolchain(root).with_context(|| {
        format!("no standard library for {TARGET}: neither rustup nor Debian's packages gave one")
    })?;
    Ok(Toolchain::of_debian(found, linker, wasm_ld))
}

fn find_wasm_ld(tools: &Path) -> Option<PathBuf> {
    let shipped = Some(tools.join("gcc-ld/wasm-ld")).filter(|path| path.exists());
    shipped.or_else(|| {
        ["wasm-ld", "wasm-ld-22", "wasm-ld-19"]
            .into_iter()
            .find_map(on_path)
    })
}

fn is_debian_forced() -> bool {
    std::env::var(ROUTE_VARIABLE).is_ok_and(|route| route == "debian")
}

/// The component linker comes with rustup's toolchains; elsewhere it is built once.
fn component_linker(root: &Path, tools: &Path) -> anyhow::Result<PathBuf> {
    if let Some(found) = find_component_linker(root, tools) {
        return Ok(found);
    }
    let place = root.join("target/tools");
    say("building wasm-component-ld (once)");
    run(Command::new(cargo())
        .args(["install", "--locked", "wasm-component-ld", "--root"])
        .arg(&place))?;
    Ok(place.join("bin/wasm-component-ld"))
}

fn find_component_linker(root: &Path, tools: &Path) -> Option<PathBuf> {
    let shipped = Some(tools.join("wasm-component-ld")).filter(|file| file.exists());
    let own = root.join("target/tools/bin/wasm-component-ld");
    shipped
        .or_else(|| on_path("wasm-component-ld"))
        .or_else(|| own.exists().then_some(own))
}

/// Asks rustup for the target; that it fails is no error, another way follows.
fn add_target() {
    let Some(rustup) = on_path("rustup") else { return };
    say(&format!("rustup target add {TARGET}"));
    let Ok(mut child) = Command::new(rustup).args(["target", "add", TARGET]).spawn() else {
        return;
    };
    let began = Instant::now();
    while let Ok(None) = child.try_wait() {
        if began.elapsed() > RUSTUP_PATIENCE {
            say("rustup takes too long; going on without it");
            let _ = child.kill();
            let _ = child.wait();
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// What a compiler says about itself.
struct Compiler {
    sysroot: PathBuf,
    host: String,
    version: String,
}

impl Compiler {
    fn ask(rustc: impl AsRef<Path>) -> anyhow::Result<Self> {
        let rustc = rustc.as_ref();
        let about = output(Command::new(rustc).arg("-vV"))?;
        let field = |name: &str| {
            about
                .lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
                .map(str::to_owned)
                .with_context(|| format!("{} -vV names no {name}", rustc.display()))
        };
        let sysroot = PathBuf::from(output(Command::new(rustc).args(["--print", "sysroot"]))?.trim());
        let commit: String = field("commit-hash")?.chars().take(9).collect();
        Ok(Self {
            sysroot,
            host: field("host")?,
            version: format!("{}-{commit}", field("release")?),
        })
    }

    /// Where its linkers are.
    fn tools(&self) -> PathBuf {
        self.sysroot.join("lib/rustlib").join(&self.host).join("bin")
    }

    fn has_target(&self) -> bool {
        has_core(&self.sysroot.join("lib/rustlib").join(TARGET).join("lib"))
    }
}

fn has_core(lib: &Path) -> bool {
    sorted_entries(lib).is_ok_and(|files| {
        files.iter().any(|file| {
            file.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("libcore-"))
        })
    })
}

/// The cargo that runs us, so that its registry and settings are the ones in use.
fn cargo() -> PathBuf {
    std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from)
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command
        .status()
        .with_context(|| format!("starting {:?}", command.get_program()))?;
    if !status.success() {
        bail!("{command:?} failed: {status}");
    }
    Ok(())
}

fn output(command: &mut Command) -> anyhow::Result<String> {
    let output = command
        .output()
        .with_context(|| format!("starting {:?}", command.get_program()))?;
    if !output.status.success() {
        bail!(
            "{command:?} failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    String::from_utf8(output.stdout).context("the answer is not text")
}

#[expect(
    clippy::print_stderr,
    reason = "progress lines for the person at the terminal"
)]
fn say(line: &str) {
    eprintln!("guests: {line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plugins_are_found_in_folders_and_groups() {
        let place = std::env::temp_dir().join(format!("ucx-guests-{}", std::process::id()));
        for folder in ["one", "group/two", "no-plugin"] {
            std::fs::create_dir_all(place.join(folder)).unwrap();
        }
        for folder in ["one", "group/two"] {
            std::fs::write(place.join(folder).join("plugin.toml"), "").unwrap();
        }
        let found = plugin_folders(&place).unwrap();
        std::fs::remove_dir_all(&place).unwrap();
        assert_eq!(found, [place.join("group/two"), place.join("one")]);
    }
}
