//! `ucx plugin dev`: build, swap into a local host, place a call, tell what was decided; again at each change.

mod changes;
mod place;

use super::{DevOptions, build, shown};
use anyhow::{Context, Result, anyhow, ensure};
use changes::Changes;
use place::{Place, Taken};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use ucx_plugins::Manifest;

/// How long files have to rest after a change: editors write several times.
const REST: Duration = Duration::from_millis(200);

pub fn run(options: &DevOptions) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("starting a runtime")?;
    runtime.block_on(watch(options))
}

/// Why the loop goes on or ends.
enum Next {
    Again,
    End,
}

async fn watch(options: &DevOptions) -> Result<ExitCode> {
    let folder = &options.plugin.folder;
    ensure!(
        folder.join("plugin.toml").exists(),
        "{} holds no plugin.toml",
        folder.display()
    );
    let mut interrupted = signal(SignalKind::interrupt()).context("listening for Ctrl-C")?;
    let mut ended = signal(SignalKind::terminate()).context("listening for the end")?;
    let mut changes = Changes::of(folder)?;
    let mut place = None;
    let outcome = loop {
        let is_well = tokio::select! {
            went = turn(options, &mut place) => went?,
            _ = interrupted.recv() => break Ok(true),
            _ = ended.recv() => break Ok(true),
        };
        if options.once {
            break Ok(is_well);
        }
        crate::say(&format!("watching {}; Ctrl-C ends", shown(folder)));
        let next = tokio::select! {
            changed = changes.next(REST) => changed.map(|()| Next::Again),
            _ = interrupted.recv() => Ok(Next::End),
            _ = ended.recv() => Ok(Next::End),
        };
        match next {
            Ok(Next::Again) => {}
            Ok(Next::End) => break Ok(true),
            Err(error) => break Err(error),
        }
    };
    // The host and its phone end with the place.
    drop(place);
    Ok(if outcome? {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// One turn: whether the plugin was built, taken and called.
async fn turn(options: &DevOptions, place: &mut Option<Place>) -> Result<bool> {
    let plugin = super::PluginFolder {
        folder: options.plugin.folder.clone(),
        sdk: options.plugin.sdk.clone(),
    };
    let built = tokio::task::spawn_blocking(move || build::component(&plugin)).await?;
    let wasm = match built {
        Ok(wasm) => wasm,
        Err(error) => {
            crate::say(&format!("not built: {error:#}"));
            return Ok(false);
        }
    };
    let manifest = manifest(&wasm)?;
    let place = match place {
        Some(place) => place,
        None => place.insert(Place::set(options).await?),
    };
    match place.take(&wasm, &manifest.id).await? {
        Taken::Active(generation) => {
            crate::say(&format!(
                "{} {}: generation {generation}",
                manifest.id, manifest.version
            ));
        }
        Taken::Refused(why) => {
            crate::say(&format!("not taken: {why}"));
            return Ok(false);
        }
    }
    place.call(options, &manifest.id).await
}

fn manifest(wasm: &Path) -> Result<Manifest> {
    ucx_plugins::manifest_of(wasm).map_err(|why| anyhow!("{}: {why}", wasm.display()))
}
