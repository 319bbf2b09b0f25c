//! How does somebody begin? With a copy of a template under a name of its own, and a host's configuration to try it on.

use std::path::Path;

use anyhow::{Context, bail, ensure};

use super::sorted_entries;

/// Copies `sdk/templates/TEMPLATE` to `folder`, with `sdk/try` beside it; the plugin is called like the folder.
pub fn copy(root: &Path, template: &str, folder: &Path) -> anyhow::Result<()> {
    let templates = root.join("sdk/templates");
    let from = templates.join(template);
    if !from.join("plugin.toml").is_file() {
        let known: Vec<String> = sorted_entries(&templates)?
            .iter()
            .filter_map(|entry| Some(entry.file_name()?.to_string_lossy().into_owned()))
            .collect();
        bail!("no template {template}; there are {}", known.join(", "));
    }
    let name = folder
        .file_name()
        .and_then(|name| name.to_str())
        .context("the folder has no name")?;
    let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    ensure!(
        name.chars().all(fits) && !name.starts_with('-'),
        "{name:?}: a plugin is called by lower case letters, digits and dashes"
    );
    ensure!(!folder.exists(), "{} exists", folder.display());
    copy_folder(root, template, name, &from, folder)?;
    copy_folder(root, template, name, &root.join("sdk/try"), &folder.join("try"))
}

fn copy_folder(root: &Path, template: &str, name: &str, from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in sorted_entries(from)? {
        let file = entry.file_name().context("an entry has a name")?;
        if file == "target" || file == "__pycache__" {
            continue;
        }
        let copied = to.join(file);
        if entry.is_dir() {
            copy_folder(root, template, name, &entry, &copied)?;
            continue;
        }
        let text = std::fs::read_to_string(&entry).with_context(|| entry.display().to_string())?;
        let sdk = root.join("sdk/rust");
        let text = text
            .replace(&format!("\"{template}\""), &format!("\"{name}\""))
            .replace("@PLUGIN@", name)
            .replace("\"../../rust\"", &format!("\"{}\"", sdk.display()));
        std::fs::write(copied, text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_has_the_folders_name() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let place = std::env::temp_dir().join(format!("ucx-template-{}", std::process::id()));
        std::fs::create_dir_all(&place).unwrap();
        let folder = place.join("my-router");
        copy(&root, "python-router", &folder).unwrap();
        let manifest = std::fs::read_to_string(folder.join("plugin.toml")).unwrap();
        assert!(manifest.contains("id = \"my-router\""), "{manifest}");
        assert!(folder.join("app.py").exists());
        let dialplan = std::fs::read_to_string(folder.join("try/config/extensions.conf")).unwrap();
        assert!(dialplan.contains("Wasm(my-router)"), "{dialplan}");
        assert!(
            copy(&root, "python-router", &folder).is_err(),
            "what is there is not overwritten"
        );
        assert!(copy(&root, "cobol-router", &place.join("x")).is_err());
        assert!(copy(&root, "python-router", &place.join("Bad Name")).is_err());
        std::fs::remove_dir_all(&place).unwrap();
    }
}
