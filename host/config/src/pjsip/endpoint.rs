//! `type=endpoint`: a phone or a trunk.

use std::net::IpAddr;
use std::time::Duration;

use super::codecs::{self, Codec};
use crate::acl::{self, AccessRule};
use crate::diagnostic::Origin;
use crate::options::{Reader, Settings};
use crate::value::{self, Expected};

/// The highest number of a call group or pickup group.
const MAX_GROUP: u32 = 63;

/// How digits travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DtmfMode {
    /// As telephone events in RTP (RFC 4733).
    Rfc4733,
    /// As tones in the audio.
    Inband,
    /// In SIP INFO.
    Info,
    /// As telephone events if the other side offers them, else as tones.
    Auto,
    /// As telephone events if the other side offers them, else in SIP INFO.
    AutoInfo,
    /// Not at all.
    None,
}

const DTMF_MODES: [(&str, DtmfMode); 7] = [
    ("rfc4733", DtmfMode::Rfc4733),
    ("rfc2833", DtmfMode::Rfc4733),
    ("inband", DtmfMode::Inband),
    ("info", DtmfMode::Info),
    ("auto", DtmfMode::Auto),
    ("auto_info", DtmfMode::AutoInfo),
    ("none", DtmfMode::None),
];

/// Use of reliable provisional answers (RFC 3262).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reliable {
    /// Not offered.
    No,
    /// Supported.
    Yes,
    /// Used when the other side supports them.
    PeerSupported,
    /// Demanded.
    Required,
}

const RELIABLE: [(&str, Reliable); 4] = [
    ("no", Reliable::No),
    ("yes", Reliable::Yes),
    ("peer_supported", Reliable::PeerSupported),
    ("required", Reliable::Required),
];

/// Use of session timers (RFC 4028).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timers {
    /// Not used.
    No,
    /// Used when the other side supports them.
    Yes,
    /// Demanded of the other side.
    Required,
    /// Run by this side whatever the other supports.
    Always,
}

const TIMERS: [(&str, Timers); 5] = [
    ("no", Timers::No),
    ("yes", Timers::Yes),
    ("required", Timers::Required),
    ("always", Timers::Always),
    ("forced", Timers::Always),
];

/// The request that carries a changed connected party.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectedLineMethod {
    /// A re-INVITE.
    Invite,
    /// An UPDATE where the other side allows it.
    Update,
}

const CONNECTED_LINE: [(&str, ConnectedLineMethod); 3] = [
    ("invite", ConnectedLineMethod::Invite),
    ("reinvite", ConnectedLineMethod::Invite),
    ("update", ConnectedLineMethod::Update),
];

/// What may identify this endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentifyBy {
    /// The user of From.
    Username,
    /// The user of the Authorization header.
    AuthUsername,
    /// An address, with an `identify` section.
    Ip,
    /// A header, with an `identify` section.
    Header,
    /// The Request-URI, with an `identify` section.
    RequestUri,
}

const IDENTIFY_BY: [(&str, IdentifyBy); 5] = [
    ("username", IdentifyBy::Username),
    ("auth_username", IdentifyBy::AuthUsername),
    ("ip", IdentifyBy::Ip),
    ("header", IdentifyBy::Header),
    ("request_uri", IdentifyBy::RequestUri),
];

/// A caller as `Name <number>`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallerId {
    /// The name, without quotes.
    pub name: Option<String>,
    /// The number.
    pub number: Option<String>,
}

/// Who the endpoint is, and whom it believes.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The caller in place of the one it says it is.
    pub callerid: CallerId,
    /// The presentation as written (`allowed_not_screened`, …).
    pub callerid_privacy: String,
    /// The user of From towards it.
    pub from_user: Option<String>,
    /// The domain of From towards it.
    pub from_domain: Option<String>,
    /// The user of From in NOTIFY about messages.
    pub mwi_from_user: Option<String>,
    /// Its P-Asserted-Identity and Remote-Party-ID are believed.
    pub trust_inbound: bool,
    /// It may see identities that are private.
    pub trust_outbound: bool,
    /// P-Asserted-Identity is sent.
    pub send_pai: bool,
    /// Remote-Party-ID is sent.
    pub send_rpid: bool,
    /// Diversion is sent.
    pub send_diversion: bool,
}

/// Its RTP.
#[derive(Debug, Clone)]
pub struct Media {
    /// Codecs in order of preference.
    pub codecs: Vec<Codec>,
    /// How digits travel.
    pub dtmf_mode: DtmfMode,
    /// Media may go past this host.
    pub direct: bool,
    /// RTP goes back to where it comes from.
    pub symmetric: bool,
    /// The address in SDP.
    pub address: Option<IpAddr>,
    /// Silence of RTP after which the call ends; zero means never.
    pub timeout: Duration,
    /// The same while on hold.
    pub timeout_hold: Duration,
    /// Ringing is sent as audio.
    pub inband_progress: bool,
    /// The most audio streams.
    pub max_audio_streams: u8,
    /// The most video streams.
    pub max_video_streams: u8,
    /// The user of `o=` in SDP.
    pub sdp_owner: String,
    /// The text of `s=` in SDP.
    pub sdp_session: String,
}

