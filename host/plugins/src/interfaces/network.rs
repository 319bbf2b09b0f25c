//! `wasi:sockets` and the waiting of `wasi:io`: outgoing TCP to what was granted, counted, and waits that cost a call nothing.
//!
//! The sockets themselves are the library's. Laid over them is what it leaves to its host: which names may be asked for,
//! how many bytes go through, and that a guest who waits is neither busy nor deaf to the end of its call.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;

use tokio::time::Instant;
use wasmtime::component::{HasData, Linker, Resource};
use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::p2::bindings::io::{poll, streams};
use wasmtime_wasi::p2::bindings::sockets::ip_name_lookup;
use wasmtime_wasi::p2::bindings::sockets::network::{self as names, ErrorCode, IpAddress, Network};
use wasmtime_wasi::p2::{
    DynInputStream, DynOutputStream, DynPollable, SocketError, StreamError, StreamResult,
};
use wasmtime_wasi::sockets::{SocketAddrUse, WasiSocketsView};

use crate::interfaces::logging::LogQuota;
use crate::interfaces::wasi_http::Ledger;
use crate::limits::TURN_ENDS_AFTER;
use crate::sockets::Sockets;
use crate::state::GuestState;

/// The answer to a guest's question for a name.
type Found = ip_name_lookup::ResolveAddressStream;

/// An instance, seen from its sockets.
pub(crate) struct Net<'a>(pub(super) &'a mut GuestState);

struct Netted;

impl HasData for Netted {
    type Data<'a> = Net<'a>;
}

/// Lays these functions over those of the library.
pub(crate) fn link(linker: &mut Linker<GuestState>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    poll::add_to_linker::<_, Netted>(linker, |state| Net(state))?;
    streams::add_to_linker::<_, Netted>(linker, |state| Net(state))?;
    ip_name_lookup::add_to_linker::<_, Netted>(linker, |state| Net(state))?;
    linker.allow_shadowing(false);
    Ok(())
}

/// Opens outgoing TCP to what was granted, and nothing else.
pub(crate) fn open(builder: &mut WasiCtxBuilder, sockets: &Arc<Sockets>) {
    if !sockets.is_granted() {
        return;
    }
    let sockets = Arc::clone(sockets);
    builder
        .allow_tcp(true)
        .allow_ip_name_lookup(true)
        .socket_addr_check(move |address, wanted| {
            let is_allowed = match wanted {
                // What the library asks before it connects from wherever the system likes.
                SocketAddrUse::TcpBind => is_anywhere(address),
                SocketAddrUse::TcpConnect => sockets.connect(address),
                SocketAddrUse::TcpListen
                | SocketAddrUse::TcpAccept
                | SocketAddrUse::UdpBind
                | SocketAddrUse::UdpSend
                | SocketAddrUse::UdpReceive => false,
            };
            Box::pin(std::future::ready(is_allowed))
        });
}

fn is_anywhere(address: SocketAddr) -> bool {
    address.ip().is_unspecified() && address.port() == 0
}

impl Net<'_> {
    /// The guest begins to wait; who asks without pause is held to a pace here as everywhere.
    pub(super) async fn begin(&mut self) -> Instant {
        let held = self.0.controls.as_mut().map(|controls| controls.pace.take());
        let began = Instant::now();
        if let Some(held) = held {
            self.0.cpu.wait_begins();
            if !held.is_zero() {
                tokio::time::sleep(held).await;
            }
        }
        began
    }

    /// It has waited; that ends a call flow's turn if it took a while.
    pub(super) fn end(&mut self, began: Instant) {
        if self.0.controls.is_none() {
            return;
        }
        let ends_turn = began.elapsed() >= TURN_ENDS_AFTER;
        self.0.cpu.wait_ends(ends_turn);
        if ends_turn {
            self.0.log_quota = LogQuota::default();
        }
    }

    /// Of the two ends of a splice, the one that may be a connection.
    fn counted(&self, to: &Resource<DynOutputStream>, from: &Resource<DynInputStream>) -> u32 {
        if self.0.files.streams.contains(&to.rep()) {
            from.rep()
        } else {
            to.rep()
        }
    }

    /// Counts what came or went by that stream, unless it is one of a file.
    fn count(&self, stream: u32, bytes: usize) -> StreamResult<()> {
        if self.0.net.sockets.is_granted()
            && !self.0.files.streams.contains(&stream)
            && !self.0.net.sockets.count(bytes)
        {
            return Err(StreamError::trap("sent and received more than an instance may"));
        }
        Ok(())
    }
}

