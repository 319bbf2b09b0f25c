//! The client of one plugin: its own connections, so that what one may reach never serves another.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Method, Request, Response, Uri};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::{Host, Url};

use super::address::is_public;
use super::cache::{Cache, Question};
use super::hosts::HostRule;
use super::{BODY_MAX, BoxFuture, EXCHANGE_MAX, Resolve, WebConfig, WebError, WebRequest, WebResponse};

/// Exchanges of one plugin at a time.
pub(crate) const EXCHANGES_MAX: usize = 16;
/// Exchanges by `wasi:http` of one generation at a time, counted until their answers are read or dropped.
const HELD_MAX: usize = 64;
/// In the words about a name none of whose addresses may be reached.
pub(crate) const NOT_PUBLIC: &str = "has no public address";
/// Header lines of a request.
const HEADERS_MAX: usize = 64;
/// Bytes of an answer's head.
const HEAD_MAX: usize = 64 << 10;
/// A connection nobody uses is kept that long.
const IDLE: Duration = Duration::from_secs(30);
/// Such connections to one host.
const IDLE_MAX: usize = 4;
/// Until a connection stands.
const CONNECT_MAX: Duration = Duration::from_secs(3);
/// Headers that are the host's to write.
pub(crate) const OWN_HEADERS: [&str; 9] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "upgrade",
    "proxy-authorization",
];

type Https = Client<HttpsConnector<HttpConnector<Guarded>>, Full<Bytes>>;

/// What one plugin's generation may reach, and its connections.
pub(crate) struct PluginWeb {
    plugin: Arc<str>,
    allowed: Arc<[HostRule]>,
    private: Arc<[HostRule]>,
    /// Which addresses anybody may reach.
    pub(super) public: fn(IpAddr) -> bool,
    config: WebConfig,
    at_once: Semaphore,
    held: Arc<Semaphore>,
    cache: Cache,
    client: OnceLock<Result<Https, String>>,
}

impl PluginWeb {
    /// A client for these hosts; the ones of `private` may stand at addresses that are not public.
    pub(crate) fn new(
        plugin: Arc<str>,
        allowed: Vec<HostRule>,
        private: Vec<HostRule>,
        config: WebConfig,
    ) -> Self {
        let at_once = Semaphore::new(config.at_once.unwrap_or(EXCHANGES_MAX));
        Self {
            plugin,
            allowed: allowed.into(),
            private: private.into(),
            public: is_public,
            config,
            at_once,
            held: Arc::new(Semaphore::new(HELD_MAX)),
            cache: Cache::default(),
            client: OnceLock::new(),
        }
    }

