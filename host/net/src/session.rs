//! SIP events of calls, registrations and the guard, as signals and events of the host.

use crate::call::Offer;
use crate::control::Control;
use crate::directory::{Contact, EndpointEntry};
use crate::keypad::DigitWay;
use crate::media::MediaDriver;
use crate::status::cause_of;
use crate::steering::kept;
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{Cause, ChannelId, EventKind, Party, Place, Refusal, Signal};
use ucx_sip::event::{EndedBy, Ending, Failure, IncomingCall, Registered, UnregisterReason};
use ucx_sip::{Headers, NameAddr, SessionId, Status};
use ucx_switch::Incoming;

/// A digit of a SIP INFO that does not say how long it was pressed.
const INFO_DIGIT: Duration = Duration::from_millis(250);

impl<M: MediaDriver> Control<M> {
    pub(crate) fn incoming(&mut self, session: SessionId, call: IncomingCall) {
        if let Err((status, cause)) = self.try_incoming(session, &call) {
            self.reject(session, status, cause);
        }
    }

    fn try_incoming(
        &mut self,
        session: SessionId,
        call: &IncomingCall,
    ) -> Result<(), (Status, Option<Cause>)> {
        let entry = self.directory.0.borrow().by_account(call.account).cloned();
        let entry = entry.ok_or((Status::FORBIDDEN, None))?;
        let exten = call
            .uri
            .user_decoded()
            .filter(|user| !user.is_empty())
            .unwrap_or("s".into());
        // The dialplan is asked before anything is opened: scanners get their 404 cheaply.
        let caller = caller_of(&entry, &call.from);
        if !self.pbx.exten_exists(&entry.context, &exten, 1, caller.number()) {
            tracing::info!(endpoint = %entry.name, "a call to an extension that is not there");
            return Err((Status::NOT_FOUND, None));
        }
        // The channel's number is not known yet; the call is kept under it once it is.
        let opened = self.open_call(ChannelId(u64::MAX), entry.clone(), &call.flow);
        let mut leg = opened.map_err(|error| {
            tracing::warn!(%error, "a call is refused: no media port");
            (Status::SERVICE_UNAVAILABLE, None)
        })?;
        leg.session = Some(session);
        let answer = call.sdp.as_ref().map(|sdp| leg.take_offer(sdp)).transpose();
        let answer = answer.map_err(|error| {
            tracing::info!(endpoint = %entry.name, %error, "a call is refused: its media cannot be agreed on");
            self.media.close(leg.stream);
            (Status(488), None)
        })?;
        let made = self.pbx.incoming(Incoming {
            endpoint: entry.name.clone(),
            place: Place {
                context: entry.context.clone(),
                exten: Arc::from(&*exten),
                priority: 1,
            },
            caller,
            dialled: Arc::from(&*exten),
            language: entry.language.clone(),
            account: entry.account.clone(),
            protocol_id: Arc::from(call.call_id.as_str()),
            variables: variables(&entry, call),
        });
        let channel = made.map_err(|refusal| {
            self.media.close(leg.stream);
            refused(&refusal)
        })?;
        self.pbx.keep_headers(channel, kept(&call.headers));
        leg.channel = channel;
        if let Some(answer) = answer {
            leg.offer = Offer::Theirs { answer };
        }
        self.keep_call(leg);
        self.configure(channel);
        let now = self.now();
        // Gone already means cancelled already, and that event is on its way.
        let _ = self.sip.trying(now, session);
        Ok(())
    }

    /// Takes the answer to our offer. Without one, or with one that does not fit, nothing changes.
    pub(crate) fn conclude(&mut self, session: SessionId, sdp: Option<&Bytes>) -> Option<(ChannelId, bool)> {
        let call = self.call_of(session)?;
        let channel = call.channel;
        let Some(sdp) = sdp else {
            return Some((channel, false));
        };
        if let Err(error) = call.take_answer(sdp) {
            tracing::info!(%error, "an answer does not fit our offer");
            return Some((channel, false));
        }
        self.configure(channel);
        Some((channel, true))
    }

    pub(crate) fn ringing(&mut self, session: SessionId, sdp: Option<Bytes>) {
        let Some((channel, has_media)) = self.conclude(session, sdp.as_ref()) else {
            return;
        };
        self.pbx.signal(channel, Signal::Ringing);
        if has_media {
            self.pbx.signal(channel, Signal::Progress);
        }
    }

    pub(crate) fn progressed(&mut self, session: SessionId, sdp: Option<Bytes>) {
        let Some((channel, has_media)) = self.conclude(session, sdp.as_ref()) else {
            return;
        };
        self.pbx.signal(
            channel,
            if has_media {
                Signal::Progress
            } else {
                Signal::Proceeding
            },
        );
    }

