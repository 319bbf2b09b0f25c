//! What the tests of this crate share.

mod adversary;
mod apps;
mod asking;
mod bearings;
mod bench;
mod bridge;
mod chains;
mod components;
mod contract;
mod control;
mod fields;
mod flows;
mod guard;
mod life;
mod listening;
mod loading;
mod museum;
mod overload;
mod poison;
mod replaying;
mod selecting;
mod swap;
mod tapes;
mod tenants;
mod watchers;
mod watching;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::{Decision, Grants, PluginHost, PluginHostConfig, RouteOutcome, RouteRequest, Target};

/// A folder of a test's own, gone with it.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("ucx-plugins-{}-{number}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub(crate) fn remove(&self, name: &str) {
        std::fs::remove_file(self.0.join(name)).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A shipped component, as `cargo xtask plugins` lays it out.
pub(crate) fn component(name: &str) -> PathBuf {
    laid_out("components", name)
}

/// The same in another language than Rust.
pub(crate) fn language(name: &str) -> PathBuf {
    laid_out("languages", name)
}

fn laid_out(folder: &str, name: &str) -> PathBuf {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/plugins");
    let path = place.join(folder).join(format!("{name}.wasm"));
    assert!(
        path.exists(),
        "{} is missing: run `cargo xtask plugins` first",
        path.display()
    );
    path
}

/// Where compiled components in other languages stay between runs of the tests.
pub(crate) fn language_cache() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/plugins/compiled-for-tests")
}

/// What a test does at a flow's nth request.
pub(crate) type AtRequest = (u64, Box<dyn FnOnce() + Send>);

/// Looks at every request of a flow, and does what a test wants at one of them.
#[derive(Default)]
pub(crate) struct Probe {
    requests: AtomicU64,
    at: std::sync::Mutex<Option<AtRequest>>,
}

impl Probe {
    pub(crate) fn called(&self) {
        let request = self.requests.fetch_add(1, Ordering::SeqCst) + 1;
        let due = self.at.lock().unwrap().take_if(|(number, _)| *number == request);
        if let Some((_, act)) = due {
            act();
        }
    }

    /// Does that at the nth request from now on.
    pub(crate) fn at(&self, request: u64, act: impl FnOnce() + Send + 'static) {
        self.requests.store(0, Ordering::SeqCst);
        *self.at.lock().unwrap() = Some((request, Box::new(act)));
    }

    /// Requests so far.
    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::SeqCst)
    }
}

const ROUTES: &str = "prefix,action,target,strip,add,ring\n\
    +44,trunk,london,3,0,\n\
    +4420,trunk,city,,,12\n\
    +1900,reject,premium rate,,,\n\
    60,endpoint,6001,,,\n";

const GRANTS: &str = r#"
    [plugins.prefix-router]
    tables = ["routes"]
    [plugins.prefix-router-b]
    tables = ["routes"]
    config = { default-trunk = "paris" }
    [plugins.call-monitor]
    events = ["call.started", "call.ended"]
    [plugins.rogue]
    buckets = ["default"]
    [plugins.wayward]
    headers = ["X-In"]
    send-headers = ["X-Out"]
    targets = ["uri"]
    http = ["sounds.example"]
    dial = ["PJSIP/*", "sip:*"]
    originate = ["PJSIP/*", "Local/200@main"]
    contexts = ["*"]
    applications = ["NoOp"]
    variables = ["SECRET", "peer-address"]
    set = ["MARK"]
    adopt = ["park"]
    monitor = ["PJSIP/*"]
    [plugins.foreman]
    events = ["call.ended"]
    dial = ["PJSIP/*"]
    contexts = ["*"]
    applications = ["NoOp"]
    set = ["MARK"]
    [plugins.click-to-call]
    originate = ["PJSIP/*"]
    [plugins.longest-idle]
    config = { together = "2" }
    [plugins.ivr-menu]
    tables = ["menus"]
    dial = ["PJSIP/bob"]
    contexts = ["rescue"]
    config = { unavailable = "not-available" }
    [plugins.agi-bridge]
    sockets = ["loopback:*"]
    variables = ["COLOUR", "MARK", "CPLAYBACKSTOPKEY"]
    set = ["MARK", "AGISTATUS", "PLAYBACKSTATUS", "CPLAYBACKSTATUS", "CPLAYBACKOFFSET", "CPLAYBACKSTOPKEY"]
    applications = ["NoOp"]
    buckets = ["default"]
    contexts = ["rescue"]
    [plugins.ivr-menu-python]
    tables = ["menus"]
    dial = ["PJSIP/bob"]
    contexts = ["rescue"]
    config = { unavailable = "not-available" }
"#;

/// A host with a table of routes and grants for the shipped components.
pub(crate) struct Bed {
    pub(crate) host: Arc<PluginHost>,
    pub(crate) folder: Folder,
}

impl Bed {
    pub(crate) fn new(name: &str) -> Self {
        Self::with(name, |_| {})
    }

    pub(crate) fn with(name: &str, change: impl FnOnce(&mut PluginHostConfig)) -> Self {
        let folder = Folder::new(name);
        folder.write("tables/routes.csv", ROUTES);
        let mut config = PluginHostConfig::new([7; 32]);
        config.tables = Some(folder.0.join("tables"));
        config.grants = Grants::parse(GRANTS).unwrap();
        change(&mut config);
        let host = PluginHost::new(config, tokio::runtime::Handle::current()).unwrap();
        Self { host, folder }
    }

    pub(crate) async fn install(&self, name: &str) -> u64 {
        self.host.install(&component(name)).await.unwrap().generation
    }

    pub(crate) async fn install_language(&self, name: &str) {
        let path = language(name);
        self.host.install(&path).await.unwrap();
    }

    pub(crate) async fn route(&self, plugin: &str, dialled: &str) -> RouteOutcome {
        self.host.route(plugin, RouteRequest::new("1", dialled)).await
    }
}

/// The first leg's destination of a verdict.
pub(crate) fn first_target(outcome: &RouteOutcome) -> Target {
    let RouteOutcome::Verdict { verdict, .. } = outcome else {
        panic!("no verdict: {outcome:?}")
    };
    let Decision::Connect(groups) = &verdict.decision else {
        panic!("not connected: {verdict:?}")
    };
    groups[0][0].to.clone()
}

pub(crate) fn generation(outcome: &RouteOutcome) -> u64 {
    match outcome {
        RouteOutcome::Verdict { generation, .. } | RouteOutcome::Fallback { generation, .. } => *generation,
    }
}
