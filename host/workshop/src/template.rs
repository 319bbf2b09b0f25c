//! How does somebody begin? With a template under a name of its own, scenarios that pass, and a host's configuration to
//! try it on.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};

use crate::guests::languages::Language;

/// What a plugin is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Says where a call goes.
    Router,
    /// Leads a call.
    CallFlow,
}

/// A file's place in the plugin, and its text.
type File = (&'static str, &'static str);

struct Template {
    language: Language,
    purpose: Purpose,
    /// What the plugin is called in these files.
    name: &'static str,
    files: &'static [File],
}

macro_rules! files {
    ($folder:literal: $($file:literal),+) => {
        &[$(($file, include_str!(concat!("../../../sdk/", $folder, "/", $file)))),+]
    };
}

const TEMPLATES: [Template; 8] = [
    Template {
        language: Language::Rust,
        purpose: Purpose::Router,
        name: "rust-router",
        files: files!("templates/rust-router": "plugin.toml", "Cargo.toml", "Cargo.lock", "src/lib.rs", "tests/router.toml"),
    },
    Template {
        language: Language::Rust,
        purpose: Purpose::CallFlow,
        name: "rust-call-flow",
        files: files!("templates/rust-call-flow": "plugin.toml", "Cargo.toml", "Cargo.lock", "src/lib.rs", "tests/flow.toml"),
    },
    Template {
        language: Language::Python,
        purpose: Purpose::Router,
        name: "python-router",
        files: files!("templates/python-router": "plugin.toml", "app.py", "tests/router.toml"),
    },
    Template {
        language: Language::Python,
        purpose: Purpose::CallFlow,
        name: "python-call-flow",
        files: files!("templates/python-call-flow": "plugin.toml", "app.py", "tests/flow.toml"),
    },
    Template {
        language: Language::JavaScript,
        purpose: Purpose::Router,
        name: "js-router",
        files: files!("templates/js-router": "plugin.toml", "src/index.js", "tests/router.toml"),
    },
    Template {
        language: Language::JavaScript,
        purpose: Purpose::CallFlow,
        name: "js-call-flow",
        files: files!("templates/js-call-flow": "plugin.toml", "src/index.js", "tests/flow.toml"),
    },
    Template {
        language: Language::C,
        purpose: Purpose::Router,
        name: "c-router",
        files: files!("templates/c-router": "plugin.toml", "main.c", "tests/router.toml"),
    },
    Template {
        language: Language::C,
        purpose: Purpose::CallFlow,
        name: "c-call-flow",
        files: files!("templates/c-call-flow": "plugin.toml", "main.c", "tests/flow.toml"),
    },
];

/// A host's configuration to try the plugin with.
const TRY: &[File] = files!("try":
    "config/extensions.conf", "config/pjsip.conf", "config/rtp.conf", "config/ucx.toml", "tables/routes.csv");

/// What a new plugin is to be.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// Its name, which is its folder's as well.
    pub name: &'a str,
    /// What it is written in.
    pub language: Language,
    /// What it is for.
    pub purpose: Purpose,
    /// The folder it is put into.
    pub into: &'a Path,
}

/// Writes a new plugin; `sdk` is asked for the folder of the SDKs where the language needs to know it. Answers the folder.
///
/// # Errors
/// A name that cannot be one, a folder that is there, or one that cannot be written.
pub fn begin(wish: &Wish<'_>, sdk: impl FnOnce() -> anyhow::Result<PathBuf>) -> anyhow::Result<PathBuf> {
    let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    let name = wish.name;
    ensure!(
        !name.is_empty() && name.chars().all(fits) && name.starts_with(|c: char| c.is_ascii_lowercase()),
        "{name:?}: a plugin is called by lower case letters, digits and dashes, a letter first"
    );
    let folder = wish.into.join(name);
    ensure!(!folder.exists(), "{} exists", folder.display());
    let Some(template) = TEMPLATES
        .iter()
        .find(|template| (template.language, template.purpose) == (wish.language, wish.purpose))
    else {
        bail!("there is no template of that kind");
    };
    let home = match wish.language {
        Language::Rust => sdk()?.display().to_string(),
        Language::Python | Language::JavaScript | Language::C => String::new(),
    };
    let own = template
        .files
        .iter()
        .map(|(file, text)| (folder.join(file), text));
    let tried = TRY
        .iter()
        .map(|(file, text)| (folder.join("try").join(file), text));
    for (file, text) in own.chain(tried) {
        let text = text
            .replace(&format!("\"{}\"", template.name), &format!("\"{name}\""))
            .replace("@PLUGIN@", name)
            .replace("\"../../rust\"", &format!("\"{home}/sdk/rust\""));
        let parent = file.parent().context("a file stands in a folder")?;
        std::fs::create_dir_all(parent).with_context(|| parent.display().to_string())?;
        std::fs::write(&file, text).with_context(|| file.display().to_string())?;
    }
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(name: &str) -> PathBuf {
        let place = std::env::temp_dir().join(format!("ucx-template-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&place).unwrap();
        place
    }

    #[test]
    fn every_language_has_both_kinds_and_each_gets_its_name() {
        let into = place("kinds");
        for language in [
            Language::Rust,
            Language::Python,
            Language::JavaScript,
            Language::C,
        ] {
            for purpose in [Purpose::Router, Purpose::CallFlow] {
                let name = format!("my-{language:?}-{purpose:?}").to_lowercase();
                let wish = Wish {
                    name: &name,
                    language,
                    purpose,
                    into: &into,
                };
                let folder = begin(&wish, || Ok("/home/of".into())).unwrap();
                let read = |file: &str| std::fs::read_to_string(folder.join(file)).unwrap();
                assert!(read("plugin.toml").contains(&format!("id = \"{name}\"")));
                assert!(read("try/config/extensions.conf").contains(&format!("Wasm({name})")));
                assert!(folder.join("tests").is_dir());
                if language == Language::Rust {
                    assert!(read("Cargo.toml").contains("\"/home/of/sdk/rust\""));
                    assert!(read("Cargo.lock").contains(&format!("name = \"{name}\"")));
                }
            }
        }
        std::fs::remove_dir_all(&into).unwrap();
    }

    #[test]
    fn what_is_there_stays_and_names_are_plain() {
        let into = place("names");
        let wish = Wish {
            name: "mine",
            language: Language::C,
            purpose: Purpose::Router,
            into: &into,
        };
        let nowhere = || bail!("nobody asks for the SDKs");
        begin(&wish, nowhere).unwrap();
        assert!(begin(&wish, nowhere).unwrap_err().to_string().contains("exists"));
        for name in ["", "Bad Name", "../x", "-x", "1x"] {
            assert!(begin(&Wish { name, ..wish }, nowhere).is_err(), "{name}");
        }
        std::fs::remove_dir_all(&into).unwrap();
    }

    #[test]
    fn no_template_is_forgotten() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sdk/templates");
        let mut there: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        there.sort();
        let mut known: Vec<&str> = TEMPLATES.iter().map(|template| template.name).collect();
        known.sort_unstable();
        assert_eq!(there, known);
    }
}
