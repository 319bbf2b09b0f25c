//! What do the SDKs take from the WIT packages? Types and checks of values for Python and JavaScript, bindings for C.
//!
//! `ucx-generate sdk ROOT` writes the committed files of `sdk/python` and `sdk/js` anew. `ucx-generate c WIT WORLD OUT`
//! writes the C bindings of a world of the folder WIT.

mod javascript;
mod model;
mod python;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use wit_bindgen_core::Files;

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["sdk", root] => write_all(&sdk(Path::new(root))?),
        ["c", wit, world, out] => write_all(&c(Path::new(wit), world, Path::new(out))?),
        _ => bail!("usage: ucx-generate sdk ROOT | ucx-generate c WIT WORLD OUT"),
    }
}

/// The committed files: path and text.
fn sdk(root: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let (interfaces, worlds) = model::read(&root.join("wit"))?;
    let files = [
        ("sdk/python/ucx/_shapes.py", python::shapes(&interfaces)),
        ("sdk/python/ucx/types.py", python::types(&interfaces)?),
        ("sdk/js/src/shapes.js", javascript::shapes(&interfaces, &worlds)),
        ("sdk/js/wit.d.ts", javascript::types(&interfaces)),
    ];
    Ok(files
        .into_iter()
        .map(|(path, text)| (root.join(path), text.into_bytes()))
        .collect())
}

/// The C bindings of a world.
fn c(wit: &Path, world: &str, out: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let mut resolve = wit_parser::Resolve::default();
    let (package, _) = resolve.push_dir(wit)?;
    let world = resolve.select_world(&[package], Some(world))?;
    let mut files = Files::default();
    wit_bindgen_c::Opts::default()
        .build()
        .generate(&mut resolve, world, &mut files)?;
    Ok(files
        .iter()
        .map(|(name, bytes)| (out.join(name), bytes.to_vec()))
        .collect())
}

fn write_all(files: &[(PathBuf, Vec<u8>)]) -> Result<()> {
    for (path, bytes) in files {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, bytes).with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(())
}
