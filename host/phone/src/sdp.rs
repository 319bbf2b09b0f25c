//! What was offered and answered in one call, and what it means for its stream.

use std::fmt;
use std::net::SocketAddr;

use bytes::Bytes;
use ucx_media::{Codec, PayloadFormat, StreamConfig};
use ucx_sip::sdp::{
    self, Direction, Format, Local, Negotiated, Offer, RefusedOffer, SdpError, Session, Versions,
};

use crate::config::Formats;

/// The payload type digits are offered under.
const EVENT_PAYLOAD: u8 = 101;
/// The payload type linear audio is offered under.
const SLIN_PAYLOAD: u8 = 118;
const PTIME_MS: u16 = 20;

/// Why a description led to nothing.
#[derive(Debug)]
pub(crate) enum Disagreement {
    NotAsked,
    Refused(RefusedOffer),
    Unreadable(SdpError),
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAsked => f.write_str("an answer came without an offer"),
            Self::Refused(refused) => refused.fmt(f),
            Self::Unreadable(error) => error.fmt(f),
        }
    }
}

/// One call's side of offer and answer.
#[derive(Debug)]
pub(crate) struct Agreement {
    local: Local,
    versions: Versions,
    /// Ours, until its answer is here.
    offered: Option<Session>,
    agreed: Option<Negotiated>,
    /// What the peer may send: the numbers of whoever offered.
    receive: Vec<Format>,
}

impl Agreement {
    /// Nothing offered yet; `audio` is where our audio is received.
    pub(crate) fn new(audio: SocketAddr, session_id: u64, formats: &Formats) -> Self {
        let formats = described(formats);
        let local = Local {
            username: "-".to_owned(),
            session_id,
            audio,
            formats: formats.clone(),
            direction: Direction::SendRecv,
            ptime_ms: Some(PTIME_MS),
        };
        Self {
            local,
            versions: Versions::new(),
            offered: None,
            agreed: None,
            receive: formats,
        }
    }

    /// Our offer; the same streams as before when there were any.
    pub(crate) fn offer(&mut self, direction: Direction) -> Bytes {
        self.local.direction = direction;
        let session = match self.versions.last() {
            Some(last) => Offer::build_after(last, &self.local),
            None => Offer::build(&self.local),
        };
        let session = self.versions.stamp(session);
        let bytes = Bytes::from(session.to_string());
        self.offered = Some(session);
        bytes
    }

    /// The peer did not take our offer.
    pub(crate) fn withdraw(&mut self) {
        self.offered = None;
    }

    /// Concludes our offer. An early answer may come again with the 200, so the offer stays until [`Self::settle`].
    pub(crate) fn take_answer(&mut self, answer: &[u8]) -> Result<&Negotiated, Disagreement> {
        let offered = self.offered.as_ref().ok_or(Disagreement::NotAsked)?;
        let answer = sdp::parse(answer).map_err(Disagreement::Unreadable)?;
        let agreed = sdp::accept(offered, &answer, &self.local).map_err(Disagreement::Refused)?;
        self.receive = self.local.formats.clone();
        Ok(self.agreed.insert(agreed))
    }

    /// The offer is answered for good.
    pub(crate) fn settle(&mut self) {
        self.offered = None;
    }

    /// Answers the peer's offer.
    pub(crate) fn answer(&mut self, offer: &[u8], direction: Direction) -> Result<Bytes, Disagreement> {
        self.local.direction = direction;
        let offer = sdp::parse(offer).map_err(Disagreement::Unreadable)?;
        let answer = sdp::answer(&offer, &self.local).map_err(Disagreement::Refused)?;
        self.receive.clone_from(&answer.audio.formats);
        self.receive.extend(answer.audio.telephone_event.clone());
        self.agreed = Some(answer.audio);
        Ok(Bytes::from(self.versions.stamp(answer.session).to_string()))
    }

    /// Where our audio is received.
    pub(crate) fn audio(&self) -> SocketAddr {
        self.local.audio
    }

    /// What both agreed on last.
    pub(crate) fn agreed(&self) -> Option<&Negotiated> {
        self.agreed.as_ref()
    }

    /// The payload type the peer's digits come under.
    pub(crate) fn event_payload(&self) -> Option<u8> {
        let event = self
            .receive
            .iter()
            .find(|format| format.codec.is_telephone_event());
        event.map(|event| event.payload_type)
    }

    /// How the stream has to be set up for what was agreed on.
    pub(crate) fn stream_config(&self) -> StreamConfig {
        let Some(agreed) = &self.agreed else {
            return StreamConfig::default();
        };
        let ptime_ms = agreed.ptime_ms.unwrap_or(PTIME_MS);
        StreamConfig {
            receive: sounds(&self.receive),
            send: sounds(&agreed.formats),
            receive_events: self.event_payload(),
            send_events: agreed.telephone_event.as_ref().map(|event| event.payload_type),
            packet_time: std::time::Duration::from_millis(u64::from(ptime_ms)),
            direction: match agreed.direction {
                Direction::SendRecv => ucx_media::Direction::Both,
                Direction::SendOnly => ucx_media::Direction::SendOnly,
                Direction::RecvOnly => ucx_media::Direction::ReceiveOnly,
                Direction::Inactive => ucx_media::Direction::Inactive,
            },
            ..StreamConfig::default()
        }
    }
}

/// The formats as SDP names them, digits last.
fn described(formats: &Formats) -> Vec<Format> {
    let mut described: Vec<Format> = formats
        .0
        .iter()
        .map(|codec| match codec {
            Codec::Pcmu => Format::new(0, sdp::Codec::new("PCMU", 8000)),
            Codec::Pcma => Format::new(8, sdp::Codec::new("PCMA", 8000)),
            Codec::Slin => Format::new(SLIN_PAYLOAD, sdp::Codec::new("L16", 8000)),
        })
        .collect();
    let mut event = sdp::Codec::new("telephone-event", 8000);
    event.fmtp = Some("0-16".to_owned());
    described.push(Format::new(EVENT_PAYLOAD, event));
    described
}

fn sounds(formats: &[Format]) -> Vec<PayloadFormat> {
    formats
        .iter()
        .filter_map(|format| {
            let codec = format.codec.name.parse().ok()?;
            Some(PayloadFormat {
                payload_type: format.payload_type,
                codec,
            })
        })
        .collect()
}
