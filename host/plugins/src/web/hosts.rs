//! Which web hosts does a name in a manifest or grant stand for? `crm.example`, `*.example`, `crm.example:8443`.

use url::Host;

/// Ports that need not be named.
const USUAL_PORTS: [u16; 2] = [80, 443];

/// A host, or all names below a domain, at one port or at the usual ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostRule {
    kind: Kind,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Any,
    Exactly(Host<String>),
    Below(String),
}

impl HostRule {
    /// Reads a rule; the error is a sentence.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text == "*" {
            return Ok(Self {
                kind: Kind::Any,
                port: None,
            });
        }
        let wrong = || format!("{text:?} is no web host; write crm.example, *.example or crm.example:8443");
        let (name, port) = match text.rsplit_once(':') {
            Some((name, port)) if !name.contains(':') || name.ends_with(']') => {
                (name, Some(port.parse().map_err(|_| wrong())?))
            }
            _ => (text, None),
        };
        let kind = match name.strip_prefix("*.") {
            Some(domain) => match Host::parse(domain).map_err(|_| wrong())? {
                Host::Domain(domain) => Kind::Below(format!(".{}", plain(&domain))),
                Host::Ipv4(_) | Host::Ipv6(_) => return Err(wrong()),
            },
            None => Kind::Exactly(normal(Host::parse(name).map_err(|_| wrong())?)),
        };
        Ok(Self { kind, port })
    }

    /// Whether that host at that port is meant.
    pub(crate) fn covers(&self, host: &Host<String>, port: u16) -> bool {
        let fits = match self.port {
            Some(own) => own == port,
            None => self.kind == Kind::Any || USUAL_PORTS.contains(&port),
        };
        fits && self.covers_at_any_port(host)
    }

    /// Whether that host is meant, at whatever port.
    pub(crate) fn covers_at_any_port(&self, host: &Host<String>) -> bool {
        match (&self.kind, host) {
            (Kind::Any, _) => true,
            (Kind::Exactly(one), host) => *one == normal(host.clone()),
            (Kind::Below(domain), Host::Domain(name)) => {
                let name = plain(name);
                name.len() > domain.len() && name.ends_with(domain.as_str())
            }
            (Kind::Below(_), Host::Ipv4(_) | Host::Ipv6(_)) => false,
        }
    }
}

/// A name without the dot that may end it.
fn plain(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

fn normal(host: Host<String>) -> Host<String> {
    match host {
        Host::Domain(name) => Host::Domain(plain(&name).to_owned()),
        address @ (Host::Ipv4(_) | Host::Ipv6(_)) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use url::Url;

    fn covers(rule: &str, url: &str) -> bool {
        let url = Url::parse(url).unwrap();
        let host = url.host().unwrap().to_owned();
        HostRule::parse(rule)
            .unwrap()
            .covers(&host, url.port_or_known_default().unwrap())
    }

    #[test]
    fn a_rule_covers_its_host_and_no_other() {
        assert!(covers("crm.example", "https://CRM.example/x"));
        assert!(covers("crm.example", "https://crm.example./x"));
        assert!(!covers("crm.example", "https://crm.example:8443/x"));
        assert!(covers("crm.example:8443", "https://crm.example:8443/x"));
        assert!(!covers("crm.example", "https://evil-crm.example/"));
        assert!(!covers("crm.example", "https://crm.example.evil/"));
        assert!(!covers("crm.example", "https://crm.example@evil.example/"));
        assert!(covers("*.example", "http://a.b.example/"));
        assert!(!covers("*.example", "http://example/"));
        assert!(!covers("*.example", "http://aexample/"));
        assert!(covers("127.0.0.1:8080", "http://0x7f.1:8080/"));
        assert!(covers("[::1]:8080", "http://[::1]:8080/"));
        assert!(HostRule::parse("*.0.0.1").is_err());
    }

    #[test]
    fn what_is_no_host_is_refused_in_words() {
        for text in [
            "",
            "a b",
            "http://crm.example",
            "*.",
            "crm.example:port",
            "*.127.0.0.1",
        ] {
            assert!(HostRule::parse(text).is_err(), "{text:?}");
        }
    }
}
