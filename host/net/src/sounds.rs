//! Finding sounds by name and language, and bringing them into memory off the control thread.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use ucx_call::loudness;
use ucx_config::musiconhold::{MusicClass, MusicOnHold, Pieces as MusicPieces, Sort};
use ucx_media::{Sound, ToneGenerator, ToneSpec};

/// Sounds kept in memory; past it the table is emptied and filled anew.
const CACHED_MAX: usize = 512;

/// Classes of music kept in memory; past it they are read anew.
const CLASSES_MAX: usize = 16;
/// Files of one class that are looked at.
const PIECES_MAX: usize = 1_000;
/// Samples one class may have: an hour.
const MUSIC_SAMPLES_MAX: usize = 3_600 * 8_000;

/// Extensions of sound files, in the order they are looked for.
const EXTENSIONS: [&str; 8] = ["wav", "ulaw", "ul", "pcm", "alaw", "al", "sln", "sln16"];

/// The outcome of loading: those sounds that were found, and the names of those that were not.
#[derive(Clone, Debug, Default)]
pub struct LoadedSounds {
    /// In the order asked for.
    pub sounds: Vec<Arc<Sound>>,
    /// Names without a readable file.
    pub missing: Vec<Arc<str>>,
}

/// Sounds on their way into memory.
pub type Loading = Pin<Box<dyn Future<Output = LoadedSounds>>>;

/// Where sounds come from.
pub trait SoundSource {
    /// Loads sounds by the names a dialplan gives them.
    fn load(&self, names: Arc<[Arc<str>]>, language: Arc<str>) -> Loading;

    /// Loads the pieces of a class of music, in the order they are played; a source without music has none.
    fn music(&self, class: Arc<str>) -> Loading {
        let missing = vec![class];
        Box::pin(std::future::ready(LoadedSounds {
            sounds: Vec::new(),
            missing,
        }))
    }
}

/// Loads sounds, as loud as the first one's name wishes all of them.
pub(crate) fn load_as_loud(source: &dyn SoundSource, names: Arc<[Arc<str>]>, language: Arc<str>) -> Loading {
    let (_, gain_db) = names.first().map_or(("", 0), |first| loudness(first));
    if gain_db == 0 {
        return source.load(names, language);
    }
    let plain = names.iter().map(|name| Arc::from(loudness(name).0)).collect();
    let load = source.load(plain, language);
    Box::pin(async move {
        let mut loaded = load.await;
        for sound in &mut loaded.sounds {
            *sound = Arc::new(sound.louder(gain_db));
        }
        loaded
    })
}

/// The tone before a recording, for hosts without a sound file of that name.
pub(crate) fn beep() -> Arc<Sound> {
    let mut samples = vec![0; 1_280];
    ToneGenerator::new(ToneSpec::steady(1_000, 0)).fill(&mut samples);
    Arc::new(Sound::from_samples(&samples))
}

/// What is there without files: `beep`, and silence: `silence/1` to `silence/10` in seconds, `silence/250ms` to ten seconds.
fn made_up(name: &str) -> Option<Arc<Sound>> {
    if name == "beep" {
        return Some(beep());
    }
    let length = name.strip_prefix("silence/")?;
    let milliseconds: usize = match length.strip_suffix("ms") {
        Some(milliseconds) => milliseconds.parse().ok()?,
        None => length.parse::<usize>().ok()?.checked_mul(1_000)?,
    };
    (1..=10_000)
        .contains(&milliseconds)
        .then(|| Arc::new(Sound::from_samples(&vec![0; milliseconds * 8])))
}

/// Sounds in memory: those the host makes itself, and the only ones of a simulation.
#[derive(Clone, Default)]
pub struct MemorySounds(BTreeMap<String, Arc<Sound>>);

impl MemorySounds {
    /// Adds a sound under a name.
    #[must_use]
    pub fn with(mut self, name: &str, sound: Sound) -> Self {
        self.0.insert(name.to_owned(), Arc::new(sound));
        self
    }

    fn find(&self, name: &str) -> Option<Arc<Sound>> {
        self.0.get(name).cloned()
    }
}

impl SoundSource for MemorySounds {
    fn load(&self, names: Arc<[Arc<str>]>, _language: Arc<str>) -> Loading {
        let mut loaded = LoadedSounds::default();
        for name in names.iter() {
            match self.find(name) {
                Some(sound) => loaded.sounds.push(sound),
                None => loaded.missing.push(name.clone()),
            }
        }
        Box::pin(std::future::ready(loaded))
    }
}

