//! What a host is to be: where its files are, what it calls itself, what it reads.

use crate::args::{Ports, RunOptions};
use crate::asterisk::PRESENTED_VERSION;
use crate::config;
use crate::places::Places;
use crate::rights::ScopesOfDoors;
use crate::samples::{Files, samples};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use ucx_config::asterisk_conf::{self, AsteriskConf};
use ucx_config::{Config, DirSource, Source, parse};
use ucx_pbx::{Directories, Identity};

/// The version of the Manager protocol shown to clients.
const MANAGER_VERSION: &str = "11.0.0";
/// The folders of sounds looked through after the configured one, where the packages of the field put them.
const SOUNDS: [&str; 2] = ["/var/lib/asterisk/sounds", "/usr/share/asterisk/sounds"];

/// Everything that is decided before a host starts.
pub struct HostSpec {
    /// The configuration files.
    pub source: Arc<dyn Source + Send + Sync>,
    /// The directory they come from; none for the built-in default.
    pub config_folder: Option<PathBuf>,
    /// The main file, to be shown.
    pub config_file: PathBuf,
    pub directories: Directories,
    /// Where things may be kept that can be made again.
    pub cache: PathBuf,
    /// Folders with sounds, the first with the name wins.
    pub sounds: Vec<PathBuf>,
    pub identity: Identity,
    pub control_socket: PathBuf,
    pub pid_file: Option<PathBuf>,
    /// A file that says where the host listens, for programs that start it.
    pub listening: Option<PathBuf>,
    pub plugins: PathBuf,
    pub tables: PathBuf,
    pub code_cache: PathBuf,
    /// Where components' decisions are written down.
    pub decisions: PathBuf,
    /// Where components' values are kept.
    pub keyvalue: PathBuf,
    /// Where components' own folders are.
    pub data: PathBuf,
    /// Histories of plugins, and what their generations are made of.
    pub generations: PathBuf,
    /// Bundles that came over HTTP and are not installed yet.
    pub uploads: PathBuf,
    /// Keys whose plugins are taken.
    pub trust: PathBuf,
    /// What plugins are granted by command.
    pub own_grants: PathBuf,
    pub verbose: u32,
    pub debug: u32,
    /// The most channels at once; the switch's own bound if none.
    pub max_calls: Option<u32>,
    pub language: String,
    /// Whether the interfaces take any ports that are free, whatever the files say.
    pub has_free_ports: bool,
    /// Events that tests watch for are published.
    pub has_test_events: bool,
    /// Whoever sits at the console may reach code, files and the shell.
    pub is_dangerous: bool,
}

impl HostSpec {
    /// As `ucx run` wants it.
    pub fn of_run(options: &RunOptions, places: &Places) -> Result<Self> {
        let source = config::source(options, places)?;
        let (main, found) = main_file(&*source);
        config::report(&found)?;
        let (text, conf) = &main;
        let state = places.folder();
        let etc = options.config.clone().unwrap_or_else(|| state.to_owned());
        let directories = if conf.has_directories {
            Directories {
                etc: etc.clone(),
                run: state.to_owned(),
                ..directories(text, conf)
            }
        } else {
            own_directories(&etc, state)
        };
        let beside = |name: &str, own: PathBuf| match &options.config {
            Some(folder) => folder.join(name),
            None => own,
        };
        let mut sounds = vec![directories.data.join("sounds")];
        sounds.extend(SOUNDS.iter().map(PathBuf::from));
        let plugins = options.plugins.clone();
        let tables = options.tables.clone();
        Ok(Self {
            config_folder: options.config.clone(),
            config_file: etc.join("asterisk.conf"),
            cache: state.join("cache"),
            sounds,
            control_socket: places.control_socket(),
            pid_file: None,
            listening: Some(places.listening()),
            plugins: plugins.unwrap_or_else(|| beside("plugins", places.plugins())),
            tables: tables.unwrap_or_else(|| beside("tables", places.tables())),
            code_cache: places.code_cache(),
            decisions: places.decisions(),
            keyvalue: places.keyvalue(),
            data: places.data(),
            generations: places.generations(),
            uploads: places.uploads(),
            trust: places.trust(),
            own_grants: places.own_grants(),
            has_free_ports: options.config.is_none() && options.ports == Ports::Free,
            ..Self::common(source, conf, directories, state)
        })
    }

