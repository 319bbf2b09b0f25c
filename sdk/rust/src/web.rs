//! How does a plugin ask a web service? In one step; the manifest names the host, the operator grants it.

use std::time::Duration;

use crate::bindings::types::{Error, Header};
use crate::failure::Failure;

#[cfg(target_arch = "wasm32")]
use crate::bindings::imports::ucx::host::http as raw;
#[cfg(not(target_arch = "wasm32"))]
use crate::testing::raw::http as raw;

pub use crate::bindings::imports::ucx::host::http::{Request, Response};

/// An exchange that is being put together.
#[derive(Clone, Debug)]
pub struct Exchange(Request);

/// Asks for what is at that address.
pub fn get(url: impl Into<String>) -> Exchange {
    exchange("GET", url.into(), Vec::new())
}

/// Sends a body to that address.
pub fn post(url: impl Into<String>, body: impl Into<Vec<u8>>) -> Exchange {
    exchange("POST", url.into(), body.into())
}

fn exchange(method: &str, url: String, body: Vec<u8>) -> Exchange {
    Exchange(Request {
        method: method.to_owned(),
        url,
        headers: Vec::new(),
        body,
        timeout: 0,
    })
}

impl Exchange {
    /// Sends a header line along.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.headers.push(Header {
            name: name.into(),
            value: value.into(),
        });
        self
    }

    /// Waits no longer than that, instead of the host's 5 s.
    pub fn timeout(mut self, time: Duration) -> Self {
        self.0.timeout = u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
        self
    }

    /// Sends it and waits. An error means that no answer came; a status of 500 is an answer.
    pub fn send(self) -> Result<Response, Error> {
        raw::fetch(&self.0)
    }
}

impl Response {
    /// The body as text, or a failure that says what came instead.
    pub fn text(&self) -> Result<&str, Failure> {
        std::str::from_utf8(&self.body).map_err(|_| Failure::new("the answer is no text"))
    }

    /// The answer, if its status is one of 200 to 299.
    pub fn success(self) -> Result<Self, Failure> {
        if (200..300).contains(&self.status) {
            Ok(self)
        } else {
            Err(Failure::new(format!("status {}", self.status)))
        }
    }
}

/// A text as it may stand in the query of an address (RFC 3986, unreserved characters stay).
pub fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_encoded_for_queries() {
        assert_eq!(encoded("+44 20~ä"), "%2B44%2020~%C3%A4");
    }

    #[test]
    fn an_exchange_is_what_was_put_together() {
        crate::testing::web(|request| {
            assert_eq!((request.method.as_str(), request.timeout), ("POST", 500));
            assert_eq!(request.headers[0].name, "X-A");
            Ok((201, request.body.clone()))
        });
        let answer = post("http://a/", "body")
            .header("X-A", "1")
            .timeout(Duration::from_millis(500))
            .send()
            .unwrap();
        assert_eq!(answer.success().unwrap().text().unwrap(), "body");
        crate::testing::web(|_| Err(Error::Timeout));
        assert_eq!(get("http://a/").send().unwrap_err(), Error::Timeout);
    }
}
