//! Objects of pjsip.conf as items of lists: which headers each has, and how options become their values.

use crate::event::Classes;
use crate::event::Text;
use md5::{Digest, Md5};
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;
use ucx_call::{ChannelSnapshot, DeviceState, Technology};
use ucx_config::options::Settings;
use ucx_config::pjsip::{Aor, Endpoint};
use ucx_pbx::ContactView;

/// Headers of an endpoint.
pub(super) const ENDPOINT: &[&str] = &[
    "RpidImmediate",
    "Webrtc",
    "Ignore183WithoutSdp",
    "SendAoc",
    "DeviceStateBusyAt",
    "T38UdptlMaxdatagram",
    "CodecPrefsIncomingAnswer",
    "SecurityNegotiation",
    "DtlsRekey",
    "RtpPortEnd",
    "NamedPickupGroup",
    "DirectMediaMethod",
    "SendRpid",
    "PickupGroup",
    "SdpSession",
    "DtlsVerify",
    "MessageContext",
    "Tenantid",
    "Mailboxes",
    "RecordOnFeature",
    "DtlsPrivateKey",
    "DtlsFingerprint",
    "OverlapContext",
    "OutgoingCallOfferPref",
    "RtpPortStart",
    "FromDomain",
    "TimersSessExpires",
    "NamedCallGroup",
    "DtlsCipher",
    "MediaEncryptionOptimistic",
    "SuppressQ850ReasonHeaders",
    "Aors",
    "IdentifyBy",
    "CalleridPrivacy",
    "MwiSubscribeReplacesUnsolicited",
    "CosAudio",
    "FollowEarlyMediaFork",
    "Context",
    "RtpSymmetric",
    "Transport",
    "MohSuggest",
    "T38Udptl",
    "FaxDetect",
    "T38BindUdptlToMediaAddress",
    "TosVideo",
    "SrtpTag32",
    "ReferBlindProgress",
    "MaxAudioStreams",
    "Bundle",
    "UseAvpf",
    "CallGroup",
    "SendConnectedLine",
    "FaxDetectTimeout",
    "SdpOwner",
    "ForceRport",
    "CalleridTag",
    "RtpTimeoutHold",
    "SuppressMohOnSendonly",
    "UsePtime",
    "MediaAddress",
    "VoicemailExtension",
    "RtpTimeout",
    "StirShaken",
    "SetVar",
    "ContactAcl",
    "PreferredCodecOnly",
    "GeolocOutgoingCallProfile",
    "ForceAvp",
    "RecordOffFeature",
    "FromUser",
    "SendDiversion",
    "SendHistoryInfo",
    "T38UdptlIpv6",
    "ToneZone",
    "Language",
    "AllowSubscribe",
    "RtpIpv6",
    "Callerid",
    "MohPassthrough",
    "CosVideo",
    "DtlsAutoGenerateCert",
    "AsymmetricRtpCodec",
    "GeolocIncomingCallProfile",
    "IceSupport",
    "AggregateMwi",
    "OneTouchRecording",
    "MwiFromUser",
    "RedirectMethod",
    "Accountcode",
    "CodecPrefsOutgoingAnswer",
    "Allow",
    "RewriteContact",
    "UserEqPhone",
    "RtpEngine",
    "FollowRedirectMethods",
    "SubscribeContext",
    "NotifyEarlyInuseRinging",
    "IncomingMwiMailbox",
    "IncomingCallOfferPref",
    "AllowUnauthenticatedOptions",
    "Auth",
    "DirectMediaGlareMitigation",
    "TrustIdInbound",
    "StirShakenProfile",
    "BindRtpToMediaAddress",
    "DisableDirectMediaOnNat",
    "MediaEncryption",
    "MediaUseReceivedTransport",
    "AllowOverlap",
    "DtmfMode",
    "OutboundAuth",
    "TosAudio",
    "DtlsCertFile",
    "DtlsCaPath",
    "DtlsSetup",
    "ConnectedLineMethod",
    "G726NonStandard",
    "100rel",
    "Timers",
    "DirectMedia",
    "Acl",
    "TimersMinSe",
    "TrustIdOutbound",
    "SubMinExpiry",
    "RtcpMux",
    "MaxVideoStreams",
    "AcceptMultipleSdpAnswers",
    "CodecPrefsIncomingOffer",
    "CodecPrefsOutgoingOffer",
    "TrustConnectedLine",
    "SendPai",
    "RtpKeepalive",
    "T38UdptlEc",
    "T38UdptlNat",
    "AllowTransfer",
    "DtlsCaFile",
    "OutboundProxy",
    "InbandProgress",
];

/// Headers of an address of record; `Contacts` stands among them.
pub(super) const AOR: &[&str] = &[
    "MinimumExpiration",
    "DefaultExpiration",
    "QualifyTimeout",
    "Qualify2xxOnly",
    "Mailboxes",
    "SupportPath",
    "RemoveUnavailable",
    "VoicemailExtension",
    "MaxContacts",
    "AuthenticateQualify",
    "Contacts",
    "MaximumExpiration",
    "QualifyFrequency",
    "RemoveExisting",
    "OutboundProxy",
];

