//! The control loop: everything that can happen to the call plane, in one list.

use crate::control::Control;
use crate::media::MediaDriver;
use std::future::{Future, pending};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use ucx_media::Event as MediaEvent;
use ucx_sip::{Flow, Transmit};

/// Messages taken from the wire before what follows from them is sent.
const BATCH: usize = 32;

/// What comes from the wire.
#[derive(Debug)]
pub enum Inbound {
    /// A datagram.
    Datagram {
        /// Where it came in, and from whom.
        flow: Flow,
        /// What it says.
        bytes: Vec<u8>,
    },
    /// Bytes of a connection, as they came.
    Stream {
        /// Which connection.
        flow: Flow,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// A connection is open, by us or by the peer.
    Connected(Flow),
    /// A connection that a transmit asked for could not be opened.
    ConnectFailed(Flow),
    /// A connection is gone.
    Closed(u64),
}

/// Carries SIP messages: sockets, or a simulated network.
pub trait Wire {
    /// The next thing that comes in. Cancel safe.
    fn recv(&mut self) -> impl Future<Output = Inbound>;

    /// What else is there already.
    fn try_recv(&mut self) -> Option<Inbound>;

    /// Sends, or drops what cannot be sent now: SIP repeats what matters.
    fn send(&mut self, transmit: Transmit);

    /// Closes a connection.
    fn close(&mut self, connection: u64);
}

/// Runs the control plane until `stop` completes, and gives it back. Must run inside a [`tokio::task::LocalSet`].
pub async fn run<M: MediaDriver>(
    mut control: Control<M>,
    mut wire: impl Wire,
    mut media: mpsc::Receiver<MediaEvent>,
    stop: impl Future<Output = ()>,
) -> Control<M> {
    let pbx = control.pbx().clone();
    let served = pbx.clone();
    let desk = tokio::task::spawn_local(async move { served.serve_desk().await });
    let started = Instant::now() - pbx.now();
    let directory = control.directory.clone();
    control.settle();
    tokio::pin!(stop);
    loop {
        let due = control.poll_timeout();
        let timeout = async {
            match due {
                Some(due) => sleep_until(started + due).await,
                None => pending().await,
            }
        };
        tokio::select! {
            biased;
            () = &mut stop => break,
            inbound = wire.recv() => {
                take(&mut control, inbound);
                for _ in 0..BATCH {
                    let Some(inbound) = wire.try_recv() else { break };
                    take(&mut control, inbound);
                }
                control.settle();
            }
            () = pbx.wake() => control.settle(),
            () = directory.reloaded() => control.settle(),
            Some(event) = media.recv() => control.handle_media_event(event),
            Some(finished) = control.finished() => control.handle_finished(finished),
            () = timeout => control.handle_timeout(),
        }
        while let Some(transmit) = control.poll_transmit() {
            wire.send(transmit);
        }
        for connection in std::mem::take(&mut control.closing) {
            wire.close(connection);
        }
        // Last, as peers wait for what was sent, and nobody for this.
        control.media.flush();
    }
    desk.abort();
    control
}

fn take<M: MediaDriver>(control: &mut Control<M>, inbound: Inbound) {
    let now = control.now();
    let sip = control.sip();
    match inbound {
        Inbound::Datagram { flow, bytes } => sip.handle_datagram(now, &flow, &bytes),
        Inbound::Stream { flow, bytes } => sip.handle_stream(now, &flow, &bytes),
        Inbound::Connected(flow) => sip.handle_connected(now, &flow),
        Inbound::ConnectFailed(flow) => sip.handle_connection_failed(now, &flow),
        Inbound::Closed(connection) => sip.handle_connection_closed(now, connection),
    }
}
