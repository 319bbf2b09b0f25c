//! `wasi:http/outgoing-handler`: exchanges with web services by the standard interface, over the client, the rights, the
//! limits and the tape of `ucx:host/http`. A body is whole before it is sent, and whole before it is read.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HeaderName, HeaderValue};
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use tokio::sync::{Notify, OwnedSemaphorePermit, oneshot};
use wasmtime::component::Linker;
use wasmtime_wasi_http::{
    Error, ForbiddenHeaderFilter, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks,
    WasiHttpView,
};

use super::logging;
use crate::bindings::wasi::logging::logging::Level;
use crate::resources::WallClock;
use crate::state::{GuestState, PluginDesk};
use crate::tape::Tape;
use crate::web::{
    BODY_MAX, EXCHANGE_MAX, NOT_PUBLIC, OWN_HEADERS, PluginWeb, WebError, WebRequest, WebResponse,
};

/// The most a guest's list of header lines may take, in bytes as the library reckons them.
const FIELDS_MAX: usize = 16 << 10;
/// Bytes of one write to a body that is not sent yet. Two such wait beside the exchange.
const CHUNK_MAX: usize = 16 << 10;
/// Answers that wait to be written down; of more, the tape knows nothing.
const UNWRITTEN_MAX: usize = 64;

/// How an exchange ended.
type Answer = Result<WebResponse, WebError>;

/// What was asked, as a tape keeps it.
type Asked = (String, String, Vec<u8>);

/// What the hook of the library hands back: the answer, and what remains to be done for it.
type Sent = (
    Response<WasiBody>,
    Box<dyn Future<Output = Result<(), Error>> + Send>,
);

/// The exchanges of one instance.
pub(crate) struct Exchanges {
    ctx: WasiHttpCtx,
    hooks: Hooks,
}

/// What an exchange needs of its instance.
#[derive(Clone)]
struct Hooks {
    plugin: Arc<str>,
    web: Arc<PluginWeb>,
    desk: Arc<PluginDesk>,
    clock: WallClock,
    ledger: Arc<Ledger>,
    mode: Mode,
}

/// Whether exchanges are written down or read off.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Untaped,
    Taped,
    Replayed,
}

impl Exchanges {
    fn new(plugin: &Arc<str>, web: &Arc<PluginWeb>, desk: &Arc<PluginDesk>, clock: &WallClock) -> Self {
        let mut ctx = WasiHttpCtx::new();
        ctx.set_field_size_limit(FIELDS_MAX);
        Self {
            ctx,
            hooks: Hooks {
                plugin: Arc::clone(plugin),
                web: Arc::clone(web),
                desk: Arc::clone(desk),
                clock: Arc::clone(clock),
                ledger: Arc::default(),
                mode: Mode::Untaped,
            },
        }
    }

    /// What goes between the exchanges and the tape.
    pub(crate) fn ledger(&self) -> Arc<Ledger> {
        Arc::clone(&self.hooks.ledger)
    }
}

impl WasiHttpView for GuestState {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        let Self {
            plugin,
            web,
            desk,
            host,
            ..
        } = self;
        let exchanges = self
            .exchanges
            .get_or_insert_with(|| Box::new(Exchanges::new(plugin, web, desk, &host.clock)));
        exchanges.hooks.mode = match &self.tape {
            Tape::Off => Mode::Untaped,
            Tape::Recording(_) => Mode::Taped,
            Tape::Replaying(_) => Mode::Replayed,
        };
        WasiHttpCtxView {
            hooks: &mut exchanges.hooks,
            table: &mut self.handles,
            ctx: &mut exchanges.ctx,
        }
    }
}

/// Adds the interface, and the types it speaks in. Components are not served requests by it: those come through the inbox.
pub(crate) fn link(linker: &mut Linker<GuestState>) -> wasmtime::Result<()> {
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(linker)
}

impl WasiHttpHooks for Hooks {
    fn forbidden_header_filter(&mut self) -> ForbiddenHeaderFilter {
        Arc::new(|name| OWN_HEADERS.contains(&name.as_str()) && *name != CONTENT_LENGTH)
    }

    fn set_host_header(&mut self) -> bool {
        // The client writes it, by the address.
        false
    }

    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _heard: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Result<Sent, Error>> + Send> {
        Box::new(self.clone().exchange(request, options))
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        CHUNK_MAX
    }
}

