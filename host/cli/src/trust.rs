//! `[trust]` of ucx.toml and the folder STATE/trust: whose plugins are taken.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use ucx_bundle::{PublicKey, Trust, TrustedKey};

/// The longest file of a key in bytes.
const KEY_FILE_MAX: u64 = 4 << 10;

/// What the operator says about trust.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustSettings {
    /// The keys.
    pub trust: Trust,
    /// Whether loose components in the folder of plugins are refused.
    pub is_signed_only: bool,
}

/// Other tables of the file are others' to read.
#[derive(Default, Deserialize)]
struct File {
    #[serde(default)]
    trust: Section,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Section {
    signed_only: bool,
    keys: BTreeMap<String, Key>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    key: String,
    #[serde(default)]
    plugins: Vec<String>,
}

/// Reads both; a key of ucx.toml counts before the same one in the folder.
///
/// # Errors
/// If either holds what is no key: nobody is trusted by mistake.
pub fn load(ucx_toml: &str, folder: &Path) -> Result<TrustSettings> {
    let File { trust: section } = toml::from_str(ucx_toml).context("ucx.toml")?;
    let mut trust = Trust::default();
    let mut add = |name: String, text: &str, plugins| -> Result<()> {
        let key = PublicKey::parse(text).map_err(|fault| anyhow::anyhow!("the key {name} {fault}"))?;
        if !trust.add(TrustedKey { name, key, plugins }) {
            bail!("more than {} keys are trusted", ucx_bundle::KEYS_MAX);
        }
        Ok(())
    };
    for (name, text) in files(folder)? {
        add(name, &text, Vec::new())?;
    }
    for (name, key) in section.keys {
        add(name, &key.key, key.plugins).context("ucx.toml, [trust]")?;
    }
    Ok(TrustSettings {
        trust,
        is_signed_only: section.signed_only,
    })
}

/// The keys of a folder by the names of their files, `NAME.pub`; none if there is no folder.
fn files(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut keys = BTreeMap::new();
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Ok(keys);
    };
    for entry in entries {
        let path = entry.context("the folder of trusted keys")?.path();
        if path.extension().is_none_or(|extension| extension != "pub") {
            continue;
        }
        let about = std::fs::metadata(&path).with_context(|| format!("reading {}", path.display()))?;
        if !about.is_file() || about.len() > KEY_FILE_MAX {
            bail!("{} is no file of a key", path.display());
        }
        let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        keys.insert(name.unwrap_or_default(), text);
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ucx_bundle::SecretKey;

    fn public(seed: u8) -> PublicKey {
        SecretKey::from_seed([seed; 32]).public()
    }

    #[test]
    fn keys_come_from_the_file_and_from_the_folder() {
        let folder = std::env::temp_dir().join(format!("ucx-trust-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("us.pub"), public(1).to_text("ours")).unwrap();
        std::fs::write(folder.join("README"), "no key").unwrap();
        let text = public(2).to_text("");
        let toml = format!(
            "[plugins.x]\n[trust]\nsigned-only = true\n[trust.keys.acme]\nkey = '{}'\nplugins = ['acme-*']\n",
            text.trim()
        );
        let settings = load(&toml, &folder).unwrap();
        let names: Vec<_> = settings.trust.keys().map(|(_, key)| key.name.clone()).collect();
        assert!(names.contains(&"us".to_owned()) && names.contains(&"acme".to_owned()));
        assert!(settings.is_signed_only);
        std::fs::write(folder.join("bad.pub"), "nonsense").unwrap();
        assert!(load(&toml, &folder).is_err());
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(load("", &folder).unwrap(), TrustSettings::default());
        for text in ["[trust]\nsigned = true\n", "[trust.keys.a]\nkey = 'x'\n"] {
            assert!(load(text, &folder).is_err(), "{text}");
        }
    }
}
