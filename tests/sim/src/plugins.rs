//! A world with a component: a router on fuel, so that its end does not hang on the machine's speed.

use crate::chance::derive;
use crate::host::EPOCH_S;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use ucx_plugins::{Grants, Interruption, PluginHost, PluginHostConfig, Wasm};

/// The router that the dialplan asks.
const ROUTER: &str = "prefix-router";

const GRANTS: &str = "[plugins.prefix-router]\ntables = [\"routes\"]\n";

/// 771 to 778 go to the phones, 779 is refused, 770 is left to the dialplan.
const ROUTES: &str = "prefix,action,target,strip,add,ring\n\
    771,endpoint,6001,,,3\n772,endpoint,6002,,,3\n773,endpoint,6003,,,3\n774,endpoint,6004,,,3\n\
    775,endpoint,6005,,,3\n776,endpoint,6006,,,3\n777,endpoint,6007,,,3\n778,endpoint,6008,,,3\n\
    779,reject,nobody wants it,,,\n";

/// The shipped router, where `cargo xtask plugins` has built it.
pub fn component() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = root
        .join("target/plugins/components")
        .join(format!("{ROUTER}.wasm"));
    path.exists().then_some(path)
}

/// The application that asks the component.
pub(crate) async fn install(seed: u64, component: &Path) -> Result<Wasm, String> {
    let folder = std::env::temp_dir().join(format!("ucx-sim-{}", std::process::id()));
    let tables = folder.join("tables");
    std::fs::create_dir_all(&tables).map_err(|error| error.to_string())?;
    std::fs::write(tables.join("routes.csv"), ROUTES).map_err(|error| error.to_string())?;
    let mut config = PluginHostConfig::new(derive(seed, "plugins"));
    config.tables = Some(tables);
    config.grants = Grants::parse(GRANTS).map_err(|error| error.to_string())?;
    config.interruption = Interruption::Fuel;
    let started = Instant::now();
    config.clock = Arc::new(move || Duration::from_secs(EPOCH_S) + started.elapsed());
    let host = PluginHost::new(config, tokio::runtime::Handle::current())?;
    let installed = host.install(component).await;
    let cleared = std::fs::remove_dir_all(&folder);
    installed.map_err(|refusal| refusal.to_string())?;
    cleared.map_err(|error| error.to_string())?;
    Ok(Wasm::new(host))
}