/// Its SIP.
#[derive(Debug, Clone)]
pub struct Signalling {
    /// Answers go back to the port they came from (RFC 3581).
    pub force_rport: bool,
    /// Its Contact is replaced by the address its requests come from.
    pub rewrite_contact: bool,
    /// Reliable provisional answers.
    pub reliable: Reliable,
    /// Session timers.
    pub timers: Timers,
    /// The shortest session, in seconds.
    pub timers_min_se: u32,
    /// The session to ask for, in seconds.
    pub timers_session_expires: u32,
    /// REFER is accepted.
    pub allow_transfer: bool,
    /// SUBSCRIBE is accepted.
    pub allow_subscribe: bool,
    /// The context of subscriptions in place of the endpoint's.
    pub subscribe_context: Option<String>,
    /// The context of MESSAGE in place of the endpoint's.
    pub message_context: Option<String>,
    /// How a changed connected party is told.
    pub connected_line_method: ConnectedLineMethod,
    /// Changed connected parties are told.
    pub send_connected_line: bool,
    /// Changed connected parties it tells are believed.
    pub trust_connected_line: bool,
    /// A blind transfer reports its progress.
    pub refer_blind_progress: bool,
    /// `user=phone` is added to URIs with numbers.
    pub user_eq_phone: bool,
}

/// Whose calls it may pick up, and who may pick up its own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Groups {
    /// Its call groups, one bit each.
    pub call: u64,
    /// Groups whose calls it may pick up, one bit each.
    pub pickup: u64,
    /// Its call groups by name.
    pub named_call: Vec<String>,
    /// Groups by name whose calls it may pick up.
    pub named_pickup: Vec<String>,
}

/// A phone or a trunk.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Its name.
    pub name: String,
    /// Its header's place.
    pub origin: Origin,
    /// The context of its calls.
    pub context: String,
    /// Where it can be reached.
    pub aors: Vec<String>,
    /// Credentials it must show. Not empty means it must authenticate, even if none of them exists.
    pub auth: Vec<String>,
    /// Credentials shown to it.
    pub outbound_auth: Vec<String>,
    /// The transport towards it.
    pub transport: Option<String>,
    /// What may identify it.
    pub identify_by: Vec<IdentifyBy>,
    /// Who it is.
    pub identity: Identity,
    /// Its RTP.
    pub media: Media,
    /// Its SIP.
    pub signalling: Signalling,
    /// Its pickup groups.
    pub groups: Groups,
    /// Addresses it may come from.
    pub rules: Vec<AccessRule>,
    /// Lists of acl.conf that must permit its address as well; one that does not exist permits nobody.
    pub acls: Vec<String>,
    /// Its language.
    pub language: Option<String>,
    /// The zone of its tones.
    pub tone_zone: Option<String>,
    /// The class of music it suggests to those it holds.
    pub moh_suggest: String,
    /// Mailboxes whose state it is told.
    pub mailboxes: Vec<String>,
    /// The extension to dial for voicemail.
    pub voicemail_extension: Option<String>,
    /// Variables its channels begin with.
    pub set_var: Vec<(String, String)>,
    /// The account of its calls.
    pub accountcode: Option<String>,
    /// Calls at which its device counts as busy; zero means never.
    pub device_state_busy_at: u32,
    /// All options as text.
    pub settings: Settings,
}

impl Endpoint {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let section = reader.section();
        Self {
            name: section.name.clone(),
            origin: section.origin.clone(),
            context: reader.text("context"),
            aors: reader.list("aors"),
            auth: reader.list("auth"),
            outbound_auth: reader.list("outbound_auth"),
            transport: reader.optional("transport"),
            identify_by: reader.read("identify_by", |text| {
                value::list(text)
                    .map(|word| value::choice(word, &IDENTIFY_BY))
                    .collect()
            }),
            identity: identity(reader),
            media: media(reader),
            signalling: signalling(reader),
            groups: Groups {
                call: reader.read("call_group", groups),
                pickup: reader.read("pickup_group", groups),
                named_call: reader.list("named_call_group"),
                named_pickup: reader.list("named_pickup_group"),
            },
            rules: acl::read_rules(reader),
            acls: reader.each("acl", |name| Ok(name.to_owned())),
            language: reader.optional("language"),
            tone_zone: reader.optional("tone_zone"),
            moh_suggest: reader.text("moh_suggest"),
            mailboxes: reader.each("mailboxes", |name| Ok(name.to_owned())),
            voicemail_extension: reader.optional("voicemail_extension"),
            set_var: variables(reader),
            accountcode: reader.optional("accountcode"),
            device_state_busy_at: reader.number("device_state_busy_at", 0..=u32::MAX),
            settings: reader.settings(),
        }
    }
}