impl Hooks {
    async fn exchange(
        self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
    ) -> Result<Sent, Error> {
        let room = self.web.hold().ok_or(Error::ConnectionLimitReached)?;
        // Whoever never ends the body would wait for its answer for ever.
        let request = tokio::time::timeout(EXCHANGE_MAX, whole(request, options.unwrap_or_default()));
        let request = request.await.map_err(|_| Error::ConnectionWriteTimeout)??;
        match self.ask(request).await {
            Ok(answer) => Ok((response(answer, room)?, Box::new(async { Ok(()) }))),
            Err(error) => {
                if let WebError::Denied(line) = &error {
                    // The code says nothing of what would have to be granted; the log does.
                    let words = format!("denied; needs {line}");
                    logging::put(
                        &self.plugin,
                        &self.desk,
                        Level::Warn,
                        "wasi:http".to_owned(),
                        words,
                    );
                }
                Err(code(error))
            }
        }
    }

    async fn ask(&self, request: WebRequest) -> Answer {
        if self.mode == Mode::Replayed {
            return self.ledger.read(request).await;
        }
        let now = (self.clock)();
        let asked = crate::tape::asked(&request);
        let answer = if self.desk.exchanges.take(1, now) {
            self.web.fetch(request, now).await
        } else {
            Err(WebError::Quota(None))
        };
        if self.mode == Mode::Taped {
            self.ledger.write(asked, answer.clone());
        }
        answer
    }
}

/// A request with its whole body, as the client takes it.
async fn whole(request: Request<WasiBody>, options: RequestOptions) -> Result<WebRequest, Error> {
    let (head, body) = request.into_parts();
    let mut headers = Vec::with_capacity(head.headers.len());
    for (name, value) in &head.headers {
        if *name != CONTENT_LENGTH {
            let value = value.to_str().map_err(|_| Error::HttpProtocolError)?;
            headers.push((name.as_str().to_owned(), value.to_owned()));
        }
    }
    let body = Limited::new(body, BODY_MAX).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() {
            return Error::HttpRequestBodySize(Some(BODY_MAX as u64));
        }
        error
            .downcast::<Error>()
            .map_or(Error::HttpProtocolError, |error| *error)
    })?;
    if body.trailers().is_some_and(|lines| !lines.is_empty()) {
        return Err(Error::HttpRequestTrailerSectionSize(Some(0)));
    }
    Ok(WebRequest {
        method: head.method.as_str().to_owned(),
        url: head.uri.to_string(),
        headers,
        body: body.to_bytes().into(),
        timeout: limit(options),
    })
}

/// The time for the whole exchange: that until its first byte, as there is none between the first and the last. Zero is the
/// host's own.
fn limit(options: RequestOptions) -> Duration {
    let Some(first) = options.first_byte_timeout else {
        return Duration::ZERO;
    };
    let connect = options.connect_timeout.unwrap_or_default();
    first.saturating_add(connect).max(Duration::from_millis(1))
}

/// An answer as the library hands it over. What it holds of the host is given back with its body.
fn response(answer: WebResponse, room: OwnedSemaphorePermit) -> Result<Response<WasiBody>, Error> {
    let body = Held {
        body: Full::new(Bytes::from(answer.body)),
        _room: room,
    };
    let mut response = Response::new(body.map_err(|never| match never {}).boxed_unsync());
    *response.status_mut() =
        http::StatusCode::from_u16(answer.status).map_err(|_| Error::HttpProtocolError)?;
    for (name, value) in &answer.headers {
        let line = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_bytes(value.as_bytes()),
        );
        if let (Ok(name), Ok(value)) = line {
            response.headers_mut().append(name, value);
        }
    }
    Ok(response)
}

/// The body of an answer, which takes one of the places there are for such.
struct Held {
    body: Full<Bytes>,
    _room: OwnedSemaphorePermit,
}

