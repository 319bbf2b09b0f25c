//! The folder of recordings and that of sounds: what is in them, and nothing outside of them. Everything here may wait for the
//! disk, so it runs off the asynchronous threads.

use crate::model::{FormatLangPair, Sound, StoredRecording};
use bytes::Bytes;
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Files listed at most; the rest is left out.
const FILES_MAX: usize = 10_000;

/// Folders one inside the other that are looked into.
const DEPTH_MAX: usize = 8;

/// Largest recording that is handed out, in bytes.
const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Endings of audio files, with the field's name of the format and the type of the body.
const FORMATS: [(&str, &str, &str); 12] = [
    ("wav", "slin", "audio/wav"),
    ("wav16", "slin16", "audio/wav"),
    ("WAV", "wav49", "audio/x-gsm"),
    ("ulaw", "ulaw", "audio/basic"),
    ("pcm", "ulaw", "audio/basic"),
    ("ul", "ulaw", "audio/basic"),
    ("alaw", "alaw", "audio/x-alaw-basic"),
    ("al", "alaw", "audio/x-alaw-basic"),
    ("sln", "slin", "audio/l16"),
    ("sln16", "slin16", "audio/l16"),
    ("gsm", "gsm", "audio/x-gsm"),
    ("g722", "g722", "audio/g722"),
];

/// Formats that recordings can be written in.
pub const RECORDED: [&str; 4] = ["wav", "ulaw", "alaw", "sln"];

/// A folder of the host.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

/// Why a recording was not copied.
#[derive(Debug)]
pub enum CopyError {
    /// There is none of the first name.
    NotFound,
    /// There is one of the second.
    Exists,
    /// The second name is none, or leaves the folder.
    Forbidden,
    /// The disk said no.
    Failed(io::Error),
}

impl Store {
    /// That folder; it need not be there yet.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// All recordings, by name.
    pub fn recordings(&self) -> Vec<StoredRecording> {
        let mut found = BTreeSet::new();
        for file in self.files() {
            if let Some((name, ending)) = split(&file) {
                found.insert((name.to_owned(), ending.to_owned()));
            }
        }
        let stored = |(name, format)| StoredRecording { name, format };
        found.into_iter().map(stored).collect()
    }

    /// One recording.
    pub fn recording(&self, name: &str) -> Option<StoredRecording> {
        let (_, ending) = self.find(&self.open()?, name)?;
        Some(StoredRecording {
            name: name.to_owned(),
            format: ending.to_owned(),
        })
    }

    /// Whether there is that very file.
    pub fn has_file(&self, file: &str) -> bool {
        self.open().is_some_and(|dir| dir.is_file(file))
    }

    /// What is in a recording's file, with its type; none if there is no such recording.
    ///
    /// # Errors
    /// Those of the disk, and files past the bound.
    pub fn read(&self, name: &str) -> io::Result<Option<(&'static str, Bytes)>> {
        let Some(dir) = self.open() else { return Ok(None) };
        let Some((path, ending)) = self.find(&dir, name) else {
            return Ok(None);
        };
        let file = dir.open(&path)?;
        if file.metadata()?.len() > FILE_BYTES_MAX {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                "the recording is too large",
            ));
        }
        let mut body = Vec::new();
        file.take(FILE_BYTES_MAX).read_to_end(&mut body)?;
        let kind = FORMATS.iter().find(|(known, ..)| *known == ending);
        let kind = kind.map_or("application/octet-stream", |(_, _, kind)| kind);
        Ok(Some((kind, Bytes::from(body))))
    }

    /// Copies a recording under another name.
    ///
    /// # Errors
    /// [`CopyError`].
    pub fn copy(&self, from: &str, to: &str) -> Result<StoredRecording, CopyError> {
        let dir = self.open().ok_or(CopyError::NotFound)?;
        let (path, ending) = self.find(&dir, from).ok_or(CopyError::NotFound)?;
        if crate::stasis::media::leaves_its_folder(to) {
            return Err(CopyError::Forbidden);
        }
        if self.find(&dir, to).is_some() {
            return Err(CopyError::Exists);
        }
        let target = PathBuf::from(format!("{to}.{ending}"));
        if let Some(parent) = target.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            dir.create_dir_all(parent).map_err(CopyError::Failed)?;
        }
        dir.copy(&path, &dir, &target).map_err(CopyError::Failed)?;
        Ok(StoredRecording {
            name: to.to_owned(),
            format: ending.to_owned(),
        })
    }

    /// Deletes a recording; whether there was one.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn delete(&self, name: &str) -> io::Result<bool> {
        let Some(dir) = self.open() else { return Ok(false) };
        let Some((path, _)) = self.find(&dir, name) else {
            return Ok(false);
        };
        dir.remove_file(path)?;
        Ok(true)
    }

    /// All sounds of a folder that has one folder for each language; only those of a language or format, if given.
    pub fn sounds(&self, language: Option<&str>, format: Option<&str>) -> Vec<Sound> {
        let mut sounds: BTreeMap<String, BTreeSet<FormatLangPair>> = BTreeMap::new();
        for file in self.files() {
            let Some((id, pair)) = sound_of(&file) else {
                continue;
            };
            let is_meant = language.is_none_or(|wanted| wanted == pair.language)
                && format.is_none_or(|wanted| wanted == pair.format);
            if is_meant {
                sounds.entry(id).or_default().insert(pair);
            }
        }
        let sound = |(id, formats): (String, BTreeSet<FormatLangPair>)| Sound {
            id,
            text: None,
            formats: formats.into_iter().collect(),
        };
        sounds.into_iter().map(sound).collect()
    }

    fn open(&self) -> Option<Dir> {
        Dir::open_ambient_dir(&self.folder, ambient_authority()).ok()
    }

    /// The file of a recording, and its ending.
    fn find(&self, dir: &Dir, name: &str) -> Option<(PathBuf, &'static str)> {
        if crate::stasis::media::leaves_its_folder(name) {
            return None;
        }
        FORMATS.iter().find_map(|(ending, ..)| {
            let path = PathBuf::from(format!("{name}.{ending}"));
            dir.is_file(&path).then_some((path, *ending))
        })
    }

    /// Files below the folder, as paths below it.
    fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        if let Some(dir) = self.open() {
            walk(&dir, Path::new(""), DEPTH_MAX, &mut found);
        }
        found
    }
}