fn identity(reader: &mut Reader<'_>) -> Identity {
    Identity {
        callerid: caller_id(&reader.text("callerid")),
        callerid_privacy: reader.text("callerid_privacy"),
        from_user: reader.optional("from_user"),
        from_domain: reader.optional("from_domain"),
        mwi_from_user: reader.optional("mwi_from_user"),
        trust_inbound: reader.flag("trust_id_inbound"),
        trust_outbound: reader.flag("trust_id_outbound"),
        send_pai: reader.flag("send_pai"),
        send_rpid: reader.flag("send_rpid"),
        send_diversion: reader.flag("send_diversion"),
    }
}

fn media(reader: &mut Reader<'_>) -> Media {
    Media {
        codecs: codecs::read(reader),
        dtmf_mode: reader.choice("dtmf_mode", &DTMF_MODES),
        direct: reader.flag("direct_media"),
        symmetric: reader.flag("rtp_symmetric"),
        address: reader.maybe("media_address", |text| {
            text.parse().map_err(|_| Expected::from("an IP address"))
        }),
        timeout: reader.seconds("rtp_timeout"),
        timeout_hold: reader.seconds("rtp_timeout_hold"),
        inband_progress: reader.flag("inband_progress"),
        max_audio_streams: reader.number("max_audio_streams", 0..=255),
        max_video_streams: reader.number("max_video_streams", 0..=255),
        sdp_owner: reader.text("sdp_owner"),
        sdp_session: reader.text("sdp_session"),
    }
}

fn signalling(reader: &mut Reader<'_>) -> Signalling {
    // The words of these two are joined by the plain booleans.
    let yes_or_no = |text: &str| match value::boolean(text) {
        Ok(true) => "yes".to_owned(),
        Ok(false) => "no".to_owned(),
        Err(_) => text.to_owned(),
    };
    Signalling {
        force_rport: reader.flag("force_rport"),
        rewrite_contact: reader.flag("rewrite_contact"),
        reliable: reader.read("100rel", |text| value::choice(&yes_or_no(text), &RELIABLE)),
        timers: reader.read("timers", |text| value::choice(&yes_or_no(text), &TIMERS)),
        timers_min_se: reader.number("timers_min_se", 90..=u32::MAX),
        timers_session_expires: reader.number("timers_sess_expires", 90..=u32::MAX),
        allow_transfer: reader.flag("allow_transfer"),
        allow_subscribe: reader.flag("allow_subscribe"),
        subscribe_context: reader.optional("subscribe_context"),
        message_context: reader.optional("message_context"),
        connected_line_method: reader.choice("connected_line_method", &CONNECTED_LINE),
        send_connected_line: reader.flag("send_connected_line"),
        trust_connected_line: reader.flag("trust_connected_line"),
        refer_blind_progress: reader.flag("refer_blind_progress"),
        user_eq_phone: reader.flag("user_eq_phone"),
    }
}

fn variables(reader: &mut Reader<'_>) -> Vec<(String, String)> {
    let mut variables = Vec::new();
    for entry in reader.section().get_all("set_var") {
        match entry.value.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() => {
                variables.push((name.trim().to_owned(), value.trim().to_owned()));
            }
            Some(_) | None => reader.fail(entry.refuse("NAME=value")),
        }
    }
    variables
}

/// Reads `"Name" <number>`, `Name <number>`, `<number>` or a bare number or name.
fn caller_id(text: &str) -> CallerId {
    let full = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let (name, number) = match text.rsplit_once('<') {
        Some((name, number)) => (name.trim(), number.trim_end().trim_end_matches('>')),
        None if text.starts_with(|c: char| c.is_ascii_digit() || c == '+') => ("", text),
        None => (text, ""),
    };
    CallerId {
        name: full(name.trim_matches('"')),
        number: full(number.trim()),
    }
}

/// Reads group numbers and ranges, `1,3-5`, as bits.
fn groups(text: &str) -> Result<u64, Expected> {
    let mut bits = 0;
    for element in value::list(text) {
        let (first, last) = element.split_once('-').unwrap_or((element, element));
        let one = |text: &str| value::number(text.trim(), &(0..=MAX_GROUP));
        let (Ok(first), Ok(last)) = (one(first), one(last)) else {
            return Err(format!("group numbers from 0 to {MAX_GROUP}, or ranges of them"));
        };
        bits |= (first..=last).fold(0, |bits, group| bits | 1 << group);
    }
    Ok(bits)
}
