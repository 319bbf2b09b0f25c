//! Where do the WASI texts in `wit/deps` come from? Out of crates that carry them, unchanged, at these exact versions.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

/// A package's text: its folder in `wit/deps`, the crate that carries it, and the file or folder in that crate.
struct Text {
    package: &'static str,
    krate: &'static str,
    path: &'static str,
}

/// The crates, as requirements of a manifest that is only resolved, never built.
const CRATES: [(&str, &str); 4] = [
    ("wasip2", "=2.0.1"),
    ("wasmcloud-component", "=0.2.0"),
    ("wasmtime-wasi-config", "=48.0.8"),
    ("wasmtime-wasi-keyvalue", "=48.0.8"),
];

const TEXTS: [Text; 10] = [
    Text {
        package: "wasi-io",
        krate: "wasip2",
        path: "wit/deps/io.wit",
    },
    Text {
        package: "wasi-clocks",
        krate: "wasip2",
        path: "wit/deps/clocks.wit",
    },
    Text {
        package: "wasi-random",
        krate: "wasip2",
        path: "wit/deps/random.wit",
    },
    Text {
        package: "wasi-filesystem",
        krate: "wasip2",
        path: "wit/deps/filesystem.wit",
    },
    Text {
        package: "wasi-sockets",
        krate: "wasip2",
        path: "wit/deps/sockets.wit",
    },
    Text {
        package: "wasi-cli",
        krate: "wasip2",
        path: "wit/deps/cli.wit",
    },
    Text {
        package: "wasi-http",
        krate: "wasip2",
        path: "wit/deps/http.wit",
    },
    Text {
        package: "wasi-config",
        krate: "wasmtime-wasi-config",
        path: "wit/deps/config",
    },
    Text {
        package: "wasi-keyvalue",
        krate: "wasmtime-wasi-keyvalue",
        path: "wit/deps/keyvalue",
    },
    Text {
        package: "wasi-logging",
        krate: "wasmcloud-component",
        path: "wit/deps/logging",
    },
];

/// Lays the texts, unless the ones of these versions are there.
pub(super) fn lay(root: &Path) -> anyhow::Result<()> {
    if is_laid(root) {
        return Ok(());
    }
    let deps = root.join("wit/deps");
    let stamp = deps.join("versions.txt");
    let manifest = manifest();
    super::say("laying the WASI texts into wit/deps");
    let folders = crate_folders(root, &manifest)?;
    if deps.exists() {
        std::fs::remove_dir_all(&deps)?;
    }
    for text in TEXTS {
        let folder = folders
            .iter()
            .find(|folder| is_of(folder, text.krate))
            .with_context(|| format!("cargo did not fetch {}", text.krate))?;
        let from = folder.join(text.path);
        let to = deps.join(text.package);
        std::fs::create_dir_all(&to)?;
        let files = if from.is_dir() {
            super::sorted_entries(&from)?
        } else {
            vec![from]
        };
        for file in files {
            let name = file.file_name().context("a WIT file has a name")?;
            std::fs::copy(&file, to.join(name)).with_context(|| format!("copying {}", file.display()))?;
        }
    }
    std::fs::write(&stamp, manifest)?;
    Ok(())
}

/// Whether the texts of these versions are there.
pub(super) fn is_laid(root: &Path) -> bool {
    std::fs::read_to_string(root.join("wit/deps/versions.txt")).is_ok_and(|laid| laid == manifest())
}

fn manifest() -> String {
    let mut text = String::from(
        "[package]\nname = \"wit-sources\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n",
    );
    for (name, version) in CRATES {
        text.push_str(&format!(
            "{name} = {{ version = \"{version}\", default-features = false }}\n"
        ));
    }
    text
}

/// Lets cargo fetch the crates and answers the folders of all that came.
fn crate_folders(root: &Path, manifest: &str) -> anyhow::Result<Vec<PathBuf>> {
    let place = root.join("target/wit-sources");
    std::fs::create_dir_all(place.join("src"))?;
    std::fs::write(place.join("Cargo.toml"), manifest)?;
    std::fs::write(place.join("src/lib.rs"), "")?;
    let metadata = super::output(
        Command::new(super::cargo())
            .args(["metadata", "--format-version", "1", "--manifest-path"])
            .arg(place.join("Cargo.toml")),
    )?;
    Ok(manifest_folders(&metadata))
}

/// Every `"manifest_path":"…/Cargo.toml"` of cargo's metadata, which cargo writes without blanks.
fn manifest_folders(metadata: &str) -> Vec<PathBuf> {
    metadata
        .split("\"manifest_path\":\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter_map(|path| {
            PathBuf::from(path.replace("\\\\", "\\"))
                .parent()
                .map(Path::to_owned)
        })
        .collect()
}

/// Is this the folder `NAME-VERSION` of that crate, and not of one whose name only begins like it?
fn is_of(folder: &Path, krate: &str) -> bool {
    folder
        .file_name()
        .and_then(|name| name.to_str())
        .and_then(|name| name.strip_prefix(krate)?.strip_prefix('-'))
        .is_some_and(|version| version.starts_with(|first: char| first.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_read_out_of_metadata() {
        let metadata = r#"{"packages":[{"name":"a","manifest_path":"/r/a-1.0.0/Cargo.toml"},{"manifest_path":"/r/b-2/Cargo.toml","x":1}]}"#;
        assert_eq!(
            manifest_folders(metadata),
            [PathBuf::from("/r/a-1.0.0"), PathBuf::from("/r/b-2")]
        );
    }

    #[test]
    fn a_crate_is_not_mistaken_for_one_with_a_longer_name() {
        assert!(is_of(Path::new("/r/wasip2-2.0.1+wasi-0.2.12"), "wasip2"));
        assert!(!is_of(Path::new("/r/wasip2-derive-2.0.1"), "wasip2"));
    }
}