fn walk(dir: &Dir, below: &Path, depth: usize, found: &mut Vec<String>) {
    let Ok(entries) = dir.entries() else { return };
    for entry in entries.flatten() {
        if found.len() >= FILES_MAX {
            return;
        }
        let path = below.join(entry.file_name());
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() && depth > 1 {
            if let Ok(inner) = entry.open_dir() {
                walk(&inner, &path, depth - 1, found);
            }
        } else if kind.is_file()
            && let Some(path) = path.to_str()
        {
            found.push(path.to_owned());
        }
    }
}

/// A file's name and ending, if it is an audio file.
fn split(file: &str) -> Option<(&str, &str)> {
    let (name, ending) = file.rsplit_once('.')?;
    let is_audio = FORMATS.iter().any(|(known, ..)| *known == ending);
    (is_audio && !name.is_empty()).then_some((name, ending))
}

/// The sound that a file below the folder of all languages is: `en/digits/1.gsm`.
fn sound_of(file: &str) -> Option<(String, FormatLangPair)> {
    let (language, file) = file.split_once('/')?;
    let (id, ending) = split(file)?;
    let (_, format, _) = FORMATS.iter().find(|(known, ..)| *known == ending)?;
    let pair = FormatLangPair {
        language: language.to_owned(),
        format: (*format).to_owned(),
    };
    Some((id.to_owned(), pair))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// A folder of one test, which goes with it.
    pub struct Folder(pub PathBuf);

    impl Folder {
        fn new(name: &str, files: &[&str]) -> Self {
            let path = std::env::temp_dir().join(format!("ucx-store-{name}-{}", std::process::id()));
            for file in files {
                let file = path.join(file);
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, b"0123").unwrap();
            }
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn recordings_are_listed_read_copied_and_deleted() {
        let folder = Folder::new("recordings", &["r1.wav", "sub/r3.ulaw", "note.txt"]);
        let store = Store::new(folder.0.clone());
        let names = |store: &Store| -> Vec<String> {
            let stored = store.recordings().into_iter();
            stored
                .map(|stored| format!("{}.{}", stored.name, stored.format))
                .collect()
        };
        assert_eq!(names(&store), ["r1.wav", "sub/r3.ulaw"]);
        assert_eq!(store.recording("r1").unwrap().format, "wav");
        assert_eq!(store.recording("note"), None);
        let (kind, body) = store.read("sub/r3").unwrap().unwrap();
        assert_eq!((kind, &body[..]), ("audio/basic", &b"0123"[..]));
        assert!(store.read("nope").unwrap().is_none());

        assert_eq!(store.copy("r1", "x/r1b").unwrap().format, "wav");
        assert!(matches!(store.copy("r1", "x/r1b"), Err(CopyError::Exists)));
        assert!(matches!(store.copy("r1", "../r"), Err(CopyError::Forbidden)));
        assert!(matches!(store.copy("nope", "r"), Err(CopyError::NotFound)));
        assert!(store.delete("r1").unwrap());
        assert!(!store.delete("r1").unwrap());
        assert_eq!(names(&store), ["sub/r3.ulaw", "x/r1b.wav"]);
    }

    #[test]
    fn nothing_outside_of_the_folder_is_reached() {
        let folder = Folder::new("outside", &["in/r.wav", "secret.wav"]);
        let store = Store::new(folder.0.join("in"));
        std::os::unix::fs::symlink(folder.0.join("secret.wav"), folder.0.join("in/link.wav")).unwrap();
        assert_eq!(store.recording("../secret"), None);
        assert!(store.read("../secret").unwrap().is_none());
        assert!(!store.delete("../secret").unwrap());
        assert!(!matches!(store.read("link"), Ok(Some(_))));
        assert!(folder.0.join("secret.wav").exists());
    }

    #[test]
    fn sounds_know_their_languages_and_formats() {
        let folder = Folder::new(
            "sounds",
            &["en/beep.gsm", "en/beep.wav", "fr/digits/1.ulaw", "top.wav"],
        );
        let store = Store::new(folder.0.clone());
        let sounds = store.sounds(None, None);
        let ids: Vec<_> = sounds.iter().map(|sound| sound.id.as_str()).collect();
        assert_eq!(ids, ["beep", "digits/1"]);
        let formats: Vec<_> = sounds[0]
            .formats
            .iter()
            .map(|pair| pair.format.as_str())
            .collect();
        assert_eq!(formats, ["gsm", "slin"]);
        assert_eq!(store.sounds(Some("fr"), None).len(), 1);
        assert_eq!(store.sounds(Some("en"), Some("gsm")).len(), 1);
        assert!(store.sounds(Some("de"), None).is_empty());
        assert!(Store::new(folder.0.join("none")).sounds(None, None).is_empty());
    }
}
