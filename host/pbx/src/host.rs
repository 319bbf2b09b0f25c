//! What the whole host can be asked beyond its calls; whoever puts the host together answers.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{Principal, Refusal};

/// A boxed future that may move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What the host says it is.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The version clients look for (`22.5.0`).
    pub version: Arc<str>,
    /// The version of the Manager protocol (`11.0.0`).
    pub manager_version: Arc<str>,
    /// Our own name and version, which stand beside it.
    pub own: Arc<str>,
    /// The name of this system; may be empty.
    pub system_name: Arc<str>,
    /// Six bytes that name this host, as `aa:bb:cc:dd:ee:ff`.
    pub entity_id: Arc<str>,
}

/// Where the host's files are, with the field's names of the folders.
#[derive(Clone, Debug, Default)]
pub struct Directories {
    /// Configuration files (`astetcdir`).
    pub etc: PathBuf,
    /// Modules (`astmoddir`).
    pub modules: PathBuf,
    /// What is kept (`astvarlibdir`).
    pub var: PathBuf,
    /// The database (`astdbdir`).
    pub database: PathBuf,
    /// Keys (`astkeydir`).
    pub keys: PathBuf,
    /// Sounds and other data (`astdatadir`).
    pub data: PathBuf,
    /// Gateway programs (`astagidir`).
    pub gateway: PathBuf,
    /// What waits or was recorded (`astspooldir`).
    pub spool: PathBuf,
    /// Sockets and the process id (`astrundir`).
    pub run: PathBuf,
    /// Logs (`astlogdir`).
    pub log: PathBuf,
}

/// The text a command answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandOutput {
    /// Its lines, each ended.
    pub text: String,
    /// Whether the command did what it was asked for.
    pub is_success: bool,
}

/// A module, as the field counts them: each stands for something this host has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// `res_pjsip.so`.
    pub name: &'static str,
    /// What it is.
    pub description: &'static str,
    /// Whether it runs; one that was unloaded by request does not.
    pub is_running: bool,
}

/// How a reload went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reloaded {
    /// What was asked for was read again.
    Done,
    /// There is no such module.
    NotFound,
    /// The module has nothing to read again.
    Unsupported,
    /// Some file has errors; what was before stays for what they concern.
    Failed,
}

/// One of the host's logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogView {
    /// The file, or `console`.
    pub channel: String,
    /// Whether it is a file.
    pub is_file: bool,
    /// The levels that go there, as the field's words.
    pub levels: Vec<&'static str>,
}

/// What is to become of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogChange<'a> {
    /// It begins, with these levels, separated by commas.
    Add(&'a str),
    /// It ends; its file stays.
    Remove,
    /// Its file is put aside and begun anew.
    Rotate,
}

/// A request to the host's own interface over HTTP.
#[derive(Clone, Copy, Debug)]
pub struct OwnRequest<'a> {
    /// The method.
    pub method: &'a str,
    /// The path behind `/ucx/v1/`, as it was written.
    pub path: &'a str,
    /// The query's names and values.
    pub query: &'a [(String, String)],
    /// The body.
    pub body: &'a [u8],
}

/// The answer of the host's own interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnReply {
    /// The status.
    pub status: u16,
    /// The body, as JSON.
    pub json: String,
}

/// A request to an application's own part of the HTTP tree. Whoever asks has been let in; their proof is not in it.
#[derive(Clone, Debug, Default)]
pub struct PartRequest {
    /// Whose part.
    pub plugin: String,
    /// The method.
    pub method: String,
    /// The path below the part, with its slash.
    pub path: String,
    /// What stands after the question mark.
    pub query: String,
    /// Header lines.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// From where.
    pub peer: String,
}

/// The answer of an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartReply {
    /// The status.
    pub status: u16,
    /// Header lines; no name or value ends a line.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Requests to the host as a whole.
pub trait Host: Send + Sync {
    /// What it says it is.
    fn identity(&self) -> &Identity;

    /// Where its files are.
    fn directories(&self) -> &Directories;

    /// How long ago it started, and how long ago it last read its configuration.
    fn times(&self) -> (Duration, Duration);

    /// Whether it takes calls.
    fn is_booted(&self) -> bool;

    /// Does what a line at the operator's command line asks for.
    fn execute<'a>(&'a self, by: &'a Principal, line: &'a str) -> BoxFuture<'a, CommandOutput>;

    /// The modules there are, by name.
    fn modules(&self) -> Vec<Module>;

    /// Reads the configuration of a module again (`pjsip`, `res_pjsip.so`, `dialplan` …), or all of it.
    ///
    /// # Errors
    /// [`Refusal::Denied`] without the right to administer.
    fn reload<'a>(
        &'a self,
        by: &'a Principal,
        module: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Reloaded, Refusal>>;

    /// Loads or unloads a module.
    ///
    /// # Errors
    /// [`Refusal::Denied`] without the right to administer; [`Refusal::Invalid`] if there is none, or it cannot be.
    fn set_module<'a>(
        &'a self,
        by: &'a Principal,
        module: &'a str,
        is_loaded: bool,
    ) -> BoxFuture<'a, Result<(), Refusal>>;

    /// Its logs, the last of the configuration first; none for a host that keeps none.
    fn logs(&self) -> Vec<LogView> {
        Vec::new()
    }

    /// Answers a request to the host's own interface. Whoever asks has been let in; what they may is decided here.
    fn own<'a>(&'a self, _by: &'a Principal, _request: OwnRequest<'a>) -> BoxFuture<'a, OwnReply> {
        let reply = OwnReply {
            status: 404,
            json: r#"{"message":"Resource not found"}"#.to_owned(),
        };
        Box::pin(std::future::ready(reply))
    }

    /// Asks an application for something in its own part of the HTTP tree.
    fn part<'a>(&'a self, _by: &'a Principal, _request: PartRequest) -> BoxFuture<'a, PartReply> {
        let reply = PartReply {
            status: 404,
            headers: vec![("Content-type".to_owned(), "application/json".to_owned())],
            body: br#"{"message":"Resource not found"}"#.to_vec(),
        };
        Box::pin(std::future::ready(reply))
    }

    /// Changes the log of that name, until the configuration is read again.
    ///
    /// # Errors
    /// [`Refusal::Denied`] without the right to administer; [`Refusal::Conflict`] for one more of a name;
    /// [`Refusal::Invalid`] if there is none of that name, or for levels that are none; [`Refusal::Full`].
    fn change_log<'a>(
        &'a self,
        _by: &'a Principal,
        name: &'a str,
        _change: LogChange<'a>,
    ) -> BoxFuture<'a, Result<(), Refusal>> {
        let refusal = Refusal::Invalid(format!("there is no log {name}"));
        Box::pin(std::future::ready(Err(refusal)))
    }

    /// Begins new log files.
    ///
    /// # Errors
    /// [`Refusal::Denied`] without the right to administer.
    fn rotate_logs<'a>(&'a self, by: &'a Principal) -> BoxFuture<'a, Result<(), Refusal>>;
}
