//! Web servers for those who are not to reach them, and one that sends its callers there.

use anyhow::{Context, Result, bail};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often the servers look up.
const LOOK: Duration = Duration::from_millis(10);
/// How long somebody may take to ask.
const PATIENCE: Duration = Duration::from_secs(2);

/// Two servers on this machine.
pub struct Lure {
    /// Nobody may come here.
    pub forbidden: u16,
    /// Somebody may come here, and is sent there.
    pub allowed: u16,
    came: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Lure {
    pub fn set() -> Result<Self> {
        // Bound to every address, IPv6 included where there is one, so that each spelling of one would lead here.
        let forbidden = TcpListener::bind("[::]:0").or_else(|_| TcpListener::bind("0.0.0.0:0"));
        let forbidden = forbidden.context("a listener")?;
        let allowed = TcpListener::bind("127.0.0.1:0").context("a listener")?;
        for listener in [&forbidden, &allowed] {
            listener.set_nonblocking(true).context("a listener")?;
        }
        let ports = [forbidden.local_addr()?.port(), allowed.local_addr()?.port()];
        let (came, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let (count, is_over) = (Arc::clone(&came), Arc::clone(&stop));
        let thread = std::thread::Builder::new().name("lure".to_owned());
        let thread = thread.spawn(move || {
            while !is_over.load(Ordering::Relaxed) {
                if forbidden.accept().is_ok() {
                    count.fetch_add(1, Ordering::Relaxed);
                }
                if let Ok((stream, _)) = allowed.accept() {
                    // Who does not wait for the answer does not want it.
                    let _ = redirect(stream, ports[0]);
                }
                std::thread::sleep(LOOK);
            }
        });
        Ok(Self {
            forbidden: ports[0],
            allowed: ports[1],
            came,
            stop,
            thread: Some(thread.context("starting a thread")?),
        })
    }

    pub fn nobody_came(&self) -> Result<String> {
        match self.came.load(Ordering::Relaxed) {
            0 => Ok(String::new()),
            came => bail!("{came} connections came"),
        }
    }
}

impl Drop for Lure {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn redirect(mut stream: TcpStream, port: u16) -> Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut asked = [0; 4096];
    let count = stream.read(&mut asked)?;
    if count == 0 {
        return Ok(());
    }
    let answer = format!(
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{port}/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    Ok(stream.write_all(answer.as_bytes())?)
}
