//! `type=global` and `type=system`: what there is one of.

use std::time::Duration;

use super::auth::{DigestAlgorithm, algorithms};
use crate::options::{Reader, Settings};
use crate::value;

/// One way to tell which endpoint a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identifier {
    /// By address, with `identify` sections.
    Ip,
    /// By the user of From.
    Username,
    /// The endpoint named `anonymous`.
    Anonymous,
    /// By a header, with `identify` sections.
    Header,
    /// By the user of the Authorization header.
    AuthUsername,
    /// By the Request-URI, with `identify` sections.
    RequestUri,
}

const IDENTIFIERS: [(&str, Identifier); 6] = [
    ("ip", Identifier::Ip),
    ("username", Identifier::Username),
    ("anonymous", Identifier::Anonymous),
    ("header", Identifier::Header),
    ("auth_username", Identifier::AuthUsername),
    ("request_uri", Identifier::RequestUri),
];

/// Settings for the whole of SIP.
#[derive(Debug, Clone)]
pub struct Global {
    /// Max-Forwards of requests sent.
    pub max_forwards: u8,
    /// The time between keep-alives on streams; zero means none.
    pub keep_alive_interval: Duration,
    /// The User-Agent; none means the host's own.
    pub user_agent: Option<String>,
    /// The endpoint for requests to no endpoint.
    pub default_outbound_endpoint: String,
    /// The user of From when nobody calls.
    pub default_from_user: String,
    /// The realm of challenges whose auth names none.
    pub default_realm: String,
    /// Ways to identify an endpoint, in the order tried.
    pub endpoint_identifier_order: Vec<Identifier>,
    /// The time between two looks at expired contacts.
    pub contact_expiration_check_interval: Duration,
    /// Unidentified requests of one address within the period before it is called suspicious.
    pub unidentified_request_count: u32,
    /// That period.
    pub unidentified_request_period: Duration,
    /// The time between two cleanings of its table.
    pub unidentified_request_prune_interval: Duration,
    /// The longest random wait before the first qualifying OPTIONS.
    pub max_initial_qualify_time: Duration,
    /// The context extensions of registered endpoints appear in.
    pub regcontext: Option<String>,
    /// User parameters of URIs (`;…@`) are cut off.
    pub ignore_uri_user_options: bool,
    /// The extension for voicemail where an aor names none.
    pub default_voicemail_extension: Option<String>,
    /// Algorithms to answer challenges with where an auth names none.
    pub algorithms_uac: Vec<DigestAlgorithm>,
    /// Algorithms to challenge with where an auth names none.
    pub algorithms_uas: Vec<DigestAlgorithm>,
    /// All options as text.
    pub settings: Settings,
}

impl Global {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let seconds =
            |reader: &mut Reader<'_>, name: &str| Duration::from_secs(reader.number(name, 0..=86_400));
        Self {
            max_forwards: reader.number("max_forwards", 1..=255),
            keep_alive_interval: seconds(reader, "keep_alive_interval"),
            user_agent: reader.optional("user_agent"),
            default_outbound_endpoint: reader.text("default_outbound_endpoint"),
            default_from_user: reader.text("default_from_user"),
            default_realm: reader.text("default_realm"),
            endpoint_identifier_order: reader.read("endpoint_identifier_order", |text| {
                value::list(text)
                    .map(|word| value::choice(word, &IDENTIFIERS))
                    .collect()
            }),
            contact_expiration_check_interval: seconds(reader, "contact_expiration_check_interval"),
            unidentified_request_count: reader.number("unidentified_request_count", 0..=1_000_000),
            unidentified_request_period: seconds(reader, "unidentified_request_period"),
            unidentified_request_prune_interval: seconds(reader, "unidentified_request_prune_interval"),
            max_initial_qualify_time: seconds(reader, "max_initial_qualify_time"),
            regcontext: reader.optional("regcontext"),
            ignore_uri_user_options: reader.flag("ignore_uri_user_options"),
            default_voicemail_extension: reader.optional("default_voicemail_extension"),
            algorithms_uac: algorithms(reader, "default_auth_algorithms_uac"),
            algorithms_uas: algorithms(reader, "default_auth_algorithms_uas"),
            settings: reader.settings(),
        }
    }
}

/// Timers of the SIP stack (RFC 3261, table 4).
#[derive(Debug, Clone)]
pub struct System {
    /// T1, the estimate of the round trip.
    pub timer_t1: Duration,
    /// Timer B, the time an INVITE waits for any answer.
    pub timer_b: Duration,
    /// All options as text.
    pub settings: Settings,
}

impl System {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let mut timer = |name| Duration::from_millis(reader.number(name, 100..=600_000));
        let (timer_t1, timer_b) = (timer("timer_t1"), timer("timer_b"));
        Self {
            timer_t1,
            timer_b,
            settings: reader.settings(),
        }
    }
}
