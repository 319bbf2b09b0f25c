//! The control socket: one command a line in, its text out, as `ucx rx` and `asterisk -rx` ask.

use crate::command::{self, Context};
use crate::spec::HostSpec;
use anyhow::{Context as _, Result};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;

/// Longest command in bytes.
const COMMAND_MAX: u64 = 4096;
/// How long a client may take to say its command.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(10);
/// Clients at once; further ones wait in the kernel.
const CLIENTS_MAX: usize = 32;

/// An open control socket; dropping it closes it and takes its file away.
pub struct ControlSocket {
    path: PathBuf,
    task: JoinHandle<()>,
}

impl ControlSocket {
    pub fn open(spec: &HostSpec, context: Rc<Context>) -> Result<Self> {
        let path = spec.control_socket.clone();
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        }
        if path.exists() {
            // A live host would answer there.
            if std::os::unix::net::UnixStream::connect(&path).is_ok() {
                anyhow::bail!("another host answers at {}", path.display());
            }
            std::fs::remove_file(&path).with_context(|| format!("taking away {}", path.display()))?;
        }
        let listener = UnixListener::bind(&path).with_context(|| format!("opening {}", path.display()))?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))
            .with_context(|| format!("closing {} to others", path.display()))?;
        let task = tokio::task::spawn_local(accept(listener, context));
        Ok(Self { path, task })
    }
}

impl Drop for ControlSocket {
    fn drop(&mut self) {
        self.task.abort();
        // It may be gone already.
        let _ = std::fs::remove_file(&self.path);
    }
}

async fn accept(listener: UnixListener, context: Rc<Context>) {
    let places = Arc::new(tokio::sync::Semaphore::new(CLIENTS_MAX));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                let context = context.clone();
                tokio::task::spawn_local(async move {
                    let _place = place;
                    if let Err(error) = answer(stream, &context).await {
                        tracing::debug!(%error, "a control client went away");
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "the control socket");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn answer(stream: UnixStream, context: &Rc<Context>) -> std::io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut line = String::new();
    let mut reader = BufReader::new(reader.take(COMMAND_MAX));
    let read = tokio::time::timeout(COMMAND_TIMEOUT, reader.read_line(&mut line)).await;
    if !matches!(read, Ok(Ok(length)) if length > 0) {
        return Ok(());
    }
    let output = command::execute(context, &context.operator(), &line).await;
    writer.write_all(output.text.as_bytes()).await?;
    writer.shutdown().await
}
