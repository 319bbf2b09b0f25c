//! How is the target's standard library made where rustup cannot give it? Debian packages a current Rust with its sources:
//! the packages are fetched and unpacked below `target/`, without any rights, and the library is built once from them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, bail, ensure};

use super::{Compiler, TARGET, on_path, output, run, say, sorted_entries};

const PACKAGES: [&str; 2] = ["rustc-web", "rust-web-src"];
const INSTALLED_RUSTC: &str = "/usr/bin/rustc";
const INSTALLED_SOURCES: &str = "/usr/lib/rustlib/src/rust/library/Cargo.lock";

fn place(root: &Path) -> PathBuf {
    root.join("target/guest-sysroot")
}

/// Was [`toolchain`] here before?
pub(super) fn is_ready(root: &Path) -> bool {
    ready(root).is_some()
}

/// Compiler, sysroot of the target, and version; made on first use.
pub(super) fn toolchain(root: &Path) -> anyhow::Result<(PathBuf, PathBuf, String)> {
    if let Some(found) = ready(root) {
        return Ok(found);
    }
    let rustc = compiler(root)?;
    let version = Compiler::ask(&rustc)?.version;
    let sysroot = place(root).join(&version);
    build_library(root, &rustc, &sysroot)?;
    std::fs::write(
        place(root).join("ready"),
        format!("{}\n{version}\n", rustc.display()),
    )?;
    // Only the library's build needs the sources, 334 MiB of them.
    let sources = place(root).join("unpacked/usr/src");
    if sources.exists() {
        std::fs::remove_dir_all(sources)?;
    }
    Ok((rustc, sysroot, version))
}

/// What [`toolchain`] answered before, if that is still there.
pub(super) fn ready(root: &Path) -> Option<(PathBuf, PathBuf, String)> {
    let note = std::fs::read_to_string(place(root).join("ready")).ok()?;
    let mut lines = note.lines();
    let rustc = PathBuf::from(lines.next()?);
    let version = lines.next()?.to_owned();
    let sysroot = place(root).join(&version);
    let lib = sysroot.join("lib/rustlib").join(TARGET).join("lib");
    (rustc.exists() && super::has_core(&lib)).then_some((rustc, sysroot, version))
}

/// Debian's compiler: the installed one if it has its sources, else unpacked, else (as root) installed.
fn compiler(root: &Path) -> anyhow::Result<PathBuf> {
    if Path::new(INSTALLED_SOURCES).exists() && Path::new(INSTALLED_RUSTC).exists() {
        return Ok(PathBuf::from(INSTALLED_RUSTC));
    }
    ensure!(
        on_path("apt-get").is_some() && on_path("dpkg").is_some(),
        "this is no Debian machine; make `rustup target add {TARGET}` work"
    );
    let unpacking = match unpack(root) {
        Ok(rustc) => return Ok(rustc),
        Err(error) => error,
    };
    if output(Command::new("id").arg("-u"))?.trim() != "0" {
        return Err(
            unpacking.context("unpacking Debian's Rust below target/ failed, and only root may install it")
        );
    }
    say(&format!(
        "unpacking failed ({unpacking:#}); installing with apt-get"
    ));
    run(Command::new("apt-get").arg("update"))?;
    run(Command::new("apt-get")
        .args(["install", "-y", "--no-install-recommends"])
        .args(PACKAGES))?;
    Ok(PathBuf::from(INSTALLED_RUSTC))
}

/// Fetches what is missing for the packages and unpacks it; answers a script that runs the unpacked compiler.
fn unpack(root: &Path) -> anyhow::Result<PathBuf> {
    let place = place(root);
    for folder in ["lists/partial", "cache/archives/partial", "debs", "unpacked"] {
        std::fs::create_dir_all(place.join(folder))?;
    }
    let apt = || {
        let mut apt = Command::new("apt-get");
        apt.arg("-qq")
            .arg("-o")
            .arg(format!("Dir::State::lists={}", place.join("lists").display()))
            .arg("-o")
            .arg(format!("Dir::Cache={}", place.join("cache").display()))
            // An unprivileged apt-get cannot switch to its own user.
            .args(["-o", "APT::Sandbox::User=", "-o", "Debug::NoLocking=1"]);
        apt
    };
    let began = Instant::now();
    say("fetching Debian's Rust (about 140 MB, once)");
    run(apt().arg("update"))?;
    let plan = output(
        apt()
            .args(["install", "--simulate", "--no-install-recommends"])
            .args(PACKAGES),
    )?;
    let wanted = planned(&plan);
    ensure!(
        !wanted.is_empty(),
        "apt-get plans to install nothing for {PACKAGES:?}"
    );
    run(apt()
        .arg("download")
        .args(&wanted)
        .current_dir(place.join("debs")))?;
    for package in sorted_entries(&place.join("debs"))? {
        run(Command::new("dpkg")
            .arg("-x")
            .arg(&package)
            .arg(place.join("unpacked")))?;
    }
    std::fs::remove_dir_all(place.join("debs"))?;
    std::fs::remove_dir_all(place.join("lists"))?;
    say(&format!(
        "fetched and unpacked in {:.0} s",
        began.elapsed().as_secs_f32()
    ));
    write_script(&place)
}

