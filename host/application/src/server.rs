//! The server: takes connections, within its limits, and serves each in a task of its own.
//!
//! Where there is no room for one from loopback, the oldest on which nobody has proved anything gives way.

mod waiting;

use crate::ApplicationHandle;
use crate::dispatch::{Dispatch, Outcome};
use crate::http::connection::{Arrival, Connection, Patience};
use crate::resource;
use crate::router::Router;
use crate::settings::Settings;
use crate::websocket;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use ucx_call::Principal;
use ucx_pbx::{Desk, Host};
use waiting::{Place, Waiting, gives_way};

/// How long taking connections rests when the system has none to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The interface as a whole. Clones are the same one.
#[derive(Clone)]
pub struct Application(Arc<Inner>);

struct Inner {
    dispatch: Dispatch,
    /// Read once a request, replaced by a reload; held for neither longer than a clone.
    settings: RwLock<Arc<Settings>>,
    waiting: Arc<Waiting>,
}

impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Application").finish_non_exhaustive()
    }
}

impl Application {
    /// An interface that asks this desk (for the principals of its own keys) and this host.
    pub fn new(handle: ApplicationHandle, desk: Desk, host: Arc<dyn Host>, settings: Settings) -> Self {
        handle.show_variables(settings.ari.channel_variables.clone());
        handle.allow_media(settings.ari.media_hosts.clone());
        Self(Arc::new(Inner {
            dispatch: Dispatch {
                handle,
                host,
                desk,
                router: Arc::new(Router::new(resource::BUILT)),
                guesses: Arc::default(),
            },
            settings: RwLock::new(Arc::new(settings)),
            waiting: Arc::default(),
        }))
    }

    /// The settings in force.
    pub fn settings(&self) -> Arc<Settings> {
        self.0
            .settings
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Puts other settings in force, for every request from now on. Where it listens is decided by who calls
    /// [`Self::serve`].
    pub fn reload(&self, settings: Settings) {
        let handle = &self.0.dispatch.handle;
        handle.show_variables(settings.ari.channel_variables.clone());
        handle.allow_media(settings.ari.media_hosts.clone());
        *self.0.settings.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(settings);
    }

    /// Brings messages to sockets until the host is gone; to be run once, on the workers. It first asks the desk which
    /// endpoints can be reached, as the stream tells only changes.
    pub async fn deliver(&self) {
        let Some(mut fan) = self.0.dispatch.handle.fan() else {
            return;
        };
        let desk = self.0.dispatch.desk.of(Principal::OPERATOR);
        if let (Ok(pjsip), Ok(contacts)) = (desk.pjsip().await, desk.contacts().await) {
            let surroundings = fan.surroundings();
            for name in pjsip.endpoints.keys() {
                surroundings.set_reachable(&Arc::from(name.as_str()), false);
            }
            let reachable = contacts.iter().filter(|contact| contact.status != "Unreachable");
            for contact in reachable {
                surroundings.set_reachable(&contact.endpoint, true);
            }
        }
        fan.run().await;
    }

    /// Takes connections until it is dropped; those it serves end with it.
    ///
    /// # Errors
    /// If the listener itself is broken.
    pub async fn serve(&self, listener: TcpListener) -> io::Result<()> {
        let mut sessions = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                biased;
                Some(_) = sessions.join_next(), if !sessions.is_empty() => continue,
                accepted = listener.accept() => accepted,
            };
            let (stream, remote) = match accepted {
                Ok(accepted) => accepted,
                Err(error) if is_fatal(&error) => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let settings = self.settings();
            let is_near = remote.ip().to_canonical().is_loopback();
            if sessions.len() >= settings.http.session_limit && !(is_near && self.0.waiting.make_room()) {
                tracing::warn!(%remote, limit = settings.http.session_limit, "a connection too many is closed");
                continue;
            }
            if !settings.http.access.permits(remote.ip()) {
                tracing::warn!(%remote, "a connection from an address that is not let in is closed");
                continue;
            }
            let (application, place) = (self.clone(), self.0.waiting.enter());
            sessions.spawn(async move { application.session(stream, remote, place).await });
        }
    }

    async fn session(&self, stream: TcpStream, remote: SocketAddr, place: Place) {
        // Small replies shall not wait for each other.
        if stream.set_nodelay(true).is_err() {
            return;
        }
        let dispatch = &self.0.dispatch;
        let mut connection = Connection::new(stream);
        let mut place = Some(place);
        let mut is_first = true;
        loop {
            let settings = self.settings();
            let patience = patience(&settings, is_first);
            is_first = false;
            let arrival = tokio::select! {
                biased;
                arrival = connection.next(patience) => arrival,
                () = gives_way(place.as_ref()) => return,
            };
            // They may have been read again while it waited.
            let settings = self.settings();
            let server = dispatch.server_name(&settings);
            let exchange = match arrival {
                Arrival::Exchange(exchange) => exchange,
                Arrival::Closed => return,
                Arrival::Fault(fault) => {
                    let response = dispatch.fault(fault, &settings);
                    if connection.send(&response, &server, true, patience).await.is_ok() {
                        connection.close().await;
                    }
                    return;
                }
            };
            let mut response = match dispatch.exchange(&exchange, remote, &settings).await {
                Outcome::Response(response) => {
                    place = None;
                    response
                }
                Outcome::Unproved { response, delay } => {
                    tokio::select! {
                        biased;
                        () = tokio::time::sleep(delay), if !delay.is_zero() => {}
                        () = gives_way(place.as_ref()), if !delay.is_zero() => return,
                        else => {}
                    }
                    response
                }
                Outcome::Upgrade(upgrade) => {
                    drop(place);
                    websocket::serve(dispatch, &upgrade, connection, patience).await;
                    return;
                }
            };
            response.closes |= !exchange.head.keeps_alive
                || exchange.body.is_err()
                || settings.http.session_keep_alive.is_zero();
            let has_body = exchange.head.method() != "HEAD";
            let sent = connection.send(&response, &server, has_body, patience).await;
            if sent.is_err() {
                return;
            }
            if response.closes {
                connection.close().await;
                return;
            }
        }
    }
}

fn patience(settings: &Settings, is_first: bool) -> Patience {
    let http = &settings.http;
    Patience {
        request: http.session_inactivity,
        idle: if is_first {
            http.session_inactivity
        } else {
            http.session_keep_alive
        },
    }
}

/// Whether no connection can come any more. A client that went away, or a limit of the system, is not it.
fn is_fatal(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::InvalidInput | io::ErrorKind::NotConnected | io::ErrorKind::Unsupported
    )
}

#[cfg(test)]
mod tests;
