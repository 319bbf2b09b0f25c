//! How is one plugin built by somebody who has the program and the SDKs? With what is on the machine; what is missing is
//! named with the command that brings it, and nothing is installed.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};

use super::languages::{Source, build_folders};
use super::{
    Compiler, NO_WASM_LD, TARGET, Toolchain, debian, find_component_linker, find_wasm_ld, is_debian_forced,
    wasi,
};

/// Names the folder with the SDKs, where it is neither around the plugin nor around the program.
const HOME_VARIABLE: &str = "UCX_HOME";
/// What makes ready everything that building needs.
const SETUP: &str = "cargo xtask setup";

/// The folder with the SDKs and the WIT packages: the one given, `UCX_HOME`, or the first that has them of those around
/// `near` and around the program.
///
/// # Errors
/// When there is none; the sentence says what to do.
pub fn home(given: Option<&Path>, near: &Path) -> anyhow::Result<PathBuf> {
    let named = given
        .map(Path::to_owned)
        .or_else(|| std::env::var_os(HOME_VARIABLE).map(PathBuf::from));
    if let Some(named) = named {
        ensure!(is_home(&named), "{} has no folders sdk and wit", named.display());
        return Ok(std::fs::canonicalize(named)?);
    }
    let near = std::fs::canonicalize(near).with_context(|| near.display().to_string())?;
    let program = std::env::current_exe().unwrap_or_default();
    near.ancestors()
        .chain(program.ancestors())
        .find(|folder| is_home(folder))
        .map(Path::to_owned)
        .with_context(|| {
            format!("the SDKs are not found; name the folder that holds `sdk` and `wit` with --sdk or {HOME_VARIABLE}")
        })
}

fn is_home(folder: &Path) -> bool {
    folder.join("sdk/generate").is_dir() && folder.join("wit/plugin").is_dir()
}

/// Builds the plugin of a folder into its folder `built`; answers the component's path.
///
/// # Errors
/// When something is missing, with the command that brings it; when the source does not build, after its compiler said so.
pub fn build_alone(root: &Path, folder: &Path) -> anyhow::Result<PathBuf> {
    let source = Source::read(folder).with_context(|| folder.display().to_string())?;
    let in_home = || format!("run: (cd {} && {SETUP})", root.display());
    ensure!(wasi::is_laid(root), "the WASI texts are missing; {}", in_home());
    for need in source.language.needs() {
        if !need.is_met(root) {
            let command = match need.command() {
                command if command == SETUP => in_home(),
                command => format!("run: {command}"),
            };
            bail!("{} is missing; {command}", need.name());
        }
    }
    let toolchain = source
        .language
        .needs_toolchain()
        .then(|| present(root).with_context(in_home))
        .transpose()?;
    let place = folder.join("built");
    let built = build_folders(root, toolchain.as_ref(), &[folder.to_owned()], &place)?;
    built.into_iter().next().context("a folder holds one component")
}

/// The toolchain that is there.
fn present(root: &Path) -> anyhow::Result<Toolchain> {
    let compiler = Compiler::ask("rustc").context("Rust is missing")?;
    let tools = compiler.tools();
    let linker = find_component_linker(root, &tools).context("wasm-component-ld is missing")?;
    let wasm_ld = find_wasm_ld(&tools);
    if !is_debian_forced() && compiler.has_target() {
        return Ok(Toolchain::of_rustup(&compiler, linker, wasm_ld));
    }
    let found =
        debian::ready(root).with_context(|| format!("the standard library for {TARGET} is missing"))?;
    Ok(Toolchain::of_debian(found, linker, wasm_ld.context(NO_WASM_LD)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_home_is_found_around_the_plugin_and_a_wrong_one_is_refused() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let root = std::fs::canonicalize(root).unwrap();
        assert_eq!(home(None, &root.join("sdk/templates")).unwrap(), root);
        assert_eq!(home(Some(&root), Path::new("/")).unwrap(), root);
        let refused = home(Some(&root.join("host")), &root).unwrap_err();
        assert!(
            refused.to_string().contains("no folders sdk and wit"),
            "{refused}"
        );
    }

    #[test]
    fn a_folder_without_a_plugin_is_named() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let refused = build_alone(&root, &root.join("wit")).unwrap_err();
        assert!(format!("{refused:#}").contains("plugin.toml"), "{refused:#}");
    }
}
