//! Sending the peer elsewhere: a REFER of ours (RFC 3515), its reply, and what the peer's NOTIFY tells of its way there.

use std::borrow::Cow;
use std::time::Duration;

use super::Endpoint;
use super::receive::Received;
use crate::compose::Reply;
use crate::event::Event;
use crate::owner::Purpose;
use crate::session::SessionId;
use crate::spec::Refusal;
use crate::{Method, Name, Status, Uri};

/// The content of a NOTIFY about a REFER.
const FRAGMENT: &str = "message/sipfrag";

impl Endpoint {
    /// Asks the peer of an answered call to call that address instead. [`Event::ReferAnswered`] follows, and after a 2xx
    /// [`Event::Referred`] when the peer tells how it went.
    ///
    /// # Errors
    /// [`Refusal::WrongState`] unless the call is answered and no other REFER is under way, or if the address is none.
    pub fn refer(&mut self, now: Duration, session: SessionId, target: &str) -> Result<(), Refusal> {
        let found = self.session_mut(session)?;
        let is_address = Uri::parse(target).is_some() && !target.contains(['<', '>', '"', '\r', '\n']);
        if !Self::is_established(found) || found.is_referring || !is_address {
            return Err(Refusal::WrongState);
        }
        let mut request = found.dialog.request(Method::Refer);
        request.contact = Some(found.dialog.contact.clone());
        request
            .extra
            .push((Cow::Borrowed("Refer-To"), format!("<{target}>")));
        found.is_referring = true;
        let sent = self.send_in_dialog(now, session, request, Purpose::Refer);
        if sent.is_err()
            && let Some(found) = self.sessions.get_mut(session.0)
        {
            found.is_referring = false;
        }
        sent
    }

    /// The REFER got its final reply, or none.
    pub(super) fn refer_answered(&mut self, id: SessionId, status: Status) {
        let Some(session) = self.sessions.get_mut(id.0) else {
            return;
        };
        session.is_referring &= status.is_success();
        session.tell(Event::ReferAnswered { session: id, status }, &mut self.out);
    }

    /// A NOTIFY within the call: about a REFER of ours, or about nothing we asked for.
    pub(super) fn handle_notify(&mut self, now: Duration, id: SessionId, received: &Received<'_>) {
        let headers = &received.request.headers;
        let about = headers.text(&Name::Event).unwrap_or_default();
        let is_referring = self
            .sessions
            .get(id.0)
            .is_some_and(|session| session.is_referring);
        let about = about.split(';').next().unwrap_or_default().trim();
        if !is_referring || !about.eq_ignore_ascii_case("refer") {
            let reply = Reply::new(405).with("Allow", self.allow.clone());
            self.reply(now, received.id, &reply);
            return;
        }
        self.reply(now, received.id, &Reply::new(200));
        let content_type = headers.content_type().unwrap_or_default();
        let kind = content_type.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case(FRAGMENT) {
            return;
        }
        let Some(status) = told(&received.request.body).filter(|status| !status.is_provisional()) else {
            return;
        };
        if let Some(session) = self.sessions.get_mut(id.0) {
            session.is_referring = false;
            session.tell(Event::Referred { session: id, status }, &mut self.out);
        }
    }
}

/// The status in the first line of a fragment: `SIP/2.0 200 OK`.
fn told(fragment: &[u8]) -> Option<Status> {
    let line = fragment.split(|byte| *byte == b'\n').next()?;
    let mut words = std::str::from_utf8(line).ok()?.split_ascii_whitespace();
    if words.next() != Some("SIP/2.0") {
        return None;
    }
    let status = words.next()?.parse().ok()?;
    (100..700).contains(&status).then_some(Status(status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fragment_tells_a_status_or_nothing() {
        assert_eq!(told(b"SIP/2.0 200 OK\r\n"), Some(Status(200)));
        assert_eq!(told(b"SIP/2.0 100 Trying"), Some(Status(100)));
        for text in [
            &b""[..],
            b"HTTP/1.1 200 OK",
            b"SIP/2.0",
            b"SIP/2.0 99 x",
            b"SIP/2.0 7000 x",
            b"\xff",
        ] {
            assert_eq!(told(text), None, "{text:?}");
        }
    }
}