/// Waits until an exchange asks the tape something.
async fn asked(ledger: Option<&Ledger>) {
    match ledger {
        Some(ledger) => ledger.asked().await,
        None => std::future::pending().await,
    }
}

impl Net<'_> {
    async fn wait_for(&mut self, pollables: Vec<Resource<DynPollable>>) -> wasmtime::Result<Vec<u32>> {
        let count = pollables.len();
        let GuestState {
            handles,
            tape,
            exchanges,
            cancel,
            net,
            ..
        } = &mut *self.0;
        let ledger = exchanges.as_ref().map(|exchanges| exchanges.ledger());
        let mut ready = pin!(poll::Host::poll(handles, pollables));
        let ready = loop {
            tokio::select! {
                biased;
                ready = &mut ready => break ready,
                _ = cancel.called(), if !net.is_told => {
                    net.is_told = true;
                    break Ok((0..u32::try_from(count).unwrap_or(0)).collect());
                }
                () = asked(ledger.as_deref()) => {}
            }
            // Only a replay has questions for its tape while it waits.
            if let Some(ledger) = &ledger {
                ledger.meet(tape);
            }
        };
        if let Some(ledger) = &ledger {
            ledger.meet(tape);
        }
        ready
    }
}

impl poll::Host for Net<'_> {
    /// Ends early, once, when the instance is to finish: with everything it waited for, so that it looks.
    async fn poll(&mut self, pollables: Vec<Resource<DynPollable>>) -> wasmtime::Result<Vec<u32>> {
        let began = self.begin().await;
        let ready = self.wait_for(pollables).await;
        self.end(began);
        ready
    }
}

impl poll::HostPollable for Net<'_> {
    async fn block(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        poll::Host::poll(self, vec![pollable]).await.map(drop)
    }

    async fn ready(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<bool> {
        let ledger = self.0.exchanges.as_ref().map(|exchanges| exchanges.ledger());
        if let Some(ledger) = &ledger {
            ledger.meet(&mut self.0.tape);
        }
        let is_ready = poll::HostPollable::ready(&mut self.0.handles, pollable).await;
        if let Some(ledger) = &ledger {
            ledger.meet(&mut self.0.tape);
        }
        is_ready
    }

    fn drop(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        poll::HostPollable::drop(&mut self.0.handles, pollable)
    }
}

impl streams::Host for Net<'_> {
    fn convert_stream_error(&mut self, error: StreamError) -> wasmtime::Result<streams::StreamError> {
        streams::Host::convert_stream_error(&mut self.0.handles, error)
    }
}

