//! `[routing.CONTEXT]` of ucx.toml, checked against the plugins there are.

use std::collections::BTreeSet;
use std::path::Path;
use ucx_plugins::{Chains, Grants, manifest_of};

/// Reads the chains. Plugins are known by a grant, a component in the folder of plugins, or a history of their own.
///
/// # Errors
/// What is wrong, one sentence each, with file and line.
pub fn load(ucx_toml: &str, plugins: &Path, generations: Option<&Path>) -> Result<Chains, Vec<String>> {
    if !ucx_toml.contains("routing") {
        return Ok(Chains::default());
    }
    let mut known: BTreeSet<String> = BTreeSet::new();
    if let Ok(grants) = Grants::parse(ucx_toml) {
        known.extend(grants.plugins.into_keys());
    }
    let of_folder = files(plugins).into_iter().filter_map(|file| {
        let is_component = file.extension().is_some_and(|extension| extension == "wasm");
        let manifest = is_component.then(|| manifest_of(&file).ok()).flatten();
        manifest.map(|manifest| manifest.id)
    });
    known.extend(of_folder);
    let of_history = generations.map(files).unwrap_or_default();
    known.extend(
        of_history
            .iter()
            .filter_map(|folder| folder.file_name())
            .map(|name| name.to_string_lossy().into_owned()),
    );
    Chains::parse(ucx_toml, &known).map_err(|wrong| {
        wrong
            .into_iter()
            .map(|(line, why)| format!("ucx.toml:{line}: {why}"))
            .collect()
    })
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder);
    entries.map_or_else(
        |_| Vec::new(),
        |entries| entries.flatten().map(|entry| entry.path()).collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_may_name_whoever_is_granted_something_and_nobody_else() {
        let nowhere = Path::new("/nonexistent");
        let text = "[plugins.a]\ntables = []\n[routing.sales]\nchain = ['a', 'b']\n";
        assert_eq!(
            load(text, nowhere, None).unwrap_err(),
            ["ucx.toml:4: routing.sales: there is no plugin \"b\""]
        );
        assert!(
            !load(&text.replace(", 'b'", ""), nowhere, None)
                .unwrap()
                .is_empty()
        );
    }
}