/// Headers of credentials.
pub(super) const AUTH: &[&str] = &[
    "OauthSecret",
    "PasswordDigest",
    "SupportedAlgorithmsUas",
    "RefreshToken",
    "Username",
    "Md5Cred",
    "Realm",
    "AuthType",
    "Password",
    "SupportedAlgorithmsUac",
    "NonceLifetime",
    "OauthClientid",
];

/// Headers of one of our own registrations elsewhere.
pub(super) const REGISTRATION: &[&str] = &[
    "MaxRetries",
    "ClientUri",
    "SecurityNegotiation",
    "AuthRejectionPermanent",
    "ServerUri",
    "MaxRandomInitialDelay",
    "SupportPath",
    "RetryInterval",
    "ContactHeaderParams",
    "Expiration",
    "Transport",
    "Line",
    "ContactUser",
    "Endpoint",
    "UserAgent",
    "ForbiddenRetryInterval",
    "OutboundAuth",
    "OutboundProxy",
    "FatalRetryInterval",
    "SupportOutbound",
];

/// Headers of a transport.
pub(super) const TRANSPORT: &[&str] = &[
    "Protocol",
    "Bind",
    "AsycOperations",
    "CaListFile",
    "CaListPath",
    "CertFile",
    "PrivKeyFile",
    "Password",
    "ExternalSignalingAddress",
    "ExternalSignalingPort",
    "ExternalSignalingHostname",
    "ExternalMediaAddress",
    "Domain",
    "VerifyServer",
    "VerifyClient",
    "RequireClientCert",
    "Method",
    "Cipher",
    "LocalNet",
    "Tos",
    "Cos",
    "WebsocketWriteTimeout",
    "AllowReload",
    "AllowWildcardCerts",
    "SymmetricTransport",
    "TcpKeepaliveEnable",
    "TcpKeepaliveIdleTime",
    "TcpKeepaliveIntervalTime",
    "TcpKeepaliveProbeCount",
];

/// Headers of a rule that finds an endpoint.
pub(super) const IDENTIFY: &[&str] = &[
    "Endpoint",
    "SrvLookups",
    "Match",
    "MatchHeader",
    "MatchRequestUri",
];

/// Options whose words stay as they are written: yes and no, or other words beside them.
const WORDS: [&str; 11] = [
    "100rel",
    "connected_line_method",
    "media_encryption",
    "mwi_subscribe_replaces_unsolicited",
    "security_negotiation",
    "send_connected_line",
    "stir_shaken",
    "support_outbound",
    "timers",
    "trust_connected_line",
    "webrtc",
];

/// Options whose yes and no begin with a capital.
const CAPITALS: [&str; 2] = ["dtls_auto_generate_cert", "dtls_verify"];

/// Who may see lists of objects.
pub(super) const CLASSES: &[Classes] = &[Classes::SYSTEM];

/// The option behind a header, by its letters.
fn option<'a>(settings: &'a Settings, header: &str) -> Option<(&'static str, &'a str)> {
    settings.iter().find(|(name, _)| {
        let own = name.bytes().filter(|byte| *byte != b'_');
        own.eq(header.bytes().map(|byte| byte.to_ascii_lowercase()))
    })
}

/// Name and number of a caller, the name in quotes.
fn caller(value: &str) -> String {
    match value.split_once('<') {
        Some((name, number)) if !name.trim().is_empty() => {
            format!("\"{}\" <{number}", name.trim().trim_matches('"'))
        }
        _ => value.to_owned(),
    }
}

/// The value of an option as it is shown.
fn shown(name: &str, value: &str) -> String {
    let word = match value {
        "yes" | "true" | "on" => Some(true),
        "no" | "false" | "off" => Some(false),
        _ => None,
    };
    match (name, word) {
        _ if WORDS.contains(&name) => value.to_owned(),
        (_, Some(word)) if CAPITALS.contains(&name) => if word { "Yes" } else { "No" }.to_owned(),
        (_, Some(word)) => word.to_string(),
        ("allow", None) => format!("({})", value.replace(',', "|")),
        ("callerid", None) if value.is_empty() => "<unknown>".to_owned(),
        ("callerid", None) => caller(value),
        ("qualify_timeout", None) => value
            .parse::<f64>()
            .map_or(value.to_owned(), |time| format!("{time:.6}")),
        (_, None) => value.to_owned(),
    }
}

/// Writes the headers of an object; `own` gives values that are no options.
pub(super) fn write(
    text: &mut Text,
    (kind, name): (&str, &str),
    headers: &[&str],
    settings: &Settings,
    own: impl Fn(&str) -> Option<(&'static str, String)>,
) {
    text.line("ObjectType", kind);
    text.line("ObjectName", name);
    for header in headers {
        if let Some((header, value)) = own(header) {
            text.line(header, &value);
        } else if let Some((name, value)) = option(settings, header) {
            text.line(header, &shown(name, value));
        } else {
            text.line(header, "");
        }
    }
}

/// The contacts of an address of record.
pub(super) fn contacts_of<'a>(
    contacts: &'a [ContactView],
    aor: &'a str,
) -> impl Iterator<Item = &'a ContactView> {
    contacts.iter().filter(move |contact| &*contact.aor == aor)
}