impl Body for Held {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// What the standard calls it. From the words alone, so that a replay says the same.
fn code(error: WebError) -> Error {
    match error {
        WebError::Invalid(what) if what.starts_with("url") => Error::HttpRequestUriInvalid,
        WebError::Invalid(what) if what.starts_with("method") => Error::HttpRequestMethodInvalid,
        WebError::Invalid(what) if what.starts_with("headers: more") => {
            Error::HttpRequestHeaderSectionSize(None)
        }
        WebError::Invalid(what) => Error::InternalError(Some(what)),
        WebError::Denied(line) if line.starts_with("http-private") => Error::DestinationIpProhibited,
        WebError::Denied(_) => Error::HttpRequestDenied,
        WebError::Quota(_) => Error::ConnectionLimitReached,
        WebError::TooLarge => Error::HttpResponseBodySize(Some(BODY_MAX as u64)),
        WebError::TimedOut => Error::HttpResponseTimeout,
        WebError::Unavailable(what) => unavailable(what),
    }
}

fn unavailable(what: String) -> Error {
    const KNOWN: [(&str, Error); 5] = [
        (NOT_PUBLIC, Error::DestinationIpProhibited),
        ("onnection refused", Error::ConnectionRefused),
        ("certificate", Error::TlsCertificateError),
        ("before message completed", Error::HttpResponseIncomplete),
        ("timed out", Error::ConnectionTimeout),
    ];
    if what.contains("dns error") && !what.contains(NOT_PUBLIC) {
        return Error::DnsError {
            rcode: None,
            info_code: None,
        };
    }
    let known = KNOWN.into_iter().find(|(words, _)| what.contains(words));
    known.map_or(Error::InternalError(Some(what)), |(_, error)| error)
}

/// Goes between the exchanges of an instance, which run beside it, and its tape. What it was told is written down when it looks;
/// what it is to be told in a replay is read off when it waits. The lock guards one push or one sweep.
#[derive(Default)]
pub(crate) struct Ledger {
    pages: Mutex<Pages>,
    asked: Notify,
}

#[derive(Default)]
struct Pages {
    /// Questions of a replay.
    open: VecDeque<(WebRequest, oneshot::Sender<Answer>)>,
    /// Answers that are not on the tape yet, with what was asked.
    unwritten: Vec<(Asked, Answer)>,
}

impl Ledger {
    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, asked: Asked, answer: Answer) {
        let mut pages = self.pages();
        if pages.unwritten.len() < UNWRITTEN_MAX {
            pages.unwritten.push((asked, answer));
        }
    }

    async fn read(&self, request: WebRequest) -> Answer {
        let (sender, answer) = oneshot::channel();
        // As many as there is room to hold answers for.
        self.pages().open.push_back((request, sender));
        self.asked.notify_one();
        let gone = |_| Err(WebError::Unavailable("the run is over".to_owned()));
        answer.await.unwrap_or_else(gone)
    }

    /// Waits until a replay asks something.
    pub(crate) async fn asked(&self) {
        loop {
            let asked = self.asked.notified();
            if !self.pages().open.is_empty() {
                return;
            }
            asked.await;
        }
    }

    /// Answers what a replay asks, and writes down what was answered.
    pub(crate) fn meet(&self, tape: &mut Tape) {
        let mut pages = self.pages();
        let Pages { open, unwritten } = &mut *pages;
        for (request, sender) in open.drain(..) {
            if let Some(answer) = tape.exchange(&request) {
                // Whoever asked may be gone.
                let _ = sender.send(answer);
            }
        }
        for (asked, answer) in unwritten.drain(..) {
            tape.heard_web(asked, &answer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_wrong_has_its_own_code() {
        let name = |error| format!("{:?}", code(error));
        let unavailable = |words: &str| name(WebError::Unavailable(words.to_owned()));
        for (error, wanted) in [
            (WebError::Denied("http = [\"a\"]".to_owned()), "HttpRequestDenied"),
            (
                WebError::Denied("http-private = [\"a\"]".to_owned()),
                "DestinationIpProhibited",
            ),
            (WebError::TimedOut, "HttpResponseTimeout"),
            (WebError::TooLarge, "HttpResponseBodySize(Some(1048576))"),
            (WebError::Quota(None), "ConnectionLimitReached"),
            (
                WebError::Invalid("url: credentials go into a header".to_owned()),
                "HttpRequestUriInvalid",
            ),
        ] {
            assert_eq!(name(error), wanted);
        }
        for (words, wanted) in [
            (
                "client error (Connect): tcp connect error: Connection refused (os error 111)",
                "ConnectionRefused",
            ),
            (
                "client error (Connect): dns error: x has no public address; http-private would",
                "DestinationIpProhibited",
            ),
            (
                "client error (Connect): dns error: failed to lookup",
                "DnsError { rcode: None, info_code: None }",
            ),
            ("odd", "InternalError(Some(\"odd\"))"),
        ] {
            assert_eq!(unavailable(words), wanted);
        }
    }

    #[test]
    fn the_time_until_the_first_byte_is_that_of_the_exchange() {
        let secs = |n| Some(Duration::from_secs(n));
        let options = |connect_timeout, first_byte_timeout| RequestOptions {
            connect_timeout,
            first_byte_timeout,
            between_bytes_timeout: secs(1),
        };
        assert_eq!(limit(options(secs(1), None)), Duration::ZERO);
        assert_eq!(limit(options(secs(1), secs(2))), Duration::from_secs(3));
        assert_eq!(limit(options(None, secs(0))), Duration::from_millis(1));
        assert_eq!(limit(options(secs(u64::MAX), secs(u64::MAX))), Duration::MAX);
    }
}