    /// Room for an exchange whose bodies the host holds; none if there are too many.
    pub(crate) fn hold(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.held).try_acquire_owned().ok()
    }

    /// One exchange, or the answer an earlier one brought if it is still good; `now` is the host's clock.
    pub(crate) async fn fetch(&self, request: WebRequest, now: Duration) -> Result<WebResponse, WebError> {
        let url = self.admitted(&request)?;
        let question = Question::of(&request);
        if let Some(kept) = question
            .as_ref()
            .and_then(|question| self.cache.answer(question, now))
        {
            return Ok(kept);
        }
        let answer = self.exchange(request, &url).await?;
        if let Some(question) = question {
            self.cache.keep(question, &answer, now);
        }
        Ok(answer)
    }

    async fn exchange(&self, request: WebRequest, url: &Url) -> Result<WebResponse, WebError> {
        let Ok(_turn) = self.at_once.try_acquire() else {
            return Err(WebError::Quota(None));
        };
        let limit = if request.timeout.is_zero() {
            EXCHANGE_MAX
        } else {
            request.timeout.min(EXCHANGE_MAX)
        };
        if let Some(stand_in) = &self.config.stand_in {
            let answer = stand_in(&self.plugin, request);
            return tokio::time::timeout(limit, answer)
                .await
                .map_err(|_| WebError::TimedOut)?;
        }
        let client = self
            .client
            .get_or_init(|| self.connector())
            .as_ref()
            .map_err(|why| WebError::Unavailable(why.clone()))?;
        let request = assemble(request, url)?;
        let exchange = async {
            let response = client
                .request(request)
                .await
                .map_err(|error| WebError::Unavailable(chain(&error)))?;
            receive(response).await
        };
        tokio::time::timeout(limit, exchange)
            .await
            .map_err(|_| WebError::TimedOut)?
    }

    /// The address of a request that may be sent.
    fn admitted(&self, request: &WebRequest) -> Result<Url, WebError> {
        let invalid = |why: &str| WebError::Invalid(why.to_owned());
        let url = Url::parse(&request.url).map_err(|error| WebError::Invalid(format!("url: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(invalid("url: http: or https: is served"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid("url: credentials go into a header"));
        }
        if request.body.len() > BODY_MAX {
            return Err(WebError::Quota(None));
        }
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Err(invalid("url: it names no host"));
        };
        let host = host.to_owned();
        if !self.allowed.iter().any(|rule| rule.covers(&host, port)) {
            return Err(WebError::Denied(format!("http = [\"{}\"]", spelled(&host, port))));
        }
        let literal = match host {
            Host::Ipv4(address) => Some(address.into()),
            Host::Ipv6(address) => Some(address.into()),
            Host::Domain(_) => None,
        };
        let is_private = literal.is_some_and(|address| !(self.public)(address));
        if is_private && !self.private.iter().any(|rule| rule.covers(&host, port)) {
            return Err(WebError::Denied(format!(
                "http-private = [\"{}\"]",
                spelled(&host, port)
            )));
        }
        Ok(url)
    }

    fn connector(&self) -> Result<Https, String> {
        let guarded = Guarded {
            resolve: self.config.resolve.clone().unwrap_or_else(system),
            private: Arc::clone(&self.private),
            public: self.public,
        };
        let mut http = HttpConnector::new_with_resolver(guarded);
        http.enforce_http(false);
        http.set_connect_timeout(Some(CONNECT_MAX));
        http.set_nodelay(true);
        let https = hyper_rustls::HttpsConnectorBuilder::new()
            .with_tls_config(tls(&self.config)?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        Ok(Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(IDLE_MAX)
            .pool_timer(TokioTimer::new())
            .http1_max_buf_size(HEAD_MAX)
            .build(https))
    }
}

/// The host as a manifest would name it.
fn spelled(host: &Host<String>, port: u16) -> String {
    match port {
        80 | 443 => host.to_string(),
        port => format!("{host}:{port}"),
    }
}

fn tls(config: &WebConfig) -> Result<rustls::ClientConfig, String> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;

    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = &config.authorities {
        let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        for certificate in CertificateDer::pem_file_iter(path).map_err(|error| wrong(&error))? {
            let certificate = certificate.map_err(|error| wrong(&error))?;
            roots.add(certificate).map_err(|error| wrong(&error))?;
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    Ok(rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

fn assemble(request: WebRequest, url: &Url) -> Result<Request<Full<Bytes>>, WebError> {
    let invalid = |what: String| WebError::Invalid(what);
    let method = Method::from_bytes(request.method.as_bytes())
        .map_err(|_| invalid(format!("method: {:?} is none", request.method)))?;
    if method == Method::CONNECT {
        return Err(invalid("method: CONNECT is not for plugins".to_owned()));
    }
    let uri: Uri = url
        .as_str()
        .parse()
        .map_err(|error| invalid(format!("url: {error}")))?;
    if request.headers.len() > HEADERS_MAX {
        return Err(invalid(format!("headers: more than {HEADERS_MAX}")));
    }
    let mut whole = Request::new(Full::new(Bytes::from(request.body)));
    *whole.method_mut() = method;
    *whole.uri_mut() = uri;
    for (name, value) in request.headers {
        let name = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| invalid(format!("headers: {name:?} is no name")))?;
        if OWN_HEADERS.contains(&name.as_str()) {
            return Err(invalid(format!("headers: {name} is written by the host")));
        }
        let value = HeaderValue::from_str(&value)
            .map_err(|_| invalid(format!("headers: the value of {name} holds what no header may")))?;
        whole.headers_mut().append(name, value);
    }
    Ok(whole)
}

async fn receive(response: Response<hyper::body::Incoming>) -> Result<WebResponse, WebError> {
    let (head, body) = response.into_parts();
    let headers = head
        .headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        })
        .collect();
    let body = Limited::new(body, BODY_MAX).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() {
            WebError::TooLarge
        } else {
            WebError::Unavailable(error.to_string())
        }
    })?;
    Ok(WebResponse {
        status: head.status.as_u16(),
        headers,
        body: body.to_bytes().into(),
    })
}

/// An error and its causes, in a line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words.push_str(": ");
        words.push_str(&error.to_string());
        cause = error.source();
    }
    words
}

/// The system's resolver.
fn system() -> Resolve {
    Arc::new(|name| -> BoxFuture<io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    })
}

/// Resolves names, and drops the addresses a plugin may not reach. It is asked anew for every connection, and the
/// connection goes to what it answered: a name that changes its address between check and use gains nothing.
#[derive(Clone)]
struct Guarded {
    resolve: Resolve,
    private: Arc<[HostRule]>,
    public: fn(IpAddr) -> bool,
}

impl Guarded {
    fn may_be_private(&self, name: &str) -> bool {
        let host = Host::Domain(name.to_owned());
        self.private.iter().any(|rule| rule.covers_at_any_port(&host))
    }
}

impl tower_service::Service<Name> for Guarded {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, io::Error>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), io::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let all = self.may_be_private(name.as_str());
        let asked = (self.resolve)(name.as_str().to_owned());
        let public = self.public;
        Box::pin(async move {
            let found = asked.await?;
            let reachable: Vec<SocketAddr> = found
                .into_iter()
                .filter(|&address| all || public(address))
                .map(|address| SocketAddr::new(address, 0))
                .collect();
            if reachable.is_empty() {
                let why = format!("{name} {NOT_PUBLIC}; http-private would grant a private one");
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
            }
            Ok(reachable.into_iter())
        })
    }
}
