//! How an offer is made, answered and concluded (RFC 3264), as pure functions over descriptions.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use super::{Codec, Connection, Direction, Format, Line, Media, Origin, Session};

/// What this side can and wants to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Local {
    /// The user name in `o=`, also the session's name.
    pub username: String,
    /// The session id in `o=`, the same for a dialog's whole life.
    pub session_id: u64,
    /// Where our audio is received.
    pub audio: SocketAddr,
    /// The codecs we speak, best first, with the payload types we offer them under.
    pub formats: Vec<Format>,
    /// What we want to do; an answer is bounded by the offer.
    pub direction: Direction,
    /// Milliseconds of audio in a packet, when we say so.
    pub ptime_ms: Option<u16>,
}

/// What both sides agreed on for audio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Negotiated {
    /// Where our packets go; `None` when the peer gave a name or no usable address.
    pub remote: Option<SocketAddr>,
    /// The common codecs, the one to send first, with the payload types and parameters the peer wants to receive.
    pub formats: Vec<Format>,
    /// How digits are sent to the peer; `None` when it takes them in the audio or by INFO only.
    pub telephone_event: Option<Format>,
    /// What we do.
    pub direction: Direction,
    /// The packet length the peer asks for, in milliseconds.
    pub ptime_ms: Option<u16>,
    /// Whether the peer holds us: it receives nothing.
    pub is_held: bool,
}

/// An answer with what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub session: Session,
    pub audio: Negotiated,
}

/// Why no answer is possible; the request is refused with 488.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusedOffer {
    /// There is no live audio stream over RTP/AVP.
    NoAudio,
    /// Nobody speaks the other's codecs.
    NoCommonCodec,
    /// The answer has another number of streams than the offer (RFC 3264 section 6).
    StreamsDiffer,
}

impl fmt::Display for RefusedOffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoAudio => "no audio stream over RTP/AVP",
            Self::NoCommonCodec => "no common codec",
            Self::StreamsDiffer => "answer and offer have different streams",
        })
    }
}

impl std::error::Error for RefusedOffer {}

/// Offers of our own.
#[derive(Clone, Copy, Debug)]
pub struct Offer;

const PROTOCOL: &str = "RTP/AVP";

impl Offer {
    /// A first offer: one audio stream with all our codecs.
    pub fn build(local: &Local) -> Session {
        local.session(vec![local.media(&local.formats, local.direction)])
    }

    /// A later offer in the same dialog: streams agreed on earlier keep their places (RFC 3264 section 8), all but
    /// the audio closed.
    pub fn build_after(previous: &Session, local: &Local) -> Session {
        let audio = previous
            .audio()
            .or_else(|| previous.media.iter().find(|media| media.kind == "audio"));
        let audio_at = audio.and_then(|audio| previous.media.iter().position(|media| media == audio));
        let mut media = previous.media.iter().map(refused).collect::<Vec<_>>();
        let own = local.media(&local.formats, local.direction);
        match audio_at {
            Some(at) => media[at] = own,
            None => media.push(own),
        }
        local.session(media)
    }
}

impl Local {
    fn session(&self, media: Vec<Media>) -> Session {
        let connection = Connection::Ip(self.audio.ip());
        Session {
            origin: Origin {
                username: self.username.clone(),
                session_id: self.session_id.to_string(),
                version: self.session_id,
                connection: connection.clone(),
            },
            name: self.username.clone(),
            connection: Some(connection),
            lines: vec![Line {
                kind: 't',
                value: "0 0".to_owned(),
            }],
            media,
        }
    }

    fn media(&self, formats: &[Format], direction: Direction) -> Media {
        let mut lines = formats.iter().flat_map(Format::lines).collect::<Vec<_>>();
        lines.extend(
            self.ptime_ms
                .map(|ptime| Line::attribute(format!("ptime:{ptime}"))),
        );
        lines.push(Line::attribute(direction.as_str()));
        Media {
            kind: "audio".to_owned(),
            port: self.audio.port(),
            ports: None,
            protocol: PROTOCOL.to_owned(),
            formats: formats
                .iter()
                .map(|format| format.payload_type.to_string())
                .collect(),
            connection: None,
            lines,
        }
    }

    /// What both speak, in our order, under the peer's payload types and with our parameters.
    fn common(&self, theirs: &[Format]) -> Vec<Format> {
        let sounds = self.formats.iter().filter(|own| !own.codec.is_telephone_event());
        let mut common = sounds
            .filter_map(|own| take_over(own, theirs))
            .collect::<Vec<_>>();
        let has_sound = common.iter().any(|format| format.codec.name != "CN");
        if !has_sound {
            return Vec::new();
        }
        let rates = common
            .iter()
            .map(|format| format.codec.clock_hz)
            .collect::<Vec<_>>();
        let events = self.formats.iter().filter(|own| own.codec.is_telephone_event());
        let events = events
            .filter_map(|own| take_over(own, theirs))
            .collect::<Vec<_>>();
        let is_timed_right = |event: &&Format| rates.contains(&event.codec.clock_hz);
        let fitting = events.iter().filter(is_timed_right).cloned().collect::<Vec<_>>();
        // Some peers offer 8000 Hz events beside wideband codecs only; better those than none.
        common.extend(if fitting.is_empty() { events } else { fitting });
        common
    }
}

