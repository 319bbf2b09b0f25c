//! Worlds with components: a router and a call flow, for scripts applications and routers that are asked too much. All run on
//! fuel, so that their end does not hang on the machine's speed.

use crate::chance::derive;
use crate::faults::Fault;
use crate::host::EPOCH_S;
use crate::judge::{FIRST, Judge, SECOND, fallback};
use crate::led::{FLOW, Led};
use crate::script::Script;
use crate::seen::Home;
use crate::spec::WorldSpec;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use ucx_call::Principal;
use ucx_pbx::{Pbx, Registry, SubscribeSpec};
use ucx_plugins::{
    Grants, Interruption, PluginHost, PluginHostConfig, Processors, RequestSpy, StandIn, Wasm, WebResponse,
};

/// The router that the dialplan asks.
const ROUTER: &str = "prefix-router";
/// All components that worlds have.
const COMPONENTS: [&str; 6] = [ROUTER, FLOW, "foreman", "click-to-call", "http-router", "rogue"];

const GRANTS: &str = "[plugins.prefix-router]\ntables = [\"routes\"]\n\
    [plugins.wayward]\nheaders = [\"X-In\"]\nsend-headers = [\"X-Out\"]\ntargets = [\"uri\"]\nhttp = [\"sounds.example\"]\n\
    dial = [\"PJSIP/*\", \"sip:*\"]\noriginate = [\"PJSIP/*\"]\ncontexts = [\"*\"]\napplications = [\"NoOp\"]\n\
    variables = [\"SECRET\"]\nset = [\"MARK\"]\nadopt = [\"park\"]\n\
    [plugins.foreman]\nevents = [\"call.ended\"]\ndial = [\"PJSIP/*\"]\ncontexts = [\"*\"]\napplications = [\"NoOp\"]\n\
    set = [\"MARK\"]\n\
    [plugins.click-to-call]\noriginate = [\"PJSIP/*\"]\n\
    [plugins.http-router]\nconfig = { url = \"http://crm.example/route\", timeout-ms = \"60000\" }\n\
    secrets = { token = \"t\" }\ntables = [\"http-fallback\"]\nhttp = [\"crm.example\"]\n\
    [plugins.rogue]\nbuckets = [\"default\"]\n";

/// 771 to 778 go to the phones, 779 is refused, 770 is left to the dialplan.
const ROUTES: &str = "prefix,action,target,strip,add,ring\n\
    771,endpoint,6001,,,3\n772,endpoint,6002,,,3\n773,endpoint,6003,,,3\n774,endpoint,6004,,,3\n\
    775,endpoint,6005,,,3\n776,endpoint,6006,,,3\n777,endpoint,6007,,,3\n778,endpoint,6008,,,3\n\
    779,reject,nobody wants it,,,\n";

/// Processors that decide, where components are asked too much.
const PROCESSORS: usize = 1;
/// Processor time of the component that takes all it gets, in milliseconds.
const BURNS_MS: u32 = 10;
/// The slow service answers after this long at least and at most, in milliseconds; half of it is too late.
const SERVICE_MS: (u64, u64) = (1_500, 2_500);
/// Exchanges with it at a time: more than may be decided, so that it is decisions which there are too many of.
const EXCHANGES: usize = 256;
/// How long an application has to begin before the world does.
const SETTLED: Duration = Duration::from_millis(100);

/// The folder of the shipped components, where `cargo xtask plugins` has built them.
pub fn component() -> Option<PathBuf> {
    let folder = built().join("components");
    let is_there = |name: &str| folder.join(format!("{name}.wasm")).exists();
    COMPONENTS.into_iter().all(is_there).then_some(folder)
}

fn built() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/plugins")
}

/// A world's components, and who watches the calls that they lead.
pub(crate) struct Components {
    pub(crate) led: Option<Led>,
    pub(crate) judge: Option<Judge>,
    /// What the control thread has to share with them, in a host that is wrong.
    pub(crate) shares: Option<Processors>,
    /// As long as the world lasts.
    pub(crate) host: Running,
    folder: PathBuf,
    components: PathBuf,
}

/// The host of the components, which lets go of the world at its end.
pub(crate) struct Running(pub(crate) Arc<PluginHost>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.detach();
    }
}

/// A folder of a world's own, gone with it.
fn own_folder() -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!("ucx-sim-{}-{number}", std::process::id()))
}

/// The host of the components, and in it those that lead or route calls.
pub(crate) async fn install(
    spec: &WorldSpec,
    components: &Path,
    registry: &mut Registry,
) -> Result<Components, String> {
    let home = Home::default();
    let (led, judge, spy) = watchers(spec, &home);
    let folder = own_folder();
    let tables = folder.join("tables");
    std::fs::create_dir_all(&tables).map_err(|error| error.to_string())?;
    std::fs::write(tables.join("routes.csv"), ROUTES).map_err(|error| error.to_string())?;
    let mut config = PluginHostConfig::new(derive(spec.seed, "plugins"));
    config.tables = Some(tables);
    config.cache = Some(built().join("compiled-for-sim"));
    config.grants = Grants::parse(GRANTS).map_err(|error| error.to_string())?;
    config.interruption = Interruption::Fuel;
    config.spy = Some(spy);
    config.listener = judge.as_ref().map(Judge::listener);
    let script = spec.play.map(|play| play.script);
    if script.is_some_and(|script| script.overloads().is_some()) {
        config.processors = Some(processors());
        config.web.at_once = Some(EXCHANGES);
        config.web.stand_in = Some(slow_service());
    }
    let shares = config
        .processors
        .clone()
        .filter(|_| spec.fault == Some(Fault::GuestsOnTheControlThread));
    let started = Instant::now();
    config.clock = Arc::new(move || Duration::from_secs(EPOCH_S) + started.elapsed());
    let host = PluginHost::new(config, tokio::runtime::Handle::current())?;
    #[cfg(feature = "faults")]
    crate::faults::inject_into(spec.fault, &host);
    home.set(Arc::downgrade(&host))
        .map_err(|_| "the cell is new".to_owned())?;
    let installed = Components {
        led,
        judge,
        shares,
        host: Running(host),
        folder,
        components: components.to_owned(),
    };
    installed.install_deciders(script).await?;
    registry.application(Wasm::new(Arc::clone(&installed.host.0)));
    Ok(installed)
}