    /// What clients of the interfaces may reach, by ucx.toml.
    pub fn scopes(&self) -> Result<ScopesOfDoors> {
        let text = self.source.read("ucx.toml").unwrap_or_default();
        ScopesOfDoors::parse(&String::from_utf8_lossy(&text))
            .map_err(|error| anyhow::anyhow!("ucx.toml: {error}"))
    }

    /// As the field's main file wants it; a file that is not there means all its defaults.
    pub fn of_asterisk_conf(file: &Path) -> Result<Self> {
        let folder = file.parent().unwrap_or(Path::new("/"));
        let name = file.file_name().context("-C needs the name of a file")?;
        let (text, _) = parse(&DirSource::new(folder), &name.to_string_lossy());
        let (conf, _) = asterisk_conf::load(&text);
        let directories = directories(&text, &conf);
        let (etc, var, run) = (
            directories.etc.clone(),
            directories.var.clone(),
            directories.run.clone(),
        );
        let own = var.join("ucx");
        let beside = |name: &str| match etc.join(name) {
            folder if folder.is_dir() => folder,
            _ => own.join(name),
        };
        let source = Files::new(Some(DirSource::new(&etc)), samples());
        let cache = text.text("directories", "astcachedir").map(PathBuf::from);
        Ok(Self {
            config_folder: Some(etc.clone()),
            config_file: file.to_owned(),
            cache: cache.unwrap_or_else(|| var.join("cache")),
            sounds: vec![directories.data.join("sounds")],
            control_socket: run.join(&conf.control_socket),
            pid_file: Some(run.join("asterisk.pid")),
            listening: None,
            plugins: beside("plugins"),
            tables: beside("tables"),
            code_cache: own.join("cache"),
            decisions: own.join("decisions"),
            keyvalue: own.join("keyvalue"),
            data: own.join("data"),
            generations: own.join("generations"),
            uploads: own.join("uploads"),
            trust: own.join("trust"),
            own_grants: own.join("grants.toml"),
            ..Self::common(Arc::new(source), &conf, directories, &own)
        })
    }

    /// What follows from the options of asterisk.conf alone; paths that follow from more are empty.
    fn common(
        source: Arc<dyn Source + Send + Sync>,
        conf: &AsteriskConf,
        directories: Directories,
        state: &Path,
    ) -> Self {
        let none = PathBuf::new;
        Self {
            source,
            config_folder: None,
            config_file: none(),
            directories,
            cache: none(),
            sounds: Vec::new(),
            identity: identity(conf, state),
            control_socket: none(),
            pid_file: None,
            listening: None,
            plugins: none(),
            tables: none(),
            code_cache: none(),
            decisions: none(),
            keyvalue: none(),
            data: none(),
            generations: none(),
            uploads: none(),
            trust: none(),
            own_grants: none(),
            verbose: conf.verbose,
            debug: conf.debug,
            max_calls: Some(conf.max_calls).filter(|calls| *calls > 0),
            language: conf.default_language.clone(),
            has_free_ports: false,
            has_test_events: ucx_config::value::boolean(conf.options.text("testevents")).unwrap_or_default(),
            is_dangerous: conf.live_dangerously,
        }
    }
}

type MainFile = (Config, AsteriskConf);

fn main_file(source: &dyn Source) -> (MainFile, Vec<ucx_config::Diagnostic>) {
    let (text, mut found) = parse(source, "asterisk.conf");
    if !text.found() {
        found.clear();
    }
    let (conf, more) = asterisk_conf::load(&text);
    if text.found() {
        found.extend(more);
    }
    ((text, conf), found)
}

/// The directories of asterisk.conf.
fn directories(text: &Config, conf: &AsteriskConf) -> Directories {
    let of = &conf.directories;
    let modules = text.text("directories", "astmoddir");
    Directories {
        etc: PathBuf::from(&of.etc),
        modules: PathBuf::from(modules.unwrap_or("/usr/lib/asterisk/modules")),
        var: PathBuf::from(&of.var_lib),
        database: PathBuf::from(&of.db),
        keys: PathBuf::from(&of.key),
        data: PathBuf::from(&of.data),
        gateway: PathBuf::from(&of.agi),
        spool: PathBuf::from(&of.spool),
        run: PathBuf::from(&of.run),
        log: PathBuf::from(&of.log),
    }
}

