//! The host itself: who it is, its modules, logs and variables.

use serde::Serialize;

/// Everything about the host; parts that were not asked for are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AsteriskInfo {
    /// How the program was built.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub build: Option<BuildInfo>,
    /// Version and name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<SystemInfo>,
    /// Settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<ConfigInfo>,
    /// Times.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<StatusInfo>,
}

/// How the program was built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BuildInfo {
    /// Operating system.
    pub os: String,
    /// Its version.
    pub kernel: String,
    /// Processor.
    pub machine: String,
    /// Options of the build.
    pub options: String,
    /// When.
    pub date: String,
    /// By whom.
    pub user: String,
}

/// Version and name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SystemInfo {
    /// The version clients look for.
    pub version: String,
    /// Six bytes that name this host.
    pub entity_id: String,
}

/// Settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConfigInfo {
    /// The system's name.
    pub name: String,
    /// Language where none is given.
    pub default_language: String,
    /// Most channels at once, if there is a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_channels: Option<u32>,
    /// Most open files, if there is a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_open_files: Option<u32>,
    /// Who it runs as.
    pub setid: SetId,
}

/// Who the program runs as.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SetId {
    /// The user it changed to; empty if it did not.
    pub user: String,
    /// The group.
    pub group: String,
}

/// Times, as stamps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StatusInfo {
    /// When it started.
    pub startup_time: String,
    /// When it last read its configuration.
    pub last_reload_time: String,
}

/// It is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AsteriskPing {
    /// Always `pong`.
    pub ping: &'static str,
    /// When, as a stamp.
    pub timestamp: String,
    /// Six bytes that name this host.
    pub asterisk_id: String,
}

/// A module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Module {
    /// `app_echo.so`.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Who uses it.
    pub use_count: u32,
    /// `Running` or `Not Running`.
    pub status: String,
    /// `core`, `extended`, `deprecated`.
    pub support_level: String,
}

/// Where logs go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogChannel {
    /// The file.
    pub channel: String,
    /// `File`, `Console`, `Syslog`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `Enabled` or `Disabled`.
    pub status: String,
    /// Levels, each with a blank behind it.
    pub configuration: String,
}

/// The value of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Variable<'a> {
    /// It.
    pub value: &'a str,
}

/// One setting of an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConfigTuple {
    /// Its name.
    pub attribute: String,
    /// Its value.
    pub value: String,
}
