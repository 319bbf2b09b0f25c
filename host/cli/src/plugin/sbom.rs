//! What is a component made of? A list of ingredients (CycloneDX 1.5) out of a `Cargo.lock`.

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

/// Packages of a lock file.
const PACKAGES_MAX: usize = 10_000;

#[derive(Deserialize)]
struct Lock {
    #[serde(default)]
    package: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    source: Option<String>,
    checksum: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Bill {
    bom_format: &'static str,
    spec_version: &'static str,
    version: u32,
    metadata: Metadata,
    components: Vec<Component>,
}

#[derive(Serialize)]
struct Metadata {
    component: Component,
}

#[derive(Serialize)]
struct Component {
    #[serde(rename = "type")]
    kind: &'static str,
    name: String,
    version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    purl: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hashes: Vec<Hash>,
}

#[derive(Serialize)]
struct Hash {
    alg: &'static str,
    content: String,
}

/// The list for that plugin; the same lock file always gives the same text.
pub fn of_lock(id: &str, version: &str, lock: &str) -> Result<String> {
    let Lock { mut package } = toml::from_str(lock).context("reading the lock file")?;
    if package.len() > PACKAGES_MAX {
        bail!("the lock file has more than {PACKAGES_MAX} packages");
    }
    package.sort_by(|one, other| (&one.name, &one.version).cmp(&(&other.name, &other.version)));
    let components = package.into_iter().map(|package| Component {
        kind: "library",
        // What comes from a registry has an address there; what is the project's own has none.
        purl: package
            .source
            .is_some()
            .then(|| format!("pkg:cargo/{}@{}", package.name, package.version)),
        hashes: package
            .checksum
            .into_iter()
            .map(|content| Hash {
                alg: "SHA-256",
                content,
            })
            .collect(),
        name: package.name,
        version: package.version,
    });
    let bill = Bill {
        bom_format: "CycloneDX",
        spec_version: "1.5",
        version: 1,
        metadata: Metadata {
            component: Component {
                kind: "application",
                name: id.to_owned(),
                version: version.to_owned(),
                purl: None,
                hashes: Vec::new(),
            },
        },
        components: components.collect(),
    };
    Ok(serde_json::to_string_pretty(&bill)? + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ingredients_are_listed_in_order_with_their_sums() {
        let lock = "version = 4\n[[package]]\nname = 'zeta'\nversion = '1.0.0'\nsource = 'registry+x'\nchecksum = 'abc'\n[[package]]\nname = 'own'\nversion = '0.1.0'\n";
        let text = of_lock("router", "1.2.0", lock).unwrap();
        let bill: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(bill["bomFormat"], "CycloneDX");
        assert_eq!(bill["metadata"]["component"]["name"], "router");
        assert_eq!(bill["components"][0]["name"], "own");
        assert_eq!(bill["components"][0].get("purl"), None);
        assert_eq!(bill["components"][1]["purl"], "pkg:cargo/zeta@1.0.0");
        assert_eq!(bill["components"][1]["hashes"][0]["content"], "abc");
        assert!(of_lock("router", "1", "not toml [").is_err());
    }
}
