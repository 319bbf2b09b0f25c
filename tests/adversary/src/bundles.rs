//! Bundles that lie: about who made them, what is in them, how large it is and where it goes. Each is refused in words, and
//! the honest one before it goes on.

use crate::book::Book;
use crate::components::{self, MEMORY};
use crate::folder;
use crate::guests::PASS;
use crate::scene::Scene;
use anyhow::{Context, Result, anyhow, bail};
use std::fs::File;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use ucx_bundle::{Bundle, SecretKey};

/// The unit of an archive in bytes.
const BLOCK: usize = 512;
/// The honest plugin.
const ID: &str = "packed";
/// What stands in a file that a link leads to, and must not be told.
const SECRET: &str = "kept-to-itself";

/// The key that is trusted for [`ID`], one that is trusted for others, and one that nobody trusts.
fn keys() -> [SecretKey; 3] {
    [[1; 32], [2; 32], [3; 32]].map(SecretKey::from_seed)
}

/// `[trust]` of the host's configuration.
pub fn trust() -> String {
    let [maker, other, _] = keys().map(|key| key.public().to_text("").trim().to_owned());
    format!(
        "[trust.keys.maker]\nkey = \"{maker}\"\nplugins = [\"{ID}\"]\n\
         [trust.keys.other]\nkey = \"{other}\"\nplugins = [\"elsewhere\"]\n"
    )
}

fn manifest(id: &str, version: &str) -> String {
    format!("id = '{id}'\nversion = '{version}'\nworlds = ['router']\n")
}

fn packed(id: &str, version: &str) -> Result<Bundle> {
    let wasm = components::router(MEMORY, PASS)?;
    Bundle::new(manifest(id, version), wasm, None, None).map_err(|fault| anyhow!("{fault}"))
}

/// An honest bundle, signed by the first key.
fn honest(version: &str) -> Result<Vec<u8>> {
    let [maker, _, _] = keys();
    Ok(packed(ID, version)?.signed(&maker).to_bytes())
}

/// The parts of an archive, headers and all.
fn parts(archive: &[u8]) -> Vec<Vec<u8>> {
    let (mut parts, mut rest) = (Vec::new(), archive);
    while rest.len() > 2 * BLOCK {
        let size = std::str::from_utf8(&rest[124..135]).unwrap_or("0");
        let size = usize::from_str_radix(size, 8)
            .unwrap_or(0)
            .next_multiple_of(BLOCK);
        let (part, after) = rest.split_at((BLOCK + size).min(rest.len()));
        parts.push(part.to_vec());
        rest = after;
    }
    parts
}

fn joined(parts: &[Vec<u8>]) -> Vec<u8> {
    let mut archive = parts.concat();
    archive.extend([0; 2 * BLOCK]);
    archive
}

