//! From a request to its reply: the door (who asks, from where, with which rights), then the operation.

mod door;
mod guesses;
mod part;
mod upgrade;

pub use door::{Key, answer_origin};
pub use guesses::Guesses;
pub use upgrade::Upgrade;

use crate::docs;
use crate::handle::ApplicationHandle;
use crate::http::connection::{Exchange, Fault};
use crate::http::head::Head;
use crate::http::html;
use crate::http::percent;
use crate::http::response::Response;
use crate::operation::{Answer, Ctx, Failure, JSON, Reply};
use crate::pretty;
use crate::request::Request;
use crate::router::{Route, Router, Target};
use crate::settings::Settings;
use bytes::Bytes;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use ucx_call::{EventKind, Principal, SecurityEvent, SecurityKind};
use ucx_pbx::{Desk, Host, OwnRequest};

/// What serves requests, whatever they come on.
#[derive(Clone)]
pub struct Dispatch {
    /// Shared by all parts.
    pub handle: ApplicationHandle,
    /// The host as a whole.
    pub host: Arc<dyn Host>,
    /// The desk, whose principal is replaced by that of each key.
    pub desk: Desk,
    /// All operations.
    pub router: Arc<Router>,
    /// Who guessed passwords. Held for a look or a note, never across an await.
    pub guesses: Arc<Mutex<Guesses>>,
}

/// What becomes of a request.
pub enum Outcome {
    /// It is answered.
    Response(Response),
    /// It is answered, after a while, and nobody has proved who they are.
    Unproved {
        /// The answer.
        response: Response,
        /// How long it waits.
        delay: Duration,
    },
    /// The connection becomes a socket of applications.
    Upgrade(Box<Upgrade>),
}

impl From<Response> for Outcome {
    fn from(response: Response) -> Self {
        Self::Response(response)
    }
}

impl Dispatch {
    /// Lets somebody in, unless there were too many guesses from there.
    fn enter(
        &self,
        head: &Head,
        query: &[(String, String)],
        remote: SocketAddr,
        settings: &Settings,
    ) -> Result<Key, Response> {
        let now = self.handle.clock().now();
        let guesses = || self.guesses.lock().unwrap_or_else(PoisonError::into_inner);
        if guesses().is_shut_out(remote.ip(), now) {
            return Err(respond(
                Err(Failure::new(429, "Too many wrong passwords")),
                settings,
            ));
        }
        let entered = door::enter(head, query, remote, settings);
        let is_wrong = |(kind, _): (SecurityKind, Arc<str>)| !matches!(kind, SecurityKind::FailedAcl { .. });
        if entered.is_err() && door::guess(head, query, settings).is_some_and(is_wrong) {
            guesses().wrong(remote.ip(), now);
        }
        entered
    }

    /// What the server calls itself.
    pub fn server_name(&self, settings: &Settings) -> String {
        let named = settings.http.server_name.clone();
        named.unwrap_or_else(|| format!("Asterisk/{}", self.host.identity().version))
    }

    /// Answers what is no request.
    pub fn fault(&self, fault: Fault, settings: &Settings) -> Response {
        let server = self.server_name(settings);
        match fault {
            Fault::Malformed => html::error(400, "The request could not be read.", &server).closing(),
            Fault::HeadTooLarge => {
                html::error(413, "The head of the request is too large.", &server).closing()
            }
            Fault::BodyTooLarge => html::error(413, "Request body too large", &server).closing(),
        }
    }

    /// Answers a request of a connection.
    pub async fn exchange(&self, exchange: &Exchange, remote: SocketAddr, settings: &Settings) -> Outcome {
        let head = &exchange.head;
        let Some(path) = head.path().strip_prefix(settings.http.prefix.as_str()) else {
            return unproved(self.not_found(settings));
        };
        if path == "/httpstatus" && settings.http.has_status {
            let address = settings.http.address.to_string();
            let page = html::status(&self.server_name(settings), &settings.http.prefix, &address);
            return unproved(page);
        }
        if let Some(rest) = path
            .strip_prefix("/ucx/v1/apps/")
            .filter(|_| settings.ari.is_enabled)
        {
            return self.part(exchange, rest, remote, settings).await;
        }
        if let Some(rest) = path.strip_prefix("/ucx/v1/").filter(|_| settings.ari.is_enabled) {
            return self.own(exchange, rest, remote, settings).await;
        }
        match path.strip_prefix("/ari") {
            Some(rest) if settings.ari.is_enabled && (rest.is_empty() || rest.starts_with('/')) => {
                let rest = rest.strip_prefix('/').unwrap_or(rest);
                self.interface(exchange, rest, remote, settings).await
            }
            Some(_) | None => unproved(self.not_found(settings)),
        }
    }

