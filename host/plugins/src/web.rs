//! How does a plugin ask a web service? One exchange at a time through a client of its own, to the hosts it was granted,
//! and never to an address the operator did not mean.

mod address;
mod cache;
mod client;
mod hosts;
#[cfg(test)]
mod tests;

pub(crate) use address::is_public;
#[cfg(test)]
pub(crate) use client::EXCHANGES_MAX;
pub(crate) use client::{NOT_PUBLIC, OWN_HEADERS, PluginWeb};
pub(crate) use hosts::HostRule;

use std::future::Future;
use std::net::IpAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// The longest body of a request or an answer, in bytes.
pub(crate) const BODY_MAX: usize = 1 << 20;
/// The longest exchange, unless the guest asks for less.
pub(crate) const EXCHANGE_MAX: Duration = Duration::from_secs(5);

/// What a guest asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebRequest {
    /// `GET`, `POST` and so on.
    pub method: String,
    /// Absolute `http:` or `https:` address.
    pub url: String,
    /// Header lines.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// For the whole exchange; zero is the host's own limit.
    pub timeout: Duration,
}

/// What came back, whatever its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebResponse {
    /// 100 to 599.
    pub status: u16,
    /// Header lines in the order they came.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why no answer came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebError {
    /// The request cannot be sent; the text says what is wrong in it.
    Invalid(String),
    /// The host was not granted, or its address is a private one; the text is the line that would grant it.
    Denied(String),
    /// Too many exchanges at a time, or too much in one; when to try again, if that is known.
    Quota(Option<Duration>),
    /// The answer is longer than it may be.
    TooLarge,
    /// The time given for it passed.
    TimedOut,
    /// Nobody answered as they should; the text says where it ended.
    Unavailable(String),
}

/// A future on the heap.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Stands in for the web: in tests, in the simulation, in a replay.
pub type StandIn = Arc<dyn Fn(&str, WebRequest) -> BoxFuture<Result<WebResponse, WebError>> + Send + Sync>;

/// Answers the addresses of a name.
pub type Resolve = Arc<dyn Fn(String) -> BoxFuture<std::io::Result<Vec<IpAddr>>> + Send + Sync>;

/// How plugins reach the web.
#[derive(Clone, Default)]
pub struct WebConfig {
    /// Certificates of authorities to be trusted beside the system's, in PEM.
    pub authorities: Option<PathBuf>,
    /// Answers names instead of the system's resolver.
    pub resolve: Option<Resolve>,
    /// Answers requests instead of the web.
    pub stand_in: Option<StandIn>,
    /// Exchanges of one plugin at a time; none is the usual 16.
    pub at_once: Option<usize>,
}
