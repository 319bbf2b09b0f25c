//! Has this run been told to end? Then it ends what it started before it goes.

use anyhow::{Context, Result, bail};
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::signal::unix::{SignalKind, signal};

static ASKED: AtomicBool = AtomicBool::new(false);

/// Listens for the signals that end programs, on a thread of its own.
pub fn listen() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("starting a runtime")?;
    let (mut terminated, mut interrupted) = {
        let _entered = runtime.enter();
        let listen = |kind| signal(kind).context("listening for signals");
        (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?)
    };
    std::thread::spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                _ = terminated.recv() => {}
                _ = interrupted.recv() => {}
            }
        });
        ASKED.store(true, Ordering::Relaxed);
    });
    Ok(())
}

/// An error once the run was told to end; whoever waits asks this, so that its owners are dropped.
pub fn check() -> Result<()> {
    if ASKED.load(Ordering::Relaxed) {
        bail!("told to end");
    }
    Ok(())
}