    /// The host's own interface: the same keys, the same door.
    async fn own(&self, exchange: &Exchange, path: &str, remote: SocketAddr, settings: &Settings) -> Outcome {
        let head = &exchange.head;
        let query = percent::fields(head.query());
        let key = match self.enter(head, &query, remote, settings) {
            Ok(key) => key,
            Err(refused) => return self.turn_away(refused, head, &query, remote, settings).await,
        };
        if key.is_read_only && head.method() != "GET" {
            return respond(Err(Failure::new(403, "Write access denied")), settings).into();
        }
        let Ok(body) = &exchange.body else {
            let failure = Failure::new(400, "Error reading request body");
            return respond(Err(failure), settings).closing().into();
        };
        let request = OwnRequest {
            method: head.method(),
            path,
            query: &query,
            body,
        };
        let reply = self.host.own(&key.principal, request).await;
        Response {
            content_type: Some(JSON),
            body: Bytes::from(reply.json),
            ..Response::new(reply.status)
        }
        .into()
    }

    /// Somebody did not prove who they are; who guessed wrongly waits.
    async fn turn_away(
        &self,
        response: Response,
        head: &Head,
        query: &[(String, String)],
        remote: SocketAddr,
        settings: &Settings,
    ) -> Outcome {
        let mut delay = Duration::ZERO;
        if let Some((kind, account)) = door::guess(head, query, settings) {
            self.note_guess(kind, account, remote, settings).await;
            delay = door::GUESS_DELAY;
        }
        Outcome::Unproved { response, delay }
    }

    fn not_found(&self, settings: &Settings) -> Response {
        let text = "The requested URL was not found on this server.";
        html::error(404, text, &self.server_name(settings))
    }

    async fn interface(
        &self,
        exchange: &Exchange,
        path: &str,
        remote: SocketAddr,
        settings: &Settings,
    ) -> Outcome {
        let head = &exchange.head;
        let origin = answer_origin(head, settings);
        let query = percent::fields(head.query());
        let key = match self.enter(head, &query, remote, settings) {
            Ok(key) => key,
            Err(refused) => {
                let refused = with_headers(refused, origin);
                return self.turn_away(refused, head, &query, remote, settings).await;
            }
        };
        let outcome = self.opened(exchange, path, query, &key, settings, &origin).await;
        match outcome {
            Outcome::Response(response) => with_headers(response, origin).into(),
            other @ (Outcome::Unproved { .. } | Outcome::Upgrade(_)) => other,
        }
    }

    /// Tells readers of security events of a wrong proof.
    async fn note_guess(
        &self,
        kind: SecurityKind,
        account: Arc<str>,
        remote: SocketAddr,
        settings: &Settings,
    ) {
        tracing::info!(%remote, ?account, kind = kind.name(), "an application's key");
        let event = SecurityEvent {
            kind,
            service: "ARI",
            account,
            session: Arc::from(format!("{:#x}", remote.port())),
            transport: "TCP",
            local: settings.http.address,
            remote,
        };
        // It is the server that tells, and not who asked.
        let desk = self.desk.of(Principal::OPERATOR);
        if let Err(refusal) = desk.publish(EventKind::Security(Arc::new(event))).await {
            tracing::debug!(%refusal, "a security event was not published");
        }
    }

