//! One PJSIP channel as the drivers know it: its SIP session, its media stream, and what both agreed on.

use crate::directory::EndpointEntry;
use crate::quality::Quality;
use bytes::Bytes;
use std::net::SocketAddr;
use std::sync::Arc;
use ucx_call::{BridgeId, ChannelId, PlaybackId};
use ucx_media::StreamId;
use ucx_sip::SessionId;
use ucx_sip::sdp::{self, Direction, Format, Local, Negotiated, Session, Versions};

/// Who made the offer that is being concluded.
#[derive(Debug)]
pub(crate) enum Offer {
    /// The peer; this is our answer, sent with the first reply that carries one.
    Theirs { answer: Bytes },
    /// We; the peer's answer is awaited.
    Ours { offer: Session },
    /// Everything is agreed on.
    Done,
}

pub(crate) struct Call {
    pub channel: ChannelId,
    /// None until the INVITE is out, and after the session ended.
    pub session: Option<SessionId>,
    pub stream: StreamId,
    pub entry: Arc<EndpointEntry>,
    pub local: Local,
    pub versions: Versions,
    pub offer: Offer,
    pub audio: Option<Negotiated>,
    pub playing: Option<PlaybackId>,
    pub has_tone: bool,
    /// The channel whose far end it hears.
    pub hears: Option<ChannelId>,
    /// The bridge whose mix it hears.
    pub hears_mix: Option<BridgeId>,
    pub is_held: bool,
    /// Where its signalling goes; none without any.
    pub peer: Option<SocketAddr>,
    /// What reports said of its media so far.
    pub quality: Quality,
}

impl Call {
    pub(crate) fn new(
        channel: ChannelId,
        stream: StreamId,
        entry: Arc<EndpointEntry>,
        at: SocketAddr,
    ) -> Self {
        let local = Local {
            username: "-".to_owned(),
            // As unique as RFC 8866 section 5.2 asks for within one user name and host.
            session_id: stream.0.into(),
            audio: at,
            formats: entry.formats.clone(),
            direction: Direction::SendRecv,
            ptime_ms: Some(20),
        };
        Self {
            channel,
            session: None,
            stream,
            entry,
            local,
            versions: Versions::new(),
            offer: Offer::Done,
            audio: None,
            playing: None,
            has_tone: false,
            hears: None,
            hears_mix: None,
            is_held: false,
            peer: None,
            quality: Quality::default(),
        }
    }

    /// The codecs both sides speak, by the names of `allow`.
    pub(crate) fn spoken(&self) -> Arc<[&'static str]> {
        let formats = self.audio.iter().flat_map(|audio| &audio.formats);
        formats.filter_map(name_of).collect()
    }

    /// Leaves only those codecs to be offered, in their order. Names of which none is carried leave all.
    pub(crate) fn offer_only(&mut self, names: &[Arc<str>]) {
        let rank = |format: &Format| {
            let own = name_of(format)?;
            names.iter().position(|name| name.eq_ignore_ascii_case(own))
        };
        let formats = &mut self.local.formats;
        if formats.iter().any(|format| rank(format).is_some()) {
            formats.retain(|format| format.codec.is_telephone_event() || rank(format).is_some());
            formats.sort_by_key(|format| (format.codec.is_telephone_event(), rank(format)));
        }
    }

    /// Puts the codec another leg speaks first, so that nothing has to be recoded if this one speaks it too.
    pub(crate) fn prefer(&mut self, formats: &[Format]) {
        let Some(best) = formats.first() else { return };
        self.local
            .formats
            .sort_by_key(|own| !own.codec.is_same(&best.codec));
        self.local
            .formats
            .sort_by_key(|own| own.codec.is_telephone_event());
    }

    /// Our offer, to be sent in an INVITE or a 200.
    pub(crate) fn make_offer(&mut self) -> Bytes {
        let previous = self.versions.last().cloned();
        let session = match previous {
            Some(previous) => sdp::Offer::build_after(&previous, &self.local),
            None => sdp::Offer::build(&self.local),
        };
        let session = self.versions.stamp(session);
        let text = Bytes::from(session.to_string());
        self.offer = Offer::Ours { offer: session };
        text
    }

    /// Answers the peer's offer; the answer is sent by whoever asked.
    pub(crate) fn take_offer(&mut self, text: &[u8]) -> Result<Bytes, String> {
        let offer = parse(text)?;
        let answer = sdp::answer(&offer, &self.local).map_err(|refused| refused.to_string())?;
        let session = self.versions.stamp(answer.session);
        self.audio = Some(answer.audio);
        Ok(Bytes::from(session.to_string()))
    }

    /// Concludes our offer with the peer's answer.
    pub(crate) fn take_answer(&mut self, text: &[u8]) -> Result<(), String> {
        let Offer::Ours { offer } = &self.offer else {
            return Ok(());
        };
        let answer = parse(text)?;
        let audio = sdp::accept(offer, &answer, &self.local).map_err(|refused| refused.to_string())?;
        self.audio = Some(audio);
        Ok(())
    }
}

/// The name `allow` has for a codec that is carried.
fn name_of(format: &Format) -> Option<&'static str> {
    match format.codec.name.to_ascii_uppercase().as_str() {
        "PCMU" => Some("ulaw"),
        "PCMA" => Some("alaw"),
        _ => None,
    }
}

fn parse(text: &[u8]) -> Result<Session, String> {
    sdp::parse(text).map_err(|error| error.to_string())
}