impl streams::HostInputStream for Net<'_> {
    fn read(&mut self, stream: Resource<DynInputStream>, most: u64) -> StreamResult<Vec<u8>> {
        let rep = stream.rep();
        let bytes = streams::HostInputStream::read(&mut self.0.handles, stream, most)?;
        self.count(rep, bytes.len())?;
        Ok(bytes)
    }

    async fn blocking_read(&mut self, stream: Resource<DynInputStream>, most: u64) -> StreamResult<Vec<u8>> {
        let rep = stream.rep();
        let began = self.begin().await;
        let bytes = streams::HostInputStream::blocking_read(&mut self.0.handles, stream, most).await;
        self.end(began);
        let bytes = bytes?;
        self.count(rep, bytes.len())?;
        Ok(bytes)
    }

    fn skip(&mut self, stream: Resource<DynInputStream>, most: u64) -> StreamResult<u64> {
        let rep = stream.rep();
        let skipped = streams::HostInputStream::skip(&mut self.0.handles, stream, most)?;
        self.count(rep, usize::try_from(skipped).unwrap_or(usize::MAX))?;
        Ok(skipped)
    }

    async fn blocking_skip(&mut self, stream: Resource<DynInputStream>, most: u64) -> StreamResult<u64> {
        let rep = stream.rep();
        let began = self.begin().await;
        let skipped = streams::HostInputStream::blocking_skip(&mut self.0.handles, stream, most).await;
        self.end(began);
        let skipped = skipped?;
        self.count(rep, usize::try_from(skipped).unwrap_or(usize::MAX))?;
        Ok(skipped)
    }

    fn subscribe(&mut self, stream: Resource<DynInputStream>) -> wasmtime::Result<Resource<DynPollable>> {
        streams::HostInputStream::subscribe(&mut self.0.handles, stream)
    }

    async fn drop(&mut self, stream: Resource<DynInputStream>) -> wasmtime::Result<()> {
        self.0.files.streams.remove(&stream.rep());
        streams::HostInputStream::drop(&mut self.0.handles, stream).await
    }
}

impl streams::HostOutputStream for Net<'_> {
    fn check_write(&mut self, stream: Resource<DynOutputStream>) -> StreamResult<u64> {
        streams::HostOutputStream::check_write(&mut self.0.handles, stream)
    }

    fn write(&mut self, stream: Resource<DynOutputStream>, bytes: Vec<u8>) -> StreamResult<()> {
        let rep = stream.rep();
        self.count(rep, bytes.len())?;
        streams::HostOutputStream::write(&mut self.0.handles, stream, bytes)
    }

    async fn blocking_write_and_flush(
        &mut self,
        stream: Resource<DynOutputStream>,
        bytes: Vec<u8>,
    ) -> StreamResult<()> {
        let rep = stream.rep();
        self.count(rep, bytes.len())?;
        let began = self.begin().await;
        let handles = &mut self.0.handles;
        let written = streams::HostOutputStream::blocking_write_and_flush(handles, stream, bytes).await;
        self.end(began);
        written
    }

    fn flush(&mut self, stream: Resource<DynOutputStream>) -> StreamResult<()> {
        streams::HostOutputStream::flush(&mut self.0.handles, stream)
    }

    async fn blocking_flush(&mut self, stream: Resource<DynOutputStream>) -> StreamResult<()> {
        let began = self.begin().await;
        let flushed = streams::HostOutputStream::blocking_flush(&mut self.0.handles, stream).await;
        self.end(began);
        flushed
    }

    fn subscribe(&mut self, stream: Resource<DynOutputStream>) -> wasmtime::Result<Resource<DynPollable>> {
        streams::HostOutputStream::subscribe(&mut self.0.handles, stream)
    }

    fn write_zeroes(&mut self, stream: Resource<DynOutputStream>, count: u64) -> StreamResult<()> {
        let rep = stream.rep();
        self.count(rep, usize::try_from(count).unwrap_or(usize::MAX))?;
        streams::HostOutputStream::write_zeroes(&mut self.0.handles, stream, count)
    }

    async fn blocking_write_zeroes_and_flush(
        &mut self,
        stream: Resource<DynOutputStream>,
        count: u64,
    ) -> StreamResult<()> {
        let rep = stream.rep();
        self.count(rep, usize::try_from(count).unwrap_or(usize::MAX))?;
        let began = self.begin().await;
        let handles = &mut self.0.handles;
        let written =
            streams::HostOutputStream::blocking_write_zeroes_and_flush(handles, stream, count).await;
        self.end(began);
        written
    }

    fn splice(
        &mut self,
        to: Resource<DynOutputStream>,
        from: Resource<DynInputStream>,
        most: u64,
    ) -> StreamResult<u64> {
        let rep = self.counted(&to, &from);
        let moved = streams::HostOutputStream::splice(&mut self.0.handles, to, from, most)?;
        self.count(
            rep,
            usize::try_from(moved).unwrap_or(usize::MAX).saturating_mul(2),
        )?;
        Ok(moved)
    }

    async fn blocking_splice(
        &mut self,
        to: Resource<DynOutputStream>,
        from: Resource<DynInputStream>,
        most: u64,
    ) -> StreamResult<u64> {
        let rep = self.counted(&to, &from);
        let began = self.begin().await;
        let moved = streams::HostOutputStream::blocking_splice(&mut self.0.handles, to, from, most).await;
        self.end(began);
        let moved = moved?;
        self.count(
            rep,
            usize::try_from(moved).unwrap_or(usize::MAX).saturating_mul(2),
        )?;
        Ok(moved)
    }

    async fn drop(&mut self, stream: Resource<DynOutputStream>) -> wasmtime::Result<()> {
        self.0.files.streams.remove(&stream.rep());
        streams::HostOutputStream::drop(&mut self.0.handles, stream).await
    }
}

