//! musiconhold.conf: classes of music for those who wait.

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::model::{Config, Section};

/// In which order the pieces of a class are played.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// As the field happens to find them: by name, too.
    #[default]
    Unsorted,
    /// By name.
    Alphabetical,
    /// By lot.
    Random,
    /// By name, beginning with one by lot.
    RandomStart,
}

/// Where the pieces of a class come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pieces {
    /// All files of a folder; a relative one lies below the data folder.
    Folder(String),
    /// These names, without their endings.
    List(Vec<String>),
}

/// One class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MusicClass {
    /// Where its pieces come from.
    pub pieces: Pieces,
    /// Their order.
    pub sort: Sort,
}

/// The settings of musiconhold.conf.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MusicOnHold {
    classes: BTreeMap<String, MusicClass>,
}

impl MusicOnHold {
    /// A class by name.
    pub fn class(&self, name: &str) -> Option<&MusicClass> {
        self.classes.get(name)
    }

    /// All classes by name.
    pub fn classes(&self) -> impl Iterator<Item = (&str, &MusicClass)> {
        self.classes.iter().map(|(name, class)| (name.as_str(), class))
    }
}

/// Reads musiconhold.conf. A class in a mode this host does not play is left out with a warning; programs of the operator's
/// choice (`mode=custom`) are never run.
pub fn load(config: &Config) -> (MusicOnHold, Vec<Diagnostic>) {
    let mut music = MusicOnHold::default();
    let mut diagnostics = Vec::new();
    for section in config.sections() {
        if section.name.eq_ignore_ascii_case("general") {
            continue;
        }
        if let Some(class) = class(section, &mut diagnostics) {
            music.classes.insert(section.name.clone(), class);
        }
    }
    (music, diagnostics)
}

fn class(section: &Section, diagnostics: &mut Vec<Diagnostic>) -> Option<MusicClass> {
    let name = &section.name;
    let mode = section.text("mode").unwrap_or("files");
    let pieces = match mode.to_ascii_lowercase().as_str() {
        "files" => section
            .text("directory")
            .map(|folder| Pieces::Folder(folder.to_owned())),
        "playlist" => {
            let entries = section.get_all("entry").map(|entry| entry.value.clone());
            Some(Pieces::List(entries.collect()))
        }
        other => {
            let message = format!("the music [{name}] has the mode '{other}', which this host does not play");
            diagnostics.push(Diagnostic::warning(&section.origin, message));
            return None;
        }
    };
    let Some(pieces) = pieces else {
        let message = format!("the music [{name}] needs a directory");
        diagnostics.push(Diagnostic::error(&section.origin, message));
        return None;
    };
    let sort = match section.text("sort").map(str::to_ascii_lowercase).as_deref() {
        Some("alpha") => Sort::Alphabetical,
        Some("random") => Sort::Random,
        Some("randstart") => Sort::RandomStart,
        // An old option for the same.
        _ if section
            .text("random")
            .is_some_and(|value| value.eq_ignore_ascii_case("yes")) =>
        {
            Sort::Random
        }
        _ => Sort::Unsorted,
    };
    for entry in &section.entries {
        let key = entry.key.to_ascii_lowercase();
        if ["application", "announcement", "digit", "format"].contains(&key.as_str()) {
            let message = format!("'{key}' of the music [{name}] is not honoured");
            diagnostics.push(Diagnostic::warning(&entry.origin, message));
        }
    }
    Some(MusicClass { pieces, sort })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse_text;

    #[test]
    fn classes_of_files_are_taken_and_programs_are_not() {
        let text = "[general]\ncachertclasses=no\n[default]\nmode=files\ndirectory=moh\nsort=alpha\n\
                    [list]\nmode=playlist\nentry=one\nentry=two\n[evil]\nmode=custom\napplication=/bin/sh\n[none]\n";
        let (music, diagnostics) = load(&parse_text("musiconhold.conf", text).0);
        let expected = MusicClass {
            pieces: Pieces::Folder("moh".to_owned()),
            sort: Sort::Alphabetical,
        };
        assert_eq!(music.class("default"), Some(&expected));
        let list = music.class("list").map(|class| class.pieces.clone());
        assert_eq!(list, Some(Pieces::List(vec!["one".to_owned(), "two".to_owned()])));
        assert_eq!((music.class("evil"), music.class("none")), (None, None));
        assert_eq!(diagnostics.len(), 2);
    }
}