    pub(crate) fn answered(&mut self, session: SessionId, sdp: Option<Bytes>, headers: &Headers) {
        let Some((channel, _)) = self.conclude(session, sdp.as_ref()) else {
            return;
        };
        self.pbx.keep_headers(channel, kept(headers));
        if self.calls.get(&channel).is_some_and(|call| call.audio.is_some()) {
            self.pbx.signal(channel, Signal::Answered);
            return;
        }
        // Answered without media both can speak: there is no call to be had.
        let cause = Cause::BEARERCAPABILITY_NOTAVAIL;
        self.hangup_session(channel, cause);
        self.drop_call(channel);
        self.pbx.signal(channel, Signal::Failed(cause));
    }

    /// The answer to an offer we made in a 200.
    pub(crate) fn acknowledged(&mut self, session: SessionId, sdp: &Bytes) {
        self.conclude(session, Some(sdp));
    }

    pub(crate) fn failed(&mut self, session: SessionId, failure: &Failure) {
        let Some(channel) = self.call_of(session).map(|call| call.channel) else {
            return;
        };
        self.drop_call(channel);
        let cause = cause_of(failure.status, failure.q850);
        // Who moved is called where the dialplan says, whatever host it named.
        let elsewhere = failure.contacts.iter().find_map(|uri| uri.user_decoded());
        if let Some(exten) = elsewhere.filter(|exten| !exten.is_empty()) {
            self.pbx
                .signal(channel, Signal::Forwarded(Arc::from(&*exten), cause));
            return;
        }
        self.pbx.signal(channel, Signal::ProtocolCause(failure.status.0));
        self.pbx.signal(channel, Signal::Failed(cause));
    }

    pub(crate) fn cancelled(&mut self, session: SessionId) {
        let Some(channel) = self.call_of(session).map(|call| call.channel) else {
            return;
        };
        self.drop_call(channel);
        // The cause the field gives to a caller who gave up (capture `calls/caller_cancel`).
        self.pbx.signal(channel, Signal::ProtocolCause(487));
        self.pbx.signal(channel, Signal::HungUp(Cause::INTERWORKING));
    }

    pub(crate) fn ended(&mut self, session: SessionId, ending: Ending) {
        let Some(channel) = self.call_of(session).map(|call| call.channel) else {
            return;
        };
        let cause = match ending.by {
            EndedBy::Us => return,
            EndedBy::Peer => ending.q850.map_or(Cause::NONE, Cause),
            EndedBy::AckMissing | EndedBy::Lost => Cause::RECOVERY_ON_TIMER_EXPIRE,
        };
        self.drop_call(channel);
        self.pbx.signal(channel, Signal::HungUp(cause));
    }

    /// The peer changes the session: other codecs, another address, hold.
    pub(crate) fn reinvited(&mut self, session: SessionId, sdp: Option<Bytes>) {
        let now = self.now();
        let Some(call) = self.call_of(session) else { return };
        let channel = call.channel;
        let answer = match sdp {
            Some(sdp) => call.take_offer(&sdp),
            None => Ok(call.make_offer()),
        };
        match answer {
            Ok(answer) => {
                // A session that ended in this moment is told by its own event.
                let _ = self.sip.answer_reinvite(now, session, answer);
                self.configure(channel);
                self.note_hold(channel);
            }
            Err(error) => {
                tracing::info!(%error, "a change of media is refused");
                let _ = self.sip.reject_reinvite(now, session, Status(488));
            }
        }
    }

    fn note_hold(&mut self, channel: ChannelId) {
        let Some(call) = self.calls.get_mut(&channel) else {
            return;
        };
        let is_held = call.audio.as_ref().is_some_and(|audio| audio.is_held);
        if is_held == call.is_held {
            return;
        }
        call.is_held = is_held;
        self.pbx
            .signal(channel, if is_held { Signal::Held } else { Signal::Unheld });
    }

    /// A digit in the body of an INFO (`application/dtmf-relay`, `application/dtmf`).
    pub(crate) fn info(&mut self, session: SessionId, content_type: &str, body: &[u8]) {
        let Some(channel) = self.call_of(session).map(|call| call.channel) else {
            return;
        };
        let Some((digit, length)) = info_digit(content_type, body) else {
            return;
        };
        // The field tells of the end only (capture `dtmf/info`).
        self.pbx.signal(channel, Signal::DigitEnded(digit, length));
        self.pass_digit(channel, digit, length, DigitWay::Message);
    }

