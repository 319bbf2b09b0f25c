//! `type=registration`: a registration this host keeps at another server.

use std::time::Duration;

use super::aor::is_sip_uri;
use crate::diagnostic::Origin;
use crate::options::{Reader, Settings};
use crate::value::Expected;

/// A registration kept elsewhere.
#[derive(Debug, Clone)]
pub struct Registration {
    /// Its name.
    pub name: String,
    /// Its header's place.
    pub origin: Origin,
    /// The registrar.
    pub server_uri: String,
    /// The address registered.
    pub client_uri: String,
    /// The user part of the Contact.
    pub contact_user: String,
    /// Seconds to ask for.
    pub expiration: u32,
    /// The wait after a failure that may pass.
    pub retry_interval: Duration,
    /// The wait after a 403; zero gives up.
    pub forbidden_retry_interval: Duration,
    /// The wait after a failure that will not pass; zero gives up.
    pub fatal_retry_interval: Duration,
    /// The longest random wait before the first attempt.
    pub max_random_initial_delay: Duration,
    /// Attempts before giving up.
    pub max_retries: u32,
    /// Failed authentication ends it.
    pub auth_rejection_permanent: bool,
    /// Names of credentials to answer challenges with.
    pub outbound_auth: Vec<String>,
    /// The transport to register from.
    pub transport: Option<String>,
    /// Inbound requests are recognised by a parameter of the Contact.
    pub line: bool,
    /// The endpoint such requests belong to.
    pub endpoint: Option<String>,
    /// The User-Agent to send in place of the global one.
    pub user_agent: Option<String>,
    /// All options as text.
    pub settings: Settings,
}

impl Registration {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let section = reader.section();
        let seconds =
            |reader: &mut Reader<'_>, name: &str| Duration::from_secs(reader.number(name, 0..=31_536_000));
        let required = |reader: &mut Reader<'_>, name: &str| {
            let uri = reader.maybe(name, uri);
            if uri.is_none() && section.text(name).is_none_or(str::is_empty) {
                let message = format!("registration [{}] needs a {name}", section.name);
                reader.fail(crate::Diagnostic::error(&section.origin, message));
            }
            uri.unwrap_or_default()
        };
        Self {
            name: section.name.clone(),
            origin: section.origin.clone(),
            server_uri: required(reader, "server_uri"),
            client_uri: required(reader, "client_uri"),
            contact_user: reader.text("contact_user"),
            expiration: reader.number("expiration", 1..=u32::MAX),
            retry_interval: seconds(reader, "retry_interval"),
            forbidden_retry_interval: seconds(reader, "forbidden_retry_interval"),
            fatal_retry_interval: seconds(reader, "fatal_retry_interval"),
            max_random_initial_delay: seconds(reader, "max_random_initial_delay"),
            max_retries: reader.number("max_retries", 0..=1_000_000),
            auth_rejection_permanent: reader.flag("auth_rejection_permanent"),
            outbound_auth: reader.list("outbound_auth"),
            transport: reader.optional("transport"),
            line: reader.flag("line"),
            endpoint: reader.optional("endpoint"),
            user_agent: reader.optional("user_agent"),
            settings: reader.settings(),
        }
    }
}

fn uri(text: &str) -> Result<String, Expected> {
    if is_sip_uri(text) {
        Ok(text.to_owned())
    } else {
        Err("a sip: or sips: URI".to_owned())
    }
}