impl names::Host for Net<'_> {
    fn convert_error_code(&mut self, error: SocketError) -> wasmtime::Result<ErrorCode> {
        names::Host::convert_error_code(&mut WasiSocketsView::sockets(self.0), error)
    }

    fn network_error_code(&mut self, error: Resource<streams::Error>) -> wasmtime::Result<Option<ErrorCode>> {
        names::Host::network_error_code(&mut WasiSocketsView::sockets(self.0), error)
    }
}

impl names::HostNetwork for Net<'_> {
    fn drop(&mut self, network: Resource<Network>) -> wasmtime::Result<()> {
        names::HostNetwork::drop(&mut WasiSocketsView::sockets(self.0), network)
    }
}

impl ip_name_lookup::Host for Net<'_> {
    fn resolve_addresses(
        &mut self,
        network: Resource<Network>,
        name: String,
    ) -> Result<Resource<Found>, SocketError> {
        if !self.0.net.sockets.may_resolve(&name) {
            return Err(ErrorCode::AccessDenied.into());
        }
        let found = ip_name_lookup::Host::resolve_addresses(
            &mut WasiSocketsView::sockets(self.0),
            network,
            name.clone(),
        )?;
        self.0.net.asked.insert(found.rep(), name);
        Ok(found)
    }
}

impl ip_name_lookup::HostResolveAddressStream for Net<'_> {
    fn resolve_next_address(&mut self, found: Resource<Found>) -> Result<Option<IpAddress>, SocketError> {
        let rep = found.rep();
        let name = self.0.net.asked.get(&rep).cloned().unwrap_or_default();
        loop {
            let next = ip_name_lookup::HostResolveAddressStream::resolve_next_address(
                &mut WasiSocketsView::sockets(self.0),
                Resource::new_borrow(rep),
            )?;
            match next {
                // What it may not connect to it need not know.
                Some(address) if !self.0.net.sockets.resolved(&name, ip(address)) => {}
                other => return Ok(other),
            }
        }
    }

    fn subscribe(&mut self, found: Resource<Found>) -> wasmtime::Result<Resource<DynPollable>> {
        ip_name_lookup::HostResolveAddressStream::subscribe(&mut WasiSocketsView::sockets(self.0), found)
    }

    fn drop(&mut self, found: Resource<Found>) -> wasmtime::Result<()> {
        self.0.net.asked.remove(&found.rep());
        ip_name_lookup::HostResolveAddressStream::drop(&mut WasiSocketsView::sockets(self.0), found)
    }
}

fn ip(address: IpAddress) -> IpAddr {
    match address {
        IpAddress::Ipv4((a, b, c, d)) => Ipv4Addr::new(a, b, c, d).into(),
        IpAddress::Ipv6((a, b, c, d, e, f, g, h)) => Ipv6Addr::new(a, b, c, d, e, f, g, h).into(),
    }
}
