//! A world with components: a router and a call flow on fuel, so that their end does not hang on the machine's speed.

use crate::chance::derive;
use crate::host::EPOCH_S;
use crate::led::{FLOW, Home, Led};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use ucx_plugins::{Grants, Interruption, PluginHost, PluginHostConfig, Wasm};

/// The router that the dialplan asks.
const ROUTER: &str = "prefix-router";

const GRANTS: &str = "[plugins.prefix-router]\ntables = [\"routes\"]\n\
    [plugins.wayward]\nheaders = [\"X-In\"]\nsend-headers = [\"X-Out\"]\ntargets = [\"uri\"]\nhttp = [\"sounds.example\"]\n\
    dial = [\"PJSIP/*\", \"sip:*\"]\noriginate = [\"PJSIP/*\"]\ncontexts = [\"*\"]\napplications = [\"NoOp\"]\n\
    variables = [\"SECRET\"]\nset = [\"MARK\"]\nadopt = [\"park\"]\n";

/// 771 to 778 go to the phones, 779 is refused, 770 is left to the dialplan.
const ROUTES: &str = "prefix,action,target,strip,add,ring\n\
    771,endpoint,6001,,,3\n772,endpoint,6002,,,3\n773,endpoint,6003,,,3\n774,endpoint,6004,,,3\n\
    775,endpoint,6005,,,3\n776,endpoint,6006,,,3\n777,endpoint,6007,,,3\n778,endpoint,6008,,,3\n\
    779,reject,nobody wants it,,,\n";

/// The folder of the shipped components, where `cargo xtask plugins` has built them.
pub fn component() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = root.join("target/plugins/components");
    let is_there = |name: &str| folder.join(format!("{name}.wasm")).exists();
    (is_there(ROUTER) && is_there(FLOW)).then_some(folder)
}

/// A world's components: the application that asks them, and who watches the calls that are led.
pub(crate) struct Components {
    pub(crate) wasm: Wasm,
    pub(crate) led: Led,
    /// As long as the world lasts.
    pub(crate) host: Arc<PluginHost>,
}

/// The application that asks the component.
pub(crate) async fn install(seed: u64, components: &Path) -> Result<Components, String> {
    let home = Home::default();
    let (led, spy) = Led::new(seed, Arc::clone(&home));
    let folder = std::env::temp_dir().join(format!("ucx-sim-{}", std::process::id()));
    let tables = folder.join("tables");
    std::fs::create_dir_all(&tables).map_err(|error| error.to_string())?;
    std::fs::write(tables.join("routes.csv"), ROUTES).map_err(|error| error.to_string())?;
    let mut config = PluginHostConfig::new(derive(seed, "plugins"));
    config.tables = Some(tables);
    config.grants = Grants::parse(GRANTS).map_err(|error| error.to_string())?;
    config.interruption = Interruption::Fuel;
    config.spy = Some(spy);
    let started = Instant::now();
    config.clock = Arc::new(move || Duration::from_secs(EPOCH_S) + started.elapsed());
    let host = PluginHost::new(config, tokio::runtime::Handle::current())?;
    let installed = host.install(&components.join(format!("{ROUTER}.wasm"))).await;
    let installed = match installed.map_err(|refusal| refusal.to_string()) {
        Ok(_) => install_flow(&host, components, &folder).await,
        Err(why) => Err(why),
    };
    let cleared = std::fs::remove_dir_all(&folder);
    installed?;
    cleared.map_err(|error| error.to_string())?;
    home.set(Arc::downgrade(&host))
        .map_err(|_| "the cell is new".to_owned())?;
    Ok(Components {
        wasm: Wasm::new(Arc::clone(&host)),
        led,
        host,
    })
}

/// The flow in two generations, which differ in their manifests' versions.
async fn install_flow(host: &PluginHost, components: &Path, folder: &Path) -> Result<(), String> {
    let read = |ending: &str| std::fs::read(components.join(format!("{FLOW}.{ending}")));
    let wasm = read("wasm").map_err(|error| error.to_string())?;
    let manifest = String::from_utf8(read("toml").map_err(|error| error.to_string())?);
    let manifest = manifest.map_err(|error| error.to_string())?;
    let path = folder.join(format!("{FLOW}.wasm"));
    std::fs::write(&path, wasm).map_err(|error| error.to_string())?;
    for version in ["0.1.0", "0.1.1"] {
        let text = manifest.replace("version = \"0.1.0\"", &format!("version = \"{version}\""));
        std::fs::write(path.with_extension("toml"), text).map_err(|error| error.to_string())?;
        let installed = host.install(&path).await.map_err(|refusal| refusal.to_string())?;
        if !installed.changed {
            return Err(format!(
                "version {version} of the flow is no generation of its own"
            ));
        }
    }
    Ok(())
}
