//! Finding sounds by name and language, and bringing them into memory off the control thread.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use ucx_media::Sound;

/// Sounds kept in memory; past it the table is emptied and filled anew.
const CACHED_MAX: usize = 512;

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

/// Where sounds come from.
pub trait SoundSource {
    /// Loads sounds by the names a dialplan gives them.
    fn load(&self, names: Arc<[Arc<str>]>, language: Arc<str>)
    -> Pin<Box<dyn Future<Output = LoadedSounds>>>;
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
    fn load(
        &self,
        names: Arc<[Arc<str>]>,
        _language: Arc<str>,
    ) -> Pin<Box<dyn Future<Output = LoadedSounds>>> {
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
}

impl FileSounds {
    /// Sounds of those folders and those in memory.
    pub fn new(folders: Vec<PathBuf>, built_in: MemorySounds) -> Self {
        Self {
            folders: Arc::from(folders),
            built_in,
            cache: Rc::default(),
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
    fn load(
        &self,
        names: Arc<[Arc<str>]>,
        language: Arc<str>,
    ) -> Pin<Box<dyn Future<Output = LoadedSounds>>> {
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
    places.iter().find_map(|place| read_any(place))
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
