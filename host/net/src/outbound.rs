//! Actions on SIP legs: dial, indicate, answer, hang up, send digits.

use crate::call::{Call, Offer};
use crate::control::Control;
use crate::directory::EndpointEntry;
use crate::media::MediaDriver;
use crate::stream_config;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{Action, Cause, ChannelId, Indication, Party, Presentation, Signal};
use ucx_config::pjsip::DtmfMode;
use ucx_media::{Command, digits};
use ucx_sip::sdp::Negotiated;
use ucx_sip::{Flow, InviteSpec, Party as SipParty, SessionId, Status, Uri};

/// The user of From for a caller without a number, and of our Contact in calls we make.
pub(crate) const ANONYMOUS_USER: &str = "asterisk";

/// Whom to call, and how.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    endpoint: &'a str,
    target: &'a str,
    caller: &'a Party,
    parent: Option<ChannelId>,
    headers: &'a [(Arc<str>, Arc<str>)],
    codecs: &'a [Arc<str>],
}

impl<M: MediaDriver> Control<M> {
    /// Opens the media of a channel at the address its signalling uses, unless another one is configured.
    pub(crate) fn open_call(
        &mut self,
        channel: ChannelId,
        entry: Arc<EndpointEntry>,
        flow: &Flow,
    ) -> std::io::Result<Call> {
        let stream = self.take_stream();
        let at = self.media_address.unwrap_or_else(|| flow.local.ip());
        let at = if at.is_unspecified() { facing(flow) } else { at };
        let address = self.media.open(stream, at, stream_config::offered(&entry))?;
        let mut call = Call::new(channel, stream, entry, address);
        call.peer = Some(flow.remote);
        Ok(call)
    }

    /// Calls an endpoint; any other action is passed over.
    pub(crate) fn dial(&mut self, action: &Action) {
        let Action::Dial {
            channel,
            endpoint,
            target,
            caller,
            parent,
            headers,
            codecs,
        } = action
        else {
            return;
        };
        let channel = *channel;
        let wanted = Wanted {
            endpoint,
            target,
            caller,
            parent: *parent,
            headers,
            codecs,
        };
        if let Err(cause) = self.try_dial(channel, &wanted) {
            self.drop_call(channel);
            self.pbx.signal(channel, Signal::Failed(cause));
        }
    }

    fn try_dial(&mut self, channel: ChannelId, wanted: &Wanted<'_>) -> Result<(), Cause> {
        let Wanted {
            endpoint,
            target,
            caller,
            parent,
            headers,
            codecs,
        } = *wanted;
        let uri = Uri::parse(target).ok_or(Cause::INVALID_NUMBER_FORMAT)?;
        let (entry, flow) = {
            let directory = self.directory.0.borrow();
            let entry = directory
                .endpoint(endpoint)
                .cloned()
                .ok_or(Cause::NO_ROUTE_DESTINATION)?;
            (
                entry,
                directory
                    .flow_to(&uri, target)
                    .ok_or(Cause::NO_ROUTE_DESTINATION)?,
            )
        };
        let opened = self.open_call(channel, entry.clone(), &flow);
        let mut call = opened.map_err(|error| {
            tracing::warn!(%error, "a call cannot be made: no media port");
            Cause::NORMAL_CIRCUIT_CONGESTION
        })?;
        let spoken = parent.and_then(|parent| self.calls.get(&parent)?.audio.clone());
        if let Some(audio) = spoken {
            call.prefer(&audio.formats);
        }
        call.offer_only(codecs);
        let mut spec = InviteSpec::new(uri, from(&entry, caller, &flow), flow);
        spec.contact_user = ANONYMOUS_USER.to_owned();
        spec.sdp = Some(call.make_offer());
        spec.headers = headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect();
        spec.credentials = entry.credentials.clone();
        spec.reach = entry.reach;
        let now = self.now();
        let invited = self.sip.invite(now, spec);
        call.session = invited.as_ref().ok().copied();
        self.keep_call(call);
        let described = invited
            .as_ref()
            .ok()
            .and_then(|session| self.sip.describe(*session));
        if let Some(name) = described.map(|described| Arc::from(described.call_id)) {
            self.pbx.signal(channel, Signal::Named(name));
        }
        invited.map(drop).map_err(|error| {
            tracing::warn!(%error, "a call cannot be made");
            Cause::NORMAL_TEMPORARY_FAILURE
        })
    }

    fn session_of(&self, channel: ChannelId) -> Option<SessionId> {
        self.calls.get(&channel)?.session
    }

