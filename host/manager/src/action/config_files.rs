//! Files of the configuration folder as clients name them: never outside it, and those that say who may do what, or what
//! runs, only for users who may do everything.

use super::Call;
use crate::Failure;
use crate::event::Classes;
use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Component, Path};
use ucx_config::edit::{CategoryView, Filter};
use ucx_config::{Config, DirSource, Section};

/// What the field says of files a client may not reach.
pub(super) const ESCALATED: &str = "File requires escalated privileges";

/// Largest file that is edited, in bytes.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// Beginnings of names of files that say who may do what, what runs on calls, or which code is loaded.
const GUARDED: [&str; 17] = [
    "agents",
    "ari",
    "asterisk",
    "cli",
    "extconfig",
    "extensions",
    "features",
    "func_",
    "http",
    "manager",
    "modules",
    "musiconhold",
    "pbx_",
    "res_",
    "sorcery",
    "ucx",
    "voicemail",
];

/// Beginnings of names of files that hold the secrets of those who may do more.
const SECRET: [&str; 2] = ["ari", "manager"];

/// What is to be done with a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

/// A file a client named, and the folder it is in.
#[derive(Clone)]
pub(super) struct NamedFile {
    folder: std::path::PathBuf,
    pub name: String,
    /// Whether the user may reach files that are included by guarded ones.
    is_trusted: bool,
}

impl NamedFile {
    /// The file, if its name stays inside the folder and this user may reach it.
    pub fn of(call: &Call<'_>, name: &str, access: Access) -> Result<Self, Failure> {
        let mut parts = Vec::new();
        for part in Path::new(name).components() {
            match part {
                Component::Normal(part) => parts.push(part.to_string_lossy()),
                Component::CurDir => {}
                Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                    return Err(ESCALATED.into());
                }
            }
        }
        let is_trusted = call.user.write.contains(Classes::SYSTEM);
        let file = Self {
            folder: call.host.directories().etc.clone(),
            // One spelling for each file, so that none is mistaken for another.
            name: parts.join("/"),
            is_trusted,
        };
        if !is_trusted && file.is_guarded(access) {
            return Err(ESCALATED.into());
        }
        Ok(file)
    }

    fn is_guarded(&self, access: Access) -> bool {
        let lower = self.name.to_ascii_lowercase();
        let begins = |names: &[&str]| names.iter().any(|name| lower.starts_with(name));
        match access {
            Access::Read => begins(&SECRET),
            // Guarded files may take in whole folders.
            Access::Write => begins(&GUARDED) || lower.contains('/'),
        }
    }

    fn dir(&self) -> io::Result<Dir> {
        Dir::open_ambient_dir(&self.folder, ambient_authority())
    }

    /// Whether the file is there, without leaving the folder by links.
    pub fn exists(&self) -> bool {
        self.dir().is_ok_and(|dir| dir.is_file(&self.name))
    }

    /// The configuration it holds, with what it includes; none if it is not there.
    pub fn config(&self) -> Option<Config> {
        if !self.exists() {
            return None;
        }
        let (config, _) = ucx_config::parse(&DirSource::new(&self.folder), &self.name);
        config.found().then_some(config)
    }

    /// Whether the dialplan or manager.conf takes it in, so that who writes it writes them.
    pub fn is_included(&self) -> bool {
        !self.is_trusted
            && ["extensions.conf", "manager.conf", "ari.conf"]
                .iter()
                .any(|guarded| {
                    let (config, _) = ucx_config::parse(&DirSource::new(&self.folder), guarded);
                    let own = Path::new(&self.name).components();
                    config.files().iter().any(|file| {
                        let file = Path::new(file);
                        let file = file.strip_prefix(&self.folder).unwrap_or(file);
                        file.components().eq(own.clone())
                    })
                })
    }

    /// Its text.
    pub fn read(&self) -> io::Result<String> {
        let mut text = Vec::new();
        let file = self.dir()?.open(&self.name)?;
        file.take(FILE_BYTES_MAX + 1).read_to_end(&mut text)?;
        if text.len() as u64 > FILE_BYTES_MAX {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        String::from_utf8(text).map_err(|_| io::ErrorKind::InvalidData.into())
    }

    /// Makes an empty file; fails if there is one.
    pub fn create(&self) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        self.dir()?.open_with(&self.name, &options).map(drop)
    }

    /// Puts another text in its place, wholly or not at all.
    pub fn replace(&self, text: &str) -> io::Result<()> {
        let dir = self.dir()?;
        let next = format!("{}.new", self.name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        // One left behind by a crash is nobody's.
        let _ = dir.remove_file(&next);
        let mut file = dir.open_with(&next, &options)?;
        file.set_permissions(dir.metadata(&self.name)?.permissions())?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        dir.rename(&next, &dir, &self.name)
    }

    /// Where it is, for the notice at its head.
    pub fn path(&self) -> String {
        self.folder.join(&self.name).display().to_string()
    }
}

/// Work with files, away from the threads that serve sessions.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|_| Err("Config file has invalid format".into()))
}

/// What is asked of the sections of a file.
#[derive(Clone, Default)]
pub(super) struct Wanted {
    category: Option<String>,
    filter: Filter,
}

impl Wanted {
    /// What a request asks for.
    pub fn of(call: &Call<'_>) -> Result<Self, Failure> {
        let filter = Filter::parse(call.request.text("Filter"));
        Ok(Self {
            category: call.request.filled("Category").map(str::to_owned),
            filter: filter.map_err(|_| Failure::from("Filter is not well formed"))?,
        })
    }

    /// Whether one section is asked for by name.
    pub fn has_name(&self) -> bool {
        self.category.is_some()
    }

    /// The sections of a file that are meant, in its order.
    pub fn sections<'c>(&'c self, config: &'c Config) -> impl Iterator<Item = &'c Section> {
        config.with_templates().filter(|section| {
            let view = CategoryView {
                name: &section.name,
                is_template: section.template,
                templates: &section.templates,
                entries: section
                    .entries
                    .iter()
                    .map(|entry| (entry.key.as_str(), entry.value.as_str()))
                    .collect(),
            };
            self.category.as_ref().is_none_or(|name| *name == section.name) && self.filter.fits(&view)
        })
    }
}