/// Address of record and URI of each contact, with commas between them, or behind each.
pub(super) fn contact_list<'a>(contacts: impl Iterator<Item = &'a ContactView>, is_ended: bool) -> String {
    let mut text = String::new();
    for contact in contacts {
        // Writing to a string cannot fail.
        let _ = write!(text, "{}/{},", contact.aor, contact.uri);
    }
    if !is_ended {
        text.pop();
    }
    text
}

/// An address of record, whose contacts have that header among its own.
pub(super) fn aor(text: &mut Text, aor: &Aor, header: &'static str, contacts: &[ContactView]) {
    let own = |name: &str| {
        let list = || contact_list(contacts_of(contacts, &aor.name), false);
        (name == "Contacts").then(|| (header, list()))
    };
    write(text, ("aor", &aor.name), AOR, &aor.settings, own);
}

/// The words for how a device is used, where objects are listed.
pub(super) fn device_words(state: DeviceState) -> &'static str {
    match state {
        DeviceState::Unknown => "Unknown",
        DeviceState::NotInUse => "Not in use",
        DeviceState::InUse => "In use",
        DeviceState::Busy => "Busy",
        DeviceState::Invalid => "Invalid",
        DeviceState::Unavailable => "Unavailable",
        DeviceState::Ringing => "Ringing",
        DeviceState::RingInUse => "Ring+Inuse",
        DeviceState::OnHold => "On Hold",
    }
}

/// How many channels belong to an endpoint.
pub(super) fn channels_of(channels: &[Arc<ChannelSnapshot>], endpoint: &str) -> u64 {
    let own = |channel: &&Arc<ChannelSnapshot>| {
        channel.technology == Technology::Pjsip && &*channel.endpoint == endpoint
    };
    channels.iter().filter(own).count() as u64
}

/// Names of other objects, as listed.
pub(super) fn names(names: &[String]) -> String {
    names.join(",")
}

/// The name of a contact's object: its address of record and a digest of its URI.
pub(super) fn contact_name(contact: &ContactView) -> String {
    let sign = if contact.expires_at.is_some() { ";@" } else { "@@" };
    let mut name = format!("{}{sign}", contact.aor);
    for byte in Md5::digest(contact.uri.as_bytes()) {
        // Writing to a string cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    name
}

/// When a contact's registration ends, since 1970; 0 if it is none.
pub(super) fn expires_at(contact: &ContactView, epoch: Duration) -> u64 {
    contact.expires_at.map_or(0, |at| (epoch + at).as_secs())
}

/// How long the last qualifying request took, in microseconds.
pub(super) fn round_trip(contact: &ContactView) -> String {
    contact
        .round_trip
        .map_or_else(|| "N/A".to_owned(), |time| time.as_micros().to_string())
}

/// One contact and how it can be reached.
pub(super) fn contact_status(text: &mut Text, contact: &ContactView, aor: Option<&Aor>, epoch: Duration) {
    text.line("AOR", &contact.aor);
    text.line("URI", &contact.uri);
    text.line("UserAgent", contact.user_agent.as_deref().unwrap_or(""));
    text.number("", "RegExpire", expires_at(contact, epoch));
    if let Some(address) = &contact.via_address {
        text.line("ViaAddress", address);
    }
    if let Some(id) = &contact.call_id {
        text.line("CallID", id);
    }
    text.line("Status", contact.status);
    text.line("RoundtripUsec", &round_trip(contact));
    text.line("EndpointName", &contact.endpoint);
    text.line("ID", &contact_name(contact));
    let flag = |name: &str| {
        let value = aor.map_or("no", |aor| aor.settings.text(name));
        u8::from(crate::request::is_true(value))
    };
    text.number("", "AuthenticateQualify", flag("authenticate_qualify"));
    text.line(
        "OutboundProxy",
        aor.map_or("", |aor| aor.settings.text("outbound_proxy")),
    );
    text.line("Path", "");
    text.number(
        "",
        "QualifyFrequency",
        aor.map_or(0, |aor| aor.qualify_frequency.as_secs()),
    );
    let timeout = aor.map_or(0.0, |aor| aor.qualify_timeout.as_secs_f64());
    text.args("QualifyTimeout", format_args!("{timeout:.3}"));
    text.number("", "Qualify2xxOnly", flag("qualify_2xx_only"));
}

/// An endpoint's own headers.
pub(super) fn endpoint(text: &mut Text, endpoint: &Endpoint) {
    let own = |name: &str| {
        let value = match name {
            "Allow" => {
                let codecs: Vec<&str> = endpoint.media.codecs.iter().map(|codec| codec.name).collect();
                format!("({})", codecs.join("|"))
            }
            _ => return None,
        };
        Some(("Allow", value))
    };
    write(
        text,
        ("endpoint", &endpoint.name),
        ENDPOINT,
        &endpoint.settings,
        own,
    );
}
