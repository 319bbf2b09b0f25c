//! logger.conf: which files there are, and lines of which levels go to each.

use std::path::{Path, PathBuf};
use ucx_config::{Config, Operator, Source, parse};

/// Files at most; further ones are not written.
pub const CHANNELS_MAX: usize = 32;
/// Times at the head of a line, if nobody says.
const DATE_FORMAT: &str = "%b %e %T";

/// The field's levels of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    Debug,
    Notice,
    Warning,
    Error,
    Verbose,
    Dtmf,
    Fax,
    Security,
}

impl LogLevel {
    /// Each with its word.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::Debug, "DEBUG"),
        (Self::Notice, "NOTICE"),
        (Self::Warning, "WARNING"),
        (Self::Error, "ERROR"),
        (Self::Verbose, "VERBOSE"),
        (Self::Dtmf, "DTMF"),
        (Self::Fax, "FAX"),
        (Self::Security, "SECURITY"),
    ];

    pub fn as_str(self) -> &'static str {
        Self::ALL[self as usize].1
    }
}

/// One file, or standard error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogChannel {
    /// None for standard error (`console`).
    pub file: Option<PathBuf>,
    pub levels: Vec<LogLevel>,
}

/// All of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogPlan {
    pub channels: Vec<LogChannel>,
    /// How times are written, in the letters of `strftime`.
    pub date_format: String,
}

impl LogPlan {
    /// The plan of a source's logger.conf; empty if there is none.
    pub fn read(source: &dyn Source, folder: &Path) -> Self {
        let (config, _) = parse(source, "logger.conf");
        Self::load(&config, folder)
    }

    fn load(config: &Config, folder: &Path) -> Self {
        let channels = config
            .sections_named("logfiles")
            .flat_map(|section| &section.entries)
            .filter(|entry| entry.operator != Operator::Append)
            .filter_map(|entry| channel(&entry.key, &entry.value, folder))
            .take(CHANNELS_MAX)
            .collect();
        let format = config.text("general", "dateformat").unwrap_or(DATE_FORMAT);
        Self {
            channels,
            date_format: format.to_owned(),
        }
    }
}

impl LogChannel {
    /// A file with levels written as in logger.conf; none if no level is one.
    pub fn of(name: &str, levels: &str, folder: &Path) -> Option<Self> {
        channel(name, levels, folder).filter(|channel| !channel.levels.is_empty())
    }
}

/// A line `NAME => level,level`; the system's own log is not written to.
fn channel(name: &str, levels: &str, folder: &Path) -> Option<LogChannel> {
    if name.starts_with("syslog") {
        return None;
    }
    let levels = match levels.trim_start().strip_prefix('[') {
        // A formatter; lines are plain whatever it says.
        Some(rest) => rest.split_once(']').map_or("", |(_, levels)| levels),
        None => levels,
    };
    let mut wanted = Vec::new();
    for word in levels.split(',').map(str::trim) {
        // `verbose(3)` is a level with a depth, of which there is one here.
        let word = word.split('(').next().unwrap_or(word).trim();
        let all = word == "*";
        let found = LogLevel::ALL
            .iter()
            .filter(|(_, name)| all || name.eq_ignore_ascii_case(word));
        wanted.extend(found.map(|(level, _)| *level));
    }
    wanted.sort_unstable();
    wanted.dedup();
    Some(LogChannel {
        file: (name != "console").then(|| folder.join(name)),
        levels: wanted,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ucx_config::MemorySource;

    fn plan(text: &str) -> LogPlan {
        let source = MemorySource::new().with("logger.conf", text.as_bytes());
        LogPlan::read(&source, Path::new("/log"))
    }

    #[test]
    fn each_line_is_a_file_and_its_levels() {
        let plan = plan(
            "[general]\ndateformat = %F %T\n[logfiles]\nfull.txt => notice,warning,error,verbose(3)\nconsole => *\nsyslog.local0 => error\n/abs => [json]debug\n",
        );
        assert_eq!(plan.date_format, "%F %T");
        let files: Vec<_> = plan.channels.iter().map(|channel| channel.file.clone()).collect();
        assert_eq!(
            files,
            [
                Some(PathBuf::from("/log/full.txt")),
                None,
                Some(PathBuf::from("/abs"))
            ]
        );
        use LogLevel::{Debug, Error, Notice, Verbose, Warning};
        assert_eq!(plan.channels[0].levels, [Notice, Warning, Error, Verbose]);
        assert_eq!(plan.channels[1].levels.len(), LogLevel::ALL.len());
        assert_eq!(plan.channels[2].levels, [Debug]);
    }

    #[test]
    fn without_the_file_there_is_no_channel() {
        assert!(
            LogPlan::read(&MemorySource::new(), Path::new("/log"))
                .channels
                .is_empty()
        );
    }
}