/// Writes into a header and mends its sum.
fn rewritten(part: &[u8], at: usize, text: &[u8]) -> Vec<u8> {
    let mut part = part.to_vec();
    part[at..at + text.len()].copy_from_slice(text);
    part[148..156].fill(b' ');
    let sum: u32 = part[..BLOCK].iter().map(|byte| u32::from(*byte)).sum();
    part[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    part
}

/// The first part whose name is that.
fn place(parts: &[Vec<u8>], name: &str) -> usize {
    let is_it = |part: &Vec<u8>| part.starts_with(name.as_bytes());
    parts.iter().position(is_it).unwrap_or(0)
}

/// An honest archive in which one part was changed.
fn changed(name: &str, change: impl FnOnce(&[u8]) -> Vec<u8>) -> Result<Vec<u8>> {
    let mut parts = parts(&honest("2.0.0")?);
    let at = place(&parts, name);
    parts[at] = change(&parts[at]);
    Ok(joined(&parts))
}

fn flipped(part: &[u8], from_end: usize) -> Vec<u8> {
    let mut part = part.to_vec();
    let at = part.len() - from_end;
    part[at] ^= 1;
    part
}

fn named(name: &str, new: &str) -> Result<Vec<u8>> {
    changed(name, |part| {
        let mut text = new.as_bytes().to_vec();
        text.resize(100, 0);
        rewritten(part, 0, &text)
    })
}

/// A hostile bundle and a word of the refusal.
struct Lie {
    name: &'static str,
    bytes: fn() -> Result<Vec<u8>>,
    words: &'static str,
}

#[rustfmt::skip]
const LIES: &[Lie] = &[
    Lie { name: "empty", bytes: || Ok(Vec::new()), words: "is no bundle" },
    Lie { name: "text", bytes: || Ok(b"#!/bin/sh\n".repeat(200)), words: "is no bundle" },
    Lie { name: "component-alone", bytes: || components::router(MEMORY, PASS), words: "is no bundle" },
    Lie { name: "compressed", bytes: || Ok([b"\x1f\x8b\x08\x00".as_slice(), &[0; 4096]].concat()), words: "is no bundle" },
    Lie { name: "zip", bytes: || Ok([b"PK\x03\x04".as_slice(), &[0; 4096]].concat()), words: "is no bundle" },
    Lie { name: "zeros", bytes: || Ok(vec![0; 1 << 20]), words: "is no bundle" },
    Lie { name: "unsigned", bytes: || Ok(packed(ID, "2.0.0")?.to_bytes()), words: "is not signed" },
    Lie { name: "signed-by-a-stranger", bytes: || Ok(packed(ID, "2.0.0")?.signed(&keys()[2]).to_bytes()), words: "is not trusted here" },
    Lie { name: "signed-by-one-for-others", bytes: || Ok(packed(ID, "2.0.0")?.signed(&keys()[1]).to_bytes()), words: "is not trusted for the plugin" },
    Lie { name: "other-plugin-by-the-maker", bytes: || Ok(packed("elsewhere", "2.0.0")?.signed(&keys()[0]).to_bytes()), words: "is not trusted for the plugin" },
    Lie { name: "signature-stripped", bytes: || {
        let mut parts = parts(&honest("2.0.0")?);
        let at = place(&parts, "signature");
        parts.remove(at);
        Ok(joined(&parts))
    }, words: "is not signed" },
    Lie { name: "signature-of-another", bytes: || {
        let mut parts = parts(&honest("2.0.0")?);
        let of_another = self::parts(&honest("2.0.1")?);
        let at = place(&parts, "signature");
        parts[at] = of_another[place(&of_another, "signature")].clone();
        Ok(joined(&parts))
    }, words: "is not that of the key" },
    Lie { name: "signature-of-zeros", bytes: || changed("signature", |part| {
        let mut part = part.to_vec();
        let digits = BLOCK + "ed25519 ".len() + 17;
        part[digits..digits + 128].fill(b'0');
        part
    }), words: "is not that of the key" },
    Lie { name: "signature-garbled", bytes: || changed("signature", |part| {
        let mut part = part.to_vec();
        part[BLOCK] = b'x';
        part
    }), words: "cannot be read" },
    Lie { name: "component-changed", bytes: || changed("component.wasm", |part| {
        let mut part = part.to_vec();
        part[BLOCK + 8] ^= 1;
        part
    }), words: "is not the one that was packed" },
    Lie { name: "manifest-changed", bytes: || changed("plugin.toml", |part| {
        let mut part = part.to_vec();
        part[BLOCK + 6] = b'q';
        part
    }), words: "is not the one that was packed" },
    Lie { name: "digests-changed", bytes: || changed("digests", |part| {
        let mut part = part.to_vec();
        part[BLOCK] ^= 1;
        part
    }), words: "is not the one that was packed" },
    Lie { name: "digests-of-another", bytes: || {
        let mut parts = parts(&honest("2.0.0")?);
        let of_another = self::parts(&honest("2.0.1")?);
        for name in ["digests", "plugin.toml"] {
            let at = place(&parts, name);
            parts[at] = of_another[place(&of_another, name)].clone();
        }
        Ok(joined(&parts))
    }, words: "is not that of the key" },
    Lie { name: "older-version-replayed", bytes: || honest("1.0.0"), words: "is older than" },
    Lie { name: "part-twice", bytes: || {
        let mut parts = parts(&honest("2.0.0")?);
        let again = parts[place(&parts, "component.wasm")].clone();
        parts.push(again);
        Ok(joined(&parts))
    }, words: "twice" },
    Lie { name: "part-out-of-order", bytes: || {
        let mut parts = parts(&honest("2.0.0")?);
        let last = parts.len() - 1;
        parts.swap(last - 1, last);
        Ok(joined(&parts))
    }, words: "in the wrong place" },
    Lie { name: "part-missing", bytes: || {
        let mut parts = parts(&honest("2.0.0")?);
        parts.pop();
        Ok(joined(&parts))
    }, words: "has no component.wasm" },
    Lie { name: "path-above", bytes: || named("component.wasm", "../../state/own-grants.toml"), words: "which no bundle has" },
    Lie { name: "path-absolute", bytes: || named("component.wasm", "/etc/cron.d/ucx"), words: "which no bundle has" },
    Lie { name: "path-in-a-folder", bytes: || named("component.wasm", "./component.wasm"), words: "which no bundle has" },
    Lie { name: "name-with-a-zero", bytes: || named("component.wasm", "component.wasm\0x"), words: "not in canonical form" },
    Lie { name: "link", bytes: || changed("component.wasm", |part| rewritten(&rewritten(part, 156, b"2"), 157, b"/etc/passwd")), words: "not in canonical form" },
    Lie { name: "hard-link", bytes: || changed("component.wasm", |part| rewritten(&rewritten(part, 156, b"1"), 157, b"plugin.toml")), words: "not in canonical form" },
    Lie { name: "device", bytes: || changed("component.wasm", |part| rewritten(part, 156, b"3")), words: "not in canonical form" },
    Lie { name: "executable-for-root", bytes: || changed("component.wasm", |part| rewritten(part, 100, b"0004755\0")), words: "not in canonical form" },
    Lie { name: "extended-header", bytes: || changed("component.wasm", |part| rewritten(part, 156, b"x")), words: "not in canonical form" },
    Lie { name: "size-of-8-gib", bytes: || changed("component.wasm", |part| rewritten(part, 124, b"77777777777\0")), words: "bytes, more than" },
    Lie { name: "size-in-base-256", bytes: || changed("component.wasm", |part| rewritten(part, 124, &[0x80, 0xff, 0xff, 0xff])), words: "not in canonical form" },
    Lie { name: "manifest-of-a-megabyte", bytes: || changed("plugin.toml", |part| rewritten(part, 124, b"00004000000\0")), words: "bytes, more than" },
    Lie { name: "sum-wrong", bytes: || changed("component.wasm", |part| flipped(part, part.len() - 150)), words: "not in canonical form" },
    Lie { name: "padding-that-speaks", bytes: || changed("digests", |part| flipped(part, 1)), words: "not in canonical form" },
    Lie { name: "truncated", bytes: || { let all = honest("2.0.0")?; Ok(all[..all.len() / 2].to_vec()) }, words: "ends before it is whole" },
    Lie { name: "without-its-end", bytes: || { let all = honest("2.0.0")?; Ok(all[..all.len() - BLOCK].to_vec()) }, words: "ends before it is whole" },
    Lie { name: "more-behind-its-end", bytes: || { let mut all = honest("2.0.0")?; all.extend([0; BLOCK]); Ok(all) }, words: "bytes behind its end" },
    Lie { name: "version-that-is-none", bytes: || Ok(packed(ID, "two")?.signed(&keys()[0]).to_bytes()), words: "is no version" },
    Lie { name: "manifest-garbled", bytes: || {
        let wasm = components::router(MEMORY, PASS)?;
        let bundle = Bundle::new("id = [[[".to_owned(), wasm, None, None).map_err(|fault| anyhow!("{fault}"))?;
        Ok(bundle.signed(&keys()[0]).to_bytes())
    }, words: "manifest is wrong" },
    Lie { name: "no-component-in-it", bytes: || {
        let bundle = Bundle::new(manifest(ID, "2.0.0"), b"not wasm".to_vec(), None, None).map_err(|fault| anyhow!("{fault}"))?;
        Ok(bundle.signed(&keys()[0]).to_bytes())
    }, words: "no whole component" },
    Lie { name: "asks-for-what-is-not-given", bytes: || {
        let text = format!("{}[asks]\ntables = ['salaries']\n", manifest(ID, "2.0.0"));
        let bundle = Bundle::new(text, components::router(MEMORY, PASS)?, None, None).map_err(|fault| anyhow!("{fault}"))?;
        Ok(bundle.signed(&keys()[0]).to_bytes())
    }, words: "not granted" },
];

/// The honest one first, then each of the others.
pub fn attack(scene: &Scene, book: &mut Book) {
    let place = scene.host.plugins().with_file_name("bundles");
    let honest = taken(scene, &place);
    let is_there = honest.is_ok();
    book.note("bundle honest: taken", honest);
    if !is_there {
        return;
    }
    for lie in LIES {
        book.note(
            &format!("bundle {}: refused in words", lie.name),
            refused(scene, &place, lie),
        );
    }
    book.note(
        "bundle files that never end or begin: refused in words",
        strange(scene, &place),
    );
    book.note("bundle of another plugin: no successor", another(scene, &place));
}

fn install(scene: &Scene, file: &Path) -> Result<String> {
    scene.host.ask(&format!("plugin install {}", file.display()))
}

fn taken(scene: &Scene, place: &Path) -> Result<String> {
    std::fs::create_dir_all(place).context("a folder")?;
    let file = place.join("honest.ucx");
    folder::write(&file, honest("1.1.0")?)?;
    let said = install(scene, &file)?;
    if !scene.host.active()?.iter().any(|id| id == ID) {
        bail!("{said}");
    }
    Ok(said.trim().to_owned())
}

/// The host says why, and what was active is as it was.
fn refused(scene: &Scene, place: &Path, lie: &Lie) -> Result<String> {
    let file = place.join(format!("{}.ucx", lie.name));
    folder::write(&file, (lie.bytes)()?)?;
    told(scene, &file, lie.words)
}

fn told(scene: &Scene, file: &Path, words: &str) -> Result<String> {
    let row = |scene: &Scene| -> Result<String> {
        let list = scene.host.ask("plugin list")?;
        let row = list
            .lines()
            .find(|line| line.split_whitespace().next() == Some(ID));
        Ok(row.context("the honest one is gone")?.to_owned())
    };
    let before = row(scene)?;
    let said = install(scene, file)?;
    if !said.contains(words) || said.contains(SECRET) {
        bail!("answered {said}");
    }
    let after = row(scene)?;
    if before.split_whitespace().nth(2) != after.split_whitespace().nth(2) {
        bail!("{before} has become {after}");
    }
    Ok(String::new())
}

fn strange(scene: &Scene, place: &Path) -> Result<String> {
    let large: PathBuf = place.join("of-8-gib.ucx");
    File::create(&large)?.set_len(8 << 30)?;
    told(scene, &large, "bytes are more than")?;
    std::fs::remove_file(&large)?;
    let endless = place.join("to-zeros.ucx");
    symlink("/dev/zero", &endless)?;
    let refused = told(scene, &endless, "cannot be read");
    std::fs::remove_file(&endless)?;
    refused?;
    let secret = place.join("secret.txt");
    folder::write(&secret, SECRET)?;
    let link = place.join("to-a-secret.ucx");
    symlink(&secret, &link)?;
    let refused = told(scene, &link, "is no bundle");
    std::fs::remove_file(&link)?;
    refused?;
    told(scene, place, "cannot be read")?;
    told(scene, &place.join("nowhere.ucx"), "cannot be read")
}

fn another(scene: &Scene, place: &Path) -> Result<String> {
    let file = place.join("another.ucx");
    let [_, other, _] = keys();
    folder::write(&file, packed("elsewhere", "1.0.0")?.signed(&other).to_bytes())?;
    let said = scene.host.ask(&format!("plugin swap {ID} {}", file.display()))?;
    if !said.contains("and not packed") {
        bail!("answered {said}");
    }
    Ok(String::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lie_differs_from_the_truth_and_the_truth_is_read() {
        let truth = honest("2.0.0").unwrap();
        assert!(Bundle::read(&truth).is_ok());
        assert_eq!(joined(&parts(&truth)), truth);
        for lie in LIES {
            let bytes = (lie.bytes)().unwrap();
            assert_ne!(bytes, truth, "{}", lie.name);
            assert_eq!(LIES.iter().filter(|other| other.name == lie.name).count(), 1);
        }
    }
}