    /// What happens behind the door.
    async fn opened(
        &self,
        exchange: &Exchange,
        path: &str,
        query: Vec<(String, String)>,
        key: &Key,
        settings: &Settings,
        origin: &[(&'static str, String)],
    ) -> Outcome {
        let head = &exchange.head;
        let fail = |failure: Failure| Outcome::from(respond(Err(failure), settings));
        if !self.host.is_booted() {
            return fail(Failure::new(503, "Asterisk not booted"));
        }
        if key.is_read_only && !matches!(head.method(), "GET" | "OPTIONS") {
            return fail(Failure::new(403, "Write access denied"));
        }
        if path.ends_with('/') || (path.is_empty() && head.path().ends_with('/')) {
            let path = path.trim_end_matches('/');
            let message = format!("ARI URLs do not end with a slash. Try /ari/{path}");
            return fail(Failure::new(404, message));
        }
        if let Some(file) = path.strip_prefix("api-docs/") {
            return document(head, file, settings).into();
        }
        let (target, parameters) = match self.router.route(head.method(), path) {
            Route::Found(target, parameters) => (target, parameters),
            Route::NotFound => return fail(Failure::new(404, "Resource not found")),
            Route::WrongMethod(allow) if head.method() == "OPTIONS" => {
                return door::preflight(head, allow, origin).into();
            }
            Route::WrongMethod(allow) => {
                let response = respond(Err(Failure::new(405, "Invalid method")), settings);
                return response.with("Allow", allow).into();
            }
        };
        if target.row.is_websocket {
            return upgrade::upgrade(self, head, &query, key, settings);
        }
        let request = match &exchange.body {
            Ok(body) => Request::new(parameters, query, head.header("content-type"), body),
            Err(Fault::BodyTooLarge) => Err(Failure::new(413, "Request body too large")),
            Err(Fault::Malformed | Fault::HeadTooLarge) => {
                Err(Failure::new(400, "Error parsing request body"))
            }
        };
        let answer = match request {
            Ok(request) => self.run(target, &request, key).await,
            Err(failure) => Err(failure),
        };
        let response = respond(answer, settings);
        if exchange.body.is_err() {
            response.closing().into()
        } else {
            response.into()
        }
    }

    /// Runs an operation for a key.
    pub async fn run(&self, target: Target, request: &Request, key: &Key) -> Answer {
        let Some(run) = target.run else {
            let what = format!("{} of {}", target.row.name, target.row.resource);
            return Err(Failure::not_built(&what));
        };
        let context = Ctx {
            desk: self.desk.of(key.principal.clone()),
            host: self.host.clone(),
            handle: self.handle.clone(),
        };
        run(&context, request).await
    }
}

fn document(head: &Head, file: &str, settings: &Settings) -> Response {
    let host = head.header("host").unwrap_or("localhost");
    let base = format!("http://{host}{}/ari", settings.http.prefix);
    match docs::document(file, &base) {
        Some(body) if head.method() == "GET" => respond(
            Ok(Reply {
                status: 200,
                content_type: Some(JSON),
                body,
                location: None,
            }),
            settings,
        ),
        Some(_) => respond(Err(Failure::new(405, "Invalid method")), settings).with("Allow", "OPTIONS,GET"),
        None => respond(Err(Failure::new(404, "Resource not found")), settings),
    }
}

/// An answer as a reply over HTTP.
pub fn respond(answer: Answer, settings: &Settings) -> Response {
    let shown = |body: Bytes| {
        if settings.ari.is_pretty {
            pretty::indent(&body)
        } else {
            body
        }
    };
    match answer {
        Ok(reply) => {
            let is_json = reply.content_type == Some(JSON);
            let mut response = Response {
                content_type: reply.content_type,
                body: if is_json { shown(reply.body) } else { reply.body },
                ..Response::new(reply.status)
            };
            if let Some(location) = reply.location {
                let location = format!("{}/ari{}", settings.http.prefix, percent::encode(&location));
                response.headers.push(("Location", location));
            }
            response
        }
        Err(failure) => Response {
            reason: failure.reason,
            content_type: Some(JSON),
            body: shown(failure.body()),
            ..Response::new(failure.status)
        },
    }
}

fn unproved(response: Response) -> Outcome {
    Outcome::Unproved {
        response,
        delay: Duration::ZERO,
    }
}

fn with_headers(mut response: Response, headers: Vec<(&'static str, String)>) -> Response {
    response.headers.splice(0..0, headers);
    response
}
