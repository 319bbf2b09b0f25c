//! Texts to somebody outside of calls.

use crate::Pbx;
use std::sync::Arc;
use ucx_call::{Action, Refusal};

/// Longest text, in bytes.
const TEXT_MAX: usize = 65_536;

/// To whom a text goes, and what goes with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageSpec {
    /// The endpoint whose settings count; without one its receiver is reached as whom nothing is known of.
    pub endpoint: Option<Arc<str>>,
    /// Where to; all contacts of the endpoint if none (a SIP URI).
    pub uri: Option<Arc<str>>,
    /// Who to show as its sender; ourselves if none (a SIP URI, or a name with one in angle brackets).
    pub from: Option<Arc<str>>,
    /// Headers to send along.
    pub headers: Vec<(Arc<str>, Arc<str>)>,
}

impl MessageSpec {
    /// Reads `pjsip:ENDPOINT`, `pjsip:ENDPOINT/URI` or `pjsip:URI`; none for another technology.
    pub fn to(text: &str) -> Option<Self> {
        let (technology, rest) = text.split_once(':')?;
        if !technology.eq_ignore_ascii_case("pjsip") {
            return None;
        }
        let rest = rest.trim();
        let is_uri = |text: &str| {
            let start = text.split('<').next_back().unwrap_or_default();
            start.starts_with("sip:") || start.starts_with("sips:")
        };
        let uri = |text: &str| {
            let inner = text.split_once('<').map_or(text, |(_, inner)| inner);
            Arc::from(inner.trim_end_matches('>'))
        };
        let (endpoint, uri) = match rest.split_once('/') {
            _ if is_uri(rest) => (None, Some(uri(rest))),
            Some((endpoint, place)) if is_uri(place) => (Some(endpoint), Some(uri(place))),
            Some((endpoint, place)) => (Some(endpoint), Some(Arc::from(format!("sip:{place}")))),
            None if rest.contains('@') => (None, Some(Arc::from(format!("sip:{rest}")))),
            None => (Some(rest), None),
        };
        Some(Self {
            endpoint: endpoint.map(Arc::from),
            uri,
            ..Self::default()
        })
    }
}

impl Pbx {
    /// Hands a text to the drivers.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] if there is no such endpoint, the text is empty or too long, or a header has a line break in it;
    /// [`Refusal::Conflict`] if the endpoint is nowhere to be reached.
    pub fn send_message(&self, spec: MessageSpec, text: &str) -> Result<(), Refusal> {
        if text.is_empty() || text.len() > TEXT_MAX {
            return Err(Refusal::Invalid(format!("a text has 1 to {TEXT_MAX} bytes")));
        }
        let is_line = |text: &str| !text.contains(['\r', '\n', '\0']);
        let is_header = |(name, value): &(Arc<str>, Arc<str>)| {
            !name.is_empty() && !name.contains(|c: char| c.is_control() || c == ':') && is_line(value)
        };
        let addresses = spec.uri.iter().chain(&spec.from);
        if !spec.headers.iter().all(is_header) || !addresses.into_iter().all(|text| is_line(text)) {
            return Err(Refusal::Invalid("a header of the text is not one line".into()));
        }
        if let Some(endpoint) = &spec.endpoint {
            self.check_endpoint(endpoint)?;
            let is_there = |contact: &crate::ContactView| contact.endpoint == *endpoint;
            if spec.uri.is_none() && !self.contacts().iter().any(is_there) {
                return Err(Refusal::Conflict("the endpoint has no contact"));
            }
        }
        self.request(Action::Message {
            endpoint: spec.endpoint.unwrap_or_default(),
            uri: spec.uri,
            from: spec.from,
            headers: spec.headers.into(),
            text: Arc::from(text),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receivers_are_read() {
        let read = |text: &str| {
            let spec = MessageSpec::to(text)?;
            let text = |part: Option<Arc<str>>| part.map_or("-".to_owned(), |part| part.to_string());
            Some(format!("{} {}", text(spec.endpoint), text(spec.uri)))
        };
        for (text, meant) in [
            ("pjsip:bob", "bob -"),
            ("PJSIP:bob/sip:b@192.0.2.1", "bob sip:b@192.0.2.1"),
            ("pjsip:bob/b@192.0.2.1", "bob sip:b@192.0.2.1"),
            (
                "pjsip:sip:b@192.0.2.1;transport=tcp",
                "- sip:b@192.0.2.1;transport=tcp",
            ),
            ("pjsip:\"Bob\" <sip:b@192.0.2.1>", "- sip:b@192.0.2.1"),
            ("pjsip:b@192.0.2.1", "- sip:b@192.0.2.1"),
        ] {
            assert_eq!(read(text).as_deref(), Some(meant), "{text}");
        }
        assert_eq!(read("xmpp:bob"), None);
        assert_eq!(read("bob"), None);
    }
}