    pub(crate) fn registered(&mut self, registered: &Registered) {
        let uri: Arc<str> = Arc::from(registered.contact.as_str());
        let contact = Contact {
            uri: uri.clone(),
            flow: Some(registered.flow),
        };
        self.directory
            .0
            .borrow_mut()
            .add_contact(&registered.aor, contact);
        tracing::info!(aor = %registered.aor, "a contact registered");
        let aor = Arc::from(registered.aor.as_str());
        let told = EventKind::ContactAdded {
            aor: Arc::clone(&aor),
            contact: uri.clone(),
            expires_s: registered.expires_s,
            user_agent: (!registered.user_agent.is_empty())
                .then(|| Arc::from(registered.user_agent.as_str())),
        };
        let now = self.now();
        self.contacts.add(now, &aor, &uri, told);
        self.follow_contacts();
        let from = Arc::from(registered.flow.remote.to_string());
        let call_id = Arc::from(registered.call_id.as_str());
        self.pbx.describe_contact(&aor, &uri, Some(from), Some(call_id));
    }

    pub(crate) fn unregistered(&mut self, aor: &str, contact: &str, reason: UnregisterReason) {
        self.directory.0.borrow_mut().remove_contact(aor, contact);
        let reason = match reason {
            UnregisterReason::Asked => "unregistered",
            UnregisterReason::Expired => "expired",
            UnregisterReason::Replaced => "replaced",
            UnregisterReason::ConnectionClosed => "connection closed",
            UnregisterReason::Removed => "not configured any more",
        };
        tracing::info!(aor, reason, "a contact is gone");
        let (aor, contact) = (Arc::from(aor), Arc::from(contact));
        let told = EventKind::ContactRemoved {
            aor: Arc::clone(&aor),
            contact: Arc::clone(&contact),
            reason,
        };
        self.contacts.remove(&aor, &contact, told);
        self.follow_contacts();
    }
}

/// Who calls: as configured for the endpoint, else as it says itself.
fn caller_of(entry: &EndpointEntry, from: &NameAddr) -> Party {
    if entry.caller != Party::default() {
        return entry.caller.clone();
    }
    let number = from.uri.user_decoded().unwrap_or_default();
    Party::new(&number, from.display.as_deref().unwrap_or_default())
}

fn variables(entry: &EndpointEntry, call: &IncomingCall) -> Vec<(Arc<str>, Arc<str>)> {
    let domain = (Arc::from("SIPDOMAIN"), Arc::from(call.uri.host.to_string()));
    std::iter::once(domain)
        .chain(entry.variables.iter().cloned())
        .collect()
}

fn refused(refusal: &Refusal) -> (Status, Option<Cause>) {
    match refusal {
        Refusal::NoSuchExtension => (Status::NOT_FOUND, None),
        Refusal::Full(_) | Refusal::Shutdown => (Status::SERVICE_UNAVAILABLE, None),
        Refusal::NoSuchChannel
        | Refusal::NoSuchBridge
        | Refusal::NoSuchDial
        | Refusal::NotInControl
        | Refusal::Interrupted(_)
        | Refusal::Invalid(_)
        | Refusal::Conflict(_)
        | Refusal::Denied(_) => (Status::SERVER_INTERNAL_ERROR, None),
    }
}

fn info_digit(content_type: &str, body: &[u8]) -> Option<(char, Duration)> {
    let text = std::str::from_utf8(body).ok()?;
    let kind = content_type.split(';').next()?.trim();
    if kind.eq_ignore_ascii_case("application/dtmf") {
        return Some((text.trim().chars().next()?, INFO_DIGIT));
    }
    if !kind.eq_ignore_ascii_case("application/dtmf-relay") {
        return None;
    }
    let field = |name: &str| {
        text.lines().find_map(|line| {
            let (key, value) = line.split_once('=')?;
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
        })
    };
    let digit = field("Signal")?.chars().next()?.to_ascii_uppercase();
    let length = field("Duration")
        .and_then(|ms| ms.parse().ok())
        .map_or(INFO_DIGIT, Duration::from_millis);
    matches!(digit, '0'..='9' | '*' | '#' | 'A'..='D').then_some((digit, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_info_are_read_in_both_forms() {
        let relay = b"Signal= 5\r\nDuration= 160\r\n";
        assert_eq!(
            info_digit("application/dtmf-relay", relay),
            Some(('5', Duration::from_millis(160)))
        );
        assert_eq!(info_digit("application/dtmf", b"#"), Some(('#', INFO_DIGIT)));
        assert_eq!(info_digit("application/dtmf-relay", b"Signal=x\r\n"), None);
        assert_eq!(info_digit("text/plain", b"5"), None);
        assert_eq!(info_digit("application/dtmf-relay", &[0xff, 0xfe]), None);
    }
}
