//! asterisk.conf: directories and the options of the program.

use crate::diagnostic::{Diagnostic, Diagnostics, Origin};
use crate::model::{Config, Section};
use crate::options::{Known, Reader, Settings, Table, honoured, ignored};

static DIRECTORY_OPTIONS: &[Known] = &[
    honoured("astagidir", "/var/lib/asterisk/agi-bin"),
    honoured("astcachedir", "/var/cache/asterisk"),
    honoured("astdatadir", "/var/lib/asterisk"),
    honoured("astdbdir", "/var/lib/asterisk"),
    honoured("astetcdir", "/etc/asterisk"),
    honoured("astkeydir", "/var/lib/asterisk"),
    honoured("astlogdir", "/var/log/asterisk"),
    honoured("astmoddir", "/usr/lib/asterisk/modules"),
    honoured("astrundir", "/var/run/asterisk"),
    honoured("astsbindir", "/usr/sbin"),
    honoured("astspooldir", "/var/spool/asterisk"),
    honoured("astvarlibdir", "/var/lib/asterisk"),
];
static DIRECTORIES: Table = Table {
    what: "[directories]",
    options: DIRECTORY_OPTIONS,
};

static OPTION_OPTIONS: &[Known] = &[
    ignored("alwaysfork", "no"),
    ignored("autosystemname", "no"),
    ignored("cache_media_frames", "yes"),
    ignored("cache_record_files", "no"),
    ignored("channel_storage_backend", "ao2_legacy"),
    ignored("console", "no"),
    honoured("debug", "0"),
    honoured("defaultlanguage", "en"),
    ignored("disable_remote_console_shell", "no"),
    honoured("documentation_language", "en_US"),
    ignored("dontwarn", "no"),
    ignored("dumpcore", "no"),
    honoured("entityid", ""),
    ignored("execincludes", "no"),
    ignored("forceblackbackground", "no"),
    ignored("hideconnect", "no"),
    ignored("highpriority", "no"),
    ignored("initcrypto", "no"),
    ignored("internal_timing", "yes"),
    ignored("languageprefix", "yes"),
    ignored("lightbackground", "no"),
    honoured("live_dangerously", "no"),
    ignored("lockconfdir", "no"),
    ignored("lockmode", "lockfile"),
    honoured("maxcalls", "0"),
    ignored("maxfiles", "0"),
    ignored("maxload", "0"),
    ignored("mindtmfduration", "80"),
    ignored("minmemfree", "0"),
    ignored("nocolor", "no"),
    ignored("nofork", "no"),
    ignored("phpagi", ""),
    ignored("quiet", "no"),
    ignored("record_cache_dir", "/tmp"),
    ignored("rtp_pt_dynamic", "35"),
    ignored("rtp_use_dynamic", "yes"),
    ignored("rungroup", ""),
    ignored("runuser", ""),
    ignored("sounds_search_custom_dir", "no"),
    ignored("stdexten", "gosub"),
    honoured("systemname", ""),
    honoured("testevents", "no"),
    ignored("timestamp", "no"),
    ignored("transcode_via_sln", "yes"),
    ignored("transmit_silence", "no"),
    honoured("verbose", "0"),
];
static OPTIONS: Table = Table {
    what: "[options]",
    options: OPTION_OPTIONS,
};

static FILE_OPTIONS: &[Known] = &[
    honoured("astctl", "asterisk.ctl"),
    ignored("astctlgroup", ""),
    ignored("astctlowner", ""),
    ignored("astctlpermissions", "0660"),
];
static FILES: Table = Table {
    what: "[files]",
    options: FILE_OPTIONS,
};

/// The directories of `[directories]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directories {
    /// Configuration.
    pub etc: String,
    /// State that stays.
    pub var_lib: String,
    /// The database.
    pub db: String,
    /// Keys.
    pub key: String,
    /// Sounds and other data.
    pub data: String,
    /// AGI programs.
    pub agi: String,
    /// Spools.
    pub spool: String,
    /// The control socket and the process id.
    pub run: String,
    /// Logs.
    pub log: String,
    /// Programs.
    pub sbin: String,
}

/// asterisk.conf as values.
#[derive(Debug, Clone)]
pub struct AsteriskConf {
    /// Directories; without a `[directories]` the field's own.
    pub directories: Directories,
    /// False when there is no `[directories]` in force, so that the caller may choose its own.
    pub has_directories: bool,
    /// Verbosity of the console.
    pub verbose: u32,
    /// Depth of debugging.
    pub debug: u32,
    /// The name in front of unique ids.
    pub system_name: Option<String>,
    /// The identity of the host, as written.
    pub entity_id: Option<String>,
    /// The most calls at once; zero means no limit.
    pub max_calls: u32,
    /// The language of channels that have none.
    pub default_language: String,
    /// Dangerous functions may be used from outside the dialplan.
    pub live_dangerously: bool,
    /// The control socket's name in the run directory.
    pub control_socket: String,
    /// All of `[options]` as text.
    pub options: Settings,
}

/// Reads asterisk.conf; an option that cannot be read keeps its default.
pub fn load(config: &Config) -> (AsteriskConf, Vec<Diagnostic>) {
    let mut diagnostics = Diagnostics::default();
    let directories = config.merged("directories");
    let has_directories = directories.is_some();
    let directories = directories.unwrap_or_else(|| empty("directories"));
    let directories = read_directories(&mut Reader::new(&directories, &DIRECTORIES, &mut diagnostics));
    let files = config.merged("files").unwrap_or_else(|| empty("files"));
    let control_socket = Reader::new(&files, &FILES, &mut diagnostics).text("astctl");
    let options = config.merged("options").unwrap_or_else(|| empty("options"));
    let mut reader = Reader::new(&options, &OPTIONS, &mut diagnostics);
    let whole = AsteriskConf {
        directories,
        has_directories,
        // `yes` and `no` are common here in place of a number.
        verbose: reader.read("verbose", level),
        debug: reader.read("debug", level),
        system_name: reader.optional("systemname"),
        entity_id: reader.optional("entityid"),
        max_calls: reader.number("maxcalls", 0..=u32::MAX),
        default_language: reader.text("defaultlanguage"),
        live_dangerously: reader.flag("live_dangerously"),
        control_socket,
        options: reader.settings(),
    };
    for section in config.sections() {
        let name = section.name.as_str();
        if !matches!(name, "directories" | "options" | "files" | "compat") {
            diagnostics.warning(
                &section.origin,
                format!("[{name}] is not a known section of asterisk.conf"),
            );
        }
    }
    (whole, diagnostics.into_vec())
}

fn level(text: &str) -> Result<u32, crate::value::Expected> {
    crate::value::number(text, &(0..=1_000)).or_else(|expected| match crate::value::boolean(text) {
        Ok(on) => Ok(u32::from(on)),
        Err(_) => Err(expected),
    })
}

fn read_directories(reader: &mut Reader<'_>) -> Directories {
    Directories {
        etc: reader.text("astetcdir"),
        var_lib: reader.text("astvarlibdir"),
        db: reader.text("astdbdir"),
        key: reader.text("astkeydir"),
        data: reader.text("astdatadir"),
        agi: reader.text("astagidir"),
        spool: reader.text("astspooldir"),
        run: reader.text("astrundir"),
        log: reader.text("astlogdir"),
        sbin: reader.text("astsbindir"),
    }
}

fn empty(name: &str) -> Section {
    Section {
        name: name.to_owned(),
        template: false,
        templates: Vec::new(),
        origin: Origin::new("asterisk.conf", 0),
        entries: Vec::new(),
    }
}