/// Directories below the state folder, for a host whose files name none.
fn own_directories(etc: &Path, state: &Path) -> Directories {
    Directories {
        etc: etc.to_owned(),
        modules: state.join("modules"),
        var: state.to_owned(),
        database: state.to_owned(),
        keys: state.join("keys"),
        data: state.to_owned(),
        gateway: etc.join("agi-bin"),
        spool: state.join("spool"),
        run: state.to_owned(),
        log: state.join("log"),
    }
}

fn identity(conf: &AsteriskConf, state: &Path) -> Identity {
    let configured = conf.entity_id.as_deref().filter(|id| is_entity_id(id));
    let entity_id = match configured {
        Some(id) => id.to_ascii_lowercase(),
        None => own_entity_id(state),
    };
    Identity {
        version: Arc::from(PRESENTED_VERSION),
        manager_version: Arc::from(MANAGER_VERSION),
        own: Arc::from(concat!("UCX ", env!("CARGO_PKG_VERSION"))),
        system_name: Arc::from(conf.system_name.as_deref().unwrap_or_default()),
        entity_id: Arc::from(entity_id),
    }
}

fn is_entity_id(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    parts.len() == 6
        && parts
            .iter()
            .all(|part| part.len() == 2 && part.chars().all(|digit| digit.is_ascii_hexdigit()))
}

/// The address of the first network card; on a machine without one, six bytes drawn from the name of the state folder.
fn own_entity_id(state: &Path) -> String {
    let mut cards: Vec<PathBuf> = std::fs::read_dir("/sys/class/net")
        .map(|found| found.flatten().map(|card| card.path()).collect())
        .unwrap_or_default();
    cards.sort();
    let address = cards.iter().find_map(|card| {
        let text = std::fs::read_to_string(card.join("address")).ok()?;
        let text = text.trim();
        (is_entity_id(text) && text != "00:00:00:00:00:00").then(|| text.to_owned())
    });
    address.unwrap_or_else(|| {
        let mut bytes = [0_u8; 6];
        for (place, byte) in state.as_os_str().as_encoded_bytes().iter().enumerate() {
            let slot = &mut bytes[place % 6];
            *slot = slot.wrapping_mul(31).wrapping_add(*byte);
        }
        // A locally administered address, so that it is no card's.
        bytes[0] = bytes[0] & 0xfc | 0x02;
        bytes.map(|byte| format!("{byte:02x}")).join(":")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entity_ids_are_six_bytes() {
        assert!(is_entity_id("02:00:00:00:00:01"));
        for bad in ["", "02:00:00:00:00", "02:00:00:00:00:0g", "2:0:0:0:0:1"] {
            assert!(!is_entity_id(bad), "{bad}");
        }
        assert!(is_entity_id(&own_entity_id(Path::new("/var/lib"))));
    }

    #[test]
    fn the_main_file_says_where_everything_is() {
        let folder = std::env::temp_dir().join(format!("ucx-spec-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("asterisk.conf");
        std::fs::write(
            &file,
            "[directories]\nastetcdir = /a\nastrundir = /r\nastmoddir = /m\n[options]\nentityid = 02:00:00:00:00:0A\ntestevents = yes\nmaxcalls = 7\n",
        )
        .unwrap();
        let spec = HostSpec::of_asterisk_conf(&file).unwrap();
        assert_eq!(spec.directories.etc, Path::new("/a"));
        assert_eq!(spec.directories.modules, Path::new("/m"));
        assert_eq!(spec.directories.log, Path::new("/var/log/asterisk"));
        assert_eq!(spec.control_socket, Path::new("/r/asterisk.ctl"));
        assert_eq!(&*spec.identity.entity_id, "02:00:00:00:00:0a");
        assert_eq!((spec.has_test_events, spec.max_calls), (true, Some(7)));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