/// Sounds in memory by name and language.
#[derive(Default)]
struct Cache(BTreeMap<(Arc<str>, Arc<str>), Arc<Sound>>);

/// Sound files in folders, looked up as `FOLDER/LANGUAGE/NAME.EXT`, then `FOLDER/NAME.EXT`; before them, sounds in memory.
pub struct FileSounds {
    folders: Arc<[PathBuf]>,
    built_in: MemorySounds,
    cache: Rc<RefCell<Cache>>,
    music: RefCell<MusicOnHold>,
    data: Arc<Path>,
    pieces: Rc<RefCell<BTreeMap<Arc<str>, Pieces>>>,
    turn: Cell<usize>,
}

/// The pieces of a class of music in memory.
#[derive(Clone, Default)]
struct Pieces {
    sounds: Vec<Arc<Sound>>,
    begins_anywhere: bool,
}

impl Pieces {
    fn read(class: &MusicClass, sounds: &[PathBuf], data: &Path) -> Self {
        let places = match &class.pieces {
            MusicPieces::Folder(folder) => files_of(&data.join(folder)),
            MusicPieces::List(names) => names
                .iter()
                .map(|name| match Path::new(name).is_absolute() {
                    true => PathBuf::from(name),
                    false => sounds
                        .first()
                        .map_or_else(|| data.join(name), |folder| folder.join(name)),
                })
                .collect(),
        };
        let mut pieces = Self {
            sounds: Vec::new(),
            begins_anywhere: matches!(class.sort, Sort::Random | Sort::RandomStart),
        };
        let mut length = 0;
        for place in places {
            let Some(sound) = read_any(&place) else { continue };
            length += sound.samples().len();
            if length > MUSIC_SAMPLES_MAX {
                tracing::warn!(file = %place.display(), "a class of music is too long; the rest of it is left out");
                break;
            }
            pieces.sounds.push(sound);
        }
        pieces
    }

    /// Where the order is left to chance, each listener begins with another piece.
    fn in_turn(&self, turn: usize) -> LoadedSounds {
        let mut sounds = self.sounds.clone();
        if self.begins_anywhere {
            let first = turn % sounds.len().max(1);
            sounds.rotate_left(first);
        }
        LoadedSounds {
            sounds,
            missing: Vec::new(),
        }
    }
}

/// The sound files of a folder without their endings, by name, each once.
fn files_of(folder: &Path) -> Vec<PathBuf> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            tracing::warn!(folder = %folder.display(), %error, "a folder of music cannot be read");
            return Vec::new();
        }
    };
    let known = |path: &PathBuf| {
        let ending = path.extension().and_then(|ending| ending.to_str());
        ending.is_some_and(|ending| EXTENSIONS.contains(&ending.to_ascii_lowercase().as_str()))
    };
    let files = entries.flatten().map(|entry| entry.path()).filter(known);
    let names: BTreeSet<PathBuf> = files.map(|path| path.with_extension("")).collect();
    names.into_iter().take(PIECES_MAX).collect()
}

impl FileSounds {
    /// Takes classes of music; their relative folders lie below the data folder.
    #[must_use]
    pub fn with_music(mut self, music: MusicOnHold, data: &Path) -> Self {
        self.data = Arc::from(data);
        self.set_music(music);
        self
    }

    /// Takes other classes; who waits now hears the old ones on.
    pub fn set_music(&self, music: MusicOnHold) {
        *self.music.borrow_mut() = music;
        self.pieces.borrow_mut().clear();
    }

    /// Sounds of those folders and those in memory.
    pub fn new(folders: Vec<PathBuf>, built_in: MemorySounds) -> Self {
        Self {
            folders: Arc::from(folders),
            built_in,
            cache: Rc::default(),
            music: RefCell::default(),
            data: Arc::from(Path::new("")),
            pieces: Rc::default(),
            turn: Cell::new(1),
        }
    }

    fn cached(&self, name: &Arc<str>, language: &Arc<str>) -> Option<Arc<Sound>> {
        let known = self
            .cache
            .borrow()
            .0
            .get(&(name.clone(), language.clone()))
            .cloned();
        known.or_else(|| self.built_in.find(name))
    }
}

