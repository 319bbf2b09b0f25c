//! Texts between the parties of a call, and to endpoints outside of calls.

use crate::asking::own_party;
use crate::control::Control;
use crate::media::MediaDriver;
use bytes::Bytes;
use std::sync::Arc;
use ucx_call::{Action, ChannelId, Signal};
use ucx_sip::{NameAddr, NotifySpec, Party as SipParty, SessionId};

/// Contacts one text goes to; further ones get none.
const CONTACTS_MAX: usize = 64;

impl<M: MediaDriver> Control<M> {
    pub(crate) fn send_text(&mut self, channel: ChannelId, content_type: &str, text: &str) {
        let Some(session) = self.calls.get(&channel).and_then(|call| call.session) else {
            return;
        };
        let (now, body) = (self.now(), Bytes::from(text.to_owned()));
        if let Err(error) = self.sip.message(now, session, content_type, body) {
            tracing::warn!(%error, "a text was not sent");
        }
    }

    /// The peer of a call sent a text.
    pub(crate) fn text_came(&mut self, session: SessionId, body: &[u8]) {
        let Some(channel) = self.call_of(session).map(|call| call.channel) else {
            return;
        };
        let text = String::from_utf8_lossy(body);
        self.pbx.signal(channel, Signal::Text(Arc::from(&*text)));
    }

    /// Sends a text outside of any call; any other action is passed over.
    pub(crate) fn pass_message(&mut self, action: &Action) {
        if let Action::Message {
            endpoint,
            uri,
            from,
            headers,
            text,
        } = action
        {
            self.send_message(endpoint, uri.as_deref(), from.as_deref(), headers, text);
        }
    }

    /// Sends a text to one place, or to every contact of an endpoint.
    fn send_message(
        &mut self,
        endpoint: &str,
        uri: Option<&str>,
        from: Option<&str>,
        headers: &[(Arc<str>, Arc<str>)],
        text: &str,
    ) {
        let entry = self.directory.0.borrow().endpoint(endpoint).cloned();
        let uris: Vec<Arc<str>> = match (uri, &entry) {
            (Some(uri), _) => vec![Arc::from(uri)],
            (None, Some(entry)) => {
                let directory = self.directory.0.borrow();
                let contacts = entry.aors.iter().flat_map(|aor| directory.contacts(aor));
                contacts
                    .map(|contact| contact.uri.clone())
                    .take(CONTACTS_MAX)
                    .collect()
            }
            (None, None) => Vec::new(),
        };
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect();
        for uri in uris {
            let Some((uri, flow)) = self.way_to(&uri) else {
                tracing::warn!(endpoint, %uri, "a text was not sent: its receiver cannot be reached");
                continue;
            };
            let own = own_party(entry.as_deref(), &flow);
            let spec = NotifySpec {
                uri,
                from: from.and_then(party).unwrap_or(own),
                flow,
                headers: headers.clone(),
                body: Bytes::from(text.to_owned()),
            };
            let now = self.now();
            if let Err(error) = self.sip.message_outside(now, spec) {
                tracing::warn!(endpoint, %error, "a text was not sent");
            }
        }
    }
}

/// Whoever a URI names, with the name beside it.
fn party(text: &str) -> Option<SipParty> {
    let text = text.trim();
    let address = NameAddr::parse(text)?;
    let user = address.uri.user_decoded().unwrap_or_default();
    Some(SipParty {
        display: address.display.clone(),
        ..SipParty::new(&user, &address.uri.host.to_string())
    })
}