    pub(crate) fn indicate(&mut self, channel: ChannelId, indication: Indication) {
        let Some(session) = self.session_of(channel) else {
            return;
        };
        let now = self.now();
        let done = match indication {
            Indication::Proceeding => self.sip.trying(now, session),
            Indication::Ringing => self.sip.ring(now, session),
            Indication::Progress => match self.early_description(channel) {
                Some(sdp) => self.sip.progress(now, session, sdp),
                None => self.sip.ring(now, session),
            },
        };
        if let Err(error) = done {
            tracing::debug!(%error, "the caller cannot be told how far the call is");
        }
    }

    /// Our answer to the caller's offer, which a 183 may carry; an INVITE without an offer gets ours with the 200 only.
    fn early_description(&self, channel: ChannelId) -> Option<bytes::Bytes> {
        match &self.calls.get(&channel)?.offer {
            Offer::Theirs { answer } => Some(answer.clone()),
            Offer::Ours { .. } | Offer::Done => None,
        }
    }

    pub(crate) fn answer(&mut self, channel: ChannelId) {
        let now = self.now();
        let Some(call) = self.calls.get_mut(&channel) else {
            return;
        };
        let Some(session) = call.session else { return };
        let sdp = match &call.offer {
            Offer::Theirs { answer } => {
                let answer = answer.clone();
                call.offer = Offer::Done;
                answer
            }
            Offer::Ours { .. } | Offer::Done => call.make_offer(),
        };
        if let Err(error) = self.sip.answer(now, session, sdp) {
            tracing::debug!(%error, "a call that is to be answered is gone");
        }
    }

    /// Ends a channel's SIP session, whatever its state.
    pub(crate) fn hangup_session(&mut self, channel: ChannelId, cause: Cause) {
        let Some(session) = self.session_of(channel) else {
            return;
        };
        let now = self.now();
        // The field writes a cause of 0, too (capture `calls/caller_cancel`).
        let q850 = Some(cause.0);
        // A session that ended by itself in this moment needs nothing more.
        let _ = self.sip.hangup(now, session, q850);
    }

    pub(crate) fn reject(&mut self, session: SessionId, status: Status, cause: Option<Cause>) {
        let now = self.now();
        // A caller who gave up meanwhile got its answer from the endpoint.
        let _ = self.sip.reject(now, session, status, cause.map(|cause| cause.0));
    }

    pub(crate) fn send_digits(&mut self, channel: ChannelId, text: &str, length: Duration, gap: Duration) {
        let Some(call) = self.calls.get(&channel) else {
            return;
        };
        let (stream, dtmf) = (call.stream, call.entry.dtmf);
        let pressed: String = text.chars().filter(|c| !c.eq_ignore_ascii_case(&'w')).collect();
        let Ok(keys) = digits(&pressed) else { return };
        if sends_info(dtmf, call.audio.as_ref()) {
            return self.press(channel, text, length, gap);
        }
        self.media.command(Command::SendDigits {
            stream,
            digits: keys,
            duration: length,
            gap,
        });
    }
}

/// Whether digits go to that peer as messages: always, or because it takes no telephone events.
pub(crate) fn sends_info(dtmf: DtmfMode, audio: Option<&Negotiated>) -> bool {
    match dtmf {
        DtmfMode::Info => true,
        DtmfMode::AutoInfo => audio.is_some_and(|audio| audio.telephone_event.is_none()),
        DtmfMode::Rfc4733 | DtmfMode::Inband | DtmfMode::Auto | DtmfMode::None => false,
    }
}

/// Who calls, as From shows it.
fn from(entry: &EndpointEntry, caller: &Party, flow: &Flow) -> SipParty {
    let is_hidden = caller.presentation == Presentation::Restricted;
    let number = caller.number.as_deref().filter(|_| !is_hidden);
    let user =
        entry
            .from_user
            .as_deref()
            .or(number)
            .unwrap_or(if is_hidden { "anonymous" } else { ANONYMOUS_USER });
    let host = match &entry.from_domain {
        Some(domain) => domain.clone(),
        None if is_hidden => "anonymous.invalid".to_owned(),
        None => match facing(flow) {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => format!("[{address}]"),
        },
    };
    let display = caller.name.as_deref().filter(|_| !is_hidden).map(str::to_owned);
    SipParty {
        display,
        user: user.to_owned(),
        host,
    }
}

/// The address of ours that the peer of a flow can reach: the socket's own, or the peer's when both are this machine.
pub(crate) fn facing(flow: &Flow) -> IpAddr {
    let own = flow.local.ip();
    if own.is_unspecified() && flow.remote.ip().is_loopback() {
        flow.remote.ip()
    } else {
        own
    }
}