impl SoundSource for FileSounds {
    fn music(&self, class: Arc<str>) -> Loading {
        if let Some(pieces) = self.pieces.borrow().get(&class).cloned() {
            let turn = self.turn.get();
            self.turn.set(turn.wrapping_add(1));
            return Box::pin(std::future::ready(pieces.in_turn(turn)));
        }
        let Some(settings) = self.music.borrow().class(&class).cloned() else {
            let missing = vec![class];
            return Box::pin(std::future::ready(LoadedSounds {
                sounds: Vec::new(),
                missing,
            }));
        };
        let (folders, data, kept) = (self.folders.clone(), self.data.clone(), self.pieces.clone());
        Box::pin(async move {
            let read = tokio::task::spawn_blocking(move || Pieces::read(&settings, &folders, &data));
            // A panic while reading counts as music that cannot be read.
            let pieces = read.await.unwrap_or_default();
            if pieces.sounds.is_empty() {
                return LoadedSounds {
                    sounds: Vec::new(),
                    missing: vec![class],
                };
            }
            let loaded = pieces.in_turn(0);
            let mut kept = kept.borrow_mut();
            if kept.len() >= CLASSES_MAX {
                kept.clear();
            }
            kept.insert(class, pieces);
            loaded
        })
    }

    fn load(&self, names: Arc<[Arc<str>]>, language: Arc<str>) -> Loading {
        let known: Vec<_> = names.iter().map(|name| self.cached(name, &language)).collect();
        let (folders, cache) = (self.folders.clone(), self.cache.clone());
        Box::pin(async move {
            let mut loaded = LoadedSounds::default();
            for (name, known) in names.iter().zip(known) {
                let sound = match known {
                    Some(sound) => Some(sound),
                    None => read_off_thread(folders.clone(), name.clone(), language.clone()).await,
                };
                match sound {
                    Some(sound) => {
                        keep(&cache, name, &language, &sound);
                        loaded.sounds.push(sound);
                    }
                    None => loaded.missing.push(name.clone()),
                }
            }
            loaded
        })
    }
}

fn keep(cache: &RefCell<Cache>, name: &Arc<str>, language: &Arc<str>, sound: &Arc<Sound>) {
    let cache = &mut cache.borrow_mut().0;
    if cache.len() >= CACHED_MAX {
        cache.clear();
    }
    cache.insert((name.clone(), language.clone()), sound.clone());
}

async fn read_off_thread(folders: Arc<[PathBuf]>, name: Arc<str>, language: Arc<str>) -> Option<Arc<Sound>> {
    // A panic while reading counts as a file that cannot be read.
    tokio::task::spawn_blocking(move || read(&folders, &name, &language))
        .await
        .ok()
        .flatten()
}

fn read(folders: &[PathBuf], name: &str, language: &str) -> Option<Arc<Sound>> {
    if Path::new(name).is_absolute() {
        return read_any(Path::new(name));
    }
    let base = language.split(['_', '-']).next().unwrap_or(language);
    let mut places = Vec::new();
    for folder in folders {
        places.extend([
            folder.join(language).join(name),
            folder.join(base).join(name),
            folder.join(name),
        ]);
    }
    places
        .iter()
        .find_map(|place| read_any(place))
        .or_else(|| made_up(name))
}

fn read_any(place: &Path) -> Option<Arc<Sound>> {
    EXTENSIONS.iter().find_map(|extension| {
        let mut path = place.as_os_str().to_owned();
        path.push(".");
        path.push(extension);
        let bytes = std::fs::read(&path).ok()?;
        match Sound::from_file(extension, &bytes) {
            Ok(sound) => Some(Arc::new(sound)),
            Err(error) => {
                tracing::warn!(file = %Path::new(&path).display(), %error, "a sound file cannot be read");
                None
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_looked_up_by_language_then_without() {
        let folder = std::env::temp_dir().join(format!("ucx-sounds-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("de")).expect("a folder");
        std::fs::write(folder.join("de/hello.sln"), [0u8; 320]).expect("a file");
        std::fs::write(folder.join("hello.sln"), [0u8; 640]).expect("a file");
        let folders = [folder.clone()];
        let length = |language| read(&folders, "hello", language).map(|sound| sound.samples().len());
        assert_eq!(length("de"), Some(160));
        assert_eq!(length("de_AT"), Some(160));
        assert_eq!(length("fr"), Some(320));
        assert!(read(&folders, "absent", "de").is_none());
        std::fs::remove_dir_all(folder).expect("it is ours");
    }
}
