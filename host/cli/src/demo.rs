//! `ucx demo`: two phones talk over real SIP and RTP, routed by a component that is replaced while they talk; then existing
//! software follows a call, serves an IVR and runs an application.

mod child;
mod client;
mod interfaces;
mod phone;
mod stage;
mod steps;

use crate::args::DemoOptions;
use anyhow::{Context, Result};
use stage::Stage;
use std::process::ExitCode;

pub fn run(options: &DemoOptions) -> Result<ExitCode> {
    crate::say("UCX: two phones, a host, and a component that decides where calls go.\n");
    let mut stage = Stage::set(options)?;
    let shown = steps::show(&stage);
    if let Err(error) = &shown {
        crate::say(&format!("\nA step did not hold: {error:#}"));
        crate::say(&format!("The host's log is {}.", stage.log().display()));
    } else {
        crate::say("\nEvery step held.\n");
        tell_how_to_go_on(&stage);
    }
    if options.once || shown.is_err() {
        stage.clear();
        return Ok(if shown.is_ok() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        });
    }
    crate::say("\nThe host stays up. Ctrl-C ends it.");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("waiting for Ctrl-C")?;
    runtime
        .block_on(tokio::signal::ctrl_c())
        .context("waiting for Ctrl-C")?;
    stage.clear();
    Ok(ExitCode::SUCCESS)
}

fn tell_how_to_go_on(stage: &Stage) {
    let (host, table) = (stage.sip(), stage.table());
    crate::say(&format!(
        "Try it with your own hands while the host is up (cargo xtask demo, without --once):\n\
         \n\
         * A phone of your own, on this machine: server {host}, user 6001, secret {secret}\n\
        \x20  (6002 and 6003: ucx secrets --state {state}). From another machine, run the demo with\n\
        \x20  --ports standard --listen ADDRESS-OF-THIS-MACHINE. Careful: whoever reaches that address and knows a secret\n\
        \x20  can call, so keep it to a network you trust.\n\
         * Your own rule: edit the table {table}\n\
        \x20  (a line `75,endpoint,6001,20` sends 750 to 759 to phone 6001); it is read as soon as it is saved.\n\
        \x20  Or edit plugins/prefix-router/src/lib.rs, run `cargo xtask plugins`, and copy\n\
        \x20  target/plugins/components/prefix-router.wasm to {plugins}/: the next call follows it.\n\
         * Existing software: Manager at {manager}, Application (ARI) at http://{application}/ari, user ucx;\n\
        \x20  secrets: {ucx} secrets --state {state}\n\
         * Look inside: {ucx} rx --state {state} \"core show channels\"   (or: plugin list, dialplan show, help)\n\
         * Listen to what each phone heard: {recordings}/*.wav",
        secret = stage.secret("6001").unwrap_or_default(),
        state = stage.state().display(),
        manager = stage.address("manager").unwrap_or_default(),
        application = stage.address("application").unwrap_or_default(),
        table = table.display(),
        plugins = stage.plugins().display(),
        ucx = stage.program().display(),
        recordings = stage.recordings().display(),
    ));
}