fn take_over(own: &Format, theirs: &[Format]) -> Option<Format> {
    let matching = theirs.iter().find(|format| format.codec.is_same(&own.codec))?;
    Some(Format::new(
        matching.payload_type,
        Codec {
            fmtp: own.codec.fmtp.clone(),
            ..matching.codec.clone()
        },
    ))
}

/// The same stream with port 0; the formats stay because the grammar wants one.
fn refused(media: &Media) -> Media {
    Media {
        port: 0,
        ports: None,
        connection: None,
        lines: Vec::new(),
        ..media.clone()
    }
}

/// Answers an offer: the first audio stream with a common codec is taken, all others are refused with port 0.
pub fn answer(offer: &Session, local: &Local) -> Result<Answer, RefusedOffer> {
    let mut why = RefusedOffer::NoAudio;
    let mut chosen = None;
    for (at, media) in offer.media.iter().enumerate() {
        if media.kind == "audio" && media.port != 0 && media.protocol.eq_ignore_ascii_case(PROTOCOL) {
            why = RefusedOffer::NoCommonCodec;
            let common = local.common(&media.audio_formats());
            if !common.is_empty() {
                chosen = Some((at, media, common));
                break;
            }
        }
    }
    let (at, theirs, common) = chosen.ok_or(why)?;
    let direction = offer.direction_of(theirs).mirrored().and(local.direction);
    let mut media = offer.media.iter().map(refused).collect::<Vec<_>>();
    media[at] = local.media(&common, direction);
    let mut session = local.session(media);
    // Times are the offer's (RFC 3264 section 6).
    let times = offer
        .lines
        .iter()
        .filter(|line| line.kind == 't')
        .cloned()
        .collect::<Vec<_>>();
    if !times.is_empty() {
        session.lines = times;
    }
    let audio = negotiated(offer, theirs, common, direction);
    Ok(Answer { session, audio })
}

/// Concludes our own offer with the peer's answer.
pub fn accept(offer: &Session, answer: &Session, local: &Local) -> Result<Negotiated, RefusedOffer> {
    if offer.media.len() != answer.media.len() {
        return Err(RefusedOffer::StreamsDiffer);
    }
    let pairs = offer.media.iter().zip(&answer.media);
    let is_live = |(ours, theirs): &(&Media, &Media)| {
        ours.kind == "audio" && ours.port != 0 && theirs.kind == "audio" && theirs.port != 0
    };
    let (ours, theirs) = pairs.into_iter().find(is_live).ok_or(RefusedOffer::NoAudio)?;
    let mut common = local.common(&theirs.audio_formats());
    if common.is_empty() {
        return Err(RefusedOffer::NoCommonCodec);
    }
    // The answerer's order says what it would rather receive (RFC 3264 section 6.1).
    common.sort_by_key(|format| {
        let number = format.payload_type.to_string();
        theirs.formats.iter().position(|word| *word == number)
    });
    let direction = answer
        .direction_of(theirs)
        .mirrored()
        .and(offer.direction_of(ours));
    Ok(negotiated(answer, theirs, common, direction))
}

fn negotiated(peer: &Session, media: &Media, common: Vec<Format>, direction: Direction) -> Negotiated {
    let theirs = media.audio_formats();
    let as_theirs = |own: Format| {
        theirs
            .iter()
            .find(|one| one.payload_type == own.payload_type)
            .cloned()
    };
    let (events, formats) = common
        .into_iter()
        .filter_map(as_theirs)
        .partition::<Vec<_>, _>(|format| format.codec.is_telephone_event());
    let rate = formats.first().map(|format| format.codec.clock_hz);
    let best = events
        .iter()
        .find(|event| Some(event.codec.clock_hz) == rate)
        .or(events.first());
    let address = peer
        .connection_of(media)
        .and_then(Connection::ip)
        .filter(|address| is_usable(*address));
    Negotiated {
        remote: address.map(|address| SocketAddr::new(address, media.port)),
        telephone_event: best.cloned(),
        formats,
        direction,
        ptime_ms: media.ptime_ms(),
        is_held: !peer.direction_of(media).receives(),
    }
}

fn is_usable(address: IpAddr) -> bool {
    !address.is_unspecified() && !address.is_multicast()
}

/// Keeps the version in `o=` right over a dialog's life: it rises by one whenever anything else changes.
#[derive(Clone, Debug, Default)]
pub struct Versions {
    last: Option<Session>,
}

impl Versions {
    /// No description sent yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The description with the version it must be sent under.
    pub fn stamp(&mut self, mut session: Session) -> Session {
        if let Some(last) = &self.last {
            session.origin.version = last.origin.version;
            if session != *last {
                session.origin.version = last.origin.version.wrapping_add(1);
            }
        }
        self.last = Some(session.clone());
        session
    }

    /// The description sent last.
    pub fn last(&self) -> Option<&Session> {
        self.last.as_ref()
    }
}