/// `NAME=VERSION` of each `Inst` line of a simulated installation: `Inst NAME (VERSION SOURCE [ARCH])`.
fn planned(plan: &str) -> Vec<String> {
    plan.lines()
        .filter_map(|line| {
            let (name, rest) = line.strip_prefix("Inst ")?.split_once(" (")?;
            let name = name.split(' ').next()?;
            Some(format!("{name}={}", rest.split(' ').next()?))
        })
        .collect()
}

/// A shell script that runs the unpacked compiler with its own libraries.
fn write_script(place: &Path) -> anyhow::Result<PathBuf> {
    let unpacked = place.join("unpacked/usr");
    let mut libraries = Vec::new();
    collect_library_folders(&unpacked.join("lib"), &mut libraries)?;
    let rustc = unpacked.join("bin/rustc");
    if !rustc.exists() {
        bail!("the packages hold no {}", rustc.display());
    }
    let script = place.join("rustc");
    let text = format!(
        "#!/bin/sh\nLD_LIBRARY_PATH='{}' exec '{}' \"$@\"\n",
        libraries.join(":"),
        rustc.display()
    );
    std::fs::write(&script, text)?;
    run(Command::new("chmod").arg("755").arg(&script))?;
    Ok(script)
}

/// The folders below `folder` that hold shared libraries, at most three levels deep as Debian lays them out.
fn collect_library_folders(folder: &Path, found: &mut Vec<String>) -> anyhow::Result<()> {
    let mut level = vec![folder.to_owned()];
    for _ in 0..3 {
        let mut next = Vec::new();
        for folder in level {
            for entry in sorted_entries(&folder)? {
                let name = entry
                    .file_name()
                    .map(|name| name.to_string_lossy().into_owned())
                    .unwrap_or_default();
                if entry.is_dir() && !entry.is_symlink() && name != "rustlib" {
                    next.push(entry);
                } else if name.contains(".so") && !found.contains(&folder.display().to_string()) {
                    found.push(folder.display().to_string());
                }
            }
        }
        level = next;
    }
    Ok(())
}

/// Builds the target's standard library and lays it out as a sysroot.
fn build_library(root: &Path, rustc: &Path, sysroot: &Path) -> anyhow::Result<()> {
    let began = Instant::now();
    say("building the guests' standard library (once, about 40 s)");
    let seed = place(root).join("seed");
    std::fs::create_dir_all(seed.join("src"))?;
    std::fs::write(seed.join("src/lib.rs"), "")?;
    std::fs::write(
        seed.join("Cargo.toml"),
        "[package]\nname = \"seed\"\nversion = \"0.0.0\"\nedition = \"2021\"\n[workspace]\n[profile.release]\npanic = \"abort\"\n",
    )?;
    let target_dir = seed.join("target");
    // Bitcode is embedded so that guests can be built with `lto = true`.
    run(Command::new(super::cargo())
        .args([
            "build",
            "--release",
            "-Zbuild-std=std,panic_abort",
            "--target",
            TARGET,
        ])
        .current_dir(&seed)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTC", rustc)
        .env("RUSTFLAGS", "-Cembed-bitcode=yes")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env("CARGO_TARGET_DIR", &target_dir))?;
    let lib = sysroot.join("lib/rustlib").join(TARGET).join("lib");
    std::fs::create_dir_all(&lib)?;
    for file in sorted_entries(&target_dir.join(TARGET).join("release/deps"))? {
        let name = file
            .file_name()
            .context("a library has a name")?
            .to_string_lossy()
            .into_owned();
        if name.starts_with("lib") && name.ends_with(".rlib") && !name.starts_with("libseed") {
            std::fs::copy(&file, lib.join(&name))?;
        }
    }
    std::fs::remove_dir_all(&seed)?;
    say(&format!(
        "standard library built in {:.0} s",
        began.elapsed().as_secs_f32()
    ));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_of_apt_names_packages_and_versions() {
        let plan = "Inst libllvm22 (1:22.1.8-1~deb12u1 Debian-Security:12/oldstable-security [amd64])\n\
                    Inst rustc [1.63.0] (1.96.0+dfsg1-1 Debian:12 [amd64])\n\
                    Conf libllvm22 (1:22.1.8-1~deb12u1 Debian-Security:12 [amd64])\n";
        assert_eq!(
            planned(plan),
            ["libllvm22=1:22.1.8-1~deb12u1", "rustc=1.96.0+dfsg1-1"]
        );
    }
}