fn watchers(spec: &WorldSpec, home: &Home) -> (Option<Led>, Option<Judge>, RequestSpy) {
    match spec.play {
        Some(play) => {
            let (judge, spy) = Judge::new(play, Arc::clone(home));
            (None, Some(judge), spy)
        }
        None => {
            let (led, spy) = Led::new(spec.seed, Arc::clone(home));
            (Some(led), None, spy)
        }
    }
}

/// Processors as a queue: whoever wants one waits for those who came before.
fn processors() -> Processors {
    let free = Arc::new(Semaphore::new(PROCESSORS));
    Arc::new(move |time| {
        let free = Arc::clone(&free);
        Box::pin(async move {
            let taken = free.acquire().await;
            if !time.is_zero() {
                tokio::time::sleep(time).await;
            }
            drop(taken);
        })
    })
}

/// A service that takes its time, with each exchange a little more until it begins anew, and leaves calls to the dialplan.
fn slow_service() -> StandIn {
    let asked = AtomicU64::new(0);
    Arc::new(move |_, _| {
        let (least, most) = SERVICE_MS;
        let spread = asked.fetch_add(37, Ordering::Relaxed) % (most - least);
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(least + spread)).await;
            Ok(WebResponse {
                status: 200,
                headers: Vec::new(),
                body: br#"{"action": "pass"}"#.to_vec(),
            })
        })
    })
}

impl Components {
    async fn install_deciders(&self, script: Option<Script>) -> Result<(), String> {
        self.once(ROUTER, "").await?;
        match script {
            None | Some(Script::Flow) => self.twice(FLOW).await,
            Some(Script::Crowd) => self.once("http-router", "").await,
            Some(Script::Burning) => {
                let budget = format!("\n[budget]\ncpu-ms = {BURNS_MS}\n");
                self.once("rogue", &budget).await
            }
            Some(Script::Foreman | Script::Clicks | Script::Calm) => Ok(()),
        }
    }

    /// Applications begin, and hear what happens in the world.
    pub(crate) async fn take_part(&self, spec: &WorldSpec, pbx: &Pbx) -> Result<(), String> {
        let taken_part = match spec.play {
            Some(play) if play.script.has_applications() => self.begin(pbx).await,
            Some(_) | None => Ok(()),
        };
        let cleared = std::fs::remove_dir_all(&self.folder);
        taken_part?;
        cleared.map_err(|error| error.to_string())
    }

    async fn begin(&self, pbx: &Pbx) -> Result<(), String> {
        self.host
            .0
            .attach(pbx.desk(Principal::OPERATOR), EPOCH_S * 1_000, "/spool");
        let all = SubscribeSpec {
            capacity: crate::host::EVENTS_MAX,
            ..SubscribeSpec::all("plugins")
        };
        let events = pbx.subscribe(all).map_err(|refusal| refusal.to_string())?;
        tokio::spawn(ucx_plugins::feed(Arc::clone(&self.host.0), events, EPOCH_S));
        for name in ["foreman", "click-to-call"] {
            self.twice(name).await?;
        }
        Ok(())
    }

    /// A component in one generation, with more in its manifest.
    async fn once(&self, name: &str, more: &str) -> Result<(), String> {
        let (path, manifest) = self.lay_out(name)?;
        self.take(&path, &format!("{manifest}{more}")).await
    }

    /// A component in two generations, which differ in their manifests' versions and in where they send calls they fail.
    async fn twice(&self, name: &str) -> Result<(), String> {
        let (path, manifest) = self.lay_out(name)?;
        for (version, generation) in [("0.1.0", FIRST), ("0.1.1", SECOND)] {
            let text = manifest
                .replace("version = \"0.1.0\"", &format!("version = \"{version}\""))
                .replace("rescue,s,1", &format!("rescue,{},1", fallback(generation)));
            self.take(&path, &text).await?;
            // An application has begun by then, and is not overtaken by the next.
            tokio::time::sleep(SETTLED).await;
        }
        Ok(())
    }

    /// The component in the world's folder, and its manifest's text.
    fn lay_out(&self, name: &str) -> Result<(PathBuf, String), String> {
        let read = |ending: &str| std::fs::read(self.components.join(format!("{name}.{ending}")));
        let wasm = read("wasm").map_err(|error| error.to_string())?;
        let manifest = String::from_utf8(read("toml").map_err(|error| error.to_string())?);
        let path = self.folder.join(format!("{name}.wasm"));
        std::fs::write(&path, wasm).map_err(|error| error.to_string())?;
        Ok((path, manifest.map_err(|error| error.to_string())?))
    }

    async fn take(&self, path: &Path, manifest: &str) -> Result<(), String> {
        std::fs::write(path.with_extension("toml"), manifest).map_err(|error| error.to_string())?;
        let installed = self
            .host
            .0
            .install(path)
            .await
            .map_err(|refusal| refusal.to_string())?;
        if installed.changed {
            Ok(())
        } else {
            Err(format!("{} is no generation of its own", path.display()))
        }
    }
}
